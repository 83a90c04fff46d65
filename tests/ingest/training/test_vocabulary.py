from __future__ import annotations

import unicodedata

import pytest
from tokenizers import Tokenizer

from ingest.training.vocabulary import SPACE, UNKNOWN, Counts, clauses, tokenizer_of

TEXT = [
    *["Đăng ký khai sinh cho trẻ em"] * 9,
    *["Đăng ký tạm trú, thường trú"] * 9,
    *["Ủy ban nhân dân xã cho đăng ký"] * 9,
    *["Trẻ em sinh ra; khai báo và ký tên. Hòa giải ở xã"] * 9,
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    counts = Counts()
    counts.add(TEXT)
    return tokenizer_of(counts, marked_pairs=40, plain_pairs=40, pieces=120)


def tokens(tokenizer: Tokenizer, text: str) -> list[str]:
    return [token.replace(SPACE, " ").strip() for token in tokenizer.encode(text).tokens]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("đăng ký khai sinh", ["đăng ký", "khai sinh"], id="words of two syllables"),
        pytest.param("dang ky khai sinh", ["dang ky", "khai sinh"], id="without marks"),
        pytest.param("ký khai", ["ký", "khai"], id="neighbours that are no word"),
        pytest.param("ĐĂNG KÝ", ["đăng ký"], id="capitals"),
        pytest.param(unicodedata.normalize("NFD", "đăng ký"), ["đăng ký"], id="NFD"),
        pytest.param("“đăng–ký”… 🙏", ["đăng ký"], id="symbols"),
        pytest.param("Hoà giải ở xã", ["hòa giải", "ở xã"], id="the tone's other place"),
    ],
)
def test_words_that_are_often_together_are_one_token(
    tokenizer: Tokenizer, text: str, expected: list[str]
) -> None:
    assert tokens(tokenizer, text) == expected


@pytest.mark.parametrize("text", ["khaii", "sinhh", "trẻe", "duong"])
def test_what_is_misspelt_is_read_in_pieces(tokenizer: Tokenizer, text: str) -> None:
    found = tokenizer.encode(text)

    assert len(found.tokens) > 1
    assert tokenizer.token_to_id(UNKNOWN) not in found.ids


def test_letters_never_seen_are_unknown_and_nothing_else_is_lost(tokenizer: Tokenizer) -> None:
    unknown = tokenizer.token_to_id(UNKNOWN)

    assert unknown in tokenizer.encode("日本").ids
    assert tokens(tokenizer, "đăng ký 日本")[0] == "đăng ký"


def test_no_word_goes_across_a_comma() -> None:
    assert list(clauses("Đăng ký tạm trú, thường trú")) == [
        ["đăng", "ký", "tạm", "trú"],
        ["thường", "trú"],
    ]


def test_the_same_text_gives_the_same_tokenizer(tokenizer: Tokenizer) -> None:
    counts = Counts()
    counts.add(TEXT)

    again = tokenizer_of(counts, marked_pairs=40, plain_pairs=40, pieces=120)

    assert again.to_str() == tokenizer.to_str()


def test_there_is_room_for_so_many_words_of_two_syllables_only() -> None:
    counts = Counts()
    counts.add(TEXT)

    few = tokenizer_of(counts, marked_pairs=1, plain_pairs=0, pieces=120)

    assert sum(token.count(SPACE) == 2 for token in few.get_vocab()) == 1


def test_words_of_any_length_stay_whole_where_they_are_asked_for() -> None:
    counts = Counts()
    counts.add(["khai sinh"] * 9)

    made = tokenizer_of(
        counts, marked_pairs=0, plain_pairs=0, pieces=100, least=1, others=["certificate"]
    )

    assert tokens(made, "certificate") == ["certificate"]
    assert len(tokens(made, "certifikate")) > 1
