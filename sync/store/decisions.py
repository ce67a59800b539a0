"""The decision log. Entries are added and never changed, except that texts of restricted comments are removed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select, update

from rules.model import Decision
from sync.store.statements import get_table, insert_new
from sync.store.tables import DecisionRow

_decisions = get_table(DecisionRow)
_decode = msgspec.json.Decoder(Decision).decode


def add(connection: Connection, decisions: Iterable[Decision]) -> int:
    """Add the decisions that are not in the log yet; return their number."""
    return insert_new(
        connection,
        DecisionRow,
        (
            {name: getattr(decision, name) for name in ("id", "tracker", "item", "at")}
            | {"reply": decision.reply or None, "payload": _encode(decision)}
            for decision in decisions
        ),
    )


def hide_reasons(connection: Connection, ids: Collection[str]) -> None:
    """Remove the texts from decisions whose comment can now be read only by some people."""
    if not ids:
        return
    rows = connection.execute(select(_decisions.c.id, _decisions.c.payload).where(_decisions.c.id.in_(ids)))
    for decision_id, payload in rows.all():
        hidden = msgspec.structs.replace(_decode(payload), reason="", instead="")
        connection.execute(update(_decisions).where(_decisions.c.id == decision_id).values(payload=_encode(hidden)))


def by_item(connection: Connection, tracker: str) -> dict[str, list[Decision]]:
    """All decisions about a tracker's items, by item id, oldest first."""
    found: dict[str, list[Decision]] = {}
    for decision in since(connection, tracker):
        found.setdefault(decision.item, []).append(decision)
    return found


def since(connection: Connection, tracker: str, start: datetime | None = None) -> list[Decision]:
    """The decisions about a tracker's items since a time, oldest first."""
    query = select(_decisions.c.payload, _decisions.c.reply).where(_decisions.c.tracker == tracker)
    return _read(connection, query if start is None else query.where(_decisions.c.at >= start))


def for_item(connection: Connection, tracker: str, item_id: str) -> list[Decision]:
    """All decisions about one item, oldest first."""
    query = select(_decisions.c.payload, _decisions.c.reply)
    return _read(connection, query.where(_decisions.c.tracker == tracker, _decisions.c.item == item_id))


def _read(connection: Connection, query: Select[Any]) -> list[Decision]:
    rows = connection.execute(query.order_by(_decisions.c.at, _decisions.c.id))
    return [msgspec.structs.replace(_decode(payload), reply=reply or "") for payload, reply in rows]


def _encode(decision: Decision) -> bytes:
    """Encode a decision without `reply`, which has its own column."""
    return msgspec.json.encode(msgspec.structs.replace(decision, reply=""))
