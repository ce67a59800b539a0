"""The items of the mirror, which is the local copy of the trackers: items as last read, and their histories."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, or_, select, update

from connectors.tracker import FetchedItem
from connectors.writes import FieldValue, find_label
from rules.flow.sprint_results import SprintMember
from rules.model import FieldChange, Link, Release, RichText, Sprint, Texts, WorkItem
from sync.store.statements import chunks, get_table, stream, stream_values, upsert
from sync.store.tables import AnnotationRow, ItemRow

_items = get_table(ItemRow)
_annotations = get_table(AnnotationRow)
_encode = msgspec.json.Encoder().encode
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_sprint_member = msgspec.json.Decoder(SprintMember).decode
_decode_history = msgspec.json.Decoder(list[FieldChange]).decode


class _References(Struct, frozen=True, gc=False):
    """The part of a stored item that refers to other items. Decoding only this part is faster."""

    parent: str | None = None
    links: tuple[Link, ...] = ()


_decode_references = msgspec.json.Decoder(_References).decode


def versions(connection: Connection, tracker: str) -> dict[str, str]:
    """The version of every item in scope, by id; empty for an item that has to be read again."""
    query = select(_items.c.id, _items.c.version).where(_items.c.tracker == tracker, _items.c.gone.is_(None))
    return dict(stream(connection, query))


def ids(connection: Connection, tracker: str) -> Iterator[str]:
    """Yield the ids of all items in scope. They are read a few hundred at a time."""
    query = select(_items.c.id).where(_items.c.tracker == tracker, _items.c.gone.is_(None))
    return stream_values(connection, query)


def open_ids(connection: Connection, tracker: str) -> list[str]:
    """The ids of the open items in scope, in alphabetical order."""
    in_scope = (_items.c.tracker == tracker, _items.c.gone.is_(None), _items.c.is_open)
    return list(connection.execute(select(_items.c.id).where(*in_scope).order_by(_items.c.id)).scalars())


def save(connection: Connection, fetched: Sequence[FetchedItem]) -> None:
    """Store items as just read, with their history. Attributes of which nothing could be read keep their values."""
    if not fetched:
        return
    incomplete = [entry.item.id for entry in fetched if entry.item.unknown]
    stored = _items_by_id(connection, fetched[0].item.tracker, incomplete)
    upsert(connection, ItemRow, (_to_row(entry, stored.get(entry.item.id)) for entry in fetched))


_DEFAULTS = WorkItem(tracker="", id="", key="")
"""The values of attributes that were not read."""


def _to_row(fetched: FetchedItem, stored: WorkItem | None) -> dict[str, object]:
    """The row of an item that was just read, and is therefore in scope.

    Args:
        stored: The item as it was stored. Attributes of which nothing could be read now keep its values.
    """
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
        "history": _encode(fetched.field_changes) if fetched.field_changes else None,
    }


def mark_out_of_scope(connection: Connection, tracker: str, ids: Iterable[str], reason: str, now: datetime) -> None:
    """Mark items that have left the scope, which is what the settings select. They stay in the store.

    Args:
        reason: "gone" (deleted, or hidden from the service's account) or "moved" (out of the scope).
    """
    for chunk in chunks(list(ids)):
        connection.execute(
            update(_items)
            .where(_items.c.tracker == tracker, _items.c.id.in_(chunk))
            .values(gone=reason, gone_since=now)
        )


def keys(connection: Connection, tracker: str, ids: Iterable[str]) -> dict[str, str]:
    """The keys of items, by id, without items that are not stored."""
    keys_by_id: dict[str, str] = {}
    for chunk in chunks(list(ids)):
        rows = connection.execute(
            select(_items.c.id, _items.c.key).where(_items.c.tracker == tracker, _items.c.id.in_(chunk))
        )
        keys_by_id |= {row.id: row.key for row in rows}
    return keys_by_id


def titles(connection: Connection, tracker: str, keys: Iterable[str]) -> dict[str, str]:
    """The titles of the items with these keys, by key. Items that are not stored are left out."""
    titles_by_key: dict[str, str] = {}
    for chunk in chunks(list(keys)):
        rows = connection.execute(
            select(_items.c.payload).where(_items.c.tracker == tracker, _items.c.key.in_(chunk))
        ).scalars()
        titles_by_key |= {item.key: item.title for item in map(_decode_item, rows)}
    return titles_by_key


def references(connection: Connection, tracker: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield the id and key of each item in scope, with the keys of its parent and of the items that it links to.

    Links to items of other trackers are left out.
    """
    query = select(_items.c.id, _items.c.key, _items.c.payload)
    for item_id, key, payload in stream(connection, query.where(_items.c.tracker == tracker, _items.c.gone.is_(None))):
        item = _decode_references(payload)
        linked = {link.target for link in item.links if not link.tracker}
        yield item_id, key, frozenset(linked | ({item.parent} if item.parent else set()))


def mark_for_reread(connection: Connection, tracker: str, ids: Iterable[str]) -> None:
    """Clear the version of items, so that the next pull reads them again."""
    for chunk in chunks(list(ids)):
        connection.execute(update(_items).where(_items.c.tracker == tracker, _items.c.id.in_(chunk)).values(version=""))


def moved_with_annotations(connection: Connection, tracker: str) -> list[str]:
    """Ids of items that were moved out of the scope and have comments, labels or field values of the service."""
    annotated = select(_annotations.c.item).where(_annotations.c.tracker == tracker)
    rows = connection.execute(
        select(_items.c.id)
        .where(_items.c.tracker == tracker, _items.c.gone == "moved", _items.c.id.in_(annotated))
        .order_by(_items.c.id)
    )
    return list(rows.scalars())


def deleted_or_hidden_ids(connection: Connection, tracker: str) -> set[str]:
    """Ids of items that were deleted or are hidden from the service's account."""
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
    """Update the stored item with the service's own edit, until the item is read again.

    Otherwise, if the tracker's search finds the change late, the service's label would look as if a person had removed
    it.
    """
    item = item_by_id(connection, tracker, item_id)
    if item is None:
        return
    removed = {find_label(label, item.labels) for label in remove_labels}
    labels = tuple(dict.fromkeys([*(label for label in item.labels if label not in removed), *add_labels]))
    changed = msgspec.structs.replace(item, labels=labels, fields={**item.fields, **fields})
    connection.execute(
        update(_items).where(_items.c.tracker == tracker, _items.c.id == item_id).values(payload=_encode(changed))
    )


def in_scope(connection: Connection, tracker: str, ids: Sequence[str]) -> Iterator[WorkItem]:
    """Yield the items with these ids that are in scope, in any order."""
    for chunk in chunks(ids):
        query = select(_items.c.payload).where(
            _items.c.tracker == tracker, _items.c.id.in_(chunk), _items.c.gone.is_(None)
        )
        yield from map(_decode_item, connection.execute(query).scalars())


def item_by_id(connection: Connection, tracker: str, item_id: str) -> WorkItem | None:
    """The item with this id, in scope or not; None if it is not stored."""
    return _items_by_id(connection, tracker, [item_id]).get(item_id)


def _items_by_id(connection: Connection, tracker: str, ids: Sequence[str]) -> dict[str, WorkItem]:
    """The items with these ids, in scope or not, by id. Items that are not stored are left out."""
    items: dict[str, WorkItem] = {}
    for chunk in chunks(ids):
        rows = connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == tracker, _items.c.id.in_(chunk))
        )
        items |= {row.id: _decode_item(row.payload) for row in rows}
    return items


