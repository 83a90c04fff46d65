"""Fits the small text classifiers: facets, fields and kinds of questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from app.answering.classify import TextClassifier, runs
from app.answering.clean import clean
from app.answering.facets import facet_clues
from app.answering.kinds import believed
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.understand import clues_of_kind, words_of
from app.evaluation.rows import STATUS_KINDS, Row
from app.training.examples import COMMUNE, FOLDS, Example, Tell, folds_of, folds_of_examples
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.syllables import fold

_BUCKETS = 1 << 16
_KINDS_STRENGTH = 30.0
"""Kinds show in a few words, so their weights may grow more; found by the held-out figures."""
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


def fit_fields(examples: Sequence[Example], names: Sequence[Example], tell: Tell) -> Classified:
    """The classifier of what a commune's counter handles, ``in``, and what not, ``out``.

    Args:
        examples: those that later steps learn from.
        names: titles and aliases of records; a bare name is a question too.
        tell: is told the figures.
    """
    known = (*examples, *names)
    labels = ["in" if example.records else "out" for example in known]
    counts = {label: labels.count(label) for label in ("in", "out")}
    weights = [len(labels) / 2 / counts[label] for label in labels]
    found = _classified(known, labels, weights, lambda _plain: ())
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
    texts = [(row.question, row.kind if row.kind in STATUS_KINDS else OTHER) for row in rows]
    texts += [(one.text, OTHER) for one in others]
    clues = [clues_of_kind(mask(clean(text)), Lexicon.packaged()) for text, _ in texts]
    labels = [label for _, label in texts]
    folds = folds_of([fold(text) for text, _ in texts])
    hits: defaultdict[str, list[bool]] = defaultdict(list)
    for number in range(FOLDS):
        learn, rest = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        model = fit_classifier(
            [clues[place] for place in learn],
            [labels[place] for place in learn],
            [1.0] * len(learn),
            strength=_KINDS_STRENGTH,
        )
        for place in rest:
            chances = model.probabilities(*clues[place])
            hits[labels[place]].append(
                (believed(chances, clues[place][1]) or OTHER) == labels[place]
            )
    for label, right in sorted(hits.items()):
        tell(f"loại câu, {label}: {len(right)} câu, đúng {np.mean(right):.3f} trên câu để riêng")
    return fit_classifier(clues, labels, [1.0] * len(labels), strength=_KINDS_STRENGTH)


def _classified(
    examples: Sequence[Example],
    labels: Sequence[str | None],
    weights: Sequence[float],
    clues: Callable[[str], tuple[str, ...]],
) -> Classified:
    """Fit on all examples that have a label, and once more without each fold."""
    texts = [(words, clues(fold(words))) for words in map(_words, examples)]
    folds = folds_of_examples(examples)

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


@cache
def _words(example: Example) -> str:
    return words_of(mask(clean(example.text)), Lexicon.packaged())
