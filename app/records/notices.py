"""Emergency notices (thông báo khẩn) that stand on top of the residents' pages for a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import DateTime, Engine, Index, Select, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import AuditEntry, AuditLog
from knowledge_base.day import utc
from knowledge_base.revisions import Base, database_errors, now


class Level(StrEnum):
    """How urgent a notice is, the most urgent last."""

    NOTE = "note"
    WARNING = "warning"
    DANGER = "danger"


_ORDER = list(Level)


class NoticeRow(Base):
    """A notice; one ended by hand says by whom. It goes long after it was over: ``keeping``."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    level: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(Text)
    english: Mapped[str | None] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_by: Mapped[str | None] = mapped_column(String(80))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("notice_by_scope", "scope", "ends_at"),)


class WrongNoticeError(ValueError):
    """What was entered cannot be shown; the message is in Vietnamese."""


class UnknownNoticeError(LookupError):
    """There is no such notice in these areas; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Không có thông báo này ở đây.")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice as an officer enters it."""

    scope: str
    level: Level
    words: str
    """In Vietnamese, always."""
    english: str | None
    starts_at: datetime
    ends_at: datetime
    """Both with their time zone."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as it is kept."""

    id: int
    entered: NewNotice
    """Its moments are UTC."""
    made_by: str
    ended_by: str | None

    def is_over(self, moment: datetime) -> bool:
        """Whether it is no longer shown."""
        return self.entered.ends_at <= moment

    def is_waiting(self, moment: datetime) -> bool:
        """Whether it is not yet shown."""
        return moment < self.entered.starts_at and not self.is_over(moment)


class Notices:
    """The notices. Every change is in the audit log, in one transaction."""

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        *,
        most_characters: int = 500,
        most_days: int = 30,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """``most_characters`` of each language, ``most_days`` from beginning to end."""
        self._engine = engine
        self._audit = audit
        self._most_characters = most_characters
        self._most_days = most_days
        self._clock = clock

    @property
    def most_characters(self) -> int:
        """The longest text of one language."""
        return self._most_characters

    def checked(self, new: NewNotice) -> NewNotice:
        """The notice as it would be shown.

        Raises:
            WrongNoticeError: when it cannot be.
        """
        words, english = (text.strip() for text in (new.words, new.english or ""))
        if not words:
            raise WrongNoticeError("Chưa có nội dung. Viết thông báo bằng tiếng Việt.")
        if max(len(words), len(english)) > self._most_characters:
            raise WrongNoticeError(
                f"Nội dung dài quá {self._most_characters} ký tự. Viết ngắn lại."
            )
        if new.ends_at <= new.starts_at:
            raise WrongNoticeError("Giờ hết đứng trước giờ bắt đầu. Sửa lại giờ.")
        if new.ends_at <= self._clock():
            raise WrongNoticeError("Giờ hết đã qua. Chọn một giờ sắp tới.")
        if new.ends_at - new.starts_at > timedelta(days=self._most_days):
            raise WrongNoticeError(
                f"Thông báo khẩn hiện nhiều nhất {self._most_days} ngày. "
                "Chọn giờ hết sớm hơn; cần thì đăng lại."
            )
        moments = (new.starts_at.astimezone(UTC), new.ends_at.astimezone(UTC))
        return NewNotice(new.scope, new.level, words, english or None, *moments)

    def add(self, new: NewNotice, by: str) -> int:
        """Keep a notice and return its id; raises ``WrongNoticeError``."""
        fit = self.checked(new)
        with database_errors(), Session(self._engine) as session, session.begin():
            row = NoticeRow(
                scope=fit.scope,
                level=fit.level.value,
                words=fit.words,
                english=fit.english,
                starts_at=fit.starts_at,
                ends_at=fit.ends_at,
                made_by=by,
            )
            session.add(row)
            session.flush()
            details = {
                "level": row.level,
                "words": row.words,
                "english": row.english,
                "from": row.starts_at,
                "to": row.ends_at,
            }
            entry = AuditEntry(by, "notice.added", row.scope, f"notice:{row.id}", details)
            self._audit.add(session, entry)
            return row.id

    def end(self, notice_id: int, scopes: Sequence[str], by: str) -> Notice:
        """Stop showing a notice; one that is over stays as it is.

        Raises:
            UnknownNoticeError: where it is not of these scopes.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.get(NoticeRow, notice_id)
            if row is None or row.scope not in scopes:
                raise UnknownNoticeError
            moment = self._clock().astimezone(UTC)
            if not _notice(row).is_over(moment):
                row.ends_at, row.ended_by = moment, by
                entry = AuditEntry(by, "notice.ended", row.scope, f"notice:{row.id}")
                self._audit.add(session, entry)
            return _notice(row)

    def showing(self, scopes: Sequence[str], moment: datetime) -> tuple[Notice, ...]:
        """The notices that some scopes show at a moment, the most urgent first."""
        with database_errors(), Session(self._engine) as session:
            found = map(_notice, session.scalars(self._at(scopes, moment)))
            rank = {level: place for place, level in enumerate(_ORDER)}
            return tuple(sorted(found, key=lambda one: (-rank[one.entered.level], -one.id)))

    def listed(self, scopes: Sequence[str], past: int = 10) -> tuple[Notice, ...]:
        """The notices of some scopes that are or will be shown, then some that are over."""
        moment = self._clock().astimezone(UTC)
        own = select(NoticeRow).where(NoticeRow.scope.in_(scopes))
        with database_errors(), Session(self._engine) as session:
            coming = session.scalars(
                own.where(NoticeRow.ends_at > moment).order_by(NoticeRow.starts_at)
            ).all()
            over = session.scalars(
                own.where(NoticeRow.ends_at <= moment)
                .order_by(NoticeRow.ends_at.desc())
                .limit(past)
            ).all()
            return tuple(map(_notice, [*coming, *over]))

    @staticmethod
    def _at(scopes: Sequence[str], moment: datetime) -> Select[NoticeRow]:
        at = moment.astimezone(UTC)  # SQLite compares what is written, not what is meant
        return select(NoticeRow).where(
            NoticeRow.scope.in_(scopes), NoticeRow.starts_at <= at, NoticeRow.ends_at > at
        )


def _notice(row: NoticeRow) -> Notice:
    entered = NewNotice(
        row.scope,
        Level(row.level),
        row.words,
        row.english,
        utc(row.starts_at),
        utc(row.ends_at),
    )
    return Notice(row.id, entered, row.made_by, row.ended_by)
