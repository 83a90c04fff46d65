"""Documents made from published procedures are read back, in every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.documents.blocks import (
    Block,
    Heading,
    Items,
    Paragraph,
    Table,
    as_markdown,
    from_json,
    to_json,
)
from ingest.documents.child import read_document
from ingest.documents.lines import over_pages, unwrapped
from ingest.documents.recognise import recognise
from knowledge_base.record import RecordKind
from tests.ingest.documents import made, measure
from tests.thorough import mostly_thorough

TYPED = [name for name in measure.makers() if name not in measure.OCR]


@pytest.mark.parametrize("name", mostly_thorough(TYPED, 3))
def test_typed_documents_are_read_without_a_wrong_figure(name: str, tmp_path: Path) -> None:
    found = measure.measure(name, tmp_path, made.chosen()[:3])

    assert found.share(*measure.FIGURES) == 1, found.wrong
    assert found.share() >= 0.97, found.wrong


@pytest.mark.thorough
@pytest.mark.parametrize("name", measure.OCR)
def test_pictures_are_read_well_enough_to_correct(
    name: str, tmp_path: Path, tesseract: None
) -> None:
    found = measure.measure(name, tmp_path, made.chosen()[-1:])

    assert 1 - found.distance / found.characters >= 0.95
    assert found.share() >= 0.8, found.wrong


GUIDE: list[Block] = [
    Heading(1, "Hướng dẫn dùng VNeID"),
    Heading(2, "Cần chuẩn bị gì"),
    Paragraph("Điện thoại và thẻ căn cước."),
    Heading(2, "Mức hỗ trợ"),
    Table((("Nhóm", "Mức"), ("Hộ nghèo", "500.000 đồng"), ("Hộ cận nghèo", "300.000 đồng"))),
]


@pytest.mark.parametrize("name", [name for name in TYPED if name != "XLSX"])
def test_other_documents_become_guides_and_tables_survive(name: str, tmp_path: Path) -> None:
    (file,) = measure.makers()[name](GUIDE, tmp_path / "a", 1)

    found = recognise(read_document(file), file.name, measure.DAY)

    assert found.kind is RecordKind.GUIDE
    assert found.found[-2:] == ("Cần chuẩn bị gì", "Mức hỗ trợ")
    body = found.draft.body["sections"][-1]["body"]
    assert "| Hộ nghèo | 500.000 đồng |" in body


def test_a_workbook_is_a_guide_of_its_sheets(tmp_path: Path) -> None:
    made.as_xlsx([GUIDE[-1]], tmp_path / "a.xlsx")

    found = recognise(read_document(tmp_path / "a.xlsx"), "a.xlsx", measure.DAY)

    assert found.kind is RecordKind.GUIDE
    assert "| Hộ cận nghèo | 300.000 đồng |" in found.draft.body["sections"][0]["body"]


def test_markdown_is_read(tmp_path: Path) -> None:
    form = made.form_of(made.chosen()[0], 0)
    (tmp_path / "a.md").write_text(as_markdown(form), "utf-8")

    document = read_document(tmp_path / "a.md")
    found = recognise(document, "a.md", measure.DAY)

    assert any(isinstance(block, Table) for block in document.blocks)
    assert found.draft.body["code"] == "1.004194"
    assert found.draft.body["time_limits"][0]["amount"] == 3


def test_what_is_not_in_the_document_is_told(tmp_path: Path) -> None:
    short = """Thủ tục: Xác nhận nơi cư trú
Trình tự thực hiện: Nộp tại xã
Thời hạn giải quyết: 02 ngày làm việc
Lệ phí: Không
Kết quả thực hiện: Giấy xác nhận"""
    (tmp_path / "a.txt").write_text(short, "utf-8")

    found = recognise(read_document(tmp_path / "a.txt"), "a.txt", measure.DAY)

    assert found.kind is RecordKind.PROCEDURE
    assert found.draft.body["title"] == "Xác nhận nơi cư trú"
    assert {"mã thủ tục", "thành phần hồ sơ", "căn cứ pháp lý"} <= set(found.draft.missing)
    assert "thời hạn giải quyết" not in found.draft.missing
    assert "dossier" not in found.draft.body


def test_a_document_crosses_processes_whole(tmp_path: Path) -> None:
    made.as_docx([*GUIDE, Items(("một", "hai"))], tmp_path / "a.docx")
    document = read_document(tmp_path / "a.docx")

    assert from_json(to_json(document)) == document
    with pytest.raises(ValueError, match="not a document"):
        from_json('{"format": "pdf"}')


def test_lines_that_the_page_broke_are_joined() -> None:
    assert unwrapped("Giấy ủy quyền có\nchứng thực\n- Tờ khai\n2. Ảnh") == (
        "Giấy ủy quyền có chứng thực\n- Tờ khai\n2. Ảnh"
    )


def test_a_sentence_over_two_pages_is_one() -> None:
    law, paper = Items(("Nghị định số 280/2025/NĐ-CP ngày",)), Paragraph("Nộp tại xã.")

    assert over_pages([[law], [Paragraph("27/10/2025"), paper]]) == [
        Items(("Nghị định số 280/2025/NĐ-CP ngày 27/10/2025",)),
        paper,
    ]
    assert over_pages([[paper], [Paragraph("1. Lệ phí")]]) == [paper, Paragraph("1. Lệ phí")]


def test_a_table_over_two_pages_is_one() -> None:
    head = ("Tên", "Số")
    pages: list[list[Block]] = [
        [Table((head, ("a", "1")))],
        [Table((head, ("", "1b"), ("c", "2")))],
    ]

    assert over_pages(pages) == [Table((head, ("a", "1\n1b"), ("c", "2")))]
