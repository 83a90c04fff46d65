"""The resident's pages: rendered here, whole without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.answering.answer import Answer, AnswerStatus, Language, Office
from app.web.api import keep_feedback, known_answer
from app.web.ask import BUSY_SECONDS, ERRORS, ask
from app.web.incoming import (
    CommuneDep,
    FeedbackReason,
    FormDep,
    feedback_of_form,
    feedback_rate,
    is_token,
    question_of_form,
    question_rate,
)
from app.web.listing import (
    TOPIC_TITLES,
    communes_matching,
    example_questions,
    in_topic,
    offices_of,
    summary_of,
    topics_of,
)
from app.web.paused import refusal_of
from app.web.place import PARAMETER as PLACE
from app.web.place import place_of
from app.web.problems import Problem
from app.web.service import ServiceDep, WebService
from app.web.speech_out import aloud_of
from app.web.view import address, mode_of, render
from app.web.words import language_of, phrase
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, Topic

router = APIRouter(include_in_schema=False)

_FEW = 8
"""Up to so many communes are found at a glance and need no search box."""

_REASONS = {
    FeedbackReason.WRONG: phrase("Thông tin sai"),
    FeedbackReason.OUTDATED: phrase("Thông tin đã cũ"),
    FeedbackReason.INCOMPLETE: phrase("Còn thiếu"),
    FeedbackReason.UNCLEAR: phrase("Khó hiểu"),
    FeedbackReason.OTHER: phrase("Không đúng điều cần hỏi"),
}

_UNRATED = ERRORS | {
    AnswerStatus.CLARIFY_PROCEDURE,
    AnswerStatus.CLARIFY_CASE,
    AnswerStatus.EMERGENCY,
    AnswerStatus.SMALL_TALK,
}
"""There is nothing to rate yet, and nobody in an emergency is asked."""

_OFFICE_FIRST = frozenset(
    {
        AnswerStatus.ABSTAINED_NO_PASSAGE,
        AnswerStatus.ABSTAINED_LOW_CONFIDENCE,
        AnswerStatus.ABSTAINED_UNSUPPORTED,
        AnswerStatus.SCAM_WARNING,
    }
    | ERRORS
)
"""Where a person must help, the counter comes right after the text."""


@router.get("/q/{code}")
def scan(request: Request, code: str, service: ServiceDep) -> Response:
    """Count a scan and lead to the commune; no personal data."""
    code = code.strip().lower()
    place = service.places.scan(code, service.today) if is_token(code) else None
    commune = service.knowledge.commune(place.commune_id) if place else None
    to = service.knowledge.commune(place.to_commune) if place and place.to_commune else None
    if place is None or (commune is None and to is None):
        return _code_page(request, service, 404)
    service.metrics.scans.labels(place.commune_id).inc()
    if to is not None and to != commune:
        return _go(request, f"/c/{to.id}", 302)
    if commune is None:
        return _code_page(request, service, 404)
    if place.retired and to is None:
        return _code_page(request, service, 410, commune)
    return _go(request, f"/c/{commune.id}?{PLACE}={place.code}", 302)


@router.get("/")
def choose_commune(
    request: Request, service: ServiceDep, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The communes to choose from."""
    communes = service.knowledge.communes()
    return render(
        request,
        "communes.html",
        communes=communes_matching(communes, q),
        searchable=len(communes) > _FEW,
        words=q,
    )


@router.get("/c/{commune_id}")
def home(request: Request, commune: CommuneDep, service: ServiceDep) -> Response:
    """The page that a scan opens: ask, or choose a topic."""
    return home_page(request, commune, service)


