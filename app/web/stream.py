"""An answer as server-sent events: steps while it is made, then checked sentences."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator

from fastapi.concurrency import run_in_threadpool
from pydantic import TypeAdapter

from app.answering.answer import Answer, Language, Question, Step
from app.web.ask import ERRORS, ask
from app.web.problems import Problem
from app.web.service import WebService
from app.web.words import in_language, phrase

log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Proxies that buffer would hold every event back until the last."""

_QUIET_SECONDS = 15
"""After so long without an event a comment keeps proxies from closing the connection."""

_STEP_WORDS = {
    Step.UNDERSTAND: phrase("Đang đọc câu hỏi"),
    Step.RETRIEVE: phrase("Đang tìm thủ tục"),
    Step.COMPOSE: phrase("Đang soạn câu trả lời"),
    Step.VERIFY: phrase("Đang đối chiếu số liệu với nguồn"),
}
_SENTENCE = re.compile(r".+?(?:[.!?…](?:\s*\[\d+\])*(?:\s+(?!\s|\[\d)|\Z)|\n+|\Z)", re.DOTALL)

_answer_json = TypeAdapter(Answer)


def answer_json(answer: Answer) -> dict[str, object]:
    """An answer as JSON values."""
    made: dict[str, object] = _answer_json.dump_python(answer, mode="json")
    return made


def error_problem(answer: Answer, retry_seconds: int) -> Problem:
    """An answer that says “try again” as a problem that carries it."""
    return Problem(
        503,
        answer.status.value.replace("_", "-"),
        phrase("Chưa trả lời được"),
        answer.text,
        headers={"Retry-After": str(retry_seconds)},
        answer=answer_json(answer),
    )


def sentences(text: str) -> list[str]:
    """The text cut behind its sentences; joined again it is the same text."""
    return _SENTENCE.findall(text)


def event(name: str, data: object) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def events(
    service: WebService,
    question: Question,
    retry_seconds: int,
    language: Language = Language.VI,
) -> AsyncIterator[str]:
    """``start``, ``step``…, ``delta``…, ``citation``…, ``done``; or ``error``.

    Steps and errors are worded in ``language``, the page's; the answer in the question's own.
    """
    yield event("start", {"commune": question.commune, "conversation_id": question.conversation_id})
    try:
        async for thing in _steps_then_answer(service, question):
            if isinstance(thing, Answer):
                for part in _answer_events(thing, retry_seconds, language):
                    yield part
            elif isinstance(thing, Step):
                yield event(
                    "step",
                    {"step": thing.value, "label": in_language(_STEP_WORDS[thing], language)},
                )
            else:
                yield ": …\n\n"
    except Exception:  # the response has begun, so no error page can follow it
        log.exception("fault in a stream")
        yield event(
            "error",
            Problem(
                500,
                "fault",
                phrase("Có lỗi ở phía chúng tôi"),
                phrase("Lỗi đã được ghi lại. Hãy thử lại sau ít phút."),
            ).body(language),
        )


def _answer_events(answer: Answer, retry_seconds: int, language: Language) -> list[str]:
    if answer.status in ERRORS:
        return [event("error", error_problem(answer, retry_seconds).body(language))]
    whole = answer_json(answer)
    citations = whole["citations"]
    assert isinstance(citations, list)
    return [
        *(event("delta", {"text": sentence}) for sentence in sentences(answer.text)),
        *(event("citation", citation) for citation in citations),
        event("done", whole),
    ]


async def _steps_then_answer(
    service: WebService, question: Question
) -> AsyncIterator[Step | Answer | None]:
    """The pipeline's steps as they happen, None after a while without one, then the answer."""
    loop = asyncio.get_running_loop()
    steps: asyncio.Queue[Step | None] = asyncio.Queue()

    def on_step(step: Step) -> None:
        loop.call_soon_threadsafe(steps.put_nowait, step)

    answering = asyncio.create_task(run_in_threadpool(ask, service, question, on_step))
    answering.add_done_callback(lambda _: steps.put_nowait(None))
    while True:
        try:
            step = await asyncio.wait_for(steps.get(), _QUIET_SECONDS)
        except TimeoutError:
            yield None
            continue
        if step is None:
            break
        yield step
    yield await answering
