"""Slips are put right where there is little doubt; what is spelt right, or foreign, stays."""

from __future__ import annotations

import pytest

from app.answering.clean import clean
from app.answering.lexicon import Lexicon
from app.answering.misspelt import Misspellings, other_marks
from app.answering.restore import Restorer
from app.answering.understand import QuestionKind, understand
from knowledge_base.catalogue import read_content
from knowledge_base.syllables import fold, marked_share

RESTORER, LEXICON = Restorer.packaged(), Lexicon.packaged()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        pytest.param("làm giấy mấy ngày thì xogn", "làm giấy mấy ngày thì xong", id="swapped"),
        pytest.param("phải gửi đơnn tới đâu", "phải gửi đơn tới đâu", id="doubled"),
        pytest.param("mua bảo hiểm hằg tháng", "mua bảo hiểm hằng tháng", id="left out"),
        pytest.param("đem giấy ra công ab xã", "đem giấy ra công an xã", id="a key beside"),
        pytest.param("không mất học fí", "không mất học phí", id="as chats write it"),
        pytest.param("xin giâys xác nhận", "xin giấy xác nhận", id="the tone's key left"),
        pytest.param("con toi bi benhj nang", "con toi bi benh nang", id="without marks"),
        pytest.param("cần giấytờ gì", "cần giấy tờ gì", id="no blank"),
        pytest.param("lam giay khaisinh o dau", "lam giay khai sinh o dau", id="no blank or marks"),
    ],
)
def test_a_slip_is_mended_by_what_stands_around_it(typed: str, meant: str) -> None:
    assert RESTORER.mended(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "xin visa đi Úc ở đâu",
        "nộp qua VNeID hay Zalo cũng được",
        "thẻ bhyt với cccd của con",
        "mang giấy xét nghiệm adn theo không",
        "lam can cuoc cho con het may tien",
        "how do I get a birth certificate",
        "Huyện Đắk Lắk",
        "",
    ],
)
def test_what_may_be_right_stays(typed: str) -> None:
    assert RESTORER.mended(typed) == typed


@pytest.mark.thorough
def test_of_the_records_questions_hardly_any_changes() -> None:
    asked = [one.text for record in read_content().records.values() for one in record.questions]
    words = [LEXICON.rewrite(text, marked=marked_share(text) >= 0.2)[0] for text in asked]

    changed = [text for text in words if RESTORER.mended(text) != text]

    assert len(asked) > 2000
    assert len(changed) < len(asked) / 500


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tữ chối nhận thừa kế", "từ chối nhận thừa kế"),
        ("giấy khai sinh cho chaú", "giấy khai sinh cho cháu"),
        ("sổ đõ ghi sai tên", "sổ đỏ ghi sai tên"),
        ("đổi bằng laí", "đổi bằng lái"),
    ],
)
def test_wrong_marks_are_put_right_for_searching(typed: str, meant: str) -> None:
    assert RESTORER.toned(typed) == meant


@pytest.mark.parametrize(
    "typed", ["xin giấy độc thân ở mô rứa", "toi muon lam giay", "giá bò hơi", "vườn bưởi nhà tôi"]
)
def test_marks_that_may_be_meant_stay(typed: str) -> None:
    assert RESTORER.toned(typed) == typed


def test_a_misspelt_question_is_read_and_searched_as_it_was_meant() -> None:
    understood = understand(clean("xin cấp lại giấyy kết hônn, tữ chối dc k"), LEXICON)

    assert understood.words == "xin cấp lại giấy kết hôn, tữ chối được không"
    assert understood.searched == "xin cấp lại giấy kết hôn, từ chối được không"
    assert understood.kind is QuestionKind.PROCEDURE


def test_a_short_form_beside_a_slip_is_read_after_it() -> None:
    understood = understand(clean("con cs fải đóng thuế ko"), LEXICON)

    assert understood.words == "con có phải đóng thuế không"


def test_candidates_are_one_slip_away_and_the_likeliest_slip_comes_first() -> None:
    slips = Misspellings(["giấy", "giày", "gây", "xong", "công"])

    found = slips.candidates("giấyy")

    assert found[0][0] == "giấy"
    assert [cost for _, cost in found] == sorted(cost for _, cost in found)
    assert all(abs(len(fold(word)) - len("giayy")) <= 1 for word, _ in found)
    assert not slips.candidates("nghiêng")


@pytest.mark.parametrize("word", ["xogn", "bằg", "sjnh", "đươjc"])
def test_a_word_spelt_like_no_syllable_is_misspelt(word: str) -> None:
    assert Misspellings(["xong", "bhyt"]).is_misspelt(word)


@pytest.mark.parametrize("word", ["xong", "nghe", "het", "bhyt", "online", "20", "ct01"])
def test_a_syllable_a_loan_or_a_short_form_is_not(word: str) -> None:
    assert not Misspellings(["xong", "bhyt"]).is_misspelt(word)


def test_each_mark_that_differs_costs_and_none_at_all_costs_little() -> None:
    assert other_marks("giấy", "giấy") == 0
    assert other_marks("giay", "giay") == 0
    assert 0 < other_marks("giay", "giấy") < other_marks("giậy", "giấy")
    assert other_marks("giậy", "giấy") < other_marks("giạy", "giấy")
