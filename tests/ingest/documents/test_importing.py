"""`hoixa ingest documents`: drafts are stored, told of, and never shown to residents."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.cli import app
from app.records.database import open_database
from ingest.documents.importing import AUTHOR, bring_in, lines_about
from ingest.documents.limits import Limits
from ingest.draft import Draft
from ingest.sync import sync_content
from knowledge_base.day import today
from knowledge_base.revisions import newest_drafts, published_ids
from tests.ingest.documents import bad, made
from tests.ingest.documents.measure import DAY
from tests.knowledge_base.records import put_small_content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a procedure, a bad file and a file of no kind that is read."""
    folder = tmp_path / "giấy tờ"
    folder.mkdir()
    made.as_docx(made.form_of(made.chosen()[0], 0), folder / "a.docx")
    bad.good_pdf(folder / "b.pdf", password="x")
    (folder / "c.zip").write_bytes(b"PK\x05\x06" + b"\x00" * 18)
    return folder


def test_a_refused_file_does_not_stop_the_others(engine: Engine, folder: Path) -> None:
    last = bad.good_docx(folder / "d.docx", "Thông báo lịch tiếp dân")

    brought = list(bring_in(engine, [folder], Limits(), DAY))

    assert [one.path.name for one in brought] == ["a.docx", "b.pdf", last.name]
    assert [bool(one.refusal) for one in brought] == [False, True, False]
    assert "KHÔNG NHẬN. Tệp có mật khẩu" in lines_about(brought[1])[0]


def test_a_draft_never_reaches_residents(engine: Engine, folder: Path, content: Path) -> None:
    sync_content(engine, content)
    with Session(engine) as session:
        before = published_ids(session, today())

    list(bring_in(engine, [folder / "a.docx"], Limits(), DAY))

    with Session(engine) as session:
        assert published_ids(session, today()) == before
        (stored,) = newest_drafts(session, AUTHOR)
        draft = Draft.of_data(stored.body.data)
    assert stored.body.id == "dang-ky-tam-tru"
    assert draft.body["code"] == "1.004194"
    assert "VNeID" in draft.notes["trình tự thực hiện"]


def test_the_same_file_again_changes_nothing(engine: Engine, folder: Path) -> None:
    (first,) = bring_in(engine, [folder / "a.docx"], Limits(), DAY)
    (second,) = bring_in(engine, [folder / "a.docx"], Limits(), DAY + timedelta(days=1))

    assert first.revision_id is not None
    assert second.revision_id is None
    assert "không đổi" in lines_about(second)[0]


def test_files_that_are_pages_make_one_draft(engine: Engine, tmp_path: Path) -> None:
    form = made.form_of(made.chosen()[0], 0)
    made.as_docx(form[:8], tmp_path / "1.docx")
    made.as_docx(form[8:], tmp_path / "2.docx")

    (one,) = bring_in(
        engine, [tmp_path / "1.docx", tmp_path / "2.docx"], Limits(), DAY, as_one=True
    )

    assert one.recognised is not None
    assert one.recognised.draft.body["legal_basis"]
    assert one.recognised.draft.body["steps"]


def test_the_command_tells_of_each_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MINIMUM_FREE_MB", "0")

    done = CliRunner().invoke(app, ["ingest", "documents", str(folder), str(folder / "c.zip")])

    assert done.exit_code == 1  # something was refused
    assert "a.docx: thủ tục “Đăng ký tạm trú” (bản nháp mới)" in done.output
    assert "Tìm thấy: " in done.output
    assert "Chưa tìm thấy: lĩnh vực" in done.output
    assert "b.pdf: KHÔNG NHẬN." in done.output
    assert "c.zip: KHÔNG NHẬN." in done.output
    assert "Đã đọc 1 tài liệu thành bản nháp, không nhận 2 tệp." in done.output
    engine = open_database(f"sqlite:///{tmp_path / 'data' / 'hoixa.db'}")
    with Session(engine) as session:
        assert len(list(newest_drafts(session))) == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("DOCUMENT_MAX_MB", "1", "DOCUMENT_MAX_MB"),
        ("DOCUMENT_MAX_UNZIPPED_MB", "1", "DOCUMENT_MAX_UNZIPPED_MB"),
        ("DOCUMENT_MAX_PAGES", "1", "DOCUMENT_MAX_PAGES"),
        ("DOCUMENT_SECONDS", "0.01", "DOCUMENT_SECONDS"),
        ("DOCUMENT_MEMORY_MB", "256", None),
    ],
)
def test_each_setting_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, reason: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MINIMUM_FREE_MB", "0")
    monkeypatch.setenv(setting, value)
    match setting:
        case "DOCUMENT_MAX_MB":
            path = tmp_path / "a.pdf"
            path.write_bytes(b"%PDF-1.7\n" + b"0" * 1_000_001)
        case "DOCUMENT_MAX_UNZIPPED_MB":
            path = bad.bomb(tmp_path / "a.docx", 2)
        case "DOCUMENT_MEMORY_MB":
            path = bad.bomb(tmp_path / "a.docx", 250)
        case _:
            path = bad.good_pdf(tmp_path / "a.pdf", pages=2)

    told = CliRunner().invoke(app, ["ingest", "documents", str(path)])

    assert "KHÔNG NHẬN" in told.output
    assert reason is None or reason in told.output


def test_the_limit_of_scanned_pages_is_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tesseract: None
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MINIMUM_FREE_MB", "0")
    monkeypatch.setenv("DOCUMENT_MAX_SCANNED_PAGES", "1")
    pages = [Image.new("L", (400, 300), 255) for _ in range(2)]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])

    told = CliRunner().invoke(app, ["ingest", "documents", str(tmp_path / "a.tiff")])

    assert "DOCUMENT_MAX_SCANNED_PAGES" in told.output


def test_ingest_without_a_word_still_ingests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONTENT_DIR", str(put_small_content(tmp_path / "content")))
    monkeypatch.setenv("MINIMUM_FREE_MB", "0")

    done = CliRunner().invoke(app, ["ingest"])
    again = CliRunner().invoke(app, ["ingest", "--rebuild"])

    assert done.exit_code == again.exit_code == 0, done.output
    assert "Chỉ mục:" in done.output
    assert "Chỉ mục:" in again.output
