"""What the ranker looks at, over small layouts of made-up records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from app.answering.features import Floats, Scores, question_features, record_features
from app.answering.layout import Layout, layout_of
from app.answering.lexicon import Lexicon
from app.answering.ranker import QUESTION_FEATURES, RECORD_FEATURES, Ranker
from app.answering.retrieve import Fit, HybridRetriever, Query
from app.answering.understand import understand
from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.record import Facet
from tests.fakes import (
    BEE_HIVES,
    BOATS,
    COMMUNE,
    KITES,
    FixedKnowledge,
    changed,
    edition_of,
)

EDITION = edition_of(BEE_HIVES, BOATS, KITES)
BEES, GHE, DIEU = BEE_HIVES["id"], BOATS["id"], KITES["id"]
QUESTIONS = (
    "Đăng ký nuôi ong mật lệ phí bao nhiêu",
    "dang kiem ghe thuyen nop o dau",
    "hội thả diều giá vé",
    "đổi bằng lái xe",
    "ong",
)


class SomeVectors(FixedKnowledge):
    """Finds by words, and a few chunks by meaning."""

    def __init__(self, edition: Edition, nearest: Mapping[str, float]) -> None:
        super().__init__(edition)
        self._nearest = nearest

    def nearest(self, *_: object) -> Mapping[str, float]:
        return self._nearest


def layout() -> Layout:
    return layout_of(EDITION, COMMUNE)


def query(text: str) -> Query:
    return Query.of(understand(text, Lexicon.packaged()), COMMUNE)


def fit(asked: Query, edition: Edition = EDITION) -> Fit:
    made = HybridRetriever(knowledge=FixedKnowledge(edition)).fit(asked, edition)
    assert made is not None
    return made


def of_records(made: Fit, name: str) -> dict[str, float]:
    """One column of the records' features, by record."""
    column = made.records[:, RECORD_FEATURES.index(name)]
    return dict(zip(made.ids, column.tolist(), strict=True))


def of_question(row: Floats) -> dict[str, float]:
    return dict(zip(QUESTION_FEATURES, row.tolist(), strict=True))


def places(record: str) -> list[int]:
    return [place for place, one in enumerate(EDITION.chunks) if one.record_id == record]


def test_several_is_the_mean_of_a_records_best_chunks() -> None:
    scores = np.zeros(len(EDITION.chunks))
    scores[places(BEES)[:4]] = (0.2, 0.9, 0.4, 0.6)
    scores[places(DIEU)[-1]] = 0.3

    found = dict(zip(layout().ids, layout().several(scores, 3), strict=True))

    assert found == pytest.approx({BEES: (0.9 + 0.6 + 0.4) / 3, GHE: 0.0, DIEU: 0.1})


def test_a_record_of_few_chunks_is_not_helped_by_having_few() -> None:
    scores = np.ones(len(EDITION.chunks))

    found = dict(zip(layout().ids, layout().several(scores, 1000), strict=True))

    assert found == pytest.approx(
        {record: len(places(record)) / 1000 for record in (BEES, GHE, DIEU)}
    )


def test_the_best_chunk_of_a_kind_speaks_for_its_record() -> None:
    scores = np.zeros(len(EDITION.chunks))
    sections = np.flatnonzero(layout().kinds[ChunkKind.SECTION])
    own = [int(place) for place in sections if EDITION.chunks[place].record_id == GHE]
    scores[own[:2]] = (0.3, 0.7)

    by_section = layout().best(scores, ChunkKind.SECTION)
    by_name = layout().best(scores, ChunkKind.NAME)

    assert dict(zip(layout().ids, by_section, strict=True)) == {BEES: 0.0, GHE: 0.7, DIEU: 0.0}
    assert not by_name.any()


@pytest.mark.parametrize(
    ("facet", "there"),
    [
        pytest.param(None, {BEES, GHE, DIEU}, id="nothing asked"),
        pytest.param(Facet.FEE, {BEES, GHE, DIEU}, id="in all"),
        pytest.param(Facet.STEPS, {BEES, DIEU}, id="in a guide too"),
        pytest.param(Facet.WHERE, {BEES, GHE}, id="in procedures"),
        pytest.param(Facet.ONLINE, {BEES}, id="in one"),
    ],
)
def test_a_record_has_the_facets_of_its_sections(facet: Facet | None, there: set[str]) -> None:
    has = layout().has_facet(facet)

    assert {record for record, value in zip(layout().ids, has, strict=True) if value} == there


def test_a_facet_of_no_record_is_nowhere() -> None:
    assert not layout_of(edition_of(KITES), COMMUNE).has_facet(Facet.LEGAL_BASIS).any()


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_share_has_a_column_from_nought_to_one(text: str) -> None:
    made = fit(query(text))

    assert made.records.shape == (len(made.ids), len(RECORD_FEATURES))
    assert made.question.shape == (len(QUESTION_FEATURES),)
    shares = np.delete(made.question, QUESTION_FEATURES.index("outside"))  # these are log-odds
    for values in (made.records, shares):
        assert values.min() >= 0
        assert values.max() <= 1 + 1e-9


