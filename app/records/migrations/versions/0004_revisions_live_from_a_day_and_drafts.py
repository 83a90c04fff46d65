"""Revisions that live from a day, and officers' drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SOME_DAY = "2026-01-01"
"""What a column that is never null needs until its rows have a day of their own."""
_IN_VIETNAM = {
    "postgresql": "CAST(made_at AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)",
    "sqlite": "date(made_at, '+7 hours')",
}


def upgrade() -> None:
    """Give revisions their day, and make the tables of drafts."""
    dialect = op.get_bind().dialect.name
    # a table that others point at cannot be made anew in SQLite, so its columns are added
    op.add_column(
        "revision", sa.Column("live_from", sa.Date(), nullable=False, server_default=_SOME_DAY)
    )
    op.execute(f"UPDATE revision SET live_from = {_IN_VIETNAM[dialect]}")  # noqa: S608  # ours
    op.execute("ALTER TABLE revision ADD COLUMN regards INTEGER REFERENCES revision (id)")
    op.create_index(
        "revision_by_life",
        "revision",
        ["state", "kind", "record_id", "scope", "live_from", "id"],
    )

    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("proposed_in", sa.String(length=100), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base_revision_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("origin_ref", sa.String(length=120), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=True),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["base_revision_id"], ["revision.id"]),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("draft_by_scope", "draft", ["scope", "state", "updated_at"])
    op.create_index("draft_by_area", "draft", ["proposed_in", "state", "updated_at"])
    op.create_index("draft_by_origin", "draft", ["origin", "origin_ref"])
    op.create_table(
        "draft_save",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("draft_save_by_draft", "draft_save", ["draft_id", "id"])
    op.create_table(
        "draft_presence",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("draft_id", "officer"),
    )


def downgrade() -> None:
    """Take them away; scheduled revisions would begin at once, so they are called back."""
    op.drop_table("draft_presence")
    op.drop_table("draft_save")
    op.drop_table("draft")
    op.execute(
        "UPDATE revision SET state = 'cancelled' WHERE state IN ('published', 'withdrawn') "
        "AND live_from > CURRENT_DATE"
    )
    op.drop_index("revision_by_life", "revision")
    op.drop_column("revision", "regards")
    op.drop_column("revision", "live_from")
