from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.fusion import best_first, normalised_sum, reciprocal_rank_fusion


def test_reciprocal_ranks_are_summed_over_the_searches() -> None:
    dense = np.array([0.9, 0.2, 0.5])
    lexical = np.array([3.0, 7.0, 0.0])

    fused = reciprocal_rank_fusion([dense, lexical])

    assert fused == pytest.approx([1 / 61 + 1 / 62, 1 / 63 + 1 / 61, 1 / 62])


def test_what_a_search_did_not_find_or_ranks_too_low_adds_nothing() -> None:
    scores = np.array([-0.1, 0.0, 0.4, 0.3])

    fused = reciprocal_rank_fusion([scores], depth=1)

    assert fused == pytest.approx([0, 0, 1 / 61, 0])


def test_sums_are_taken_over_shares_of_the_best_score() -> None:
    dense = np.array([0.8, 0.4, -0.2])
    lexical = np.array([0.0, 10.0, 5.0])

    assert normalised_sum([dense, lexical]) == pytest.approx([1.0, 1.5, 0.5])
    assert normalised_sum([dense, lexical], [2.0, 1.0]) == pytest.approx([2.0, 2.0, 0.5])


def test_a_search_that_found_nothing_changes_nothing() -> None:
    dense, nothing = np.array([0.8, 0.4]), np.zeros(2)

    assert normalised_sum([dense, nothing]) == pytest.approx([1.0, 0.5])
    assert list(best_first(reciprocal_rank_fusion([dense, nothing]), 2)) == [0, 1]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
def test_the_best_come_first_and_equals_in_order_of_place(count: int) -> None:
    scores = np.array([1.0, 3.0, 2.0, 3.0, 2.0])

    assert list(best_first(scores, count)) == [1, 3, 2, 4, 0][:count]
