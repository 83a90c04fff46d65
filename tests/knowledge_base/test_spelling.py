"""Which syllables exist, and how the records write those that can be written two ways."""

from __future__ import annotations

import pytest

from knowledge_base.catalogue import read_content
from knowledge_base.spelling import apart, is_syllable, ordinary, tone_placed
from knowledge_base.syllables import is_marked, syllables

KNOWN = """
    được nghĩa giếng gì gìn quyết quốc quý quỳnh khuỷu thuở yến ý ủy xoáy khuya uống ngoằn ghế kỹ
    moóc Đường
"""
UNKNOWN = """
    đươc thuơng hoc tậpp ngế cí quuy bhyt đkt ddi tamj the\u0301\u0323 mốk online fá
"""


@pytest.mark.parametrize("word", KNOWN.split())
def test_syllables_are_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", UNKNOWN.split())
def test_what_cannot_be_written_is_no_syllable(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.thorough
def test_nearly_every_marked_word_of_our_questions_is_a_syllable() -> None:
    records = read_content().records.values()
    words = {
        word
        for record in records
        for asked in record.questions
        for word in syllables(asked.text)
        if word.isalpha() and is_marked(word)
    }

    wrong = {word for word in words if not is_syllable(word)}

    assert len(words) > 500
    assert len(wrong) / len(words) < 0.02


@pytest.mark.parametrize(
    ("written", "placed"),
    [
        ("hoà thuỷ khoẻ Uỷ XOÁ", "hòa thủy khỏe Ủy XÓA"),
        ("hoàn quý quỳ thủy toán", "hoàn quý quỳ thủy toán"),
    ],
)
def test_tone_marks_stand_where_the_records_place_them(written: str, placed: str) -> None:
    assert tone_placed(written) == placed


def test_i_and_y_are_written_as_in_the_records() -> None:
    assert (
        ordinary("đăng kí, Lí lịch, QUÍ vị, kĩ, bác sỹ") == "đăng ký, Lý lịch, QUÝ vị, kỹ, bác sĩ"
    )
    assert ordinary("kín lít kiến quít sĩ") == "kín lít kiến quít sĩ"


def test_a_syllable_comes_apart_into_letters_and_tone() -> None:
    assert apart("Được") == ("đươc", "\u0323")
    assert apart("em") == ("em", "")
