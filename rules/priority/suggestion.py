"""What the suggested order says about one item by itself: a higher priority, an earlier sprint, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import Struct

from rules.flow.planned_order import SprintKey, sprint_key
from rules.model import Backlog, SprintState, WorkItem
from rules.priority.levels import priority_level
from rules.priority.order import MoveReason, suggest_order
from rules.priority.wsjf import WsjfOptions


class SprintBand(StrEnum):
    """A range of sprints. It does not depend on where other items are ranked."""

    CURRENT = "current-sprint"
    NEXT = "next-sprint"
    LATER = "later-sprint"


class Suggestion(Struct, frozen=True):
    """What the evidence says about an item that should stand higher.

    Attributes:
        reasons: Why, the strongest first. There is at least one.
        priority: The priority that it should have, in the tracker's words; None if its own is high enough.
        band: The sprints that it belongs in; None if no evidence says so.
    """

    item: WorkItem
    reasons: tuple[MoveReason, ...]
    priority: str | None = None
    band: SprintBand | None = None


def find_suggestions(
    backlogs: Iterable[Backlog], now: datetime, options: WsjfOptions
) -> dict[tuple[str, str], Suggestion]:
    """Find what the suggested order says about single items.

    Items that only some people can see are left out, so that nothing written on another item depends on them. Our own
    writes change when an item was last updated, so only work by people counts as work. Otherwise a suggestion would end
    because it was written.

    Args:
        backlogs: One or more backlogs; dependencies between them count.
        now: The present time.
        options: Which items have a WSJF score.

    Returns:
        The suggestions by tracker and item id.
    """
    visible = tuple(
        replace(backlog, items=[_without_update(item) for item in backlog.items if not item.restricted])
        for backlog in backlogs
    )
    next_sprints = {backlog.tracker: _next_sprint_key(backlog.items) for backlog in visible}
    return {
        (move.item.tracker, move.item.id): Suggestion(
            move.item,
            move.reasons,
            priority=_find_priority(move.item, move.reasons),
            band=_find_band(move.item, move.reasons, next_sprints),
        )
        for move in suggest_order(visible, now, options).moves
    }


def _without_update(item: WorkItem) -> WorkItem:
    return item if item.changed_by_person else msgspec.structs.replace(item, updated=None)


def _find_priority(item: WorkItem, reasons: Sequence[MoveReason]) -> str | None:
    """The highest priority that people gave to an item which should come later; None unless it is higher."""
    level = priority_level(item.priority)
    if level is None and item.priority:
        return None
    others = {
        other.priority: other_level
        for reason in reasons
        for other in (reason.target, reason.other)
        if other.tracker == item.tracker
        and other.priority_is_default is not True
        and (other_level := priority_level(other.priority)) is not None
        and (level is None or other_level < level)
    }
    return min(others, key=others.__getitem__, default=None)


def _find_band(
    item: WorkItem, reasons: Sequence[MoveReason], next_sprints: Mapping[str, SprintKey | None]
) -> SprintBand | None:
    """The band of the earliest sprint that a reason names. Sprints of other trackers are not the item's own."""
    sprints = [reason.sprint for reason in reasons if reason.sprint and reason.target.tracker == item.tracker]
    if not sprints:
        return None
    earliest = min(sprints, key=sprint_key)
    if earliest.state is SprintState.ACTIVE:
        return SprintBand.CURRENT
    return SprintBand.NEXT if sprint_key(earliest) == next_sprints[item.tracker] else SprintBand.LATER


def _next_sprint_key(items: Iterable[WorkItem]) -> SprintKey | None:
    sprints = (sprint for item in items for sprint in item.sprints)
    return min((sprint_key(sprint) for sprint in sprints if sprint.state is SprintState.FUTURE), default=None)
