"""A monthly report as DOCX, in the form that offices write in (Decree 30/2020/NĐ-CP)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table as DocxTable
from docx.table import _Cell as DocxCell
from docx.text.paragraph import Paragraph

from app.staff.charts import Chart
from app.staff.monthly import Report
from app.staff.monthly_pictures import WIDTH_CM
from app.staff.tables import Table
from app.staff.words_of_offices import COUNTRY, MOTTO, dated

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_FONT = "Times New Roman"
_LINE = "_" * 16
_HEAD = (6.3, 10.2)
"""Centimetres of the two columns of the head; the country's name stands on one line."""
_TOGETHER = 15
"""A table of so many rows or fewer stays on one page."""


def as_docx(report: Report, pictures: Mapping[str, bytes]) -> bytes:
    """The report as a document.

    Args:
        report: what it says.
        pictures: a PNG for each chart, by its table's name.
    """
    document = Document()
    _page(document)
    _head(document, report)
    for passage in report.summary:
        _heading(document, passage.heading, 2)
        for sentence in passage.sentences:
            style = "List Bullet" if passage.is_list else None
            _text(document.add_paragraph(style=style), sentence)
    if report.charts:
        _heading(document, "Biểu đồ", 1)
        for chart in report.charts:
            _chart(document, chart, pictures[chart.table.name])
    _heading(document, "Bảng số liệu", 1)
    for table in report.tables:
        _table(document, table)
    _heading(document, "Cách đếm", 1)
    for sentence in report.method:
        _text(document.add_paragraph(style="List Bullet"), sentence, size=11)
    _properties(document, report)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _page(document: DocumentType) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2)
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _page_number(number)
    for name in ("Normal", "Heading 1", "Heading 2", "List Bullet"):
        style = document.styles[name]
        style.font.name = _FONT
        style.font.color.rgb = None
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), _FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
        style.paragraph_format.space_after = Pt(4)
    document.styles["Normal"].font.size = Pt(13)
    document.styles["List Bullet"].font.size = Pt(13)
    document.styles["Heading 1"].font.size = Pt(14)
    document.styles["Heading 2"].font.size = Pt(13)
    language = OxmlElement("w:lang")
    for name in ("val", "eastAsia"):
        language.set(qn(f"w:{name}"), "vi-VN")
    properties = document.styles["Normal"].element.get_or_add_rPr()
    properties.append(language)


def _page_number(paragraph: Paragraph) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)


def _head(document: DocumentType, report: Report) -> None:
    head = document.add_table(rows=1, cols=2)
    head.alignment = WD_TABLE_ALIGNMENT.CENTER
    _columns(head, _HEAD)
    left, right = head.rows[0].cells
    _centred(left, report.office[0], bold=False)
    _centred(left, report.office[1], bold=True)
    _centred(left, _LINE, size=6)
    _centred(right, COUNTRY, bold=True, size=12)
    _centred(right, MOTTO, bold=True)
    _centred(right, _LINE * 2, size=6)
    _centred(right, dated(report.place, report.made_on), italic=True)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_before = Pt(10)
    title.paragraph_format.space_after = Pt(0)
    _text(title, "BÁO CÁO", bold=True, size=14)
    subject = document.add_paragraph()
    subject.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _text(subject, report.subject, bold=True, size=14)
    addressee = document.add_paragraph()
    addressee.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _text(addressee, f"Kính gửi: {report.addressee}", size=13)


def _heading(document: DocumentType, text: str, level: int) -> None:
    heading = document.add_heading(text, level)
    heading.paragraph_format.space_before = Pt(8)
    heading.paragraph_format.keep_with_next = True


def _chart(document: DocumentType, chart: Chart, picture: bytes) -> None:
    _heading(document, chart.table.title, 2)
    summary = document.add_paragraph()
    summary.paragraph_format.keep_with_next = True
    _text(summary, chart.summary)
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Cm(WIDTH_CM))
    described = shape._inline.docPr
    described.set("descr", f"Biểu đồ {chart.table.title.lower()}. {chart.summary}")
    described.set("title", chart.table.title)


def _table(document: DocumentType, table: Table) -> None:
    _heading(document, table.title, 2)
    made = document.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    rights = table.on_the_right
    for cell, name, right in zip(made.rows[0].cells, table.columns, rights, strict=True):
        _into(cell, name, bold=True, right=right)
    for row in table.rows:
        cells = made.add_row().cells
        for cell, value, right in zip(cells, row, rights, strict=True):
            _into(cell, value.words, right=right)
    if not table.rows:
        _into(made.add_row().cells[0], "Không có.")
    _columns(made, [WIDTH_CM * part for part in table.widths])
    _whole(made)
    if table.note:
        _text(document.add_paragraph(), table.note, italic=True, size=11)


def _columns(table: DocxTable, widths: Sequence[float]) -> None:
    """Columns so wide, in centimetres; Word reads it of the cells, LibreOffice of the grid."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def _whole(table: DocxTable) -> None:
    """No row is torn, the heading stands on each page, a small table stays on one."""
    for row in table.rows:
        _mark(row._tr.get_or_add_trPr(), "w:cantSplit")
    _mark(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")
    if len(table.rows) <= _TOGETHER:
        for row in table.rows[:-1]:
            for cell in row.cells:
                for paragraph in cell.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True


def _mark(properties: Any, name: str) -> None:
    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    properties.append(element)


def _into(cell: DocxCell, text: str, *, bold: bool = False, right: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _text(paragraph, text, bold=bold, size=11)


def _centred(
    cell: DocxCell, text: str, *, bold: bool = False, italic: bool = False, size: int = 13
) -> None:
    first = cell.paragraphs[0]
    paragraph = first if not first.text else cell.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.space_after = Pt(0)
    _text(paragraph, text, bold=bold, italic=italic, size=size)


def _text(
    paragraph: Paragraph,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: int | None = None,
) -> None:
    run = paragraph.add_run(text)
    run.bold, run.italic = bold or None, italic or None
    if size is not None:
        run.font.size = Pt(size)


def _properties(document: DocumentType, report: Report) -> None:
    about = document.core_properties
    about.title, about.author, about.language = report.subject, "Hỏi Xã", "vi-VN"
    about.created = about.modified = datetime.combine(report.made_on, time(), UTC)
    about.last_modified_by = "Hỏi Xã"
    about.comments = ""
