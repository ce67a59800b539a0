"""the history of an item in its row, and an index for large backlogs"""

from collections.abc import Iterator
from itertools import groupby

import msgspec
import sqlalchemy as sa
from alembic import op

from sync.store.types import UtcDateTime

revision = "0005"
down_revision = "0004"

_ITEMS_AT_ONCE = 500
_items = sa.table("work_item", *map(sa.column, ("tracker", "id", "history")))
_transitions = sa.table(
    "transition",
    *map(sa.column, ("tracker", "item", "number", "field", "before", "after")),
    sa.column("at", UtcDateTime()),
    sa.column("by_person", sa.Boolean()),
)
_CHANGE_COLUMNS = ("at", "field", "before", "after", "by_person")


def upgrade() -> None:
    op.add_column("work_item", sa.Column("history", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    set_history = (
        sa.update(_items)
        .where(_items.c.tracker == sa.bindparam("of_tracker"), _items.c.id == sa.bindparam("of_item"))
        .values(history=sa.bindparam("encoded"))
    )
    for tracker, ids in _item_ids():
        query = sa.select(_transitions).where(_transitions.c.tracker == tracker, _transitions.c.item.in_(ids))
        changes = connection.execute(query.order_by(_transitions.c.item, _transitions.c.number)).mappings()
        rows = [
            {
                "of_tracker": tracker,
                "of_item": item,
                "encoded": msgspec.json.encode(
                    [{name: change[name] for name in _CHANGE_COLUMNS} for change in history]
                ),
            }
            for item, history in groupby(changes, key=lambda change: change["item"])
        ]
        if rows:
            connection.execute(set_history, rows)
    op.drop_table("transition")
    op.drop_index("ix_work_item_open", "work_item")
    op.create_index("ix_work_item_state", "work_item", ["tracker", "gone", "is_open", "id", "version"])


def downgrade() -> None:
    op.create_table(
        "transition",
        sa.Column("tracker", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tracker", "item", "number", name=op.f("pk_transition")),
    )
    # An empty fingerprint makes the next round read all items again, with their histories.
    op.execute("UPDATE tracker_state SET fingerprint = ''")
    op.drop_index("ix_work_item_state", "work_item")
    op.create_index("ix_work_item_open", "work_item", ["tracker", "is_open"])
    with op.batch_alter_table("work_item") as batch_op:
        batch_op.drop_column("history")


def _item_ids() -> Iterator[tuple[str, list[str]]]:
    """Yield the ids of items, a few hundred of one tracker at a time."""
    rows = op.get_bind().execute(sa.select(_items.c.tracker, _items.c.id).order_by(_items.c.tracker, _items.c.id)).all()
    for tracker, of_tracker in groupby(rows, key=lambda row: row.tracker):
        ids = [row.id for row in of_tracker]
        for start in range(0, len(ids), _ITEMS_AT_ONCE):
            yield tracker, ids[start : start + _ITEMS_AT_ONCE]
