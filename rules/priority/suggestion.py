"""Derives suggestions for single items from the suggested order: a higher priority or an earlier sprint, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from rules.flow.planned_order import SprintKey, sprint_key
from rules.model import Backlog, SprintState
from rules.priority.levels import priority_level
from rules.priority.order import Move, MoveReason, suggest_order
from rules.priority.ranked_item import RankedItem, read_ranked_items
from rules.priority.wsjf import WsjfOptions


class SprintBand(StrEnum):
    """When an item should be done, in sprints from now."""

    CURRENT = "current-sprint"
    NEXT = "next-sprint"
    LATER = "later-sprint"


class Suggestion(Struct, frozen=True):
    """The suggestion for an item that should be ranked higher.

    Attributes:
        later_item: The item that should come after it for the first of the reasons.
        reasons: Why it should be ranked higher, the strongest reason first. There is at least one.
        priority: The name of the priority that it should have, as in the tracker; None if its own is high enough, or
            cannot be compared.
        band: The sprints in which it should be done; None if no reason names a sprint of its tracker.
    """

    item: RankedItem
    later_item: RankedItem
    reasons: tuple[MoveReason, ...]
    priority: str | None
    band: SprintBand | None


def find_suggestions(
    backlogs: Sequence[Backlog], now: datetime, options: WsjfOptions
) -> dict[tuple[str, str], Suggestion]:
    """Find what to suggest for the items that the suggested order moves up, by tracker and item id.

    Items that only some people can see are left out, so that nothing that is written on another item depends on them.
    Only changes by people count as work on an item. Otherwise, writing a suggestion to an item would itself count as
    work on it, and would remove the reason for the suggestion.
    """
    next_sprints = {backlog.tracker: _next_sprint_key(backlog) for backlog in backlogs}
    order = suggest_order(backlogs, now, options, include_restricted=False, only_changes_by_people=True)
    items = read_ranked_items(backlogs, (item for move in order.moves for item in move.named_items))
    return {
        (move.item.tracker, move.item.id): Suggestion(
            items[move.item.identity],
            items[move.reasons[0].later_item.identity],
            move.reasons,
            priority=_find_priority(move, items),
            band=_find_band(move, next_sprints),
        )
        for move in order.moves
    }


def _find_priority(move: Move, items: Mapping[tuple[str, str], RankedItem]) -> str | None:
    """Return the highest priority that people gave to the items that should come after the item of a move.

    None if it is not higher than the item's own priority, or if the level of the latter is unknown.
    """
    priority = items[move.item.identity].priority
    level = priority_level(priority)  # 1 is the highest priority
    if level is None and priority:
        return None
    higher_levels = {
        later_item.priority: later_level
        for outline in move.later_items
        if (later_item := items[outline.identity]).tracker == move.item.tracker
        and later_item.priority_is_default is not True
        and (later_level := priority_level(later_item.priority)) is not None
        and (level is None or later_level < level)
    }
    return min(higher_levels, key=higher_levels.__getitem__, default=None)


def _find_band(move: Move, next_sprints: Mapping[str, SprintKey | None]) -> SprintBand | None:
    """Return the band of the earliest sprint that a reason for a move names, without sprints of other trackers.

    The sprint that a reason names is that of its `highest_item`.
    """
    tracker = move.item.tracker
    sprints = [reason.sprint for reason in move.reasons if reason.sprint and reason.highest_item.tracker == tracker]
    if not sprints:
        return None
    earliest = min(sprints, key=sprint_key)
    if earliest.state is SprintState.ACTIVE:
        return SprintBand.CURRENT
    return SprintBand.NEXT if sprint_key(earliest) == next_sprints[tracker] else SprintBand.LATER


def _next_sprint_key(backlog: Backlog) -> SprintKey | None:
    """Return the key of the first future sprint that an item has which all people may see."""
    sprints = {sprint for item in backlog.outlines if not item.restricted for sprint in item.sprints}
    return min((sprint_key(sprint) for sprint in sprints if sprint.state is SprintState.FUTURE), default=None)
