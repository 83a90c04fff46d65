"""How long what residents and officers left is kept, and deleting what is past its days."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Select, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.records.audit import SYSTEM, AuditEntry, AuditLog
from app.records.tables import AnswerRow, ConversationRow, TicketRow
from knowledge_base.record import NATIONAL
from knowledge_base.revisions import Base, database_errors, now

_CONVERSATIONS_LAST = timedelta(days=1)
"""Follow-ups inherit for minutes; what is older than a day has no use at all."""


class Kind(StrEnum):
    """What is kept of residents and officers, and goes by age."""

    QUESTIONS = "questions"
    """Questions with their answers, what residents thought of them, and reviews of them."""
    TICKETS = "tickets"
    CONVERSATIONS = "conversations"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each kind is kept."""

    question_days: int = 365
    ticket_days: int = 90
    """After the last change."""
    audit_days: int = 1825

    def lasts(self, kind: Kind) -> timedelta:
        """How long a kind is kept."""
        return {
            Kind.QUESTIONS: timedelta(days=self.question_days),
            Kind.TICKETS: timedelta(days=self.ticket_days),
            Kind.CONVERSATIONS: _CONVERSATIONS_LAST,
            Kind.AUDIT: timedelta(days=self.audit_days),
        }[kind]


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a kind there is."""

    kind: Kind
    count: int
    oldest: datetime | None
    """UTC; None where there is none."""
    lasts: timedelta
    past: int
    """How many of them are past their days, and so go with the next purge."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each kind were deleted."""

    counts: dict[Kind, int]

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class _Table:
    """Where a kind stands that belongs to communes."""

    row: type[Base]
    key: InstrumentedAttribute[Any]
    commune: InstrumentedAttribute[str]
    at: InstrumentedAttribute[datetime]


_OF_COMMUNES = {
    Kind.QUESTIONS: _Table(AnswerRow, AnswerRow.id, AnswerRow.commune, AnswerRow.made_at),
    Kind.TICKETS: _Table(TicketRow, TicketRow.id, TicketRow.commune, TicketRow.updated_at),
    Kind.CONVERSATIONS: _Table(
        ConversationRow, ConversationRow.id, ConversationRow.commune, ConversationRow.updated_at
    ),
}
"""What hangs on these rows (feedback, messages, reviews) goes with them."""


class Keeping:
    """What is kept, and the one way to delete it by age.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, audit: AuditLog, retention: Retention) -> None:
        self._engine = engine
        self._audit = audit
        self.retention = retention

    def kept(self, communes: Collection[str] | None) -> tuple[Kept, ...]:
        """How much there is of some communes; None: of all, and the audit log."""
        found = []
        with database_errors(), Session(self._engine) as session:
            for kind, table in _OF_COMMUNES.items():
                count, oldest = session.execute(
                    _within(select(func.count(), func.min(table.at)), table, communes)
                ).one()
                past = session.scalar(
                    _within(select(func.count()), table, communes).where(
                        table.at < self._until(kind)
                    )
                )
                lasts = self.retention.lasts(kind)
                found.append(Kept(kind, count, _utc(oldest), lasts, past or 0))
        if communes is None:
            found.append(self._audit_kept())
        return tuple(found)

    def purge(self, communes: Collection[str] | None, by: str, scope: str) -> Purged:
        """Delete what is past its days, of some communes or of all, and say so in the audit log."""
        counts: dict[Kind, int] = {}
        with database_errors(), Session(self._engine) as session, session.begin():
            for kind, table in _OF_COMMUNES.items():
                past = delete(table.row).where(table.at < self._until(kind))
                if communes is not None:
                    past = past.where(table.commune.in_(list(communes)))
                counts[kind] = len(session.scalars(past.returning(table.key)).all())
            if any(counts.values()) or by != SYSTEM:
                details = {kind.value: count for kind, count in counts.items()}
                self._audit.add(session, AuditEntry(by, "kept.purged", scope, "kept", details))
        if communes is None:
            counts[Kind.AUDIT] = self._audit.purge(self._until(Kind.AUDIT), by)
        return Purged(counts)

    def purge_all(self) -> int:
        """What the service does by itself every hour; how many rows went."""
        return self.purge(None, SYSTEM, NATIONAL).total

    def _until(self, kind: Kind) -> datetime:
        return now() - self.retention.lasts(kind)

    def _audit_kept(self) -> Kept:
        count, oldest = self._audit.extent()
        past, _ = self._audit.extent(self._until(Kind.AUDIT))
        return Kept(Kind.AUDIT, count, oldest, self.retention.lasts(Kind.AUDIT), past)


def _within(
    wanted: Select[*tuple[Any, ...]], table: _Table, communes: Collection[str] | None
) -> Select[*tuple[Any, ...]]:
    wanted = wanted.select_from(table.row)
    return wanted if communes is None else wanted.where(table.commune.in_(list(communes)))


def _utc(moment: datetime | None) -> datetime | None:
    """SQLite gives back UTC without saying so."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
