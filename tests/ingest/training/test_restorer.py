"""Training writes a model that restores what it was shown, the same from the same seed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from app.answering.restore import Restorer
from ingest.training import restorer
from ingest.training.restorer import train_restorer

LINES = (
    "Người lao động nộp hồ sơ tại bộ phận một cửa.",
    "Con cái được cấp giấy khai sinh, căn cước.",
    "Con trâu cày ruộng; con đường làng.",
    "Thửa đất còn lại thuộc hộ gia đình.",
)


QUESTIONS = ("Tôi mất sổ đỏ thì xin lại ở đâu?", "Ba má em già yếu")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder laid out as ``retrieval_train``, and spoken sentences, of a few lines."""
    monkeypatch.setattr(restorer, "SPOKEN", tmp_path / "spoken.txt")
    (tmp_path / "spoken.txt").write_text("# note\nba/má tôi/tui mất_rồi\nbây giờ\n", "utf-8")
    with gzip.open(tmp_path / "corpus_text_open.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(LINES * 10))
    with gzip.open(tmp_path / "pairs_open.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(
            json.dumps({"query": "Xe máy cũ bán ra sao?", "source": "zalo2021_train"}) + "\n"
        )
    return tmp_path


def test_what_was_trained_restores_what_it_was_shown(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "made" / "syllables.npz"

    figures = train_restorer(data, out, seed=1, questions=QUESTIONS)

    restored = Restorer(out).restore("nguoi lao dong nop ho so tai bo phan mot cua")
    assert restored.text == "người lao động nộp hồ sơ tại bộ phận một cửa"
    assert figures["bytes"] == out.stat().st_size


def test_the_same_seed_gives_the_same_file(data: Path, tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("1.npz", "2.npz", "3.npz"))

    train_restorer(data, first, seed=1, questions=QUESTIONS)
    train_restorer(data, again, seed=1, questions=QUESTIONS)
    train_restorer(data, other, seed=2, questions=QUESTIONS)

    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != other.read_bytes()


def test_fewer_runs_make_a_smaller_model(data: Path, tmp_path: Path) -> None:
    full = train_restorer(data, tmp_path / "full.npz", seed=1, questions=QUESTIONS)

    small = train_restorer(
        data, tmp_path / "small.npz", seed=1, questions=QUESTIONS, pairs=20, threes=10
    )

    assert small["threes"] == 10
    assert small["bytes"] < full["bytes"]


@pytest.mark.parametrize("asked", ["bay gio", "ba toi mat roi", "ma em gia yeu"])
def test_it_learns_from_spoken_sentences_and_questions(
    data: Path, tmp_path: Path, asked: str
) -> None:
    train_restorer(data, tmp_path / "syllables.npz", seed=1, questions=QUESTIONS)

    restored = Restorer(tmp_path / "syllables.npz").restore(asked)

    assert restored.doubtful == 0
    assert restored.text in ("bây giờ", "ba tôi mất rồi", "má em già yếu")


def test_every_spoken_sentence_is_one_line_of_words() -> None:
    lines = [
        line
        for line in restorer.SPOKEN.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]

    assert len(lines) > 500
    assert [line for line in lines if "  " in line or line != line.strip(" ")] == []
