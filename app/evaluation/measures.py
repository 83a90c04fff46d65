"""Figures of evaluation and how sure they are; pure functions over numbers.

Shares carry Wilson's interval, means and differences a percentile bootstrap over questions with a
fixed seed, so that two runs over the same answers give the same report.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

_RESAMPLES = 5000
_SEED = 20261122
_BATCH = 250
"""Resamples drawn at a time, which bounds the memory."""
_Z = NormalDist().inv_cdf(0.975)


class Measured(BaseModel):
    """Base of what a report holds: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(Measured):
    """How many of how many, with its 95 % interval."""

    count: int
    of: int
    value: float | None
    """None where there is nothing to count."""
    low: float | None
    high: float | None

    @classmethod
    def of_all(cls, hits: Iterable[bool]) -> Self:
        """The share of true ones.

        Interval: E. B. Wilson, “Probable Inference, the Law of Succession, and Statistical
        Inference”, JASA 22 (1927), without continuity correction.
        """
        listed = list(hits)
        count, of = sum(listed), len(listed)
        if not of:
            return cls(count=0, of=0, value=None, low=None, high=None)
        low, high = wilson(count, of)
        return cls(count=count, of=of, value=count / of, low=low, high=high)


class Mean(Measured):
    """A mean over questions, with its 95 % bootstrap interval."""

    of: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of_all(cls, values: Sequence[float]) -> Self:
        """The mean of the values."""
        if not values:
            return cls(of=0, value=None, low=None, high=None)
        low, high = bootstrap(np.asarray(values, dtype=np.float64))
        return cls(of=len(values), value=float(np.mean(values)), low=low, high=high)


def wilson(count: int, of: int) -> tuple[float, float]:
    """The ends of Wilson's 95 % interval of a share; ``of`` is at least 1."""
    share, spread = count / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(values: NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the 95 % percentile interval of a mean; ``values`` of shape ``(questions,)``.

    Of differences between two systems on the same questions it is the paired bootstrap (Efron,
    “Bootstrap Methods: Another Look at the Jackknife”, Annals of Statistics 7, 1979).
    """
    means = _resampled(values)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def bootstrap_p(differences: NDArray[np.float64]) -> float:
    """How often chance alone gives a mean difference as large, two-sided; at least 1/resamples.

    The differences are shifted to mean 0 and resampled (Efron & Tibshirani, “An Introduction to
    the Bootstrap”, 1993, section 16.4).
    """
    found = abs(float(differences.mean()))
    if found == 0:
        return 1.0
    means = _resampled(differences - differences.mean())
    return (int(np.count_nonzero(np.abs(means) >= found - 1e-12)) + 1) / (len(means) + 1)


def _resampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each resample; shape ``(resamples,)``."""
    generator = np.random.default_rng(_SEED)
    found = [
        values[generator.integers(0, len(values), (_BATCH, len(values)))].mean(axis=1)
        for _ in range(_RESAMPLES // _BATCH)
    ]
    return np.concatenate(found)


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p of pairs in which only the one or only the other was right.

    Q. McNemar, “Note on the Sampling Error of the Difference between Correlated Proportions or
    Percentages”, Psychometrika 12 (1947); exact, by the binomial distribution with p = ½.
    """
    differing = only_first + only_second
    if differing == 0:
        return 1.0
    tail = sum(math.comb(differing, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, tail / (1 << (differing - 1)))


def reciprocal_rank(rank: int | None, most: int | None = None) -> float:
    """1 / rank, counted from 1; 0 where nothing right was found, or only below ``most``."""
    if rank is None or (most is not None and rank > most):
        return 0.0
    return 1.0 / rank


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], most: int = 10) -> float:
    """The normalised discounted cumulative gain of a ranking, from 0 to 1.

    Järvelin & Kekäläinen, “Cumulated Gain-based Evaluation of IR Techniques”, TOIS 20 (2002), with
    the gain linear in the grade and log2(rank + 1) as discount, as in trec_eval and BEIR.
    """
    gains = [grades.get(document, 0) for document in ranked[:most]]
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:most]
    ideal = _discounted(best)
    return _discounted(gains) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(max(gain, 0) / math.log2(place + 2) for place, gain in enumerate(gains))


class Bin(Measured):
    """Answers of about the same probability."""

    low: float
    high: float
    """The lowest and highest probability in it; for bins of equal width, its bounds."""
    count: int
    confidence: float
    """The mean probability."""
    accuracy: float
    """The share that was right."""


class Calibration(Measured):
    """How far the probabilities can be taken at their word."""

    of: int
    ece_width: float | None
    """Expected calibration error over ten bins of equal width."""
    ece_mass: float | None
    """The same over ten bins of equally many answers."""
    brier: float | None
    """The mean squared difference between probability and outcome (Brier, 1950)."""
    width_bins: tuple[Bin, ...]
    mass_bins: tuple[Bin, ...]

    @classmethod
    def of_all(cls, probabilities: Sequence[float], right: Sequence[bool], bins: int = 10) -> Self:
        """Compare probabilities with what came of them.

        ECE: Naeini, Cooper & Hauskrecht, “Obtaining Well Calibrated Probabilities Using Bayesian
        Binning” (AAAI 2015); Guo et al., “On Calibration of Modern Neural Networks” (ICML 2017).
        Bins of equal width are closed above, the first one on both sides.
        """
        chance = np.asarray(probabilities, dtype=np.float64)
        outcome = np.asarray(right, dtype=np.float64)
        if not len(chance):
            return cls(of=0, ece_width=None, ece_mass=None, brier=None, width_bins=(), mass_bins=())
        edges = np.linspace(0, 1, bins + 1)
        places = np.clip(np.searchsorted(edges, chance, side="left") - 1, 0, bins - 1)
        width = [
            _bin(chance[places == place], outcome[places == place], edges[place], edges[place + 1])
            for place in range(bins)
            if (places == place).any()
        ]
        order = np.argsort(chance, kind="stable")
        mass = [
            _bin(chance[part], outcome[part], chance[part].min(), chance[part].max())
            for part in np.array_split(order, bins)
            if len(part)
        ]
        return cls(
            of=len(chance),
            ece_width=_expected_error(width, len(chance)),
            ece_mass=_expected_error(mass, len(chance)),
            brier=float(np.mean((chance - outcome) ** 2)),
            width_bins=tuple(width),
            mass_bins=tuple(mass),
        )


def _bin(chance: NDArray[np.float64], outcome: NDArray[np.float64], low: float, high: float) -> Bin:
    return Bin(
        low=float(low),
        high=float(high),
        count=len(chance),
        confidence=float(chance.mean()),
        accuracy=float(outcome.mean()),
    )


def _expected_error(bins: Sequence[Bin], of: int) -> float:
    return sum(one.count / of * abs(one.confidence - one.accuracy) for one in bins)


def percentiles_ms(seconds: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th percentile, in milliseconds; at least one duration."""
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, [50, 95])
    return float(p50), float(p95)
