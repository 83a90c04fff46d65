"""An officer's answer to one exact question: when it is shown, how, and when not any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from app.answering.answer import Answer, AnswerStatus, Citation, Question
from app.answering.cite import Passage, cite
from app.answering.pins import Pin, Wording
from app.answering.pipeline import Pipeline
from app.answering.retrieve import HybridRetriever
from knowledge_base.edition import Edition
from knowledge_base.section import sections_of
from tests.fakes import (
    BEE_HIVES,
    COMMUNE,
    DAY,
    KITES,
    MONDAY_MORNING,
    THRESHOLDS,
    FixedKnowledge,
    MemoryConversations,
    changed,
    edition_of,
)

ASKED = "Sân bóng của xã thuê bao nhiêu?"


class OnePin:
    """A board with one pin, which answers its own question."""

    def __init__(self, citations: tuple[Citation, ...] = (), question: str = ASKED) -> None:
        self._pin = Pin(
            1,
            f"commune:{COMMUNE}",
            question,
            "150.000 đồng một giờ, gọi 0236 3000 111.",
            citations,
            "Xã Thử",
            date(2026, 11, 20),
            date(2026, 12, 20),
        )
        self.asked: list[str] = []

    def find(self, question: str, scopes: Sequence[str], day: date) -> Pin | None:
        self.asked.append(question)
        assert scopes == ("national", "province:tinh-thu", f"commune:{COMMUNE}") and day == DAY
        return self._pin if Wording.of(question).same(Wording.of(self._pin.question)) else None


def ask(text: str, pins: OnePin, edition: Edition | None = None, **more: str) -> Answer:
    pipeline = Pipeline(
        HybridRetriever(knowledge=FixedKnowledge(edition or edition_of(BEE_HIVES, KITES))),
        MemoryConversations(),
        THRESHOLDS,
        lambda: MONDAY_MORNING,
        pins=pins,
    )
    return pipeline.answer(Question(text, COMMUNE, **more))  # type: ignore[arg-type]


def cited(edition: Edition) -> tuple[Citation, ...]:
    record = edition.scope(COMMUNE).records["gia-ve-dieu"]
    section = sections_of(record, DAY)[0]
    return cite("[1]", (Passage(record, section, section.lines),), DAY)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ASKED, id="as it was pinned"),
        pytest.param("  sân BÓNG của xã thuê bao nhiêu ??", id="case, stops and blanks"),
        pytest.param("san bong cua xa thue bao nhieu", id="without marks"),
        pytest.param("Sân bóng cu\u0309a xa\u0303 thuê bao nhiêu?", id="decomposed"),
    ],
)
def test_exactly_the_question_gets_the_officer_s_answer(text: str) -> None:
    answer = ask(text, OnePin())

    assert answer.status is AnswerStatus.ANSWERED and answer.engine == "pinned"
    assert answer.text.splitlines() == [
        "150.000 đồng một giờ, gọi 0236 3000 111.",
        "Cán bộ Xã Thử trả lời ngày 20/11/2026.",
    ]
    assert answer.office is not None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sân bóng của xã thuê ở đâu?", id="alike"),
        pytest.param("Sân bòng của xã thuê bao nhiêu?", id="other marks"),
        pytest.param("Sân bóng của xã thuê bao nhiêu một giờ?", id="more words"),
    ],
)
def test_a_question_that_is_only_alike_does_not(text: str) -> None:
    assert ask(text, OnePin()).engine != "pinned"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Cháy nhà rồi cứu với", AnswerStatus.EMERGENCY),
        (
            "Có người gọi xưng công an bảo đọc mã OTP để chuyển tiền",
            AnswerStatus.SCAM_WARNING,
        ),
        ("đồ ngu", AnswerStatus.SMALL_TALK),
    ],
)
def test_emergencies_scams_and_abuse_come_first(text: str, status: AnswerStatus) -> None:
    pins = OnePin(question=text)

    answer = ask(text, pins)

    assert answer.status is status and answer.engine != "pinned"
    assert pins.asked == []


def test_personal_numbers_are_masked_before_the_pins_are_asked() -> None:
    pins = OnePin()

    ask("Số 0905 123 456 gọi hỏi sân bóng", pins)

    assert pins.asked == ["Số [số điện thoại] gọi hỏi sân bóng"]


def test_the_citations_of_a_pin_are_shown_and_its_record_is_what_one_goes_on_about() -> None:
    edition = edition_of(BEE_HIVES, KITES)

    answer = ask(ASKED, OnePin(cited(edition)), edition)

    assert answer.text.splitlines()[0].endswith("[1]")
    assert answer.citations == cited(edition)


def test_a_pin_whose_record_says_something_else_by_now_is_not_shown() -> None:
    before = edition_of(BEE_HIVES, KITES)
    sections = [dict(KITES["sections"][0]), *KITES["sections"][1:]]
    sections[0]["answer"] = "Vé người lớn 50.000 đồng, trẻ em 12.000 đồng."
    after = edition_of(BEE_HIVES, changed(KITES, sections=sections))

    assert ask(ASKED, OnePin(cited(before)), after).engine != "pinned"


def test_a_button_that_names_a_record_is_obeyed() -> None:
    assert ask(ASKED, OnePin(), case="gia-ve-dieu/").engine != "pinned"
