"""The registry of all rules."""

from collections.abc import Mapping
from typing import Any

import rules.checks  # noqa: F401 - importing them registers them
from rules.rule import Rule, registered


def all_rules() -> Mapping[str, type[Rule[Any]]]:
    """All rules by id, in alphabetical order."""
    return registered()
