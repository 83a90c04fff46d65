"""English as the search sees it."""

from __future__ import annotations

import pytest

from knowledge_base.english_words import STOP_WORDS, english_words, singular, telling


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("copies", "copy"),
        ("fees", "fee"),
        ("address", "address"),
        ("status", "status"),
        ("ties", "tie"),
        ("gas", "gas"),
    ],
)
def test_words_are_put_in_the_singular(word: str, one: str) -> None:
    assert singular(word) == one


def test_articles_and_possessives_are_left_out() -> None:
    assert english_words("My son's Birth-Certificate, the COPIES!") == [
        "son",
        "birth-certificate",
        "copy",
    ]


def test_what_only_asks_tells_nothing() -> None:
    assert telling("Hello, can you please tell me how long it takes?") == ""
    assert telling("How do I register the birth of my twins?") == "register birth twin"


def test_stop_words_are_in_the_form_that_is_compared() -> None:
    assert {singular(word) for word in STOP_WORDS} <= STOP_WORDS | {""}
