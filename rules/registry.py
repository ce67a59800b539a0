"""Returns all rules. Importing this module imports and registers them."""

from collections.abc import Mapping
from typing import Any

import rules.checks  # noqa: F401 - registers the rules
from rules.rule import Rule, registered_rules


def all_rules() -> Mapping[str, type[Rule[Any]]]:
    """Return all rules by id, in alphabetical order."""
    return registered_rules()
