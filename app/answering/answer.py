"""What passes between the steps and out to the page: question, citation, card, answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from knowledge_base.record import Facet, RecordKind, Topic


class AnswerStatus(StrEnum):
    """How a question ended; the first word groups it."""

    ANSWERED = "answered"
    CLARIFY_PROCEDURE = "clarify_procedure"
    CLARIFY_CASE = "clarify_case"
    ABSTAINED_NO_PASSAGE = "abstained_no_passage"
    ABSTAINED_LOW_CONFIDENCE = "abstained_low_confidence"
    ABSTAINED_UNSUPPORTED = "abstained_unsupported"
    OUT_OF_SCOPE = "out_of_scope"
    SMALL_TALK = "small_talk"
    EMERGENCY = "emergency"
    SCAM_WARNING = "scam_warning"
    ERROR_MODEL = "error_model"
    ERROR_BUSY = "error_busy"


class Language(StrEnum):
    """The languages of answers; a record's own sentences are Vietnamese in both.

    In the texts, cards, choices and suggestions of an English answer, what stands between “ and ”
    is Vietnamese, and all Vietnamese stands there; ``RecordRef.title``, citations, hotlines and an
    office's name, address and note are the Vietnamese words themselves.
    """

    VI = "vi"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Question:
    """What a resident asked, where, and in which conversation."""

    text: str
    commune: str
    conversation_id: str | None = None
    language: Language | None = None
    """None means: find out from the text."""
    case: str | None = None
    """``record_id/case_id`` of a case chosen with a button."""
    spoken: bool = False
    place: str | None = None
    """The posted code whose page it is asked on; it is counted, and changes no answer."""


@dataclass(frozen=True, slots=True)
class LegalLine:
    """A legal basis as residents see it."""

    number: str
    name: str
    article: str | None
    effective_from: date | None
    issued: date | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a record that the answer rests on."""

    number: int
    record_id: str
    title: str
    section: str
    """The facet or guide section id."""
    quote: str
    """The words of the record that support the answer."""
    legal_basis: tuple[LegalLine, ...]
    source_title: str
    """The texts that the quoted lines rest on."""
    source_url: str | None
    checked_on: date


@dataclass(frozen=True, slots=True)
class CardSection:
    """One folded part of the card: a facet with its lines."""

    facet: Facet
    heading: str
    """Such as ``Cần mang gì (3)``."""
    lines: tuple[str, ...]
    asked: bool = False
    """The facet the question asked for; opens by itself."""


@dataclass(frozen=True, slots=True)
class Card:
    """The record's facts for this commune and case, facet by facet."""

    title: str
    case: str | None
    sections: tuple[CardSection, ...]
    pitfalls: tuple[str, ...] = ()
    to_confirm: tuple[str, ...] = ()
    """Each completes “Hỏi lại cán bộ về …”."""


@dataclass(frozen=True, slots=True)
class Office:
    """A counter of the resident's commune; None where the commune has not entered it."""

    kind: str
    name: str
    address: str | None
    telephone: str | None
    hours: tuple[str, ...]
    """Lines such as ``Thứ Hai – thứ Sáu: 7:30–11:30, 13:30–17:00``; in English where asked so."""
    hours_now: str | None
    """``đang mở`` or ``mở lại 7:30 thứ Hai``; None where the hours are not known."""
    map_link: str | None
    note: str | None = None
    days_off: tuple[str, ...] = ()
    """Days of the coming week with other hours: ``Thứ Ba, 2/9/2025: nghỉ Quốc khánh``."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: asks another question, or the same one for a case."""

    label: str
    question: str
    case: str | None = None


@dataclass(frozen=True, slots=True)
class RecordRef:
    """The procedure or guide that answers."""

    id: str
    kind: RecordKind
    code: str | None
    title: str
    topic: Topic
    url: str
    """Path of its page in this commune: ``/c/<commune>/p/<id>``."""
    title_en: str | None = None
    """What the title says in English, for display beside it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The text shown and what supports it, or the reason there is none."""

    id: str
    conversation_id: str
    status: AnswerStatus
    text: str
    """Checked sentences with marks such as ``[1]``; the first line is the direct sentence."""
    asked: str
    """The question as understood and masked."""
    language: Language = Language.VI
    facet: Facet | None = None
    confidence: float | None = None
    """Probability from 0 to 1 that the record answers the question."""
    engine: str = "composed"
    """``composed`` or the chat model's name."""
    procedure: RecordRef | None = None
    also: RecordRef | None = None
    """The second record, where one message asked two questions."""
    case: str | None = None
    card: Card | None = None
    citations: tuple[Citation, ...] = ()
    office: Office | None = None
    hotlines: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    open: tuple[str, ...] = ()
    """Questions of the same message that the text does not answer."""
    suggestions: tuple[str, ...] = ()
    """Questions a resident may ask next."""
    disclaimer: str = ""
    elapsed_ms: int = 0


class Step(StrEnum):
    """What the pipeline is doing, for the event stream."""

    UNDERSTAND = "understand"
    RETRIEVE = "retrieve"
    COMPOSE = "compose"
    VERIFY = "verify"


OnStep = Callable[[Step], None]


class Answering(Protocol):
    """Answers questions."""

    def answer(self, question: Question, on_step: OnStep | None = None) -> Answer:
        """Answer from the commune's records, or say why we cannot; never raises for a question."""
        ...
