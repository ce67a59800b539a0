"""Loads backlogs: a tracker's open items in rank order, with the items that were finished recently."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import overload

import msgspec
from sqlalchemy import Connection, func, select

from rules.model import (
    Backlog,
    FinishedItem,
    TextLoader,
    WorkItem,
)
from rules.remembered import digest
from rules.teams import TeamEvidence, Teams
from sync.store import rank_order
from sync.store.statements import chunks, get_table
from sync.store.tables import ItemRow

_items = get_table(ItemRow)
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_finished = msgspec.json.Decoder(FinishedItem).decode
_decode_team_evidence = msgspec.json.Decoder(TeamEvidence).decode


_ROWS_AT_ONCE = 500
"""The number of rows whose content is in memory at the same time."""
NO_FINISHED_ITEMS = datetime.max.replace(tzinfo=UTC)
"""The value of `finished_since` with which `load_backlog` loads no finished items."""


def load_backlog(
    connection: Connection,
    tracker: str,
    finished_since: datetime,
    *,
    teams: Teams | None = None,
    in_memory: bool = True,
    with_digests: bool = False,
    load_texts: TextLoader | None = None,
) -> Backlog:
    """Load a tracker's open items in rank order, and the items finished since a time.

    Args:
        connection: The transaction. It has to stay open while the backlog is used, unless it is loaded `in_memory`.
        finished_since: Items that were finished earlier are left out.
        teams: The configured teams; None where there are none.
        in_memory: Whether to load all items at once. Otherwise every iteration reads them in chunks, so that memory
            does not grow with the backlog; items of other trackers are not known then.
        with_digests: Whether to calculate digests of the items, by which `rules.remembered` finds what has changed.
        load_texts: Loads the texts when they are needed. If it is given, the items are loaded without them, to save
            memory.
    """
    order = rank_order.load(connection, tracker)
    digests: dict[str, bytes] | None = {} if with_digests else None
    loaded: Sequence[WorkItem]
    if in_memory:
        rows = _read_open_items(connection, tracker, teams or Teams(), digests)
        loaded = _sort(rows if load_texts is None else (item.without_texts() for item in rows), order.ids)
        open_ids = [item.id for item in loaded]
    else:
        open_ids = _open_ids(connection, tracker, order.ids)
        loaded = StreamedItems(connection, tracker, open_ids, teams)
    return Backlog(
        tracker=tracker,
        items=loaded,
        finished=tuple(finished_items(connection, tracker, finished_since, teams)),
        ordered=order.is_ordered,
        on_backlog=order.on_backlog,
        sprint_source=rank_order.sprint_source(connection, tracker),
        unread_places=_unread_places(connection, tracker, order.ids, open_ids),
        external_items=_linked_elsewhere(connection, loaded) if in_memory else {},
        content_digests=digests or {},
        load_texts=load_texts,
    )


def _read_open_items(
    connection: Connection, tracker: str, teams: Teams, digests: dict[str, bytes] | None
) -> Iterator[WorkItem]:
    """Yield a tracker's open items in any order. `digests` receives the digest of each stored item."""
    query = select(_items.c.id, _items.c.payload).where(
        _items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None)
    )
    rows = connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE))
    for item_id, payload in rows:
        if digests is not None:
            digests[item_id] = digest(payload)
        yield with_team(_decode_item(payload), teams)


def _sort(items: Iterable[WorkItem], ranked_ids: Sequence[str]) -> Sequence[WorkItem]:
    """Return items in rank order; items without a rank come last."""
    positions = {item_id: position for position, item_id in enumerate(ranked_ids)}
    return tuple(sorted(items, key=lambda item: positions.get(item.id, len(positions))))


def _open_ids(connection: Connection, tracker: str, ranked_ids: Sequence[str]) -> list[str]:
    """Ids of a tracker's open items in rank order; items without a rank come last."""
    positions = {item_id: position for position, item_id in enumerate(ranked_ids)}
    ids = _select_open_ids(connection, tracker)
    return sorted(ids, key=lambda item_id: positions.get(item_id, len(positions)))


def _select_open_ids(connection: Connection, tracker: str) -> Iterable[str]:
    """Ids of a tracker's open items, in any order."""
    query = select(_items.c.id).where(_items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None))
    return connection.execute(query).scalars()


