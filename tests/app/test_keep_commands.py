"""``hoixa keep``: the same by command line, for an operator without the pages."""

from __future__ import annotations

import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app import keep_commands
from app.cli import app
from app.records.tables import AnswerRow
from knowledge_base.revisions import now
from tests.database import new_database


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with an old question and a new one, which the command is pointed at."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUESTION_DAYS", "30")
    engine = new_database(tmp_path / "hoixa.db")
    with Session(engine) as session, session.begin():
        session.add_all(
            AnswerRow(
                id=f"cau-{days}",
                conversation_id="c",
                commune="hoa-tien",
                asked="?",
                spoken=False,
                status="answered",
                elapsed_ms=1,
                body={},
                made_at=now() - timedelta(days=days),
            )
            for days in (31, 1)
        )
    engine.dispose()
    return tmp_path


def keep(*words: str) -> str:
    result = CliRunner().invoke(app, ["keep", *words])
    return f"{result.exit_code} {result.output}"


def test_what_is_kept_is_told_and_what_is_past_its_days_is_deleted(data: Path) -> None:
    assert "Câu hỏi, câu trả lời và phản hồi: 2" in keep("list")
    assert "quá hạn 1" in keep("list", "--commune", "hoa-tien")
    assert "Câu hỏi, câu trả lời và phản hồi: đã xóa 0" in keep("purge", "--commune", "ba-na")
    assert "Câu hỏi, câu trả lời và phản hồi: đã xóa 1" in keep("purge")
    assert "quá hạn 0" in keep("list", "--commune", "hoa-tien")


def test_a_commune_is_written_into_a_zip_and_no_file_is_overwritten(data: Path) -> None:
    out = data / "hoa-tien.zip"

    assert keep("export", "hoa-tien", str(out)).startswith("0 Đã ghi")
    with zipfile.ZipFile(out) as archive:
        assert archive.read("bang/answer.jsonl").count(b"\n") == 2
    assert "1 " in keep("export", "hoa-tien", str(out))[:2]


def test_what_is_written_is_read_by_nobody_else_and_whole_or_not_there(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, cut = data / "hoa-tien.zip", data / "dut.zip"
    keep("export", "hoa-tien", str(out))

    def fails(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keep_commands, "hand_over", fails)
    told = keep("export", "hoa-tien", str(cut))

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert told.startswith("1 ") and "Không ghi được" in told
    assert not cut.exists()


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--commune", "khong-co"),
        ("purge", "--commune", "khong-co"),
        ("export", "khong-co", "x.zip"),
    ],
    ids=" ".join,
)
def test_a_commune_that_does_not_exist_is_told(data: Path, words: tuple[str, ...]) -> None:
    told = keep(*words)

    assert told.startswith("1 ") and "Không có xã “khong-co”" in told
    assert not Path("x.zip").exists()
