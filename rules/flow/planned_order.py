"""The order in which a team plans to work: by sprint, then by rank."""

from collections.abc import Iterable, Sequence

from rules.model import ItemOutline, Sprint, WorkItem

SprintKey = tuple[bool, bool, float]
"""The sort key of a sprint: whether it is in the future; if so, whether its start is unknown, and its start.

The start is in Unix time. It is 0 if it is unknown or if the sprint is active.
"""
PlanKey = tuple[bool, SprintKey]
"""The sort key of an item in the planned order: whether it is in no sprint, and the key of its next sprint."""
_UNPLANNED: PlanKey = (True, (True, True, 0.0))


def next_sprint(item: WorkItem | ItemOutline) -> Sprint | None:
    """Return the earliest sprint of an item that has not ended; None if there is none."""
    coming = [sprint for sprint in item.sprints if sprint.is_coming]
    return min(coming, key=sprint_key) if coming else None


def sprint_key(sprint: Sprint) -> SprintKey:
    """Return the sort key of an active or future sprint.

    All active sprints have the same key; future sprints are sorted by start.
    """
    is_future, has_no_start, start, _ = sprint.sort_key
    return is_future, is_future and has_no_start, start if is_future else 0.0


def number_sprints(sprints: Iterable[Sprint]) -> dict[SprintKey, int]:
    """Number active and future sprints, from 0 in the order of their keys."""
    return {key: number for number, key in enumerate(sorted(set(map(sprint_key, sprints))))}


def plan_key(sprint: Sprint | None) -> PlanKey:
    """Return the sort key of an item in the planned order, given its next sprint; None for an item without one."""
    return (False, sprint_key(sprint)) if sprint else _UNPLANNED


def planned_order(sprints: Sequence[Sprint | None]) -> list[int]:
    """Return the indexes of items in the planned order.

    Args:
        sprints: The next sprints of the items, which are in rank order; None for an item without one.
    """
    return sorted(range(len(sprints)), key=list(map(plan_key, sprints)).__getitem__)
