"""The mirror: work items as they were last read, their order, and how far each tracker has been read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import overload

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, delete, func, or_, select, update

from connectors.tracker import FetchedItem, FieldValue
from rules.model import Backlog, FieldChange, FinishedItem, Link, WorkItem
from sync.store.core import chunks, table_of, upsert
from sync.store.tables import AnnotationRow, ItemRow, TrackerState, TransitionRow

_items = table_of(ItemRow)
_marks = table_of(AnnotationRow)
_states = table_of(TrackerState)
_transitions = table_of(TransitionRow)
_encode = msgspec.json.Encoder().encode
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_finished = msgspec.json.Decoder(FinishedItem).decode
_decode_ids = msgspec.json.Decoder(list[str]).decode

TAKEN_BACK = "taken back"
"""Stands in place of an approval after an undo: whatever the settings, a person has to let the service write again."""


class _Named(Struct, frozen=True, gc=False):
    """Of an item, the others it names."""

    parent: str | None = None
    links: tuple[Link, ...] = ()


_decode_named = msgspec.json.Decoder(_Named).decode


class Reading(Struct, frozen=True, kw_only=True):
    """How far a tracker has been read, and how it went."""

    fingerprint: str = ""
    position: str | None = None
    first_round: datetime | None = None
    last_good: datetime | None = None
    trouble: str | None = None
    trouble_since: datetime | None = None
    approved: str | None = None


def reading(connection: Connection, tracker: str) -> Reading:
    """How far a tracker has been read; a tracker never read has an empty fingerprint."""
    row = connection.execute(select(_states).where(_states.c.tracker == tracker)).mappings().first()
    return Reading(**{name: row[name] for name in Reading.__struct_fields__}) if row else Reading()


def set_reading(connection: Connection, tracker: str, **changes: object) -> None:
    """Changes some of what is known about reading a tracker."""
    found = connection.execute(update(_states).where(_states.c.tracker == tracker).values(**changes))
    if not found.rowcount:
        upsert(connection, TrackerState, [_fresh_state(tracker) | changes])


def _fresh_state(tracker: str) -> dict[str, object]:
    fresh = TrackerState(tracker=tracker, fingerprint="").model_dump()
    fresh["rank_order"] = fresh.pop("order")
    return fresh


def stamps(connection: Connection, tracker: str) -> dict[str, str]:
    """Version of every item within the scope, by id."""
    rows = connection.execute(
        select(_items.c.id, _items.c.version).where(_items.c.tracker == tracker, _items.c.gone.is_(None))
    )
    return {row.id: row.version for row in rows}


def save(connection: Connection, fetched: Sequence[FetchedItem]) -> None:
    """Stores items as just read, with their history."""
    if not fetched:
        return
    upsert(connection, ItemRow, (_row(one.item) for one in fetched))
    tracker = fetched[0].item.tracker
    for ids in chunks([one.item.id for one in fetched]):
        connection.execute(delete(_transitions).where(_transitions.c.tracker == tracker, _transitions.c.item.in_(ids)))
    upsert(
        connection,
        TransitionRow,
        (
            {"tracker": tracker, "item": one.item.id, "number": number} | msgspec.structs.asdict(transition)
            for one in fetched
            for number, transition in enumerate(one.transitions)
        ),
    )


def _row(item: WorkItem) -> dict[str, object]:
    return {
        "tracker": item.tracker,
        "id": item.id,
        "key": item.key,
        "version": item.version,
        "is_open": item.is_open,
        "resolved": item.resolved,
        "payload": _encode(item),
        "gone": None,
        "gone_since": None,
    }


def save_census(
    connection: Connection, tracker: str, ids: Sequence[str], *, ordered: bool, on_backlog: Iterable[str] | None
) -> None:
    """Stores who stands where; one value, for one move shifts the place of many."""
    board = None if on_backlog is None else _encode(sorted(on_backlog))
    set_reading(connection, tracker, rank_order=_encode(ids), ordered=ordered, on_backlog=board)


def leave(connection: Connection, tracker: str, ids: Iterable[str], why: str, now: datetime) -> None:
    """Items that are no longer within the scope; they are kept, and known as gone."""
    for part in chunks(list(ids)):
        connection.execute(
            update(_items).where(_items.c.tracker == tracker, _items.c.id.in_(part)).values(gone=why, gone_since=now)
        )


def keys(connection: Connection, tracker: str, ids: Iterable[str]) -> dict[str, str]:
    """What people call some items, by id, as far as they are stored."""
    found: dict[str, str] = {}
    for part in chunks(list(ids)):
        rows = connection.execute(
            select(_items.c.id, _items.c.key).where(_items.c.tracker == tracker, _items.c.id.in_(part))
        )
        found |= {row.id: row.key for row in rows}
    return found


def references(connection: Connection, tracker: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Of every item within the scope: its id, its key, and the keys of what is above it and of what it links to."""
    rows = connection.execute(
        select(_items.c.id, _items.c.key, _items.c.payload).where(_items.c.tracker == tracker, _items.c.gone.is_(None))
    )
    for row in rows:
        one = _decode_named(row.payload)
        linked = {link.target for link in one.links if not link.tracker}
        yield row.id, row.key, frozenset(linked | ({one.parent} if one.parent else set()))


