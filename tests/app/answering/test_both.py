"""Which pairs of questions a message may be, and what each half asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.answering import both
from app.answering.both import FEATURES, Pair, Reader, pairs, sureness, surest
from app.answering.lexicon import Lexicon
from app.answering.retrieve import Candidate
from app.answering.understand import Understood, understand
from knowledge_base.record import Facet
from tests.fakes import BEE_HIVES, BOATS, COMMUNE, KITES, changed, edition_of

EDITION = edition_of(BEE_HIVES, BOATS, KITES)
BEES, GHE = BEE_HIVES["id"], BOATS["id"]


def read(text: str) -> Understood:
    return understand(text, Lexicon.packaged())


def found(*ids: str) -> tuple[Candidate, ...]:
    records = EDITION.scope(COMMUNE).records
    chances = (0.9, 0.05, 0.01)
    return tuple(
        Candidate(records[one], chance, {}, named_in_full=False)
        for one, chance in zip(ids, chances, strict=False)
    )


def by_word(half: Understood) -> tuple[Candidate, ...]:
    return found(GHE, BEES) if "ghe" in half.words else found(BEES, GHE)


def pairs_in(
    text: str, search: Callable[[Understood], tuple[Candidate, ...]] = by_word
) -> tuple[Pair, ...]:
    return pairs(read(text), found(BEES, GHE), Reader(read, lambda _half: True, search))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("nuôi ong và đăng kiểm ghe nộp ở đâu", id="two names, one question"),
        pytest.param("nuôi ong nộp ở đâu và đăng kiểm ghe", id="the second asks nothing"),
    ],
)
def test_a_half_that_asks_nothing_asks_what_the_other_asks(text: str) -> None:
    (pair,) = pairs_in(text)

    assert [half.facet for half in pair.halves] == [Facet.WHERE, Facet.WHERE]
    assert [one.record.id for one in pair.found] == [BEES, GHE]


def test_halves_about_one_record_are_no_pair() -> None:
    assert pairs_in("nuôi ong cần giấy tờ gì và nộp ở đâu") == ()


def test_records_of_which_one_names_the_other_are_a_pair_only_by_their_full_names() -> None:
    wider = changed(BOATS, title=f"{BEE_HIVES['title']} với người nước ngoài")
    records = edition_of(BEE_HIVES, wider).scope(COMMUNE).records

    def search(named: bool) -> Callable[[Understood], tuple[Candidate, ...]]:
        def candidates(half: Understood) -> tuple[Candidate, ...]:
            one = records[GHE if "ghe" in half.words else BEES]
            return (Candidate(one, 0.9, {}, named_in_full=named),)

        return candidates

    text = "nuôi ong phí bao nhiêu? Đăng kiểm ghe ở đâu?"
    assert pairs_in(text, search(named=False)) == ()
    assert len(pairs_in(text, search(named=True))) == 1


def test_few_cuts_of_a_long_message_are_looked_up_and_those_between_questions_first() -> None:
    searched: list[str] = []

    def search(half: Understood) -> tuple[Candidate, ...]:
        searched.append(half.text)
        return by_word(half)

    pairs_in(
        "nhà em ở đây, có bầy ong, ong mới về, nuôi ong phí bao nhiêu? Đăng kiểm ghe ở đâu?",
        search,
    )

    assert searched[:2] == ["nhà em ở đây, có bầy ong, ong mới về, nuôi ong phí bao nhiêu",
                            "Đăng kiểm ghe ở đâu?"]  # fmt: skip
    assert len(searched) == 6


def test_what_names_nothing_and_asks_nothing_is_not_looked_up() -> None:
    def search(_half: Understood) -> tuple[Candidate, ...]:
        raise AssertionError

    reader = Reader(read, lambda _half: False, search)

    assert pairs(read("nuôi ong ở đâu và đăng kiểm ghe ở đâu"), found(BEES), reader) == ()


def test_only_a_sure_pair_is_two_questions() -> None:
    (sure,) = pairs_in("nuôi ong lệ phí bao nhiêu? Đăng kiểm ghe nộp ở đâu?")
    features = list(sure.features)
    features[FEATURES.index("less_sure")] = features[FEATURES.index("less_of_whole")] = -9.0
    features[FEATURES.index("first_margin")] = features[FEATURES.index("second_margin")] = 0.0
    unsure = Pair(sure.halves, sure.found, tuple(features))

    assert surest([unsure, sure]) is sure
    assert surest([unsure]) is None
    assert surest([]) is None
    assert np.all(sureness(np.array([sure.features])) >= both._weights().sure)
