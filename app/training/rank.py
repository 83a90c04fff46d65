"""Fits the ranker: which record answers a question, or none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from app.answering.features import Floats
from app.answering.ranker import QUESTION_FEATURES, RECORD_FEATURES, Ranker, weights_name
from app.answering.retrieve import Fit
from app.training.choice import Choice, fit_choice
from app.training.examples import (
    FOLDS,
    Example,
    Seen,
    Tell,
    folds_of_examples,
    is_in_english,
    is_measured,
    named_weights,
    stripped_weight,
    weight_of,
)

_NEAR = 25
"""Records that a question's ranking is learned from."""
_RIDGE = 0.1
_ANSWERED, _SILENT = 0.65, 0.65
"""The thresholds of ``app.settings``, for the figures told."""
_OFFERED = 4
"""Records that residents may be asked to choose from."""
_HARDER = {"asked": 0.05, "hard": 0.04, "out": 0.04}
"""How much one question of a kind counts beside one of the development part."""
_RECORD_SIGNS = {"practical_guide": -1}


def without_vectors(fit: Fit) -> Fit:
    """The same question while the vector store fails: every dense feature is 0."""
    records, question = fit.records.copy(), fit.question.copy()
    records[:, [place for place, name in enumerate(RECORD_FEATURES) if "dense" in name]] = 0.0
    question[[place for place, name in enumerate(QUESTION_FEATURES) if "dense" in name]] = 0.0
    return replace(fit, records=records, question=question)


Weights = dict[str, dict[str, float]]
"""Of the records' features and of the question's, by name."""


def fit_rankers(seen: Sequence[Seen], tell: Tell) -> dict[str, Weights]:
    """All sets of weights of ``app.answering.ranker``, by their names in the file.

    Vietnamese and English questions are learned from apart: how near a record must come to be the
    right one is another matter where only some words are known.
    """
    found = {}
    for english in (False, True):
        vectors = [one for one in seen if bool(one.understood.english) is english]
        words = [replace(one, fit=without_vectors(one.fit)) for one in vectors]
        fit = fit_english if english else fit_vietnamese
        found[weights_name(vectors=True, english=english)] = fit(vectors, tell)
        found[weights_name(vectors=False, english=english)] = fit(words, tell)
    return found


def fit_vietnamese(seen: Sequence[Seen], tell: Tell) -> Weights:
    """The weights for Vietnamese questions."""
    return _fitted(seen, tell, _NEAR, weight_of, _as_asked)


def fit_english(seen: Sequence[Seen], tell: Tell) -> Weights:
    """The weights for English questions.

    The embedding has learned from none of those that are learned from here; they are few, and so
    weak are their weights that no record of the commune may be left out.
    """
    return _fitted(seen, tell, None, _in_english, _in_english)


def _fitted(
    seen: Sequence[Seen],
    tell: Tell,
    near: int | None,
    weigh: Callable[[Example], float],
    as_asked: Callable[[Example], float],
) -> Weights:
    """One set of weights of ``app.answering.ranker``.

    What is learned from is not mixed as questions come: so much that no record answers, and so much
    that is hard, makes a ranker less sure than it may be. How sure is found on questions weighed as
    residents ask them, each seen by weights that were fitted without it; see ``_sureness``.

    Args:
        seen: the questions to learn from.
        tell: is told the figures.
        near: the records that a question is learned from; None for all.
        weigh: how much a question counts.
        as_asked: how much it counts when it is found how sure the weights may be.
    """
    choices = [_choice(one, near, weigh(one.example)) for one in seen]
    signs = [_RECORD_SIGNS.get(name, 1) for name in RECORD_FEATURES]
    folds = folds_of_examples([one.example for one in seen])
    held_out = [
        Ranker(
            *fit_choice(
                [one for one, number in zip(choices, folds, strict=True) if number != fold],
                signs,
                _RIDGE,
            )
        )
        for fold in range(FOLDS)
    ]
    measured = [
        (held_out[fold], _choice(one, None, as_asked(one.example)))
        for one, fold in zip(seen, folds, strict=True)
        if as_asked(one.example)
    ]
    slope, shift = _sureness(measured)
    tell(f"xếp hạng: độ chắc nhân {slope:.2f}, “không có” thêm {shift:.2f}")
    figures: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for one, choice, fold in zip(seen, choices, folds, strict=True):
        ranker = _as_sure(held_out[fold], slope, shift)
        kind = one.example.kind if one.example.records else f"{one.example.kind}, không có"
        figures[kind].append(_figures(ranker, choice))
    for kind, rows in sorted(figures.items()):
        tell(
            f"xếp hạng, {kind}: {len(rows)} câu, "
            + " ".join(f"{value:.3f}" for value in np.mean(rows, axis=0))
        )
    ranker = _as_sure(Ranker(*fit_choice(choices, signs, _RIDGE)), slope, shift)
    return {
        "record": named_weights(RECORD_FEATURES, ranker.record_weights),
        "none": named_weights(QUESTION_FEATURES, ranker.none_weights),
    }


