"""Loads items with their histories, to reconstruct a backlog as of an earlier day."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, select

from rules.model import FieldChange, WorkItem
from rules.past import ItemHistory
from rules.teams import Teams
from sync.store import rank_order
from sync.store.backlogs import with_team
from sync.store.statements import chunks, get_table, stream_values
from sync.store.tables import ItemRow

_items = get_table(ItemRow)
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_history = msgspec.json.Decoder(list[FieldChange]).decode


def load(connection: Connection, tracker: str, teams: Teams) -> Iterator[ItemHistory]:
    """Yield a tracker's items in scope, open or closed, in today's rank order, each with its changes, oldest first."""
    ids = stream_values(
        connection,
        select(_items.c.id).where(_items.c.tracker == tracker, _items.c.gone.is_(None)).order_by(_items.c.id),
    )
    for chunk in chunks(rank_order.sort(ids, rank_order.load(connection, tracker).ids)):
        query = select(_items.c.id, _items.c.payload, _items.c.history)
        rows = connection.execute(query.where(_items.c.tracker == tracker, _items.c.id.in_(chunk))).all()
        rows_by_id = {item_id: (payload, history) for item_id, payload, history in rows}
        for item_id in chunk:
            payload, history = rows_by_id[item_id]
            yield with_team(_decode_item(payload), teams), _decode_history(history) if history else ()
