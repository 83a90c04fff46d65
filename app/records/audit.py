"""What officers did: rows that are only ever added, each sealed with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import (
    JSON,
    DateTime,
    Engine,
    Index,
    Select,
    String,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge_base.day import utc
from knowledge_base.revisions import Base, database_errors
from knowledge_base.revisions import now as utc_now

COMMAND_LINE = "command-line"
"""Who did what was done by ``hoixa staff`` and its like."""
SYSTEM = "system"
"""Who did what the service does by itself, such as a purge after the days that are set."""

_ROWS_AT_ONCE = 500
_Columns = TypeVarTuple("_Columns")


class AuditRow(Base):
    """One thing that an officer did. Triggers refuse to change or delete it."""

    __tablename__ = "audit_log"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counts without gaps from 1."""
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    by: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    """The hash of the row before; empty in the first."""
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index("audit_log_by_scope", "scope", "number"),
        Index("audit_log_by_age", "at"),
    )


class AuditHeadRow(Base):
    """The one row that says where the log ends, and up to where it was purged.

    Whoever adds to the log updates it first, and so waits for whoever is adding.
    """

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    purged_to: Mapped[int]
    purged_hash: Mapped[str] = mapped_column(String(64))
    """The hash of the last row that was purged: what the first that is left points at."""
    purging_to: Mapped[int]
    """Rows up to here may be deleted; 0 outside a purge."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that an officer did, to be written down.

    Attributes:
        by: the officer's username.
        action: a short dotted English word, such as ``record.published``.
        scope: where: ``national``, ``province:<slug>`` or ``commune:<slug>``.
        subject: what it was done to, such as ``procedure:dang-ky-tam-tru``.
        details: what else tells it, as JSON values; nothing personal of residents.
    """

    by: str
    action: str
    scope: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audited:
    """An entry as it stands in the log."""

    number: int
    at: datetime
    """UTC."""
    entry: AuditEntry
    hash: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is empty or None does not narrow."""

    scopes: tuple[str, ...] | None = None
    """None: of every scope."""
    by: str = ""
    action: str = ""
    """An action, or the beginning of several: ``record`` finds ``record.published``."""
    subject: str = ""
    """A part of the subject."""
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What reading the whole log again found."""

    rows: int
    number: int
    """Of the newest row."""
    hash: str
    """Of the newest row: written down elsewhere, it proves everything before it."""
    broken_at: int | None = None
    """The number of the first row that is not as it was written, or that is missing."""


