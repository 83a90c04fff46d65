"""`hoixa evaluate` as whoever measures meets it, over small content; and once over the release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from app.cli import app
from app.evaluation.command import Options, measured
from app.evaluation.judge import Outcome
from app.evaluation.report import Report, read_report
from knowledge_base.index import owning
from tests.app.evaluation.test_beir import put as put_beir
from tests.knowledge_base.records import PROCEDURE, procedure, put, put_small_content
from tests.service import settings_in

ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "question": "đăng ký tạm trú mất bao lâu?",
        "expected": ["1.004194"],
        "facet": "time_limit",
        "facts": ["3 ngày làm việc"],
    },
    {
        "id": "b",
        "of": "a",
        "kind": "typo",
        "question": "dăng ký tạm trú mât bao lâu",
        "expected": ["dang-ky-tam-tru"],
        "facet": "time_limit",
    },
    {"id": "c", "kind": "off-topic", "question": "giá vàng hôm nay thế nào", "expected": None},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, set to small content, with a file of questions."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONTENT_DIR", str(put_small_content(tmp_path / "content")))
    monkeypatch.setenv("MINIMUM_FREE_MB", "0")
    put_rows(tmp_path / "q.jsonl", ROWS)
    return tmp_path


def put_rows(path: Path, rows: list[Any]) -> None:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *arguments])


def test_questions_are_asked_and_the_report_is_written(folder: Path) -> None:
    result = run("--questions", "q.jsonl", "--variants", "--out", "out")

    assert result.exit_code == 0, result.output
    assert "Mục tiêu" in result.output and "2 hồ sơ" in result.output
    report = read_report(folder / "out")
    assert [row.id for row in report.rows] == ["a", "b", "c", "a/stripped", "a/speech-error"]
    first = report.rows[0]
    assert (first.outcome, first.expected) == (Outcome.RIGHT, ("dang-ky-tam-tru",))
    assert first.facts_shown == ("3 ngày làm việc",)
    assert report.subject.origin == "content"
    assert "# Đo hỏi đáp" in (folder / "out" / "report.md").read_text("utf-8")
    assert {path.name for path in (folder / "out").iterdir()} >= {"report.json", "report.md"}


def test_nothing_of_an_evaluation_reaches_the_installation(folder: Path) -> None:
    run("--questions", "q.jsonl")

    assert not (folder / "data").exists()


def test_what_is_published_is_measured_even_while_the_service_owns_the_index(
    folder: Path,
) -> None:
    assert CliRunner().invoke(app, ["ingest"]).exit_code == 0
    changed = procedure(time_limits=[{"amount": 9, "unit": "working_day", "source": "luat"}])
    put(folder / "content", PROCEDURE, changed)

    with owning(folder / "data" / "index"):
        published = run("--questions", "q.jsonl", "--out", "published")
        fresh = run("--questions", "q.jsonl", "--out", "fresh", "--fresh")

    assert (published.exit_code, fresh.exit_code) == (0, 0), published.output + fresh.output
    before, after = read_report(folder / "published"), read_report(folder / "fresh")
    assert (before.subject.origin, after.subject.origin) == ("published", "content")
    assert before.rows[0].facts_shown == ("3 ngày làm việc",)
    assert after.rows[0].facts_shown == ()


def test_a_bad_row_is_named_the_others_are_measured_and_the_command_fails(folder: Path) -> None:
    put_rows(folder / "q.jsonl", [*ROWS, {"question": "?", "expected": ["khong-co"]}])

    result = run("--questions", "q.jsonl", "--out", "out")

    assert result.exit_code == 1
    assert "q.jsonl, dòng 4: expected: không có hồ sơ" in result.output
    report = read_report(folder / "out")
    assert len(report.rows) == 3
    assert "dòng 4" in report.subject.problems[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param((), "Chọn một trong ba", id="nothing to measure"),
        pytest.param(("--questions", "x.jsonl"), "x.jsonl", id="no such file"),
        pytest.param(("--beir", "."), "corpus.jsonl", id="no corpus"),
        pytest.param(("--beir", ".", "--questions", "q.jsonl"), "Chọn một", id="two at once"),
        pytest.param(("--compare", "a.json", "b.json"), "a.json", id="no report"),
        pytest.param(("--compare", "a.env", "b.env"), "--questions", id="settings alone"),
        pytest.param(
            ("--compare", "a.env", "b.env", "--questions", "q.jsonl"), "a.env", id="no settings"
        ),
        pytest.param(("--questions", "q.jsonl", "--out", "q.jsonl"), "Đổi --out", id="no folder"),
    ],
)
def test_what_cannot_be_measured_is_explained(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_two_settings_are_measured_one_after_the_other_and_compared(folder: Path) -> None:
    (folder / "bold.env").write_text("ANSWER_THRESHOLD=0\nCLARIFY_THRESHOLD=0\n")
    (folder / "shy.env").write_text("ANSWER_THRESHOLD=1\nCLARIFY_THRESHOLD=1\n")

    result = run("--compare", "bold.env", "shy.env", "--questions", "q.jsonl", "--out", "out")

    assert result.exit_code == 0, result.output
    bold, shy = read_report(folder / "out" / "a-bold"), read_report(folder / "out" / "b-shy")
    assert (bold.subject.answer_threshold, shy.subject.answer_threshold) == (0, 1)
    assert bold.overall.right.count > shy.overall.right.count
    assert "So sánh A và B" in result.output
    found = json.loads((folder / "out" / "compare.json").read_text("utf-8"))
    assert found["shared"] == 3


def test_two_reports_are_compared(folder: Path) -> None:
    assert run("--questions", "q.jsonl", "--out", "one").exit_code == 0

    result = run("--compare", "one", "one/report.json", "--out", "both")

    assert result.exit_code == 0, result.output
    assert "3 câu chung" in result.output
    assert "# So hai lần đo" in (folder / "both" / "compare.md").read_text("utf-8")


def test_a_corpus_is_measured(folder: Path) -> None:
    put_beir(folder / "beir")

    result = run("--beir", "beir", "--out", "out")

    assert result.exit_code == 0, result.output
    assert "BM25" in result.output
    report = json.loads((folder / "out" / "beir.json").read_text("utf-8"))
    assert report["documents"] == 4
    assert (folder / "out" / "beir.md").exists()


@pytest.fixture(scope="module")
def release_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A handful of questions over the content of the release."""
    folder = tmp_path_factory.mktemp("release")
    put_rows(
        folder / "q.jsonl",
        [
            {
                "id": "fee",
                "question": "Đăng ký tạm trú hết bao nhiêu tiền?",
                "expected": ["1.004194"],
                "facet": "fee",
                "facts": ["15.000", "7 000 đồng"],
            },
            {
                "id": "next",
                "kind": "follow-up",
                "question": "mất bao lâu?",
                "history": ["Đăng ký tạm trú hết bao nhiêu tiền?"],
                "expected": ["dang-ky-tam-tru"],
                "facet": "time_limit",
            },
            {"id": "fire", "kind": "emergency", "question": "cháy nhà cứu với", "expected": None},
            {"id": "gold", "kind": "off-topic", "question": "giá vàng hôm nay", "expected": None},
        ],
    )
    options = Options(questions=(folder / "q.jsonl",), variants=True)
    return measured(settings_in(folder / "data"), options, Console(quiet=True))


@pytest.mark.thorough
def test_the_release_answers_a_handful_of_questions(release_report: Report) -> None:
    rows = {row.id: row for row in release_report.rows}

    assert rows["fee"].hit
    assert rows["fee"].outcome in (Outcome.RIGHT, Outcome.ONE_TAP)
    assert rows["next"].history
    assert rows["fire"].outcome is Outcome.RIGHT
    assert rows["gold"].outcome is Outcome.RIGHT
    assert release_report.subject.records > 90
    assert rows["fee/stripped"].of == "fee"
    assert set(release_report.timing) >= {"understand", "retrieve", "total"}
