"""Bad documents are refused or read within limits, with a reason, and nothing else is harmed."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ingest.documents import child, worker
from ingest.documents.child import read_document
from ingest.documents.limits import Limits
from ingest.documents.read_pdf import SCRIPTED
from ingest.documents.refusals import Refusal, RefusedDocumentError
from tests.ingest.documents import bad, made
from tests.thorough import mostly_thorough

LIMITS = Limits(seconds=60)


def refusal(path: Path, limits: Limits = LIMITS) -> Refusal:
    """Why a file is refused."""
    with pytest.raises(RefusedDocumentError) as caught:
        read_document(path, limits)
    return caught.value.refusal


def shown(path: Path, limits: Limits = LIMITS) -> str:
    """All that was read of a file."""
    return "\n".join(read_document(path, limits).lines())


def _sparse(path: Path, size: int, head: bytes = b"%PDF-1.7\n") -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
    return path


def _truncated(path: Path, source: Path, share: float) -> Path:
    content = source.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def test_a_200_mb_file_is_refused_without_being_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = _sparse(tmp_path / "to.pdf", 200_000_000)

    def opened(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a child was started")

    monkeypatch.setattr("subprocess.Popen", opened)

    assert refusal(huge) is Refusal.TOO_LARGE


@pytest.mark.parametrize("suffix", [".docx", ".pdf", ".html", ".md", ".xlsx", ".jpg"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b" \r\n\t"], ids=["no", "zeros", "blank"])
def test_an_empty_file_is_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    (tmp_path / f"rong{suffix}").write_bytes(content)

    assert refusal(tmp_path / f"rong{suffix}") is Refusal.EMPTY


def test_a_document_without_a_word_is_refused(tmp_path: Path) -> None:
    assert refusal(bad.good_docx(tmp_path / "a.docx", " ")) is Refusal.NOTHING_READ


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "khong-co.pdf") is Refusal.MISSING
    assert refusal(tmp_path) is Refusal.MISSING


def test_encrypted_files_are_refused(tmp_path: Path) -> None:
    locked = bad.good_pdf(tmp_path / "khoa.pdf", password="bimat")
    office = bad.ole(tmp_path / "khoa.docx", "EncryptedPackage")

    assert refusal(locked) is Refusal.ENCRYPTED
    assert refusal(office) is Refusal.ENCRYPTED


@pytest.mark.parametrize(
    ("name", "stream", "reason"),
    [
        ("cu.doc", "WordDocument", Refusal.OLD_WORD),
        ("cu.xls", "Workbook", Refusal.OLD_EXCEL),
        ("doi-duoi.docx", "WordDocument", Refusal.OLD_WORD),
    ],
)
def test_old_office_files_are_refused_with_the_way_out(
    tmp_path: Path, name: str, stream: str, reason: Refusal
) -> None:
    old = bad.ole(tmp_path / name, stream)

    assert refusal(old) is reason
    assert "lưu" in reason.value.lower()


@pytest.mark.parametrize("share", mostly_thorough([0.3, 0.7, 0.95]))
def test_truncated_files_are_refused(tmp_path: Path, share: float) -> None:
    whole_pdf = bad.good_pdf(tmp_path / "a.pdf", pages=3)
    whole_docx = bad.good_docx(tmp_path / "a.docx")
    whole_xlsx = bad.good_xlsx(tmp_path / "a.xlsx")

    assert refusal(_truncated(tmp_path / "b.pdf", whole_pdf, share)) is Refusal.BROKEN
    assert refusal(_truncated(tmp_path / "b.docx", whole_docx, share)) is Refusal.BROKEN
    assert refusal(_truncated(tmp_path / "b.xlsx", whole_xlsx, share)) is Refusal.BROKEN


def test_a_truncated_photograph_is_refused(tmp_path: Path, tesseract: None) -> None:
    Image.effect_noise((600, 800), 60).save(tmp_path / "a.jpg")

    assert refusal(_truncated(tmp_path / "b.jpg", tmp_path / "a.jpg", 0.5)) is Refusal.BROKEN


def test_a_pdf_without_pages_is_refused(tmp_path: Path) -> None:
    assert refusal(bad.raw_pdf(tmp_path / "khong.pdf", 0)) in (Refusal.NO_PAGE, Refusal.BROKEN)


def test_a_pdf_of_2000_pages_is_refused(tmp_path: Path) -> None:
    long = bad.raw_pdf(tmp_path / "dai.pdf", 2000, words="Trang")

    assert refusal(long) is Refusal.TOO_MANY_PAGES


def test_the_limit_of_pages_can_be_set(tmp_path: Path) -> None:
    three = bad.good_pdf(tmp_path / "ba.pdf", pages=3)

    assert refusal(three, Limits(max_pages=2)) is Refusal.TOO_MANY_PAGES
    assert "Page 3" in shown(three, Limits(max_pages=3))


def test_the_limit_of_size_can_be_set(tmp_path: Path) -> None:
    word = bad.good_docx(tmp_path / "a.docx")
    size = word.stat().st_size

    assert refusal(word, Limits(max_bytes=size - 1)) is Refusal.TOO_LARGE
    assert "tạm trú" in shown(word, Limits(max_bytes=size))


@pytest.mark.parametrize("make", [bad.bomb, bad.lying_bomb], ids=["told", "hidden"])
def test_a_zip_bomb_is_refused(tmp_path: Path, make: Callable[[Path, int], Path]) -> None:
    bomb = make(tmp_path / "bom.docx", 400)
    assert bomb.stat().st_size < 1_000_000

    assert refusal(bomb) in (Refusal.ZIP_BOMB, Refusal.BROKEN)


def test_the_limit_of_unzipped_bytes_can_be_set(tmp_path: Path) -> None:
    word = bad.good_docx(tmp_path / "a.docx")

    assert refusal(word, Limits(max_unzipped_bytes=10_000)) is Refusal.ZIP_BOMB


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_word_and_excel_files_are_refused(tmp_path: Path, encoding: str) -> None:
    secret = tmp_path / "mat.txt"
    secret.write_text("BI-MAT")
    word = bad.with_entity(bad.good_docx(tmp_path / "a.docx"), bad.WORD, secret, encoding)
    sheet = bad.with_entity(bad.good_xlsx(tmp_path / "a.xlsx"), bad.SHEET, secret, encoding)

    assert refusal(word) is Refusal.DOCTYPE
    assert refusal(sheet) is Refusal.DOCTYPE


def test_entities_in_a_page_stay_words(tmp_path: Path) -> None:
    secret = tmp_path / "mat.txt"
    secret.write_text("BI-MAT")
    page = tmp_path / "a.html"
    page.write_text(
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY xxe SYSTEM "{secret.as_uri()}">]>'
        f"<html><body><p>Lệ phí &xxe; đồng</p><object data='{secret.as_uri()}'></object>"
        f"<iframe src='{secret.as_uri()}'></iframe></body></html>",
        encoding="utf-8",
    )

    text = shown(page)

    assert "Lệ phí" in text
    assert "BI-MAT" not in text


def test_scripts_of_a_page_are_not_read(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text("<p>Phí</p><script>document.write('lừa')</script><style>x{}</style>", "utf-8")

    assert shown(page) == "Phí"


def test_nested_beyond_reason_does_no_harm(tmp_path: Path) -> None:
    page = tmp_path / "sau.html"
    page.write_text("<div>" * 50_000 + "đáy" + "</div>" * 50_000, "utf-8")
    listed = tmp_path / "sau.md"
    listed.write_text("> " * 20_000 + "đáy", "utf-8")

    for path in (page, listed):
        try:
            read_document(path, LIMITS)
        except RefusedDocumentError as error:
            assert error.refusal in (Refusal.BROKEN, Refusal.NOTHING_READ, Refusal.EMPTY)


def test_files_with_macros_are_refused(tmp_path: Path) -> None:
    word = bad.with_part(bad.good_docx(tmp_path / "a.docx"), "word/vbaProject.bin", b"\x00")
    sheet = bad.with_part(bad.good_xlsx(tmp_path / "a.xlsx"), "xl/vbaProject.bin", b"\x00")
    named = bad.good_docx(tmp_path / "a.docm")

    assert {refusal(path) for path in (word, sheet, named)} == {Refusal.MACROS}


def test_scripts_of_a_pdf_are_told_and_never_run(tmp_path: Path) -> None:
    script = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"
    pdf = bad.raw_pdf(tmp_path / "js.pdf", 1, catalog=script, words="Don xin xac nhan tam tru ABC")

    document = read_document(pdf, LIMITS)

    assert "Don xin xac nhan" in "\n".join(document.lines())
    assert SCRIPTED in document.notes


@pytest.mark.parametrize("suffix", [".pdf", ".xlsx", ".html", ".jpg", ".md"])
def test_an_extension_that_lies_is_refused(tmp_path: Path, suffix: str) -> None:
    word = bad.good_docx(tmp_path / f"a{suffix}")

    assert refusal(word) is Refusal.LYING


def test_other_content_behind_an_honest_extension_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "a.docx"
    program.write_bytes(b"MZ\x90\x00" + b"\x00\x01" * 500)
    pdf = bad.good_pdf(tmp_path / "b.docx")
    rich = tmp_path / "c.docx"
    rich.write_bytes(b"{\\rtf1 xin chao}")

    assert refusal(program) is Refusal.LYING
    assert refusal(pdf) is Refusal.LYING
    assert refusal(rich) is Refusal.RICH_TEXT


def test_a_workbook_that_claims_a_billion_cells_is_read_within_limits(tmp_path: Path) -> None:
    sheet = bad.good_xlsx(tmp_path / "a.xlsx")
    rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 40))
    text = bad.part_of(sheet, bad.SHEET).replace("A1:B1", "A1:XFD1048576")
    bad.with_part(sheet, bad.SHEET, text.replace("</sheetData>", f"{rows}</sheetData>").encode())

    assert refusal(sheet) is Refusal.TOO_MANY_CELLS


def test_a_picture_of_too_many_points_is_refused(tmp_path: Path, tesseract: None) -> None:
    Image.new("1", (20_000, 20_000), 1).save(tmp_path / "to.png")

    assert refusal(tmp_path / "to.png") is Refusal.TOO_MANY_POINTS


@pytest.mark.thorough
def test_a_pdf_of_pictures_is_read_or_says_what_to_install(tmp_path: Path, tesseract: None) -> None:
    form = made.form_of(made.chosen()[0], 0)[:3]
    made.as_scanned_pdf(form, tmp_path / "quet.pdf", seed=1)

    document = read_document(tmp_path / "quet.pdf", LIMITS)

    assert document.recognised
    assert "Đăng ký tạm trú" in "\n".join(document.lines())
    assert refusal(tmp_path / "quet.pdf", Limits(max_scanned_pages=0)) is Refusal.TOO_MANY_SCANS


def test_without_recognition_a_scan_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.as_scanned_pdf(made.form_of(made.chosen()[0], 0)[:2], tmp_path / "quet.pdf", seed=1)
    Image.new("L", (100, 100), 255).save(tmp_path / "anh.png")
    monkeypatch.setenv("PATH", str(tmp_path))

    for name in ("quet.pdf", "anh.png"):
        assert refusal(tmp_path / name) is Refusal.NO_OCR
    assert "tesseract-ocr tesseract-ocr-vie" in Refusal.NO_OCR.value


def _stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Path:
    """A document, and a reading process that does something else instead of reading it."""
    package = tmp_path / "before"
    package.mkdir()
    (package / "sitecustomize.py").write_text(body)
    monkeypatch.syspath_prepend(str(package))
    return bad.good_docx(tmp_path / "a.docx")


def test_a_reading_that_takes_too_long_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat = tmp_path / "beat"
    body = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen(['/bin/sh', '-c', 'while :; do date > {beat}; sleep 0.1; done'])\n"
        "time.sleep(100)\n"
    )
    path = _stuck(tmp_path, monkeypatch, body)

    started = time.monotonic()
    assert refusal(path, Limits(seconds=1.5)) is Refusal.TOO_SLOW

    assert time.monotonic() - started < 10
    assert beat.exists()
    beat.unlink()
    time.sleep(0.5)
    assert not beat.exists()  # its child is gone too


def test_a_reading_that_takes_too_much_memory_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a real reading process, limited like any, whose reader asks for more than it may
    body = (
        "from ingest.documents import read_docx\n"
        "read_docx.read_docx = lambda path: bytearray(900_000_000)\n"
    )
    path = _stuck(tmp_path, monkeypatch, body)

    assert refusal(path, Limits(memory_bytes=700_000_000)) is Refusal.TOO_HEAVY


def test_a_reading_that_crashes_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = _stuck(tmp_path, monkeypatch, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")

    assert refusal(path) is Refusal.FAULT
    assert "a.docx" in caplog.text


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = tmp_path / "tmp"
    rooms.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(rooms))

    read_document(bad.good_docx(tmp_path / "a.docx"), LIMITS)
    refusal(bad.bomb(tmp_path / "b.docx", 400))

    assert list(rooms.iterdir()) == []


def test_limits_are_those_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    set_to: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda kind, most: set_to.update({kind: most}))

    worker.confine(Limits(seconds=30, memory_bytes=700_000_000))

    assert set_to[resource.RLIMIT_AS] == (700_000_000, 700_000_000)
    assert set_to[resource.RLIMIT_CPU][0] == 35
    assert set_to[resource.RLIMIT_CORE] == (0, 0)


def test_an_answer_that_is_not_ours_is_a_refusal(tmp_path: Path) -> None:
    for written in ("", "{}", '{"document": "{}"}', '{"refusal": "NONE", "detail": ""}'):
        with pytest.raises(RefusedDocumentError):
            child._told(tmp_path, written)
