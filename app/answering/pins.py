"""An officer's own answer to one exact question (câu trả lời ghim), shown as it was written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from app.answering import replies, show
from app.answering.answer import Answer, AnswerStatus, Citation, Language
from app.answering.asked import Asked
from app.answering.clean import clean
from app.answering.mask import mask
from app.answering.replies import in_language
from knowledge_base.edition import Edition
from knowledge_base.record import CounterKind
from knowledge_base.section import day_words, sections_of
from knowledge_base.syllables import fold, nfc

ENGINE = "pinned"
"""The engine of an answer that an officer wrote; its figures are the officer's word."""
_NO_WORD = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True)
class Pin:
    """An answer that officers fixed to a question for a while."""

    id: int
    scope: str
    """Where it answers: a commune, a province, or everywhere."""
    question: str
    text: str
    citations: tuple[Citation, ...]
    """None where the text is marked as the office's own word."""
    office: str
    """That answers, never a person."""
    pinned_on: date
    last_day: date


class Pins(Protocol):
    """The pins that hold."""

    def find(self, question: str, scopes: Sequence[str], day: date) -> Pin | None:
        """The narrowest one for a question in some scopes, the widest first; None for none."""
        ...


@dataclass(frozen=True, slots=True)
class Wording:
    """How a question was typed, without what does not change it: case, stops and blanks."""

    words: str
    """With the marks that were typed."""
    folded: str

    @classmethod
    def of(cls, question: str) -> Wording:
        """The wording of a question, masked or not."""
        words = " ".join(_NO_WORD.sub(" ", nfc(mask(clean(question))).lower()).split())
        return cls(words, fold(words))

    @property
    def digest(self) -> str:
        """The same for all wordings that may be the same question."""
        return hashlib.sha256(self.folded.encode()).hexdigest()

    def same(self, other: Wording) -> bool:
        """Whether both are one question: marks count unless one was typed without any."""
        if self.folded != other.folded:
            return False
        bare = self.words == self.folded or other.words == other.folded
        return bare or self.words == other.words


def holds(pin: Pin, edition: Edition, commune: str) -> bool:
    """Whether everything that a pin cites still stands in the records as it was quoted."""
    return not changed(pin.citations, edition, commune)


def changed(citations: Sequence[Citation], edition: Edition, commune: str) -> tuple[Citation, ...]:
    """The citations whose words do not stand any more in the records of a commune."""
    records = edition.scope(commune).records
    gone = []
    for citation in citations:
        record = records.get(citation.record_id)
        texts = (
            {
                "\n".join(line.text for line in section.lines)
                for section in sections_of(record, edition.day)
            }
            if record is not None
            else set()
        )
        if citation.quote not in texts:
            gone.append(citation)
    return tuple(gone)


def pinned_answer(asked: Asked, pin: Pin) -> Answer:
    """The answer that a pin gives, in the officer's own words below who says so and when."""
    words = in_language(replies.PINNED, asked.language).format(
        office=pin.office if asked.language is Language.VI else f"“{pin.office}”",
        day=day_words(pin.pinned_on),
    )
    marks = " ".join(f"[{citation.number}]" for citation in pin.citations)
    said = (
        pin.text
        if asked.language is Language.VI
        else "\n".join(f"“{line}”" for line in pin.text.splitlines() if line.strip())
    )
    text = f"{said} {marks}".strip()
    return replace(
        show.bare(asked, AnswerStatus.ANSWERED, f"{text}\n{words}"),
        engine=ENGINE,
        citations=pin.citations,
        office=show.office_of_kind(asked, CounterKind.ONE_STOP),
    )
