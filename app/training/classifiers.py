"""Fits the small text classifiers: facets, fields and kinds of questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from app.answering.classify import TextClassifier, runs
from app.answering.clean import clean
from app.answering.kinds import believed
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.understand import Reading, clues_of_kind, read
from app.evaluation.rows import STATUS_KINDS, Row
from app.training.examples import (
    COMMUNE,
    FOLDS,
    PROVINCE,
    Example,
    Tell,
    folds_of,
    folds_of_examples,
    folds_of_matters,
)
from knowledge_base.edition import Edition
from knowledge_base.embedding import Embedder
from knowledge_base.guide import Guide
from knowledge_base.syllables import fold

_BUCKETS = 1 << 16
_OWN = 0.3
"""The weight of a record's own question in the classifier of facets: there are many of them, and
residents ask in other words."""
_OTHERS = 6.0
"""All other questions together count at most so many times as much as those of a kind: else each
further question for a record would make cries for help less likely."""
_KINDS_STRENGTH = 30.0
"""Kinds show in a few words, so their weights may grow more; found by the held-out figures."""
_OF_SCAMS = "lua-dao-gia-danh-can-bo"
"""The guide about scams: who asks for it may as well be warned, so such questions teach no kind."""
OTHER = "other"
"""The label of a question that is none of the kinds told apart."""


def fit_classifier(
    texts: Sequence[tuple[str, Sequence[str]]],
    labels: Sequence[str],
    weights: Sequence[float],
    *,
    strength: float = 10.0,
) -> TextClassifier:
    """Multinomial logistic regression.

    Args:
        texts: each with its clues, see ``runs``.
        labels: one a text.
        weights: one a text.
        strength: scikit-learn's ``C``.
    """
    from sklearn.linear_model import LogisticRegression  # takes seconds

    model = LogisticRegression(C=strength, max_iter=2000)
    model.fit(_matrix(texts), labels, sample_weight=np.array(weights))
    slopes, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row tells both apart
        slopes, bias = np.vstack([-slopes, slopes]) / 2, np.concatenate([-bias, bias]) / 2
    return TextClassifier(
        tuple(str(label) for label in model.classes_),
        slopes.T.astype(np.float32),
        bias.astype(np.float32),
    )


def _matrix(texts: Sequence[tuple[str, Sequence[str]]]) -> sparse.csr_matrix:
    rows = [runs(text, _BUCKETS, clues) for text, clues in texts]
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(len(row))) for row in rows])
    starts = np.cumsum([0, *(len(row) for row in rows)])
    return sparse.csr_matrix((values, np.concatenate(rows), starts), shape=(len(texts), _BUCKETS))


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
    """The classifier of facets, from questions whose facet is known.

    Of several fair readings each counts as a share of the question. A guide's own questions are
    left out: its sections are about matters rather than facets.

    Args:
        examples: those that later steps learn from.
        more: questions that only say which facet they ask for.
        edition: tells which records are guides.
        tell: is told the figures.
    """
    records = edition.scope(COMMUNE).records
    labels = [
        ()
        if example.kind == "own" and isinstance(records[example.records[0]], Guide)
        else tuple(dict.fromkeys(facet.value for facet in example.facets))
        for example in (*examples, *more)
    ]
    known = (*examples, *more)
    weights = [_OWN if example.kind == "own" else 1.0 for example in known]
    found = _classified(known, labels, weights, Reading.of_facet, folds_of_examples(known))
    found = replace(found, held_out=found.held_out[: len(examples)])
    hits = [
        max(chances, key=chances.__getitem__) in {facet.value for facet in example.facets}
        for example, chances in zip(examples, found.held_out, strict=True)
        if example.facets and example.kind != "own"
    ]
    tell(f"mặt hỏi: đúng {np.mean(hits):.3f} trên câu để riêng")
    return found


def fit_fields(
    examples: Sequence[Example], names: Sequence[Example], embedder: Embedder, tell: Tell
) -> Classified:
    """The classifier of what a commune's counter handles, ``in``, and what not, ``out``.

    Args:
        examples: those that later steps learn from.
        names: titles and aliases of records; a bare name is a question too.
        embedder: tells which questions are about one matter; those are left out together.
        tell: is told the figures.
    """
    known = (*examples, *names)
    labels = ["in" if example.records else "out" for example in known]
    counts = {label: labels.count(label) for label in ("in", "out")}
    weights = [len(labels) / 2 / counts[label] for label in labels]
    several = [(label,) for label in labels]
    folds = folds_of_matters(known, embedder)
    found = _classified(known, several, weights, lambda one: one.of_field(PROVINCE), folds)
    found = replace(found, held_out=found.held_out[: len(examples)])
    for label in ("in", "out"):
        called = [
            chances["out"] >= 0.5
            for chances, actual in zip(found.held_out, labels, strict=False)
            if actual == label
        ]
        tell(f"lĩnh vực, {label}: {np.mean(called):.3f} coi là ngoài trên câu để riêng")
    return found


def fit_kinds(rows: Sequence[Row], others: Sequence[Example], tell: Tell) -> TextClassifier:
    """The classifier of emergencies, scams, abuse and offices, beside all ``other`` questions.

    Args:
        rows: any rows; those of another kind than these are others.
        others: further questions of no such kind.
        tell: is told the figures.
    """
    told = [row for row in rows if row.kind in STATUS_KINDS or _OF_SCAMS not in row.expected]
    texts = [(row.question, row.kind if row.kind in STATUS_KINDS else OTHER) for row in told]
    texts += [(one.text, OTHER) for one in others if _OF_SCAMS not in one.records]
    clues = [clues_of_kind(mask(clean(text)), Lexicon.packaged()) for text, _ in texts]
    labels = [label for _, label in texts]
    many = labels.count(OTHER)
    others_weight = min(1.0, _OTHERS * (len(labels) - many) / max(many, 1))
    weights = [others_weight if label == OTHER else 1.0 for label in labels]
    folds = folds_of([fold(text) for text, _ in texts])
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    for number in range(FOLDS):
        learn, rest = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        model = fit_classifier(
            [clues[place] for place in learn],
            [labels[place] for place in learn],
            [weights[place] for place in learn],
            strength=_KINDS_STRENGTH,
        )
        for place in rest:
            chances = model.probabilities(*clues[place])
            hits[labels[place]].append(
                (believed(chances, clues[place][1]) or OTHER) == labels[place]
            )
    for label, right in sorted(hits.items()):
        tell(f"loại câu, {label}: {len(right)} câu, đúng {np.mean(right):.3f} trên câu để riêng")
    return fit_classifier(clues, labels, weights, strength=_KINDS_STRENGTH)


def _classified(
    examples: Sequence[Example],
    labels: Sequence[Sequence[str]],
    weights: Sequence[float],
    look: Callable[[Reading], tuple[str, tuple[str, ...]]],
    folds: NDArray[np.int64],
) -> Classified:
    """Fit on all examples that have labels, and once more without each fold.

    An example of several labels counts as a share of each.

    Args:
        examples: all of them.
        labels: of each; none where it is not known.
        weights: of each.
        look: from a question as it is read to what the classifier looks at, text and clues.
        folds: of each.
    """
    texts = [look(_reading(example)) for example in examples]

    def fitted(places: Sequence[int]) -> TextClassifier:
        known = [
            (texts[place], label, weights[place] / len(labels[place]))
            for place in places
            for label in labels[place]
        ]
        return fit_classifier(*map(list, zip(*known, strict=True)))

    held_out: list[Mapping[str, float]] = [{}] * len(examples)
    for number in range(FOLDS):
        model = fitted(np.flatnonzero(folds != number).tolist())
        for place in np.flatnonzero(folds == number).tolist():
            held_out[place] = model.probabilities(*texts[place])
    return Classified(fitted(range(len(examples))), tuple(held_out))


@cache
def _reading(example: Example) -> Reading:
    return read(mask(clean(example.text)), Lexicon.packaged())