def _sureness(measured: Sequence[tuple[Ranker, Choice]]) -> tuple[float, float]:
    """What to multiply all scores with, and to add to that of “none”, for honest probabilities.

    Temperature scaling (Guo et al., “On Calibration of Modern Neural Networks”, ICML 2017), with a
    shift for how often nothing answers.
    """
    scored = [
        (one.options @ ranker.record_weights, float(one.none @ ranker.none_weights), one)
        for ranker, one in measured
    ]

    def loss(both: Floats) -> float:
        total = 0.0
        for scores, none, choice in scored:
            options, silent = scores * both[0], none * both[0] + both[1]
            highest = max(silent, float(options.max()))
            powers = np.exp(options - highest)
            rest = math.exp(silent - highest)
            right = float(powers @ choice.right) if choice.right.any() else rest
            total -= choice.weight * math.log(max(right / (float(powers.sum()) + rest), 1e-9))
        return total

    if not scored:
        return 1.0, 0.0
    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="BFGS", options={"gtol": 1e-2}).x
    return float(slope), float(shift)


def _as_sure(ranker: Ranker, slope: float, shift: float) -> Ranker:
    none = ranker.none_weights * slope
    none[QUESTION_FEATURES.index("constant")] += shift
    return Ranker(ranker.record_weights * slope, none)


def _choice(one: Seen, near: int | None, weight: float) -> Choice:
    """The ``near`` records that come nearest, or all, and the right ones."""
    right = np.array([float(record in one.example.records) for record in one.fit.ids])
    kept = np.argsort(-one.fit.records.sum(axis=1) - 1e6 * right, kind="stable")[:near]
    return Choice(one.fit.records[kept], right[kept], one.fit.question, weight)


def _as_asked(example: Example) -> float:
    """How much a Vietnamese question counts when it is found how sure the weights may be.

    Development questions were looked at often enough to flatter, those written to learn from are
    harder than what people ask: the latter count about half as much in all.
    """
    if is_measured(example):
        return stripped_weight(example)
    return _HARDER.get(example.kind.partition("/")[0], 0.0)


def _in_english(example: Example) -> float:
    return stripped_weight(example) if is_in_english(example) else weight_of(example)


def _figures(ranker: Ranker, choice: Choice) -> tuple[float, ...]:
    """First, among three, answered, wrongly, silent; where no record answers: silent, answered."""
    chances = ranker.probabilities(choice.options, choice.none)
    order = np.argsort(-chances)
    sure = float(chances[order[0]] >= _ANSWERED)
    silent = float(chances[order[:_OFFERED]].sum() < _SILENT)
    if not choice.right.any():
        return (silent, sure)
    first = float(choice.right[order[0]])
    return (
        first,
        float(choice.right[order[:3]].any()),
        sure,
        sure * (1 - first),
        silent,
    )
