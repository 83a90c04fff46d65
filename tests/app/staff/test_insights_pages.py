"""The dashboard, the lists behind its numbers, exports, reports and the first page, as served."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.main import local_now
from app.records.asked import Chosen, Narrower
from app.records.audit import AuditRow
from app.records.insights import Insights
from app.records.jobs import Job, JobState
from app.records.outcome import Outcome
from app.staff.access import Role
from app.staff.service import StaffService
from app.staff.view import STATIC
from tests.fakes import PATIENCE_SECONDS
from tests.officers import PASSWORD, new_officer, officer_client, sign_in_by_page
from tests.service import ingested_copy, running, settings_in
from tests.serving import served
from tests.traffic import Plan, make_traffic, release_subjects

HERE = "/staff/commune:hoa-tien/insights"
COMMUNES = ("hoa-tien", "hoa-vang", "ba-na")
LINK = re.compile(r'<a[^>]+href="([^"]+)"')


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A service where much was asked in the last two months."""
    folder = tmp_path_factory.mktemp("insights")
    settings = settings_in(
        ingested_copy(folder),
        insights_rows=6,
        insights_days=90,
        least_shown_of_a_place=7,
        export_rows=500,
    )
    with running(settings) as app:
        today = local_now().date()
        staff: StaffService = app.state.staff
        subjects = release_subjects(staff.live.edition().scope("hoa-tien").records)
        first = today - timedelta(days=60)
        plan = Plan(1200, first, today - timedelta(days=1), COMMUNES, subjects[:30])
        make_traffic(staff.engine, plan)
        yield app


@pytest.fixture(scope="module")
def analyst(busy: FastAPI) -> TestClient:
    return officer_client(busy, Role.ANALYST, "commune:hoa-tien")


@pytest.fixture(scope="module")
def chief(busy: FastAPI) -> TestClient:
    return officer_client(busy, Role.PROVINCE_ADMIN, "province:da-nang")


@pytest.fixture
def month() -> Chosen:
    today = local_now().date()
    return Chosen(("hoa-tien",), today - timedelta(days=29), today)


def insights_of(app: FastAPI) -> Insights:
    service: StaffService = app.state.staff
    return service.insights


def test_the_dashboard_shows_what_is_counted(
    busy: FastAPI, analyst: TestClient, month: Chosen
) -> None:
    page = analyst.get(HERE).text
    totals = insights_of(busy).asked(month).totals()

    assert f">{totals.questions}</a>" in page
    assert f"{totals.outcomes[Outcome.ABSTAINED]} câu" in page
    assert "Cách đếm" in page
    assert 'id="commune"' not in page, "one commune needs no choice of communes"


def test_every_number_leads_to_as_many_questions(analyst: TestClient) -> None:
    page = analyst.get(HERE).text
    counted = re.findall(
        r'<a href="([^"]*/insights/questions\?[^"]+)" aria-label="([\d.]+): xem các câu hỏi"', page
    )

    assert len(counted) > 60
    # one of each kind of table; the rest differ in a day or an hour alone
    for to, number in counted[::9]:
        found = analyst.get(unescape(to)).text
        assert f"<h1>{number} câu hỏi</h1>" in found


def test_each_chart_carries_its_data_and_has_its_table(analyst: TestClient) -> None:
    page = analyst.get(HERE).text
    charts = [json.loads(unescape(one)) for one in re.findall(r'data-chart="([^"]+)"', page)]

    assert len(charts) == page.count("<figure") == page.count("Bảng số liệu</summary>") == 6
    for chart in charts:
        for series in chart["series"]:
            assert len(series["values"]) == len(chart["labels"])
    assert page.count('<canvas role="img" aria-label=') == 6


def test_the_page_keeps_to_its_policy(analyst: TestClient) -> None:
    response = analyst.get(HERE)

    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert " style=" not in response.text
    scripts = re.findall(r"<script([^>]*)>([^<]*)</script>", response.text)
    assert all("src=" in attributes and not body for attributes, body in scripts)


def test_settings_say_how_much_is_shown(analyst: TestClient) -> None:
    page = analyst.get(f"{HERE}?period=days&from=2020-01-01&to={local_now().date()}").text
    procedures = re.findall(r'data-chart="([^"]+)" ?></canvas>', page)[1]

    assert "nhiều nhất 90 ngày" in page
    assert "Số dưới 7 của riêng một điểm" in page
    assert len(json.loads(unescape(procedures))["labels"]) == 6


