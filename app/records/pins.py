"""Answers that officers pinned to questions, each for a while, in the database."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Date, DateTime, Engine, Index, String, Text, case, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.answering.answer import Citation
from app.answering.mask import mask, mask_papers
from app.answering.pins import Pin, Wording
from app.records.audit import AuditEntry, AuditLog
from knowledge_base.day import utc
from knowledge_base.revisions import Base, DatabaseUnavailableError, database_errors, now

log = logging.getLogger(__name__)

_CITATIONS: TypeAdapter[tuple[Citation, ...]] = TypeAdapter(tuple[Citation, ...])


class PinRow(Base):
    """One answer pinned to one question; what was changed stands in the audit log."""

    __tablename__ = "pin"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    question: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    """Of the question without marks, case and stops; see ``Wording``."""
    text: Mapped[str] = mapped_column(Text)
    citations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    office: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    pinned_by: Mapped[str] = mapped_column(String(80))
    pinned_on: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    ended_by: Mapped[str | None] = mapped_column(String(80))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("pin_by_question", "digest", "scope"),
        Index("pin_by_scope", "scope", "ended_at"),
    )


@dataclass(frozen=True, slots=True)
class NewPin:
    """An answer as an officer pins it."""

    scope: str
    question: str
    text: str
    citations: tuple[Citation, ...]
    office: str
    last_day: date


@dataclass(frozen=True, slots=True)
class KeptPin:
    """A pin with what residents do not see."""

    pin: Pin
    version: int
    pinned_by: str
    ended_at: datetime | None
    """UTC; None while nobody ended it."""
    ended_by: str | None


class PinChangedError(Exception):
    """Another officer changed or ended the pin meanwhile; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Có người vừa sửa hoặc gỡ câu ghim này. Mở lại trang để xem bản mới.")


class PinBoard:
    """The pins in the database, shared by all replicas; the ``Pins`` that answers are asked of."""

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def find(self, question: str, scopes: Sequence[str], day: date) -> Pin | None:
        """The narrowest pin in force for exactly this question.

        None also while the database cannot be asked: then the records answer.
        """
        wording = Wording.of(question)
        wanted = (
            select(PinRow)
            .where(
                PinRow.digest == wording.digest,
                PinRow.scope.in_(scopes),
                PinRow.ended_at.is_(None),
                PinRow.last_day >= day,
            )
            .order_by(PinRow.id.desc())
        )
        try:
            with database_errors(), Session(self._engine) as session:
                found = [_pin(row) for row in session.scalars(wanted)]
        except DatabaseUnavailableError:
            log.exception("answering without the pins")
            return None
        same = [pin for pin in found if wording.same(Wording.of(pin.question))]
        return max(same, key=lambda pin: list(scopes).index(pin.scope), default=None)

    def pin(self, new: NewPin, by: str, today: date) -> int:
        """Pin an answer; one pinned to the same question in the same scope ends with it.

        Raises:
            DatabaseUnavailableError: when it cannot be kept.
        """
        question = mask(new.question)
        wording = Wording.of(question)
        with database_errors(), Session(self._engine) as session, session.begin():
            others = session.scalars(
                select(PinRow).where(
                    PinRow.digest == wording.digest,
                    PinRow.scope == new.scope,
                    PinRow.ended_at.is_(None),
                )
            )
            replaced = [row for row in others if Wording.of(row.question).same(wording)]
            for row in replaced:
                row.ended_at, row.ended_by = now(), by
            made = PinRow(
                scope=new.scope,
                question=question,
                digest=wording.digest,
                text=mask_papers(new.text),
                citations=_CITATIONS.dump_python(new.citations, mode="json"),
                office=new.office,
                version=1,
                pinned_by=by,
                pinned_on=today,
                last_day=new.last_day,
            )
            session.add(made)
            session.flush()
            details = _said(made) | {"replaces": [row.id for row in replaced]}
            self._write(session, made, by, "pin.made", details)
            return made.id

    def change(
        self,
        pin_id: int,
        new: NewPin,
        by: str,
        today: date,
        version: int,
    ) -> None:
        """Write a pin anew; its question and scope stay.

        Raises:
            PinChangedError: when another officer changed or ended it since that version.
            DatabaseUnavailableError: when it cannot be kept.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._taken(session, pin_id, version)
            before = _said(row)
            row.text, row.office, row.last_day = mask_papers(new.text), new.office, new.last_day
            row.citations = _CITATIONS.dump_python(new.citations, mode="json")
            row.pinned_by, row.pinned_on = by, today
            details = {"before": before, "after": _said(row)}
            self._write(session, row, by, "pin.changed", details)

    def end(self, pin_id: int, by: str, version: int) -> None:
        """Take a pin away; raises as ``change`` does."""
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._taken(session, pin_id, version)
            row.ended_at, row.ended_by = now(), by
            self._write(session, row, by, "pin.ended", _said(row))

    def kept(self, pin_id: int) -> KeptPin | None:
        """One pin, in force or not; None for none."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(PinRow, pin_id)
            return _kept(row) if row is not None else None

    def listed(
        self, scopes: Sequence[str], today: date, *, ended: bool, count: int
    ) -> tuple[KeptPin, ...]:
        """Some pins of some scopes: those not taken away, or those that were.

        Of the first those in force, the next to end before the others; then, as of the second, the
        last that was in force before the others.
        """
        newest_first = (PinRow.last_day.desc(), PinRow.id.desc())
        in_force_first = (
            PinRow.last_day < today,
            case((PinRow.last_day >= today, PinRow.last_day)),
        )
        wanted = select(PinRow).where(PinRow.scope.in_(scopes)).limit(count)
        if ended:
            wanted = wanted.where(PinRow.ended_at.is_not(None)).order_by(*newest_first)
        else:
            wanted = wanted.where(PinRow.ended_at.is_(None))
            wanted = wanted.order_by(*in_force_first, *newest_first)
        with database_errors(), Session(self._engine) as session:
            return tuple(_kept(row) for row in session.scalars(wanted))

    @staticmethod
    def _taken(session: Session, pin_id: int, version: int) -> PinRow:
        """The row, with a version of its own from here on; nobody else has it meanwhile."""
        row: PinRow | None = session.scalar(
            update(PinRow)
            .where(PinRow.id == pin_id, PinRow.version == version, PinRow.ended_at.is_(None))
            .values(version=PinRow.version + 1)
            .returning(PinRow)
        )
        if row is None:
            raise PinChangedError
        return row

    def _write(
        self, session: Session, row: PinRow, by: str, action: str, details: dict[str, Any]
    ) -> None:
        session.flush()
        self._audit.add(session, AuditEntry(by, action, row.scope, f"pin:{row.id}", details))


def _said(row: PinRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "question": row.question,
        "text": row.text,
        "office": row.office,
        "last_day": row.last_day.isoformat(),
        "citations": [f"{one['record_id']}: {one['section']}" for one in row.citations],
    }


def _pin(row: PinRow) -> Pin:
    return Pin(
        row.id,
        row.scope,
        row.question,
        row.text,
        _CITATIONS.validate_python(row.citations),
        row.office,
        row.pinned_on,
        row.last_day,
    )


def _kept(row: PinRow) -> KeptPin:
    ended = utc(row.ended_at) if row.ended_at is not None else None
    return KeptPin(_pin(row), row.version, row.pinned_by, ended, row.ended_by)