def test_each_column_holds_what_its_name_says() -> None:
    kinds = (ChunkKind.NAME, ChunkKind.QUESTION, ChunkKind.SECTION)
    lexical, dense = np.zeros(len(EDITION.chunks)), np.zeros(len(EDITION.chunks))
    for number, kind in enumerate(kinds, start=1):
        for record, share in ((BEES, 1.0), (GHE, 0.5)):
            place = next(one for one in places(record) if EDITION.chunks[one].kind is kind)
            lexical[place], dense[place] = share * number / 10, share * number / 5
    words = frozenset({"nuoi", "ong", "mat", "nuoi_ong", "ong_mat"})

    rows = record_features(
        layout(), Scores(lexical, dense), words, Facet.WHERE, np.array([0.2, 0.0, 0.8])
    )

    assert layout().ids == (GHE, DIEU, BEES)
    found = dict(zip(RECORD_FEATURES, rows[2].tolist(), strict=True))
    assert found.pop("whole_name") == pytest.approx(float(layout().whole_name(words)[2]))
    assert 0.5 < float(layout().whole_name(words)[2]) < 1
    assert found == pytest.approx(
        {
            "lexical_name": 0.1,
            "lexical_question": 0.2,
            "lexical_section": 0.3,
            "dense_name": 0.2,
            "dense_question": 0.4,
            "dense_section": 0.6,
            "covered": 0.8,
            "named": 1.0,
            "lexical_name_rank": 1.0,
            "lexical_question_rank": 1.0,
            "lexical_section_rank": 1.0,
            "dense_rank": 1.0,
            "covered_rank": 1.0,
            "several_lexical": 0.2,
            "several_dense": 0.4,
            "facet_there": 1.0,
            "practical_guide": 0.0,
        }
    )
    other = dict(zip(RECORD_FEATURES, rows[0].tolist(), strict=True))
    assert (other["lexical_section_rank"], other["dense_rank"]) == pytest.approx((0.5, 0.5))
    assert other["covered_rank"] == pytest.approx(0.25)


def test_only_a_guide_without_the_facet_asked_for_counts_as_one() -> None:
    lacking, there = fit(query("nộp ở đâu hội thả diều")), fit(query("vé thả diều bao nhiêu"))

    assert of_records(lacking, "practical_guide") == {BEES: 0.0, GHE: 0.0, DIEU: 1.0}
    assert of_records(lacking, "facet_there")[DIEU] == 0
    assert of_records(there, "practical_guide")[DIEU] == 0


def test_what_must_not_be_found_is_seen_by_no_feature() -> None:
    questions = [*BEE_HIVES["questions"], {"text": "xyzzy quuxo?", "section": "summary"}]
    edition = edition_of(changed(BEE_HIVES, questions=questions), BOATS)
    own = next(one.id for one in edition.chunks if one.text == "xyzzy quuxo?")
    asked = Query("xyzzy quuxo?", COMMUNE)

    seen = fit(asked, edition)
    unseen = fit(Query(asked.text, COMMUNE, without=frozenset({own})), edition)

    for name in ("lexical_question", "covered", "several_lexical"):
        assert of_records(seen, name)[BEES] > 0
        assert of_records(unseen, name)[BEES] == pytest.approx(0)


@pytest.mark.parametrize(
    ("covered", "named", "left"),
    [
        pytest.param(1.0, 1.0, 0.0, id="named and covered whole"),
        pytest.param(1.0, 0.0, 1.0, id="covered only"),
        pytest.param(0.0, 1.0, 1.0, id="named only"),
        pytest.param(0.5, 0.5, 0.75, id="in part"),
    ],
)
def test_what_lies_outside_counts_less_the_more_a_record_names_and_covers(
    covered: float, named: float, left: float
) -> None:
    rows = np.zeros((3, len(RECORD_FEATURES)))
    rows[1, RECORD_FEATURES.index("covered")] = covered
    rows[1, RECORD_FEATURES.index("whole_name")] = named

    row = question_features(layout(), frozenset({"ong"}), rows, outside=0.9, off_topic=False)

    assert of_question(row)["outside"] == pytest.approx(left * math.log(9), abs=1e-9)


@pytest.mark.parametrize(("outside", "most"), [(0.0, -8.5), (1.0, 8.5)])
def test_a_classifier_is_never_wholly_sure(outside: float, most: float) -> None:
    rows = np.zeros((1, len(RECORD_FEATURES)))

    row = question_features(layout(), frozenset({"ong"}), rows, outside=outside, off_topic=False)

    found = of_question(row)["outside"]
    assert abs(found) < abs(most)
    assert found * most > 0


