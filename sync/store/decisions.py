"""The decision log: entries are added, and only lose words that few people may read."""

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select, update

from rules.model import Decision
from sync.store.core import insert_new, table_of
from sync.store.tables import DecisionRow

_decisions = table_of(DecisionRow)
_decode = msgspec.json.Decoder(Decision).decode


def add(connection: Connection, decisions: Iterable[Decision]) -> int:
    """Add decisions, except those whose id is already in the log; return how many were new."""
    return insert_new(
        connection,
        DecisionRow,
        (
            {name: getattr(decision, name) for name in ("id", "tracker", "item", "at")}
            | {"payload": msgspec.json.encode(decision)}
            for decision in decisions
        ),
    )


def hide_reasons(connection: Connection, ids: Collection[str]) -> None:
    """Remove the words from decisions whose source only some people can read by now."""
    if not ids:
        return
    rows = connection.execute(select(_decisions.c.id, _decisions.c.payload).where(_decisions.c.id.in_(ids)))
    for ident, payload in rows.all():
        hidden = msgspec.structs.replace(_decode(payload), reason="", instead="")
        changed = update(_decisions).where(_decisions.c.id == ident).values(payload=msgspec.json.encode(hidden))
        connection.execute(changed)


def all_of(connection: Connection, tracker: str) -> dict[str, list[Decision]]:
    """All decisions about a tracker's items, by item id, oldest first."""
    found: dict[str, list[Decision]] = {}
    rows = connection.execute(
        select(_decisions.c.item, _decisions.c.payload)
        .where(_decisions.c.tracker == tracker)
        .order_by(_decisions.c.at, _decisions.c.id)
    )
    for item, payload in rows:
        found.setdefault(item, []).append(_decode(payload))
    return found


def since(connection: Connection, tracker: str, moment: datetime | None = None) -> list[Decision]:
    """The decisions about a tracker's items since a moment, oldest first."""
    query = select(_decisions.c.payload).where(_decisions.c.tracker == tracker)
    if moment is not None:
        query = query.where(_decisions.c.at >= moment)
    return [
        _decode(payload) for payload in connection.execute(query.order_by(_decisions.c.at, _decisions.c.id)).scalars()
    ]


def about(connection: Connection, tracker: str, item: str) -> list[Decision]:
    """All decisions about one item, oldest first."""
    rows = connection.execute(
        select(_decisions.c.payload)
        .where(_decisions.c.tracker == tracker, _decisions.c.item == item)
        .order_by(_decisions.c.at, _decisions.c.id)
    ).scalars()
    return [_decode(payload) for payload in rows]
