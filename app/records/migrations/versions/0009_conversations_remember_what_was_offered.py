"""What a resident was asked to choose from."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the records offered; conversations of before were offered none."""
    op.add_column(
        "conversation", sa.Column("offered", sa.JSON(), nullable=False, server_default="[]")
    )
    with op.batch_alter_table("conversation") as conversation:
        conversation.alter_column("offered", server_default=None)


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("conversation") as conversation:
        conversation.drop_column("offered")
