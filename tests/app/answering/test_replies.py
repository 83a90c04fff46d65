"""What the assistant says by itself is complete, in both languages, and holds no figures."""

from __future__ import annotations

import pytest

from app.answering import replies
from app.answering.answer import AnswerStatus, Language
from app.answering.replies import in_language, reply
from app.answering.verify import figures
from knowledge_base.record import Facet
from knowledge_base.syllables import marked_share

SPOKEN = [status for status in AnswerStatus if status is not AnswerStatus.ANSWERED]
PAIRS = {
    name: value
    for name, value in vars(replies).items()
    if name.isupper() and not name.startswith("_") and isinstance(value, tuple) and len(value) == 2
}


@pytest.mark.parametrize("status", SPOKEN)
def test_every_status_has_a_vietnamese_and_an_english_reply(status: AnswerStatus) -> None:
    vietnamese, english = reply(status, Language.VI), reply(status, Language.EN)

    assert marked_share(vietnamese) > 0.5
    assert english and marked_share(english) == 0


def test_an_answer_says_nothing_that_is_not_in_a_record() -> None:
    assert reply(AnswerStatus.ANSWERED, Language.VI) == ""
    assert reply(AnswerStatus.ANSWERED, Language.EN) == ""


def test_the_first_word_of_a_status_groups_it() -> None:
    assert {status.value.split("_")[0] for status in AnswerStatus} == {
        "answered",
        "clarify",
        "abstained",
        "out",
        "small",
        "emergency",
        "scam",
        "error",
    }


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_every_pair_is_vietnamese_then_english(name: str) -> None:
    vietnamese, english = PAIRS[name]

    filled = {"checked": "1/1/2026", "day": "1/1/2026", "office": ""}
    assert marked_share(vietnamese.format(**filled)) > 0.5
    assert marked_share(english.format(**filled)) == 0
    assert in_language(PAIRS[name], Language.EN) == english


def test_what_a_record_does_not_say_is_told_in_both_languages() -> None:
    assert {"fee", "time_limit", "other"} <= set(replies.NOT_SAID) <= {*Facet, "other"}
    for vietnamese, english in replies.NOT_SAID.values():
        assert marked_share(vietnamese) > 0.5
        assert marked_share(english) == 0


@pytest.mark.parametrize("status", [s for s in SPOKEN if s is not AnswerStatus.EMERGENCY])
@pytest.mark.parametrize("language", Language)
def test_no_reply_holds_a_figure_that_could_age(status: AnswerStatus, language: Language) -> None:
    assert figures(reply(status, language)) == frozenset()


@pytest.mark.parametrize("language", Language)
def test_an_emergency_names_the_three_numbers(language: Language) -> None:
    assert figures(reply(AnswerStatus.EMERGENCY, language)) >= {"113", "114", "115"}
