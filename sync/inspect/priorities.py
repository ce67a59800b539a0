"""Describes a suggested order: which items should be ranked higher, and why.

A move is a suggestion to rank an item higher. WSJF (weighted shortest job first) is a score: the cost of delay divided
by the job size.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct, field

from rules.model import Backlog, HierarchyLevel
from rules.priority.evidence import ReasonKind
from rules.priority.order import Move, SuggestedOrder, suggest_order
from rules.priority.ranked_item import read_ranked_items
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
        moves: Suggested moves, the most important first.
        cycles: Keys of items that block each other in a cycle.
        order: Keys in the suggested order, by tracker and level.
    """

    item_count: int = field(name="items")
    moves: tuple[SuggestedMove, ...]
    cycles: tuple[tuple[str, ...], ...]
    order: dict[str, dict[HierarchyLevel, tuple[str, ...]]]


def suggest_moves(  # noqa: PLR0917 - what is ordered, and how moves are chosen and described
    backlogs: Sequence[Backlog],
    now: datetime,
    messages: Messages,
    options: WsjfOptions,
    declined_items: Collection[tuple[str, str]],
    limit: int,
) -> tuple[tuple[SuggestedMove, ...], int]:
    """Suggest moves. Items that the tracker shows only to some people are left out.

    Args:
        backlogs: The backlogs. Dependencies between them count.
        declined_items: Items that people have decided not to do, or not now, as (tracker, item id).
        limit: The maximum number of moves that are described.

    Returns:
        The most important moves, and the number of all moves.
    """
    suggested_order = suggest_order(backlogs, now, options)
    moves = [move for move in select_moves(suggested_order, declined_items) if not move.is_restricted]
    return tuple(describe_moves(moves[:limit], suggested_order, backlogs, messages, options)), len(moves)


def select_moves(
    suggested_order: SuggestedOrder, declined_items: Collection[tuple[str, str]], team: str | None = None
) -> list[Move]:
    """Return the moves of a suggested order, the most important first.

    Args:
        declined_items: Items that people have decided not to do, or not now, as (tracker, item id). Their moves are
            left out.
        team: The team whose items are moved; None for all teams.
    """
    return [
        move
        for move in suggested_order.moves
        if (move.item.tracker, move.item.id) not in declined_items and team in (None, move.item.team)
    ]


def describe_moves(
    moves: Sequence[Move],
    suggested_order: SuggestedOrder,
    backlogs: Iterable[Backlog],
    messages: Messages,
    options: WsjfOptions,
) -> Iterator[SuggestedMove]:
    """Describe moves of a suggested order of some backlogs in sentences."""
    items = read_ranked_items(backlogs, (item for move in moves for item in move.named_items))
    for move in moves:
        item = items[move.item.identity]
        yield SuggestedMove(
            tracker=item.tracker,
            level=item.level,
            key=item.key,
            title=item.title,
            url=item.url,
            before=move.before,
            after=move.after,
            item_count=len(suggested_order.items[item.tracker, item.level]),
            reasons=tuple(
                describe_reason(item, items[reason.later_item.identity], reason, messages, options)
                for reason in move.reasons
            ),
            kinds=tuple(reason.kind for reason in move.reasons),
        )


def describe_order(
    suggested_order: SuggestedOrder,
    moves: Sequence[Move],
    backlogs: Iterable[Backlog],
    messages: Messages,
    options: WsjfOptions,
) -> Priorities:
    """Describe a suggested order of some backlogs, and moves from it."""
    order: dict[str, dict[HierarchyLevel, tuple[str, ...]]] = {}
    for (tracker, level), items in suggested_order.items.items():
        order.setdefault(tracker, {})[level] = tuple(item.key for item in items)
    return Priorities(
        item_count=sum(len(items) for items in suggested_order.items.values()),
        moves=tuple(describe_moves(moves, suggested_order, backlogs, messages, options)),
        cycles=tuple(tuple(item.key for item in cycle) for cycle in suggested_order.cycles),
        order=order,
    )
