"""Fits a conditional logit: which of several options is chosen (McFadden, 1974)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from app.answering.features import Floats


@dataclass(frozen=True, slots=True)
class Choice:
    """One question's options and which of them are right."""

    options: Floats
    """Shape ``(options, features)``."""
    right: Floats
    """1 where an option is right, else 0; shape ``(options,)``. All 0: none is right."""
    none: Floats
    """What is known of “none of them”; shape ``(none features,)``, empty without that option."""
    weight: float = 1.0


def fit_choice(
    choices: Sequence[Choice],
    signs: Sequence[int],
    ridge: float,
) -> tuple[Floats, Floats]:
    """The weights of the options' features and of the features of “none”.

    Maximises the summed log of the probability that a right option is chosen, less ``ridge`` times
    the squared weights.

    Args:
        choices: the questions.
        signs: for each option feature 1, -1 or 0: its weight must not be below 0, above 0, or may
            be either; keeps a feature from being used against its sense.
        ridge: strength of the penalty.
    """
    size, extra = len(signs), len(choices[0].none)
    limits = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    bounds = [limits[sign] for sign in signs] + [(None, None)] * extra
    features, there, right = _stacked(choices, size)
    none = np.stack([choice.none for choice in choices])
    weight = np.array([choice.weight for choice in choices])

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = np.where(there, _with_none(features @ weights[:size], none @ weights[size:]), -1e9)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances = powers / powers.sum(axis=1, keepdims=True)
        hits = chances * right
        hit = hits.sum(axis=1, keepdims=True) + 1e-12
        pull = (chances - hits / hit) * weight[:, None]
        slope = np.concatenate([np.einsum("nm,nmk->k", pull[:, :-1], features), pull[:, -1] @ none])
        total = ridge * float(weights @ weights) - float(weight @ np.log(hit[:, 0]))
        return total, slope + 2 * ridge * weights

    found = minimize(
        loss,
        np.zeros(size + extra),
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": 500},
    )
    weights: Floats = found.x
    return weights[:size], weights[size:]


def _stacked(choices: Sequence[Choice], size: int) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """All options in one array of equal width, which of them are there, and which are right.

    The last column of the latter two is “none”.
    """
    widest = max(len(choice.options) for choice in choices)
    features = np.zeros((len(choices), widest, size))
    there = np.zeros((len(choices), widest + 1), dtype=np.bool_)
    right = np.zeros((len(choices), widest + 1))
    for place, choice in enumerate(choices):
        count = len(choice.options)
        features[place, :count] = choice.options
        there[place, :count] = True
        right[place, :count] = choice.right
        there[place, -1] = len(choice.none) > 0
        right[place, -1] = 0.0 if choice.right.any() else 1.0
    return features, there, right


def _with_none(scores: Floats, none: Floats) -> Floats:
    found: Floats = np.concatenate([scores, none[:, None]], axis=1)
    return found
