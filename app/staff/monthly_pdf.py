"""A monthly report as PDF, the same as the DOCX for who only reads or prints it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from importlib.resources import files
from typing import cast

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from app.staff.charts import Chart
from app.staff.monthly import Report
from app.staff.monthly_pictures import WIDTH_CM
from app.staff.tables import Table
from app.staff.words_of_offices import COUNTRY, MOTTO, dated

MEDIA_TYPE = "application/pdf"

_FONT = "BeVietnamPro"
_TEXT, _SMALL, _LARGE = 11, 9, 13
_LINE = 5.6
_WASH = (241, 245, 244)


class _Paper(FPDF):
    """A4 with a number on every page but the first."""

    def header(self) -> None:
        if self.page_no() > 1:
            self.set_font(_FONT, size=_SMALL)
            self.cell(0, 5, str(self.page_no()), align=Align.C)
            self.ln(8)


def as_pdf(report: Report, pictures: Mapping[str, bytes]) -> bytes:
    """The report as pages.

    Args:
        report: what it says.
        pictures: a PNG for each chart, by its table's name.
    """
    paper = _paper(report)
    _head(paper, report)
    for passage in report.summary:
        _heading(paper, passage.heading, _TEXT + 1)
        for sentence in passage.sentences:
            _text(paper, f"•  {sentence}" if passage.is_list else sentence)
    for number, chart in enumerate(report.charts):
        _chart(paper, chart, pictures[chart.table.name], "Biểu đồ" if number == 0 else "")
    for number, table in enumerate(report.tables):
        _table(paper, table, "Bảng số liệu" if number == 0 else "")
    _on_one_page(paper, lambda on: _method(on, report))
    return bytes(paper.output())


def _paper(report: Report) -> _Paper:
    paper = _Paper(format="A4")
    paper.set_margins(25, 18, 18)
    paper.set_auto_page_break(True, 18)
    fonts = files("qr") / "fonts"
    paper.add_font(_FONT, "", str(fonts / "BeVietnamPro-Regular.ttf"))
    paper.add_font(_FONT, "B", str(fonts / "BeVietnamPro-Bold.ttf"))
    paper.set_lang("vi-VN")
    paper.set_title(report.subject)
    paper.set_author("Hỏi Xã")
    paper.set_creation_date(datetime.combine(report.made_on, time(), UTC))
    paper.add_page()
    return paper


def _head(paper: FPDF, report: Report) -> None:
    left, right = paper.epw * 0.4, paper.epw * 0.6
    top = paper.get_y()
    ends = []
    for begins, width, half, first, second in (
        (paper.l_margin, left, 9, (report.office[0], ""), (report.office[1], "B")),
        (paper.l_margin + left, right, 22, (COUNTRY, "B"), (MOTTO, "B")),
    ):
        paper.set_xy(begins, top)
        for text, style in (first, second):
            paper.set_x(begins)
            paper.set_font(_FONT, style, _SMALL + 1)
            paper.multi_cell(width - 2, 5.5, text, align=Align.C, new_x=XPos.LEFT, new_y=YPos.NEXT)
        middle, below = begins + (width - 2) / 2, paper.get_y() + 0.6
        paper.line(middle - half, below, middle + half, below)
        ends.append(below)
    paper.set_font(_FONT, size=_SMALL + 1)
    paper.set_xy(paper.l_margin + left, ends[-1] + 1.4)
    made_on = dated(report.place, report.made_on)
    paper.multi_cell(right - 2, 5.5, made_on, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_y(max(*ends, paper.get_y()) + 6)
    for text, size in (("BÁO CÁO", 15), (report.subject, _LARGE)):
        paper.set_font(_FONT, "B", size)
        paper.multi_cell(0, 7, text, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(2)
    paper.set_font(_FONT, size=_TEXT)
    paper.multi_cell(
        0, 6, f"Kính gửi: {report.addressee}", align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )


def _heading(paper: FPDF, text: str, size: int) -> None:
    paper.ln(2.5)
    paper.set_font(_FONT, "B", size)
    paper.multi_cell(0, _LINE + 1, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _text(paper: FPDF, text: str, size: int = _TEXT) -> None:
    paper.set_font(_FONT, size=size)
    paper.multi_cell(0, _LINE, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(0.8)


def _chart(paper: FPDF, chart: Chart, picture: bytes, above: str) -> None:
    """Heading, sentence and picture on one page."""

    def put(on: FPDF) -> None:
        if above:
            _heading(on, above, _LARGE)
        _heading(on, chart.table.title, _TEXT + 1)
        _text(on, chart.summary)
        on.image(
            io.BytesIO(picture),
            w=min(on.epw, WIDTH_CM * 10),
            alt_text=f"Biểu đồ {chart.table.title.lower()}. {chart.summary}",
            title=chart.table.title,
        )

    _on_one_page(paper, put)


def _table(paper: FPDF, table: Table, above: str) -> None:
    """A table on one page where it fits; else whole rows, with its heading on each page."""
    _on_one_page(paper, lambda on: _draw_table(on, table, above))


def _on_one_page(paper: FPDF, put: Callable[[FPDF], None]) -> None:
    """Put something on this page, or where it does not fit, from the top of the next."""
    with paper.offset_rendering() as trial:
        put(cast("FPDF", trial))  # it obeys as the paper does, and forgets
    if trial.page_break_triggered:  # known at its end
        paper.add_page()
    put(paper)


def _method(paper: FPDF, report: Report) -> None:
    _heading(paper, "Cách đếm", _LARGE)
    for sentence in report.method:
        _text(paper, f"•  {sentence}", _SMALL + 1)


def _draw_table(paper: FPDF, table: Table, above: str) -> None:
    if above:
        _heading(paper, above, _LARGE)
    _heading(paper, table.title, _TEXT + 1)
    paper.set_font(_FONT, size=_SMALL)
    with paper.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="BOLD", fill_color=_WASH),
        align=Align.L,
        line_height=4.6,
        padding=(1, 2),
        text_align=tuple(Align.R if right else Align.L for right in table.on_the_right),
        col_widths=table.widths,
        num_heading_rows=1,
    ) as made:
        made.row(table.columns)
        for row in table.rows:
            made.row([cell.words for cell in row])
        if not table.rows:
            made.row(["Không có.", *[""] * (len(table.columns) - 1)])
    if table.note:
        paper.ln(1)
        _text(paper, table.note, _SMALL)
