"""an index on the ledger, so that a round finds the recent changes of comments without reading all earlier changes"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index("ix_ledger_kind", "ledger", ["kind", "tracker", "at"])


def downgrade() -> None:
    op.drop_index("ix_ledger_kind", "ledger")
