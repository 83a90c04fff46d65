"""The monthly report as DOCX and PDF: what it says, its form, its pictures."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from PIL import Image
from sqlalchemy import Engine

from app.records.asked import Chosen
from app.records.database import open_database
from app.records.insights import InsightLimits, Insights
from app.records.outcome import Outcome
from app.staff import monthly_docx, monthly_pdf
from app.staff.figures import Names
from app.staff.monthly import Report, make_report
from app.staff.monthly_pictures import WIDTH_CM, draw
from app.staff.tables import Cell
from app.staff.words_of_offices import dated
from knowledge_base.day import VIETNAM
from knowledge_base.record import Topic
from tests.app.staff.test_figures import area
from tests.app.web.fakes import communes
from tests.traffic import Plan, Subject, make_traffic

NOW = datetime(2026, 12, 1, 8, tzinfo=VIETNAM)
NOVEMBER = date(2026, 11, 1)
ALL = ("hoa-tien", "hoa-vang", "ba-na")
SUBJECTS = tuple(
    Subject(f"v{number}", f"Đăng ký việc thứ {number}", list(Topic)[number % 7], ("làm sao",))
    for number in range(12)
)


@dataclass(frozen=True)
class Made:
    """A report with both of its documents."""

    report: Report
    pictures: dict[str, bytes]
    docx: bytes
    pdf: bytes


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('report') / 'hoixa.db'}")
    make_traffic(engine, Plan(900, date(2026, 10, 1), date(2026, 11, 30), ALL, SUBJECTS))
    yield engine
    engine.dispose()


def report_of(engine: Engine, *ids: str, month: date = NOVEMBER, now: datetime = NOW) -> Report:
    titles = {subject.record_id: subject.title for subject in SUBJECTS}
    names = Names(titles.__getitem__, lambda commune: communes()[commune].full_name)
    return make_report(Insights(engine), area(*ids), month, names, InsightLimits(), now)


def written(report: Report) -> Made:
    pictures = {chart.table.name: draw(chart) for chart in report.charts}
    return Made(
        report,
        pictures,
        monthly_docx.as_docx(report, pictures),
        monthly_pdf.as_pdf(report, pictures),
    )


@pytest.fixture(scope="module")
def of_commune(engine: Engine) -> Made:
    return written(report_of(engine, "hoa-tien"))


@pytest.fixture(scope="module")
def of_province(engine: Engine) -> Made:
    return written(report_of(engine, *ALL))


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def all_text(made: Made) -> str:
    return " ".join(" ".join(pages_of(made.pdf)).split())


def text_of_docx(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_head_is_that_of_an_office(of_commune: Made) -> None:
    for text in (pages_of(of_commune.pdf)[0], text_of_docx(of_commune.docx)):
        assert "XÃ HÒA TIẾN" in text
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
        assert "Độc lập - Tự do - Hạnh phúc" in text
        assert "Hòa Tiến, ngày 01 tháng 12 năm 2026" in text
        assert "tháng 11 năm 2026" in text
        assert "Kính gửi: Chủ tịch Ủy ban nhân dân xã Hòa Tiến" in text


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 2, 9), "Hòa Tiến, ngày 09 tháng 02 năm 2026"),
        (date(2026, 3, 10), "Hòa Tiến, ngày 10 tháng 3 năm 2026"),
    ],
)
def test_small_days_and_months_are_written_with_a_zero(day: date, words: str) -> None:
    assert dated("Hòa Tiến", day) == words


def test_the_first_page_says_everything_in_sentences(of_commune: Made) -> None:
    first = " ".join(pages_of(of_commune.pdf)[0].split())

    for passage in of_commune.report.summary:
        assert passage.heading in first
        for sentence in passage.sentences:
            assert sentence in first
    assert "so với tháng trước" in first
    assert "Việc nên làm" in first


def test_the_figures_are_those_of_the_month(engine: Engine, of_commune: Made) -> None:
    chosen = Chosen(("hoa-tien",), NOVEMBER, date(2026, 11, 30))
    totals = Insights(engine).asked(chosen).totals()
    first = " ".join(pages_of(of_commune.pdf)[0].split())

    assert f"hỏi {totals.questions} câu" in first
    assert f"({totals.outcomes[Outcome.ABSTAINED]} câu)" in first
    assert f"chấm {totals.rated} câu" in first


def test_every_picture_is_there_with_words_in_its_place(of_commune: Made) -> None:
    document = Document(io.BytesIO(of_commune.docx))
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    charts = of_commune.report.charts

    assert len(charts) == 4
    assert [text.split(".")[0] for text in described] == [
        f"Biểu đồ {chart.table.title.lower()}" for chart in charts
    ]
    assert of_commune.pdf.count(b"/Alt") >= 4
    for picture in of_commune.pictures.values():
        with Image.open(io.BytesIO(picture)) as image:
            assert image.width > 1200
            assert len(image.convert("L").getcolors() or ()) > 10, "something is drawn"


def test_pictures_are_drawn_with_a_font_that_has_every_vietnamese_letter(
    of_commune: Made, recwarn: pytest.WarningsRecorder
) -> None:
    draw(of_commune.report.charts[1])

    assert not [one for one in recwarn if "Glyph" in str(one.message)]


@pytest.mark.thorough
def test_no_row_of_a_table_is_torn_and_headings_repeat(of_province: Made) -> None:
    document = Document(io.BytesIO(of_province.docx))
    data = document.tables[1:]

    assert len(data) == len(of_province.report.tables)
    for table in data:
        assert all(row._tr.findall(f".//{qn('w:cantSplit')}") for row in table.rows)
        assert table.rows[0]._tr.findall(f".//{qn('w:tblHeader')}")


def test_no_chart_or_small_table_of_the_pdf_is_torn(of_commune: Made, of_province: Made) -> None:
    for made in (of_commune, of_province):
        pages = [" ".join(page.split()) for page in pages_of(made.pdf)]
        for chart in made.report.charts:
            whole = f"{chart.table.title} {chart.summary}"
            assert any(whole in page for page in pages), whole
        for table in made.report.tables:
            last = table.note or table.rows[-1][0].words
            assert any(
                f"{table.title} {table.columns[0]}" in page and last in page for page in pages
            )


LONG = "phường Nguyễn Thị Minh Khai Đông Bắc Hương Trà Thượng"


@pytest.fixture(scope="module")
def with_long_names(of_commune: Made) -> Made:
    """The same, of a commune, a place and records with the longest names that there may be."""
    report = of_commune.report
    named = tuple(
        replace(
            table,
            rows=tuple(
                (Cell(f"{row[0].words}, cạnh {LONG}, đối với mọi trường hợp còn lại"), *row[1:])
                for row in table.rows
            ),
        )
        for table in report.tables
    )
    charts = tuple(
        replace(chart, labels=tuple(f"{label} {LONG} {LONG}" for label in chart.labels))
        if chart.horizontal
        else chart
        for chart in report.charts
    )
    office = (report.office[0], LONG.upper())
    long = replace(report, office=office, place=LONG, addressee=LONG, tables=named, charts=charts)
    return written(long)


@pytest.mark.thorough
def test_no_letter_leaves_the_page_and_the_head_stands_in_two_columns(
    with_long_names: Made,
) -> None:
    document = pypdfium2.PdfDocument(with_long_names.pdf)
    try:
        for page in document:
            text = page.get_textpage()
            boxes = [text.get_rect(number) for number in range(text.count_rects())]
            assert min(left for left, *_ in boxes) >= page.get_width() * 25 / 210 - 1
            assert max(right for _, _, right, _ in boxes) <= page.get_width() * 192 / 210 + 1
        first = document[0].get_textpage()
        middle = document[0].get_width() * (25 + 167 * 0.4) / 210
        head = [
            box
            for number in range(first.count_rects())
            if (box := first.get_rect(number))[1] > document[0].get_height() * 0.87
        ]
        assert len(head) >= 4
        assert all(right <= middle + 1 or left >= middle - 1 for left, _, right, _ in head)
    finally:
        document.close()


def test_columns_are_as_wide_as_their_words_need_and_numbers_stand_on_the_right(
    with_long_names: Made, of_province: Made
) -> None:
    for made in (with_long_names, of_province):
        head, *tables = Document(io.BytesIO(made.docx)).tables
        assert head.columns[1].width > head.columns[0].width > 0
        for table, said in zip(tables, made.report.tables, strict=True):
            whole = sum(column.width for column in table.columns)
            assert abs(whole / 360_000 - WIDTH_CM) < 0.1
            for number, column in enumerate(table.columns):
                cells = [said.columns[number], *(row[number].words for row in said.rows)]
                longest = max(len(word) for text in cells for word in text.split())
                assert column.width / whole >= longest / 97
                right = any(row[number].is_number for row in said.rows)
                sides = {cell.paragraphs[0].alignment for cell in column.cells}
                assert sides == {WD_ALIGN_PARAGRAPH.RIGHT if right else None}


def test_long_titles_that_begin_alike_stay_apart_in_a_picture(with_long_names: Made) -> None:
    (chart,) = [one for one in with_long_names.report.charts if one.table.name == "procedures"]
    few = replace(chart, labels=tuple(label[:30] for label in chart.labels))

    heights = []
    for one in (chart, few):
        with Image.open(io.BytesIO(draw(one))) as image:
            heights.append(image.height)

    assert heights[0] > heights[1], "two lines for each"


def test_the_pdf_says_its_language_and_title(of_commune: Made) -> None:
    document = pypdfium2.PdfDocument(of_commune.pdf)
    title = document.get_metadata_value("Title")
    document.close()

    assert b"/Lang (vi-VN)" in of_commune.pdf
    assert "tháng 11 năm 2026" in title


def test_a_province_has_its_communes_side_by_side(of_province: Made) -> None:
    text = all_text(of_province)

    assert "THÀNH PHỐ ĐÀ NẴNG" in text
    assert "Báo cáo gồm 3 xã, phường" in text
    assert "Các xã, phường cạnh nhau" in text
    for name in ("xã Hòa Tiến", "xã Hòa Vang", "xã Bà Nà"):
        assert name in text


def test_nothing_personal_stands_in_a_report(of_commune: Made, of_province: Made) -> None:
    for made in (of_commune, of_province):
        for text in (all_text(made), text_of_docx(made.docx)):
            assert "0905" not in text and "0482" not in text


def test_a_month_without_questions_says_so(engine: Engine) -> None:
    made = written(report_of(engine, "hoa-tien", month=date(2026, 3, 1)))

    text = all_text(made)

    assert "chưa có câu hỏi nào" in text
    assert "không có việc nào phải làm ngay" in text
    assert made.report.charts == ()
    assert "chưa có câu nào được chấm" in text
    assert "–, –" not in text and "không quá –" not in text
    assert len(pages_of(made.pdf)) == 2


def test_a_month_that_is_not_over_is_compared_with_as_many_days(engine: Engine) -> None:
    now = datetime(2026, 11, 10, 8, tzinfo=VIETNAM)

    report = report_of(engine, "hoa-tien", now=now)

    assert "tính đến hết ngày 10/11/2026" in report.summary[0].sentences[0]
    assert report.tables[0].note.endswith("kỳ trước từ 1/10/2026 đến 10/10/2026.")


def test_matplotlib_is_not_loaded_before_a_report_is_made() -> None:
    loading = [
        path.name
        for path in (Path(__file__).parents[3] / "app").rglob("*.py")
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        and "matplotlib" in ast.unparse(statement)
    ]

    assert loading == []