def look_again(connection: Connection, tracker: str, ids: Iterable[str]) -> None:
    """Forgets which state of some items is known, so that they are read anew in the next pull."""
    for part in chunks(list(ids)):
        connection.execute(update(_items).where(_items.c.tracker == tracker, _items.c.id.in_(part)).values(version=""))


def moved_with_annotations(connection: Connection, tracker: str) -> list[str]:
    """Items that left the scope, are still somewhere, and carry something of ours."""
    carrying = select(_marks.c.item).where(_marks.c.tracker == tracker)
    rows = connection.execute(
        select(_items.c.id)
        .where(_items.c.tracker == tracker, _items.c.gone == "moved", _items.c.id.in_(carrying))
        .order_by(_items.c.id)
    )
    return list(rows.scalars())


def gone(connection: Connection, tracker: str) -> set[str]:
    """Items that were deleted or are hidden from us."""
    rows = connection.execute(select(_items.c.id).where(_items.c.tracker == tracker, _items.c.gone == "gone"))
    return set(rows.scalars())


def after_own_write(
    connection: Connection,
    tracker: str,
    ident: str,
    *,
    add_labels: Sequence[str],
    remove_labels: Sequence[str],
    fields: Mapping[str, FieldValue],
) -> None:
    """Keeps the mirror in step with what we just wrote, until the item is read again.

    Without this, a search index that lags would show our own label as removed by a person.
    """
    item = one_item(connection, tracker, ident)
    if item is None:
        return
    labels = tuple(dict.fromkeys([*(one for one in item.labels if one not in remove_labels), *add_labels]))
    changed = msgspec.structs.replace(item, labels=labels, fields={**item.fields, **fields})
    connection.execute(
        update(_items).where(_items.c.tracker == tracker, _items.c.id == ident).values(payload=_encode(changed))
    )


def one_item(connection: Connection, tracker: str, ident: str) -> WorkItem | None:
    """An item by id, also one that is done or gone."""
    payload = connection.execute(
        select(_items.c.payload).where(_items.c.tracker == tracker, _items.c.id == ident)
    ).scalar()
    return _decode_item(payload) if payload is not None else None


def items_by_key(connection: Connection, key: str, *, gone_too: bool = False) -> list[WorkItem]:
    """Items that people call by this key, in whatever tracker; upper and lower case count alike."""
    query = select(_items.c.payload).where(func.lower(_items.c.key) == key.lower())
    rows = connection.execute(query if gone_too else query.where(_items.c.gone.is_(None))).scalars()
    return [_decode_item(payload) for payload in rows]


def left(connection: Connection, tracker: str, ident: str) -> tuple[str, datetime] | None:
    """Why an item is no longer within the scope ("gone" or "moved"), and since when; None while it is."""
    row = connection.execute(
        select(_items.c.gone, _items.c.gone_since).where(_items.c.tracker == tracker, _items.c.id == ident)
    ).first()
    return (row.gone, row.gone_since) if row is not None and row.gone is not None else None


def restricted(connection: Connection, tracker: str, names: Collection[str]) -> set[str]:
    """Those of some items, named by key or id, that the tracker shows to some people only."""
    named = or_(_items.c.key.in_(names), _items.c.id.in_(names))
    rows = connection.execute(select(_items.c.payload).where(_items.c.tracker == tracker, named)).scalars()
    found = [item for item in map(_decode_item, rows) if item.restricted]
    return {name for item in found for name in (item.key, item.id)}


