"""Stores verdicts: what each rule found in each open item. An item is judged again only after something has changed."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from rules.remembered import Memory, RememberedItem, RememberedRule
from sync.store import stored_values
from sync.store.statements import chunks, get_table, stream, upsert
from sync.store.tables import VerdictRow

_verdicts = get_table(VerdictRow)
_RULES_NAME = "judged rules"
"""The name under which the store keeps, for each rule, a digest and why it could not judge some items.

The digest is a hash of what the rule's verdicts depend on besides the item, such as its settings."""


def load(connection: Connection, tracker: str) -> Memory:
    """Load the verdicts on a tracker's items."""
    query = select(_verdicts.c.item, _verdicts.c.basis, _verdicts.c.outcomes, _verdicts.c.hits)
    shared: dict[bytes, bytes] = {}  # most items have the same outcomes (which rules judged and flagged them)
    return Memory(
        rules=stored_values.load_for_tracker(connection, tracker, _RULES_NAME, tuple[RememberedRule, ...]) or (),
        items={
            item: RememberedItem(basis, shared.setdefault(outcomes, outcomes), hits)
            for item, basis, outcomes, hits in stream(connection, query.where(_verdicts.c.tracker == tracker))
        },
    )


def save(connection: Connection, tracker: str, changed: Memory, closed_ids: Iterable[str]) -> None:
    """Store changed verdicts, and delete those on items that are no longer open.

    Args:
        changed: All rules, and the items whose verdicts have changed.
    """
    stored_values.save_for_tracker(connection, tracker, _RULES_NAME, changed.rules)
    upsert(
        connection,
        VerdictRow,
        (
            {"tracker": tracker, "item": item, "basis": new.basis, "outcomes": new.outcomes, "hits": new.hits}
            for item, new in changed.items.items()
        ),
    )
    for ids in chunks(list(closed_ids)):
        connection.execute(delete(_verdicts).where(_verdicts.c.tracker == tracker, _verdicts.c.item.in_(ids)))
