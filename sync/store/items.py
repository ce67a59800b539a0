"""The mirror, a local copy of the trackers: items as last read, their order, and the read state of each tracker."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import overload

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, or_, select, update

from connectors.tracker import FetchedItem, FieldValue
from rules.flow.sprint_results import SprintMember
from rules.model import Backlog, FieldChange, FinishedItem, Link, WorkItem
from rules.teams import TeamEvidence, Teams
from sync.store.statements import chunks, get_table, upsert
from sync.store.tables import AnnotationRow, ItemRow, TrackerState

_items = get_table(ItemRow)
_annotations = get_table(AnnotationRow)
_states = get_table(TrackerState)
_encode = msgspec.json.Encoder().encode
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_finished = msgspec.json.Decoder(FinishedItem).decode
_decode_sprint_member = msgspec.json.Decoder(SprintMember).decode
_decode_team_evidence = msgspec.json.Decoder(TeamEvidence).decode
_decode_history = msgspec.json.Decoder(list[FieldChange]).decode
_decode_ids = msgspec.json.Decoder(list[str]).decode

APPROVAL_REVOKED = "taken back"
"""Replaces an approval after an undo. It matches no settings, so a person has to approve writing again."""


class _References(Struct, frozen=True, gc=False):
    """The references of an item to other items."""

    parent: str | None = None
    links: tuple[Link, ...] = ()


_decode_references = msgspec.json.Decoder(_References).decode


class ReadState(Struct, frozen=True, kw_only=True):
    """How far a tracker has been read, and the state of its last rounds.

    Attributes:
        fingerprint: Hash of everything that affects how items are read.
        position: The cursor from which the next pull continues.
        first_round: When the first round was complete.
        last_good: When a round was last complete.
        trouble: The reason why the last round ended early; empty if it did not.
        trouble_since: When rounds began to end early.
        approved: Hash of the settings under which a person last approved writing.
    """

    fingerprint: str = ""
    position: str | None = None
    first_round: datetime | None = None
    last_good: datetime | None = None
    trouble: str | None = None
    trouble_since: datetime | None = None
    approved: str | None = None


def read_state(connection: Connection, tracker: str) -> ReadState:
    """The read state of a tracker. The fingerprint is empty if the tracker was never read."""
    row = connection.execute(select(_states).where(_states.c.tracker == tracker)).mappings().first()
    return ReadState(**{name: row[name] for name in ReadState.__struct_fields__}) if row else ReadState()


def set_read_state(connection: Connection, tracker: str, **changes: object) -> None:
    """Change some fields of a tracker's read state."""
    updated = connection.execute(update(_states).where(_states.c.tracker == tracker).values(**changes))
    if not updated.rowcount:
        upsert(connection, TrackerState, [_initial_state(tracker) | changes])


def _initial_state(tracker: str) -> dict[str, object]:
    state = TrackerState(tracker=tracker, fingerprint="").model_dump()
    state["rank_order"] = state.pop("order")
    return state


def trackers(connection: Connection) -> list[str]:
    """Names of all trackers that have ever been read."""
    return list(connection.execute(select(_states.c.tracker).order_by(_states.c.tracker)).scalars())


def versions(connection: Connection, tracker: str) -> dict[str, str]:
    """The version of every item in scope, by id."""
    rows = connection.execute(
        select(_items.c.id, _items.c.version).where(_items.c.tracker == tracker, _items.c.gone.is_(None))
    )
    return {row.id: row.version for row in rows}


def save(connection: Connection, fetched: Sequence[FetchedItem]) -> None:
    """Store items as just read, with their history. Attributes that could not be read keep their stored values."""
    if not fetched:
        return
    incomplete = [entry.item.id for entry in fetched if entry.item.unknown]
    stored = _items_by_id(connection, fetched[0].item.tracker, incomplete)
    upsert(connection, ItemRow, (_row(entry, stored.get(entry.item.id)) for entry in fetched))


_DEFAULTS = WorkItem(tracker="", id="", key="")


def _row(fetched: FetchedItem, stored: WorkItem | None) -> dict[str, object]:
    """The row of an item, with the stored values of attributes that are unknown now."""
    item = fetched.item
    if stored is not None:
        without_value = [name for name in item.unknown if getattr(item, name) == getattr(_DEFAULTS, name)]
        item = msgspec.structs.replace(item, **{name: getattr(stored, name) for name in without_value})
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
        "history": _encode(fetched.transitions) if fetched.transitions else None,
    }


