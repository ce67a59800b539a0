"""A backlog as it was at an earlier time, as far as the history of its items tells.

Status, size, priority, type, title and sprints are taken back to their earlier values. Descriptions, links, labels and
the order are those of today: a history rarely has them.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from rules.model import (
    Backlog,
    FieldChange,
    FinishedItem,
    Sprint,
    SprintState,
    StatusCategory,
    WorkItem,
)

ItemHistory = tuple[WorkItem, Sequence[FieldChange]]
"""An item as it is now, and its changes, oldest first."""


class PastBacklog(Struct, frozen=True):
    """A backlog at an earlier time.

    Attributes:
        unplaced: How many items are left out, because it is not known when they were created or closed.
    """

    backlog: Backlog
    unplaced: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What people have to know about it, one sentence each."""
        kept = "Descriptions, links, labels and the order are those of today."
        left_out = f"{self.unplaced} items are left out, because it is not known when they were open."
        return (kept, left_out) if self.unplaced else (kept,)


@dataclass(frozen=True)
class _Knowledge:
    """What the items together tell about statuses and sprints."""

    categories: Mapping[str, StatusCategory]
    sprints: Mapping[str, Sprint]


def backlog_as_of(
    tracker: str,
    histories: Callable[[], Iterable[ItemHistory]],
    moment: datetime,
    history: timedelta,
    *,
    ordered: bool = True,
) -> PastBacklog:
    """Rebuild a backlog as it was at a moment.

    An item without a status is only taken for open where no other item is known to have been open: some files state
    the status of closed items alone.

    Args:
        tracker: The tracker's name.
        histories: Returns all items in today's order, open or not. Called twice.
        moment: The time to look at.
        history: Items finished longer before the moment are left out.
        ordered: Whether the order is one that people see in the tracker.
    """
    known = _learn(histories())
    open_items: list[WorkItem] = []
    without_status: list[WorkItem] = []
    finished: list[FinishedItem] = []
    unplaced = 0
    for item, changes in histories():
        closed_at = _closed_at(item, changes)
        if item.created is None or (closed_at is None and not item.is_open):
            unplaced += 1
        elif item.created > moment:
            continue
        elif closed_at is None or closed_at > moment:
            is_stated = bool(closed_at or item.status)
            (open_items if is_stated else without_status).append(_item_as_of(item, changes, moment, known))
        elif item.category is StatusCategory.DONE and closed_at >= moment - history:
            finished.append(_as_finished(item, closed_at))
    if open_items:
        unplaced += len(without_status)
    chosen = tuple(open_items or without_status)
    return PastBacklog(Backlog(tracker, chosen, tuple(finished), ordered), unplaced)


def _learn(histories: Iterable[ItemHistory]) -> _Knowledge:
    votes: dict[str, Counter[StatusCategory]] = {}
    sprints: dict[str, Sprint] = {}
    for item, _ in histories:
        votes.setdefault(item.status.casefold(), Counter())[item.category] += 1
        for sprint in item.sprints:
            sprints |= {sprint.id: sprint, sprint.name: sprint}
    return _Knowledge({status: counts.most_common(1)[0][0] for status, counts in votes.items()}, sprints)


def _closed_at(item: WorkItem, changes: Sequence[FieldChange]) -> datetime | None:
    """When an item that is closed now was closed; None for an open item, and where that is not known."""
    if item.is_open:
        return None
    moved = [change.at for change in changes if change.field == "status" and change.after == item.status]
    return item.resolved or max(moved, default=None)


def _as_finished(item: WorkItem, resolved: datetime) -> FinishedItem:
    return FinishedItem(
        id=item.id,
        key=item.key,
        resolved=resolved,
        type=item.type,
        kind=item.kind,
        level=item.level,
        points=item.points,
        created=item.created,
        started=item.started,
        team=item.team,
    )


def _item_as_of(item: WorkItem, changes: Sequence[FieldChange], moment: datetime, known: _Knowledge) -> WorkItem:
    before = {change.field: change.before for change in reversed(changes) if change.at > moment}
    past = [change for change in changes if change.at <= moment]
    started = item.started if item.started is not None and item.started <= moment else None
    by_person = [change.at for change in past if change.by_person]
    ranked = [change.at for change in past if change.field == "rank" and change.by_person]
    sprints, sprints_known = _sprints_as_of(item, before.get("sprint"), moment, known)
    unknown = set(item.unknown) | (set() if sprints_known else {"sprints"})
    values: dict[str, object] = {
        "started": started,
        "resolved": None,
        "updated": _not_after(item.updated, moment) or max((change.at for change in past), default=item.created),
        "changed_by_person": _not_after(item.changed_by_person, moment) or max(by_person, default=item.created),
        "discussed": _not_after(item.discussed, moment),
        "ranked_by_person": max(ranked, default=_not_after(item.ranked_by_person, moment)),
        "sprints": sprints,
        "unknown": tuple(sorted(unknown)),
        "flagged": bool(before["flagged"]) if "flagged" in before else item.flagged,
        "priority": (before["priority"] or None) if "priority" in before else item.priority,
        "points": _number(before["points"]) if "points" in before else item.points,
        "title": before.get("title") or before.get("summary") or item.title,
    }
    if "status" in before or not item.is_open:
        status = before.get("status", "")
        values["status"] = status
        values["category"] = _category(status, known, is_started=started is not None)
    return msgspec.structs.replace(item, **values)


def _category(status: str, known: _Knowledge, *, is_started: bool) -> StatusCategory:
    """How far an open item was."""
    by_name = known.categories.get(status.casefold()) if status else None
    if by_name in (StatusCategory.TO_DO, StatusCategory.IN_PROGRESS):
        return by_name
    return StatusCategory.IN_PROGRESS if is_started else StatusCategory.TO_DO


def _sprints_as_of(
    item: WorkItem, before: str | None, moment: datetime, known: _Knowledge
) -> tuple[tuple[Sprint, ...], bool]:
    """The sprints an item was in, with their state at the moment, and whether all of them are known."""
    if before is None:
        return tuple(_sprint_as_of(sprint, moment) for sprint in item.sprints), True
    names = [name.strip().rpartition("\\")[2] for name in before.split(",") if name.strip()]
    found = [known.sprints[name] for name in names if name in known.sprints]
    return tuple(_sprint_as_of(sprint, moment) for sprint in found), len(found) == len(names)


def _sprint_as_of(sprint: Sprint, moment: datetime) -> Sprint:
    """The sprint with the state that its dates give; without dates, with the one it has."""
    if sprint.end is not None and sprint.end <= moment:
        state = SprintState.CLOSED
    elif sprint.start is not None:
        state = SprintState.ACTIVE if sprint.start <= moment else SprintState.FUTURE
    else:
        state = sprint.state
    return msgspec.structs.replace(sprint, state=state)


def _not_after(at: datetime | None, moment: datetime) -> datetime | None:
    return at if at is not None and at <= moment else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
