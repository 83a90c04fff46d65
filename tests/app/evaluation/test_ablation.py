"""Searches over small made-up records, held against each other with parts left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.evaluation.ablation import (
    PACKAGED,
    Searched,
    ablated,
    against_the_ranker,
    cost,
    embedding_named,
    quality,
    searched,
    searches_of,
    standing_alone,
    understood,
)
from app.evaluation.memory import KnowledgeInMemory
from app.evaluation.rows import Row, Sort
from app.evaluation.variants import variants_of, without_marks
from knowledge_base.edition import Edition
from knowledge_base.record import Facet
from tests.fakes import BEE_HIVES, BOATS, COMMUNE, KITES, changed, edition_of
from tests.knowledge_base.fakes import HashedEmbedding

HONEY = changed(
    BEE_HIVES,
    questions=[*BEE_HIVES["questions"], {"text": "Muốn bọc lót hũ sành?", "section": "summary"}],
)
EDITION = edition_of(HONEY, BOATS, KITES)


def row(id: str, question: str, expected: str | None, **changes: Any) -> Row:
    sort = Sort.ANSWER if expected else Sort.ABSTAIN
    usual: dict[str, Any] = {"kind": "plain", "commune": COMMUNE, "sort": sort}
    records = (expected,) if expected else ()
    return Row(id, question=question, expected=records, **{**usual, **changes})


ROWS = (
    row("bees", "Đăng ký nuôi ong mật nộp tờ khai ở đâu?", "nuoi-ong"),
    row("boats", "Đăng kiểm ghe thuyền cần giấy gì?", "dang-kiem-ghe"),
    row("kites", "hội thả diều vé bao nhiêu vậy hè", "gia-ve-dieu", kind="spoken"),
)


class Listening(HashedEmbedding):
    """Remembers the questions it embedded."""

    def __init__(self) -> None:
        super().__init__(256)
        self.heard: list[str] = []

    def embed_query(self, text: str) -> list[float]:
        self.heard.append(text)
        return super().embed_query(text)


def measured(*rows: Row, edition: Edition = EDITION) -> dict[tuple[str, str], Searched]:
    embeddings = {PACKAGED: HashedEmbedding, "other": lambda: HashedEmbedding(64)}
    found, _ = ablated(edition, understood(rows), embeddings, lambda _: None)
    return {(one.search, one.left_out): one for one in found}


def test_every_search_finds_the_record_that_shares_its_words() -> None:
    found = measured(*ROWS)

    assert len(found) == 5 * 3 + 2 + 2
    for name, one in found.items():
        assert one.ranks == {"plain": [1, 1], "spoken": [1]}, name
        assert 0 < one.p50_ms <= one.p95_ms


def test_what_only_residents_questions_say_is_not_found_without_them() -> None:
    found = measured(row("jars", "bọc lót hũ sành", "nuoi-ong"))

    assert found["BM25", ""].ranks == {"plain": [1]}
    assert found["BM25", "residents' questions"].ranks == {"plain": [None]}
    assert found["BM25", "restorer"].ranks == {"plain": [1]}


def test_without_the_restorer_a_question_is_searched_as_it_was_typed() -> None:
    typed = without_marks(ROWS[0].question)
    embedder = Listening()
    find = searches_of(KnowledgeInMemory(EDITION, embedder), PACKAGED)["dense, packaged"]
    asked = understood([row("bare", typed, "nuoi-ong")])

    searched("dense", find, asked)
    searched("dense", find, asked, "restorer")

    restored, left = embedder.heard
    assert without_marks(restored) == left == without_marks(left)
    assert restored != left


def test_the_restorer_and_the_facet_are_each_left_out_alone() -> None:
    (asked,) = understood([row("fee", "nuoi ong mat dong le phi bao nhieu", "nuoi-ong")])
    assert asked.understood.facet is Facet.FEE
    whole, bare, open_ = (asked.query(part) for part in ("", "restorer", "facet features"))

    assert (whole.facet, bare.facet, open_.facet) == (Facet.FEE, Facet.FEE, None)
    assert whole.text == open_.text != bare.text
    assert (bare.subject, bare.outside) == (whole.subject, whole.outside)


def test_without_vectors_nothing_is_embedded() -> None:
    embedder = Listening()
    find = searches_of(KnowledgeInMemory(EDITION, embedder).without_vectors(), PACKAGED)[
        "ranker, packaged"
    ]

    found = searched("ranker", find, understood(ROWS))

    assert found.ranks == {"plain": [1, 1], "spoken": [1]}
    assert embedder.heard == []


def test_what_holds_elsewhere_is_not_found() -> None:
    elsewhere = changed(KITES, id="dieu-noi-khac", scope="province:tinh-khac")
    chunks = KnowledgeInMemory(edition_of(HONEY, BOATS, elsewhere), HashedEmbedding())
    asked = understood([row("kites", "hội thả diều", "dieu-noi-khac")])

    for name, find in searches_of(chunks, PACKAGED).items():
        assert searched(name, find, asked).ranks == {"plain": [None]}, name


def test_only_questions_that_stand_alone_and_have_an_answer_are_measured() -> None:
    rows = [
        ROWS[0],
        row("follow", "còn lệ phí?", "nuoi-ong", history=("nuôi ong",)),
        row("weather", "mai có mưa không?", None),
        row("two", "nuôi ong và đăng kiểm ghe", "nuoi-ong", kind="two-in-one"),
    ]

    kept = standing_alone([*rows, *variants_of(rows)])

    assert [(one.id, one.kind) for one in kept] == [
        ("bees", "plain"),
        ("bees/stripped", "stripped"),
        ("bees/speech-error", "speech-error"),
    ]


def test_the_figures_count_ranks_by_kind_and_derived_questions_apart() -> None:
    one = Searched(
        "BM25",
        "",
        {"plain": [1, 2, None, 4], "typo": [1], "stripped": [None]},
        1.0,
        2.0,
    )

    sheet = quality([one])

    assert sheet.headings == (
        "search",
        "without",
        "written, all (5)",
        "plain (4)",
        "typo (1)",
        "stripped (1)",
    )
    assert sheet.lines == (
        (
            "BM25",
            "–",
            "0.400 / 0.600 / 0.550",
            "0.250 / 0.500 / 0.438",
            "1.000 / 1.000 / 1.000",
            "0.000 / 0.000 / 0.000",
        ),
    )


@pytest.mark.thorough
def test_every_search_is_held_against_the_whole_ranker() -> None:
    ranker = Searched("ranker, ours", "", {"plain": [1, 1, 2], "stripped": [1]}, 0.0, 0.0)
    words = Searched("BM25", "", {"plain": [1, None, 1], "stripped": [2]}, 0.0, 0.0)
    less = replace(ranker, left_out="vectors", ranks={"plain": [None, None, None], "stripped": [1]})

    sheet = against_the_ranker([words, ranker, less])

    assert sheet.lines == (
        ("BM25", "–", "1", "1", "1.000"),
        ("ranker, ours", "vectors", "2", "0", "0.500"),
    )


def test_two_runs_give_the_same_figures() -> None:
    asked = (*ROWS, *variants_of(ROWS))

    first, second = (quality(list(measured(*asked).values())).markdown() for _ in range(2))

    assert first == second


def test_the_tables_of_cost_name_whole_searches_and_every_index() -> None:
    found, indexed = ablated(
        EDITION, understood(ROWS), {PACKAGED: lambda: HashedEmbedding(64)}, lambda _: None
    )

    times, indexes = cost(found, indexed)

    assert [line[0] for line in times.lines] == [
        "BM25",
        "dense, packaged",
        "reciprocal rank fusion",
        "normalised sum",
        "ranker, packaged",
    ]
    assert [line[:2] for line in indexes.lines] == [("BM25", "–"), ("packaged", "64")]


def test_an_embedding_may_be_named_by_its_class() -> None:
    load = embedding_named("tests.knowledge_base.fakes:HashedEmbedding")

    assert load().fingerprint == HashedEmbedding().fingerprint
