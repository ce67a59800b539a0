"""Stores calls to trackers (outbox), every change that they made (ledger), and the present annotations on items.

An annotation is a comment, label or field value that the service put on an item. A call is settled when its outcome is
known: done, refused by the tracker, or abandoned, which means that it is assumed to have had no effect.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from sync.store import stored_values
from sync.store.records import Annotation, Call, Effect, Intent, Value
from sync.store.statements import get_table, insert_new, upsert
from sync.store.tables import AnnotationRow, LedgerRow, OutboxRow, StoredValueRow

_outbox = get_table(OutboxRow)
_ledger = get_table(LedgerRow)
_annotations = get_table(AnnotationRow)

_LABEL_STYLE_NAME = "labels"
"""The name under which the store keeps one of the following two values."""
_ALLOWED_WITHOUT_COMMENT, _BESIDE_COMMENTS = "alone", "beside comments"
"""The label that a team has chosen for all findings (`write.label`) may be set on items without the service's comment,
or only on items with it."""
_encode = msgspec.json.Encoder().encode
_decode_call = msgspec.json.Decoder(Call).decode
_decode_value = msgspec.json.Decoder(Value).decode
_decode_annotation = msgspec.json.Decoder(Annotation).decode


def store_intent(
    connection: Connection, *, round_id: str, tracker: str, item: str, key: str, call: Call, at: datetime
) -> Intent:
    """Store a call before it is sent."""
    row: dict[str, Any] = {"round": round_id, "tracker": tracker, "item": item, "key": key, "created": at}
    statement = insert(_outbox).values(row | {"state": "intended", "payload": _encode(call)})
    return Intent(id=connection.execute(statement.returning(_outbox.c.id)).scalar_one(), call=call, **row)


def settle(connection: Connection, intent_id: int, state: str, at: datetime) -> bool:
    """Store the outcome of a call: "done", "refused" or "abandoned". Returns false if it had been settled before.

    Another process may have abandoned the call because it assumed that this process was dead, or a gateway may have
    replaced the tracker's reply by a refusal. When it turns out that the call took effect, "done" replaces the earlier
    outcome.
    """
    replaceable = ("intended", "abandoned", "refused") if state == "done" else ("intended",)
    settled = connection.execute(
        update(_outbox)
        .where(_outbox.c.id == intent_id, _outbox.c.state.in_(replaceable))
        .values(state=state, settled=at)
    )
    return bool(settled.rowcount)


def unsettled_calls(connection: Connection, tracker: str) -> list[Intent]:
    """Calls whose outcome is unknown, oldest first."""
    return _load_intents(connection, _outbox.c.tracker == tracker, _outbox.c.state == "intended")


def failed_calls(connection: Connection, tracker: str, item_id: str) -> list[Intent]:
    """Calls about an item that were refused or abandoned, oldest first.

    They may have taken effect all the same: later, or because a gateway replaced the tracker's reply by a refusal.
    """
    return _load_intents(
        connection,
        _outbox.c.tracker == tracker,
        _outbox.c.item == item_id,
        _outbox.c.state.in_(("abandoned", "refused")),
    )


def calls_abandoned_since(connection: Connection, tracker: str, since: datetime) -> list[Intent]:
    """Calls that were abandoned since a time, oldest first."""
    return _load_intents(
        connection, _outbox.c.tracker == tracker, _outbox.c.state == "abandoned", _outbox.c.settled >= since
    )


def items_with_failed_calls(connection: Connection, tracker: str) -> list[tuple[str, str]]:
    """Ids and keys of the items with calls that were refused or abandoned."""
    query = select(_outbox.c.item, _outbox.c.key).where(
        _outbox.c.tracker == tracker, _outbox.c.state.in_(("abandoned", "refused"))
    )
    return [(row.item, row.key) for row in connection.execute(query.distinct().order_by(_outbox.c.item))]


def calls(connection: Connection) -> list[Intent]:
    """All calls in the outbox, oldest first."""
    return _load_intents(connection)


def _load_intents(connection: Connection, *conditions: Any) -> list[Intent]:
    """Load the calls in the outbox that meet all conditions, oldest first."""
    rows = connection.execute(select(_outbox).where(*conditions).order_by(_outbox.c.id)).mappings()
    names = ("id", "round", "tracker", "item", "key", "created")
    return [Intent(**{name: row[name] for name in names}, call=_decode_call(row["payload"])) for row in rows]


def refused_since(connection: Connection, tracker: str, since: datetime) -> set[str]:
    """Ids of the items on which the tracker has refused a write since a time."""
    return set(
        connection.execute(
            select(_outbox.c.item).where(
                _outbox.c.tracker == tracker, _outbox.c.state == "refused", _outbox.c.settled >= since
            )
        ).scalars()
    )


def record(connection: Connection, effects: Iterable[Effect]) -> None:
    """Add effects to the ledger."""
    rows = [
        {name: getattr(effect, name) for name in ("round", "tracker", "item", "key", "kind", "name", "at")}
        | {"before": _encode(effect.before), "after": _encode(effect.after)}
        for effect in effects
    ]
    if rows:
        connection.execute(insert(_ledger), rows)


def effects(
    connection: Connection, *, round_id: str | None = None, tracker: str | None = None, item: str | None = None
) -> list[Effect]:
    """Load entries of the ledger, oldest first: all of them, or only those of one round, tracker or item."""
    query = select(_ledger)
    for column, value in ((_ledger.c.round, round_id), (_ledger.c.tracker, tracker), (_ledger.c.item, item)):
        if value is not None:
            query = query.where(column == value)
    return [_to_effect(row) for row in connection.execute(query.order_by(_ledger.c.id)).mappings()]


def comment_effects_since(connection: Connection, tracker: str, since: datetime) -> list[Effect]:
    """Changes of comments after a time, oldest first."""
    query = select(_ledger).where(_ledger.c.tracker == tracker, _ledger.c.kind == "comment", _ledger.c.at > since)
    return [_to_effect(row) for row in connection.execute(query.order_by(_ledger.c.id)).mappings()]


def _to_effect(row: Any) -> Effect:
    """Convert a row of the ledger."""
    values = {name: row[name] for name in ("id", "round", "tracker", "item", "key", "kind", "name", "at")}
    return Effect(**values, before=_decode_value(row["before"]), after=_decode_value(row["after"]))


def has_written_label(connection: Connection, label: str | None = None) -> bool:
    """Whether the service has ever added or removed this label, or any label."""
    query = select(_ledger.c.id).where(_ledger.c.kind == "label")
    if label is not None:
        query = query.where(_ledger.c.name == label)
    return connection.execute(query.limit(1)).first() is not None


def labels_allowed_without_comment(connection: Connection) -> bool:
    """Whether the label under `write.label` may be set on items without the service's comment.

    Stores of earlier versions that have written any label allow it.
    """
    style = stored_values.load(connection, _LABEL_STYLE_NAME)
    return has_written_label(connection) if style is None else style == _ALLOWED_WITHOUT_COMMENT


def store_labels_allowed_without_comment(connection: Connection) -> None:
    """Store once, before the first write, what `labels_allowed_without_comment` returns, so that it never changes."""
    allowed = labels_allowed_without_comment(connection)
    insert_new(
        connection,
        StoredValueRow,
        [{"name": _LABEL_STYLE_NAME, "value": _ALLOWED_WITHOUT_COMMENT if allowed else _BESIDE_COMMENTS}],
    )


def put_annotation(connection: Connection, annotation: Annotation) -> None:
    """Store an annotation that is on an item, or whose removal is not confirmed yet."""
    row = {name: getattr(annotation, name) for name in ("tracker", "item", "kind", "name", "key", "written")}
    upsert(connection, AnnotationRow, [row | {"payload": _encode(annotation)}])


def drop_annotation(connection: Connection, annotation: Annotation) -> None:
    """Forget an annotation that is no longer on its item."""
    connection.execute(
        delete(_annotations).where(
            _annotations.c.tracker == annotation.tracker,
            _annotations.c.item == annotation.item,
            _annotations.c.kind == annotation.kind,
            _annotations.c.name == annotation.name,
        )
    )


def has_written(connection: Connection, tracker: str) -> bool:
    """Whether anything was ever written to a tracker, or stored in the outbox in order to be sent."""
    queries = (select(table.c.id).where(table.c.tracker == tracker).limit(1) for table in (_outbox, _ledger))
    return any(connection.execute(query).first() is not None for query in queries)


def recorded_comment_ids(connection: Connection, item_id: str) -> set[str]:
    """Ids of the service's comments on an item in all trackers. Two configured trackers may contain the same item."""
    query = select(_annotations.c.name).where(_annotations.c.item == item_id, _annotations.c.kind == "comment")
    return set(connection.execute(query).scalars())


def annotations(connection: Connection, tracker: str, item_id: str | None = None) -> list[Annotation]:
    """The annotations in a tracker, or on one item."""
    query = select(_annotations.c.payload).where(_annotations.c.tracker == tracker)
    if item_id is not None:
        query = query.where(_annotations.c.item == item_id)
    rows = connection.execute(query.order_by(_annotations.c.item, _annotations.c.kind, _annotations.c.name)).scalars()
    return [_decode_annotation(payload) for payload in rows]
