"""Every rule there is, by id."""

from collections.abc import Mapping
from typing import Any

import rules.checks  # noqa: F401 - importing them makes them known
from rules.rule import Rule, registered


def all_rules() -> Mapping[str, type[Rule[Any]]]:
    """Every rule by id, in alphabetical order."""
    return registered()
