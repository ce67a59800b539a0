"""Identifies the code of the rules. What rules found earlier in an unchanged item is reused only with the same code."""

import sys
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import rules


@cache
def rules_code_id() -> str:
    """A text that changes with the version of the service or of Python, and when a file of the rules is edited."""
    code_hash = blake2b(digest_size=8)
    folder = Path(rules.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        code_hash.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return f"{version('backlog-steward')} {sys.version_info[:3]} {code_hash.hexdigest()}"
