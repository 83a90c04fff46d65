"""Questions that residents leave for an officer (hỏi cán bộ), and what officers reply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.answering.answer import Citation, Language
from app.answering.mask import mask
from app.records.tables import TicketMessageRow, TicketRow
from app.records.ticket_code import new_code, read_code
from knowledge_base.revisions import database_errors, now

_CITATIONS: TypeAdapter[tuple[Citation, ...]] = TypeAdapter(tuple[Citation, ...])


class TicketState(StrEnum):
    """Who has the word."""

    OPEN = "open"
    """Waits for an officer, from the beginning or since the resident wrote again."""
    FORWARDED = "forwarded"
    """Waits for another office."""
    ANSWERED = "answered"
    CLOSED = "closed"


class Author(StrEnum):
    """Who wrote a message."""

    RESIDENT = "resident"
    OFFICER = "officer"


class UnknownTicketError(LookupError):
    """No ticket bears this code; the message is in Vietnamese."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Không có câu hỏi mang mã {code}.")


class TicketClosedError(Exception):
    """Nothing more is written on a closed ticket; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Câu hỏi này đã đóng.")


class FollowUpsSpentError(Exception):
    """The resident has written on this ticket as often as is allowed; in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Đã viết thêm đủ số lần.")


@dataclass(frozen=True, slots=True)
class Message:
    """What was written on a ticket after its question."""

    author: Author
    text: str
    at: datetime
    """UTC."""
    office: str | None = None
    """The office that replied, never a person; None: that of the ticket's commune."""
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question for an officer (câu hỏi gửi cán bộ) with what was written since."""

    code: str
    commune: str
    question: str
    """Masked."""
    state: TicketState
    language: Language
    created_at: datetime
    updated_at: datetime
    """Both UTC."""
    answer_id: str | None = None
    conversation_id: str | None = None
    assigned_to: str | None = None
    """The officer who takes care of it."""
    forwarded_to: str | None = None
    """The office that it was handed to."""
    messages: tuple[Message, ...] = ()

    @property
    def follow_ups(self) -> int:
        """How often the resident wrote again."""
        return sum(message.author is Author.RESIDENT for message in self.messages)


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a resident sends."""

    commune: str
    question: str
    language: Language
    sending: str
    """32 characters or fewer that name this sending; the same again is the same ticket."""
    answer_id: str | None = None
    conversation_id: str | None = None


