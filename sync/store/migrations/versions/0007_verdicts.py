"""the verdicts of rules on items, so that only what has changed is judged again

The columns are the encoded attributes of `rules.remembered.RememberedItem`: "basis" is what the verdicts depend on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "verdict",
        sa.Column("tracker", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("basis", sa.LargeBinary(), nullable=False),
        sa.Column("outcomes", sa.LargeBinary(), nullable=False),
        sa.Column("hits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tracker", "item", name=op.f("pk_verdict")),
    )


def downgrade() -> None:
    op.drop_table("verdict")
    # Each of these facts lists the rules whose verdicts on the items of a tracker are in the table.
    op.execute("DELETE FROM fact WHERE name LIKE 'judged rules of %'")
