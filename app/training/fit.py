"""From questions to the packaged weights; every step's figures are held out by record."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app import answering
from app.answering.aim import SECTION_FEATURES, matching_case, section_features
from app.answering.classify import TextClassifier
from app.answering.clean import clean
from app.answering.facets import facet_clues
from app.answering.features import Floats
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.ranker import QUESTION_FEATURES, RECORD_FEATURES, Ranker
from app.answering.retrieve import Fit, HybridRetriever, Query
from app.answering.understand import Understood, understand, words_of
from app.training.choice import Choice, fit_choice
from app.training.classifiers import fit_classifier
from app.training.examples import (
    Example,
    development_rows,
    of_facets,
    out_of_scope,
    own_questions,
    standing_alone,
)
from app.training.follow import fit_follow
from app.training.memory import KnowledgeInMemory
from knowledge_base.catalogue import read_content
from knowledge_base.edition import Edition
from knowledge_base.embedding import load_embedding
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind
from knowledge_base.revisions import Snapshot
from knowledge_base.section import sections_of
from knowledge_base.syllables import fold

COMMUNE = "hoa-tien"
FOLDS = 5
RIDGE = 0.1
_NEAR = 25
"""Records that a question's ranking is learned from."""

_PACKAGED = Path(answering.__file__).parent
_WEIGHTS = {"own": 0.1, "out": 0.5}
"""Of kinds that are not residents' own words to the service; the others count as 1."""
_OWN_SECTION = 0.05
"""The weight of a record's own question in the choice of a section: the embedding has learned the
section that answers it, so there it flatters the dense scores."""
_RECORD_SIGNS = {"practical_guide": -1}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """An example as the answering sees it."""

    example: Example
    understood: Understood
    fit: Fit


def fit_all(files: Sequence[Path], tell: Tell, folder: Path = _PACKAGED) -> None:
    """Fit and write all that ``app.answering`` weighs by.

    ``facets.npz``, ``fields.npz``, ``ranker.json``, ``aim.json`` and ``follow.json``.

    Raises:
        QuestionsError: when a file of questions cannot be used.
    """
    edition = Edition.load(Snapshot(1, 1, "none", frozenset()), read_content(), date.today())
    own = tuple(own_questions(edition, COMMUNE))
    rows = development_rows(files, edition, COMMUNE)
    asked = standing_alone(rows)
    strange = tuple(out_of_scope(COMMUNE))
    more = tuple(of_facets(COMMUNE))
    tell(f"{len(own)} câu của hồ sơ, {len(asked)} câu phát triển, {len(strange)} câu ngoài phạm vi")

    everything = (*own, *asked, *_stripped(asked), *strange)
    facets = fit_facets(everything, more, edition, tell)
    facets.model.save(folder / "facets.npz")
    fields = fit_fields(everything, tell)
    fields.model.save(folder / "fields.npz")
    TextClassifier.packaged.cache_clear()

    retriever = HybridRetriever(knowledge=KnowledgeInMemory(edition, load_embedding("")))
    seen = _seen(retriever, edition, everything, facets, fields)
    words = [replace(one, fit=without_vectors(one.fit)) for one in seen]
    weights = {"with_vectors": fit_ranker(seen, tell), "words_alone": fit_ranker(words, tell)}
    _write(folder / "ranker.json", weights)
    Ranker.packaged.cache_clear()
    _write(folder / "aim.json", fit_aim(retriever, edition, seen, tell))
    follow = fit_follow(retriever, edition, COMMUNE, rows, more, strange, tell)
    _write(folder / "follow.json", follow)


@dataclass(frozen=True, slots=True)
class Classified:
    """A classifier, and what it says of each example when that example's fold was left out.

    What later steps learn from must not have been seen by the classifier (Wolpert, “Stacked
    generalization”, 1992).
    """

    model: TextClassifier
    held_out: tuple[Mapping[str, float], ...]


