"""Finds what changed in a running sprint after its planning: items that were added, and items that were changed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from rules.model import FieldChange, HierarchyLevel, Sprint, SprintState, WorkItem, split_sprint_names

PLANNING_PERIOD = timedelta(days=1)
"""Changes in this period after the start of a sprint are part of its planning."""


class LateChangeKind(StrEnum):
    """What happened to an item after the planning of its sprint."""

    ADDED = "added"
    """It was added to the sprint."""
    TEXT = "text"
    """Its description or its acceptance criteria changed."""
    SIZE = "size"
    """Its estimate changed. A first estimate does not count."""


class LateChange(Struct, frozen=True, kw_only=True):
    """A change to an item in a running sprint.

    Attributes:
        at: When it happened, or last happened.
        before, after: The estimates, if the size changed.
    """

    item: WorkItem
    sprint: Sprint
    kind: LateChangeKind
    at: datetime
    before: str = ""
    after: str = ""


def find_late_changes(
    items: Iterable[WorkItem], get_history: Callable[[WorkItem], Sequence[FieldChange]]
) -> Iterator[LateChange]:
    """Yield the late changes of open items: at most one for each item, of the first kind in `LateChangeKind` that fits.

    Args:
        get_history: Returns the history of an item, oldest first.
    """
    for item in items:
        sprint = next((sprint for sprint in item.sprints if sprint.state is SprintState.ACTIVE), None)
        if sprint is None or sprint.start is None or item.level is not HierarchyLevel.REQUIREMENT:
            continue
        history = get_history(item)
        planned_until = sprint.start + PLANNING_PERIOD
        added = find_addition_time(sprint, item.created, history)
        if added is not None and added > planned_until:
            yield LateChange(item=item, sprint=sprint, kind=LateChangeKind.ADDED, at=added)
        elif item.text_changed is not None and item.text_changed > planned_until:
            yield LateChange(item=item, sprint=sprint, kind=LateChangeKind.TEXT, at=item.text_changed)
        elif sizes := [change for change in history if change.field == "points" and change.at > planned_until]:
            before, after = sizes[0].before, sizes[-1].after
            if before and before != after:
                yield LateChange(
                    item=item, sprint=sprint, kind=LateChangeKind.SIZE, at=sizes[-1].at, before=before, after=after
                )


def find_addition_time(sprint: Sprint, created: datetime | None, history: Sequence[FieldChange]) -> datetime | None:
    """Return when an item was added to a sprint; None if its history does not show it.

    An item whose sprint never changed was created in the sprint.
    """
    names = {sprint.id, sprint.name}  # a history contains either
    changes = [change for change in history if change.field == "sprint"]
    if not changes:
        return created
    additions = [
        change.at
        for change in changes
        if not names.isdisjoint(split_sprint_names(change.after))
        and names.isdisjoint(split_sprint_names(change.before))
    ]
    return max(additions, default=None)
