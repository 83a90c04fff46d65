from __future__ import annotations

import pytest

from app.evaluation.rows import Row, Sort
from app.evaluation.variants import (
    SPEECH_ERROR,
    STRIPPED,
    misheard,
    variants_of,
    without_marks,
)
from knowledge_base.syllables import fold, syllables

PLAIN = Row(
    id="q1",
    kind="plain",
    question="Đăng ký tạm trú ở đâu?",
    commune="hoa-tien",
    sort=Sort.ANSWER,
    expected=("dang-ky-tam-tru",),
)
LONG = "Chị tôi lấy chồng trong Sài Gòn, giờ muốn nhận phần đất ba để lại thì gửi giấy cho xã nào?"


def test_a_stripped_question_keeps_everything_but_its_marks() -> None:
    assert without_marks("Đường Nguyễn Văn Cừ: 20.000đ?") == "Duong Nguyen Van Cu: 20.000d?"
    assert without_marks("Đăng ký") == "Dang ky"


def test_what_is_misheard_is_the_same_for_the_same_seed_and_differs_between_seeds() -> None:
    heard = {misheard(LONG, f"seed {number}") for number in range(20)}

    assert misheard(LONG, "seed 1") == misheard(LONG, "seed 1")
    assert len(heard) > 15


@pytest.mark.parametrize("number", range(30))
def test_something_is_always_misheard_but_most_syllables_stay(number: int) -> None:
    heard = misheard(LONG, str(number))

    said, written = syllables(LONG), syllables(heard)
    assert written != said
    assert heard == heard.lower() and "," not in heard and "?" not in heard
    assert len(written) >= len(said) - 4
    assert len(set(said) & set(written)) >= len(set(said)) / 2


@pytest.mark.parametrize(
    ("said", "confused"),
    [
        pytest.param("giấy", {"dấy", "vấy", "giây"}, id="gi, d and v"),
        pytest.param("sửa", {"xửa", "sưa", "sữa"}, id="s and x, hỏi and ngã"),
        pytest.param("trẻ", {"chẻ", "tre", "trẽ"}, id="tr and ch"),
        pytest.param("lan", {"nan", "lang"}, id="l and n, final n and ng"),
        pytest.param("đất", {"đấc", "đât"}, id="final t and c; đ is not d"),
        pytest.param("nghỉ", {"nghi", "nghĩ"}, id="ng is not n"),
        pytest.param("anh", set(), id="final nh is neither"),
    ],
)
def test_only_what_sounds_alike_is_confused(said: str, confused: set[str]) -> None:
    heard = {misheard(said, str(number)) for number in range(300)}

    ends = {fold(word) for word in confused}
    assert confused <= heard | {said} and {said} | heard >= confused
    assert {fold(word) for word in heard} - {fold(said)} - ends <= _twice(confused)


def _twice(confused: set[str]) -> set[str]:
    """What two confusions in one word give."""
    return {fold(misheard(word, str(number))) for word in confused for number in range(300)}


def test_numbers_are_heard_as_they_are() -> None:
    assert misheard("20.000 75", "x") == "20.000 75"


def test_only_plain_questions_that_a_record_answers_get_variants() -> None:
    others = [
        Row("q2", "typo", "dang ký tạm trú", "hoa-tien", Sort.ANSWER, ("dang-ky-tam-tru",)),
        Row("q3", "plain", "Giá vàng hôm nay?", "hoa-tien", Sort.ABSTAIN),
    ]

    made = variants_of([PLAIN, *others])

    assert [(row.id, row.kind, row.of, row.derived) for row in made] == [
        ("q1/stripped", STRIPPED, "q1", True),
        ("q1/speech-error", SPEECH_ERROR, "q1", True),
    ]
    assert made[0].question == "Dang ky tam tru o dau?"
    assert made[0].expected == PLAIN.expected
