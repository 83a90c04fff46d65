"""The conditional logit is found again from choices that were drawn from it."""

from __future__ import annotations

import numpy as np
import pytest

from app.training.choice import Choice, fit_choice


def drawn(count: int, weights: list[float], constant: float | None) -> list[Choice]:
    """Choices made by chance with the probabilities of known weights."""
    random = np.random.default_rng(4)
    made = []
    for _ in range(count):
        options = random.normal(size=(4, len(weights)))
        scores = options @ np.array(weights)
        if constant is not None:
            scores = np.append(scores, constant)
        chances = np.exp(scores) / np.exp(scores).sum()
        chosen = random.choice(len(scores), p=chances)
        right = np.array([float(place == chosen) for place in range(4)])
        made.append(Choice(options, right, np.ones(1) if constant is not None else np.empty(0)))
    return made


def test_the_weights_behind_choices_are_found() -> None:
    weights, none = fit_choice(drawn(4000, [2.0, 0.5], None), [1, 1], 1e-3)

    assert weights.tolist() == pytest.approx([2.0, 0.5], abs=0.15)
    assert none.size == 0


def test_the_weight_of_none_is_found() -> None:
    weights, none = fit_choice(drawn(4000, [1.5], 1.0), [1], 1e-3)

    assert weights.tolist() == pytest.approx([1.5], abs=0.15)
    assert none.tolist() == pytest.approx([1.0], abs=0.15)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_weight_is_never_used_against_its_sense(sign: int) -> None:
    weights, _ = fit_choice(drawn(500, [-2.0 * sign], None), [sign], 1e-3)

    assert weights.tolist() == [0.0]


def test_any_of_several_right_options_will_do() -> None:
    one = Choice(np.array([[1.0], [1.0], [0.0]]), np.array([1.0, 1.0, 0.0]), np.empty(0))

    weights, _ = fit_choice([one] * 50, [1], 1e-3)

    assert weights[0] > 3


def test_questions_of_different_numbers_of_options_are_fitted_together() -> None:
    made = drawn(300, [2.0], None)
    shorter = [
        Choice(one.options[:2], one.right[:2], one.none) for one in made if one.right[:2].any()
    ]

    weights, _ = fit_choice([*made, *shorter], [1], 1e-3)

    assert weights[0] > 1
