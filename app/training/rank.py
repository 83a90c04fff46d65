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
_ANSWERED, _SILENT = 0.6, 0.45
"""The thresholds of ``app.settings``, for the figures told."""
_RECORD_SIGNS = {"practical_guide": -1}


def without_vectors(fit: Fit) -> Fit:
    """The same question while the vector store fails: every dense feature is 0."""
    records, question = fit.records.copy(), fit.question.copy()
    records[:, [place for place, name in enumerate(RECORD_FEATURES) if "dense" in name]] = 0.0
    question[[place for place, name in enumerate(QUESTION_FEATURES) if "dense" in name]] = 0.0
    return replace(fit, records=records, question=question)


def fit_rankers(seen: Sequence[Seen], tell: Tell) -> dict[str, dict[str, dict[str, float]]]:
    """All sets of weights of ``app.answering.ranker``, by their names in the file.

    Vietnamese and English questions are learned from apart: how near a record must come to be the
    right one is another matter where only some words are known.
    """
    found = {}
    for english in (False, True):
        vectors = [one for one in seen if bool(one.understood.english) is english]
        words = [replace(one, fit=without_vectors(one.fit)) for one in vectors]
        honest = is_in_english if english else is_measured
        found[weights_name(vectors=True, english=english)] = fit_ranker(vectors, tell, honest)
        found[weights_name(vectors=False, english=english)] = fit_ranker(words, tell, honest)
    return found


def fit_ranker(
    seen: Sequence[Seen], tell: Tell, honest: Callable[[Example], bool]
) -> dict[str, dict[str, float]]:
    """One set of weights of ``app.answering.ranker``.

    What is learned from is not mixed as questions come: so much that no record answers, and so much
    that is hard, makes a ranker less sure than it may be. How sure is found on the questions that
    are as residents ask them, each seen by weights that were fitted without it; see ``_sureness``.

    Args:
        seen: the questions to learn from.
        tell: is told the figures.
        honest: whether a question is as residents ask it, new to all that the ranker looks at.
    """
    choices = [_choice(one, honest) for one in seen]
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
        (held_out[fold], choice)
        for one, choice, fold in zip(seen, choices, folds, strict=True)
        if honest(one.example)
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
    if not measured:
        return 1.0, 0.0

    def loss(both: Floats) -> float:
        total = 0.0
        for ranker, choice in measured:
            sure = _as_sure(ranker, float(both[0]), float(both[1]))
            chances = sure.probabilities(choice.options, choice.none)
            right = chances @ choice.right if choice.right.any() else 1.0 - chances.sum()
            total -= math.log(max(float(right), 1e-9))
        return total

    slope, shift = minimize(
        loss, np.array([1.0, 0.0]), method="Nelder-Mead", options={"maxiter": 100}
    ).x
    return float(slope), float(shift)


def _as_sure(ranker: Ranker, slope: float, shift: float) -> Ranker:
    none = ranker.none_weights * slope
    none[QUESTION_FEATURES.index("constant")] += shift
    return Ranker(ranker.record_weights * slope, none)


def _choice(one: Seen, honest: Callable[[Example], bool]) -> Choice:
    """The records that come near, and the right ones; the others would hardly be chosen."""
    right = np.array([float(record in one.example.records) for record in one.fit.ids])
    kept = np.argsort(-one.fit.records.sum(axis=1) - 1e6 * right, kind="stable")[:_NEAR]
    weigh = stripped_weight if honest(one.example) else weight_of
    return Choice(one.fit.records[kept], right[kept], one.fit.question, weigh(one.example))


def _figures(ranker: Ranker, choice: Choice) -> tuple[float, ...]:
    """First, among three, answered, wrongly, silent; where no record answers: silent, answered."""
    chances = ranker.probabilities(choice.options, choice.none)
    order = np.argsort(-chances)
    sure = float(chances[order[0]] >= _ANSWERED)
    if not choice.right.any():
        return (float(chances.max() < _SILENT), sure)
    first = float(choice.right[order[0]])
    return (
        first,
        float(choice.right[order[:3]].any()),
        sure,
        sure * (1 - first),
        float(chances.max() < _SILENT),
    )
