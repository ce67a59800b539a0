"""Items with their histories, to look at a backlog as it was."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, select

from rules.model import FieldChange, WorkItem
from rules.past import ItemHistory
from rules.teams import Teams
from sync.store.items import order, with_team
from sync.store.statements import chunks, get_table
from sync.store.tables import ItemRow

_items = get_table(ItemRow)
_decode_item = msgspec.json.Decoder(WorkItem).decode
_decode_history = msgspec.json.Decoder(list[FieldChange]).decode


def item_histories(connection: Connection, tracker: str, teams: Teams) -> Iterator[ItemHistory]:
    """All items of a tracker in today's order, open or not, each with its changes, oldest first."""
    ids = connection.execute(
        select(_items.c.id).where(_items.c.tracker == tracker, _items.c.gone.is_(None)).order_by(_items.c.id)
    ).scalars()
    places = {ident: place for place, ident in enumerate(order(connection, tracker))}
    for part in chunks(sorted(ids, key=lambda ident: places.get(ident, len(places)))):
        rows = connection.execute(
            select(_items.c.id, _items.c.payload, _items.c.history).where(
                _items.c.tracker == tracker, _items.c.id.in_(part)
            )
        )
        stored = {row.id: row for row in rows}
        for ident in part:
            history = stored[ident].history
            yield with_team(_decode_item(stored[ident].payload), teams), _decode_history(history) if history else ()