@router.post("/c/{commune_id}", dependencies=[Depends(question_rate)])
def ask_question(
    request: Request, commune: CommuneDep, service: ServiceDep, form: FormDep
) -> Response:
    """Answer a posted question, then lead to the answer's own page so a reload asks nothing."""
    if (off := refusal_of(request, commune, service)) is not None:
        return home_page(request, commune, service, off, form.get("text", ""))
    try:
        question = question_of_form(
            form, commune, service.limits, language_of(request), place_of(request)
        )
    except Problem as problem:
        spoken = form.get("spoken") == "1"
        return home_page(request, commune, service, problem, form.get("text", ""), spoken=spoken)
    answer = ask(service, question)
    if answer.status in ERRORS:
        return _answer(request, commune, service, answer, asked_again=question.text)
    return _go(request, f"/c/{commune.id}/a/{answer.id}", 303)


@router.get("/c/{commune_id}/a/{answer_id}")
def show_answer(
    request: Request,
    commune: CommuneDep,
    service: ServiceDep,
    answer_id: str,
    thanks: str = "",
) -> Response:
    """A stored answer."""
    answer = _answer_here(service, commune, answer_id)
    return _answer(request, commune, service, answer, thanks=bool(thanks))


@router.post("/c/{commune_id}/a/{answer_id}/feedback", dependencies=[Depends(feedback_rate)])
def give_feedback(
    request: Request, commune: CommuneDep, service: ServiceDep, answer_id: str, form: FormDep
) -> Response:
    """Keep feedback and lead back to the answer with thanks."""
    _answer_here(service, commune, answer_id)
    keep_feedback(service, answer_id, feedback_of_form(form))
    return _go(request, f"/c/{commune.id}/a/{answer_id}?thanks=1#gop-y", 303)


@router.get("/c/{commune_id}/t/{topic}")
def show_topic(request: Request, commune: CommuneDep, service: ServiceDep, topic: str) -> Response:
    """The procedures and guides of a topic."""
    known = next((each for each in Topic if each == topic), None)
    items = in_topic(service.knowledge.records(commune.id), known) if known else ()
    if known is None or not items:
        raise Problem(
            404,
            "unknown-topic",
            phrase("Chưa có thủ tục về việc này"),
            phrase("Hãy về trang đầu để chọn việc khác hoặc gõ câu hỏi."),
        )
    return render(
        request,
        "topic.html",
        commune=commune,
        title=TOPIC_TITLES[known],
        questions=example_questions(items, language=language_of(request)),
        procedures=[(item, summary_of(item)) for item in items if not isinstance(item, Guide)],
        guides=[(item, summary_of(item)) for item in items if isinstance(item, Guide)],
        question_chars=service.limits.question_chars,
    )


@router.get("/c/{commune_id}/p/{record_id}")
def show_record(
    request: Request, commune: CommuneDep, service: ServiceDep, record_id: str
) -> Response:
    """One record in full: its facts, legal basis and sources with the days they were checked."""
    item = service.knowledge.records(commune.id).get(record_id)
    if item is None:
        raise Problem(
            404,
            "unknown-record",
            phrase("Không có thủ tục này"),
            phrase("Thủ tục có thể đã được gỡ hoặc không còn hiệu lực."),
        )
    return record_page(request, commune, service, item)


@router.get("/c/{commune_id}/office")
def show_offices(request: Request, commune: CommuneDep, service: ServiceDep) -> Response:
    """The counters of a commune and its hotlines."""
    return render(
        request,
        "office.html",
        headers=[("Hoixa-Keep", "office")],
        commune=commune,
        offices=offices_of(service, commune, language_of(request)),
    )


def record_page(
    request: Request,
    commune: Commune,
    service: WebService,
    item: Procedure | Guide,
    headers: Iterable[tuple[str, str]] = (),
) -> Response:
    """The page of a record, which need not be published yet."""
    records = service.knowledge.records(commune.id)
    today, language = service.today, language_of(request)
    if isinstance(item, Guide):
        cases, counter = [], CounterKind.ONE_STOP
    else:
        cases = [case for case in item.cases if case.in_force(today)]
        counter = item.where[0].counter if item.where else CounterKind.ONE_STOP
    return render(
        request,
        "record.html",
        headers=headers,
        commune=commune,
        item=item,
        is_guide=isinstance(item, Guide),
        today=today,
        cases=cases,
        legal_basis=[basis for basis in item.legal_basis if basis.in_force(today)],
        topic_title=TOPIC_TITLES[item.topic],
        card=service.cards.card(item, commune, language),
        related=[records[other] for other in item.related if other in records],
        questions=example_questions([item], 6, language) if item.questions else (),
        office=service.cards.office(commune, counter, language)
        or service.cards.office(commune, CounterKind.ONE_STOP, language),
        question_chars=service.limits.question_chars,
    )


