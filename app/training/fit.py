"""From questions to the packaged weights; every step's figures are held out by record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

from app import answering
from app.answering.classify import TextClassifier
from app.answering.ranker import Ranker
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import Understood
from app.evaluation.memory import KnowledgeInMemory
from app.evaluation.rows import Row
from app.training.both import fit_both
from app.training.classifiers import fit_facets, fit_fields, fit_kinds
from app.training.examples import (
    ASKED,
    BESIDE,
    COMMUNE,
    ENGLISH,
    HARD,
    ONE,
    OUT_OF_SCOPE,
    STRIPPED,
    TWO_IN_ONE,
    Example,
    Seen,
    Tell,
    as_asked,
    in_talks,
    of_facets,
    own_questions,
    read_rows,
    standing_alone,
    written_files,
)
from app.training.follow import fit_follow, fit_turns, last_answer, turns_of
from app.training.rank import fit_rankers
from app.training.section import fit_aim
from ingest.training.pairs import is_learned
from knowledge_base.catalogue import read_content
from knowledge_base.edition import Edition
from knowledge_base.embedding import load_embedding
from knowledge_base.record import Facet
from knowledge_base.revisions import Snapshot
from knowledge_base.syllables import fold

PACKAGED = Path(answering.__file__).parent
_OF_ONE, _OF_NONE = 3, 5
"""Of so many messages with one question, and so many that no record answers, one is beside those
with two when it is learned where to cut; more only take longer."""


def fit_all(files: Sequence[Path], tell: Tell) -> None:
    """Fit and package all that ``app.answering`` weighs by.

    ``kinds.npz``, ``facets.npz``, ``fields.npz``, ``ranker.json``, ``aim.json``, ``turns.npz``,
    ``follow.json``, ``both.json``: each step looks at what the steps before it have packaged.

    Whether a matter is outside what counters handle, the ranker is told by a classifier that has
    not seen the matter (Wolpert, 1992): a group of near questions is left out as a whole, or the
    ranker would trust it too much. Questions written for records count little there: more made
    clear near misses less sure, none at all made everyday questions be refused. English questions
    that the embedding knows by heart teach the classifiers alone.

    Args:
        files: development questions; those written for training are learned from as well.
        tell: is told the figures.

    Raises:
        QuestionsError: when a file of questions cannot be used.
    """
    edition = Edition.load(Snapshot(1, 1, "none", frozenset()), read_content(), date.today())
    own = tuple(own_questions(edition))
    rows, written = read_rows(files, edition), read_rows(written_files(), edition)
    asked = standing_alone(rows)
    out = standing_alone(read_rows((OUT_OF_SCOPE,), edition), "out")
    hard = standing_alone(read_rows(HARD, edition), "hard")
    english = standing_alone(read_rows((ENGLISH,), edition), "asked")
    by_heart = tuple(one for one in english if is_learned(one.text))
    further = (
        *standing_alone(read_rows(ASKED, edition), "asked"),
        *(one for one in english if not is_learned(one.text)),
    )
    bare = tuple(of_facets())
    names = tuple(_names(edition))
    tell(f"{len(own)} câu của hồ sơ, {len(rows)} câu phát triển, {len(written)} câu viết để học")

    fit_kinds((*rows, *written), (*own, *bare, *names), tell).save(PACKAGED / "kinds.npz")
    everything = (*own, *asked, *stripped(asked), *out, *hard, *further)
    beside = tuple(
        one for one in standing_alone(read_rows(BESIDE, edition), "beside") if one.records
    )
    talks = in_talks((*rows, *written))
    aimed = (*beside, *(example for example, _ in talks))
    facets = fit_facets((*everything, *aimed), (*bare, *by_heart), edition, tell)
    facets.model.save(PACKAGED / "facets.npz")
    embedder = load_embedding("")
    fields = fit_fields(everything, (*names, *by_heart), embedder, tell)
    fields.model.save(PACKAGED / "fields.npz")
    TextClassifier.packaged.cache_clear()

    knowledge = KnowledgeInMemory(edition, embedder)
    retriever = HybridRetriever(knowledge=knowledge)
    of_all, of_aimed = facets.held_out[: len(everything)], facets.held_out[len(everything) :]
    seen = list(seen_by(retriever, edition, everything, of_all, fields.held_out))
    _write(PACKAGED / "ranker.json", fit_rankers(seen, tell))
    Ranker.packaged.cache_clear()
    inside = [{"out": 0.0}] * len(aimed)
    more = seen_by(retriever, edition, aimed, of_aimed, inside)
    carried = {example: _carried(retriever, edition, row) for example, row in talks}
    more = (replace(one, carried=carried.get(one.example)) for one in more)
    _write(PACKAGED / "aim.json", fit_aim(retriever, edition, chain(seen, more), tell))

    outside = {
        example.text: chances["out"]
        for example, chances in zip(everything, fields.held_out, strict=True)
    }
    turns = turns_of(retriever, edition, (*rows, *written), bare)
    classifier, leaning = fit_turns(turns, tell)
    classifier.save(PACKAGED / "turns.npz")
    words_alone = HybridRetriever(knowledge=knowledge.without_vectors())
    follow = {
        "with_vectors": fit_follow(retriever, edition, turns, leaning, outside, tell),
        "words_alone": fit_follow(words_alone, edition, turns, leaning, outside, tell),
    }
    _write(PACKAGED / "follow.json", follow)
    messages = (
        *rows,
        *read_rows((TWO_IN_ONE,), edition),
        *read_rows((ONE,), edition)[::_OF_ONE],
        *read_rows(HARD, edition)[::_OF_NONE],
    )
    _write(PACKAGED / "both.json", fit_both(retriever, edition, messages, tell))


def stripped(examples: Sequence[Example]) -> list[Example]:
    """The same without marks."""
    return [
        replace(example, text=fold(example.text), kind=f"{example.kind}{STRIPPED}")
        for example in examples
    ]


def seen_by(
    retriever: HybridRetriever,
    edition: Edition,
    examples: Sequence[Example],
    facets: Sequence[Mapping[str, float]],
    fields: Sequence[Mapping[str, float]],
) -> Iterator[Seen]:
    """The examples as the answering sees them, with classifiers that have not seen them."""
    for example, facet, field in zip(examples, facets, fields, strict=True):
        understood = replace(
            as_asked(example.text),
            facets=facet,
            outside=field["out"],
        )
        fit = retriever.fit(_query(example, understood), edition)
        if fit is not None:
            yield Seen(example, understood, fit)


def _carried(retriever: HybridRetriever, edition: Edition, row: Row) -> Facet | None:
    """The facet of the last answer, where a row goes on from it; see ``About.carried``."""
    about, facet = last_answer(retriever, edition, row)
    goes_on = about in row.expected or as_asked(row.question).continues
    return facet if goes_on else None


def _query(example: Example, understood: Understood) -> Query:
    query = Query.of(understood, example.commune)
    return replace(query, without=frozenset(filter(None, [example.own_chunk])))


def _names(edition: Edition) -> Iterator[Example]:
    for record in edition.scope(COMMUNE).records.values():
        for name in (record.title, *record.aliases):
            yield Example(name, COMMUNE, "name", (record.id,))


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
