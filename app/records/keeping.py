"""How long what residents and officers left is kept, and deleting what is past its days."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.records import draft_saves
from app.records.audit import SYSTEM, AuditEntry, AuditLog
from app.records.closures import ClosureRow
from app.records.judgements import GapDecisionRow, ReportSettledRow
from app.records.notices import NoticeRow
from app.records.pins import PinRow
from app.records.tables import AnswerRow, ConversationRow, TicketRow
from knowledge_base.day import VIETNAM, utc
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
    DECISIONS = "decisions"
    """What officers decided about questions without an answer and about reported answers."""
    PINS = "pins"
    """Answers pinned to questions; one in force never goes."""
    NOTICES = "notices"
    """Those shown or to be shown never go."""
    CLOSURES = "closures"
    """Days off; those to come never go."""
    SAVES = "saves"
    """What was saved of closed drafts, but the first save, each officer's last and the refused."""
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each kind is kept.

    What an area works with goes when an officer deletes it, not by age: templates of replies,
    switches (each stands as it was last set; the audit log tells since when), places (codes on
    walls must go on leading somewhere) and their scans, which tell of nobody.
    """

    question_days: int = 365
    """Decisions about questions last as long: then nothing is left that they decide."""
    ticket_days: int = 90
    """After the last change."""
    audit_days: int = 1825
    draft_save_days: int = 30
    """After a draft was closed."""
    ended_days: int = 365
    """Of pins, notices and days off, after they were over."""

    def lasts(self, kind: Kind) -> timedelta:
        """How long a kind is kept."""
        return {
            Kind.QUESTIONS: timedelta(days=self.question_days),
            Kind.TICKETS: timedelta(days=self.ticket_days),
            Kind.CONVERSATIONS: _CONVERSATIONS_LAST,
            Kind.DECISIONS: timedelta(days=self.question_days),
            Kind.PINS: timedelta(days=self.ended_days),
            Kind.NOTICES: timedelta(days=self.ended_days),
            Kind.CLOSURES: timedelta(days=self.ended_days),
            Kind.SAVES: timedelta(days=self.draft_save_days),
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
    """Where a kind stands that belongs to communes, or to the scopes of areas."""

    row: type[Base]
    key: InstrumentedAttribute[Any]
    owner: InstrumentedAttribute[str]
    since: InstrumentedAttribute[Any]
    """What is shown of the oldest: a moment, or a day."""
    is_past: Callable[[datetime], ColumnElement[bool]]
    """Given until when it was kept long enough."""

    def of(self, communes: Collection[str] | None) -> ColumnElement[bool]:
        """The rows of some communes; None: all."""
        if communes is None:
            return true()
        of_areas = self.owner.key == "scope"
        return self.owner.in_([f"commune:{one}" if of_areas else one for one in communes])


def _by_age(
    row: type[Base],
    key: InstrumentedAttribute[Any],
    owner: InstrumentedAttribute[str],
    at: InstrumentedAttribute[datetime],
) -> _Table:
    return _Table(row, key, owner, at, lambda until: at < until)


def _pin_is_over(until: datetime) -> ColumnElement[bool]:
    return or_(PinRow.ended_at < until, PinRow.last_day < until.astimezone(VIETNAM).date())


_TABLES = {
    Kind.QUESTIONS: (_by_age(AnswerRow, AnswerRow.id, AnswerRow.commune, AnswerRow.made_at),),
    Kind.TICKETS: (_by_age(TicketRow, TicketRow.id, TicketRow.commune, TicketRow.updated_at),),
    Kind.CONVERSATIONS: (
        _by_age(
            ConversationRow, ConversationRow.id, ConversationRow.commune, ConversationRow.updated_at
        ),
    ),
    Kind.DECISIONS: (
        _by_age(GapDecisionRow, GapDecisionRow.id, GapDecisionRow.scope, GapDecisionRow.decided_at),
        _by_age(
            ReportSettledRow,
            ReportSettledRow.id,
            ReportSettledRow.scope,
            ReportSettledRow.settled_at,
        ),
    ),
    Kind.PINS: (_Table(PinRow, PinRow.id, PinRow.scope, PinRow.pinned_on, _pin_is_over),),
    Kind.NOTICES: (
        _Table(
            NoticeRow,
            NoticeRow.id,
            NoticeRow.scope,
            NoticeRow.made_at,
            lambda until: NoticeRow.ends_at < until,
        ),
    ),
    Kind.CLOSURES: (
        _Table(
            ClosureRow,
            ClosureRow.id,
            ClosureRow.scope,
            ClosureRow.made_at,
            lambda until: ClosureRow.last_day < until.astimezone(VIETNAM).date(),
        ),
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
        with database_errors(), Session(self._engine) as session:
            found = [self._kept(session, kind, communes) for kind in _TABLES]
            if communes is None:
                found.append(self._saves_kept(session))
        if communes is None:
            found.append(self._audit_kept())
        return tuple(found)

    def purge(self, communes: Collection[str] | None, by: str, scope: str) -> Purged:
        """Delete what is past its days, of some communes or of all, and say so in the audit log."""
        counts: dict[Kind, int] = {}
        with database_errors(), Session(self._engine) as session, session.begin():
            for kind, tables in _TABLES.items():
                until = self._until(kind)
                counts[kind] = sum(
                    len(
                        session.scalars(
                            delete(table.row)
                            .where(table.of(communes), table.is_past(until))
                            .returning(table.key)
                        ).all()
                    )
                    for table in tables
                )
            if communes is None:
                counts[Kind.SAVES] = draft_saves.thin(session, self._until(Kind.SAVES))
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

    def _kept(self, session: Session, kind: Kind, communes: Collection[str] | None) -> Kept:
        every, past, oldest = 0, 0, []
        for table in _TABLES[kind]:
            counted = select(func.count(), func.min(table.since)).where(table.of(communes))
            count, since = session.execute(counted.select_from(table.row)).one()
            of_past = select(func.count()).where(
                table.of(communes), table.is_past(self._until(kind))
            )
            every += count
            past += session.scalar(of_past.select_from(table.row)) or 0
            oldest += [_moment(since)] if since is not None else []
        return Kept(kind, every, min(oldest, default=None), self.retention.lasts(kind), past)

    def _saves_kept(self, session: Session) -> Kept:
        saves = select(func.count(), func.min(draft_saves.DraftSaveRow.at))
        count, oldest = session.execute(saves).one()
        past = draft_saves.in_between(session, self._until(Kind.SAVES))
        return Kept(
            Kind.SAVES,
            count,
            _moment(oldest) if oldest else None,
            self.retention.lasts(Kind.SAVES),
            past,
        )

    def _audit_kept(self) -> Kept:
        count, oldest = self._audit.extent()
        past, _ = self._audit.extent(self._until(Kind.AUDIT))
        return Kept(Kind.AUDIT, count, oldest, self.retention.lasts(Kind.AUDIT), past)


def _moment(since: datetime | date) -> datetime:
    if isinstance(since, datetime):
        return utc(since)
    return datetime.combine(since, time(), VIETNAM).astimezone(UTC)
