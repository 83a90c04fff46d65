"""The tables of what the service keeps beside the revisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, DateTime, ForeignKey, Index, String, Text, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.records import (  # noqa: F401  (their tables)
    accounts,
    audit,
    closures,
    day_sheet_rows,
    files,
    jobs,
    judgements,
    notices,
    pins,
    read_documents,
    reply_templates,
    sessions,
    sign_in_tries,
    signing_key,
    switches,
)
from knowledge_base.day import VIETNAM
from knowledge_base.revisions import Base, now

UNANSWERED_CHARS = 200
_NO_DAY = "1970-01-01"
"""Until the migration that adds the column has read the day from the moment."""


def _local(context: DefaultExecutionContext) -> datetime:
    given: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    made: datetime = given.get("made_at") or now()
    return made.astimezone(VIETNAM)


class ConversationRow(Base):
    """What a follow-up question inherits; no words of the resident."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    commune: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[str | None] = mapped_column(String(80))
    facet: Mapped[str | None] = mapped_column(String(20))
    case_id: Mapped[str | None] = mapped_column(String(80))
    offered: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The records that the resident was asked to choose from."""
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class AnswerRow(Base):
    """One answered question, masked."""

    __tablename__ = "answer"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(64))
    commune: Mapped[str] = mapped_column(String(80))
    asked: Mapped[str] = mapped_column(Text)
    spoken: Mapped[bool]
    status: Mapped[str] = mapped_column(String(32))
    record_id: Mapped[str | None] = mapped_column(String(80))
    facet: Mapped[str | None] = mapped_column(String(20))
    confidence: Mapped[float | None]
    elapsed_ms: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The answer as shown."""
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    place: Mapped[str | None] = mapped_column(String(12))
    """The posted code whose page it was asked on."""
    topic: Mapped[str | None] = mapped_column(String(20))
    """The topic of the record that answered."""
    language: Mapped[str] = mapped_column(String(2), default="vi", server_default="vi")
    """The language of the answer."""
    day: Mapped[date] = mapped_column(
        Date, default=lambda context: _local(context).date(), server_default=_NO_DAY
    )
    hour: Mapped[int] = mapped_column(
        default=lambda context: _local(context).hour, server_default=text("0")
    )
    """Both as the resident's clock shows them."""
    unanswered: Mapped[str | None] = mapped_column(String(UNANSWERED_CHARS))
    """What was asked and not answered, folded: the same words are the same question."""
    helpful: Mapped[bool | None]
    """What the resident last said of it."""

    __table_args__ = (
        Index("answer_by_commune", "commune", "made_at"),
        Index("answer_by_status", "commune", "status", "made_at"),
        Index("answer_by_conversation", "conversation_id", "made_at"),
        # all that the dashboard counts by, so that it never reads the answers themselves
        Index(
            "answer_by_day",
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
        ),
        Index(
            "answer_unanswered",
            "commune",
            "unanswered",
            "day",
            "place",
            "topic",
            sqlite_where=text("unanswered IS NOT NULL"),
            postgresql_where=text("unanswered IS NOT NULL"),
        ),
    )


class FeedbackRow(Base):
    """What a resident thought of an answer."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    helpful: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(16))
    comment: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("feedback_by_helpful", "helpful", "made_at"),)


class PlaceRow(Base):
    """A place where a code is posted; codes are never deleted, so links never die."""

    __tablename__ = "place"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    commune: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(80))
    retired: Mapped[bool] = mapped_column(default=False)
    to_code: Mapped[str | None] = mapped_column(String(12))
    """The code whose place this one leads to instead; it leads nowhere else itself."""
    to_commune: Mapped[str | None] = mapped_column(String(80))
    """The commune that this code leads to instead."""
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("place_by_label", "commune", "label", unique=True),)


class ScanRow(Base):
    """How often a code was scanned on a day; nothing about who."""

    __tablename__ = "scan"

    code: Mapped[str] = mapped_column(ForeignKey("place.code"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class TicketRow(Base):
    """A question that a resident left for an officer, masked; nothing says who asked."""

    __tablename__ = "ticket"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(6), unique=True)
    """What the resident keeps; whoever knows it reads the ticket."""
    sending: Mapped[str] = mapped_column(String(32), unique=True)
    """Names one sending of the form, so that sending it twice leaves one ticket."""
    commune: Mapped[str] = mapped_column(String(80))
    question: Mapped[str] = mapped_column(Text)
    answer_id: Mapped[str | None] = mapped_column(String(64))
    """The answer that did not help. No foreign key: a full disk may have cost that row."""
    conversation_id: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(16))
    assigned_to: Mapped[str | None] = mapped_column(String(80))
    forwarded_to: Mapped[str | None] = mapped_column(String(200))
    waiting_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    """Since when an officer has the word; None where the resident has it."""
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ticket_by_commune", "commune", "state", "updated_at"),
        Index("ticket_by_creation", "commune", "created_at"),
        Index("ticket_by_waiting", "commune", "waiting_since"),
        Index("ticket_by_age", "updated_at"),
    )


class TicketMessageRow(Base):
    """What was written on a ticket after its question; rows are only ever added."""

    __tablename__ = "ticket_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    author: Mapped[str] = mapped_column(String(16))
    office: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("ticket_message_by_ticket", "ticket_id", "id"),)


class TicketMoveRow(Base):
    """A ticket went from one commune to another; the first goes on seeing it."""

    __tablename__ = "ticket_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"))
    from_commune: Mapped[str] = mapped_column(String(80))
    to_commune: Mapped[str] = mapped_column(String(80))
    moved_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ticket_move_by_ticket", "ticket_id", "id"),
        Index("ticket_move_by_commune", "from_commune"),
    )


class TicketPresenceRow(Base):
    """When an officer last looked at a ticket, so that two on one are warned."""

    __tablename__ = "ticket_presence"

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    officer: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
