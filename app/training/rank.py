"""Fits the ranker: which record answers a question, or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.answering.ranker import QUESTION_FEATURES, RECORD_FEATURES, Ranker
from app.answering.retrieve import Fit
from app.training.choice import Choice, fit_choice
from app.training.examples import FOLDS, Seen, Tell, folds_of_examples, named_weights, weight_of

_NEAR = 25
"""Records that a question's ranking is learned from."""
_RIDGE = 0.1
_RECORD_SIGNS = {"practical_guide": -1}


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
    folds = folds_of_examples([one.example for one in seen])
    figures: defaultdict[str, list[tuple[float, ...]]] = defaultdict(list)
    for fold_number in range(FOLDS):
        learn = [
            choice for choice, number in zip(choices, folds, strict=True) if number != fold_number
        ]
        ranker = Ranker(*fit_choice(learn, signs, _RIDGE))
        for place in np.flatnonzero(folds == fold_number).tolist():
            figures[seen[place].example.kind].append(_figures(ranker, choices[place]))
    for kind, rows in sorted(figures.items()):
        tell(
            f"xếp hạng, {kind}: {len(rows)} câu, "
            + " ".join(f"{value:.3f}" for value in np.mean(rows, axis=0))
        )
    record, none = fit_choice(choices, signs, _RIDGE)
    return {
        "record": named_weights(RECORD_FEATURES, record),
        "none": named_weights(QUESTION_FEATURES, none),
    }


def _choice(one: Seen) -> Choice:
    """The records that come near, and the right ones; the others would hardly be chosen."""
    right = np.array([float(record in one.example.records) for record in one.fit.ids])
    kept = np.argsort(-one.fit.records.sum(axis=1) - 1e6 * right, kind="stable")[:_NEAR]
    return Choice(one.fit.records[kept], right[kept], one.fit.question, weight_of(one.example))


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
