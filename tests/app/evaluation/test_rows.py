"""A file of questions as people get it wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.evaluation.rows import Known, QuestionsError, Row, Sort, read_questions
from knowledge_base.record import Facet, Topic
from tests.fakes import BEE_HIVES, COMMUNE, KITES, edition_of

KNOWN = Known({COMMUNE: edition_of(BEE_HIVES, KITES).scope(COMMUNE).records})
GOOD = {"question": "nuôi ong cần gì?", "expected": ["nuoi-ong"], "facet": "dossier"}


def put(path: Path, *rows: Any) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> tuple[tuple[Row, ...], list[str]]:
    (found,) = read_questions([path], KNOWN)
    return found.rows, [str(problem) for problem in found.problems]


def test_a_whole_row_is_read(tmp_path: Path) -> None:
    whole = {
        "id": "q9",
        "kind": "follow-up",
        "question": " mất bao lâu? ",
        "expected": ["9.000001"],
        "facet": ["time_limit", "summary"],
        "facts": ["6 ngày làm việc"],
        "history": ["nuôi ong cần gì?"],
        "of": "q9",
        "why": "a note",
    }

    (row,), problems = read(put(tmp_path / "q.jsonl", whole))

    assert problems == []
    assert row == Row(
        id="q9",
        kind="follow-up",
        question="mất bao lâu?",
        commune=COMMUNE,
        sort=Sort.ANSWER,
        expected=("nuoi-ong",),
        topic=Topic.RESIDENCE,
        facets=(Facet.TIME_LIMIT, Facet.SUMMARY),
        facts=("6 ngày làm việc",),
        history=("nuôi ong cần gì?",),
        of="q9",
    )


@pytest.mark.parametrize(
    ("kind", "sort"),
    [("near-miss", Sort.ABSTAIN), ("emergency", Sort.STATUS), ("office", Sort.STATUS)],
)
def test_null_means_abstain_or_the_status_of_the_kind(
    tmp_path: Path, kind: str, sort: Sort
) -> None:
    (row,), _ = read(
        put(tmp_path / "q.jsonl", {"question": "cứu với", "expected": None, "kind": kind})
    )

    assert row.sort is sort


@pytest.mark.parametrize(
    ("bad", "field", "words"),
    [
        pytest.param("{không phải json", "", "không phải JSON", id="no JSON"),
        pytest.param("[1]", "", "đối tượng JSON", id="a list"),
        pytest.param({"expected": None}, "question", "thiếu", id="no question"),
        pytest.param({"question": "ong"}, "expected", "thiếu", id="expected forgotten"),
        pytest.param({**GOOD, "expected": []}, "expected", "ít nhất 1", id="expected empty"),
        pytest.param({**GOOD, "expected": ["nuoi-vit"]}, "expected", "nuoi-vit", id="no record"),
        pytest.param({**GOOD, "facet": "gia"}, "facet.0", "gia", id="no facet"),
        pytest.param({**GOOD, "facts": "20.000"}, "facts", "", id="facts no list"),
        pytest.param({**GOOD, "xa": "a"}, "xa", "khóa lạ", id="unknown key"),
        pytest.param({**GOOD, "commune": "o-dau"}, "commune", "o-dau", id="no commune"),
        pytest.param({**GOOD, "both": True}, "both", "hai mục", id="both of one"),
        pytest.param(
            {"question": "ong", "expected": None, "facts": ["1"]}, "facts", "null", id="facts"
        ),
    ],
)
def test_a_bad_row_is_named_and_the_others_stay(
    tmp_path: Path, bad: Any, field: str, words: str
) -> None:
    path = put(tmp_path / "q.jsonl", GOOD, "", bad, {**GOOD, "question": "ong ở đâu?"})

    rows, problems = read(path)

    assert [row.id for row in rows] == ["q:1", "q:4"]
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}, dòng 3: {field}{':' if field else ''}")
    assert words in problems[0]


def test_an_id_counts_once_over_all_files(tmp_path: Path) -> None:
    first = put(tmp_path / "a.jsonl", {**GOOD, "id": "q"})
    second = put(tmp_path / "b.jsonl", {**GOOD, "id": "q"}, {**GOOD, "id": "r", "of": "q"})

    one, two = read_questions([first, second], KNOWN)

    assert [row.id for row in (*one.rows, *two.rows)] == ["q", "r"]
    assert "“q” đã có" in str(two.problems[0])
    assert two.rows[0].of == "q"


def test_a_rewrite_of_an_unknown_row_is_asked_but_not_paired(tmp_path: Path) -> None:
    (row,), problems = read(put(tmp_path / "q.jsonl", {**GOOD, "id": "r", "of": "x"}))

    assert row.of is None
    assert "“x”" in problems[0]


def test_a_file_without_any_good_row_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match="dòng 1"):
        read_questions([put(tmp_path / "q.jsonl", "x")], KNOWN)


def test_a_missing_file_and_one_in_another_encoding_are_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"khong-co\.jsonl"):
        read_questions([tmp_path / "khong-co.jsonl"], KNOWN)
    (tmp_path / "q.jsonl").write_bytes("câu hỏi".encode("utf-16"))
    with pytest.raises(QuestionsError, match="UTF-8"):
        read_questions([tmp_path / "q.jsonl"], KNOWN)
