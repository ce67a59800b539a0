"""The version of an item."""

import hashlib
import json
from typing import Any


def version_of(item: dict[str, Any]) -> str:
    """Changes whenever anything in the item changes."""
    return hashlib.sha256(json.dumps(item).encode()).hexdigest()[:8]
