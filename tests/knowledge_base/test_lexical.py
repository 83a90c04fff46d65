from __future__ import annotations

import bm25s
import numpy as np
import pytest

from knowledge_base.lexical import CutTexts, LexicalIndex
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


MORE = [*TEXTS, "Lệ phí đăng ký khai sinh: miễn phí. Khai sinh, khai sinh!", "", "Hỏi ai?"]


@pytest.mark.parametrize("question", ["khai sinh", "xay dung nha o", "đăng ký đăng ký", "hỏi ai"])
def test_the_scores_are_those_of_bm25s(question: str) -> None:
    plain = bm25s.BM25(k1=1.2, b=0.6)
    plain.index([tokens(text) for text in MORE], show_progress=False)

    found = LexicalIndex(MORE).scores(tokens(question))

    assert np.array_equal(found, plain.get_scores(tokens(question)))


def test_texts_met_before_are_not_cut_again_and_score_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = CutTexts()
    LexicalIndex([*MORE, "một hồ sơ nay đã bỏ"], known)
    cut: list[str] = []

    def counted(text: str) -> list[str]:
        cut.append(text)
        return tokens(text)

    monkeypatch.setattr("knowledge_base.lexical.tokens", counted)
    again = LexicalIndex([*MORE, "Một hồ sơ mới"], known)

    assert cut == ["Một hồ sơ mới"]
    fresh = LexicalIndex([*MORE, "Một hồ sơ mới"])
    for question in ("khai sinh", "hồ sơ mới", "nay đã bỏ"):
        assert np.array_equal(again.scores(tokens(question)), fresh.scores(tokens(question)))
    assert again.rarity("nay_da") == fresh.rarity("nay_da") == fresh.rarity("bitcoin")
