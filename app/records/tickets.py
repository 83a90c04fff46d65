"""Questions that residents leave for an officer (hỏi cán bộ), and what officers reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Engine, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.answering.answer import Citation, Language
from app.answering.mask import mask, mask_papers
from app.records.audit import COMMAND_LINE, AuditEntry, AuditLog
from app.records.presence import Present
from app.records.tables import TicketMessageRow, TicketMoveRow, TicketPresenceRow, TicketRow
from app.records.ticket_code import new_code, read_code
from knowledge_base.day import utc
from knowledge_base.revisions import database_errors, now
from knowledge_base.syllables import fold, nfc

WAITING = frozenset({"open", "forwarded"})
"""States in which an officer has the word."""

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


class TicketChangedError(Exception):
    """Somebody wrote on the ticket since it was looked at; it holds the ticket as it is now."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__("Có người vừa viết thêm vào câu hỏi này.")
        self.ticket = ticket


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
    waiting_since: datetime | None = None
    """Since when an officer has the word, UTC; None where the resident has it."""
    moved_from: tuple[str, ...] = ()
    """The communes that it was sent to before, the first one first; they go on seeing it."""

    @property
    def follow_ups(self) -> int:
        """How often the resident wrote again."""
        return sum(message.author is Author.RESIDENT for message in self.messages)


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets are listed."""

    communes: tuple[str, ...]
    states: frozenset[TicketState] = frozenset()
    """Empty: every state."""
    assigned_to: str | None = None
    """An officer; an empty text for tickets that nobody has taken; None for all."""
    waiting_before: datetime | None = None
    """Only those that have waited since before this moment."""
    words: str = ""
    """All of these words stand in the question or in what was written since, marks or not."""
    moved: bool = False
    """Those that the communes have sent on to others, in place of their own."""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A part of a list of tickets."""

    tickets: tuple[Ticket, ...]
    count: int
    """How many there are in all."""


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

    Every change of a ticket goes through ``_change``, in one transaction; what an officer does
    stands in the audit log in the same one. Every method but ``_change`` raises
    ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, days: int, follow_ups: int) -> None:
        """Keep tickets for some days after the last change, with so many follow-ups each."""
        self._engine = engine
        self._lasts = timedelta(days=days)
        self._follow_ups = follow_ups
        self._audit = AuditLog(engine)

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
            if row is None or utc(row.updated_at) < self._oldest():
                return None
            return _ticket(session, row)

    def waiting(self, commune: str | None = None) -> tuple[Ticket, ...]:
        """What officers owe a reply, of one commune or of all, longest waiting first."""
        wanted = (
            select(TicketRow)
            .where(TicketRow.state.in_(WAITING), TicketRow.updated_at >= self._oldest())
            .order_by(TicketRow.waiting_since, TicketRow.id)
        )
        if commune is not None:
            wanted = wanted.where(TicketRow.commune == commune)
        with database_errors(), Session(self._engine) as session:
            return tuple(_ticket(session, row) for row in session.scalars(wanted))

    def listed(self, wanted: TicketFilter, start: int, count: int) -> TicketPage:
        """Some of the tickets, those that wait first and the longest waiting first of all."""
        asked = fold(nfc(wanted.words)).lower().split()
        rows = (
            select(TicketRow)
            .where(TicketRow.updated_at >= self._oldest(), *self._conditions(wanted))
            .order_by(
                TicketRow.waiting_since.is_(None),
                TicketRow.waiting_since,
                TicketRow.updated_at.desc(),
                TicketRow.id,
            )
        )
        with database_errors(), Session(self._engine) as session:
            if asked:
                tickets = [_ticket(session, row) for row in session.scalars(rows)]
                found = [one for one in tickets if all(word in _said(one) for word in asked)]
                return TicketPage(tuple(found[start : start + count]), len(found))
            total = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
            part = session.scalars(rows.offset(start).limit(count))
            return TicketPage(tuple(_ticket(session, row) for row in part), total)

    def count_waiting(self, communes: tuple[str, ...], since_before: datetime | None = None) -> int:
        """How many tickets of some communes wait for an officer, or have since before a moment."""
        states = frozenset(TicketState(state) for state in WAITING)
        wanted = TicketFilter(communes, states, waiting_before=since_before)
        counted = (
            select(func.count())
            .select_from(TicketRow)
            .where(TicketRow.updated_at >= self._oldest(), *self._conditions(wanted))
        )
        with database_errors(), Session(self._engine) as session:
            return session.scalar(counted) or 0

    @staticmethod
    def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if wanted.moved:
            moves = select(TicketMoveRow.ticket_id).where(
                TicketMoveRow.from_commune.in_(wanted.communes)
            )
            found.append(and_(TicketRow.id.in_(moves), TicketRow.commune.not_in(wanted.communes)))
        else:
            found.append(TicketRow.commune.in_(wanted.communes))
        if wanted.states:
            found.append(TicketRow.state.in_(sorted(wanted.states)))
        if wanted.assigned_to == "":
            found.append(TicketRow.assigned_to.is_(None))
        elif wanted.assigned_to is not None:
            found.append(TicketRow.assigned_to == wanted.assigned_to)
        if wanted.waiting_before is not None:
            found.append(TicketRow.waiting_since < wanted.waiting_before)
        return found

    def seen(self, code: str, officer: str) -> None:
        """Remember that an officer looks at a ticket now."""
        with database_errors(), Session(self._engine) as session, session.begin():
            found = session.scalar(select(TicketRow.id).where(TicketRow.code == read_code(code)))
            if found is not None:
                session.merge(TicketPresenceRow(ticket_id=found, officer=officer, seen_at=now()))

    def others_at(self, code: str, officer: str, minutes: int) -> tuple[Present, ...]:
        """The other officers who looked at a ticket in the last minutes."""
        wanted = (
            select(TicketPresenceRow)
            .join(TicketRow, TicketRow.id == TicketPresenceRow.ticket_id)
            .where(
                TicketRow.code == read_code(code),
                TicketPresenceRow.officer != officer,
                TicketPresenceRow.seen_at >= now() - timedelta(minutes=minutes),
            )
            .order_by(TicketPresenceRow.officer)
        )
        with database_errors(), Session(self._engine) as session:
            rows = session.scalars(wanted)
            return tuple(Present(row.officer, utc(row.seen_at)) for row in rows)

    def write_again(self, code: str, text: str) -> Ticket:
        """Add the resident's words, masked; the ticket waits again for whom it waited last.

        Raises:
            UnknownTicketError: for a code that no ticket bears.
            TicketClosedError: when the ticket is closed.
            FollowUpsSpentError: when the resident wrote as often as is allowed.
        """

        def work(session: Session, row: TicketRow) -> None:
            if self._spent(session, row):
                raise FollowUpsSpentError
            session.add(_message_row(row, Message(Author.RESIDENT, mask(text), now())))
            if row.state != TicketState.FORWARDED.value:
                row.state = TicketState.OPEN.value
            row.waiting_since = row.waiting_since or now()

        return self._change(code, work)

    def reply(
        self,
        code: str,
        text: str,
        office: str | None = None,
        citations: tuple[Citation, ...] = (),
        *,
        by: str = COMMAND_LINE,
        seen: int | None = None,
    ) -> Ticket:
        """Add an officer's reply, without the numbers of anybody's papers.

        Args:
            code: of the ticket.
            text: the reply.
            office: that replies, never a person; None: that of the ticket's commune.
            citations: the places of published records that it rests on.
            by: the officer, for the audit log alone.
            seen: how many messages the officer had seen; None: it does not matter.

        Raises:
            UnknownTicketError: for a code that no ticket bears.
            TicketClosedError: when the ticket is closed.
            TicketChangedError: when there are more messages than the officer had seen.
        """

        def work(session: Session, row: TicketRow) -> None:
            if seen is not None and self._written(session, row) > seen:
                raise TicketChangedError(_ticket(session, row))
            message = Message(Author.OFFICER, mask_papers(text), now(), office, citations)
            session.add(_message_row(row, message))
            row.state, row.waiting_since = TicketState.ANSWERED.value, None

        cited = [f"{one.record_id}: {one.section}" for one in citations]
        return self._change(
            code, work, by, "ticket.replied", {"characters": len(text), "citations": cited}
        )

    def assign(self, code: str, officer: str | None, *, by: str = COMMAND_LINE) -> Ticket:
        """Give a ticket to an officer, or to nobody; raises as ``forward`` does."""

        def work(session: Session, row: TicketRow) -> None:
            del session
            row.assigned_to = officer

        return self._change(code, work, by, "ticket.assigned", {"to": officer})

    def forward(self, code: str, office: str, *, by: str = COMMAND_LINE) -> Ticket:
        """Hand a ticket to another office, which has no pages here.

        Raises:
            UnknownTicketError: for a code that no ticket bears.
            TicketClosedError: when the ticket is closed.
        """
        office = mask_papers(office)

        def work(session: Session, row: TicketRow) -> None:
            del session
            row.forwarded_to, row.assigned_to = office, None
            row.state = TicketState.FORWARDED.value
            row.waiting_since = row.waiting_since or now()

        return self._change(code, work, by, "ticket.forwarded", {"office": office})

    def move(self, code: str, commune: str, *, by: str = COMMAND_LINE) -> Ticket:
        """Send a ticket on to another commune; the one that had it goes on seeing it.

        Raises as ``forward`` does.
        """

        def work(session: Session, row: TicketRow) -> None:
            if commune == row.commune:
                return
            session.add(
                TicketMoveRow(
                    ticket_id=row.id,
                    from_commune=row.commune,
                    to_commune=commune,
                    moved_at=now(),
                )
            )
            row.commune, row.assigned_to, row.forwarded_to = commune, None, None
            row.state = TicketState.OPEN.value
            row.waiting_since = row.waiting_since or now()

        return self._change(code, work, by, "ticket.moved", {"to": commune})

    def close(self, code: str, *, by: str = COMMAND_LINE) -> Ticket:
        """End a ticket; raises as ``forward`` does."""

        def work(session: Session, row: TicketRow) -> None:
            del session
            row.state, row.waiting_since = TicketState.CLOSED.value, None

        return self._change(code, work, by, "ticket.closed")

    def delete(self, code: str, *, by: str = COMMAND_LINE) -> None:
        """Delete a ticket with all that was written on it; raises ``UnknownTicketError``."""
        wanted = (
            delete(TicketRow).where(TicketRow.code == read_code(code)).returning(TicketRow.commune)
        )
        with database_errors(), Session(self._engine) as session, session.begin():
            commune = session.scalar(wanted)
            if commune is None:
                raise UnknownTicketError(code)
            scope = f"commune:{commune}"
            self._audit.add(
                session, AuditEntry(by, "ticket.deleted", scope, f"ticket:{read_code(code)}")
            )

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
        self,
        code: str,
        work: Callable[[Session, TicketRow], None],
        by: str | None = None,
        action: str = "",
        details: dict[str, Any] | None = None,
    ) -> Ticket:
        """Do something to a ticket, and write down who did it where that was an officer."""
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
            scope = f"commune:{row.commune}"
            work(session, row)
            session.flush()
            if by is not None:
                subject = f"ticket:{row.code}"
                self._audit.add(session, AuditEntry(by, action, scope, subject, details or {}))
            return _ticket(session, row)

    @staticmethod
    def _written(session: Session, row: TicketRow) -> int:
        wanted = select(func.count()).where(TicketMessageRow.ticket_id == row.id)
        return session.scalar(wanted) or 0

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
        waiting_since=moment,
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
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
        answer_id=row.answer_id,
        conversation_id=row.conversation_id,
        assigned_to=row.assigned_to,
        forwarded_to=row.forwarded_to,
        waiting_since=utc(row.waiting_since) if row.waiting_since else None,
        moved_from=tuple(
            session.scalars(
                select(TicketMoveRow.from_commune)
                .where(TicketMoveRow.ticket_id == row.id)
                .order_by(TicketMoveRow.id)
            )
        ),
        messages=tuple(
            Message(
                Author(message.author),
                message.text,
                utc(message.made_at),
                message.office,
                _CITATIONS.validate_python(message.citations),
            )
            for message in messages
        ),
    )


def _said(ticket: Ticket) -> str:
    words = " ".join((ticket.question, *(message.text for message in ticket.messages)))
    return fold(nfc(words)).lower()
