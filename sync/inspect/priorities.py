"""Describes a suggested order: which items should be ranked higher, and why.

A move is a suggestion to rank an item higher. WSJF (weighted shortest job first) is a score: the cost of delay divided
by the job size.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from rules.model import Backlog, HierarchyLevel, WorkItem
from rules.priority.evidence import ReasonKind
from rules.priority.order import Move, SuggestedOrder, suggest_order
from rules.priority.wsjf import WsjfOptions
from sync.messages import Messages
from sync.messages.priority_reasons import describe_reason


class SuggestedMove(Struct, frozen=True, kw_only=True):
    """An item that should be ranked higher.

    Attributes:
        level: Its level. Items are ranked among those of the same level.
        before, after: Its current and its suggested rank, from 1.
        item_count: Number of items of this level.
        reasons: One sentence each, the strongest first.
        kinds: The kinds of these reasons.
    """

    tracker: str
    level: HierarchyLevel
    key: str
    title: str
    url: str
    before: int
    after: int
    item_count: int = field(name="of")
    reasons: tuple[str, ...]
    kinds: tuple[ReasonKind, ...]


class Priorities(Struct, frozen=True, kw_only=True):
    """A suggested order and what it changes.

    Attributes:
        moves: The suggested moves, the most important first.
        cycles: Keys of items that block each other in a cycle.
        order: Keys in the suggested order, by tracker and level.
    """

    item_count: int = field(name="items")
    moves: tuple[SuggestedMove, ...]
    cycles: tuple[tuple[str, ...], ...]
    order: dict[str, dict[HierarchyLevel, tuple[str, ...]]]


def suggest_moves(
    backlogs: Sequence[Backlog],
    now: datetime,
    messages: Messages,
    options: WsjfOptions,
    declined_items: Collection[tuple[str, str]],
) -> tuple[SuggestedMove, ...]:
    """Suggest moves. Items that the tracker shows only to some people are left out.

    Args:
        backlogs: The backlogs. Dependencies between them count.
        declined_items: Items that people have decided not to do, or not now, as (tracker, item id).
    """
    suggested_order = suggest_order(backlogs, now, options)
    return tuple(
        _describe_move(move, suggested_order.items, messages, options)
        for move in suggested_order.moves
        if not move.is_restricted and (move.item.tracker, move.item.id) not in declined_items
    )


def describe_order(
    suggested_order: SuggestedOrder,
    messages: Messages,
    options: WsjfOptions,
    declined_items: Collection[tuple[str, str]],
) -> Priorities:
    """Describe a suggested order in sentences.

    Args:
        declined_items: Items that people have decided not to do, or not now, as (tracker, item id). No move is
            suggested for them.
    """
    order: dict[str, dict[HierarchyLevel, tuple[str, ...]]] = {}
    for (tracker, level), items in suggested_order.items.items():
        order.setdefault(tracker, {})[level] = tuple(item.key for item in items)
    return Priorities(
        item_count=sum(len(items) for items in suggested_order.items.values()),
        moves=tuple(
            _describe_move(move, suggested_order.items, messages, options)
            for move in suggested_order.moves
            if (move.item.tracker, move.item.id) not in declined_items
        ),
        cycles=tuple(tuple(item.key for item in cycle) for cycle in suggested_order.cycles),
        order=order,
    )


def _describe_move(
    move: Move,
    groups: Mapping[tuple[str, HierarchyLevel], Sequence[WorkItem]],
    messages: Messages,
    options: WsjfOptions,
) -> SuggestedMove:
    """Describe one move. `groups` are the items in the suggested order, by tracker and level."""
    item = move.item
    return SuggestedMove(
        tracker=item.tracker,
        level=item.level,
        key=item.key,
        title=item.title,
        url=item.url,
        before=move.before,
        after=move.after,
        item_count=len(groups[item.tracker, item.level]),
        reasons=tuple(describe_reason(item, reason, messages, options) for reason in move.reasons),
        kinds=tuple(reason.kind for reason in move.reasons),
    )
