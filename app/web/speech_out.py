"""Answers read aloud: the recording, and what the page needs for “Nghe”."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from app.answering.answer import Answer
from app.speech.read_aloud import VoicesBusyError
from app.speech.spoken import Sentence, sentences_of
from app.speech.voices import Speed, VoiceFailedError
from app.web.api import known_answer
from app.web.ask import BUSY_SECONDS, ERRORS
from app.web.incoming import speech_rate
from app.web.problems import PROBLEM_RESPONSES, Problem
from app.web.service import ServiceDep, WebService
from app.web.words import phrase

log = logging.getLogger(__name__)

router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)

_KEPT = "private, max-age=86400"
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


@dataclass(frozen=True, slots=True)
class Aloud:
    """What “Nghe” reads on a page."""

    sentences: tuple[Sentence, ...]
    address: str | None
    """Where the server's recording is; None where the server has no voice for it."""


def aloud_of(service: WebService, answer: Answer) -> Aloud | None:
    """What the page of an answer reads aloud; None where there is nothing to read."""
    sentences = sentences_of(answer.text, answer.language)
    if not sentences or answer.status in ERRORS:
        return None
    recorded = service.read_aloud.can_read(sentences)
    return Aloud(sentences, f"/api/v1/answers/{answer.id}/speech" if recorded else None)


@router.get(
    "/answers/{answer_id}/speech",
    dependencies=[Depends(speech_rate)],
    summary="Nghe câu trả lời",
    response_class=Response,
    responses={
        200: {"description": "MP3, một kênh.", "content": {"audio/mpeg": {}}},
        206: {"description": "Một đoạn của MP3.", "content": {"audio/mpeg": {}}},
        304: {"description": "Như lần trước."},
        501: {"description": "Máy chủ không có giọng đọc."},
    },
)
def speak_answer(
    request: Request,
    answer_id: str,
    service: ServiceDep,
    speed: Speed = Speed.NORMAL,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """The answer read aloud, without marks and links, as MP3; ``Range`` is obeyed."""
    answer = known_answer(service, answer_id)
    sentences = sentences_of(answer.text, answer.language)
    if not service.read_aloud.can_read(sentences):
        raise Problem(
            501,
            "no-voice",
            phrase("Chưa đọc thành tiếng được"),
            phrase("Máy chủ không có giọng đọc cho câu trả lời này. Hãy đọc trên trang."),
        )
    tag = f'"{service.read_aloud.key(sentences, speed)}"'
    headers = {"Cache-Control": _KEPT, "ETag": tag, "Accept-Ranges": "bytes"}
    if tag in if_none_match:
        return Response(status_code=304, headers=headers)
    try:
        made = service.read_aloud.recording(sentences, speed)
    except VoicesBusyError:
        raise Problem(
            503,
            "voices-busy",
            phrase("Đang có nhiều người nghe"),
            phrase("Hãy bấm Nghe lại sau ít giây."),
            headers={"Retry-After": str(BUSY_SECONDS)},
        ) from None
    except VoiceFailedError as error:
        log.warning("an answer was not read aloud: %s", error)
        raise Problem(
            503,
            "voice-failed",
            phrase("Chưa đọc thành tiếng được"),
            phrase("Giọng đọc đang trục trặc. Hãy đọc trên trang hoặc thử lại sau."),
            headers={"Retry-After": str(BUSY_SECONDS)},
        ) from None
    return _whole_or_part(request, made, headers)


def _whole_or_part(request: Request, made: bytes, headers: dict[str, str]) -> Response:
    """The recording, or the one stretch of it that is asked for: iPhones play nothing else."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or not any(asked.groups()):
        return Response(made, media_type="audio/mpeg", headers=headers)
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last or len(made)), len(made) - 1)
    else:
        start, end = max(0, len(made) - int(last)), len(made) - 1
    if start > end:
        return Response(
            status_code=416, headers={**headers, "Content-Range": f"bytes */{len(made)}"}
        )
    part = {**headers, "Content-Range": f"bytes {start}-{end}/{len(made)}"}
    return Response(made[start : end + 1], 206, part, "audio/mpeg")
