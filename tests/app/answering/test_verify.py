"""The number gate: no figure is shown that does not stand in a cited passage."""

from __future__ import annotations

import pytest

from app.answering.verify import figures, verify

FEE = "Nộp qua mạng: 7.000 đồng/lần. Nộp trực tiếp: 15.000 đồng/lần."
TIME = "3 ngày làm việc. Niêm yết từ 15 đến 20 ngày."
LAW = "Nghị định 154/2024/NĐ-CP, Điều 8; Thông tư 53/2025/TT-BCA; hiệu lực từ 01/07/2025. Mẫu CT01."
SHARE = "Được hưởng 80% chi phí, tức 540.000 đồng/tháng; gọi 0236 3846 176 hoặc 1022."
LINK = "Nộp trên https://dichvucong.gov.vn hoặc www.vneid.gov.vn/huong-dan."
PASSAGES = {1: FEE, 2: TIME, 3: LAW, 4: SHARE, 5: LINK}


@pytest.mark.parametrize(
    "sentence",
    [
        "Nộp qua mạng mất 7.000 đồng [1].",
        "Lệ phí là 7000 đồng [1].",
        "Lệ phí là 7,000 đồng mỗi lần [1].",
        "Lệ phí là bảy nghìn đồng [1].",
        "Lệ phí là 7 nghìn đồng [1].",
        "Lệ phí là mười lăm ngàn đồng [1].",
        "Trong 3 ngày làm việc [2].",
        "Sau ba ngày làm việc là có [2].",
        "Niêm yết 15 ngày [2].",
        "Niêm yết 15–20 ngày [2].",
        "Niêm yết hai mươi ngày [2].",
        "Theo Nghị định 154/2024/NĐ-CP, Điều 8 [3].",
        "Áp dụng từ 1/7/2025 [3].",
        "Áp dụng từ ngày 1 tháng 7 năm 2025 [3].",
        "Điền mẫu CT01 [3].",
        "Được 80% [4].",
        "Được tám mươi phần trăm [4].",
        "Mỗi tháng 540 nghìn đồng [4].",
        "Gọi 02363846176 hoặc 1022 [4].",
        "Gọi (0236) 3846 176 [4].",
        "Nộp ở dichvucong.gov.vn [5].",
        "Xem vneid.gov.vn/huong-dan [5].",
        "Nộp 7.000 đồng, chờ 3 ngày làm việc [1][2].",
        "Ra Công an xã nơi ở mới [2].",
    ],
)
def test_a_sentence_whose_figures_stand_in_its_passage_passes(sentence: str) -> None:
    verified = verify(sentence, PASSAGES)

    assert verified.text == sentence
    assert verified.direct_passed
    assert not verified.dropped


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("Lệ phí là 70.000 đồng [1].", id="another amount"),
        pytest.param("Lệ phí là 7.000 đồng [2].", id="an amount of another passage"),
        pytest.param("Lệ phí là bảy mươi nghìn đồng [1].", id="spelled amount"),
        pytest.param("Được hỗ trợ hai triệu [1].", id="spelled amount without đồng"),
        pytest.param("Lệ phí là 7 triệu đồng [1].", id="another scale"),
        pytest.param("Lệ phí là 1,5 triệu đồng [1].", id="a decimal"),
        pytest.param("Trong 3 ngày [2].", id="calendar days for working days"),
        pytest.param("Trong 3 tháng [2].", id="months for days"),
        pytest.param("Trong ba tuần [2].", id="spelled weeks for days"),
        pytest.param("Trong 7 tháng [1].", id="a count made from an amount"),
        pytest.param("Niêm yết 15–25 ngày [2].", id="end of a range"),
        pytest.param("Theo Nghị định 154/2024/TT-BCA [3].", id="another kind of law"),
        pytest.param("Theo Nghị định 155/2024/NĐ-CP [3].", id="another law"),
        pytest.param("Theo Điều 9 [3].", id="another article"),
        pytest.param("Áp dụng từ 2/7/2025 [3].", id="another day"),
        pytest.param("Áp dụng từ 1/7/2026 [3].", id="another year"),
        pytest.param("Áp dụng từ ngày 1 tháng 8 năm 2025 [3].", id="another month in words"),
        pytest.param("Điền mẫu CT02 [3].", id="another form"),
        pytest.param("Được 85% [4].", id="another share"),
        pytest.param("Được 80 ngày [4].", id="a share as days"),
        pytest.param("Gọi 0236 3846 177 [4].", id="another telephone"),
        pytest.param("Gọi 0905 123 456 [4].", id="an unknown telephone"),
        pytest.param("Gọi 1900 1009 [4].", id="an unknown hotline"),
        pytest.param("Xem https://dichvucong.gov.vn.lua-dao.com [5].", id="another link"),
        pytest.param("Xem nop-tien.xyz/vn [5].", id="a bare address"),
        pytest.param("Gửi về hoso@nop-tien.vn [5].", id="an unknown mailbox"),
        pytest.param("Lệ phí là 7.000 đồng [9].", id="a mark that names no passage"),
        pytest.param("Lệ phí là 7.000 đồng [1][9].", id="one of two marks names no passage"),
        pytest.param("Ra Công an xã [0].", id="marks count from one"),
        pytest.param("Lệ phí là 7.000 đồng.", id="a figure without a mark"),
    ],
)
def test_a_sentence_with_a_figure_that_its_passage_lacks_is_dropped(sentence: str) -> None:
    verified = verify(sentence, PASSAGES)

    assert verified.text == ""
    assert verified.dropped == (sentence,)
    assert not verified.direct_passed


