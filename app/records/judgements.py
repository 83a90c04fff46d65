"""The tables of what officers decide about questions and answers that are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.revisions import Base

SUBJECT_CHARACTERS = 120


class GapDecisionRow(Base):
    """A decision about a group of questions; it counts until one of them is asked again."""

    __tablename__ = "gap_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    decision: Mapped[str] = mapped_column(String(16))
    heading: Mapped[str] = mapped_column(Text)
    keys: Mapped[list[str]] = mapped_column(JSON)
    """The questions, each as ``folded`` makes it."""
    ref: Mapped[str | None] = mapped_column(String(80))
    """The draft or the pin that was made."""
    decided_by: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("gap_decision_by_scope", "scope", "decided_at"),)


class ReportSettledRow(Base):
    """How the reports about one record, or one question, were settled up to a moment."""

    __tablename__ = "report_settled"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(SUBJECT_CHARACTERS))
    outcome: Mapped[str] = mapped_column(String(16))
    revision_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text)
    settled_by: Mapped[str] = mapped_column(String(80))
    settled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("report_settled_by_subject", "subject", "settled_at"),)


class VerdictRow(Base):
    """An officer's verdict on one answer; one answer is judged once."""

    __tablename__ = "verdict"

    answer_id: Mapped[str] = mapped_column(
        ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True
    )
    commune: Mapped[str] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
    judged_by: Mapped[str] = mapped_column(String(80))
    judged_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("verdict_by_commune", "commune", "judged_at"),)