def save_order(
    connection: Connection, tracker: str, ids: Sequence[str], *, ordered: bool, on_backlog: Iterable[str] | None
) -> None:
    """Store the rank order as one value, because moving one item changes the position of many."""
    stored = None if on_backlog is None else _encode(sorted(on_backlog))
    set_read_state(connection, tracker, rank_order=_encode(ids), ordered=ordered, on_backlog=stored)


def save_order_keeping_boards(connection: Connection, tracker: str, ids: Sequence[str], *, ordered: bool) -> None:
    """Store the rank order when boards could not be read. Known items stay on them; new items count as on a board."""
    state = connection.execute(
        select(_states.c.rank_order, _states.c.on_backlog).where(_states.c.tracker == tracker)
    ).first()
    on_backlog = None
    if state is not None and state.on_backlog is not None:
        on_backlog = {*_decode_ids(state.on_backlog), *(set(ids) - set(_decode_ids(state.rank_order)))}
    save_order(connection, tracker, ids, ordered=ordered, on_backlog=on_backlog)


def mark_as_left(connection: Connection, tracker: str, ids: Iterable[str], reason: str, now: datetime) -> None:
    """Mark items as no longer in scope, with the reason "gone" or "moved". They stay in the store."""
    for part in chunks(list(ids)):
        connection.execute(
            update(_items).where(_items.c.tracker == tracker, _items.c.id.in_(part)).values(gone=reason, gone_since=now)
        )


def keys(connection: Connection, tracker: str, ids: Iterable[str]) -> dict[str, str]:
    """The keys of items, by id, without items that are not stored."""
    found: dict[str, str] = {}
    for part in chunks(list(ids)):
        rows = connection.execute(
            select(_items.c.id, _items.c.key).where(_items.c.tracker == tracker, _items.c.id.in_(part))
        )
        found |= {row.id: row.key for row in rows}
    return found


def titles(connection: Connection, tracker: str, keys: Iterable[str]) -> dict[str, str]:
    """The titles of the items with these keys, by key. Items that are not stored are left out."""
    found: dict[str, str] = {}
    for part in chunks(list(keys)):
        rows = connection.execute(
            select(_items.c.payload).where(_items.c.tracker == tracker, _items.c.key.in_(part))
        ).scalars()
        found |= {item.key: item.title for item in map(_decode_item, rows)}
    return found


