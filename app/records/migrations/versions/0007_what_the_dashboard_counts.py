"""What the dashboard counts: place, topic, language, local day and hour, what was not answered."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from knowledge_base.syllables import fold, syllables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_ROWS = 1000
_UNANSWERED = sa.text("unanswered IS NOT NULL")


def upgrade() -> None:
    """Add what is counted, and read it from the answers that are kept."""
    # no batch mode: SQLite would make the table again, and with the old one its feedback would go
    for column in (
        sa.Column("place", sa.String(length=12), nullable=True),
        sa.Column("topic", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False, server_default="vi"),
        sa.Column("day", sa.Date(), nullable=False, server_default="1970-01-01"),
        sa.Column("hour", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("unanswered", sa.String(length=200), nullable=True),
        sa.Column("helpful", sa.Boolean(), nullable=True),
    ):
        op.add_column("answer", column)
    _read_what_is_kept(op.get_bind())
    op.create_index(
        "answer_by_day",
        "answer",
        [
            "commune",
            "day",
            "made_at",
            "hour",
            "status",
            "record_id",
            "topic",
            "place",
            "spoken",
            "language",
            "helpful",
            "elapsed_ms",
            "id",
        ],
    )
    op.create_index(
        "answer_unanswered",
        "answer",
        ["commune", "unanswered", "day", "place"],
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )
    op.create_index("ticket_by_creation", "ticket", ["commune", "created_at"])


def _read_what_is_kept(connection: sa.Connection) -> None:
    answer = sa.table(
        "answer",
        sa.column("id", sa.String()),
        sa.column("asked", sa.Text()),
        sa.column("status", sa.String()),
        sa.column("body", sa.JSON()),
        sa.column("made_at", sa.DateTime(timezone=True)),
        sa.column("topic", sa.String()),
        sa.column("language", sa.String()),
        sa.column("day", sa.Date()),
        sa.column("hour", sa.Integer()),
        sa.column("unanswered", sa.String()),
        sa.column("helpful", sa.Boolean()),
    )
    feedback = sa.table(
        "feedback",
        sa.column("id", sa.Integer()),
        sa.column("answer_id", sa.String()),
        sa.column("helpful", sa.Boolean()),
    )
    said = {
        row.answer_id: row.helpful
        for row in connection.execute(sa.select(feedback).order_by(feedback.c.id))
    }
    change = (
        answer.update()
        .where(answer.c.id == sa.bindparam("of"))
        .values({name: sa.bindparam(f"new_{name}") for name in _READ})
    )
    last = ""
    while rows := connection.execute(
        sa.select(answer).where(answer.c.id > last).order_by(answer.c.id).limit(_ROWS)
    ).all():
        connection.execute(change, [_read(row, said.get(row.id)) for row in rows])
        last = rows[-1].id


_READ = ("topic", "language", "day", "hour", "unanswered", "helpful")


def _read(row: sa.Row[tuple[object, ...]], helpful: bool | None) -> dict[str, object]:
    # SQLite gives back UTC without saying so
    made = row.made_at if row.made_at.tzinfo else row.made_at.replace(tzinfo=UTC)
    local = made.astimezone(_VIETNAM)
    words = " ".join(fold(word) for word in syllables(row.asked))[:200]
    return {
        "of": row.id,
        "new_topic": (row.body.get("procedure") or {}).get("topic"),
        "new_language": row.body.get("language") or "vi",
        "new_day": local.date(),
        "new_hour": local.hour,
        "new_unanswered": words if row.status.startswith("abstained") else None,
        "new_helpful": helpful,
    }


def downgrade() -> None:
    """Drop what was added."""
    op.drop_index("ticket_by_creation", "ticket")
    op.drop_index("answer_unanswered", "answer")
    op.drop_index("answer_by_day", "answer")
    for name in (*_READ, "place"):
        op.drop_column("answer", name)
