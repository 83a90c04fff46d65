"""Days on which counters are closed, or open when they would not be, as officers entered them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Date, DateTime, Engine, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import AuditEntry, AuditLog
from knowledge_base.commune import Commune, Weekday
from knowledge_base.day import today
from knowledge_base.holidays import Calendar, SpecialDay, first_of, holiday_on
from knowledge_base.record import scope_rank
from knowledge_base.revisions import Base, DatabaseUnavailableError, database_errors, now

log = logging.getLogger(__name__)

LONGEST_WORDS = 120
_AHEAD = timedelta(days=400)
"""Residents are told of nothing that lies further ahead."""
_CLOSED = re.compile(r"^nghỉ\s+(?=\S)", re.IGNORECASE)


class ClosureRow(Base):
    """Days with other hours than the weekly ones; one taken back stays, marked as removed."""

    __tablename__ = "closure"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(LONGEST_WORDS))
    english: Mapped[str | None] = mapped_column(String(LONGEST_WORDS))
    works_as: Mapped[str | None] = mapped_column(String(3))
    removed: Mapped[bool] = mapped_column(default=False)
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("closure_by_scope", "scope", "last_day"),)


class UnknownClosureError(LookupError):
    """There are no such days in these areas; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Không có ngày nghỉ này ở đây.")


class WrongClosureError(ValueError):
    """What was entered cannot be meant; the message is in Vietnamese."""


@dataclass(frozen=True, slots=True)
class NewClosure:
    """Days with other hours (ngày nghỉ, ngày làm bù) as an officer enters them."""

    scope: str
    first_day: date
    last_day: date
    words: str
    """Such as “Nghỉ Tết” or “làm bù”."""
    english: str | None = None
    works_as: Weekday | None = None
    """The weekday whose hours are kept on these days; None: closed."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.last_day < self.first_day:
            raise WrongClosureError("Ngày cuối đứng trước ngày đầu. Đổi lại hai ngày.")
        if not self.words.strip():
            raise WrongClosureError("Ghi lý do nghỉ, như “Nghỉ Tết” hoặc “Nghỉ bù”.")
        if max(len(self.words), len(self.english or "")) > LONGEST_WORDS:
            raise WrongClosureError(f"Lý do dài quá {LONGEST_WORDS} ký tự. Viết ngắn lại.")


@dataclass(frozen=True, slots=True)
class Closure:
    """Days with other hours, as they are kept."""

    id: int
    entered: NewClosure
    removed: bool
    made_by: str

    @property
    def special(self) -> SpecialDay:
        """What residents are told about each of the days."""
        words = self.entered.words
        name = words if self.entered.works_as else _CLOSED.sub("", words)
        return SpecialDay(name, self.entered.english, works_as=self.entered.works_as)


class Closures:
    """The days that officers entered. Every change is in the audit log, in one transaction."""

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        *,
        most_days: int = 60,
        clock: Callable[[], date] = today,
    ) -> None:
        """``most_days`` is the longest range that is believed to be meant."""
        self._engine = engine
        self._audit = audit
        self._most_days = most_days
        self._clock = clock

    def add(self, new: NewClosure, by: str) -> int:
        """Keep days and return their id.

        Raises:
            WrongClosureError: when the range is too long.
        """
        if (new.last_day - new.first_day).days >= self._most_days:
            raise WrongClosureError(
                f"Dài quá {self._most_days} ngày. Kiểm tra lại ngày cuối, nhất là năm."
            )
        with database_errors(), Session(self._engine) as session, session.begin():
            row = ClosureRow(
                scope=new.scope,
                first_day=new.first_day,
                last_day=new.last_day,
                words=new.words.strip(),
                english=(new.english or "").strip() or None,
                works_as=new.works_as.value if new.works_as else None,
                made_by=by,
            )
            session.add(row)
            session.flush()
            self._tell(session, row, by, "closure.added")
            return row.id

    def remove(self, closure_id: int, scopes: Sequence[str], by: str) -> Closure:
        """Take days back; raises ``UnknownClosureError`` where they are not of these scopes."""
        return self._mark(closure_id, scopes, by, removed=True)

    def restore(self, closure_id: int, scopes: Sequence[str], by: str) -> Closure:
        """Undo taking days back."""
        return self._mark(closure_id, scopes, by, removed=False)

    def listed(self, scopes: Sequence[str]) -> tuple[Closure, ...]:
        """The days of some scopes that are not over, the next first; removed ones too."""
        with database_errors(), Session(self._engine) as session:
            rows = session.scalars(
                select(ClosureRow)
                .where(ClosureRow.scope.in_(scopes), ClosureRow.last_day >= self._clock())
                .order_by(ClosureRow.first_day, ClosureRow.id)
            )
            return tuple(map(_closure, rows))

    def calendar(self, commune: Commune) -> Calendar:
        """What is special about the days of a commune: its own first, then its province's.

        Read once, when first asked. While the database cannot be asked, the public holidays.
        """
        found: list[Calendar] = []

        def on(day: date) -> SpecialDay | None:
            if not found:
                found.append(self._read(commune))
            return found[0](day)

        return on

    def _read(self, commune: Commune) -> Calendar:
        day = self._clock()
        try:
            with database_errors(), Session(self._engine) as session:
                rows = session.scalars(
                    select(ClosureRow).where(
                        ClosureRow.scope.in_(commune.scopes),
                        ClosureRow.removed.is_(False),
                        ClosureRow.last_day >= day,
                        ClosureRow.first_day <= day + _AHEAD,
                    )
                )
                entered = list(map(_closure, rows))
        except DatabaseUnavailableError:
            log.exception("the days that officers entered are not known")
            return holiday_on
        # the narrowest scope knows best; of one scope, what was entered last
        entered.sort(key=lambda one: (scope_rank(one.entered.scope), one.id), reverse=True)
        return first_of([*map(_days_of, entered), holiday_on])

    def _mark(self, closure_id: int, scopes: Sequence[str], by: str, *, removed: bool) -> Closure:
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.get(ClosureRow, closure_id)
            if row is None or row.scope not in scopes:
                raise UnknownClosureError
            if row.removed != removed:
                row.removed = removed
                action = "closure.removed" if removed else "closure.restored"
                self._tell(session, row, by, action)
            return _closure(row)

    def _tell(self, session: Session, row: ClosureRow, by: str, action: str) -> None:
        details = {
            "from": row.first_day,
            "to": row.last_day,
            "words": row.words,
            "works_as": row.works_as,
        }
        entry = AuditEntry(by, action, row.scope, f"closure:{row.id}", details)
        self._audit.add(session, entry)


def _days_of(closure: Closure) -> Calendar:
    special = closure.special

    def on(day: date) -> SpecialDay | None:
        inside = closure.entered.first_day <= day <= closure.entered.last_day
        return special if inside else None

    return on


def _closure(row: ClosureRow) -> Closure:
    works_as = Weekday(row.works_as) if row.works_as else None
    entered = NewClosure(row.scope, row.first_day, row.last_day, row.words, row.english, works_as)
    return Closure(row.id, entered, row.removed, row.made_by)
