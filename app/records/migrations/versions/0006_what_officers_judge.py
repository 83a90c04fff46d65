"""What officers do with questions: tickets' waiting and ways, templates, gaps, verdicts, pins."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns of tickets that wait, and the tables of what officers decide."""
    # no batch mode: SQLite would make the table again, and with the old one its messages would go
    op.add_column("ticket", sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE ticket SET waiting_since = updated_at WHERE state IN ('open', 'forwarded')")
    op.create_index("ticket_by_waiting", "ticket", ["commune", "waiting_since"])
    op.create_table(
        "ticket_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("from_commune", sa.String(length=80), nullable=False),
        sa.Column("to_commune", sa.String(length=80), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ticket_move_by_ticket", "ticket_move", ["ticket_id", "id"])
    op.create_index("ticket_move_by_commune", "ticket_move", ["from_commune"])
    op.create_table(
        "ticket_presence",
        sa.Column("ticket_id", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ticket_id", "officer"),
    )
    op.create_table(
        "reply_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reply_template_by_scope", "reply_template", ["scope"])
    op.create_index("answer_by_conversation", "answer", ["conversation_id", "made_at"])
    op.create_index("answer_by_status", "answer", ["commune", "status", "made_at"])
    op.create_table(
        "gap_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("gap_decision_by_scope", "gap_decision", ["scope", "decided_at"])
    op.create_table(
        "report_settled",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.String(length=80), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("report_settled_by_subject", "report_settled", ["subject", "settled_at"])
    op.create_index("feedback_by_helpful", "feedback", ["helpful", "made_at"])
    op.create_table(
        "verdict",
        sa.Column("answer_id", sa.String(length=32), nullable=False),
        sa.Column("commune", sa.String(length=80), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("judged_by", sa.String(length=80), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("answer_id"),
    )
    op.create_index("verdict_by_commune", "verdict", ["commune", "judged_at"])
    op.create_table(
        "pin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("citations", sa.JSON(), nullable=False),
        sa.Column("office", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pinned_by", sa.String(length=80), nullable=False),
        sa.Column("pinned_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("pin_by_question", "pin", ["digest", "scope"])
    op.create_index("pin_by_scope", "pin", ["scope", "ended_at"])


def downgrade() -> None:
    """Drop what was added."""
    op.drop_table("pin")
    op.drop_table("verdict")
    op.drop_index("feedback_by_helpful", "feedback")
    op.drop_table("report_settled")
    op.drop_table("gap_decision")
    op.drop_index("answer_by_status", "answer")
    op.drop_index("answer_by_conversation", "answer")
    op.drop_table("reply_template")
    op.drop_table("ticket_presence")
    op.drop_table("ticket_move")
    op.drop_index("ticket_by_waiting", "ticket")
    op.drop_column("ticket", "waiting_since")
