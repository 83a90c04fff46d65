"""Who wished that a job stops."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the wish."""
    op.add_column("job", sa.Column("stop_by", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Take it away; what was stopped counts as failed."""
    op.execute("UPDATE job SET state = 'failed' WHERE state = 'stopped'")
    op.drop_column("job", "stop_by")