def items_by_key(connection: Connection, key: str, *, include_out_of_scope: bool = False) -> list[WorkItem]:
    """The items with this key in all trackers, in any letter case."""
    keys = {key, key.upper(), key.lower()}
    if items := _items_with_keys(connection, keys, include_out_of_scope=include_out_of_scope):
        return items
    # Only a key in mixed case needs a search through all keys, which reads the index instead of the items.
    spellings = select(_items.c.key).where(func.lower(_items.c.key) == key.lower())
    others = set(connection.execute(spellings).scalars()) - keys
    return _items_with_keys(connection, others, include_out_of_scope=include_out_of_scope) if others else []


def _items_with_keys(connection: Connection, keys: Collection[str], *, include_out_of_scope: bool) -> list[WorkItem]:
    """The items with one of these keys in all trackers."""
    query = select(_items.c.payload).where(_items.c.key.in_(keys))
    rows = connection.execute(query if include_out_of_scope else query.where(_items.c.gone.is_(None))).scalars()
    return [_decode_item(payload) for payload in rows]


def finished_since(connection: Connection, tracker: str, start: datetime) -> list[WorkItem]:
    """A tracker's items that were finished since a time and are still in scope, the latest first."""
    return list(stream_finished(connection, tracker, start))


def stream_finished(
    connection: Connection, tracker: str, start: datetime, limit: int | None = None
) -> Iterator[WorkItem]:
    """Yield the same items as `finished_since`, but at most `limit` of them."""
    query = select(_items.c.payload).where(
        _items.c.tracker == tracker, _items.c.is_open.is_(False), _items.c.gone.is_(None), _items.c.resolved >= start
    )
    return map(_decode_item, stream_values(connection, query.order_by(_items.c.resolved.desc()).limit(limit)))


