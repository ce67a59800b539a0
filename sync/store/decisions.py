"""The decision log: what people decided about findings and items.

Decisions are added and never changed. The one exception: if the comment that a decision was read from becomes visible
to only some people, its text is removed from the decision.
"""

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
    """Remove people's words from decisions whose comment only some people can now read.

    These are the reason, and the alternative, which is what they offer instead of the item.
    """
    if not ids:
        return
    rows = connection.execute(select(_decisions.c.id, _decisions.c.payload).where(_decisions.c.id.in_(ids)))
    for decision_id, payload in rows.all():
        hidden = msgspec.structs.replace(_decode(payload), reason="", alternative="")
        connection.execute(update(_decisions).where(_decisions.c.id == decision_id).values(payload=_encode(hidden)))


def by_item(connection: Connection, tracker: str) -> dict[str, list[Decision]]:
    """Load all decisions about a tracker's items, by item id, oldest first."""
    decisions: dict[str, list[Decision]] = {}
    for decision in since(connection, tracker):
        decisions.setdefault(decision.item, []).append(decision)
    return decisions


def since(connection: Connection, tracker: str, start: datetime | None = None) -> list[Decision]:
    """Load the decisions about a tracker's items since a time, oldest first; all of them if `start` is None."""
    query = select(_decisions.c.payload, _decisions.c.reply).where(_decisions.c.tracker == tracker)
    return _load(connection, query if start is None else query.where(_decisions.c.at >= start))


def for_item(connection: Connection, tracker: str, item_id: str) -> list[Decision]:
    """Load all decisions about one item, oldest first."""
    query = select(_decisions.c.payload, _decisions.c.reply)
    return _load(connection, query.where(_decisions.c.tracker == tracker, _decisions.c.item == item_id))


def _load(connection: Connection, query: Select[Any]) -> list[Decision]:
    """Run a query for `payload` and `reply`; return the decisions that it finds, oldest first."""
    rows = connection.execute(query.order_by(_decisions.c.at, _decisions.c.id))
    return [msgspec.structs.replace(_decode(payload), reply=reply or "") for payload, reply in rows]


def _encode(decision: Decision) -> bytes:
    """Encode a decision without `reply`, the id of its comment, which has its own column."""
    return msgspec.json.encode(msgspec.structs.replace(decision, reply=""))
