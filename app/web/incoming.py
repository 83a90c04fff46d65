"""What visitors send, checked before anything else sees it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from app.answering.answer import Language, Question
from app.client import client_of
from app.web.place import as_place
from app.web.problems import Problem, findings_words
from app.web.service import ServiceDep, WebLimits, WebService
from app.web.words import Phrase, clear_language, phrase
from knowledge_base.commune import Commune

FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS = 20
_SPACES = frozenset("\t\n\r\v\f")
"""Control characters that come with pasted text and mean a space."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

ConversationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PlaceCode = Annotated[str, Field(pattern=r"^[a-z0-9]{4,12}$")]
CaseId = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,80}/[a-z0-9-]{0,80}$")]


class Strict(BaseModel):
    """A JSON body; an unknown key is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuestionBody(Strict):
    """One question of a resident."""

    question: str = Field(description="Câu hỏi, bằng lời thường.")
    conversation_id: ConversationId | None = Field(
        None, description="Lấy từ câu trả lời trước, để hỏi tiếp."
    )
    language: Language | None = None
    case: CaseId | None = Field(None, description="Trường hợp đã chọn: `record_id/case_id`.")
    spoken: StrictBool = False
    place: PlaceCode | None = Field(
        None, description="Mã của điểm đặt mã QR, để đếm; mã lạ hoặc của xã khác thì bỏ qua."
    )

    def as_question(
        self, commune: Commune, limits: WebLimits, page: Language = Language.VI
    ) -> Question:
        """The question of a page in a language; raises ``Problem`` where its text is not one."""
        text = question_text(self.question, limits.question_chars)
        return Question(
            text,
            commune.id,
            self.conversation_id,
            self.language or _reply_language(text, page),
            self.case,
            self.spoken,
            self.place,
        )


class FeedbackReason(StrEnum):
    """What was not right about an answer."""

    WRONG = "wrong"
    OUTDATED = "outdated"
    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"
    OTHER = "other"


class FeedbackBody(Strict):
    """Whether an answer helped."""

    helpful: StrictBool
    reason: FeedbackReason | None = None
    comment: str | None = None


def question_text(text: str, most_chars: int) -> str:
    """The question in NFC on one line.

    Raises:
        Problem: 422 for nothing, too much, or characters that no one types.
    """
    words = " ".join(clean_text(text, phrase("Câu hỏi"), most_chars).split())
    if not any(character.isprintable() and not character.isspace() for character in words):
        raise Problem(
            422,
            "empty-question",
            phrase("Chưa có câu hỏi"),
            phrase("Hãy gõ câu hỏi rồi bấm Hỏi."),
        )
    return words


def clean_text(text: str, what: Phrase, most_chars: int) -> str:
    """A text that a person can have typed, in NFC, no longer than allowed.

    Raises:
        Problem: 422.
    """
    if any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in _SPACES
        for character in text
    ):
        raise Problem(
            422,
            "control-characters",
            phrase("Có ký tự không đọc được"),
            phrase("%(what)s có ký tự điều khiển. Hãy gõ lại bằng chữ thường.", what=what),
        )
    clean = unicodedata.normalize("NFC", text).strip()
    if len(clean) > most_chars:
        raise Problem(
            422,
            "too-long",
            phrase("%(what)s quá dài", what=what),
            phrase(
                "%(what)s dài %(length)s ký tự, tối đa %(most)s ký tự. Hãy viết ngắn lại.",
                what=what,
                length=len(clean),
                most=most_chars,
            ),
        )
    return clean


def question_of_form(
    form: Mapping[str, str],
    commune: Commune,
    limits: WebLimits,
    language: Language,
    place: str = "",
) -> Question:
    """The question in a posted form of a page in a language, opened at a place.

    Raises:
        Problem: for what is no question.
    """
    try:
        body = QuestionBody.model_validate(
            {
                "question": form.get("text", ""),
                "conversation_id": form.get("conversation_id") or None,
                "case": form.get("case") or None,
                "language": form.get("language") or None,
                "spoken": form.get("spoken") == "1",
                "place": as_place(form.get("place", "")) or place or None,
            }
        )
    except ValidationError as error:
        raise Problem(
            422, "invalid", phrase("Câu hỏi gửi lên không hợp lệ"), findings_words(error.errors())
        ) from None
    return body.as_question(commune, limits, language)


def _reply_language(text: str, page: Language) -> Language | None:
    """The language to reply in to a typed question; None leaves it to the question.

    A clearly Vietnamese question gets a Vietnamese answer on the English page too.
    """
    if page is Language.VI or clear_language(text) is Language.VI:
        return None
    return page


def feedback_of_form(form: Mapping[str, str]) -> FeedbackBody:
    """The feedback in a posted form; raises ``Problem``."""
    helpful = {"yes": True, "no": False}.get(form.get("helpful", ""))
    reason = form.get("reason") or None
    if helpful is None or (reason and reason not in set(FeedbackReason)):
        raise Problem(
            422,
            "invalid",
            phrase("Góp ý không hợp lệ"),
            phrase("Hãy quay lại trang và chọn Có hoặc Chưa."),
        )
    return FeedbackBody(
        helpful=helpful,
        reason=FeedbackReason(reason) if reason else None,
        comment=form.get("comment") or None,
    )


async def posted_form(request: Request) -> Mapping[str, str]:
    """The fields of a posted form, each once, strictly UTF-8.

    Raises:
        Problem: 415 for another kind of body, 400 for one that cannot be read.
    """
    if media_type_of(request) != FORM:
        raise _other_media_type(FORM)
    try:
        fields = parse_qsl(
            (await request.body()).decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except UnicodeDecodeError:
        raise Problem(
            400,
            "not-utf-8",
            phrase("Không đọc được chữ"),
            phrase("Nội dung gửi lên không phải UTF-8."),
        ) from None
    except ValueError:
        raise Problem(
            400,
            "malformed",
            phrase("Không đọc được nội dung gửi lên"),
            phrase("Biểu mẫu có quá nhiều ô."),
        ) from None
    return dict(fields)


FormDep = Annotated[Mapping[str, str], Depends(posted_form)]


def is_token(text: str) -> bool:
    """Whether a text can be one of our ids or codes, and so is worth looking for."""
    return _TOKEN.fullmatch(text) is not None


def json_only(request: Request) -> None:
    """Refuse bodies of another kind than JSON with 415."""
    media_type = media_type_of(request)
    if media_type != "application/json" and not (
        media_type.startswith("application/") and media_type.endswith("+json")
    ):
        raise _other_media_type("application/json")


def _other_media_type(wanted: str) -> Problem:
    return Problem(
        415,
        "media-type",
        phrase("Không đọc được nội dung gửi lên"),
        phrase("Chỉ nhận %(wanted)s.", wanted=wanted),
    )


def media_type_of(request: Request) -> str:
    """The kind of body that a request says it brings, in small letters."""
    return request.headers.get("content-type", "").split(";", 1)[0].strip().lower()


def question_rate(request: Request, service: ServiceDep) -> None:
    """Refuse with 429 a client that asks too often."""
    _within_rate(request, service, "question")


def feedback_rate(request: Request, service: ServiceDep) -> None:
    """Refuse with 429 a client that sends feedback too often."""
    _within_rate(request, service, "feedback")


def picture_rate(request: Request, service: ServiceDep) -> None:
    """Refuse with 429 a client that has pictures drawn too often."""
    _within_rate(request, service, "picture")


def recording_rate(request: Request, service: ServiceDep) -> None:
    """Refuse with 429 a client that sends recordings too often."""
    _within_rate(request, service, "recording", service.recording.per_minute)


def speech_rate(request: Request, service: ServiceDep) -> None:
    """Refuse with 429 a client that has answers read aloud too often."""
    _within_rate(request, service, "speech")


def _within_rate(
    request: Request, service: WebService, purpose: str, per_minute: int | None = None
) -> None:
    limits = service.limits
    client = client_of(request, limits.trusted_proxies)
    wait = service.rate.seconds_to_wait(client, purpose, per_minute or limits.requests_per_minute)
    if wait:
        raise Problem(
            429,
            "too-many-requests",
            phrase("Gửi quá nhanh"),
            phrase("Hãy đợi %(seconds)s giây rồi thử lại.", seconds=wait),
            headers={"Retry-After": str(wait)},
        )


def known_commune(commune_id: str, service: ServiceDep) -> Commune:
    """The commune that the path names; 404 for one that is unknown or switched off."""
    commune = service.knowledge.commune(commune_id)
    if commune is None:
        raise Problem(
            404,
            "unknown-commune",
            phrase("Không có xã, phường này"),
            phrase("Địa chỉ có thể bị gõ nhầm, hoặc xã, phường này chưa dùng Hỏi Xã."),
        )
    return commune


CommuneDep = Annotated[Commune, Depends(known_commune)]
