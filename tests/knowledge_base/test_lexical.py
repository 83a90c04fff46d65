from __future__ import annotations

import pytest

from knowledge_base.lexical import LexicalIndex
from knowledge_base.syllables import tokens

TEXTS = ["Đăng ký khai sinh", "Đăng ký khai tử", "Cấp giấy phép xây dựng nhà ở", "Đăng ký kết hôn"]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        pytest.param("làm khai sinh cho con", 0, id="shared words"),
        pytest.param("xay dung nha", 2, id="without marks"),
        pytest.param("khai tử", 1, id="the mark decides"),
        pytest.param("đăng ký kết hôn", 3, id="the rare word decides"),
    ],
)
def test_the_text_with_the_questions_rare_words_comes_first(question: str, best: int) -> None:
    scores = LexicalIndex(TEXTS).scores(tokens(question))

    assert scores.shape == (4,)
    assert int(scores.argmax()) == best


@pytest.mark.parametrize("words", [[], ["bitcoin"]], ids=["no word", "no known word"])
def test_a_question_without_known_words_scores_nothing(words: list[str]) -> None:
    assert not LexicalIndex(TEXTS).scores(words).any()


@pytest.mark.parametrize("texts", [[], [""], ["?", "…"]], ids=["none", "empty", "no words"])
def test_texts_without_words_can_be_searched(texts: list[str]) -> None:
    scores = LexicalIndex(texts).scores(tokens("khai sinh"))

    assert scores.shape == (len(texts),)
    assert not scores.any()


def test_a_rarer_word_weighs_more_and_an_unknown_one_most() -> None:
    index = LexicalIndex(TEXTS)

    assert index.rarity("dang") < index.rarity("khai") < index.rarity("sinh")
    assert index.rarity("sinh") < index.rarity("bitcoin")
