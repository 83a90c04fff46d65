"""An answer's text as a person would say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.answering.answer import AnswerStatus, Language
from app.answering.card import card_of
from app.answering.office import hours_lines
from app.answering.replies import reply
from app.speech.number_words import cardinal, roman
from app.speech.spoken import MOST_CHARACTERS, Sentence, in_english, in_vietnamese, sentences_of
from knowledge_base.spelling import is_syllable
from tests.fakes import DAY
from tests.service import COMMUNES, release

_TABLE = Path(__file__).with_name("spoken_cases.tsv")
_SAID = re.compile(r"[^\W\d_]+(?: [^\W\d_]+|[.,:?!](?= |$))*[.?!]")
_FOREIGN = frozenset(
    """
    gov chip Campuchia link photo web passcode homestay wifi Danang Smart City Fulro
    Dêê Êê Avương Pring Kôn Azứt Bhalêê Bhing AXờ Cooih Pre Prao Arâng Axan Ooi Jơ Agrồng Attêng
    """.casefold().split()
)
"""Loanwords, and places whose names come from other languages of the region."""


def _cases() -> list[tuple[str, str]]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("# ")]  # type: ignore[misc]


def test_the_table_is_long_enough_to_rely_on() -> None:
    assert len(_cases()) >= 200
    assert len(dict(_cases())) == len(_cases())


@pytest.mark.parametrize(("written", "said"), _cases(), ids=lambda text: text)
def test_figures_and_short_forms_are_said_as_people_say_them(written: str, said: str) -> None:
    assert in_vietnamese(written) == said


@pytest.fixture(scope="module")
def published() -> dict[str, tuple[Sentence, ...]]:
    """Every line that an answer can be made of, and how it is said."""
    return {line: sentences_of(line, Language.VI) for line in dict.fromkeys(_lines())}


def _lines() -> Iterator[str]:
    catalogue = release()
    for commune in COMMUNES:
        for record in catalogue.for_commune(commune).values():
            card = card_of(record, None, None, DAY)
            yield card.title
            yield from (*card.pitfalls, *card.to_confirm)
            for section in card.sections:
                yield section.heading
                yield from section.lines
    for place in catalogue.communes.values():
        for counter in place.counters:
            facts = (counter.address, counter.telephone)
            yield from (counter.name, *(fact.text for fact in facts if fact))
            yield from hours_lines(counter.opening_hours) if counter.opening_hours else ()


def test_no_figure_sign_or_short_form_of_any_record_is_left_unspoken(
    published: dict[str, tuple[Sentence, ...]],
) -> None:
    assert len(published) > 5000

    said = {line: " ".join(each.text for each in parts) for line, parts in published.items()}
    left = {line: words for line, words in said.items() if not _SAID.fullmatch(words)}
    words = {word.casefold() for line in said.values() for word in re.findall(r"\w+", line)}

    assert left == {}
    assert {word for word in words - _FOREIGN if not is_syllable(word)} == set()


def test_no_sentence_is_longer_than_browsers_can_say(
    published: dict[str, tuple[Sentence, ...]],
) -> None:
    lengths = [len(sentence.text) for parts in published.values() for sentence in parts]

    assert max(lengths) <= MOST_CHARACTERS


@pytest.mark.parametrize("language", Language)
def test_every_reply_can_be_said(language: Language) -> None:
    for status in AnswerStatus:
        text = reply(status, language)
        assert bool(sentences_of(text, language)) is bool(text)


def test_an_answer_is_cut_into_sentences_without_marks_and_links() -> None:
    text = (
        "Lệ phí:\nNộp qua mạng: 7.000 đồng/lần. [1]\n"
        "- Mẫu CT01. Xem https://dichvucong.gov.vn [2]\n\n"
    )

    assert sentences_of(text, Language.VI) == (
        Sentence("Lệ phí.", Language.VI),
        Sentence("Nộp qua mạng: bảy nghìn đồng một lần.", Language.VI),
        Sentence("Mẫu xê tê không một.", Language.VI),
        Sentence("Xem.", Language.VI),
    )


def test_letters_typed_apart_from_their_marks_are_said_alike() -> None:
    assert in_vietnamese("7 nga\u0300y la\u0300m vie\u0323\u0302c") == "bảy ngày làm việc."


def test_vietnamese_words_in_an_english_answer_keep_their_own_voice() -> None:
    text = "Ask for “Đăng ký tạm trú”. [1]\nFee: 7.000 đồng/lần [1]\nNơi nộp: Công an xã. [2]"

    assert sentences_of(text, Language.EN) == (
        Sentence("Ask for.", Language.EN),
        Sentence("Đăng ký tạm trú.", Language.VI),
        Sentence("Fee: 7,000 dong per time.", Language.EN),
        Sentence("Nơi nộp: Công an xã.", Language.VI),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("VND 1.500.000", "VND 1,500,000."),
        ("20.000 đồng/tháng", "20,000 dong per month."),
        ("4,5% of the wage", "4 point 5% of the wage."),
        ("from 1/7/2026 [1]", "from 1 July 2026."),
        ("3–5 days", "3 to 5 days."),
        ("(0236) 3846 101", "0 2 3 6, 3 8 4 6, 1 0 1."),
        ("Call 113", "Call 1 1 3."),
        ("Decree 151/2025/NĐ-CP", "Decree 151 of 2025."),
        ("100 m²", "100 square metres."),
    ],
)
def test_english_says_what_is_written_the_vietnamese_way(written: str, said: str) -> None:
    assert in_english(written) == said


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "không"),
        (15, "mười lăm"),
        (1_000_005, "một triệu không trăm nghìn không trăm linh năm"),
        (2_000_000_000_000, "hai nghìn tỷ"),
        (10**15, "một " + " ".join(["không"] * 15)),
    ],
)
def test_numbers_keep_their_empty_places(number: int, words: str) -> None:
    assert cardinal(number) == words


@pytest.mark.parametrize(("text", "value"), [("XIV", 14), ("IX", 9), ("IIV", None), ("A", None)])
def test_only_well_written_roman_numerals_are_numbers(text: str, value: int | None) -> None:
    assert roman(text) == value