def test_a_filter_in_the_address_is_shown_chosen(chief: TestClient) -> None:
    page = chief.get("/staff/province:da-nang/insights?period=7d&commune=ba-na&topic=land").text

    for chosen in ('value="7d" selected', 'value="ba-na" selected', 'value="land" selected'):
        assert chosen in page
    assert "Lượt quét mã" not in page, "a scan has no topic"


@pytest.mark.parametrize(
    "query",
    [
        "period=days&from=x&to=y",
        "commune=ba-na",
        "place=zzz999",
        "period=days&from=9999-12-31&to=0001-01-01",
        "hour=99&weekday=-1&outcome=x&spoken=2&language=xx&page=1",
    ],
)
def test_what_an_address_asks_wrongly_is_left_out(analyst: TestClient, query: str) -> None:
    for path in (HERE, f"{HERE}/questions", f"{HERE}/tables/days.csv"):
        assert analyst.get(f"{path}?{query}").status_code == 200


def test_only_the_questions_of_the_area_are_listed(analyst: TestClient, busy: FastAPI) -> None:
    count = (
        insights_of(busy)
        .behind(
            Chosen(("hoa-tien",), local_now().date() - timedelta(days=59), local_now().date()),
            Narrower(),
        )
        .count
    )
    days = local_now().date()
    query = f"period=days&from={days - timedelta(days=59)}&to={days}&commune=ba-na"

    page = analyst.get(f"{HERE}/questions?{query}").text

    assert f"<h1>{count} câu hỏi</h1>" in page.replace(".", "")


def test_the_list_has_pages_and_an_end(analyst: TestClient) -> None:
    first = analyst.get(f"{HERE}/questions").text
    older = unescape(re.findall(r'href="(\?[^"]+)">Cũ hơn', first)[0])
    second = analyst.get(f"{HERE}/questions{older}").text

    assert "Trang 2 / " in second and "Mới hơn" in second
    assert analyst.get(f"{HERE}/questions?page=0").status_code == 422
    assert not set(re.findall(r'class="asked">([^<]+)', first)) & {""}


def test_who_may_read_records_is_led_to_what_to_mend(
    chief: TestClient, analyst: TestClient
) -> None:
    path = f"{HERE}/questions?outcome=answered"

    page, plain = chief.get(path).text, analyst.get(path).text

    led = re.findall(r'href="(/staff/commune:hoa-tien/knowledge/[^"]+)">Sửa câu này', page)
    assert led and all("?section=" in one for one in led)
    assert chief.get(led[0]).status_code == 200
    assert "Sửa câu này" not in plain and "/answers/" not in plain


def test_questions_of_a_single_place_are_not_listed(analyst: TestClient, busy: FastAPI) -> None:
    code = insights_of(busy).posted(("hoa-tien",))[0].code

    for path in ("questions", "tables/questions.csv", "tables/questions.xlsx"):
        refused = analyst.get(f"{HERE}/{path}?place={code}")
        assert refused.status_code == 403
        assert "không theo từng điểm" in refused.text
    assert "/insights/questions?" not in analyst.get(f"{HERE}?place={code}").text


TABLES = (
    "overview",
    "days",
    "hours",
    "weekdays",
    "procedures",
    "topics",
    "unanswered",
    "places",
    "communes",
    "questions",
)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_as_csv_and_xlsx(chief: TestClient, name: str) -> None:
    path = f"/staff/province:da-nang/insights/tables/{name}"

    plain, book = chief.get(f"{path}.csv"), chief.get(f"{path}.xlsx")

    assert plain.headers["content-type"].startswith("text/csv")
    assert "attachment" in plain.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert len(rows) == sheet.max_row > 1
    assert rows[0] == [str(cell.value) for cell in sheet[1]]
    if name == "hours":
        assert [row[1] for row in rows[1:]] == [str(row[1].value) for row in sheet.iter_rows(2)]


def test_an_export_has_no_more_rows_than_the_setting_allows(chief: TestClient) -> None:
    days = local_now().date()
    query = f"period=days&from={days - timedelta(days=59)}&to={days}"

    made = chief.get(f"/staff/province:da-nang/insights/tables/questions.csv?{query}")

    assert len(made.content.decode("utf-8-sig").splitlines()) == 501


def test_an_export_holds_nothing_personal(chief: TestClient) -> None:
    made = chief.get("/staff/province:da-nang/insights/tables/questions.csv").text

    assert "[số điện thoại]" in made
    assert "0905" not in made and "0482" not in made


