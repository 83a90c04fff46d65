from __future__ import annotations

from datetime import date

import pytest

from knowledge_base.procedure import DossierItem, Fee, TimeLimit
from knowledge_base.record import Facet
from knowledge_base.section import (
    Section,
    dossier_words,
    fee_words,
    sections_of,
    sentence,
    time_words,
)
from tests.knowledge_base.records import TODAY, Data, a_guide, a_procedure, procedure


def section(facet: Facet, day: date = TODAY, **changes: object) -> Section:
    found = {part.facet: part for part in sections_of(a_procedure(**changes), day)}
    return found[facet]


def texts(part: Section, case: str | None = None) -> list[str]:
    return [line.text for line in part.for_case(case)]


@pytest.mark.parametrize(
    ("fee", "words"),
    [
        pytest.param({"amount": 15000}, "15.000 đồng.", id="an amount"),
        pytest.param({"amount": 1500000, "per": "thửa"}, "1.500.000 đồng/thửa.", id="a unit"),
        pytest.param({"amount": 0}, "Không mất tiền.", id="zero is free"),
        pytest.param(
            {"amount": 0, "channel": "online"},
            "Nộp qua mạng: không mất tiền.",
            id="free on one channel",
        ),
        pytest.param(
            {"amount": 7000, "channel": "online", "label": "Cá nhân", "per": "lần"},
            "Nộp qua mạng (cá nhân): 7.000 đồng/lần.",
            id="channel and label",
        ),
        pytest.param(
            {"amount": None, "note": "Hỏi Bộ phận một cửa"},
            "Hỏi Bộ phận một cửa.",
            id="no amount, only how to learn it",
        ),
        pytest.param(
            {"amount": None, "label": "Phí đo đạc", "note": "Tính theo diện tích"},
            "Phí đo đạc: tính theo diện tích.",
            id="no amount, with label",
        ),
        pytest.param(
            {"amount": None, "exemption": "Trẻ em"},
            "Miễn cho: trẻ em.",
            id="no amount, only who pays nothing",
        ),
        pytest.param(
            {"amount": 15000, "exemption": "Hộ nghèo", "note": "Nộp tại quầy"},
            "15.000 đồng. Miễn cho: hộ nghèo. Nộp tại quầy.",
            id="exemption and note",
        ),
        pytest.param(
            {"amount": 25000, "effective_from": "2025-07-01", "effective_to": "2026-12-31"},
            "25.000 đồng (từ 1/7/2025 đến hết 31/12/2026).",
            id="a dated amount says until when",
        ),
    ],
)
def test_a_fee_is_one_line_that_residents_read(fee: Data, words: str) -> None:
    assert fee_words(Fee.model_validate({"source": "phi", **fee})) == words


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        pytest.param({"amount": 3, "unit": "working_day"}, "3 ngày làm việc.", id="working days"),
        pytest.param({"amount": 1, "unit": "month"}, "1 tháng.", id="a month"),
        pytest.param({"unit": "at_once"}, "Giải quyết ngay.", id="at once"),
        pytest.param(
            {"amount": 5, "unit": "day", "channel": "post", "label": "Cấp lại", "note": "Tối đa"},
            "Gửi qua bưu điện (cấp lại): 5 ngày. Tối đa.",
            id="channel, label and note",
        ),
    ],
)
def test_a_time_limit_is_one_line_that_residents_read(limit: Data, words: str) -> None:
    assert time_words(TimeLimit.model_validate({"source": "luat", **limit})) == words


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        pytest.param(
            {"item": "Tờ khai", "form": "CT01", "originals": 1},
            "Tờ khai (mẫu CT01): 1 bản chính.",
            id="form and original",
        ),
        pytest.param(
            {"item": "Tờ khai CT01", "form": "CT01", "originals": 1, "copies": 2},
            "Tờ khai CT01: 1 bản chính, 2 bản sao.",
            id="the form is not said twice",
        ),
        pytest.param({"item": "Hợp đồng thuê"}, "Hợp đồng thuê.", id="unknown counts are not said"),
        pytest.param(
            {"item": "Bản sao căn cước", "originals": 0, "copies": 1},
            "Bản sao căn cước: 1 bản sao.",
            id="zero originals are not said",
        ),
        pytest.param(
            {"item": "Thông tin cư trú", "provided_by": "office", "note": "Không phải nộp"},
            "Thông tin cư trú (cơ quan tự tra cứu). Không phải nộp.",
            id="what the office looks up itself",
        ),
    ],
)
def test_a_paper_is_one_line_that_residents_read(paper: Data, words: str) -> None:
    assert dossier_words(DossierItem.model_validate({"source": "luat", **paper})) == words


