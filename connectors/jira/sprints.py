"""Parses the sprints of a Jira issue, in all the formats that sites return.

Jira Cloud and newer versions of Data Center return objects. Older versions return the string form of a Java object,
with its attributes in any order. After migrations, or with apps, the field may also contain ids. An example of the Java
object:

`com.atlassian.greenhopper.service.sprint.Sprint@5791[id=29200,rapidViewId=8070,state=CLOSED,name=…,startDate=…]`
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import msgspec

from connectors.bulk_reads import try_request
from connectors.jira.history import to_utc
from connectors.jira.payloads import BoardSprint
from rules.model import Sprint, SprintState

_JAVA_ATTRIBUTE_NAMES = (
    "id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate|sequence|synced|autoStartStop"
    "|incompleteIssuesDestinationId"
)
"""The known attributes of the Java object. The name and the goal of a sprint may contain commas and equals signs, so
that only a known name shows where the next attribute begins."""
_BOARD_KEYS = ("boardId", "rapidViewId")
"""Keys for the id of the board. Older versions call a board a rapid view."""
_JAVA_OBJECT = re.compile(r"[^\[]*\[(.*)\]\s*", re.DOTALL)
_ATTRIBUTE_SEPARATOR = re.compile(rf",(?=(?:{_JAVA_ATTRIBUTE_NAMES})=)")
_OBJECT_START = re.compile(r"(?=com\.atlassian\.greenhopper\.service\.sprint\.Sprint@)")
_ID_LIST = re.compile(r"\s*\d+(?:\s*,\s*\d+)*\s*")
_JAVA_NULL = "<null>"
_STATES = {state.value: state for state in SprintState}

FindSprint = Callable[[str], Sprint | None]
"""Function that finds a sprint by its id, or returns None."""


def parse_sprints(value: Any, find_sprint: FindSprint) -> tuple[tuple[Sprint, ...], bool]:
    """Parse the value of a sprint field. Return the sprints, and whether all parts of the value could be parsed."""
    if value is None:
        return (), True
    sprints: dict[str, Sprint] = {}
    is_complete = True
    for entry in _split_entries(value):
        sprint = _parse_sprint(entry, find_sprint)
        if sprint is None:
            is_complete = False
        else:
            sprints[sprint.id] = sprint
    return tuple(sprints.values()), is_complete


def parse_java_object(text: str) -> Mapping[str, str] | None:
    """Parse the attributes of a sprint from the string form of a Java object; return None if it has no id."""
    java_object = _JAVA_OBJECT.fullmatch(text)
    if java_object is None:
        return None
    values = dict(part.split("=", 1) for part in _ATTRIBUTE_SEPARATOR.split(java_object[1]) if "=" in part)
    values = {key: value for key, value in values.items() if value != _JAVA_NULL}
    return values if values.get("id", "").isdecimal() else None


def _split_entries(value: Any) -> Iterator[Any]:
    """Yield each sprint in a value: an object, the string form of a Java object, or an id."""
    if value == "":
        return
    if isinstance(value, list):
        for entry in value:
            yield from _split_entries(entry) if isinstance(entry, str | int) and entry != "" else (entry,)
    elif isinstance(value, str) and _ID_LIST.fullmatch(value):
        yield from (sprint_id.strip() for sprint_id in value.split(","))
    elif isinstance(value, str) and _OBJECT_START.search(value):
        parts = (part.rstrip().removesuffix(",") for part in _OBJECT_START.split(_without_brackets(value)))
        yield from (part for part in parts if part)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    else:
        yield value


def _without_brackets(text: str) -> str:
    """Remove the brackets around the string of a list."""
    stripped = text.strip()
    return stripped[1:-1] if stripped.startswith("[") and stripped.endswith("]") else stripped


def _parse_sprint(entry: Any, find_sprint: FindSprint) -> Sprint | None:
    """Parse an entry of `_split_entries`. If it contains only an id, the sprint is looked up."""
    if isinstance(entry, str):
        values = parse_java_object(entry)
        return find_sprint(entry) if values is None and entry.isdecimal() else _to_sprint(values, find_sprint)
    return _to_sprint(entry, find_sprint)


def _to_sprint(values: Any, find_sprint: FindSprint) -> Sprint | None:
    """Convert the attributes of a sprint; None if it has no id, or if it has no state and cannot be looked up."""
    sprint_id = _parse_id(values.get("id")) if isinstance(values, dict) else None
    if sprint_id is None:
        return None
    state = _STATES.get(str(values.get("state") or "").casefold())
    if state is None:
        return find_sprint(sprint_id)
    return Sprint(
        id=sprint_id,
        name=str(values.get("name") or ""),
        state=state,
        start=_parse_sprint_date(values.get("startDate")),
        end=_parse_sprint_date(values.get("endDate")),
        goal=str(values.get("goal") or ""),
        board=next((board_id for name in _BOARD_KEYS if (board_id := _parse_id(values.get(name)))), ""),
    )


def _parse_sprint_date(value: Any) -> datetime | None:
    """Parse a date of a sprint. Parsed texts are cached, because a sprint has many issues."""
    return _parse_text_date(value) if isinstance(value, str) else parse_date(value)


def _parse_id(value: Any) -> str | None:
    """The id as a string; None if it is not a whole number."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isdecimal() else None


def parse_date(value: Any) -> datetime | None:
    """Parse a date in any of Jira's formats, in UTC; None if it is not a date."""
    try:
        parsed = msgspec.convert(value, datetime) if value else None
    except msgspec.ValidationError:
        return None
    return to_utc(parsed) if parsed is not None else None


_parse_text_date = lru_cache(maxsize=1000)(parse_date)


def make_sprint_finder(fetch_sprint: Callable[[str], BoardSprint]) -> FindSprint:
    """Make a function that finds a sprint by its id, and requests each sprint only once."""

    @cache
    def find_sprint(sprint_id: str) -> Sprint | None:
        sprint = try_request(lambda: fetch_sprint(sprint_id))
        return _to_sprint(msgspec.to_builtins(sprint), lambda _sprint_id: None) if sprint is not None else None

    return find_sprint
