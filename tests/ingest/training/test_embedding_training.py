"""A tiny training run from files to a folder, and the parts that it is made of."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.training.__main__ import main
from ingest.training.measure import Asked, Shelf, measured, read_questions
from ingest.training.pairs import (
    PAIRS,
    TEXT,
    TUNING,
    Pair,
    Source,
    check_data,
    content_chunks,
    content_pairs,
    english_pairs,
    english_titles,
    is_learned,
    read_pairs,
)
from ingest.training.recipe import Recipe
from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.embedding import PackagedEmbedding

ANSWERS = {
    "Khai sinh": "Người cha hoặc người mẹ nộp giấy chứng sinh tại xã nơi cư trú.",
    "Tạm trú": "Người thuê nhà nộp tờ khai thay đổi thông tin cư trú cho công an xã.",
    "Tách thửa": "Thửa đất mới và thửa còn lại phải đủ diện tích tối thiểu của tỉnh.",
    "Kết hôn": "Hai bên nam nữ cùng có mặt và ký vào sổ khi nhận giấy chứng nhận.",
}
TINY = Recipe(
    dimension=32,
    rounds=4,
    batch=8,
    tokens=16,
    text_step=1,
    marked_pairs=40,
    plain_pairs=40,
    pieces=200,
    least=1,
)

CHUNKS = tuple(
    Chunk(f"{name}/{kind}", kind, name, "national", "summary", None, text)
    for name, answer in ANSWERS.items()
    for kind, text in (
        (ChunkKind.NAME, name),
        (ChunkKind.SECTION, f"{name}. {answer}"),
        (ChunkKind.QUESTION, f"Làm {name.lower()} ở đâu?"),
    )
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the real one, with four answers."""
    folder = tmp_path_factory.mktemp("data")
    rows = [
        {"query": f"{name} {ending}", "positive": text, "source": source}
        for name, text in ANSWERS.items()
        for ending, source in (("ra sao", "dvc:ho_so"), ("cần gì", "zalo2021_train"))
    ]
    rows[0]["hard_negative"] = ANSWERS["Tạm trú"]
    with gzip.open(folder / PAIRS, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    with gzip.open(folder / TEXT, "wt", encoding="utf-8") as file:
        file.writelines(f"{text}\n" for text in ANSWERS.values())
    held_out = {"question": "Khai sinh ở đâu?", "gold_text": [ANSWERS["Khai sinh"]]}
    unknown = {"question": "Đỗ xe trên cầu?", "gold_text": []}
    (folder / TUNING).write_text(
        "\n".join(json.dumps(row, ensure_ascii=False) for row in (held_out, unknown)),
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    from ingest.training.static import train  # torch is slow to import

    train(data, folder, 1, [], TINY, chunks=CHUNKS)
    return folder


def test_training_writes_a_model_that_the_service_reads(trained: Path) -> None:
    model = PackagedEmbedding(trained)

    texts = np.array(model.embed_documents(list(ANSWERS.values())))
    question = np.array(model.embed_query("khai sinh can gi"))

    assert model.dimension == 32
    assert int((texts @ question).argmax()) == 0


def test_the_card_tells_of_the_run(trained: Path) -> None:
    card = (trained / "README.md").read_text(encoding="utf-8")

    assert "seed 1" in card
    assert "32 numbers" in card
    assert "| questions that people wrote | 4 | 16 |" in card
    assert "| questions, names and headings of our content | 12 | " in card
    assert "| Zalo questions kept from training, over 4 articles | 1 | " in card
    assert "$" not in card


def test_the_same_seed_trains_the_same_model(data: Path, trained: Path, tmp_path: Path) -> None:
    from ingest.training.static import train

    train(data, tmp_path / "same", 1, [], TINY, chunks=CHUNKS)
    train(data, tmp_path / "other", 2, [], TINY, chunks=CHUNKS)

    weights = (trained / "model.safetensors").read_bytes()

    assert (tmp_path / "same" / "model.safetensors").read_bytes() == weights
    assert (tmp_path / "other" / "model.safetensors").read_bytes() != weights


@pytest.mark.parametrize("missing", [PAIRS, TUNING, TEXT])
def test_a_missing_file_is_named_before_anything_is_done(
    data: Path, tmp_path: Path, missing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in {PAIRS, TUNING, TEXT} - {missing}:
        (tmp_path / name).write_bytes((data / name).read_bytes())

    status = main([str(tmp_path), "--out", str(tmp_path / "model")])

    assert status == 1
    assert f"thiếu {missing}. Ghi đúng thư mục: make train DATA=" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_a_whole_folder_is_accepted(data: Path) -> None:
    check_data(data)


def test_questions_that_people_wrote_are_shown_more_often(data: Path) -> None:
    copies = {pair.query: pair.copies for pair in read_pairs(data)}

    assert copies["Khai sinh cần gì"] == 4
    assert copies["Khai sinh ra sao"] < 1


@pytest.mark.thorough
def test_every_question_of_our_content_is_trained_on() -> None:
    chunks = content_chunks(day=date(2026, 6, 1))
    pairs = content_pairs(chunks)
    records = {chunk.record_id for chunk in chunks}
    asked = {chunk.text: chunk.record_id for chunk in chunks if chunk.kind == "question"}
    of_record = {(chunk.record_id, chunk.text) for chunk in chunks}

    assert set(asked) <= {pair.query for pair in pairs}
    assert {pair.group for pair in pairs} == records
    assert all((pair.group, pair.positive) in of_record for pair in pairs)
    assert all(pair.query != pair.positive for pair in pairs)


def english_file(folder: Path) -> tuple[Path, list[str]]:
    """Questions about one record, some of which the embedding is to learn from."""
    asked = [f"Where is a newborn number {number} registered?" for number in range(20)]
    answered = {"expected": ["Khai sinh"], "facet": ["summary", "fee"]}
    rows: list[dict[str, object]] = [{"question": text, **answered} for text in asked]
    rows.append({"question": "Who plays tonight?", "expected": None})
    file = folder / "english.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file, asked


def test_english_goes_with_the_vietnamese_that_answers_it(tmp_path: Path) -> None:
    file, asked = english_file(tmp_path)
    titles = {"Khai sinh": "Birth registration", "Đò ngang": "Ferry"}

    pairs = english_pairs(CHUNKS, titles, file)

    learned = [text for text in asked if is_learned(text)]
    assert 0 < len(learned) < len(asked)
    assert {pair.group for pair in pairs} == {"Khai sinh"}
    assert {pair.query for pair in pairs} == {
        "birth registration",
        *(f"newborn number {text.split()[5]} registered" for text in learned),
    }
    assert {pair.positive for pair in pairs} == {
        chunk.text for chunk in CHUNKS if chunk.record_id == "Khai sinh"
    }


def test_the_english_questions_of_the_release_are_of_its_records() -> None:
    chunks = content_chunks()
    titles = english_titles()

    pairs = english_pairs(chunks, titles)

    assert set(titles) <= {chunk.record_id for chunk in chunks}
    assert {pair.group for pair in pairs} == {chunk.record_id for chunk in chunks}
    assert {pair.source for pair in pairs} == {Source.ENGLISH}


def test_a_batch_never_holds_two_answers_of_one_group() -> None:
    from ingest.training.static import batches

    pairs = [Pair(f"q{at}", f"p{at}", "", str(at % 10), Source.LAW, 1 + at % 3) for at in range(60)]

    made = list(batches(pairs, 8, random.Random(1)))

    assert made
    for batch in made:
        assert len({pairs[at].group for at in batch}) == len(batch) <= 8
    shown = [at for batch in made for at in batch]
    assert len(shown) > 0.8 * sum(pair.copies for pair in pairs)


def by_letters(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of letter counts: enough to know what must be nearest."""
    rows = np.array([[text.count(letter) for letter in "abcđ"] for text in texts], np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(rows, lengths, out=rows, where=lengths > 0)
    return unit


def test_a_record_is_as_near_as_its_nearest_text() -> None:
    shelf = Shelf(("aaab", "ccc", "b"), ("one", "one", "two"))
    questions = [
        Asked("cc", frozenset({"one"})),
        Asked("b", frozenset({"two", "three"})),
        Asked("bbc", frozenset({"two"})),
        Asked("a", frozenset({"unknown"})),
    ]

    found = measured(by_letters, shelf, questions)["marked"]

    assert found.count == 4
    assert found.first == pytest.approx(0.75)
    assert found.among_three == 1
    assert found.reciprocal == pytest.approx((1 + 1 + 1 + 1 / 3) / 4)


def test_marks_are_taken_away_for_the_second_figures() -> None:
    found = measured(
        by_letters, Shelf(("đ", "a"), ("one", "two")), [Asked("đ", frozenset({"one"}))]
    )

    assert found["marked"].first == 1
    assert found["stripped"].reciprocal == 0.5


def test_only_questions_of_the_development_part_are_read(tmp_path: Path) -> None:
    rows = [
        {"part": "test", "turns": [{"text": "thử", "records": ["a"]}]},
        {"part": "development", "turns": [{"text": "trọ", "records": ["b"]}]},
        {"part": "development", "turns": [{"text": "trời mưa", "records": []}]},
        {"question": "khai sinh", "expected": ["c"]},
        {"question": "còn tạm trú?", "expected": ["d"], "history": ["khai sinh"]},
        {"question": "trời nắng", "expected": None},
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    assert read_questions([tmp_path / "q.jsonl"]) == [
        Asked("trọ", frozenset({"b"})),
        Asked("khai sinh", frozenset({"c"})),
    ]
