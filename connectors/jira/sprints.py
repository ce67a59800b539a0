"""Sprints of an issue, in all the forms in which sites send them.

Cloud and newer versions of Data Center send objects. Older versions send the text of a Java object with its attributes
in any order, and apps and migrations leave texts or ids:

`com.atlassian.greenhopper.service.sprint.Sprint@5791[id=29200,rapidViewId=8070,state=CLOSED,name=…,startDate=…]`
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from connectors.bulk_reads import try_request
from connectors.jira.history import utc
from connectors.jira.payloads import BoardSprint
from rules.model import Sprint, SprintState

_KEYS = (
    "id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate|sequence|synced|autoStartStop"
    "|incompleteIssuesDestinationId"
)
_BOARD_KEYS = ("boardId", "rapidViewId")
_INSIDE = re.compile(r"[^\[]*\[(.*)\]\s*", re.DOTALL)
_PARTS = re.compile(rf",(?=(?:{_KEYS})=)")
_NEXT_OBJECT = re.compile(r",?\s*(?=com\.atlassian\.greenhopper\.service\.sprint\.Sprint@)")
_IDS = re.compile(r"\s*\d+(?:\s*,\s*\d+)*\s*")
_NULL = "<null>"
_STATES = {state.value: state for state in SprintState}


SprintById = Callable[[str], Sprint | None]
"""Finds a sprint by its id; None if it cannot be found."""


def read(value: Any, by_id: SprintById) -> tuple[tuple[Sprint, ...], bool]:
    """The sprints in the value of a sprint field, and whether all of it was understood."""
    sprints: dict[str, Sprint] = {}
    understood = True
    for entry in _entries(value):
        sprint = _sprint(entry, by_id)
        if sprint is None:
            understood = False
        else:
            sprints[sprint.id] = sprint
    return tuple(sprints.values()), understood


def parse(text: str) -> Mapping[str, str] | None:
    """The attributes in the text of a Java object; None if it has no id. Names and goals may have any punctuation."""
    inside = _INSIDE.fullmatch(text)
    if inside is None:
        return None
    values = dict(part.split("=", 1) for part in _PARTS.split(inside[1]) if "=" in part)
    values = {key: value for key, value in values.items() if value != _NULL}
    return values if values.get("id", "").isdecimal() else None


def _entries(value: Any) -> Iterator[Any]:
    """Single sprints: objects, texts of objects, or ids as text."""
    if value is None or value == "":
        return
    if isinstance(value, list):
        for entry in value:
            yield from _entries(entry) if isinstance(entry, str | int) and entry != "" else (entry,)
    elif isinstance(value, str) and _IDS.fullmatch(value):
        yield from (ident.strip() for ident in value.split(","))
    elif isinstance(value, str) and _NEXT_OBJECT.search(value):
        yield from (part for part in _NEXT_OBJECT.split(_without_brackets(value)) if part)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
    else:
        yield value


def _without_brackets(text: str) -> str:
    """The text of a list of objects without the brackets of the list."""
    whole = text.strip()
    return whole[1:-1] if whole.startswith("[") and whole.endswith("]") else whole


def _sprint(entry: Any, by_id: SprintById) -> Sprint | None:
    if isinstance(entry, str):
        values = parse(entry)
        return by_id(entry) if values is None and entry.isdecimal() else _from_values(values, by_id)
    return _from_values(entry, by_id)


def _from_values(values: Any, by_id: SprintById) -> Sprint | None:
    ident = _id(values.get("id")) if isinstance(values, Mapping) else None
    if ident is None:
        return None
    state = _STATES.get(str(values.get("state") or "").casefold())
    if state is None:
        return by_id(ident)
    return Sprint(
        id=ident,
        name=str(values.get("name") or ""),
        state=state,
        start=moment(values.get("startDate")),
        end=moment(values.get("endDate")),
        goal=str(values.get("goal") or ""),
        board=next((board for name in _BOARD_KEYS if (board := _id(values.get(name)))), ""),
    )


def _id(value: Any) -> str | None:
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isdecimal() else None


def moment(value: Any) -> datetime | None:
    """A date in any of Jira's formats, in UTC; None if it is not a date."""
    try:
        parsed = msgspec.convert(value, datetime) if value else None
    except msgspec.ValidationError:
        return None
    return utc(parsed) if parsed is not None else None


def lookup(ask: Callable[[str], BoardSprint]) -> SprintById:
    """Return a function that finds a sprint by its id, with one request for each sprint."""

    @cache
    def by_id(ident: str) -> Sprint | None:
        sprint = try_request(lambda: ask(ident))
        return _from_values(msgspec.to_builtins(sprint), lambda _ident: None) if sprint is not None else None

    return by_id
