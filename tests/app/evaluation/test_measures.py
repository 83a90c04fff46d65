"""Figures against values worked out by hand, or given by the literature."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.evaluation.measures import (
    Calibration,
    Mean,
    Share,
    bootstrap,
    bootstrap_p,
    mcnemar,
    ndcg,
    percentiles_ms,
    reciprocal_rank,
    wilson,
)


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe, “Two-sided confidence intervals for the single proportion” (1998), table I
        pytest.param(81, 263, 0.2553, 0.3662, id="many"),
        pytest.param(15, 148, 0.0624, 0.1605, id="a small share"),
        pytest.param(0, 20, 0.0, 0.1611, id="none"),
        pytest.param(1, 29, 0.0061, 0.1718, id="one"),
    ],
)
def test_wilson_s_interval(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_no_value() -> None:
    nothing = Share.of_all([])

    assert (nothing.value, nothing.low, nothing.high, nothing.of) == (None, None, None, 0)


def test_a_share_counts_what_is_true() -> None:
    found = Share.of_all([True, False, True, True])

    assert (found.count, found.of, found.value) == (3, 4, 0.75)


def test_a_mean_lies_in_its_interval_and_is_the_same_every_time() -> None:
    values = [1.0, 0.5, 0.0, 1.0, 1 / 3, 1.0, 0.0, 0.25] * 5

    first, second = Mean.of_all(values), Mean.of_all(values)

    assert first == second
    assert first.value == pytest.approx(sum(values) / len(values))
    assert first.low is not None and first.high is not None and first.value is not None
    assert first.low < first.value < first.high


def test_the_bootstrap_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(2.0, 1.0, 400)

    low, high = bootstrap(values)

    half = 1.96 * float(values.std()) / math.sqrt(len(values))
    assert low == pytest.approx(float(values.mean()) - half, abs=0.02)
    assert high == pytest.approx(float(values.mean()) + half, abs=0.02)


def test_a_difference_that_never_changes_sign_is_no_chance_and_one_around_zero_is() -> None:
    steady = np.array([0.2, 0.3, 0.1, 0.25, 0.2, 0.3, 0.15, 0.2])
    around = np.array([0.2, -0.2, 0.3, -0.3, 0.1, -0.1, 0.25, -0.2])

    assert bootstrap_p(steady) < 0.01
    assert bootstrap_p(around) > 0.5
    assert bootstrap_p(np.zeros(5)) == 1.0


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        pytest.param(0, 0, 1.0, id="no difference at all"),
        pytest.param(3, 3, 1.0, id="even"),
        pytest.param(0, 5, 2 / 32, id="five to none"),
        pytest.param(8, 1, 2 * (1 + 9) / 512, id="eight to one"),
        pytest.param(1, 8, 2 * (1 + 9) / 512, id="one to eight"),
    ],
)
def test_mcnemar_s_exact_test(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(p)


def test_mcnemar_s_test_of_many_pairs_does_not_overflow() -> None:
    assert 0 <= mcnemar(3000, 2000) < 1e-30


def test_reciprocal_ranks_end_where_they_are_cut() -> None:
    assert [reciprocal_rank(rank, 10) for rank in (1, 4, 10, 11, None)] == [1, 0.25, 0.1, 0, 0]
    assert reciprocal_rank(11) == pytest.approx(1 / 11)


def test_ndcg_with_grades() -> None:
    grades = {"a": 2, "b": 1, "c": 1, "d": 0}
    ideal = 2 + 1 / math.log2(3) + 1 / 2

    assert ndcg(["a", "b", "c"], grades) == pytest.approx(1.0)
    assert ndcg(["d", "b", "x", "a"], grades) == pytest.approx(
        (1 / math.log2(3) + 2 / math.log2(5)) / ideal
    )
    assert ndcg(["x", "d"], grades) == 0


def test_ndcg_sees_only_the_first_ten_on_either_side() -> None:
    grades = {f"d{number}": 1 for number in range(20)}

    assert ndcg([f"d{number}" for number in range(10)], grades) == pytest.approx(1.0)
    assert ndcg([*"abcdefghij", "d1"], grades) == 0


def test_the_calibration_error_of_bins_of_equal_width() -> None:
    # two bins: (0.1, 0.2] holds 0.15 and 0.2, one of them right; (0.8, 0.9] holds three, all right
    found = Calibration.of_all([0.15, 0.2, 0.85, 0.9, 0.9], [False, True, True, True, True])

    first, second = found.width_bins
    assert (first.low, first.high, first.count) == pytest.approx((0.1, 0.2, 2))
    assert (second.low, second.high, second.count) == pytest.approx((0.8, 0.9, 3))
    expected = 2 / 5 * abs(0.175 - 0.5) + 3 / 5 * abs(2.65 / 3 - 1)
    assert found.ece_width == pytest.approx(expected)
    squares = 0.15**2 + 0.8**2 + 0.15**2 + 0.1**2 + 0.1**2
    assert found.brier == pytest.approx(squares / 5)


def test_the_calibration_error_of_bins_of_equal_mass() -> None:
    chances = [0.6, 0.1, 0.2, 0.7]

    found = Calibration.of_all(chances, [True, False, True, True], bins=2)

    assert [one.count for one in found.mass_bins] == [2, 2]
    assert found.ece_mass == pytest.approx(0.5 * abs(0.15 - 0.5) + 0.5 * abs(0.65 - 1))


def test_probabilities_that_mean_what_they_say_have_no_error() -> None:
    chances = [0.25] * 40 + [0.75] * 40
    right = [number % 4 == 0 for number in range(40)] + [number % 4 != 0 for number in range(40)]

    found = Calibration.of_all(chances, right)

    assert found.ece_width == pytest.approx(0)


def test_the_ends_of_the_scale_belong_to_a_bin() -> None:
    found = Calibration.of_all([0.0, 1.0], [False, True])

    first, last = found.width_bins
    assert (first.low, first.high) == pytest.approx((0, 0.1))
    assert (last.low, last.high) == pytest.approx((0.9, 1))
    assert found.ece_width == 0


def test_nothing_to_calibrate_has_no_error() -> None:
    assert Calibration.of_all([], []).ece_width is None


def test_percentiles_are_in_milliseconds() -> None:
    assert percentiles_ms([0.001 * number for number in range(1, 101)]) == pytest.approx(
        (50.5, 95.05)
    )
