"""The public API under ``/api/v1``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from app.answering.answer import Answer, Office
from app.web.ask import BUSY_SECONDS, ERRORS, ask
from app.web.incoming import (
    CommuneDep,
    FeedbackBody,
    QuestionBody,
    clean_text,
    feedback_rate,
    is_token,
    json_only,
    question_rate,
)
from app.web.listing import (
    Item,
    in_topic,
    matching,
    offices_of,
    summary_of,
    topics_of,
)
from app.web.paused import assistant_on
from app.web.problems import PROBLEM_RESPONSES, Problem
from app.web.service import ServiceDep, WebLimits, WebService
from app.web.stream import HEADERS, MEDIA_TYPE, answer_json, error_problem, events
from app.web.words import language_of, phrase
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind, Topic, scope_rank
from knowledge_base.section import Section, sections_of

router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)


class CommuneEntry(BaseModel):
    """A commune in a list."""

    id: str
    code: str
    full_name: str
    province_name: str
    url: str


class TopicCount(BaseModel):
    """How much a commune can be asked about a topic."""

    topic: Topic
    title: str
    count: int
    questions: tuple[str, ...]


class CommunePage(CommuneEntry):
    """A commune with its counters and topics."""

    merged_from: tuple[str, ...]
    former_names: tuple[str, ...]
    website: str | None
    hotlines: tuple[str, ...]
    offices: tuple[Office, ...]
    topics: tuple[TopicCount, ...]
    checked_on: date


class RecordEntry(BaseModel):
    """A procedure or guide in a list."""

    id: str
    kind: RecordKind
    code: str | None
    title: str
    topic: Topic
    scope: str
    summary: str
    checked_on: date
    url: str


class RecordPage(RecordEntry):
    """A procedure or guide in full: what holds today, line by line, and the record itself."""

    sections: tuple[Section, ...]
    record: dict[str, Any]
    """As in the content files; facts in it may begin later or have ended, see their dates."""


@router.post(
    "/communes/{commune_id}/answers",
    response_model=Answer,
    dependencies=[Depends(json_only), Depends(question_rate), Depends(assistant_on)],
    summary="Hỏi một câu",
)
def answer_question(
    request: Request,
    body: QuestionBody,
    commune: CommuneDep,
    service: ServiceDep,
    accept: Annotated[str, Header()] = "*/*",
) -> Response:
    """An answer as JSON; as server-sent events where ``Accept`` names ``text/event-stream``."""
    question = body.as_question(commune, service.limits, language_of(request))
    if MEDIA_TYPE in accept:
        return StreamingResponse(
            events(service, question, BUSY_SECONDS, language_of(request)),
            media_type=MEDIA_TYPE,
            headers=HEADERS,
        )
    answer = ask(service, question)
    if answer.status in ERRORS:
        raise error_problem(answer, BUSY_SECONDS)
    return JSONResponse(answer_json(answer), headers={"Cache-Control": "no-store"})


@router.post(
    "/answers/{answer_id}/feedback",
    status_code=204,
    dependencies=[Depends(json_only), Depends(feedback_rate)],
    summary="Nói câu trả lời có đúng điều cần hỏi không",
)
def give_feedback(answer_id: str, body: FeedbackBody, service: ServiceDep) -> None:
    """Keep feedback on an answer."""
    known_answer(service, answer_id)
    keep_feedback(service, answer_id, body)


@router.get("/communes", summary="Các xã, phường")
def list_communes(request: Request, service: ServiceDep) -> list[CommuneEntry]:
    """The communes that are switched on."""
    return [
        CommuneEntry.model_validate(_commune_fields(request, commune))
        for commune in service.knowledge.communes()
    ]


@router.get("/communes/{commune_id}", summary="Một xã, phường")
def show_commune(request: Request, commune: CommuneDep, service: ServiceDep) -> CommunePage:
    """A commune with its counters, hotlines and topics."""
    return CommunePage(
        **_commune_fields(request, commune),
        merged_from=tuple(unit.name for unit in commune.merged_from),
        former_names=commune.former_names,
        website=str(commune.website) if commune.website else None,
        hotlines=tuple(line.text for line in commune.hotlines),
        offices=offices_of(service, commune),
        topics=tuple(
            TopicCount(
                topic=entry.topic,
                title=entry.title,
                count=entry.count,
                questions=entry.questions,
            )
            for entry in topics_of(service.knowledge.records(commune.id))
        ),
        checked_on=commune.checked_on,
    )


@router.get("/communes/{commune_id}/procedures", summary="Thủ tục và hướng dẫn của một xã, phường")
def list_procedures(
    request: Request,
    commune: CommuneDep,
    service: ServiceDep,
    topic: Topic | None = None,
    q: Annotated[str, Query(max_length=100, description="Chữ trong tên; có dấu hay không.")] = "",
) -> list[RecordEntry]:
    """The records of a commune, of one topic, or whose names hold some words."""
    records = service.knowledge.records(commune.id)
    topics = (topic,) if topic else tuple(Topic)
    items = (item for each in topics for item in in_topic(records, each))
    return [
        RecordEntry.model_validate(_record_fields(request, item, commune))
        for item in matching(items, q)
    ]


@router.get("/procedures/{record_id}", summary="Một thủ tục hoặc hướng dẫn")
def show_procedure(
    request: Request, record_id: str, service: ServiceDep, commune: str | None = None
) -> RecordPage:
    """A record as it holds in a commune; without one, in its widest scope."""
    item, place = _find_record(service, record_id, commune)
    return RecordPage(
        **_record_fields(request, item, place),
        sections=sections_of(item, service.today),
        record=item.model_dump(mode="json"),
    )


def known_answer(service: WebService, answer_id: str) -> Answer:
    """A stored answer; 404 for one that is not kept."""
    answer = service.question_log.find(answer_id) if is_token(answer_id) else None
    if answer is None:
        raise Problem(
            404,
            "unknown-answer",
            phrase("Không còn câu trả lời này"),
            phrase("Câu trả lời đã được xoá hoặc địa chỉ bị gõ nhầm. Hãy hỏi lại."),
        )
    return answer


def keep_feedback(service: WebService, answer_id: str, body: FeedbackBody) -> None:
    """Hand feedback to its log; 422 for a comment that is too long."""
    comment = _comment(body.comment, service.limits)
    service.feedback_log.add(
        answer_id, body.helpful, body.reason.value if body.reason else None, comment
    )


def _comment(comment: str | None, limits: WebLimits) -> str | None:
    return clean_text(comment or "", phrase("Góp ý"), limits.comment_chars) or None


def _find_record(
    service: WebService, record_id: str, commune_id: str | None
) -> tuple[Item, Commune]:
    communes = service.knowledge.communes()
    found = [
        (records[record_id], commune)
        for commune in communes
        if commune_id in (None, commune.id)
        and record_id in (records := service.knowledge.records(commune.id))
    ]
    if not found:
        raise Problem(
            404,
            "unknown-record",
            phrase("Không có thủ tục này"),
            phrase("Không có thủ tục hoặc hướng dẫn đang có hiệu lực mang mã này."),
        )
    return min(found, key=lambda pair: scope_rank(pair[0].scope))


def _commune_fields(request: Request, commune: Commune) -> dict[str, Any]:
    return {
        "id": commune.id,
        "code": commune.code,
        "full_name": commune.full_name,
        "province_name": commune.province_name,
        "url": f"{request.scope.get('root_path', '')}/c/{commune.id}",
    }


def _record_fields(request: Request, item: Item, commune: Commune) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": RecordKind.GUIDE if isinstance(item, Guide) else RecordKind.PROCEDURE,
        "code": item.code if isinstance(item, Procedure) else None,
        "title": item.title,
        "topic": item.topic,
        "scope": item.scope,
        "summary": summary_of(item),
        "checked_on": item.checked_on,
        "url": f"{request.scope.get('root_path', '')}/c/{commune.id}/p/{item.id}",
    }
