"""The small text classifiers, as packaged and as they are written and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.answering.classify import TextClassifier, runs

BUCKETS = 1 << 10


def test_marks_case_and_figures_make_no_difference() -> None:
    assert runs("Mất 3 NGÀY", BUCKETS).tolist() == runs("mat 15 ngay", BUCKETS).tolist()


def test_the_order_of_words_makes_a_difference() -> None:
    assert runs("con cha", BUCKETS).tolist() != runs("cha con", BUCKETS).tolist()


def test_a_clue_is_seen_beside_the_words() -> None:
    assert set(runs("bao nhiêu", BUCKETS)) < set(runs("bao nhiêu", BUCKETS, ("fee",)))


def test_runs_are_distinct_ascending_places() -> None:
    found = runs("ngày ngày ngày ngày", 8)

    assert found.tolist() == sorted(set(found.tolist()))
    assert found.max() < 8


def test_what_is_written_is_read_with_nearly_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = np.random.default_rng(0).normal(size=(BUCKETS, 3)).astype(np.float32)
    made = TextClassifier(("a", "b", "c"), weights, np.array([0.1, 0.0, -0.1], np.float32))
    monkeypatch.setattr("app.answering.classify._FOLDER", tmp_path)

    made.save(tmp_path / "made.npz")
    read = TextClassifier.packaged.__func__.__wrapped__(TextClassifier, "made")  # type: ignore[attr-defined]

    for text in ("làm thẻ căn cước", "", "bao nhiêu tiền"):
        assert read.probabilities(text) == pytest.approx(made.probabilities(text), abs=0.02)


@pytest.mark.parametrize("name", ["facets", "fields"])
@pytest.mark.parametrize("text", ["", "???", "Làm căn cước bao nhiêu tiền?", "x" * 3000])
def test_a_packaged_classifier_gives_probabilities_for_any_text(name: str, text: str) -> None:
    found = TextClassifier.packaged(name).probabilities(text)

    assert sum(found.values()) == pytest.approx(1)
    assert min(found.values()) >= 0


def test_the_fields_are_told_apart() -> None:
    fields = TextClassifier.packaged("fields")

    assert fields.probabilities("đăng ký tạm trú cần giấy gì")["out"] < 0.5
    assert fields.probabilities("hôm nay thời tiết thế nào")["out"] > 0.5
