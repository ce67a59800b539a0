"""Converts single values of an export file: numbers, texts and lists."""

import math
from collections.abc import Mapping, Sequence

from rules.model import Sprint, SprintState, StatusCategory

MAX_TITLE_CHARACTERS = 1000
"""Longer titles are cut. Jira and Azure DevOps accept at most 255 characters."""

_FALSE_TEXTS = frozenset({"", "false", "no", "none", "0"})


def parse_number(value: object) -> float | None:
    """Parse a number with a decimal point or comma; None if it is not a finite number."""
    if isinstance(value, bool):
        return None
    try:
        parsed = float(value) if isinstance(value, int | float) else float(str(value or "").strip().replace(",", "."))
    except (ValueError, OverflowError):
        return None
    return parsed if math.isfinite(parsed) else None


def parse_boolean(value: object) -> bool:
    """Convert a value of a JSON file, which may be a text such as "no", to a boolean."""
    return value.strip().casefold() not in _FALSE_TEXTS if isinstance(value, str) else bool(value)


def to_text(value: object) -> str:
    """Convert a JSON value, or the name of an object, to a string; null, booleans and lists become empty."""
    if isinstance(value, Mapping):
        value = value.get("name")
    return "" if value is None or isinstance(value, bool | list | Mapping) else str(value)


def to_texts(value: object) -> list[str]:
    """Convert a list, or a single value, to a list of strings. Entries for which `to_text` is empty are left out."""
    entries = value if isinstance(value, list) else [value]
    return [text for entry in entries if (text := to_text(entry)).strip()]


def is_text(value: object) -> bool:
    """Whether a JSON value is null, a text, a number or an object with a name."""
    return value is None or bool(to_text(value)) or value == ""


def is_text_list(value: object) -> bool:
    """Whether a JSON value is a list of texts, or one text."""
    return all(is_text(entry) for entry in value) if isinstance(value, list) else is_text(value)


def to_title(text: str) -> str:
    """Join the lines of a text, and shorten it to the maximum length of a title."""
    return " ".join(text[:MAX_TITLE_CHARACTERS].split())


def to_sprints(names: Sequence[str], category: StatusCategory) -> tuple[Sprint, ...]:
    """Convert sprint names. An export has no sprint dates, so an open item's sprints count as future ones."""
    is_finished = category in (StatusCategory.DONE, StatusCategory.REMOVED)
    state = SprintState.CLOSED if is_finished else SprintState.FUTURE
    return tuple(Sprint(name, name, state) for name in dict.fromkeys(names) if name.strip())
