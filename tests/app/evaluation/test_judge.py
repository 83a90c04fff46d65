"""What counts as right, on answers made up for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from app.answering.answer import (
    Answer,
    AnswerStatus,
    Card,
    CardSection,
    Choice,
    Citation,
    Office,
    Question,
    RecordRef,
)
from app.answering.lexicon import Lexicon
from app.answering.trace import Traced
from app.answering.understand import understand
from app.evaluation.judge import Judged, Outcome, ask_all, holds, judge
from app.evaluation.rows import Row, Sort
from knowledge_base.record import Facet, RecordKind, Topic
from knowledge_base.section import FACET_HEADINGS
from tests.fakes import BEE_HIVES, BOATS, COMMUNE, KITES, edition_of

RECORDS = edition_of(BEE_HIVES, BOATS, KITES).scope(COMMUNE).records
OFFICE = Office("one_stop", "Trung tâm", None, None, (), None, None)
UNDERSTOOD = understand("nuôi ong", Lexicon.packaged())


def citation(record_id: str, section: str, number: int = 1) -> Citation:
    return Citation(number, record_id, "", section, "", (), "", None, date(2026, 11, 21))


def answer(status: AnswerStatus = AnswerStatus.ANSWERED, **more: Any) -> Answer:
    return Answer("a", "c", status, more.pop("text", "Lời đáp. [1]"), "hỏi", **more)


def about(record_id: str, facet: Facet = Facet.FEE, **more: Any) -> Answer:
    """An answer about a record, with its card."""
    reference = RecordRef(record_id, RecordKind.PROCEDURE, None, "", Topic.RESIDENCE, "")
    cited = (citation(record_id, FACET_HEADINGS[facet]),)
    section = CardSection(Facet.TIME_LIMIT, "Bao lâu có", ("6 ngày làm việc.",))
    usual: dict[str, Any] = {
        "procedure": reference,
        "facet": facet,
        "citations": cited,
        "card": Card("", None, (section,), pitfalls=("Nhớ mang mẫu ONG01.",)),
    }
    return answer(**{**usual, **more})


def asking_back(*records: str) -> Answer:
    buttons = tuple(Choice("", "hỏi", f"{record}/") for record in records)
    return answer(AnswerStatus.CLARIFY_PROCEDURE, choices=buttons)


def row(expected: tuple[str, ...] = ("nuoi-ong",), **more: Any) -> Row:
    kind = more.pop("kind", "plain")
    sort = more.pop("sort", Sort.ANSWER if expected else Sort.ABSTAIN)
    return Row("q", kind, "hỏi", COMMUNE, sort, expected, **more)


def judged(one: Row, given: Answer, *ranking: tuple[str, float]) -> Judged:
    return judge(one, Traced(given, UNDERSTOOD, ranking, {"understand": 0.001}), RECORDS)


NOT_FOUND = answer(AnswerStatus.ABSTAINED_LOW_CONFIDENCE)
OUT_OF_SCOPE = answer(AnswerStatus.OUT_OF_SCOPE)
THE_OFFICE = answer(office=OFFICE, facet=Facet.WHERE, citations=(citation(COMMUNE, "Địa chỉ"),))
UNSAID = about("nuoi-ong", status=AnswerStatus.ABSTAINED_UNSUPPORTED, citations=())
EMERGENCY = answer(AnswerStatus.EMERGENCY)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        pytest.param(about("nuoi-ong"), Outcome.RIGHT, id="the record"),
        pytest.param(about("gia-ve-dieu"), Outcome.RIGHT, id="its twin"),
        pytest.param(
            about("nuoi-ong", status=AnswerStatus.CLARIFY_CASE), Outcome.RIGHT, id="which case"
        ),
        pytest.param(about("dang-kiem-ghe"), Outcome.WRONG, id="another record"),
        pytest.param(THE_OFFICE, Outcome.WRONG, id="the office"),
        pytest.param(EMERGENCY, Outcome.WRONG, id="an emergency"),
        pytest.param(UNSAID, Outcome.NOT_SAID, id="the record, but nothing of it"),
        pytest.param(
            asking_back("dang-kiem-ghe", "nuoi-ong"), Outcome.ONE_TAP, id="a button for it"
        ),
        pytest.param(asking_back("dang-kiem-ghe"), Outcome.ASKED_BACK, id="other buttons"),
        pytest.param(asking_back(), Outcome.ASKED_BACK, id="no buttons"),
        pytest.param(NOT_FOUND, Outcome.REFUSED, id="not found"),
        pytest.param(OUT_OF_SCOPE, Outcome.REFUSED, id="out of scope"),
        pytest.param(answer(AnswerStatus.ERROR_MODEL), Outcome.REFUSED, id="a fault"),
    ],
)
def test_what_comes_of_a_question_that_a_record_answers(given: Answer, outcome: Outcome) -> None:
    assert judged(row(("nuoi-ong", "gia-ve-dieu")), given).outcome is outcome


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        pytest.param(NOT_FOUND, Outcome.RIGHT, id="not found"),
        pytest.param(OUT_OF_SCOPE, Outcome.RIGHT, id="out of scope"),
        pytest.param(answer(AnswerStatus.SMALL_TALK), Outcome.RIGHT, id="small talk"),
        pytest.param(asking_back("nuoi-ong"), Outcome.ASKED_BACK, id="asked back"),
        pytest.param(about("nuoi-ong"), Outcome.WRONG, id="a record"),
        pytest.param(UNSAID, Outcome.WRONG, id="a record's card"),
        pytest.param(THE_OFFICE, Outcome.WRONG, id="the office"),
        pytest.param(EMERGENCY, Outcome.WRONG, id="an emergency"),
    ],
)
def test_what_comes_of_a_question_that_no_record_answers(given: Answer, outcome: Outcome) -> None:
    assert judged(row(()), given).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "given", "right"),
    [
        ("emergency", EMERGENCY, True),
        ("emergency", NOT_FOUND, False),
        ("scam", answer(AnswerStatus.SCAM_WARNING), True),
        ("scam", EMERGENCY, False),
        ("abuse", answer(AnswerStatus.SMALL_TALK), True),
        ("abuse", NOT_FOUND, False),
        ("office", THE_OFFICE, True),
        ("office", about("nuoi-ong", office=OFFICE), False),
        ("office", OUT_OF_SCOPE, False),
    ],
)
def test_kinds_with_a_reply_of_their_own_are_right_by_status(
    kind: str, given: Answer, right: bool
) -> None:
    found = judged(row((), kind=kind, sort=Sort.STATUS), given)

    assert found.outcome is (Outcome.RIGHT if right else Outcome.WRONG)


def test_the_rank_is_that_of_the_first_record_expected() -> None:
    ranking = (("dang-kiem-ghe", 0.6), ("gia-ve-dieu", 0.3), ("nuoi-ong", 0.1))

    found = judged(row(("nuoi-ong", "gia-ve-dieu")), NOT_FOUND, *ranking)
    nowhere = judged(row(("nuoi-ong",)), NOT_FOUND, *ranking[:2])

    assert (found.rank, found.hit, found.probability) == (2, False, 0.6)
    assert (nowhere.rank, nowhere.hit) == (None, False)
    assert judged(row(), NOT_FOUND).probability is None


def test_facts_are_looked_for_in_the_text_and_on_the_card() -> None:
    given = about("nuoi-ong", text="Lệ phí: 31.000 đồng. [1]")

    found = judged(row(facts=("31 000", "6 ngày", "ONG01", "99.000")), given)

    assert found.facts_in_text == ("31 000",)
    assert found.facts_shown == ("31 000", "6 ngày", "ONG01")


def test_another_record_shows_none_of_the_facts_even_with_the_same_words() -> None:
    found = judged(row(facts=("6 ngày",)), about("dang-kiem-ghe"))

    assert found.facts_shown == ()


def test_any_fair_reading_of_the_facet_is_right() -> None:
    one = row(facets=(Facet.DOSSIER, Facet.FEE))

    assert judged(one, about("nuoi-ong", Facet.FEE)).facet_right
    assert not judged(one, about("nuoi-ong", Facet.WHERE)).facet_right
    assert judged(one, THE_OFFICE).facet is None


def test_both_facets_of_one_record_must_be_cited() -> None:
    one = row(facets=(Facet.FEE, Facet.TIME_LIMIT), both=True)
    fee, time = (
        citation("nuoi-ong", FACET_HEADINGS[facet], number)
        for number, facet in enumerate(one.facets, start=1)
    )

    assert judged(one, about("nuoi-ong", citations=(fee, time))).both_right
    assert not judged(one, about("nuoi-ong", citations=(fee,))).both_right


def test_a_guide_s_section_shows_its_facet() -> None:
    one = row(("gia-ve-dieu",), facets=(Facet.FEE, Facet.STEPS), both=True)
    cited = (citation("gia-ve-dieu", "Giá vé một người"), citation("gia-ve-dieu", "Giờ thả diều"))

    found = judged(one, about("gia-ve-dieu", citations=cited))

    assert found.facets_shown == (Facet.FEE, Facet.STEPS)
    assert found.both_right


def test_both_records_must_be_shown() -> None:
    one = row(("nuoi-ong", "dang-kiem-ghe"), both=True)
    first = about("nuoi-ong")
    second = citation("dang-kiem-ghe", FACET_HEADINGS[Facet.FEE], 2)

    found = judged(one, replace(first, citations=(*first.citations, second)))

    assert found.shown == ("nuoi-ong", "dang-kiem-ghe")
    assert found.both_right
    assert not judged(one, first).both_right
    assert judged(one, first).outcome is Outcome.RIGHT
    also = replace(first, also=about("dang-kiem-ghe").procedure)
    assert judged(one, also).both_right


@dataclass
class Recorded:
    """A pipeline that answers nothing and remembers what it was asked."""

    asked: list[Question] = field(default_factory=list)

    def traced(self, question: Question) -> Traced:
        self.asked.append(question)
        return Traced(NOT_FOUND, UNDERSTOOD, (), {})


def test_each_question_has_a_conversation_of_its_own_with_its_history_first() -> None:
    pipeline, told = Recorded(), list[tuple[int, int]]()
    records: Mapping[str, Any] = {COMMUNE: RECORDS}

    ask_all(
        pipeline,
        records,
        [row(history=("một", "hai")), row()],
        lambda done, total: told.append((done, total)),
    )

    assert [question.text for question in pipeline.asked] == ["một", "hai", "hỏi", "hỏi"]
    ids = [question.conversation_id for question in pipeline.asked]
    assert ids[0] == ids[1] == ids[2] != ids[3]
    assert {question.commune for question in pipeline.asked} == {COMMUNE}
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("text", "fact", "there"),
    [
        pytest.param("Lệ phí: 20.000 đồng.", "20.000", True, id="as written"),
        pytest.param("Lệ phí: 20.000 đồng.", "20 000 ĐỒNG", True, id="spaces, capitals"),
        pytest.param("Lệ phí: 20,000 đồng.", "20000", True, id="comma"),
        pytest.param("Lệ phí: 120.000 đồng.", "20.000", False, id="within a larger number"),
        pytest.param("Lệ phí: 20.000.000 đồng.", "20.000", False, id="before thousands"),
        pytest.param("Trong 13 ngày làm việc.", "3 ngày làm việc", False, id="13 is not 3"),
        pytest.param("Trong 3 ngày làm việc.", "3 ngày làm việc", True, id="3 is 3"),
        pytest.param("Đóng 4,5% lương.", "4,5%", True, id="a share"),
        pytest.param("Đóng 14,5% lương.", "4,5%", False, id="another share"),
        pytest.param("Tờ khai (mẫu CT01).", "CT01", True, id="a form"),
        pytest.param("Tờ khai mẫu CT-01", "ct01", True, id="a form with a dash"),
        pytest.param("Tờ khai CT010", "CT01", False, id="another form"),
        pytest.param("từ ngày 1/7/2025", "01/07/2025", True, id="a date"),
        pytest.param("từ đủ 75 tuổi", "75 tuổi", True, id="an age"),
        pytest.param("từ đủ 75\ntuổi", "75  tuổi", True, id="a line break"),
        pytest.param("Đóng 4,5% lương.", "4", False, id="before a decimal comma"),
        pytest.param("Điều 1.5 đồng", "5 đồng", False, id="after a decimal point"),
    ],
)
def test_a_text_holds_a_fact_whatever_its_spelling(text: str, fact: str, there: bool) -> None:
    assert holds(text, fact) is there
