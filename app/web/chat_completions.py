"""The same answers for OpenAI-compatible clients: Zalo bots, portals, chat programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app.answering.answer import Answer, Office, Question
from app.html import is_official
from app.web.ask import BUSY_SECONDS, ERRORS, ask
from app.web.incoming import ConversationId, json_only, question_rate, question_text
from app.web.paused import refuse_while_off
from app.web.problems import PROBLEM_RESPONSES, Problem
from app.web.service import ServiceDep, WebService
from app.web.stream import HEADERS, MEDIA_TYPE, answer_json, error_problem, sentences
from knowledge_base.section import day_words

router = APIRouter(prefix="/v1", responses=PROBLEM_RESPONSES)

_PREFIX = "hoixa/"
_MOST_MESSAGES = 200


class TextPart(BaseModel):
    """A part of a message; parts other than text are not read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """One message; what the client says that a role said is not checked."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | tuple[TextPart, ...] | None = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, tuple):
            return " ".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Metadata(BaseModel):
    """What a client may tell besides the messages."""

    conversation_id: ConversationId | None = None


class ChatBody(BaseModel):
    """A chat completion request; settings for a language model are accepted and not used."""

    model_config = ConfigDict(extra="ignore")

    model: str = Field(description="`hoixa/<xã>`, một trong `GET /v1/models`.", max_length=100)
    messages: tuple[Message, ...] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: StrictBool = False
    metadata: Metadata | None = None


@router.get("/models", summary="Các xã, phường dưới dạng mô hình")
def list_models(service: ServiceDep) -> dict[str, Any]:
    """One model for each commune that is switched on."""
    return {
        "object": "list",
        "data": [
            {
                "id": f"{_PREFIX}{commune.id}",
                "object": "model",
                "created": 0,
                "owned_by": commune.full_name,
            }
            for commune in service.knowledge.communes()
        ],
    }


@router.post(
    "/chat/completions",
    dependencies=[Depends(json_only), Depends(question_rate)],
    response_model=None,
    summary="Hỏi một câu, theo giao thức của OpenAI",
)
def complete(request: Request, body: ChatBody, service: ServiceDep) -> Response:
    """Answer the last message of the user; ``hoixa`` in the reply carries the whole answer."""
    question = _question(request, service, body)
    created = int(service.now().timestamp())
    if body.stream:
        return StreamingResponse(
            _chunks(service, question, body.model, created),
            media_type=MEDIA_TYPE,
            headers=HEADERS,
        )
    answer = ask(service, question)
    if answer.status in ERRORS:
        raise error_problem(answer, BUSY_SECONDS)
    return JSONResponse(
        {
            "id": f"chatcmpl-{answer.id}",
            "object": "chat.completion",
            "created": created,
            "model": body.model,
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": plain_text(answer)},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
            "hoixa": answer_json(answer),
        },
        headers={"Cache-Control": "no-store"},
    )


def plain_text(answer: Answer) -> str:
    """An answer as one text, for clients that show nothing else: choices, sources, counter."""
    parts = [answer.text]
    if answer.open:
        parts.append("\n".join(["Chưa trả lời:", *(f"- {one}" for one in answer.open)]))
    if answer.choices:
        parts.append("\n".join(f"- {choice.label}" for choice in answer.choices))
    if answer.office and not answer.citations:
        parts.append(_office_text(answer.office))
    if answer.citations:
        parts.append("\n".join(["Căn cứ:", *_sources(answer)]))
    if answer.disclaimer:
        parts.append(answer.disclaimer)
    return "\n\n".join(part for part in parts if part)


def _sources(answer: Answer) -> list[str]:
    made = []
    for citation in answer.citations:
        names = [f"{basis.name} {basis.number}" for basis in citation.legal_basis]
        words = "; ".join(names) or citation.source_title
        link = f" {citation.source_url}" if is_official(citation.source_url) else ""
        checked = day_words(citation.checked_on)
        made.append(f"[{citation.number}] {words}, kiểm tra ngày {checked}.{link}")
    return made


def _office_text(office: Office) -> str:
    known = [office.address, office.telephone, "; ".join(office.hours)]
    return ". ".join([f"Hỏi cán bộ: {office.name}", *(fact for fact in known if fact)]) + "."


def _question(request: Request, service: WebService, body: ChatBody) -> Question:
    commune = service.knowledge.commune(body.model.removeprefix(_PREFIX))
    if commune is None or not body.model.startswith(_PREFIX):
        raise Problem(
            404,
            "model-not-found",
            "Không có mô hình này",
            "Tên mô hình là hoixa/<xã>; GET /v1/models liệt kê các xã.",
        )
    refuse_while_off(request, commune, service)
    asked = [message for message in body.messages if message.role == "user"]
    if not asked:
        raise Problem(
            422, "empty-question", "Chưa có câu hỏi", "messages cần có một tin nhắn của user."
        )
    return Question(
        question_text(asked[-1].text, service.limits.question_chars),
        commune.id,
        body.metadata.conversation_id if body.metadata else None,
    )


async def _chunks(
    service: WebService, question: Question, model: str, created: int
) -> AsyncIterator[str]:
    answer = await run_in_threadpool(ask, service, question)
    if answer.status in ERRORS:
        problem = error_problem(answer, BUSY_SECONDS)
        error = {"message": problem.detail, "type": "server_error", "code": answer.status.value}
        yield _data({"error": error})
        return

    def chunk(delta: dict[str, str], finish: str | None = None) -> str:
        return _data(
            {
                "id": f"chatcmpl-{answer.id}",
                "object": "chat.completion.chunk",
                "created": created,
                "model": model,
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }
        )

    yield chunk({"role": "assistant", "content": ""})
    for sentence in sentences(plain_text(answer)):
        yield chunk({"content": sentence})
    yield chunk({}, "stop")
    yield "data: [DONE]\n\n"


def _data(value: object) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