def test_an_unknown_table_is_not_there(analyst: TestClient) -> None:
    assert analyst.get(f"{HERE}/tables/khong-co.csv").status_code == 404
    assert analyst.get(f"{HERE}/tables/days.pdf").status_code == 404


def test_a_report_is_made_as_a_job_and_kept_as_two_files(
    busy: FastAPI, analyst: TestClient
) -> None:
    page = analyst.get(f"{HERE}/reports").text
    wanted = re.findall(r'<option value="([\d-]+)" selected', page)[0]

    begun = analyst.post(f"{HERE}/reports", data={"month": wanted})
    job = begun.headers["location"].rsplit("/", 1)[1]
    ended = _ended(busy, job)
    after = analyst.get(f"{HERE}/reports").text
    files = [unescape(one) for one in LINK.findall(after) if "/files/" in one]

    assert begun.status_code == 303
    assert ended.words.startswith("Đã lập báo cáo tháng")
    assert [analyst.get(one).content[:4] for one in files] == [b"%PDF", b"PK\x03\x04"]
    with Session(busy.state.staff.engine) as session:
        entry = session.scalars(select(AuditRow).where(AuditRow.action == "report.made")).one()
    assert entry.subject == f"report:{wanted}"


def test_a_month_that_is_not_offered_is_refused(analyst: TestClient) -> None:
    assert analyst.post(f"{HERE}/reports", data={"month": "1999-01"}).status_code == 422


def _ended(app: FastAPI, job_id: str) -> Job:
    service: StaffService = app.state.staff
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        job = service.jobs.find(job_id)
        assert job is not None
        if not job.is_open:
            assert job.state is JobState.DONE, job.words
            return job
        time.sleep(0.05)
    raise AssertionError("the report is not made")


def test_the_first_page_tells_what_waits_and_leads_there(busy: FastAPI, chief: TestClient) -> None:
    service: StaffService = busy.state.staff
    service.local.switches.turn_off("commune:hoa-tien", "Bảo trì", None, "thử")

    page = chief.get("/staff/commune:hoa-tien").text
    service.local.switches.turn_on("commune:hoa-tien", "thử")

    waiting = dict(re.findall(r'<a href="([^"]+)"><b>[\d.]+</b> <span>([^<]+)</span>', page))
    assert any("tickets?age=late" in path for path in waiting)
    assert any("/review/reported" in path for path in waiting)
    for path in waiting:
        assert chief.get(unescape(path)).status_code == 200
    assert "Trợ lý đang tắt: Bảo trì" in page
    assert "7 ngày qua" in page


def test_who_may_only_see_is_not_told_of_others_work(analyst: TestClient) -> None:
    page = analyst.get("/staff/commune:hoa-tien").text

    assert "/tickets" not in page
    assert "/review" not in page


@pytest.fixture(scope="module")
def busy_address(busy: FastAPI) -> Iterator[str]:
    """Where the same service is served to browsers."""
    with served(busy) as address:
        yield address


@pytest.mark.thorough
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_and_everybody_can_use_the_pages(
    chromium: Any, busy: FastAPI, busy_address: str, width: int, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup-dev")
    officer = new_officer(busy, Role.PROVINCE_ADMIN, "province:da-nang", password=PASSWORD)
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, locale="vi-VN"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    sign_in_by_page(page, busy_address, officer.username)
    for path in ("/insights", "/insights/questions?outcome=abstained", "/insights/reports", ""):
        page.goto(f"{busy_address}/staff/commune:hoa-tien{path}")
        page.wait_for_load_state("networkidle")
        if path == "/insights":
            # pixels other than the paper's, on each
            assert page.locator("canvas").count() == 6
            assert page.evaluate(_PAINTED) == [True] * 6
            for summary in page.get_by_text("Bảng số liệu").all():
                summary.click()
        assert not page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        assert axe.Axe().run(page).response["violations"] == []
    context.close()
    assert complaints == []


_PAINTED = """
Array.from(document.querySelectorAll("canvas")).map(function (canvas) {
  var data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some(function (value) { return value !== 0; });
})
"""


def test_the_packaged_chart_library_is_the_one_that_is_written_down() -> None:
    folder = STATIC / "vendor"
    listed = dict(re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", _read("README.md"), re.M))

    assert set(listed) == {path.name for path in folder.iterdir() if path.suffix == ".js"}
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert "Chart.js v4.6.1" in _read("chart.js")[:200]
    assert "MIT" in _read("chart.LICENSE.md")


def _read(name: str) -> str:
    return (STATIC / "vendor" / name).read_text(encoding="utf-8")
