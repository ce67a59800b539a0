"""Sprints as Data Center prints them: the text of a Java object, with its attributes in any order.

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
_NOTHING = "<null>"


def parse(text: str) -> SprintValue | None:
    """The sprint that a text tells of; None when it tells of none. Names and goals may hold any punctuation."""
    inside = _INSIDE.fullmatch(text)
    if inside is None:
        return None
    told = dict(part.split("=", 1) for part in _PARTS.split(inside[1]) if "=" in part)
    told = {key: value for key, value in told.items() if value != _NOTHING}
    if not told.get("id", "").isdecimal():
        return None
    return SprintValue(
        id=int(told["id"]),
        name=told.get("name", ""),
        state=told.get("state", ""),
        goal=told.get("goal"),
        start_date=_moment(told.get("startDate")),
        end_date=_moment(told.get("endDate")),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return msgspec.convert(text, datetime) if text else None
    except msgspec.ValidationError:
        return None
