"""The switch that turns the assistant off for a commune, a province or everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, Engine, String, Text, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import AuditEntry, AuditLog
from knowledge_base.record import scope_rank
from knowledge_base.revisions import Base, database_errors, now


class SwitchRow(Base):
    """How the switch of a scope stands; a scope without a row is on."""

    __tablename__ = "assistant_switch"

    scope: Mapped[str] = mapped_column(String(100), primary_key=True)
    off: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    english: Mapped[str | None] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(80))
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class NoReasonError(ValueError):
    """Residents must be told why; the message is in Vietnamese."""


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """Why the assistant does not answer (đang tạm dừng)."""

    scope: str
    reason: str
    """In Vietnamese, always."""
    english: str | None
    by: str


class Switches:
    """The switches, asked at every question so that each replica obeys at once."""

    def __init__(self, engine: Engine, audit: AuditLog, *, most_characters: int = 500) -> None:
        """``most_characters`` is the longest reason in one language."""
        self._engine = engine
        self._audit = audit
        self._most_characters = most_characters

    def off(self, scopes: Sequence[str]) -> SwitchedOff | None:
        """Why the assistant is off where these scopes apply; None where it is on.

        Where several switches are off, the widest one's reason is told.
        """
        found = self.of(scopes)
        return min(found, key=lambda one: scope_rank(one.scope), default=None)

    def of(self, scopes: Sequence[str]) -> tuple[SwitchedOff, ...]:
        """Every switch among some scopes that is off."""
        wanted = select(SwitchRow).where(SwitchRow.scope.in_(scopes), SwitchRow.off.is_(True))
        with database_errors(), Session(self._engine) as session:
            return tuple(
                SwitchedOff(row.scope, row.reason, row.english, row.changed_by)
                for row in session.scalars(wanted)
            )

    def turn_off(self, scope: str, reason: str, english: str | None, by: str) -> None:
        """Turn the assistant off.

        Raises:
            NoReasonError: without a reason, or with one that is too long.
        """
        words, translated = (text.strip() for text in (reason, english or ""))
        if not words:
            raise NoReasonError("Ghi lý do tạm dừng: bà con đọc lý do này trên trang.")
        if max(len(words), len(translated)) > self._most_characters:
            raise NoReasonError(f"Lý do dài quá {self._most_characters} ký tự. Viết ngắn lại.")
        self._set(scope, by, off=True, reason=words, english=translated or None)

    def turn_on(self, scope: str, by: str) -> None:
        """Turn the assistant back on."""
        self._set(scope, by, off=False)

    def _set(
        self, scope: str, by: str, *, off: bool, reason: str = "", english: str | None = None
    ) -> None:
        row = {
            "off": off,
            "reason": reason,
            "english": english,
            "changed_by": by,
            "changed_at": now(),
        }
        action = "assistant.off" if off else "assistant.on"
        details = {"reason": reason} if reason else {}
        entry = AuditEntry(by, action, scope, f"assistant:{scope}", details)
        for attempt in range(2):
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    before = session.get(SwitchRow, scope, with_for_update=True)
                    if not off and (before is None or not before.off):
                        return
                    session.merge(SwitchRow(scope=scope, **row))
                    self._audit.add(session, entry)
                return
            except IntegrityError:  # somebody switched this scope for the first time just before
                if attempt:
                    raise
