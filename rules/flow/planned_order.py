"""The order in which a team plans to work: sprints as they come, then the rank."""

from collections.abc import Iterable, Sequence

from rules.model import Sprint, WorkItem

SprintKey = tuple[bool, bool, float]


def next_sprint(item: WorkItem) -> Sprint | None:
    """The earliest sprint an item is in that has not ended."""
    coming = [sprint for sprint in item.sprints if sprint.is_coming]
    return min(coming, key=sprint_key) if coming else None


def sprint_key(sprint: Sprint) -> SprintKey:
    """Orders coming sprints. Active sprints of all teams are one; future ones follow by their start."""
    is_future, has_no_start, start, _ = sprint.sort_key
    return is_future, has_no_start, start if is_future else 0.0


def number_sprints(items: Iterable[WorkItem]) -> dict[SprintKey, int]:
    """Numbers of the coming sprints of some items, from 0."""
    keys = {sprint_key(sprint) for item in items for sprint in item.sprints if sprint.is_coming}
    return {key: number for number, key in enumerate(sorted(keys))}


def planned_order(items: Sequence[WorkItem]) -> list[int]:
    """The indexes of items in rank order, as they are planned."""
    sprints = [next_sprint(item) for item in items]
    last: tuple[bool, SprintKey] = (True, (True, True, 0.0))
    keys = [(False, sprint_key(sprint)) if sprint else last for sprint in sprints]
    return sorted(range(len(items)), key=keys.__getitem__)
