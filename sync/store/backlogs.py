"""Loads backlogs: a tracker's open items in rank order, with the items that were finished recently."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import overload

import msgspec
from sqlalchemy import Connection, bindparam, func, or_, select

from rules.model import Backlog, FinishedItem, ItemOutline, OutlinedItems, PackedItems, TextLoader, WorkItem
from rules.remembered import digest
from rules.teams import TeamEvidence, Teams
from sync.store import rank_order
from sync.store.statements import chunks, get_table, stream_values
from sync.store.tables import ItemRow

_items = get_table(ItemRow)
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_finished = msgspec.json.Decoder(FinishedItem).decode
_decode_team_evidence = msgspec.json.Decoder(TeamEvidence).decode

_SELECT_PAYLOADS = select(_items.c.id, _items.c.payload).where(
    _items.c.tracker == bindparam("tracker"), _items.c.id.in_(bindparam("ids", expanding=True))
)
"""Selects the items of a tracker with some ids. To make the statement once saves a tenth of the time."""

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
        in_memory: Whether to load all open items at once, and keep them as bytes (see `OutlinedItems`). Otherwise every
            iteration reads them in chunks, so that memory does not grow with the backlog; items of other trackers are
            not known then.
        with_digests: Whether the outlines of the items have their content digests, which rounds compare.
        load_texts: Loads the texts when they are needed. If it is given, the items are loaded without them, to save
            memory.
    """
    order = rank_order.load(connection, tracker)
    open_ids = rank_order.sort(_select_open_ids(connection, tracker), order.ids)
    unread_places = _find_unread_places(connection, tracker, order.ids, open_ids)
    order = msgspec.structs.replace(order, ids=[])  # frees the memory of the ids before items are read
    streamed = StreamedItems(connection, tracker, open_ids, teams, with_texts=load_texts is None)
    finished = finished_items(connection, tracker, finished_since, teams)
    backlog = Backlog(
        tracker=tracker,
        items=OutlinedItems(streamed.read(with_digests=with_digests)) if in_memory else streamed,
        finished=PackedItems(FinishedItem, finished),
        ordered=order.is_ordered,
        on_backlog=order.on_backlog,
        sprint_source=rank_order.sprint_source(connection, tracker),
        unread_places=unread_places,
        load_texts=load_texts,
    )
    external_items = _linked_elsewhere(connection, backlog.outlines) if in_memory else {}
    return replace(backlog, external_items=external_items) if external_items else backlog


def _select_open_ids(connection: Connection, tracker: str) -> Iterable[str]:
    """Ids of a tracker's open items, in any order."""
    query = select(_items.c.id).where(_items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None))
    return stream_values(connection, query)


def _find_unread_places(
    connection: Connection, tracker: str, ranked_ids: Sequence[str], open_ids: Sequence[str]
) -> tuple[int, ...]:
    """For each ranked item that could not be read yet, the number of open items before it, in order."""
    unread_ids = set(ranked_ids)
    unread_ids.difference_update(open_ids)
    if unread_ids:
        is_not_open = or_(_items.c.is_open.is_(False), _items.c.gone.is_not(None))
        other_ids = select(_items.c.id).where(_items.c.tracker == tracker, is_not_open)
        unread_ids.difference_update(stream_values(connection, other_ids))
    if not unread_ids:
        return ()
    open_id_set, places, open_count = set(open_ids), [], 0
    for item_id in ranked_ids:
        if item_id in unread_ids:
            places.append(open_count)
        open_count += item_id in open_id_set
    return tuple(places)


def _linked_elsewhere(connection: Connection, linking_items: Iterable[ItemOutline]) -> dict[tuple[str, str], WorkItem]:
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
        *,
        with_texts: bool = True,
    ) -> None:
        self._connection = connection
        self._tracker = tracker
        self._ids = ids
        self._teams = teams or Teams()
        self._with_texts = with_texts

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[WorkItem]:
        return (item for item, _ in self._read(self._ids))

    def read(self, *, with_digests: bool) -> Iterator[tuple[WorkItem, bytes]]:
        """Yield the items, each with its content digest (see `ItemOutline`), or empty bytes instead."""
        return ((item, digest(payload) if with_digests else b"") for item, payload in self._read(self._ids))

    @overload
    def __getitem__(self, index: int) -> WorkItem: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[WorkItem]: ...

    def __getitem__(self, index: int | slice) -> WorkItem | Sequence[WorkItem]:
        if isinstance(index, slice):
            return [item for item, _ in self._read(self._ids[index])]
        return next(self._read([self._ids[index]]))[0]

    def _read(self, ids: Sequence[str]) -> Iterator[tuple[WorkItem, bytes]]:
        """Read the items with these ids, in the same order. Yield each with its stored content."""
        for chunk in chunks(ids):
            rows = self._connection.execute(_SELECT_PAYLOADS, {"tracker": self._tracker, "ids": chunk})
            payloads: dict[str, bytes] = dict(rows.all())
            for item_id in chunk:
                if (payload := payloads.get(item_id)) is not None:
                    item = _decode_item(payload)
                    # With the given id, so that memory holds each id only once while a backlog is loaded.
                    item = msgspec.structs.replace(with_team(item, self._teams), id=item_id)
                    yield item if self._with_texts else item.without_texts(), payload


def with_team(item: WorkItem, teams: Teams) -> WorkItem:
    """Return the item with the name of its team."""
    return msgspec.structs.replace(item, team=teams.find_team(item) if teams else item.tracker)


def finished_items(
    connection: Connection, tracker: str, since: datetime, teams: Teams | None
) -> Iterator[FinishedItem]:
    """Yield the items of a tracker that were finished since a time.

    The team of each is that of `teams`; without `teams`, its name is that of the tracker.
    """
    query = select(_items.c.payload).where(
        _items.c.tracker == tracker,
        _items.c.is_open.is_(False),
        _items.c.resolved >= since,
        _items.c.gone.is_(None),
    )
    if since == NO_FINISHED_ITEMS:
        return
    shared_types: dict[str, str] = {}  # so that memory holds each name of a type only once
    for payload in stream_values(connection, query):
        team = teams.find_team(_decode_team_evidence(payload)) if teams else tracker
        item = _decode_finished(payload)
        yield msgspec.structs.replace(item, team=team, type=shared_types.setdefault(item.type, item.type))


def ranked_open_ids(connection: Connection, tracker: str) -> list[str]:
    """Ids of a tracker's open items that have a rank, in rank order."""
    open_ids = set(_select_open_ids(connection, tracker))
    return [item_id for item_id in rank_order.load(connection, tracker).ids if item_id in open_ids]


def count_items(connection: Connection, tracker: str) -> tuple[int, int]:
    """The number of items in scope (those that the settings select), and the number of open ones among them."""
    rows = connection.execute(
        select(_items.c.is_open, func.count())
        .where(_items.c.tracker == tracker, _items.c.gone.is_(None))
        .group_by(_items.c.is_open)
    )
    counts = {bool(is_open): number for is_open, number in rows}
    return sum(counts.values()), counts.get(True, 0)
