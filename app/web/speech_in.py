"""Spoken questions: a recording comes, words for correction go back; nothing of it is kept."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.speech.listening import Transcript
from app.speech.refusals import NotTranscribedError, Refusal
from app.speech.vocabulary import prompt_of
from app.web.incoming import CommuneDep, media_type_of, recording_rate
from app.web.pages import home_page
from app.web.paused import assistant_on, refusal_of
from app.web.problems import PROBLEM_RESPONSES, Problem
from app.web.service import Listening, ServiceDep, WebService
from app.web.unheard import refused, too_large, too_long
from app.web.words import phrase
from knowledge_base.commune import Commune

log = logging.getLogger(__name__)

router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)
pages = APIRouter(include_in_schema=False)

_FORM = "multipart/form-data"
_PART = "audio"
_MOST_FIELDS = 5


class TranscriptBody(BaseModel):
    """What was said, for its speaker to correct before it is asked."""

    text: str
    language: str
    seconds: float
    """How long the recording is."""
    engine: str


def engine_set(service: ServiceDep) -> Listening:
    """What hears; 404 where none is set."""
    if service.listening is None:
        raise Problem(
            404,
            "no-engine",
            phrase("Ở đây chưa nghe được tiếng nói"),
            phrase("Hãy gõ câu hỏi, hoặc bấm hình micrô trên bàn phím điện thoại để nói."),
        )
    return service.listening


class _InMemory(MultiPartParser):
    """Writes no part to disk, however large; the body's size was limited before."""

    spool_max_size = sys.maxsize


async def posted_recording(request: Request, service: ServiceDep) -> bytes:
    """The bytes of the part ``audio``; none where it is missing.

    Raises:
        Problem: 415 for another kind of body, 400 for one that cannot be read, 413 for too much.
    """
    if media_type_of(request) != _FORM:
        raise Problem(
            415,
            "media-type",
            phrase("Không đọc được nội dung gửi lên"),
            phrase("Chỉ nhận %(wanted)s.", wanted=_FORM),
        )
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS)
    try:
        form = await parser.parse()
    except MultiPartException:
        raise Problem(
            400,
            "malformed",
            phrase("Không đọc được nội dung gửi lên"),
            phrase("Biểu mẫu gửi lên bị hỏng, hoặc có quá nhiều tệp."),
        ) from None
    part = form.get(_PART)
    data = await part.read() if isinstance(part, UploadFile) else b""
    await form.close()
    if len(data) > service.recording.bytes:
        raise too_large(service.recording.bytes)
    return data


RecordingDep = Annotated[bytes, Depends(posted_recording)]
EngineDep = Annotated[Listening, Depends(engine_set)]


@router.post(
    "/communes/{commune_id}/transcripts",
    dependencies=[Depends(recording_rate), Depends(engine_set), Depends(assistant_on)],
    summary="Chuyển một câu hỏi ghi âm thành chữ",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _FORM: {
                    "schema": {
                        "type": "object",
                        "required": [_PART],
                        "properties": {_PART: {"type": "string", "format": "binary"}},
                    }
                }
            },
        }
    },
)
def transcribe(
    response: Response,
    commune: CommuneDep,
    service: ServiceDep,
    listening: EngineDep,
    recording: RecordingDep,
) -> TranscriptBody:
    """The words of a recorded question; neither the recording nor the words are kept."""
    heard = _heard(service, commune, listening, recording)
    response.headers["Cache-Control"] = "no-store"
    return TranscriptBody(
        text=heard.text,
        language=heard.language,
        seconds=round(heard.seconds, 2),
        engine=heard.engine,
    )


@pages.post(
    "/c/{commune_id}/recording", dependencies=[Depends(recording_rate), Depends(engine_set)]
)
def send_recording(
    request: Request,
    commune: CommuneDep,
    service: ServiceDep,
    listening: EngineDep,
    recording: RecordingDep,
) -> Response:
    """The page with what was said in the question's box, to be corrected and asked."""
    if (off := refusal_of(request, commune, service)) is not None:
        return home_page(request, commune, service, off)
    try:
        heard = _heard(service, commune, listening, recording)
    except Problem as problem:
        return home_page(request, commune, service, unheard=problem)
    return home_page(request, commune, service, text=heard.text, spoken=True)


def _heard(
    service: WebService, commune: Commune, listening: Listening, recording: bytes
) -> Transcript:
    """The transcript, counted; raises ``Problem`` where there is none."""
    records = service.knowledge.records(commune.id).values()
    prompt = prompt_of(tuple((record.title, *record.aliases) for record in records))
    try:
        heard = listening.listen(recording, prompt)
    except NotTranscribedError as error:
        service.metrics.transcripts.labels(error.refusal).inc()
        log.info("%d bytes not transcribed: %s %s", len(recording), error.refusal, error.detail)
        if error.refusal is Refusal.TOO_LONG:
            raise too_long(service.recording.seconds) from error
        raise refused(error.refusal) from error
    service.metrics.transcripts.labels("heard").inc()
    for stage, seconds in heard.stages.items():
        service.metrics.transcript_seconds.labels(stage).observe(seconds)
    return heard