def test_a_sentence_keeps_its_own_end() -> None:
    assert [sentence("hỏi ở đâu?"), sentence("gồm:"), sentence("đủ rồi")] == [
        "Hỏi ở đâu?",
        "Gồm:",
        "Đủ rồi.",
    ]


def test_sections_without_anything_to_say_are_left_out() -> None:
    found = [part.facet for part in sections_of(a_procedure(fees=None, questions=_four()), TODAY)]

    assert found == [
        Facet.SUMMARY,
        Facet.DOSSIER,
        Facet.WHERE,
        Facet.TIME_LIMIT,
        Facet.LEGAL_BASIS,
    ]


def _four() -> list[Data]:
    """Questions that ask for no fee."""
    asked: list[Data] = procedure()["questions"]
    return [question | {"section": "summary", "case": None} for question in asked]


def test_a_dated_fee_stands_from_its_first_day_to_its_last() -> None:
    old = {"amount": 25000, "effective_to": "2026-12-31", "source": "phi"}
    new = {"amount": 50000, "effective_from": "2027-01-01", "source": "phi"}

    last = section(Facet.FEE, date(2026, 12, 31), fees=[old, new])
    first = section(Facet.FEE, date(2027, 1, 1), fees=[old, new])

    assert texts(last) == ["25.000 đồng (đến hết 31/12/2026)."]
    assert texts(first) == ["50.000 đồng."]


def test_a_fact_that_ended_leaves_no_section_behind() -> None:
    ended = {"amount": 25000, "effective_to": "2026-11-20", "source": "phi"}

    found = {part.facet for part in sections_of(a_procedure(fees=[ended]), TODAY)}

    assert Facet.FEE not in found


def test_a_case_adds_its_papers_to_the_common_ones() -> None:
    dossier = section(Facet.DOSSIER)

    assert texts(dossier) == ["Tờ khai (mẫu CT01): 1 bản chính."]
    assert texts(dossier, "nha-thue") == [
        "Tờ khai (mẫu CT01): 1 bản chính.",
        "Hợp đồng thuê nhà: 1 bản sao.",
    ]
    assert texts(dossier, "nha-minh") == ["Tờ khai (mẫu CT01): 1 bản chính."]


def with_own(**own: object) -> list[Data]:
    rented, owned = procedure()["cases"]
    return [rented | own, owned]


def test_a_cases_own_price_takes_the_place_of_the_usual_one_and_exemptions_stay() -> None:
    usual = {"amount": 15000, "source": "phi"}
    free = {"amount": 0, "label": "Hộ nghèo", "source": "phi"}
    own = {"amount": 8000, "source": "phi"}

    fees = section(Facet.FEE, fees=[usual, free], cases=with_own(fees=[own]))

    assert texts(fees, "nha-thue") == ["8.000 đồng.", "Hộ nghèo: không mất tiền."]
    assert texts(fees, "nha-minh") == ["15.000 đồng.", "Hộ nghèo: không mất tiền."]
    assert texts(fees) == ["15.000 đồng.", "Hộ nghèo: không mất tiền."]


def test_a_cases_own_time_limit_takes_the_place_of_the_usual_one() -> None:
    own = {"amount": 7, "unit": "day", "source": "luat"}

    limits = section(Facet.TIME_LIMIT, cases=with_own(time_limits=[own]))

    assert texts(limits, "nha-thue") == ["7 ngày."]
    assert texts(limits, "nha-minh") == ["3 ngày làm việc."]


def test_when_a_cases_own_price_has_ended_the_usual_one_holds_again() -> None:
    own = {"amount": 8000, "effective_to": "2026-11-20", "source": "phi"}

    fees = section(Facet.FEE, cases=with_own(fees=[own]))

    assert texts(fees, "nha-thue") == [
        "Nộp trực tiếp: 15.000 đồng/lần.",
        "Nộp qua mạng: 7.000 đồng/lần.",
    ]


def test_a_case_that_has_ended_says_nothing() -> None:
    dossier = section(Facet.DOSSIER, cases=with_own(effective_to="2026-11-20"))

    assert {line.case for line in dossier.lines} == {None}


def test_every_line_knows_its_sources() -> None:
    fees = section(Facet.FEE, fees=[{"amount": 0, "source": ["luat", "phi"]}])

    assert fees.lines[0].sources == ("luat", "phi")


def test_a_guides_section_holds_its_answer_its_entries_and_its_body_line_by_line() -> None:
    rates, where = sections_of(a_guide(), TODAY)

    assert (rates.id, rates.facet, where.id) == ("muc-dong", Facet.FEE, "dong-o-dau")
    assert texts(rates) == [
        "Người thứ nhất đóng 4,5% lương cơ sở.",
        "Người thứ hai đóng bằng 70%.",
        "Cách tính",
        "Người thứ ba đóng bằng 60%.",
    ]
