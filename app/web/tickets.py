"""Questions left for an officer: the rules of the pages and of the API, and the API itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from secrets import token_hex

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from app.answering.answer import Citation, Language, Office
from app.client import client_of
from app.records.ticket_code import read_code
from app.records.tickets import (
    Author,
    FollowUpsSpentError,
    NewTicket,
    Ticket,
    TicketClosedError,
    TicketState,
    UnknownTicketError,
)
from app.web.incoming import CommuneDep, ConversationId, Strict, clean_text, json_only
from app.web.problems import PROBLEM_RESPONSES, Problem
from app.web.service import ServiceDep, WebService
from app.web.words import phrase
from knowledge_base.day import VIETNAM
from knowledge_base.record import CounterKind
from knowledge_base.revisions import DatabaseUnavailableError

router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)

PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
"""For whatever carries a ticket's code in its address or its text."""


class TicketBody(Strict):
    """A question for an officer."""

    question: str = Field(description="Câu hỏi, bằng lời thường; số riêng được che trước khi lưu.")
    answer_id: ConversationId | None = Field(None, description="Câu trả lời chưa giúp được.")
    conversation_id: ConversationId | None = None
    language: Language | None = None


class TicketCreated(BaseModel):
    """The code that opens the ticket again; it is told once."""

    code: str


class TicketMessage(BaseModel):
    """What was written after the question."""

    author: Author
    text: str
    at: datetime
    office: str | None = Field(description="Nơi trả lời; không nêu tên cán bộ.")
    citations: tuple[Citation, ...]


class TicketPage(BaseModel):
    """A ticket as its resident sees it."""

    code: str
    commune: str
    question: str = Field(description="Đã che số riêng.")
    state: TicketState
    language: Language
    created_at: datetime
    updated_at: datetime
    deleted_on: date = Field(description="Ngày xóa, nếu tới đó không có gì mới.")
    follow_ups_left: int
    forwarded_to: str | None
    messages: tuple[TicketMessage, ...]
    office: Office | None = Field(description="Nơi hỏi trực tiếp.")


@router.post(
    "/communes/{commune_id}/tickets",
    status_code=201,
    dependencies=[Depends(json_only)],
    summary="Gửi câu hỏi cho cán bộ",
)
def open_ticket(
    request: Request,
    response: Response,
    body: TicketBody,
    commune: CommuneDep,
    service: ServiceDep,
) -> TicketCreated:
    """Keep a question for an officer, masked; whoever knows the code reads the reply."""
    ticket = keep_ticket(
        request,
        service,
        NewTicket(
            commune.id,
            ticket_text(body.question, service),
            body.language or Language.VI,
            token_hex(16),
            body.answer_id,
            body.conversation_id,
        ),
    )
    response.headers.update(PRIVATE)
    response.headers["Location"] = (
        f"{request.scope.get('root_path', '')}{router.prefix}/tickets/{ticket.code}"
    )
    return TicketCreated(code=ticket.code)


@router.get("/tickets/{code}", summary="Xem trả lời của cán bộ")
def show_ticket(request: Request, response: Response, code: str, service: ServiceDep) -> TicketPage:
    """A ticket with what officers replied; any code that opens none is answered alike."""
    ticket = found_ticket(request, service, code)
    commune = service.knowledge.commune(ticket.commune)
    response.headers.update(PRIVATE)
    return TicketPage(
        code=ticket.code,
        commune=ticket.commune,
        question=ticket.question,
        state=ticket.state,
        language=ticket.language,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        deleted_on=deleted_on(ticket, service),
        follow_ups_left=follow_ups_left(ticket, service),
        forwarded_to=ticket.forwarded_to,
        messages=tuple(
            TicketMessage(
                author=message.author,
                text=message.text,
                at=message.at,
                office=message.office,
                citations=message.citations,
            )
            for message in ticket.messages
        ),
        office=service.cards.office(commune, CounterKind.ONE_STOP) if commune else None,
    )


def ticket_text(text: str, service: WebService) -> str:
    """What a resident writes to an officer, in NFC; raises ``Problem`` where it is no text."""
    words = clean_text(text, phrase("Câu hỏi"), service.limits.ticket_chars)
    if not any(character.isalnum() for character in words):
        raise Problem(
            422,
            "empty-question",
            phrase("Chưa có câu hỏi"),
            phrase("Hãy viết câu hỏi rồi gửi."),
        )
    return words


