"""The pages of questions left for an officer: write, look again, send, keep the code, read."""

from __future__ import annotations

import hashlib
import logging
from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from app.answering.answer import Answer
from app.answering.mask import mask, without_masks
from app.records.ticket_code import shown
from app.records.tickets import NewTicket, Ticket
from app.web.incoming import CommuneDep, FormDep, is_token
from app.web.problems import Problem
from app.web.service import ServiceDep, WebService
from app.web.tickets import (
    PRIVATE,
    deleted_on,
    follow_ups_left,
    found_ticket,
    keep_ticket,
    ticket_text,
    write_again,
)
from app.web.view import address, render
from app.web.words import language_of
from knowledge_base.commune import Commune
from knowledge_base.record import CounterKind
from knowledge_base.revisions import DatabaseUnavailableError
from qr.code import LinkTooLongError, code_svg

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)


@router.get("/c/{commune_id}/tickets/new")
def new_ticket(
    request: Request,
    commune: CommuneDep,
    service: ServiceDep,
    answer: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """A form for a question; behind an answer, that answer's question ready to be sent."""
    asked = _asked(service, answer)
    return _form(
        request,
        commune,
        service,
        text=asked.asked if asked else "",
        answer_id=asked.id if asked else "",
        review=asked is not None,
    )


@router.post("/c/{commune_id}/tickets/new")
def look_again(
    request: Request, commune: CommuneDep, service: ServiceDep, form: FormDep
) -> Response:
    """The question as an officer will see it, to be agreed to; or the form to change it."""
    text, answer_id = form.get("text", ""), form.get("answer", "")
    if form.get("step") == "edit":
        return _form(request, commune, service, text=text, answer_id=answer_id)
    try:
        words = ticket_text(text, service)
    except Problem as problem:
        return _form(request, commune, service, text=text, answer_id=answer_id, problem=problem)
    return _form(request, commune, service, text=words, answer_id=answer_id, review=True)


@router.post("/c/{commune_id}/tickets")
def send_ticket(
    request: Request, commune: CommuneDep, service: ServiceDep, form: FormDep
) -> Response:
    """Keep a question that was agreed to and lead to its own page."""
    text, answer_id, token = (form.get(name, "") for name in ("text", "answer", "sending"))
    try:
        words = ticket_text(text, service)
    except Problem as problem:
        return _form(request, commune, service, text=text, answer_id=answer_id, problem=problem)
    answer = _asked(service, answer_id)
    try:
        ticket = keep_ticket(
            request,
            service,
            NewTicket(
                commune.id,
                words,
                language_of(request),
                _sending(token or token_hex(16), commune, words),
                answer.id if answer else None,
                answer.conversation_id or None if answer else None,
            ),
        )
    except Problem as problem:
        return _form(
            request,
            commune,
            service,
            text=words,
            answer_id=answer_id,
            review=True,
            problem=problem,
            token=token,
        )
    return _go(request, f"/c/{commune.id}/tickets/{ticket.code}")


@router.get("/c/{commune_id}/tickets")
def ask_for_code(request: Request, commune: CommuneDep, service: ServiceDep) -> Response:
    """A form for the code of a ticket."""
    return _find_page(request, commune, service)


@router.post("/c/{commune_id}/tickets/find")
def find_ticket(
    request: Request, commune: CommuneDep, service: ServiceDep, form: FormDep
) -> Response:
    """Lead to the ticket with a code, or say that there is none."""
    typed = form.get("code", "")[:40]
    try:
        ticket = found_ticket(request, service, typed)
    except Problem as problem:
        return _find_page(request, commune, service, typed, problem)
    return _go(request, f"/c/{ticket.commune}/tickets/{ticket.code}")


@router.get("/t/{code}")
def short_link(request: Request, code: str, service: ServiceDep) -> Response:
    """What a ticket's QR code holds: leads to its page."""
    ticket = found_ticket(request, service, code)
    return _go(request, f"/c/{ticket.commune}/tickets/{ticket.code}", 302)


@router.get("/c/{commune_id}/tickets/{code}")
def show_ticket(request: Request, commune: CommuneDep, service: ServiceDep, code: str) -> Response:
    """A ticket: its code to keep, its question, and what officers replied."""
    try:
        ticket = found_ticket(request, service, code)
    except Problem as problem:
        return _find_page(request, commune, service, code[:40], problem)
    if ticket.commune != commune.id:
        return _go(request, f"/c/{ticket.commune}/tickets/{ticket.code}", 302)
    return _ticket_page(request, commune, service, ticket)


@router.post("/c/{commune_id}/tickets/{code}/messages")
def add_message(
    request: Request, commune: CommuneDep, service: ServiceDep, code: str, form: FormDep
) -> Response:
    """Write again on a ticket and lead back to it."""
    text = form.get("text", "")
    try:
        ticket = found_ticket(request, service, code)
    except Problem as problem:
        return _find_page(request, commune, service, code[:40], problem)
    try:
        write_again(request, service, ticket, ticket_text(text, service))
    except Problem as problem:
        return _ticket_page(request, commune, service, ticket, text, problem)
    return _go(request, f"/c/{ticket.commune}/tickets/{ticket.code}")


def _asked(service: WebService, answer_id: str) -> Answer | None:
    """The answer that did not help; none is needed to ask an officer."""
    try:
        return service.question_log.find(answer_id) if is_token(answer_id) else None
    except DatabaseUnavailableError:
        log.exception("a question is sent without its answer")
        return None


def _sending(token: str, commune: Commune, words: str) -> str:
    """Names this sending of these words: sent twice they are one ticket, changed they are two."""
    return hashlib.sha256("\0".join((token, commune.id, words)).encode()).hexdigest()[:32]


def _form(
    request: Request,
    commune: Commune,
    service: WebService,
    *,
    text: str,
    answer_id: str,
    review: bool = False,
    problem: Problem | None = None,
    token: str = "",
) -> Response:
    masked = mask(text) if review else text
    return _private(
        request,
        commune,
        service,
        "ticket_new.html",
        problem,
        text=masked,
        hidden=review and without_masks(masked) != masked,
        answer_id=answer_id,
        review=review,
        sending=token or token_hex(16),
        ticket_chars=service.limits.ticket_chars,
        ticket_days=service.limits.ticket_days,
    )


def _find_page(
    request: Request,
    commune: Commune,
    service: WebService,
    typed: str = "",
    problem: Problem | None = None,
) -> Response:
    return _private(request, commune, service, "ticket_find.html", problem, typed=typed)


def _ticket_page(
    request: Request,
    commune: Commune,
    service: WebService,
    ticket: Ticket,
    text: str = "",
    problem: Problem | None = None,
) -> Response:
    link = _link(request, service, ticket)
    return _private(
        request,
        commune,
        service,
        "ticket.html",
        problem,
        ticket=ticket,
        code=shown(ticket.code),
        link=link,
        qr=_drawn(link),
        text=text,
        left=follow_ups_left(ticket, service),
        deleted_on=deleted_on(ticket, service),
        ticket_chars=service.limits.ticket_chars,
    )


def _private(
    request: Request,
    commune: Commune,
    service: WebService,
    name: str,
    problem: Problem | None,
    **context: object,
) -> Response:
    return render(
        request,
        name,
        status=problem.status if problem else 200,
        headers=[*PRIVATE.items(), *(problem.headers.items() if problem else ())],
        commune=commune,
        problem=problem,
        office=service.cards.office(commune, CounterKind.ONE_STOP),
        **context,
    )


def _link(request: Request, service: WebService, ticket: Ticket) -> str:
    base = service.public_url or str(request.base_url).rstrip("/")
    return f"{base}/t/{ticket.code}"


def _drawn(link: str) -> Markup | None:
    """A link as a QR code; None where it is too long to be scanned."""
    try:
        return Markup(code_svg(link))  # noqa: S704  (drawn here)
    except LinkTooLongError:
        return None


def _go(request: Request, path: str, status: int = 303) -> Response:
    return RedirectResponse(address(request, path), status, headers=PRIVATE)