class AuditLog:
    """The audit log. Every method raises ``DatabaseUnavailableError`` when there is no database."""

    def __init__(self, engine: Engine, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    def add(self, session: Session, entry: AuditEntry) -> None:
        """Write an entry in the caller's transaction: both happen, or neither.

        Call it last: from here to the transaction's end everybody else who adds waits.
        """
        session.flush()
        number, previous = session.execute(
            update(AuditHeadRow)
            .values(number=AuditHeadRow.number + 1)
            .returning(AuditHeadRow.number, AuditHeadRow.hash)
            .execution_options(synchronize_session=False)
        ).one()
        row = AuditRow(
            number=number,
            at=self._now().astimezone(UTC),
            by=entry.by,
            action=entry.action,
            scope=entry.scope,
            subject=entry.subject[:200],
            details=json.loads(json.dumps(dict(entry.details), default=str)),
            previous=previous,
            hash="",
        )
        row.hash = _hash(row)
        session.add(row)
        session.flush()
        session.execute(
            update(AuditHeadRow).values(hash=row.hash).execution_options(synchronize_session=False)
        )

    def write(self, entry: AuditEntry) -> None:
        """Write an entry in a transaction of its own, where nothing else changes."""
        with database_errors(), Session(self._engine) as session, session.begin():
            self.add(session, entry)

    def page(self, wanted: AuditFilter, start: int, count: int) -> tuple[Audited, ...]:
        """Entries, the newest first."""
        with database_errors(), Session(self._engine) as session:
            rows = session.scalars(
                _filtered(select(AuditRow), wanted)
                .order_by(AuditRow.number.desc())
                .offset(start)
                .limit(count)
            )
            return tuple(map(_audited, rows))

    def count(self, wanted: AuditFilter) -> int:
        """How many entries there are."""
        with database_errors(), Session(self._engine) as session:
            counted = _filtered(select(func.count()).select_from(AuditRow), wanted)
            return session.scalar(counted) or 0

    def extent(self, before: datetime | None = None) -> tuple[int, datetime | None]:
        """How many entries there are, and when the oldest was made (UTC); all, or from before."""
        wanted = AuditFilter(before=before)
        with database_errors(), Session(self._engine) as session:
            counted = _filtered(select(func.count(), func.min(AuditRow.at)), wanted)
            count, oldest = session.execute(counted.select_from(AuditRow)).one()
            return count, utc(oldest) if oldest else None

    def each(self, wanted: AuditFilter) -> Iterator[Audited]:
        """Every entry, the oldest first, read some hundreds at a time."""
        for rows in self._batches(wanted):
            yield from map(_audited, rows)

    def actions(self, scopes: Sequence[str] | None) -> tuple[str, ...]:
        """The actions that occur in some scopes, in alphabetical order; None: in any."""
        wanted = AuditFilter(None if scopes is None else tuple(scopes))
        with database_errors(), Session(self._engine) as session:
            found = session.scalars(_filtered(select(AuditRow.action).distinct(), wanted))
            return tuple(sorted(found))

    def purge(self, before: datetime, by: str = SYSTEM) -> int:
        """Delete every entry from before a moment, say so in the log, and return how many.

        The one path by which rows may go: it says in ``audit_head.purging_to`` up to which row,
        in the same transaction that deletes, and keeps the last one's hash, so that the chain of
        what is left can still be checked.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            # waits for whoever is adding, and lets nobody add meanwhile
            session.execute(
                update(AuditHeadRow)
                .values(purging_to=0)
                .execution_options(synchronize_session=False)
            )
            newest = session.scalars(
                select(AuditRow)
                .where(AuditRow.at < before.astimezone(UTC))
                .order_by(AuditRow.number.desc())
                .limit(1)
            ).first()
            if newest is None:
                return 0
            last, sealed = newest.number, newest.hash
            session.expunge(newest)
            head = session.scalars(select(AuditHeadRow)).one()
            head.purging_to = last
            session.flush()
            deleted = session.scalar(
                select(func.count()).select_from(AuditRow).where(AuditRow.number <= last)
            )
            session.execute(
                delete(AuditRow)
                .where(AuditRow.number <= last)
                .execution_options(synchronize_session=False)
            )
            head.purging_to, head.purged_to, head.purged_hash = 0, last, sealed
            details = {"rows": deleted, "to": last, "hash": sealed}
            self.add(session, AuditEntry(by, "audit.purged", "national", "audit", details))
            return deleted or 0

    def check(self) -> AuditCheck:
        """Read the whole log and hash it again."""
        with database_errors(), Session(self._engine) as session:
            head = session.scalars(select(AuditHeadRow)).one()
        number, previous, read = head.purged_to, head.purged_hash, 0
        for rows in self._batches(AuditFilter(), last=head.number):
            for row in rows:
                follows = row.number == number + 1 and row.previous == previous
                if not follows or row.hash != _hash(row):
                    return AuditCheck(read, head.number, head.hash, number + 1)
                number, previous, read = row.number, row.hash, read + 1
        whole = (number, previous) == (head.number, head.hash)
        return AuditCheck(read, head.number, head.hash, None if whole else number + 1)

    def _batches(
        self, wanted: AuditFilter, last: int | None = None
    ) -> Iterator[Sequence[AuditRow]]:
        """Rows, the oldest first, some hundreds at a time, each time in a transaction of its own.

        Rows are never changed, so that together they are what one long transaction would read.
        """
        after = 0
        while True:
            statement = _filtered(select(AuditRow), wanted).where(AuditRow.number > after)
            if last is not None:
                statement = statement.where(AuditRow.number <= last)
            with database_errors(), Session(self._engine) as session:
                rows = session.scalars(statement.order_by(AuditRow.number).limit(_ROWS_AT_ONCE))
                found = rows.all()
            if not found:
                return
            yield found
            after = found[-1].number


def _filtered(statement: Select[*_Columns], wanted: AuditFilter) -> Select[*_Columns]:
    if wanted.scopes is not None:
        statement = statement.where(AuditRow.scope.in_(wanted.scopes))
    if wanted.by:
        statement = statement.where(AuditRow.by == wanted.by)
    if wanted.action:
        kind = f"{wanted.action}."
        statement = statement.where(
            (AuditRow.action == wanted.action) | AuditRow.action.startswith(kind, autoescape=True)
        )
    if wanted.subject:
        statement = statement.where(AuditRow.subject.contains(wanted.subject, autoescape=True))
    if wanted.since:
        statement = statement.where(AuditRow.at >= wanted.since.astimezone(UTC))
    if wanted.before:
        statement = statement.where(AuditRow.at < wanted.before.astimezone(UTC))
    return statement


def _audited(row: AuditRow) -> Audited:
    entry = AuditEntry(row.by, row.action, row.scope, row.subject, row.details)
    return Audited(row.number, utc(row.at), entry, row.hash)


def _hash(row: AuditRow) -> str:
    told = [
        row.number,
        utc(row.at).isoformat(timespec="microseconds"),
        row.by,
        row.action,
        row.scope,
        row.subject,
        row.details,
        row.previous,
    ]
    canonical = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