def keep_ticket(request: Request, service: WebService, new: NewTicket) -> Ticket:
    """Keep a ticket; raises ``Problem`` 429 or 503."""
    _count(request, service)
    with _database():
        return service.tickets.open_ticket(new)


def write_again(request: Request, service: WebService, ticket: Ticket, text: str) -> None:
    """Add the resident's words to a ticket; raises ``Problem`` 409, 429 or 503."""
    _count(request, service)
    with _database():
        try:
            service.tickets.write_again(ticket.code, text)
        except UnknownTicketError:
            raise _unknown(service) from None
        except (TicketClosedError, FollowUpsSpentError):
            raise Problem(
                409,
                "ticket-ended",
                phrase("Không viết thêm được nữa"),
                phrase("Hãy gửi một câu hỏi mới, hoặc gọi điện cho cán bộ."),
            ) from None


def found_ticket(request: Request, service: WebService, code: str) -> Ticket:
    """The ticket with a code.

    A client that tried too many wrong codes is refused before anything is looked up, so that the
    refusal says nothing about the code; every code that opens nothing gets the same answer.

    Raises:
        Problem: 404, 429 or 503.
    """
    limits = service.limits
    client = client_of(request, limits.trusted_proxies)
    allowed = (limits.wrong_codes_per_hour, limits.wrong_codes_per_hour_of_all)
    wait = service.guesses.seconds_to_wait(client, *allowed)
    if wait:
        raise Problem(
            429,
            "too-many-codes",
            phrase("Đã thử quá nhiều mã"),
            phrase(
                "Hãy đợi %(minutes)s phút rồi thử lại, hoặc gọi điện cho cán bộ.",
                minutes=-(-wait // 60),
            ),
            headers={**PRIVATE, "Retry-After": str(wait)},
        )
    with _database():
        ticket = service.tickets.find(code)
    if ticket is None or service.knowledge.commune(ticket.commune) is None:
        if read_code(code) is not None:  # what cannot be a code is a slip, not a guess
            service.guesses.failed(client, *allowed)
        raise _unknown(service)
    return ticket


def deleted_on(ticket: Ticket, service: WebService) -> date:
    """The local day on which a ticket is deleted unless something new is written."""
    ends = ticket.updated_at + timedelta(days=service.limits.ticket_days)
    return ends.astimezone(VIETNAM).date()


def follow_ups_left(ticket: Ticket, service: WebService) -> int:
    """How often the resident may still write on a ticket."""
    if ticket.state is TicketState.CLOSED:
        return 0
    return max(0, service.limits.ticket_follow_ups - ticket.follow_ups)


def _unknown(service: WebService) -> Problem:
    return Problem(
        404,
        "unknown-ticket",
        phrase("Không thấy câu hỏi mang mã này"),
        phrase(
            "Kiểm tra lại 6 ký tự của mã. Câu hỏi không có gì mới trong %(days)s ngày thì đã xóa.",
            days=service.limits.ticket_days,
        ),
        headers=PRIVATE,
    )


def _count(request: Request, service: WebService) -> None:
    limits = service.limits
    client = client_of(request, limits.trusted_proxies)
    wait = service.rate.seconds_to_wait_in_an_hour(client, "ticket", limits.tickets_per_hour)
    if wait:
        raise Problem(
            429,
            "too-many-requests",
            phrase("Gửi quá nhiều câu hỏi"),
            phrase(
                "Hãy đợi %(minutes)s phút rồi gửi lại, hoặc gọi điện cho cán bộ.",
                minutes=-(-wait // 60),
            ),
            headers={"Retry-After": str(wait)},
        )


@contextmanager
def _database() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailableError as error:
        raise Problem(
            503,
            "database-unavailable",
            phrase("Tạm thời chưa lưu và chưa đọc được câu hỏi"),
            phrase("Hãy thử lại sau ít phút, hoặc gọi điện cho cán bộ."),
            headers={**PRIVATE, "Retry-After": "60"},
        ) from error
