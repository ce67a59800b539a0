"""A backlog as it was at an earlier time."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec

from steward_sandbox.backlog import Backlog, SeedItem, SeedSprint, utc

_ATTRIBUTES = {
    "status": "status",
    "points": "points",
    "story points": "points",
    "priority": "priority",
    "type": "type",
    "title": "title",
    "summary": "title",
    "description": "description",
}


def as_of(backlog: Backlog, day: date | datetime) -> Backlog:
    """The backlog as it was at the start of a day, or at a moment.

    Only items whose creation and resolution are both known can be placed in time; the others are left out and
    counted. Later changes are taken back as far as the file tells: an item that was resolved afterwards is open,
    with the last status known then, or none.
    """
    moment = utc(day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC))
    placed = [item for item in backlog.items if item.created is not None and item.resolved is not None]
    existing = [item for item in placed if item.created is not None and item.created <= moment]
    return msgspec.structs.replace(
        backlog,
        items=tuple(_item_as_of(item, moment) for item in existing),
        sprints=tuple(map(_sprint_without_state, backlog.sprints)),
        skipped=len(backlog.items) - len(placed),
    )


def _item_as_of(item: SeedItem, moment: datetime) -> SeedItem:
    past = tuple(change for change in item.transitions if change.at <= moment)
    changes: dict[str, Any] = {
        "transitions": past,
        "comments": tuple(comment for comment in item.comments if comment.at <= moment),
        "sprint": tuple(map(_sprint_without_state, item.sprint)),
    }
    for change in sorted(item.transitions, key=lambda change: change.at, reverse=True):
        name = _ATTRIBUTES.get(change.field.casefold())
        if change.at > moment and name is not None:
            changes[name] = _value(name, change.before)
    changes["title"] = changes.get("title") or item.title
    if item.updated is not None and item.updated > moment:
        changes["updated"] = None
    if item.resolved is not None and item.resolved > moment:
        changes |= {"resolved": None, "resolution": None}
        statuses = [change for change in past if change.field.casefold() == "status"]
        last = max(statuses, key=lambda change: change.at, default=None)
        changes.setdefault("status", str(last.after) if last else None)
    return msgspec.structs.replace(item, **changes)


def _value(name: str, value: str | float | None) -> str | float | None:
    if value is None or value == "":
        return None
    return float(value) if name == "points" else str(value)


def _sprint_without_state(sprint: SeedSprint) -> SeedSprint:
    """Its dates decide then, if it has any."""
    return msgspec.structs.replace(sprint, state=None) if sprint.start or sprint.end else sprint
