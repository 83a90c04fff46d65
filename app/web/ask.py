"""The one way to an answer, for the page, the API, the stream and OpenAI-compatible clients."""

from __future__ import annotations

import secrets

from app.answering.answer import Answer, AnswerStatus, Language, OnStep, Question
from app.answering.replies import reply
from app.web.service import WebService
from knowledge_base.record import CounterKind

ERRORS = frozenset({AnswerStatus.ERROR_BUSY, AnswerStatus.ERROR_MODEL})
"""Statuses that say: try again."""

BUSY_SECONDS = 5
"""What ``Retry-After`` says when too many answers are being worked on."""


def ask(service: WebService, question: Question, on_step: OnStep | None = None) -> Answer:
    """Answer one question, count it and keep it; ``error_busy`` where too many are waiting."""
    with service.gate.pass_through(service.limits.concurrent_answers) as entered:
        if not entered:
            service.metrics.answers.labels(AnswerStatus.ERROR_BUSY).inc()
            return _busy(service, question)
        with (
            service.metrics.in_flight.track_inprogress(),
            service.metrics.faults.count_exceptions(),
            service.metrics.seconds.time(),
        ):
            answer = service.answering.answer(question, on_step)
    service.metrics.answers.labels(answer.status).inc()
    service.question_log.add(question, answer)
    return answer


def _busy(service: WebService, question: Question) -> Answer:
    commune = service.knowledge.commune(question.commune)
    language = question.language or Language.VI
    return Answer(
        id=secrets.token_hex(8),
        conversation_id=question.conversation_id or "",
        status=AnswerStatus.ERROR_BUSY,
        text=reply(AnswerStatus.ERROR_BUSY, language),
        asked=question.text,
        language=language,
        office=service.cards.office(commune, CounterKind.ONE_STOP) if commune else None,
        hotlines=tuple(line.text for line in commune.hotlines) if commune else (),
    )
