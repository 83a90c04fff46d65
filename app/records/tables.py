"""The tables of what the service keeps beside the revisions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.revisions import Base, now


class ConversationRow(Base):
    """What a follow-up question inherits; no words of the resident."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    commune: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[str | None] = mapped_column(String(80))
    facet: Mapped[str | None] = mapped_column(String(20))
    case_id: Mapped[str | None] = mapped_column(String(80))
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

    __table_args__ = (Index("answer_by_commune", "commune", "made_at"),)


class FeedbackRow(Base):
    """What a resident thought of an answer."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[str] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"))
    helpful: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(16))
    comment: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class PlaceRow(Base):
    """A place where a code is posted; codes are never deleted, so links never die."""

    __tablename__ = "place"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    commune: Mapped[str] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(80))
    retired: Mapped[bool] = mapped_column(default=False)
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
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("ticket_by_commune", "commune", "state", "updated_at"),
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
