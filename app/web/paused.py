"""Refuses questions while officers have turned the assistant off."""

from __future__ import annotations

from fastapi import Request
from pydantic import TypeAdapter

from app.answering.answer import Language, Office
from app.web.incoming import CommuneDep
from app.web.problems import Problem
from app.web.service import ServiceDep, WebService
from app.web.standing import PAUSED, paused, standing_of
from app.web.words import language_of
from knowledge_base.commune import Commune
from knowledge_base.record import CounterKind

_OFFICE: TypeAdapter[Office | None] = TypeAdapter(Office | None)


def assistant_on(request: Request, commune: CommuneDep, service: ServiceDep) -> None:
    """Refuse with 503 where the assistant of the path's commune is off."""
    refuse_while_off(request, commune, service)


def refuse_while_off(request: Request, commune: Commune, service: WebService) -> None:
    """Refuse with 503, the reason and the counter, where a commune's assistant is off."""
    refusal = refusal_of(request, commune, service)
    if refusal is not None:
        raise refusal


def refusal_of(request: Request, commune: Commune, service: WebService) -> Problem | None:
    """The problem that says why nothing is answered; None where the assistant is on."""
    language = language_of(request)
    why = paused(standing_of(request, commune), language)
    if why is None:
        return None
    office = service.cards.office(commune, CounterKind.ONE_STOP, Language(language))
    return Problem(
        503,
        "assistant-off",
        PAUSED,
        why.reason,
        office=_OFFICE.dump_python(office, mode="json"),
    )
