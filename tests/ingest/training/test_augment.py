from __future__ import annotations

import random

import pytest

from ingest.training import augment
from ingest.training.augment import Augmenter, Rewrite, telex, told_words
from knowledge_base.syllables import is_marked, nfc

QUESTIONS = [
    "Thủ tục đăng ký khai sinh cho trẻ em ở Ủy ban nhân dân cấp xã như thế nào?",
    "Không có giấy chứng nhận quyền sử dụng đất thì có được tách thửa không?",
    "Lệ phí chứng thực bản sao là bao nhiêu?",
    "Điều 5. Hồ sơ",
    "CCCD",
]
TABLES = {
    "teencode": augment.TEENCODE,
    "abbreviations": augment.ABBREVIATIONS,
    "dialect": augment.DIALECT,
    "lay words": augment.LAY_WORDS,
    "english": augment.ENGLISH,
}


def rewritten(seed: int, times: int = 40) -> list[str]:
    rewrite = Augmenter(seed)
    return [rewrite(question) for _ in range(times) for question in QUESTIONS]


def forms(rewrite: Rewrite, text: str) -> set[str]:
    """What a rewrite makes of a text, over many draws."""
    return {rewrite(text, random.Random(seed)) for seed in range(1500)}


def test_the_same_seed_gives_the_same_rewrites() -> None:
    assert rewritten(1) == rewritten(1) != rewritten(2)


def test_a_rewrite_is_small_nfc_and_never_empty() -> None:
    for text in rewritten(3):
        assert text.strip()
        assert text == nfc(text).lower()


@pytest.mark.parametrize(
    ("rewrite", "text", "expected"),
    [
        pytest.param(augment.teencode, "không được gì", "ko dc j", id="chat"),
        pytest.param(augment.teencode, "thẻ bảo hiểm y tế", "thẻ bhyt", id="the longest phrase"),
        pytest.param(augment.dialect, "làm ở đâu vậy", "mần ở mô rứa", id="Quảng Nam"),
        pytest.param(augment.lay_words, "đăng ký kết hôn", "làm giấy cưới", id="residents' word"),
        pytest.param(augment.stripped, "đường xá", "duong xa", id="no marks"),
        pytest.param(augment.half_stripped, "đường xá", "duong xá", id="some marks"),
        pytest.param(augment.telegraphic, "lệ phí của bản sao", "lệ phí bản sao", id="telegram"),
        pytest.param(augment.shortened, "một hai ba bốn năm sáu", "ba bốn năm", id="a part"),
        pytest.param(augment.english, "lệ phí khai sinh", "fee birth certificate", id="English"),
        pytest.param(augment.misheard, "sổ", "sỗ", id="hỏi for ngã"),
        pytest.param(augment.misheard, "sổ", "xổ", id="s for x"),
        pytest.param(augment.misheard, "làng", "làn", id="n for ng"),
        pytest.param(augment.typos, "được", "dduwowcj", id="telex"),
        pytest.param(augment.typos, "được", "đươcj", id="a tone too late"),
        pytest.param(augment.typos, "sinh", "sinnh", id="a letter twice"),
        pytest.param(augment.typos, "sinh", "snh", id="a letter lost"),
    ],
)
def test_each_rewrite_can_write_as_residents_do(rewrite: Rewrite, text: str, expected: str) -> None:
    assert expected in forms(rewrite, text)


@pytest.mark.parametrize(
    ("rewrite", "text"),
    [
        pytest.param(augment.dialect, "giám sát", id="“gì” and “sao” are not in other words"),
        pytest.param(augment.teencode, "khôngđược", id="words run together are no words"),
        pytest.param(augment.english, "lệ phí", id="one word is no English question"),
        pytest.param(augment.telegraphic, "của cho thì là", id="function words alone"),
        pytest.param(augment.misheard, "20.000 ct01", id="numbers and forms are heard right"),
        pytest.param(augment.shortened, "lệ phí khai sinh", id="what is short already"),
    ],
)
def test_what_no_table_names_stays(rewrite: Rewrite, text: str) -> None:
    assert text in forms(rewrite, text)
    if rewrite is not augment.telegraphic:
        assert forms(rewrite, text) == {text}


def test_telex_types_marks_and_tone() -> None:
    assert [telex(word) for word in ("được", "đường", "khuyết")] == [
        "dduwowcj",
        "dduwowngf",
        "khuyeets",
    ]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_can_be_used_whole(name: str) -> None:
    for phrase, others in TABLES[name].items():
        assert phrase == nfc(phrase).lower(), phrase
        assert phrase.split() == [*augment._WORD.findall(phrase)], f"{phrase}: no punctuation"
        assert others, phrase
        assert any(other != phrase for other in others), phrase


def test_the_tokenizer_is_told_what_the_tables_may_say() -> None:
    told = set(told_words())

    assert {"rứa", "bhyt", "sổ đỏ", "birth certificate", "cho em hỏi"} <= told


def test_questions_come_marked_and_unmarked_in_the_shares_we_mean() -> None:
    texts = [Augmenter(seed)(QUESTIONS[0]) for seed in range(600)]

    unmarked = sum(not any(map(is_marked, text.split())) for text in texts) / len(texts)
    as_written = sum(
        text == "thủ tục đăng ký khai sinh cho trẻ em ở ủy ban nhân dân cấp xã như thế nào"
        for text in texts
    ) / len(texts)

    assert 0.2 < unmarked < 0.4
    assert 0.12 < as_written < 0.35
