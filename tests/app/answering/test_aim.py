"""Which section of a record a question aims at, with the packaged weights over made-up records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.answering.aim import SECTION_FEATURES, section_features, section_of
from app.answering.lexicon import Lexicon
from app.answering.retrieve import Candidate, SectionFit
from app.answering.understand import Understood, understand
from knowledge_base.record import Facet
from knowledge_base.section import Section, sections_of
from tests.fakes import BEE_HIVES, COMMUNE, DAY, edition_of

RECORD = edition_of(BEE_HIVES).scope(COMMUNE).records[BEE_HIVES["id"]]
SECTIONS = sections_of(RECORD, DAY)
UNSURE: Mapping[str, float] = {facet.value: 1 / len(Facet) for facet in Facet}


def read(text: str, facets: Mapping[str, float] = UNSURE) -> Understood:
    """A question of whose facet the classifier knows nothing."""
    return replace(understand(text, Lexicon.packaged()), facets=facets)


def found(fits: Mapping[str, SectionFit]) -> Candidate:
    return Candidate(RECORD, 0.9, fits, named_in_full=False)


def column(name: str, candidate: Candidate, asked: Understood, *carried: Facet) -> dict[str, float]:
    rows = section_features(SECTIONS, candidate, asked, None, *carried)
    values = rows[:, SECTION_FEATURES.index(name)].tolist()
    return dict(zip((section.id for section in SECTIONS), values, strict=True))


def aimed(candidate: Candidate, asked: Understood, *carried: Facet) -> Section:
    return section_of(SECTIONS, candidate, asked, None, *carried)


def test_a_section_that_no_example_question_asks_for_counts_as_usual() -> None:
    asked = SectionFit(text=0.1, text_dense=0.5, question=0.2, question_dense=0.6, asked=1.0)
    less = replace(asked, question=0.1, question_dense=0.4)
    silent = SectionFit(text=0.1, text_dense=0.5)
    candidate = found({"dossier": asked, "where": less, "result": silent})

    dense = column("question_dense", candidate, read("nuôi ong"))

    assert (dense["dossier"], dense["where"]) == (0.6, 0.4)
    assert dense["result"] == pytest.approx(0.5)


def test_a_sure_facet_wins_although_no_example_question_asks_for_it() -> None:
    asked = SectionFit(text=0.1, text_dense=0.6, question=0.1, question_dense=0.6, asked=1.0)
    fits = {section.id: asked for section in SECTIONS}
    fits["result"] = SectionFit(text=0.1, text_dense=0.6)
    sure = {facet.value: 0.02 for facet in Facet} | {"result": 0.8}

    assert aimed(found(fits), read("nuôi ong rồi thì họ đưa", sure)).facet is Facet.RESULT


@pytest.mark.parametrize("carried", [Facet.FEE, Facet.DOSSIER, Facet.WHERE])
def test_a_question_that_goes_on_and_asks_for_nothing_asks_for_the_last_facet(
    carried: Facet,
) -> None:
    same = SectionFit(text=0.1, text_dense=0.5, question=0.1, question_dense=0.5, asked=1.0)
    candidate = found({section.id: same for section in SECTIONS})
    asked = read("còn đàn ong nhỏ")

    assert asked.facet is None
    assert aimed(candidate, asked, carried).facet is carried


def test_a_question_that_asks_for_a_facet_of_its_own_gets_that() -> None:
    same = SectionFit(text=0.1, text_dense=0.5, question=0.1, question_dense=0.5, asked=1.0)
    candidate = found({section.id: same for section in SECTIONS})
    asked = understand("còn lệ phí bao nhiêu", Lexicon.packaged())

    assert aimed(candidate, asked, Facet.DOSSIER).facet is Facet.FEE


def test_without_a_last_facet_none_is_carried() -> None:
    names = [name for name in SECTION_FEATURES if name.startswith("carried")]

    for name in names:
        assert not any(column(name, found({}), read("còn đàn ong nhỏ")).values())
