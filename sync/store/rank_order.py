"""The rank order of each tracker's items, as people see it there, which are on a board, and where sprints come from."""

from collections.abc import Iterable, Sequence
from itertools import chain

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from rules.model import SprintSource
from sync.store import stored_values, tracker_states
from sync.store.statements import get_table
from sync.store.tables import TrackerStateRow

_states = get_table(TrackerStateRow)
_encode = msgspec.json.Encoder().encode
_decode_ids = msgspec.json.Decoder(list[str]).decode
_SPRINT_SOURCE_NAME = "source of sprints"
"""The name under which the store keeps whether sprints are read from each item, from a list, or not at all."""


class RankOrder(Struct, frozen=True, kw_only=True):
    """The rank order of a tracker.

    Attributes:
        ids: Ids of the open and closed items in scope, in rank order if `is_ordered`.
        is_ordered: Whether people see the items in this order in the tracker.
        on_backlog: Ids of the items on some board or backlog of the tracker; None if unknown.
    """

    ids: list[str] = msgspec.field(default_factory=list)
    is_ordered: bool = False
    on_backlog: frozenset[str] | None = None


def load(connection: Connection, tracker: str) -> RankOrder:
    """Load the rank order of a tracker; an empty order if the tracker was never read."""
    row = connection.execute(
        select(_states.c.rank_order, _states.c.ordered, _states.c.on_backlog).where(_states.c.tracker == tracker)
    ).first()
    if row is None:
        return RankOrder()
    on_backlog = None if row.on_backlog is None else frozenset(_decode_ids(row.on_backlog))
    return RankOrder(ids=_decode_ids(row.rank_order), is_ordered=bool(row.ordered), on_backlog=on_backlog)


def sort(ids: Iterable[str], ranked_ids: Iterable[str]) -> list[str]:
    """Return ids in rank order; those without a rank come last, in the same order as before."""
    unsorted = dict.fromkeys(ids)
    ranked = filter(unsorted.__contains__, ranked_ids)
    return list(dict.fromkeys(chain(ranked, unsorted)))


def save(
    connection: Connection, tracker: str, ids: Sequence[str], *, ordered: bool, on_backlog: Iterable[str] | None
) -> None:
    """Store the rank order as one value, because moving one item changes the position of many."""
    stored = None if on_backlog is None else _encode(sorted(on_backlog))
    tracker_states.change(connection, tracker, rank_order=_encode(ids), ordered=ordered, on_backlog=stored)


def save_keeping_boards(connection: Connection, tracker: str, ids: Sequence[str], *, ordered: bool) -> None:
    """Store the rank order when boards could not be read. Stored items stay on theirs; new ones count as on a board."""
    known = load(connection, tracker)
    on_backlog = None if known.on_backlog is None else known.on_backlog | (set(ids) - set(known.ids))
    save(connection, tracker, ids, ordered=ordered, on_backlog=on_backlog)


def sprint_source(connection: Connection, tracker: str) -> SprintSource:
    """Return where the sprints of a tracker's items came from when it was last read."""
    return stored_values.load_for_tracker(connection, tracker, _SPRINT_SOURCE_NAME, SprintSource) or SprintSource.ITEMS


def save_sprint_source(connection: Connection, tracker: str, source: SprintSource) -> None:
    """Store where the sprints of a tracker's items come from."""
    stored_values.save_for_tracker(connection, tracker, _SPRINT_SOURCE_NAME, source)
