from __future__ import annotations

import unicodedata

import pytest

from knowledge_base.syllables import fold, is_marked, marked_share, pairs, syllables, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường", "duong"),
        ("ĐĂNG KÝ", "dang ky"),
        ("Hòa Tiến", "hoa tien"),
        ("Hoà Tiến", "hoa tien"),
        ("sổ đỏ", "so do"),
        ("CT01", "ct01"),
        ("", ""),
    ],
)
def test_folding_takes_marks_and_capitals_away(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_same_word_in_two_unicode_forms_is_one_word() -> None:
    word = "chứng thực"
    apart = unicodedata.normalize("NFD", word)

    assert apart != word
    assert syllables(apart) == syllables(word)
    assert tokens(apart) == tokens(word)
    assert fold(apart) == fold(word)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        pytest.param("Lệ phí 20.000 đồng?", ["lệ", "phí", "20.000", "đồng"], id="a price"),
        pytest.param("mẫu CT-01/2026", ["mẫu", "ct-01/2026"], id="a form's number"),
        pytest.param("68/2020/QH14.", ["68/2020/qh14"], id="a law's number"),
        pytest.param("cha, mẹ;con", ["cha", "mẹ", "con"], id="marks between words"),
        pytest.param("a_b", ["a", "b"], id="an underscore is no letter"),
        pytest.param("🙏 ?!", [], id="nothing to read"),
    ],
)
def test_a_text_is_cut_into_syllables_and_whole_numbers(text: str, cut: list[str]) -> None:
    assert syllables(text) == cut


def test_most_plain_vietnamese_carries_marks_and_typing_without_them_shows() -> None:
    marked = "Đăng ký tạm trú cần những giấy tờ gì"

    assert marked_share(marked) > 0.6
    assert marked_share(fold(marked)) == 0
    assert marked_share("2026") == 0
    assert is_marked("đi") and not is_marked("DI")


def test_pairs_join_neighbours() -> None:
    assert pairs(["khai", "sinh", "muộn"]) == ["khai_sinh", "sinh_muộn"]
    assert pairs(["khai"]) == []


def test_a_marked_text_is_found_by_its_marks_and_without_them() -> None:
    assert tokens("Khai tử") == ["khai", "tu", "khai_tu", "=tử", "=khai_tử"]
    assert tokens("khai tu", marked=False) == ["khai", "tu", "khai_tu"]


def test_words_of_two_sentences_make_no_pair() -> None:
    assert "tru_can" not in tokens("Tạm trú. Cần gì?")
    assert "tru_can" in tokens("Tạm trú cần gì?")
