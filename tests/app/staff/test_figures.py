"""Figures on their way to a page or a sheet: the span chosen, small counts, safe cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records.insights import InsightLimits, Insights
from app.records.tables import AnswerRow, PlaceRow, ScanRow
from app.staff import sheets
from app.staff.access import Area
from app.staff.chosen import Choice, Preset, choice_of
from app.staff.figures import Figures, Names
from app.staff.tables import Hidden, Share, lasting, shown
from knowledge_base.commune import Commune
from knowledge_base.day import VIETNAM
from knowledge_base.record import Topic
from tests.app.web.fakes import communes
from tests.database import new_database

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 9, tzinfo=VIETNAM)
PLACES = {"bcd234": "hoa-tien", "fgh567": "ba-na"}


def area(*ids: str) -> Area:
    found: tuple[Commune, ...] = tuple(communes()[one] for one in ids)
    scope = f"commune:{ids[0]}" if len(ids) == 1 else "province:da-nang"
    return Area(scope, "xã Hòa Tiến" if len(ids) == 1 else "thành phố Đà Nẵng", found)


def chosen(area: Area, most_days: int = 731, **parameters: str) -> Choice:
    given = {name.rstrip("_"): value for name, value in parameters.items()}
    return choice_of(given, area, PLACES, TODAY, most_days)


@pytest.mark.parametrize(
    ("period", "first", "last", "before"),
    [
        ("", "2026-10-24", "2026-11-22", ("2026-09-24", "2026-10-23")),
        ("7d", "2026-11-16", "2026-11-22", ("2026-11-09", "2026-11-15")),
        ("this-month", "2026-11-01", "2026-11-22", ("2026-10-10", "2026-10-31")),
        ("last-month", "2026-10-01", "2026-10-31", ("2026-09-01", "2026-09-30")),
        ("this-year", "2026-01-01", "2026-11-22", ("2025-02-09", "2025-12-31")),
        ("khong-co", "2026-10-24", "2026-11-22", ("2026-09-24", "2026-10-23")),
    ],
)
def test_a_period_has_its_days_and_those_before(
    period: str, first: str, last: str, before: tuple[str, str]
) -> None:
    made = chosen(area("hoa-tien"), period=period)

    assert (made.chosen.first, made.chosen.last) == (
        date.fromisoformat(first),
        date.fromisoformat(last),
    )
    assert (made.before.first, made.before.last) == tuple(map(date.fromisoformat, before))


def test_days_of_the_address_are_put_in_order_and_end_today() -> None:
    made = chosen(area("hoa-tien"), period="days", from_="2026-12-31", to="2026-11-01")

    assert (made.chosen.first, made.chosen.last) == (date(2026, 11, 1), TODAY)
    assert "sau hôm nay" in made.notes[0]


@pytest.mark.parametrize("day", ["", "2026-13-01", "hôm qua", "0001-01-01", "2026-11-01T00:00"])
def test_days_that_are_none_are_told(day: str) -> None:
    made = chosen(area("hoa-tien"), period="days", from_=day, to="2026-11-01")

    assert made.chosen.days == 30
    assert "Ngày viết chưa đúng" in made.notes[0]


def test_a_longer_span_than_the_setting_is_cut_and_told() -> None:
    made = chosen(area("hoa-tien"), 14, period="30d")

    assert (made.chosen.days, made.chosen.last) == (14, TODAY)
    assert "14 ngày" in made.notes[0]


def test_nothing_outside_the_area_is_chosen() -> None:
    made = chosen(area("hoa-tien", "hoa-vang"), commune="ba-na", place="zzz999", topic="bịa")

    assert made.chosen.communes == ("hoa-tien", "hoa-vang")
    assert (made.chosen.place, made.chosen.topic) == (None, None)
    assert len(made.notes) == 3


def test_a_place_brings_its_commune_and_a_link_keeps_what_is_chosen() -> None:
    made = chosen(area("hoa-tien", "ba-na"), place="fgh567", topic="land", period="7d")

    assert (made.commune, made.chosen.communes) == ("ba-na", ("ba-na",))
    kept = {name: values[0] for name, values in parse_qs(made.query(outcome="answered")).items()}
    assert kept.pop("outcome") == "answered"
    again = choice_of(kept, area("hoa-tien", "ba-na"), PLACES, TODAY + timedelta(days=9), 731)
    assert (again.chosen, again.before) == (made.chosen, made.before)
    assert "place" not in made.query(place=None)


@pytest.mark.parametrize(
    ("counts", "least", "words"),
    [
        pytest.param((9, 7, 0), 5, ("9", "7", "0"), id="nothing to hide"),
        pytest.param((9, 3, 2), 5, ("9", "dưới 5", "dưới 5"), id="two hide each other"),
        pytest.param((9, 7, 2), 5, ("9", "ẩn", "dưới 5"), id="one takes the next smallest along"),
        pytest.param((4,), 5, ("dưới 5",), id="nothing else there"),
        pytest.param((4, 1), 0, ("4", "1"), id="whole communes hide nothing"),
    ],
)
def test_small_counts_cannot_be_worked_out(
    counts: tuple[int, ...], least: int, words: tuple[str, ...]
) -> None:
    assert tuple(map(str, shown(counts, least))) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=4), "4 phút"),
        (timedelta(hours=1), "1 giờ"),
        (timedelta(hours=5, minutes=20), "5 giờ 20 phút"),
        (timedelta(days=2, hours=3, minutes=40), "2 ngày 3 giờ"),
        (timedelta(days=1), "1 ngày"),
        (None, "–"),
    ],
)
def test_a_wait_in_words(span: timedelta | None, words: str) -> None:
    assert lasting(span) == words


FORMULAS = ("=1+1", "+84 905", "-3", "@SUM(A1)", "\t=1", "  =HYPERLINK(0)", "|calc", "%x")


def test_a_csv_cell_is_never_a_formula() -> None:
    columns = ("Câu hỏi", "Số lần", "Ngày", "Phần")
    rows = [(one, 3, date(2026, 11, 2), Share(0.5)) for one in FORMULAS]

    made = b"".join(sheets.as_csv(columns, rows))

    assert made.startswith("\ufeff".encode())
    read = list(csv.reader(io.StringIO(made.decode("utf-8-sig"))))
    assert read[0] == list(columns)
    assert all(row[0].startswith("'") for row in read[1:])
    assert read[1][1:] == ["3", "2026-11-02", "0.5"]


def test_an_xlsx_cell_is_never_a_formula_and_numbers_are_numbers() -> None:
    rows = [(one, 3, date(2026, 11, 2), Share(0.5), None, Hidden(5)) for one in FORMULAS]

    made = b"".join(sheets.as_xlsx("Bảng: [a/b]", ("a", "b", "c", "d", "e", "f"), rows))

    sheet = load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    for row in sheet.iter_rows(min_row=2):
        assert row[0].data_type == "s" and str(row[0].value).startswith("'")
        assert row[1].value == 3
        assert isinstance(row[2].value, datetime)
        assert (row[3].value, row[3].number_format) == (0.5, "0.0%")
        assert (row[4].value, row[5].value) == (None, "dưới 5")


def test_characters_that_xlsx_cannot_hold_are_left_out() -> None:
    made = b"".join(sheets.as_xlsx("x", ("a",), [("tạm\x00 trú\x0b",)]))

    sheet = load_workbook(io.BytesIO(made)).active
    assert sheet is not None and sheet["A2"].value == "tạm trú"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_database(tmp_path / "hoixa.db")
    with Session(engine) as session, session.begin():
        session.add(PlaceRow(code="bcd234", commune="hoa-tien", label="Quầy 3"))
        session.add(PlaceRow(code="jkn789", commune="hoa-tien", label="Chợ"))
        session.flush()
        session.add(ScanRow(code="bcd234", day=TODAY, count=40))
    yield engine
    engine.dispose()


def ask(engine: Engine, place: str | None, record: str, count: int) -> None:
    with Session(engine) as session, session.begin():
        for number in range(count):
            session.add(
                AnswerRow(
                    id=f"{place}-{record}-{number}",
                    conversation_id="k",
                    commune="hoa-tien",
                    asked="hỏi",
                    spoken=False,
                    status="answered",
                    record_id=record,
                    topic=Topic.LAND.value,
                    elapsed_ms=9,
                    body={},
                    place=place,
                    made_at=NOW,
                )
            )


def figures(engine: Engine, limits: InsightLimits | None = None, **parameters: str) -> Figures:
    names = Names(lambda record: record, lambda commune: commune)
    choice = choice_of(
        parameters, area("hoa-tien"), {"bcd234": "hoa-tien", "jkn789": "hoa-tien"}, TODAY, 731
    )
    return Figures(Insights(engine), choice, names, limits or InsightLimits(), NOW)


def words_of(made: Figures, name: str) -> list[tuple[str, ...]]:
    return [tuple(cell.words for cell in row) for row in made.tables[name]().rows]


def test_few_questions_of_a_place_are_hidden_and_leave_no_way_to_work_them_out(
    engine: Engine,
) -> None:
    ask(engine, "bcd234", "tam-tru", 12)
    ask(engine, "jkn789", "hiv", 2)
    ask(engine, None, "tam-tru", 30)

    rows = {row[0]: row[2] for row in words_of(figures(engine), "places")}

    assert rows == {"Quầy 3": "ẩn", "Chợ": "dưới 5", "Mở trang không qua mã QR": "30"}


def test_what_is_rarely_asked_at_a_place_is_not_named_there(engine: Engine) -> None:
    ask(engine, "bcd234", "tam-tru", 12)
    ask(engine, "bcd234", "hiv", 2)

    at_place = words_of(figures(engine, place="bcd234"), "procedures")
    of_commune = words_of(figures(engine), "procedures")

    assert [row[0] for row in at_place] == ["tam-tru"]
    assert [row[0] for row in of_commune] == ["tam-tru", "hiv"]


def test_a_place_with_too_few_questions_shows_its_scans_alone(engine: Engine) -> None:
    ask(engine, "bcd234", "hiv", 4)

    made = figures(engine, place="bcd234")
    rows = words_of(made, "overview")

    assert [row[0] for row in rows] == ["Lượt quét mã"]
    assert rows[0][1] == "40"


def test_the_setting_says_what_too_few_is(engine: Engine) -> None:
    ask(engine, "bcd234", "hiv", 4)

    rows = words_of(figures(engine, InsightLimits(least=4), place="bcd234"), "procedures")

    assert rows == [("hiv", "Đất đai, nhà ở", "4")]


def test_no_number_of_a_place_leads_to_its_questions(engine: Engine) -> None:
    ask(engine, "bcd234", "tam-tru", 12)
    made = figures(engine, place="bcd234")

    leads = [
        cell.to
        for name in made.tables
        for row in made.tables[name]().rows
        for cell in row
        if cell.to
    ]

    assert not [to for to in leads if to.startswith("/questions")]
    of_commune = figures(engine)
    assert (
        of_commune.hours().table.rows[9][1].to == f"/questions?{of_commune._choice.query(hour=9)}"
    )


def test_a_long_span_is_drawn_month_by_month(engine: Engine) -> None:
    ask(engine, None, "tam-tru", 3)

    chart = figures(engine, period="this-year").days()

    assert chart.labels[-1] == "11/2026"
    assert dict(chart.series)["Đã trả lời"][-1] == 3
    assert chart.table.title == "Câu hỏi từng tháng"


def test_a_table_on_the_page_is_short_and_an_export_is_whole(engine: Engine) -> None:
    for number in range(7):
        ask(engine, None, f"viec-{number}", 1)
    made = figures(engine, replace(InsightLimits(), top=4, export_rows=6))

    assert len(made.procedures().table.rows) == 4
    assert len(made.whole().procedures().table.rows) == 6
    assert Preset.MONTH is made._choice.preset