def fit_facets(
    examples: Sequence[Example], more: Sequence[Example], edition: Edition, tell: Tell
) -> Classified:
    """The classifier of facets, from questions whose first facet is known.

    A guide's own questions are left out: its sections are about matters rather than facets.

    Args:
        examples: those that later steps learn from.
        more: questions that only say which facet they ask for.
        edition: tells which records are guides.
        tell: is told the figures.
    """
    records = edition.scope(COMMUNE).records
    labels = [
        example.facets[0].value
        if example.facets
        and not (example.kind == "own" and isinstance(records[example.records[0]], Guide))
        else None
        for example in (*examples, *more)
    ]
    found = _classified((*examples, *more), labels, [1.0] * len(labels), facet_clues)
    found = replace(found, held_out=found.held_out[: len(examples)])
    hits = [
        max(chances, key=chances.__getitem__) in {facet.value for facet in example.facets}
        for example, chances in zip(examples, found.held_out, strict=True)
        if example.facets and example.kind != "own"
    ]
    tell(f"mặt hỏi: đúng {np.mean(hits):.3f} trên câu để riêng")
    return found


def fit_fields(examples: Sequence[Example], tell: Tell) -> Classified:
    """The classifier of what a commune's counter handles, ``in``, and what not, ``out``."""
    labels = ["in" if example.records else "out" for example in examples]
    counts = {label: labels.count(label) for label in ("in", "out")}
    weights = [len(labels) / 2 / counts[label] for label in labels]
    found = _classified(examples, labels, weights, lambda _plain: ())
    for label in ("in", "out"):
        called = [
            chances["out"] >= 0.5
            for chances, actual in zip(found.held_out, labels, strict=True)
            if actual == label
        ]
        tell(f"lĩnh vực, {label}: {np.mean(called):.3f} coi là ngoài trên câu để riêng")
    return found


def _classified(
    examples: Sequence[Example],
    labels: Sequence[str | None],
    weights: Sequence[float],
    clues: Callable[[str], tuple[str, ...]],
) -> Classified:
    """Fit on all examples that have a label, and once more without each fold."""
    texts = [(words, clues(fold(words))) for words in map(_words, examples)]
    folds = _folds(examples)

    def fitted(places: Sequence[int]) -> TextClassifier:
        known = [
            (texts[place], label, weights[place]) for place in places if (label := labels[place])
        ]
        return fit_classifier(*map(list, zip(*known, strict=True)))

    held_out: list[Mapping[str, float]] = [{}] * len(examples)
    for number in range(FOLDS):
        model = fitted(np.flatnonzero(folds != number).tolist())
        for place in np.flatnonzero(folds == number).tolist():
            held_out[place] = model.probabilities(*texts[place])
    return Classified(fitted(range(len(examples))), tuple(held_out))


def without_vectors(fit: Fit) -> Fit:
    """The same question while the vector store fails: every dense feature is 0."""
    records, question = fit.records.copy(), fit.question.copy()
    records[:, [place for place, name in enumerate(RECORD_FEATURES) if "dense" in name]] = 0.0
    question[[place for place, name in enumerate(QUESTION_FEATURES) if "dense" in name]] = 0.0
    return replace(fit, records=records, question=question)


def fit_ranker(seen: Sequence[Seen], tell: Tell) -> dict[str, dict[str, float]]:
    """The weights of ``app.answering.ranker``."""
    choices = [_choice(one) for one in seen]
    signs = [_RECORD_SIGNS.get(name, 1) for name in RECORD_FEATURES]
    folds = _folds([one.example for one in seen])
    figures: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for fold_number in range(FOLDS):
        learn = [
            choice for choice, number in zip(choices, folds, strict=True) if number != fold_number
        ]
        ranker = Ranker(*fit_choice(learn, signs, RIDGE))
        for place in np.flatnonzero(folds == fold_number).tolist():
            figures[seen[place].example.kind].append(_figures(ranker, choices[place]))
    for kind, rows in sorted(figures.items()):
        tell(
            f"xếp hạng, {kind}: {len(rows)} câu, "
            + " ".join(f"{value:.3f}" for value in np.mean(rows, axis=0))
        )
    record, none = fit_choice(choices, signs, RIDGE)
    return {
        "record": _named(RECORD_FEATURES, record),
        "none": _named(QUESTION_FEATURES, none),
    }


