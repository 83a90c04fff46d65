"""What is searched for, and how sure the classifiers are of the facet and of the field."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.understand import Understood, understand, words_of
from knowledge_base.record import Facet


def read(text: str) -> Understood:
    return understand(mask(text), Lexicon.packaged())


def sure_of(facet: Facet, chance: float) -> dict[str, float]:
    """One facet's chance; the others share the rest."""
    rest = (1 - chance) / (len(Facet) - 1)
    return {one.value: chance if one is facet else rest for one in Facet}


def test_marks_left_out_are_put_back_for_the_search_only() -> None:
    asked = read("dang ky tam tru can giay to gi")

    assert asked.words == "dang ky tam tru can giay to gi"
    assert asked.searched == "đăng ký tạm trú cần giấy tờ gì"
    assert not asked.marked


def test_a_question_with_its_marks_is_searched_for_as_it_is() -> None:
    asked = read("Đăng ký tạm trú cần giấy tờ gì")

    assert asked.searched == asked.words == "đăng ký tạm trú cần giấy tờ gì"
    assert asked.marked


@pytest.mark.parametrize(
    ("chance", "likely"),
    [
        pytest.param(0.9, Facet.STEPS, id="sure"),
        pytest.param(0.5, Facet.STEPS, id="just sure enough"),
        pytest.param(0.49, None, id="unsure"),
    ],
)
def test_where_the_words_ask_for_no_facet_a_likely_one_is_taken(
    chance: float, likely: Facet | None
) -> None:
    asked = replace(read("đăng ký tạm trú"), facets=sure_of(Facet.STEPS, chance))

    assert asked.facet is None
    assert asked.likely_facet is likely


def test_the_facet_that_the_words_ask_for_is_the_likely_one() -> None:
    asked = replace(read("lệ phí tạm trú bao nhiêu"), facets=sure_of(Facet.STEPS, 0.99))

    assert asked.likely_facet is Facet.FEE


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("đăng ký tạm trú cần giấy tờ gì", False),
        ("khai sinh cho con cần giấy tờ gì", False),
        ("cách nấu phở bò", True),
        ("đội bóng nào vô địch năm nay", True),
    ],
)
def test_how_probably_a_question_lies_outside_is_known(text: str, outside: bool) -> None:
    asked = read(text)

    assert 0 <= asked.outside <= 1
    assert (asked.outside >= 0.5) is outside


@pytest.mark.parametrize(
    "text",
    [
        "Mần giấy khai sanh ở mô",
        "lam giay khai sanh o mo",
        "where can i get a birth certificate",
        "cccd 048201001234 hết hạn",
        "",
    ],
)
def test_the_words_learned_from_are_the_words_of_a_question(text: str) -> None:
    masked = mask(text)

    assert words_of(masked, Lexicon.packaged()) == read(text).words
    assert "048201001234" not in words_of(masked, Lexicon.packaged())