def left_scope(connection: Connection, tracker: str, item_id: str) -> tuple[str, datetime] | None:
    """The reason why an item has left the scope ("gone" or "moved"), and the time; None if it is in scope."""
    row = connection.execute(
        select(_items.c.gone, _items.c.gone_since).where(_items.c.tracker == tracker, _items.c.id == item_id)
    ).first()
    return (row.gone, row.gone_since) if row is not None and row.gone is not None else None


def restricted_names(connection: Connection, tracker: str, names: Collection[str]) -> set[str]:
    """The key and the id of each item that the tracker shows only to some people, and whose key or id is in `names`."""
    if not names:
        return set()
    matches = or_(_items.c.key.in_(names), _items.c.id.in_(names))
    rows = connection.execute(select(_items.c.payload).where(_items.c.tracker == tracker, matches)).scalars()
    restricted_items = [item for item in map(_decode_item, rows) if item.restricted]
    return {name for item in restricted_items for name in (item.key, item.id)}


def history(connection: Connection, tracker: str, item_id: str) -> list[FieldChange]:
    """The changes of an item, oldest first."""
    stored = connection.execute(
        select(_items.c.history).where(_items.c.tracker == tracker, _items.c.id == item_id)
    ).scalar()
    return _decode_history(stored) if stored else []


class _ItemTexts(Struct, frozen=True, gc=False):
    """The texts of an item."""

    text: RichText = ()
    criteria: RichText | None = None


_decode_texts = msgspec.json.Decoder(_ItemTexts).decode


def texts(connection: Connection, tracker: str, ids: Sequence[str]) -> dict[str, Texts]:
    """The descriptions and criteria of items, by their ids."""
    texts_by_id: dict[str, Texts] = {}
    for chunk in chunks(ids):
        rows = connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == tracker, _items.c.id.in_(chunk))
        )
        for item_id, payload in rows:
            decoded = _decode_texts(payload)
            texts_by_id[item_id] = decoded.text, decoded.criteria
    return texts_by_id


class _Releases(Struct, frozen=True, gc=False):
    """The releases of an item."""

    id: str
    releases: tuple[Release, ...] = ()


_decode_releases = msgspec.json.Decoder(_Releases).decode


def ids_by_release(connection: Connection, tracker: str) -> dict[Release, list[str]]:
    """Ids of a tracker's open items, by each of their releases that is not out yet."""
    is_open = (_items.c.is_open.is_(True), _items.c.gone.is_(None))
    query = select(_items.c.payload).where(_items.c.tracker == tracker, *is_open)
    ids: dict[Release, list[str]] = defaultdict(list)
    for item in map(_decode_releases, stream_values(connection, query)):
        for release in item.releases:
            if not release.released:
                ids[release].append(item.id)
    return ids


def sprint_members(connection: Connection, tracker: str, finished_since: datetime) -> Iterator[SprintMember]:
    """Yield a tracker's open items and those finished since a time, reduced to what sprint results need.

    Items that were in no sprint are left out. Equal sprints are kept once, to save memory.
    """
    query = select(_items.c.payload).where(
        _items.c.tracker == tracker,
        _items.c.gone.is_(None),
        or_(_items.c.is_open.is_(True), _items.c.resolved >= finished_since),
    )
    shared: dict[tuple[Sprint, ...], tuple[Sprint, ...]] = {}
    for member in map(_decode_sprint_member, stream_values(connection, query)):
        if member.sprints:
            yield msgspec.structs.replace(member, sprints=shared.setdefault(member.sprints, member.sprints))
