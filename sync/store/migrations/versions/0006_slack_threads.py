"""the ids of the questions, alerts and tasks that a Slack message announced, and the replies in its thread"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("slack_message", sa.Column("details", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("slack_message") as batch:
        batch.drop_column("details")
