"""Probabilities of records and of none; the optional re-ranker."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.answering.ranker import QUESTION_FEATURES, RECORD_FEATURES, Ranker
from app.answering.rerank import reranked


def made() -> Ranker:
    return Ranker(np.ones(len(RECORD_FEATURES)), np.ones(len(QUESTION_FEATURES)))


def rows(*fits: float) -> np.ndarray:
    return np.array([[fit] * len(RECORD_FEATURES) for fit in fits])


def test_records_and_none_share_one() -> None:
    nothing = np.zeros(len(QUESTION_FEATURES))

    found = made().probabilities(rows(0.0, 0.0, 0.0), nothing)

    assert found.tolist() == pytest.approx([0.25] * 3)


def test_a_question_like_none_leaves_records_little() -> None:
    strange = np.full(len(QUESTION_FEATURES), 2.0)

    assert made().probabilities(rows(0.1, 0.0), strange).sum() < 0.01


def test_huge_scores_do_not_overflow() -> None:
    found = made().probabilities(rows(1e4, 0.0), np.full(len(QUESTION_FEATURES), 1e3))

    assert found.tolist() == pytest.approx([1.0, 0.0])


def test_no_records_no_probabilities() -> None:
    empty = np.empty((0, len(RECORD_FEATURES)))

    assert made().probabilities(empty, np.zeros(len(QUESTION_FEATURES))).shape == (0,)


def test_weights_for_other_features_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ranker.json"
    others = {"record": {"named": 1.0}, "none": {"constant": 0.0}}
    file.write_text(json.dumps({"with_vectors": others, "words_alone": others}))
    monkeypatch.setattr("app.answering.ranker._FILE", file)

    with pytest.raises(ValueError, match=r"ranker\.json.*make train"):
        Ranker.packaged.__func__.__wrapped__(Ranker)  # type: ignore[attr-defined]


def test_no_packaged_weight_is_used_against_its_sense() -> None:
    weights = dict(zip(RECORD_FEATURES, Ranker.packaged().record_weights, strict=True))

    assert weights.pop("practical_guide") <= 0
    assert min(weights.values()) >= 0


def test_the_reranker_shares_out_anew_what_the_records_have() -> None:
    before = np.array([0.5, 0.2, 0.1])

    after = reranked(before, np.array([-3.0, 3.0, 0.0]))

    assert after.sum() == pytest.approx(before.sum())
    assert after.argmax() == 1


def test_a_reranker_that_sees_no_difference_changes_nothing() -> None:
    before = np.array([0.5, 0.2])

    assert reranked(before, np.array([7.0, 7.0])).tolist() == pytest.approx(before.tolist())
