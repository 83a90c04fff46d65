"""What a draft wishes: its text published, or a record ended, undone or called back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the wish; every draft of before wishes its text published."""
    # saves hang on drafts, and SQLite would drop them with a table made anew: columns are added
    op.add_column(
        "draft", sa.Column("wish", sa.String(length=16), nullable=False, server_default="text")
    )
    op.add_column("draft", sa.Column("last_day", sa.Date(), nullable=True))
    op.execute("ALTER TABLE draft ADD COLUMN wished_id INTEGER REFERENCES revision (id)")


def downgrade() -> None:
    """Take it away, with the drafts that wish anything but their text published."""
    op.execute("DELETE FROM draft WHERE wish <> 'text'")
    op.drop_column("draft", "wished_id")
    op.drop_column("draft", "last_day")
    op.drop_column("draft", "wish")
