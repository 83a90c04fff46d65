"""Answers that residents called wrong, outdated, incomplete or unclear, until they are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.answering.mask import mask
from app.records.audit import AuditEntry, AuditLog
from app.records.judgements import SUBJECT_CHARACTERS, ReportSettledRow
from app.records.question_log import folded
from app.records.tables import AnswerRow, FeedbackRow
from knowledge_base.day import utc
from knowledge_base.revisions import database_errors, now


class ReportOutcome(StrEnum):
    """How reports about one thing were settled."""

    FIXED = "fixed"
    """By a revision."""
    NOT_A_FAULT = "not_a_fault"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Report:
    """What one resident said against one answer."""

    answer_id: str
    commune: str
    asked: str
    """Masked."""
    reason: str | None
    comment: str | None
    """Masked."""
    at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How reports were settled."""

    outcome: ReportOutcome
    revision_id: int | None
    note: str
    by: str
    at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Everything said against the answers from one record, or to one question."""

    subject: str
    """``record:<id>``, or ``question:<words>`` where no record answered."""
    reports: tuple[Report, ...]
    """The newest first."""
    settled: Settled | None
    """The newest settlement, which counts until something is reported again."""

    @property
    def record_id(self) -> str | None:
        """The record that the answers came from."""
        kind, _, name = self.subject.partition(":")
        return name if kind == "record" else None

    @property
    def open(self) -> tuple[Report, ...]:
        """What was reported since it was settled."""
        if self.settled is None:
            return self.reports
        return tuple(one for one in self.reports if one.at > self.settled.at)

    @property
    def reasons(self) -> Mapping[str, int]:
        """How often for each reason, the most first; an empty text for none."""
        return dict(Counter(one.reason or "" for one in self.reports).most_common())


class ReportedAnswers:
    """The reports. Every method raises ``DatabaseUnavailableError`` when there is no database."""

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def listed(
        self, scopes: Sequence[str], communes: Sequence[str], limit: int
    ) -> tuple[Reported, ...]:
        """What was reported of some communes' answers, unsettled first, then the most reported.

        Args:
            scopes: those whose settlements count: the area's own and those above it.
            communes: whose answers.
            limit: so many of the newest reports are looked at.
        """
        wanted = (
            select(FeedbackRow, AnswerRow.commune, AnswerRow.asked, AnswerRow.record_id)
            .join(AnswerRow, AnswerRow.id == FeedbackRow.answer_id)
            .where(FeedbackRow.helpful.is_(False), AnswerRow.commune.in_(communes))
            .order_by(FeedbackRow.made_at.desc(), FeedbackRow.id.desc())
            .limit(limit)
        )
        grouped: dict[str, list[Report]] = {}
        with database_errors(), Session(self._engine) as session:
            for row, commune, asked, record_id in session.execute(wanted):
                subject = subject_of(record_id, asked)
                at = utc(row.made_at)
                report = Report(row.answer_id, commune, asked, row.reason, row.comment, at)
                grouped.setdefault(subject, []).append(report)
            settled = {
                row.subject: _settled(row)
                for row in session.scalars(
                    select(ReportSettledRow)
                    .where(ReportSettledRow.scope.in_(scopes))
                    .order_by(ReportSettledRow.settled_at, ReportSettledRow.id)
                )
            }
        found = [
            Reported(subject, tuple(reports), settled.get(subject))
            for subject, reports in grouped.items()
        ]
        return tuple(
            sorted(found, key=lambda one: (-len(one.open), -len(one.reports), one.subject))
        )

    def settle(
        self,
        scope: str,
        subject: str,
        outcome: ReportOutcome,
        by: str,
        note: str = "",
        revision_id: int | None = None,
    ) -> None:
        """Settle everything reported so far of one subject; the note is kept masked."""
        note = mask(note)
        details = {"outcome": outcome.value, "note": note, "revision": revision_id}
        with database_errors(), Session(self._engine) as session, session.begin():
            session.add(
                ReportSettledRow(
                    scope=scope,
                    subject=subject[:SUBJECT_CHARACTERS],
                    outcome=outcome.value,
                    revision_id=revision_id,
                    note=note,
                    settled_by=by,
                    settled_at=now(),
                )
            )
            self._audit.add(session, AuditEntry(by, "report.settled", scope, subject, details))


def subject_of(record_id: str | None, asked: str) -> str:
    """What a report is about: the record that answered, or else the question."""
    return f"record:{record_id}" if record_id else f"question:{folded(asked)}"[:SUBJECT_CHARACTERS]


def _settled(row: ReportSettledRow) -> Settled:
    return Settled(
        ReportOutcome(row.outcome), row.revision_id, row.note, row.settled_by, utc(row.settled_at)
    )
