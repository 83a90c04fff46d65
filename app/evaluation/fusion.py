"""Joins the scores of several searches over the same texts into one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
"""One score a text, higher is better; shape ``(texts,)``."""

RANK_CONSTANT = 60
"""The constant of the paper; it damps the lead of the very first ranks."""


def reciprocal_rank_fusion(
    searches: Sequence[Scores], *, depth: int = 1000, constant: int = RANK_CONSTANT
) -> Scores:
    """The sum of ``1 / (constant + rank)`` over the searches; ranks count from 1.

    A text gets nothing from a search that scores it 0 or less, or ranks it below ``depth``; equal
    scores keep the order of the texts. Cormack, Clarke & Büttcher, “Reciprocal Rank Fusion
    Outperforms Condorcet and Individual Rank Learning Methods” (SIGIR 2009).
    """
    fused = np.zeros_like(searches[0], dtype=np.float64)
    for scores in searches:
        found = best_first(scores, depth)
        found = found[scores[found] > 0]
        fused[found] += 1.0 / (constant + np.arange(1, len(found) + 1))
    return fused


def normalised_sum(searches: Sequence[Scores], weights: Sequence[float] | None = None) -> Scores:
    """The weighted sum of the scores, each search divided by its highest score.

    Scores below 0 count as 0, and a search that found nothing adds nothing. Weights default to 1.
    """
    chosen = weights if weights is not None else (1.0,) * len(searches)
    fused = np.zeros_like(searches[0], dtype=np.float64)
    for scores, weight in zip(searches, chosen, strict=True):
        highest = float(scores.max(initial=0.0))
        if highest > 0:
            fused += weight * np.maximum(scores, 0.0) / highest
    return fused


def best_first(scores: Scores, count: int) -> NDArray[np.int64]:
    """The places of the ``count`` best scores, best first; equal scores in order of place."""
    if count < len(scores):
        # every text that ties with the last one chosen is kept until order decides
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        chosen = np.flatnonzero(scores >= least)
    else:
        chosen = np.arange(len(scores))
    return chosen[np.argsort(-scores[chosen], kind="stable")][:count]