def fit_aim(
    retriever: HybridRetriever, edition: Edition, seen: Sequence[Seen], tell: Tell
) -> dict[str, dict[str, float]]:
    """The weights of ``app.answering.aim``, by kind of record."""
    by_kind: dict[RecordKind, list[tuple[Choice, Example]]] = {
        RecordKind.PROCEDURE: [],
        RecordKind.GUIDE: [],
    }
    for one in seen:
        if one.example.facets and one.example.records:
            kind, choice = _section_choice(retriever, edition, one)
            if choice.right.any():
                by_kind[kind].append((choice, one.example))
    signs = [0 if name.startswith("summary") else 1 for name in SECTION_FEATURES]
    found = {}
    for kind, pairs in by_kind.items():
        choices = [choice for choice, _ in pairs]
        folds = _folds([example for _, example in pairs])
        figures: defaultdict[str, list[float]] = defaultdict(list)
        for fold_number in range(FOLDS):
            learn = [
                one for one, number in zip(choices, folds, strict=True) if number != fold_number
            ]
            weights, _ = fit_choice(learn, signs, RIDGE)
            for place in np.flatnonzero(folds == fold_number).tolist():
                choice, example = pairs[place]
                hit = choice.right[int(np.argmax(choice.options @ weights))]
                figures[example.kind].append(hit)
        for name, hits in sorted(figures.items()):
            tell(f"chọn mục, {kind.value}, {name}: {len(hits)} câu, đúng {np.mean(hits):.3f}")
        found[kind.value] = _named(SECTION_FEATURES, fit_choice(choices, signs, RIDGE)[0])
    return found


def _section_choice(
    retriever: HybridRetriever, edition: Edition, one: Seen
) -> tuple[RecordKind, Choice]:
    """The sections of the right record, and which of them answer."""
    wanted, example = one.example.records[0], one.example
    number = one.fit.ids.index(wanted)
    found = retriever.candidate(edition, example.commune, one.fit, number, 1.0)
    record, case = found.record, None
    if isinstance(record, Procedure) and (matched := matching_case(record, one.understood)):
        case = matched.id
    sections = sections_of(record, edition.day)
    right = [
        section.id == example.section if example.section else section.facet in example.facets
        for section in sections
    ]
    return (
        RecordKind.PROCEDURE if isinstance(record, Procedure) else RecordKind.GUIDE,
        Choice(
            section_features(sections, found, one.understood, case),
            np.array(right, dtype=np.float64),
            np.empty(0),
            _OWN_SECTION if example.kind == "own" else _weight(example),
        ),
    )


def _seen(
    retriever: HybridRetriever,
    edition: Edition,
    examples: Sequence[Example],
    facets: Classified,
    fields: Classified,
) -> list[Seen]:
    found = []
    for example, facet, field in zip(examples, facets.held_out, fields.held_out, strict=True):
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


def _stripped(examples: Sequence[Example]) -> list[Example]:
    return [
        replace(example, text=fold(example.text), kind=f"{example.kind}/no-diacritics")
        for example in examples
    ]


def _choice(one: Seen) -> Choice:
    """The records that come near, and the right ones; the others would hardly be chosen."""
    right = np.array([float(record in one.example.records) for record in one.fit.ids])
    kept = np.argsort(-one.fit.records.sum(axis=1) - 1e6 * right, kind="stable")[:_NEAR]
    return Choice(one.fit.records[kept], right[kept], one.fit.question, _weight(one.example))


def _weight(example: Example) -> float:
    kind, _, variant = example.kind.partition("/")
    return _WEIGHTS.get(kind, 1.0) * (0.5 if variant == "no-diacritics" else 1.0)


def _figures(ranker: Ranker, choice: Choice) -> tuple[float, ...]:
    """For what a record answers: first, among three, answered, wrongly; else: silent, answered."""
    chances = ranker.probabilities(choice.options, choice.none)
    order = np.argsort(-chances)
    sure = float(chances[order[0]] >= 0.5)
    if not choice.right.any():
        return (float(chances.max() < 0.15), sure)
    first = float(choice.right[order[0]])
    return (
        first,
        float(choice.right[order[:3]].any()),
        sure,
        sure * (1 - first),
        float(chances.max() < 0.15),
    )


def _folds(examples: Sequence[Example]) -> NDArray[np.int64]:
    """The fold of each example; those of one record share one."""
    keys = [example.records[0] if example.records else fold(example.text) for example in examples]
    return np.array([zlib.crc32(key.encode()) % FOLDS for key in keys], dtype=np.int64)


@cache
def _words(example: Example) -> str:
    return words_of(mask(clean(example.text)), Lexicon.packaged())


def _named(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