def transitions(connection: Connection, tracker: str, ident: str) -> list[FieldChange]:
    """The life of an item, oldest first."""
    rows = connection.execute(
        select(_transitions)
        .where(_transitions.c.tracker == tracker, _transitions.c.item == ident)
        .order_by(_transitions.c.number)
    ).mappings()
    return [FieldChange(row["at"], row["field"], row["before"], row["after"], row["by_person"]) for row in rows]


def counts(connection: Connection, tracker: str) -> tuple[int, int]:
    """How many items there are within the scope, and how many of them are open."""
    rows = connection.execute(
        select(_items.c.is_open, func.count())
        .where(_items.c.tracker == tracker, _items.c.gone.is_(None))
        .group_by(_items.c.is_open)
    )
    by_open = {bool(is_open): number for is_open, number in rows}
    return sum(by_open.values()), by_open.get(True, 0)


def backlog(connection: Connection, tracker: str, finished_since: datetime, *, held: bool = True) -> Backlog:
    """A tracker's open items in their order, and what was finished since a moment.

    Args:
        connection: To read with; without `held`, it has to stay open as long as the backlog is used.
        tracker: Whose backlog.
        finished_since: From when on finished items are looked at.
        held: Whether all items are held at once; without, they are read anew, a few at a time, whenever they are
            gone through, and memory does not grow with the backlog.
    """
    state = connection.execute(
        select(_states.c.rank_order, _states.c.ordered, _states.c.on_backlog).where(_states.c.tracker == tracker)
    ).first()
    places = {ident: place for place, ident in enumerate(_decode_ids(state.rank_order) if state else [])}
    ids = connection.execute(
        select(_items.c.id).where(_items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None))
    ).scalars()
    streamed = StreamedItems(connection, tracker, sorted(ids, key=lambda ident: places.get(ident, len(places))))
    return Backlog(
        tracker=tracker,
        items=tuple(streamed) if held else streamed,
        finished=tuple(_finished(connection, tracker, finished_since)),
        ordered=bool(state and state.ordered),
        on_backlog=frozenset(_decode_ids(state.on_backlog)) if state and state.on_backlog is not None else None,
    )


class StreamedItems(Sequence[WorkItem]):
    """Items of the mirror in an order, read a few at a time each time they are gone through."""

    def __init__(self, connection: Connection, tracker: str, ids: Sequence[str]) -> None:
        self._connection = connection
        self._tracker = tracker
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[WorkItem]:
        for part in chunks(self._ids):
            yield from self._read(part)

    @overload
    def __getitem__(self, place: int) -> WorkItem: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[WorkItem]: ...

    def __getitem__(self, place: int | slice) -> WorkItem | Sequence[WorkItem]:
        if isinstance(place, slice):
            return StreamedItems(self._connection, self._tracker, self._ids[place])
        return self._read([self._ids[place]])[0]

    def _read(self, ids: Sequence[str]) -> list[WorkItem]:
        rows = self._connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == self._tracker, _items.c.id.in_(ids))
        )
        found = {row.id: _decode_item(row.payload) for row in rows}
        return [found[ident] for ident in ids if ident in found]


def _finished(connection: Connection, tracker: str, since: datetime) -> Iterator[FinishedItem]:
    rows = connection.execute(
        select(_items.c.payload).where(
            _items.c.tracker == tracker,
            _items.c.is_open.is_(False),
            _items.c.resolved >= since,
            _items.c.gone.is_(None),
        )
    ).scalars()
    return map(_decode_finished, rows)


def open_ids(connection: Connection, tracker: str) -> list[str]:
    """Ids of a tracker's open items in its order, the top first."""
    ids = set(
        connection.execute(
            select(_items.c.id).where(_items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None))
        ).scalars()
    )
    return [ident for ident in order(connection, tracker) if ident in ids]


def order(connection: Connection, tracker: str) -> list[str]:
    """Ids of a tracker's items in its order, the top first."""
    ranked = connection.execute(select(_states.c.rank_order).where(_states.c.tracker == tracker)).scalar()
    return _decode_ids(ranked) if ranked is not None else []
