"""Compares the plan for an item with the plan for the item that blocks it."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from rules.flow.planned_order import next_sprint
from rules.model import HierarchyLevel, ItemOutline, Sprint, WorkItem

Item = TypeVar("Item", WorkItem, ItemOutline)


class BlockerPlan(StrEnum):
    """When a blocker is planned, compared with the item that waits for it."""

    IN_TIME = "in-time"
    """The blocker is planned before the item, or work on the blocker has begun."""
    SAME_SPRINT = "same-sprint"
    """The blocker is in the same sprint as the item."""
    LATER_SPRINT = "later-sprint"
    """The blocker is in a later sprint than the item."""
    UNPLANNED = "unplanned"
    """The item is in a sprint, but the blocker is not."""
    LOWER = "lower"
    """Neither is in a sprint, and the blocker is below the item in the backlog."""
    UNRANKED = "unranked"
    """Neither is in a sprint, and only the item is ranked. The blocker, which is not, is below all ranked items."""
    UNKNOWN = "unknown"
    """The plans cannot be compared, for example because the items are ranked in different trackers."""


def compare_with_blocker(
    item: Item, blocker: Item, get_position: Callable[[Item], int | None]
) -> tuple[BlockerPlan, Sprint | None, Sprint | None]:
    """Compare the plan for an item with the plan for its blocker.

    Args:
        get_position: Returns an item's position in its backlog, in which items without a rank come last; None if the
            order of the backlog is unknown, or if the item is not on the level of stories.

    Returns:
        The comparison, the next sprint of the item, and that of the blocker. A sprint is None if there is none, or if
        the result does not depend on it.
    """
    if blocker.has_begun:
        return BlockerPlan.IN_TIME, None, None
    if not (item.has_known_sprints and blocker.has_known_sprints):
        return BlockerPlan.UNKNOWN, None, None
    sprint, blocker_sprint = next_sprint(item), next_sprint(blocker)
    if sprint is not None:
        return _compare_sprints(sprint, blocker_sprint, blocker), sprint, blocker_sprint
    plan = BlockerPlan.IN_TIME if blocker_sprint else _compare_positions(item, blocker, get_position)
    return plan, sprint, blocker_sprint


def _compare_sprints(sprint: Sprint, blocker_sprint: Sprint | None, blocker: WorkItem | ItemOutline) -> BlockerPlan:
    """Compare the sprint of an item with that of its blocker, which is None if the blocker is not in a sprint.

    Epics and sub-tasks often have no sprint of their own, so a missing sprint does not mean that they are unplanned.
    """
    if blocker_sprint is None:
        return BlockerPlan.UNPLANNED if blocker.level is HierarchyLevel.REQUIREMENT else BlockerPlan.UNKNOWN
    if blocker_sprint.id == sprint.id:
        return BlockerPlan.SAME_SPRINT
    if blocker_sprint.state is sprint.state and (blocker_sprint.start is None or sprint.start is None):
        return BlockerPlan.UNKNOWN
    return BlockerPlan.LATER_SPRINT if blocker_sprint.sort_key > sprint.sort_key else BlockerPlan.IN_TIME


def _compare_positions(item: Item, blocker: Item, get_position: Callable[[Item], int | None]) -> BlockerPlan:
    """Compare the positions of an item and its blocker, neither of which is in a sprint."""
    item_position, blocker_position = get_position(item), get_position(blocker)
    if blocker.tracker != item.tracker or item_position is None or blocker_position is None:
        return BlockerPlan.UNKNOWN
    if item.is_ranked and not blocker.is_ranked:
        return BlockerPlan.UNRANKED
    return BlockerPlan.LOWER if blocker_position > item_position else BlockerPlan.IN_TIME