def _unread_places(
    connection: Connection, tracker: str, ranked_ids: Sequence[str], open_ids: Sequence[str]
) -> tuple[int, ...]:
    """For each ranked item that could not be read yet, the number of open items before it, in order."""
    stored_ids = set(connection.execute(select(_items.c.id).where(_items.c.tracker == tracker)).scalars())
    positions = {item_id: position for position, item_id in enumerate(ranked_ids)}
    open_positions = [positions.get(item_id, len(positions)) for item_id in open_ids]
    return tuple(
        bisect_left(open_positions, position) for item_id, position in positions.items() if item_id not in stored_ids
    )


def _linked_elsewhere(connection: Connection, linking_items: Iterable[WorkItem]) -> dict[tuple[str, str], WorkItem]:
    """The items of other trackers that the given items link to, by tracker and key."""
    keys_by_tracker: dict[str, set[str]] = {}
    for item in linking_items:
        for link in item.links:
            if link.tracker:
                keys_by_tracker.setdefault(link.tracker, set()).add(link.target)
    linked_items: dict[tuple[str, str], WorkItem] = {}
    for tracker, keys in keys_by_tracker.items():
        for chunk in chunks(sorted(keys)):
            rows = connection.execute(
                select(_items.c.key, _items.c.payload).where(
                    _items.c.tracker == tracker, _items.c.key.in_(chunk), _items.c.gone.is_(None)
                )
            )
            linked_items |= {(tracker, row.key): _decode_item(row.payload) for row in rows}
    return linked_items


class StreamedItems(Sequence[WorkItem]):
    """The stored items with the given ids, in the order of the ids. Every iteration reads them in chunks."""

    def __init__(
        self,
        connection: Connection,
        tracker: str,
        ids: Sequence[str],
        teams: Teams | None = None,
    ) -> None:
        self._connection = connection
        self._tracker = tracker
        self._ids = ids
        self._teams = teams or Teams()

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[WorkItem]:
        for chunk in chunks(self._ids):
            yield from self._read(chunk)

    @overload
    def __getitem__(self, index: int) -> WorkItem: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[WorkItem]: ...

    def __getitem__(self, index: int | slice) -> WorkItem | Sequence[WorkItem]:
        if isinstance(index, slice):
            return StreamedItems(self._connection, self._tracker, self._ids[index], self._teams)
        return self._read([self._ids[index]])[0]

    def _read(self, ids: Sequence[str]) -> list[WorkItem]:
        """Read the items with these ids, in the same order."""
        rows = self._connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == self._tracker, _items.c.id.in_(ids))
        )
        items_by_id = {row.id: with_team(_decode_item(row.payload), self._teams) for row in rows}
        return [items_by_id[item_id] for item_id in ids if item_id in items_by_id]


def with_team(item: WorkItem, teams: Teams) -> WorkItem:
    """Return the item with the name of its team."""
    return msgspec.structs.replace(item, team=teams.find_team(item))


def finished_items(
    connection: Connection, tracker: str, since: datetime, teams: Teams | None
) -> Iterator[FinishedItem]:
    """Yield the items of a tracker that were finished since a time, with their team; without `teams`, the tracker."""
    query = select(_items.c.payload).where(
        _items.c.tracker == tracker,
        _items.c.is_open.is_(False),
        _items.c.resolved >= since,
        _items.c.gone.is_(None),
    )
    rows = connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)).scalars()
    for payload in rows:
        team = teams.find_team(_decode_team_evidence(payload)) if teams else tracker
        yield msgspec.structs.replace(_decode_finished(payload), team=team)


def ranked_open_ids(connection: Connection, tracker: str) -> list[str]:
    """Ids of a tracker's open items that have a rank, in rank order."""
    open_ids = set(_select_open_ids(connection, tracker))
    return [item_id for item_id in rank_order.load(connection, tracker).ids if item_id in open_ids]


def count_items(connection: Connection, tracker: str) -> tuple[int, int]:
    """The number of items in scope, and the number of open ones among them."""
    rows = connection.execute(
        select(_items.c.is_open, func.count())
        .where(_items.c.tracker == tracker, _items.c.gone.is_(None))
        .group_by(_items.c.is_open)
    )
    counts = {bool(is_open): number for is_open, number in rows}
    return sum(counts.values()), counts.get(True, 0)