def references(connection: Connection, tracker: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield id and key of each item in scope, with the keys of its parent and of the items it links to."""
    rows = connection.execute(
        select(_items.c.id, _items.c.key, _items.c.payload).where(_items.c.tracker == tracker, _items.c.gone.is_(None))
    )
    for row in rows:
        item = _decode_references(row.payload)
        linked = {link.target for link in item.links if not link.tracker}
        yield row.id, row.key, frozenset(linked | ({item.parent} if item.parent else set()))


def mark_for_reread(connection: Connection, tracker: str, ids: Iterable[str]) -> None:
    """Clear the version of items, so that the next pull reads them again."""
    for part in chunks(list(ids)):
        connection.execute(update(_items).where(_items.c.tracker == tracker, _items.c.id.in_(part)).values(version=""))


def moved_with_annotations(connection: Connection, tracker: str) -> list[str]:
    """Ids of items that were moved out of the scope and have our annotations."""
    annotated = select(_annotations.c.item).where(_annotations.c.tracker == tracker)
    rows = connection.execute(
        select(_items.c.id)
        .where(_items.c.tracker == tracker, _items.c.gone == "moved", _items.c.id.in_(annotated))
        .order_by(_items.c.id)
    )
    return list(rows.scalars())


def gone_ids(connection: Connection, tracker: str) -> set[str]:
    """Ids of items that were deleted or are hidden from us."""
    rows = connection.execute(select(_items.c.id).where(_items.c.tracker == tracker, _items.c.gone == "gone"))
    return set(rows.scalars())


def apply_own_edit(
    connection: Connection,
    tracker: str,
    item_id: str,
    *,
    add_labels: Sequence[str],
    remove_labels: Sequence[str],
    fields: Mapping[str, FieldValue],
) -> None:
    """Update the stored item with our own edit, until the item is read again.

    Otherwise, if the search index lags, our label would look as if a person had removed it.
    """
    item = item_by_id(connection, tracker, item_id)
    if item is None:
        return
    labels = tuple(dict.fromkeys([*(label for label in item.labels if label not in remove_labels), *add_labels]))
    changed = msgspec.structs.replace(item, labels=labels, fields={**item.fields, **fields})
    connection.execute(
        update(_items).where(_items.c.tracker == tracker, _items.c.id == item_id).values(payload=_encode(changed))
    )


def item_by_id(connection: Connection, tracker: str, item_id: str) -> WorkItem | None:
    """The item with this id, in scope or not; None if it is not stored."""
    return _items_by_id(connection, tracker, [item_id]).get(item_id)


def _items_by_id(connection: Connection, tracker: str, ids: Sequence[str]) -> dict[str, WorkItem]:
    found: dict[str, WorkItem] = {}
    for part in chunks(ids):
        rows = connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == tracker, _items.c.id.in_(part))
        )
        found |= {row.id: _decode_item(row.payload) for row in rows}
    return found


def items_by_key(connection: Connection, key: str, *, include_gone: bool = False) -> list[WorkItem]:
    """The items with this key in all trackers, in any letter case."""
    # The index on keys finds the usual spellings. Only a key in mixed case needs a search through all items.
    for matches in (_items.c.key.in_({key, key.upper(), key.lower()}), func.lower(_items.c.key) == key.lower()):
        query = select(_items.c.payload).where(matches)
        rows = connection.execute(query if include_gone else query.where(_items.c.gone.is_(None))).scalars()
        if found := [_decode_item(payload) for payload in rows]:
            return found
    return []


def left_scope(connection: Connection, tracker: str, item_id: str) -> tuple[str, datetime] | None:
    """Why an item is no longer in scope ("gone" or "moved"), and since when; None if it is in scope."""
    row = connection.execute(
        select(_items.c.gone, _items.c.gone_since).where(_items.c.tracker == tracker, _items.c.id == item_id)
    ).first()
    return (row.gone, row.gone_since) if row is not None and row.gone is not None else None


def restricted_names(connection: Connection, tracker: str, names: Collection[str]) -> set[str]:
    """The keys and ids among `names` that belong to items which the tracker shows only to some people."""
    matches = or_(_items.c.key.in_(names), _items.c.id.in_(names))
    rows = connection.execute(select(_items.c.payload).where(_items.c.tracker == tracker, matches)).scalars()
    restricted_items = [item for item in map(_decode_item, rows) if item.restricted]
    return {name for item in restricted_items for name in (item.key, item.id)}


def transitions(connection: Connection, tracker: str, item_id: str) -> list[FieldChange]:
    """The history of an item, oldest first."""
    history = connection.execute(
        select(_items.c.history).where(_items.c.tracker == tracker, _items.c.id == item_id)
    ).scalar()
    return _decode_history(history) if history else []


def counts(connection: Connection, tracker: str) -> tuple[int, int]:
    """The number of items in scope, and of the open ones among them."""
    rows = connection.execute(
        select(_items.c.is_open, func.count())
        .where(_items.c.tracker == tracker, _items.c.gone.is_(None))
        .group_by(_items.c.is_open)
    )
    by_open = {bool(is_open): number for is_open, number in rows}
    return sum(by_open.values()), by_open.get(True, 0)


def backlog(
    connection: Connection,
    tracker: str,
    finished_since: datetime,
    *,
    teams: Teams | None = None,
    in_memory: bool = True,
) -> Backlog:
    """A tracker's open items in rank order, and the items finished since a time.

    Args:
        connection: The transaction. It has to stay open while the backlog is used, unless it is loaded `in_memory`.
        tracker: The tracker's name.
        finished_since: Items that were finished earlier are left out.
        teams: The configured teams; None where there are none.
        in_memory: Whether to load all items at once. Otherwise every iteration reads them in chunks, so that memory
            does not grow with the backlog; items of other trackers are not known then.
    """
    state = connection.execute(
        select(_states.c.rank_order, _states.c.ordered, _states.c.on_backlog).where(_states.c.tracker == tracker)
    ).first()
    positions = {item_id: position for position, item_id in enumerate(_decode_ids(state.rank_order) if state else [])}
    ids = connection.execute(
        select(_items.c.id).where(_items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None))
    ).scalars()
    in_order = sorted(ids, key=lambda item_id: positions.get(item_id, len(positions)))
    streamed = StreamedItems(connection, tracker, in_order, teams)
    loaded = tuple(streamed) if in_memory else streamed
    return Backlog(
        tracker=tracker,
        items=loaded,
        finished=tuple(finished_items(connection, tracker, finished_since, teams)),
        ordered=bool(state and state.ordered),
        on_backlog=frozenset(_decode_ids(state.on_backlog)) if state and state.on_backlog is not None else None,
        elsewhere=_linked_elsewhere(connection, loaded) if in_memory else {},
    )


def _linked_elsewhere(connection: Connection, linking: Iterable[WorkItem]) -> dict[tuple[str, str], WorkItem]:
    """The items of other trackers that items link to, by tracker and key."""
    wanted: dict[str, set[str]] = {}
    for item in linking:
        for link in item.links:
            if link.tracker:
                wanted.setdefault(link.tracker, set()).add(link.target)
    found: dict[tuple[str, str], WorkItem] = {}
    for tracker, keys_wanted in wanted.items():
        for part in chunks(sorted(keys_wanted)):
            rows = connection.execute(
                select(_items.c.key, _items.c.payload).where(
                    _items.c.tracker == tracker, _items.c.key.in_(part), _items.c.gone.is_(None)
                )
            )
            found |= {(tracker, row.key): _decode_item(row.payload) for row in rows}
    return found


class StreamedItems(Sequence[WorkItem]):
    """Stored items in the order of their ids. Every iteration reads them in chunks."""

    def __init__(self, connection: Connection, tracker: str, ids: Sequence[str], teams: Teams | None = None) -> None:
        self._connection = connection
        self._tracker = tracker
        self._ids = ids
        self._teams = teams or Teams()

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[WorkItem]:
        for part in chunks(self._ids):
            yield from self._read(part)

    @overload
    def __getitem__(self, index: int) -> WorkItem: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[WorkItem]: ...

    def __getitem__(self, index: int | slice) -> WorkItem | Sequence[WorkItem]:
        if isinstance(index, slice):
            return StreamedItems(self._connection, self._tracker, self._ids[index], self._teams)
        return self._read([self._ids[index]])[0]

    def _read(self, ids: Sequence[str]) -> list[WorkItem]:
        rows = self._connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == self._tracker, _items.c.id.in_(ids))
        )
        items_by_id = {row.id: with_team(_decode_item(row.payload), self._teams) for row in rows}
        return [items_by_id[item_id] for item_id in ids if item_id in items_by_id]


def with_team(item: WorkItem, teams: Teams) -> WorkItem:
    """The item with the name of its team."""
    return msgspec.structs.replace(item, team=teams.find_team(item))


def finished_items(
    connection: Connection, tracker: str, since: datetime, teams: Teams | None
) -> Iterator[FinishedItem]:
    """The items of a tracker that were finished since a time."""
    rows = connection.execute(
        select(_items.c.payload).where(
            _items.c.tracker == tracker,
            _items.c.is_open.is_(False),
            _items.c.resolved >= since,
            _items.c.gone.is_(None),
        )
    ).scalars()
    for payload in rows:
        team = teams.find_team(_decode_team_evidence(payload)) if teams else tracker
        yield msgspec.structs.replace(_decode_finished(payload), team=team)


def sprint_members(connection: Connection, tracker: str, finished_since: datetime) -> Iterator[SprintMember]:
    """The sprints of a tracker's open items, and of the items finished since a time."""
    payloads = connection.execute(
        select(_items.c.payload).where(
            _items.c.tracker == tracker,
            _items.c.gone.is_(None),
            or_(_items.c.is_open.is_(True), _items.c.resolved >= finished_since),
        )
    ).scalars()
    return map(_decode_sprint_member, payloads)


def open_ids(connection: Connection, tracker: str) -> list[str]:
    """Ids of a tracker's open items in rank order."""
    ids = set(
        connection.execute(
            select(_items.c.id).where(_items.c.tracker == tracker, _items.c.is_open.is_(True), _items.c.gone.is_(None))
        ).scalars()
    )
    return [item_id for item_id in order(connection, tracker) if item_id in ids]


def is_ordered(connection: Connection, tracker: str) -> bool:
    """Whether a tracker's items stand in an order that people see there."""
    return bool(connection.execute(select(_states.c.ordered).where(_states.c.tracker == tracker)).scalar())


def order(connection: Connection, tracker: str) -> list[str]:
    """Ids of a tracker's items in rank order."""
    ranked = connection.execute(select(_states.c.rank_order).where(_states.c.tracker == tracker)).scalar()
    return _decode_ids(ranked) if ranked is not None else []
