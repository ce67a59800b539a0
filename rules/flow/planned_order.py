"""The order in which a team plans to work: by sprint, then by rank."""

from collections.abc import Iterable, Sequence

from rules.model import Sprint, WorkItem

SprintKey = tuple[bool, bool, float]
"""The sort key of a sprint: whether it is in the future; if so, whether its start is unknown, and its start.

The start is in Unix time. It is 0 if it is unknown or if the sprint is active.
"""


def next_sprint(item: WorkItem) -> Sprint | None:
    """Return the earliest sprint of an item that has not ended; None if there is none."""
    coming = [sprint for sprint in item.sprints if sprint.is_coming]
    return min(coming, key=sprint_key) if coming else None


def sprint_key(sprint: Sprint) -> SprintKey:
    """Return the sort key of an active or future sprint.

    All active sprints have the same key; future sprints are sorted by start.
    """
    is_future, has_no_start, start, _ = sprint.sort_key
    return is_future, is_future and has_no_start, start if is_future else 0.0


def number_sprints(items: Iterable[WorkItem]) -> dict[SprintKey, int]:
    """Number the active and future sprints of some items, from 0 in the order of their keys."""
    keys = {sprint_key(sprint) for item in items for sprint in item.sprints if sprint.is_coming}
    return {key: number for number, key in enumerate(sorted(keys))}


def planned_order(items: Sequence[WorkItem]) -> list[int]:
    """Return the indexes of items, which are in rank order, in the planned order."""
    sprints = [next_sprint(item) for item in items]
    unplanned: tuple[bool, SprintKey] = (True, (True, True, 0.0))
    keys = [(False, sprint_key(sprint)) if sprint else unplanned for sprint in sprints]
    return sorted(range(len(items)), key=keys.__getitem__)