def test_no_two_records_together_name_and_cover_a_question() -> None:
    rows = np.zeros((2, len(RECORD_FEATURES)))
    rows[0, RECORD_FEATURES.index("covered")] = 1.0
    rows[1, RECORD_FEATURES.index("whole_name")] = 1.0

    row = question_features(layout(), frozenset({"ong"}), rows, outside=0.9, off_topic=True)

    assert of_question(row)["outside"] == pytest.approx(math.log(9))
    assert of_question(row)["off_topic"] == 1


def test_a_new_records_own_name_lies_not_outside() -> None:
    asked = replace(query("Đăng ký nuôi ong mật"), outside=0.95)
    strange = replace(query("đổi bằng lái xe"), outside=0.95)

    assert of_question(fit(asked).question)["outside"] == pytest.approx(0, abs=1e-9)
    assert of_question(fit(strange).question)["outside"] == pytest.approx(math.log(19))


def test_the_share_of_words_that_no_record_holds_is_known() -> None:
    assert of_question(fit(query("đăng kiểm ghe thuyền")).question)["unknown"] == 0
    assert of_question(fit(query("xyzzy quuxo")).question)["unknown"] == 1
    assert 0 < of_question(fit(query("nuôi ong lấy phấn hoa")).question)["unknown"] < 1


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("Đăng ký nuôi ong mật lệ phí bao nhiêu", BEES),
        ("dang kiem ghe thuyen nop o dau", GHE),
        ("giá vé hội thả diều bao nhiêu", DIEU),
    ],
)
def test_without_vectors_records_are_found_by_the_weights_for_words(text: str, record: str) -> None:
    asked, made = query(text), fit(query(text))
    by_words = Ranker.packaged(vectors=False).probabilities(made.records, made.question)
    with_vectors = Ranker.packaged(vectors=True).probabilities(made.records, made.question)

    found = HybridRetriever(knowledge=FixedKnowledge(EDITION)).candidates(asked, EDITION)

    assert found[0].record.id == record
    assert found[0].probability > 0.5
    assert found[0].probability == pytest.approx(by_words.max())
    assert found[0].probability != pytest.approx(with_vectors.max(), abs=1e-3)


def test_with_vectors_the_weights_for_both_are_used() -> None:
    asked = query("Đăng ký nuôi ong mật")
    near = {EDITION.chunks[place].id: 0.8 for place in places(GHE)}
    far = {EDITION.chunks[place].id: 0.1 for place in places(DIEU)[:1]}
    retriever = HybridRetriever(knowledge=SomeVectors(EDITION, {**near, **far}))
    made = retriever.fit(asked, EDITION)
    assert made is not None

    found = retriever.candidates(asked, EDITION)

    assert of_records(made, "dense_name") == pytest.approx({BEES: 0.1, GHE: 0.8, DIEU: 0.1})
    wanted = Ranker.packaged(vectors=True).probabilities(made.records, made.question)
    assert {one.record.id: one.probability for one in found} == pytest.approx(
        dict(zip(made.ids, wanted.tolist(), strict=True))
    )


def test_english_that_no_glossary_knows_is_searched_for_by_meaning_alone() -> None:
    asked = query("How do I tame a zebra and a heron?")
    searched: list[str] = []

    class Listening(SomeVectors):
        def nearest(self, *given: object) -> Mapping[str, float]:
            searched.append(str(given[1]))
            return super().nearest(*given)

    near = {EDITION.chunks[place].id: 0.8 for place in places(GHE)}
    far = {EDITION.chunks[place].id: 0.1 for place in places(DIEU)[:1]}
    made = HybridRetriever(knowledge=Listening(EDITION, {**near, **far})).fit(asked, EDITION)
    assert made is not None

    assert (asked.text, asked.english) == ("", "tame zebra heron")
    assert searched == ["tame zebra heron"]
    assert of_records(made, "dense_name")[GHE] == 0.8
    assert set(of_records(made, "lexical_name").values()) == {0.0}
    assert of_question(made.question)["unknown"] == 0.0


def test_english_is_searched_for_beside_its_translation() -> None:
    asked = query("How much is the birth certificate of my newborn?")

    assert asked.text.startswith("giấy khai sinh")
    assert asked.meaning == f"{asked.text}, {asked.english}"
    assert "newborn" in asked.english


def test_the_chunks_of_a_record_are_where_the_edition_has_them() -> None:
    for number, record in enumerate(layout().ids):
        assert layout().places(number).tolist() == places(record)


def test_sections_are_scored_by_their_own_chunks() -> None:
    asked, made = query("Đăng ký nuôi ong mật lệ phí"), fit(query("Đăng ký nuôi ong mật lệ phí"))
    found = HybridRetriever(knowledge=FixedKnowledge(EDITION)).candidates(asked, EDITION)[0]

    sections = {EDITION.chunks[place].section for place in places(BEES)}
    assert set(found.sections) == sections
    assert len(found.sections) == len(sections)
    for section, scored in found.sections.items():
        texts = [
            float(made.scores.lexical[place])
            for place in places(BEES)
            if EDITION.chunks[place].section == section
            and EDITION.chunks[place].kind is ChunkKind.SECTION
        ]
        assert scored.text == max(texts, default=0.0)
