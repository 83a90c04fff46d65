"""Marks come back where there is little doubt, and marked text is never harmed."""

from __future__ import annotations

import time
import unicodedata
from functools import cache

import pytest

from app.answering.restore import Restorer
from knowledge_base.catalogue import read_content
from knowledge_base.spelling import is_syllable, ordinary
from knowledge_base.syllables import fold, nfc

RESTORER = Restorer.packaged()


@cache
def questions() -> tuple[str, ...]:
    """The residents' questions of all records."""
    records = read_content().records.values()
    return tuple(sorted({nfc(asked.text) for record in records for asked in record.questions}))


def stripped(text: str) -> str:
    """Without marks, in the same case."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@pytest.mark.parametrize(
    "meant",
    [
        "đăng ký tạm trú ở đâu",
        "làm thẻ căn cước cho con bao nhiêu tiền",
        "xin giấy độc thân ở đâu",
        "bán xe máy cho người khác ra xã ký hợp đồng đem giấy tờ gì",
        "Người cao tuổi được trợ cấp bao nhiêu?",
        "ĐẤT VƯỜN CHUYỂN SANG ĐẤT Ở",
        "tờ khai CT01 nộp ở đâu",
    ],
)
def test_marks_come_back(meant: str) -> None:
    assert RESTORER.restore(stripped(meant)).text == meant


def test_a_question_marked_in_part_is_completed() -> None:
    restored = RESTORER.restore("lam the can cuoc cho con bao nhieu tiền")

    assert restored.text == "làm thẻ căn cước cho con bao nhiêu tiền"
    assert restored.restored == 5


@pytest.mark.parametrize(
    "text",
    [
        "Tôi muốn đăng ký tạm trú cho con",
        "cho con em",
        "con đi thi",
        "nghèo quá làm răng cho giàu hả bot",
        "bot file word",
        "CCCD, BHYT, VNeID, 20.000 đ",
        "How many days does it take to get a copy of my birth certificate?",
        "I lost my land use certificate. Can the commune help me?",
        "",
        "?!",
        "123 456",
    ],
)
def test_marked_foreign_and_empty_texts_stay(text: str) -> None:
    assert RESTORER.restore(text).text == text


@pytest.mark.thorough
def test_marked_questions_of_our_records_stay() -> None:
    changed = [text for text in questions()[::4] if RESTORER.restore(text).text != text]

    assert changed == []


@pytest.mark.thorough
def test_most_syllables_of_our_questions_come_back() -> None:
    asked = questions()[::10]
    wrong = total = 0

    for text in asked:
        restored = RESTORER.restore(stripped(text)).text
        for want, got in zip(ordinary(text).split(), restored.split(), strict=True):
            total += 1
            wrong += want != got

    assert wrong / total < 0.04


@pytest.mark.thorough
def test_only_marks_change() -> None:
    for text in questions()[::20]:
        restored = RESTORER.restore(stripped(text)).text

        assert fold(restored) == fold(text)
        assert len(restored) == len(text)


def test_a_doubtful_syllable_stays_as_it_was_typed() -> None:
    cautious = Restorer(certain=1.01)

    restored = cautious.restore("dang ky tam tru o dau")

    assert restored.text == "dang ky tam tru o dau"
    assert restored.doubtful == 6
    assert restored.certainty > 0.9


def test_what_is_restored_is_spelt_rightly() -> None:
    for text in questions()[::20]:
        before = stripped(text).split()
        after = RESTORER.restore(stripped(text)).text.split()
        for old, new in zip(before, after, strict=True):
            assert old == new or is_syllable(new.strip('?!.,:;()“”"…'))


def test_a_question_of_two_thousand_characters_takes_little_time() -> None:
    text = ("toi muon hoi ve thu tuc dang ky tam tru cho con o xa Hoa Tien " * 33)[:2000]
    RESTORER.restore(text)
    start = time.process_time()

    RESTORER.restore(text)

    assert time.process_time() - start < 1