def test_only_the_sentences_that_fail_are_dropped() -> None:
    draft = (
        "Nộp ở Công an xã. [1] Mất 9.000 đồng. [1] Nộp qua mạng mất 7.000 đồng. [1]\nChờ 3 năm. [2]"
    )

    verified = verify(draft, PASSAGES)

    assert verified.text == "Nộp ở Công an xã. [1] Nộp qua mạng mất 7.000 đồng. [1]"
    assert verified.dropped == ("Mất 9.000 đồng. [1]", "Chờ 3 năm. [2]")
    assert verified.direct_passed


def test_without_its_direct_sentence_a_draft_answers_nothing() -> None:
    verified = verify("Mất 9.000 đồng. [1] Nộp qua mạng mất 7.000 đồng. [1]", PASSAGES)

    assert verified.text == "Nộp qua mạng mất 7.000 đồng. [1]"
    assert not verified.direct_passed


def test_an_empty_draft_answers_nothing() -> None:
    assert not verify("", PASSAGES).direct_passed


def test_a_sentence_without_a_mark_rests_on_the_next_mark_of_its_line() -> None:
    draft = "Nộp qua mạng mất 7.000 đồng. Nộp trực tiếp mất 15.000 đồng. [1]\nChờ 3 ngày làm việc."

    verified = verify(draft, PASSAGES)

    assert verified.text == "Nộp qua mạng mất 7.000 đồng. Nộp trực tiếp mất 15.000 đồng. [1]"
    assert verified.dropped == ("Chờ 3 ngày làm việc.",)


def test_a_sentence_without_figures_needs_no_mark() -> None:
    verified = verify("Lệ phí:\nNộp qua mạng mất 7.000 đồng. [1]", PASSAGES)

    assert verified.text == "Lệ phí:\nNộp qua mạng mất 7.000 đồng. [1]"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20.000 đồng", "hai mươi nghìn đồng"),
        ("2.500.000.000 đồng", "2 tỷ 500 triệu đồng"),
        ("2.500.000 đồng", "hai triệu rưỡi đồng"),
        ("1.500.000 đồng", "1,5 triệu đồng"),
        ("1.500.000.000 đồng", "1.500 triệu đồng"),
        ("115 ngày", "một trăm mười lăm ngày"),
        ("24 giờ", "hai mươi bốn giờ"),
        ("21 tuổi", "hai mươi một tuổi"),
        ("01/07/2025", "1/7/2025"),
        ("5.310.000đ", "5.310.000 VNĐ"),
        ("0236.3846.176", "(0236) 3846 176"),
    ],
)
def test_the_same_figure_is_known_in_another_spelling(one: str, other: str) -> None:
    assert figures(one) == figures(other)


@pytest.mark.parametrize(
    "text", ["ba mẹ con tôi", "năm nay", "một cửa", "không mất tiền", "không tháng nào"]
)
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert figures(text) == frozenset()


def test_the_number_of_a_mark_is_no_figure() -> None:
    assert figures("Ra Công an xã [12].") == frozenset()
