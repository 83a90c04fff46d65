"""Redirected codes, days off, emergency notices, and the switch that turns the assistant off."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add where a code leads, and make the tables of what officers announce."""
    op.add_column("place", sa.Column("to_code", sa.String(length=12), nullable=True))
    op.add_column("place", sa.Column("to_commune", sa.String(length=80), nullable=True))
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=120), nullable=False),
        sa.Column("english", sa.String(length=120), nullable=True),
        sa.Column("works_as", sa.String(length=3), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("closure_by_scope", "closure", ["scope", "last_day"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("notice_by_scope", "notice", ["scope", "ends_at"])
    op.create_table(
        "assistant_switch",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("off", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.String(length=80), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )


def downgrade() -> None:
    """Take all of it away."""
    op.drop_table("assistant_switch")
    op.drop_index("notice_by_scope", "notice")
    op.drop_table("notice")
    op.drop_index("closure_by_scope", "closure")
    op.drop_table("closure")
    with op.batch_alter_table("place") as place:
        place.drop_column("to_commune")
        place.drop_column("to_code")
