"""Sprints as Data Center prints them: the text of a Java object with its attributes in any order.

`com.atlassian.greenhopper.service.sprint.Sprint@5791[id=29200,rapidViewId=8070,state=CLOSED,name=…,startDate=…]`
"""

import re
from datetime import datetime

import msgspec

from connectors.jira.issue import SprintValue

_KEYS = (
    "id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate|sequence|synced|autoStartStop"
    "|incompleteIssuesDestinationId"
)
_INSIDE = re.compile(r"[^\[]*\[(.*)\]\s*", re.DOTALL)
_PARTS = re.compile(rf",(?=(?:{_KEYS})=)")
_NULL = "<null>"


def parse(text: str) -> SprintValue | None:
    """Parse a sprint; None if the text is none. Names and goals may contain any punctuation."""
    inside = _INSIDE.fullmatch(text)
    if inside is None:
        return None
    values = dict(part.split("=", 1) for part in _PARTS.split(inside[1]) if "=" in part)
    values = {key: value for key, value in values.items() if value != _NULL}
    if not values.get("id", "").isdecimal():
        return None
    return SprintValue(
        id=int(values["id"]),
        name=values.get("name", ""),
        state=values.get("state", ""),
        goal=values.get("goal"),
        start_date=_moment(values.get("startDate")),
        end_date=_moment(values.get("endDate")),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return msgspec.convert(text, datetime) if text else None
    except msgspec.ValidationError:
        return None
