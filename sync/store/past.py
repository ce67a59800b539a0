"""Items with their histories, to look at a backlog as it was."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec
from sqlalchemy import Connection, select

from rules.model import FieldChange, WorkItem
from rules.past import ItemHistory
from rules.teams import Teams
from sync.store.items import order, with_team
from sync.store.statements import chunks, get_table
from sync.store.tables import ItemRow, TransitionRow

_items = get_table(ItemRow)
_transitions = get_table(TransitionRow)
_decode_item = msgspec.json.Decoder(WorkItem).decode


def item_histories(connection: Connection, tracker: str, teams: Teams) -> Iterator[ItemHistory]:
    """All items of a tracker in today's order, open or not, each with its changes, oldest first."""
    ids = connection.execute(
        select(_items.c.id).where(_items.c.tracker == tracker, _items.c.gone.is_(None)).order_by(_items.c.id)
    ).scalars()
    places = {ident: place for place, ident in enumerate(order(connection, tracker))}
    for part in chunks(sorted(ids, key=lambda ident: places.get(ident, len(places)))):
        rows = connection.execute(
            select(_items.c.id, _items.c.payload).where(_items.c.tracker == tracker, _items.c.id.in_(part))
        )
        stored = {row.id: _decode_item(row.payload) for row in rows}
        changes = _changes(connection, tracker, part)
        for ident in part:
            yield with_team(stored[ident], teams), changes.get(ident, ())


def _changes(connection: Connection, tracker: str, ids: Sequence[str]) -> dict[str, list[FieldChange]]:
    rows = connection.execute(
        select(_transitions)
        .where(_transitions.c.tracker == tracker, _transitions.c.item.in_(ids))
        .order_by(_transitions.c.item, _transitions.c.number)
    ).mappings()
    return {
        item: [FieldChange(row["at"], row["field"], row["before"], row["after"], row["by_person"]) for row in group]
        for item, group in groupby(rows, key=lambda row: row["item"])
    }