class Tickets:
    """The tickets in the database, shared by all replicas.

    Every change of a ticket goes through ``_change``, in one transaction. Every method but
    ``_change`` raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, days: int, follow_ups: int) -> None:
        """Keep tickets for some days after the last change, with so many follow-ups each."""
        self._engine = engine
        self._lasts = timedelta(days=days)
        self._follow_ups = follow_ups

    def open_ticket(self, new: NewTicket) -> Ticket:
        """Keep a question, masked, under a fresh code."""
        while True:
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    sent = select(TicketRow).where(TicketRow.sending == new.sending)
                    row = session.scalar(sent) or _row(new)
                    session.add(row)
                    session.flush()
                    return _ticket(session, row)
            except IntegrityError:
                continue  # the code is taken, or the same sending came twice at once: look again

    def find(self, code: str) -> Ticket | None:
        """The ticket with a code, however it was typed; None if unknown or past its days."""
        if (exact := read_code(code)) is None:
            return None
        with database_errors(), Session(self._engine) as session:
            row = session.scalar(select(TicketRow).where(TicketRow.code == exact))
            if row is None or _utc(row.updated_at) < self._oldest():
                return None
            return _ticket(session, row)

    def waiting(self, commune: str | None = None) -> tuple[Ticket, ...]:
        """What officers owe a reply, of one commune or of all, longest waiting first."""
        states = [TicketState.OPEN.value, TicketState.FORWARDED.value]
        wanted = (
            select(TicketRow)
            .where(TicketRow.state.in_(states), TicketRow.updated_at >= self._oldest())
            .order_by(TicketRow.updated_at, TicketRow.id)
        )
        if commune is not None:
            wanted = wanted.where(TicketRow.commune == commune)
        with database_errors(), Session(self._engine) as session:
            return tuple(_ticket(session, row) for row in session.scalars(wanted))

    def write_again(self, code: str, text: str) -> Ticket:
        """Add the resident's words, masked; the ticket waits again for whom it waited last.

        Raises:
            UnknownTicketError: for a code that no ticket bears.
            TicketClosedError: when the ticket is closed.
            FollowUpsSpentError: when the resident wrote as often as is allowed.
        """
        return self._change(
            code, TicketState.OPEN, Message(Author.RESIDENT, mask(text), now()), None
        )

    def reply(
        self,
        code: str,
        text: str,
        office: str | None = None,
        citations: tuple[Citation, ...] = (),
    ) -> Ticket:
        """Add an officer's reply, which is the office's word and so not masked.

        Raises:
            UnknownTicketError: for a code that no ticket bears.
            TicketClosedError: when the ticket is closed.
        """
        message = Message(Author.OFFICER, text, now(), office, citations)
        return self._change(code, TicketState.ANSWERED, message, None)

    def forward(self, code: str, office: str) -> Ticket:
        """Hand a ticket to another office; raises as ``reply`` does."""
        return self._change(code, TicketState.FORWARDED, None, office)

    def close(self, code: str) -> Ticket:
        """End a ticket; raises as ``reply`` does."""
        return self._change(code, TicketState.CLOSED, None, None)

    def delete(self, code: str) -> None:
        """Delete a ticket with all that was written on it; raises ``UnknownTicketError``."""
        wanted = delete(TicketRow).where(TicketRow.code == read_code(code)).returning(TicketRow.id)
        with database_errors(), Session(self._engine) as session, session.begin():
            if session.scalar(wanted) is None:
                raise UnknownTicketError(code)

    def purge(self) -> int:
        """Delete the tickets past their days with all that was written on them; how many."""
        past = (
            delete(TicketRow).where(TicketRow.updated_at < self._oldest()).returning(TicketRow.id)
        )
        with database_errors(), Session(self._engine) as session, session.begin():
            return len(session.scalars(past).all())

    def _oldest(self) -> datetime:
        return now() - self._lasts

    def _change(
        self, code: str, state: TicketState, message: Message | None, office: str | None
    ) -> Ticket:
        with database_errors(), Session(self._engine) as session, session.begin():
            # written first, so that two changes at once follow one another in every database
            touched = (
                update(TicketRow)
                .where(TicketRow.code == read_code(code), TicketRow.updated_at >= self._oldest())
                .values(updated_at=now())
                .returning(TicketRow)
            )
            row = session.scalar(touched)
            if row is None:
                raise UnknownTicketError(code)
            if row.state == TicketState.CLOSED.value:
                raise TicketClosedError
            if message is not None:
                if message.author is Author.RESIDENT and self._spent(session, row):
                    raise FollowUpsSpentError
                session.add(_message_row(row, message))
            if office is not None:
                row.forwarded_to, row.assigned_to = office, None
            if state is not TicketState.OPEN or row.state != TicketState.FORWARDED.value:
                row.state = state.value
            session.flush()
            return _ticket(session, row)

    def _spent(self, session: Session, row: TicketRow) -> bool:
        written = session.scalar(
            select(func.count())
            .select_from(TicketMessageRow)
            .where(
                TicketMessageRow.ticket_id == row.id,
                TicketMessageRow.author == Author.RESIDENT.value,
            )
        )
        return (written or 0) >= self._follow_ups


def _row(new: NewTicket) -> TicketRow:
    moment = now()
    return TicketRow(
        code=new_code(),
        sending=new.sending,
        commune=new.commune,
        question=mask(new.question),
        answer_id=new.answer_id,
        conversation_id=new.conversation_id,
        language=new.language.value,
        state=TicketState.OPEN.value,
        created_at=moment,
        updated_at=moment,
    )


def _message_row(ticket: TicketRow, message: Message) -> TicketMessageRow:
    citations: list[dict[str, Any]] = _CITATIONS.dump_python(message.citations, mode="json")
    return TicketMessageRow(
        ticket_id=ticket.id,
        author=message.author.value,
        office=message.office,
        text=message.text,
        citations=list(citations),
        made_at=message.at,
    )


def _ticket(session: Session, row: TicketRow) -> Ticket:
    messages = session.scalars(
        select(TicketMessageRow)
        .where(TicketMessageRow.ticket_id == row.id)
        .order_by(TicketMessageRow.id)
    )
    return Ticket(
        code=row.code,
        commune=row.commune,
        question=row.question,
        state=TicketState(row.state),
        language=Language(row.language),
        created_at=_utc(row.created_at),
        updated_at=_utc(row.updated_at),
        answer_id=row.answer_id,
        conversation_id=row.conversation_id,
        assigned_to=row.assigned_to,
        forwarded_to=row.forwarded_to,
        messages=tuple(
            Message(
                Author(message.author),
                message.text,
                _utc(message.made_at),
                message.office,
                _CITATIONS.validate_python(message.citations),
            )
            for message in messages
        ),
    )


def _utc(moment: datetime) -> datetime:
    """SQLite gives back UTC without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
