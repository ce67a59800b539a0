"""Counts how many items of each ended sprint were finished in it, and how many were carried over."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from rules.model import HierarchyLevel, Sprint, SprintState

_GRACE_PERIOD = timedelta(days=1)
"""The time after the end of a sprint in which an item still counts as done in it. Teams often close the last items in
the review, which may be a day after the planned end."""


class SprintMember(Struct, frozen=True, gc=False):
    """An open or finished item, reduced to what calculations about its sprints need.

    Attributes:
        created: When it was created; None if unknown. An item may be created directly in a sprint.
        sprints: All sprints in which the item is or was.
        resolved: When it was finished, in UTC; None if it is open.
        level: Its level in the hierarchy. Only requirements, such as stories and bugs, are counted.
    """

    id: str
    created: datetime | None = None
    sprints: tuple[Sprint, ...] = ()
    resolved: datetime | None = None
    level: HierarchyLevel = HierarchyLevel.REQUIREMENT


class SprintResult(Struct, frozen=True, kw_only=True):
    """The result of one sprint.

    Attributes:
        total: The number of items that were in the sprint and not finished before it began.
        done: The number of those that were finished in it.
        carried_over: The number of those that were moved on to a later sprint.
    """

    sprint: Sprint
    total: int
    done: int
    carried_over: int


def sprint_results(members: Iterable[SprintMember], since: datetime, now: datetime) -> list[SprintResult]:
    """Count the items of each sprint that ended between two times, in the order of the sprints' ends.

    Items that were taken out of a sprint are not counted if the tracker no longer lists the sprint for them.
    """
    ended = sorted(_ended_sprints(members, since, now), key=lambda entry: (entry[2], entry[0].name))
    results = [_count_sprint(*entry) for entry in ended]
    return [result for result in results if result.total]


def find_unfinished(
    members: Iterable[SprintMember], since: datetime, now: datetime
) -> Iterator[tuple[Sprint, datetime, SprintMember]]:
    """Yield each item that was not done in its sprint, after the sprint and its start.

    Only sprints that began after `since` and ended before `now` count.
    """
    for sprint, start, end, sprint_members in _ended_sprints(members, since, now):
        for member in sprint_members if start >= since else ():
            if member.resolved is None or member.resolved > end + _GRACE_PERIOD:
                yield sprint, start, member


def _ended_sprints(
    members: Iterable[SprintMember], since: datetime, now: datetime
) -> Iterator[tuple[Sprint, datetime, datetime, list[SprintMember]]]:
    """Yield each sprint that ended between two times: the sprint, its start, its end, and its items."""
    sprints: dict[str, Sprint] = {}
    members_by_sprint: dict[str, list[SprintMember]] = {}
    for member in members:
        for sprint in member.sprints:
            if member.level is HierarchyLevel.REQUIREMENT and sprint.state is SprintState.CLOSED:
                sprints[sprint.id] = sprint
                members_by_sprint.setdefault(sprint.id, []).append(member)
    for sprint_id, sprint in sprints.items():
        if sprint.start and sprint.end and since <= sprint.end <= now:
            yield sprint, sprint.start, sprint.end, members_by_sprint[sprint_id]


def _count_sprint(sprint: Sprint, start: datetime, end: datetime, members: Iterable[SprintMember]) -> SprintResult:
    """Count the results of one sprint from all items that are or were in it."""
    total = done = carried_over = 0
    for member in members:
        if member.resolved is not None and member.resolved < start:
            continue
        total += 1
        if member.resolved is not None and member.resolved <= end + _GRACE_PERIOD:
            done += 1
        elif any(later_sprint.start and later_sprint.start >= end for later_sprint in member.sprints):
            carried_over += 1
    return SprintResult(sprint=sprint, total=total, done=done, carried_over=carried_over)