def _go(request: Request, path: str, status: int) -> Response:
    return RedirectResponse(address(request, path), status, headers={"Cache-Control": "no-store"})


def home_page(
    request: Request,
    commune: Commune,
    service: WebService,
    problem: Problem | None = None,
    text: str = "",
    *,
    spoken: bool = False,
    unheard: Problem | None = None,
) -> Response:
    """The page to ask on.

    Args:
        request: who asks for it.
        commune: whose page it is.
        service: what it is made from.
        problem: why a question could not be asked.
        text: stands in the question's box.
        spoken: whether that text comes from a recording.
        unheard: why a recording did not become text.
    """
    refused = problem or unheard
    return render(
        request,
        "kiosk.html" if mode_of(request) else "home.html",
        kiosk_start=refused is None and not text,
        status=refused.status if refused else 200,
        headers=list(refused.headers.items()) if refused else [],
        commune=commune,
        problem=problem,
        text=text,
        spoken=spoken,
        unheard=unheard,
        topics=topics_of(service.knowledge.records(commune.id), language_of(request)),
        office=service.cards.office(commune, CounterKind.ONE_STOP, language_of(request)),
        question_chars=service.limits.question_chars,
    )


def _answer_here(service: WebService, commune: Commune, answer_id: str) -> Answer:
    """A stored answer of this commune; 404 for one of another."""
    answer = known_answer(service, answer_id)
    if answer.procedure and not answer.procedure.url.startswith(f"/c/{commune.id}/"):
        raise Problem(
            404,
            "unknown-answer",
            phrase("Không có câu trả lời này ở đây"),
            phrase("Hãy hỏi lại ở trang này."),
        )
    return answer


def _answer(
    request: Request,
    commune: Commune,
    service: WebService,
    answer: Answer,
    *,
    thanks: bool = False,
    asked_again: str = "",
) -> Response:
    failed = answer.status in ERRORS
    return render(
        request,
        "answer.html",
        status=503 if failed else 200,
        headers=[("Retry-After", str(BUSY_SECONDS))] if failed else _keeping(answer),
        commune=commune,
        answer=answer,
        kind=answer.status.value.split("_", 1)[0],
        office=_office(service, commune, answer, language_of(request)),
        office_first=answer.status in _OFFICE_FIRST,
        rated=answer.status not in _UNRATED,
        reasons=_REASONS,
        thanks=thanks,
        asked_again=asked_again,
        aloud=aloud_of(service, answer),
        question_chars=service.limits.question_chars,
        comment_chars=service.limits.comment_chars,
    )


def _office(
    service: WebService, commune: Commune, answer: Answer, language: Language
) -> Office | None:
    """The answer's counter with the hours of now, not of the moment when it was asked."""
    kind = CounterKind(answer.office.kind) if answer.office else CounterKind.ONE_STOP
    now = service.cards.office(commune, kind, language)
    if answer.office is None or now is None or now.name != answer.office.name:
        return answer.office or now
    return replace(answer.office, hours=now.hours, hours_now=now.hours_now, days_off=now.days_off)


def _keeping(answer: Answer) -> list[tuple[str, str]]:
    """Lets a phone keep an answer for later; never a warning or a call for help."""
    return [("Hoixa-Keep", "answer")] if answer.status is AnswerStatus.ANSWERED else []


def _code_page(
    request: Request, service: WebService, status: int, commune: Commune | None = None
) -> Response:
    return render(
        request,
        "code.html",
        status=status,
        headers=[("Cache-Control", "no-store")],
        commune=commune,
        communes=communes_matching(service.knowledge.communes(), ""),
    )
