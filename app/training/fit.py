"""From questions to the packaged weights; every step's figures are held out by record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from app import answering
from app.answering.classify import TextClassifier
from app.answering.clean import clean
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.ranker import Ranker
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import Understood, understand
from app.evaluation.memory import KnowledgeInMemory
from app.training.classifiers import fit_facets, fit_fields, fit_kinds
from app.training.examples import (
    ASKED,
    COMMUNE,
    OUT_OF_SCOPE,
    STRIPPED,
    Example,
    Seen,
    Tell,
    of_facets,
    own_questions,
    read_rows,
    standing_alone,
    written_files,
)
from app.training.follow import fit_follow, fit_turns, turns_of
from app.training.rank import fit_ranker, without_vectors
from app.training.section import fit_aim
from knowledge_base.catalogue import read_content
from knowledge_base.edition import Edition
from knowledge_base.embedding import load_embedding
from knowledge_base.revisions import Snapshot
from knowledge_base.syllables import fold

PACKAGED = Path(answering.__file__).parent


def fit_all(files: Sequence[Path], tell: Tell) -> None:
    """Fit and package all that ``app.answering`` weighs by.

    ``kinds.npz``, ``facets.npz``, ``fields.npz``, ``ranker.json``, ``aim.json``, ``turns.npz``,
    ``follow.json``: each step looks at what the steps before it have packaged.

    The ranker and the classifier of fields learn “none” from what is clearly out of scope only:
    with rows written to be hard they found clear ones less surely (near misses held out 0.93 →
    0.65) and gained nothing elsewhere. Questions written for records count little there: more made
    clear near misses less sure, none at all made everyday questions be refused.

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
    further = standing_alone(read_rows(ASKED, edition), "asked")
    bare = tuple(of_facets())
    names = tuple(_names(edition))
    tell(f"{len(own)} câu của hồ sơ, {len(rows)} câu phát triển, {len(written)} câu viết để học")

    fit_kinds((*rows, *written), (*own, *bare, *names), tell).save(PACKAGED / "kinds.npz")
    everything = (*own, *asked, *stripped(asked), *out, *further)
    facets = fit_facets(everything, bare, edition, tell)
    facets.model.save(PACKAGED / "facets.npz")
    fields = fit_fields(everything, names, tell)
    fields.model.save(PACKAGED / "fields.npz")
    TextClassifier.packaged.cache_clear()

    knowledge = KnowledgeInMemory(edition, load_embedding(""))
    retriever = HybridRetriever(knowledge=knowledge)
    seen = seen_by(retriever, edition, everything, facets.held_out, fields.held_out)
    words = [replace(one, fit=without_vectors(one.fit)) for one in seen]
    weights = {"with_vectors": fit_ranker(seen, tell), "words_alone": fit_ranker(words, tell)}
    _write(PACKAGED / "ranker.json", weights)
    Ranker.packaged.cache_clear()
    _write(PACKAGED / "aim.json", fit_aim(retriever, edition, seen, tell))

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
) -> list[Seen]:
    """The examples as the answering sees them, with classifiers that have not seen them."""
    found = []
    for example, facet, field in zip(examples, facets, fields, strict=True):
        understood = replace(
            understand(mask(clean(example.text)), Lexicon.packaged()),
            facets=facet,
            outside=field["out"],
        )
        fit = retriever.fit(_query(example, understood), edition)
        if fit is not None:
            found.append(Seen(example, understood, fit))
    return found


def _query(example: Example, understood: Understood) -> Query:
    query = Query.of(understood, example.commune)
    return replace(query, without=frozenset(filter(None, [example.own_chunk])))


def _names(edition: Edition) -> Iterator[Example]:
    for record in edition.scope(COMMUNE).records.values():
        for name in (record.title, *record.aliases):
            yield Example(name, COMMUNE, "name", (record.id,))


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
