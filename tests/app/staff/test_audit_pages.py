"""The audit log as administrators read and export it: their own area's rows alone."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Role
from app.records.audit import AuditEntry
from app.records.gaps import GapDecision
from app.staff.access import Area
from app.staff.audit import Wanted, filter_of
from app.staff.audit_words import _KINDS as KINDS
from app.staff.audit_words import action_words, detail_words, value_words
from app.staff.service import StaffService
from tests.officers import officer_client

NO_ACTIONS = {"answer.id", "draft.id", "officer.id", "pin.id", "place.code", "ticket.id"}
"""Columns that foreign keys name."""

HOA_TIEN, BA_NA, DA_NANG = "commune:hoa-tien", "commune:ba-na", "province:da-nang"


@pytest.fixture
def staff(app: FastAPI) -> StaffService:
    service: StaffService = app.state.staff
    return service


@pytest.fixture
def boss(app: FastAPI) -> TestClient:
    return officer_client(app, Role.COMMUNE_ADMIN, HOA_TIEN)


def written(staff: StaffService, by: str, scope: str = HOA_TIEN, **details: object) -> None:
    staff.audit.write(AuditEntry(by, "record.published", scope, "procedure:tam-tru", details))


def rows(told: str) -> list[dict[str, str]]:
    assert told.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(told[1:])))


def test_a_commune_reads_its_own_rows_alone(
    app: FastAPI, boss: TestClient, staff: StaffService
) -> None:
    for scope in (HOA_TIEN, BA_NA, DA_NANG, "national"):
        written(staff, "ai-thay", scope)
    path = "audit.csv?by=ai-thay"
    province = officer_client(app, Role.PROVINCE_ADMIN, DA_NANG)
    everything = officer_client(app, Role.PROVINCE_ADMIN, "national")

    seen = {
        who: [row["Nơi"] for row in rows(client.get(f"/staff/{scope}/{path}").text)]
        for who, client, scope in (
            ("commune", boss, HOA_TIEN),
            ("province", province, DA_NANG),
            ("province, at the commune", province, HOA_TIEN),
            ("everything", everything, "national"),
        )
    }

    assert seen == {
        "commune": [HOA_TIEN],
        "province": [HOA_TIEN, BA_NA, DA_NANG],
        "province, at the commune": [HOA_TIEN],
        "everything": [HOA_TIEN, BA_NA, DA_NANG, "national"],
    }


def test_a_row_of_a_commune_that_was_switched_off_is_not_lost(
    app: FastAPI, staff: StaffService
) -> None:
    written(staff, "o-noi-cu", "commune:da-bo")
    everything = officer_client(app, Role.PROVINCE_ADMIN, "national")

    assert "o-noi-cu" in everything.get("/staff/national/audit?by=o-noi-cu").text


def test_what_changed_is_shown_before_and_after_and_nothing_else(
    boss: TestClient, staff: StaffService
) -> None:
    before = {"name": "Hoa", "areas": [HOA_TIEN], "blocked": False}
    written(staff, "doi-ten", before=before, after=before | {"name": "Lan <b>", "note": "mới"})

    page = boss.get(f"/staff/{HOA_TIEN}/audit?by=doi-ten").text

    assert "tên: <del>Hoa</del> → <ins>Lan &lt;b&gt;</ins>" in page
    assert "ghi chú: <del>không có</del> → <ins>mới</ins>" in page
    assert "nơi làm việc" not in page


def test_the_table_holds_no_formula(boss: TestClient, staff: StaffService) -> None:
    for number, bad in enumerate(
        ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", '=HYPERLINK("x")')
    ):
        subject = f"{bad}"
        staff.audit.write(AuditEntry(f"cong-thuc-{number}", "record.published", HOA_TIEN, subject))

    found = rows(boss.get(f"/staff/{HOA_TIEN}/audit.csv?since=2026-01-01").text)

    cells = [row["Đối tượng"] for row in found if row["Ai"].startswith("cong-thuc")]
    assert cells == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "'＝1", '\'=HYPERLINK("x")']
    assert not [cell for row in found for cell in row.values() if cell[:1] in "=+-@"]


def test_the_table_is_saved_under_a_name_and_kept_by_nobody(boss: TestClient) -> None:
    told = boss.get(f"/staff/{HOA_TIEN}/audit.csv")

    assert re.fullmatch(
        r'attachment; filename="nhat-ky-commune-hoa-tien-\d{4}-\d\d-\d\d\.csv"',
        told.headers["content-disposition"],
    )
    assert told.headers["content-type"] == "text/csv; charset=utf-8"
    assert told.headers["cache-control"] == "private, no-store"


def test_days_are_days_of_the_commune(app: FastAPI, boss: TestClient, staff: StaffService) -> None:
    evening = datetime(2020, 6, 10, 16, 59, tzinfo=UTC)  # 23:59 in Việt Nam
    for number, moment in enumerate((evening, evening + timedelta(minutes=1))):
        staff.audit._now = lambda moment=moment: moment  # type: ignore[misc]
        written(staff, f"ngay-{10 + number}")
    staff.audit._now = lambda: datetime.now(UTC)
    path = f"/staff/{HOA_TIEN}/audit.csv"

    def found(query: str) -> list[str]:
        return [row["Ai"] for row in rows(boss.get(f"{path}?{query}").text)]

    assert found("until=2020-06-10") == ["ngay-10"]
    assert found("since=2020-06-11&until=2020-06-11") == ["ngay-11"]
    assert found("since=2020-06-10&until=2020-06-11") == ["ngay-10", "ngay-11"]


@pytest.mark.parametrize(
    "query",
    [
        "since=hôm qua",
        "since=2026-02-30",
        "until=0000-00-00",
        "since=9999-12-31",
        "since=2026-02-02&until=2026-02-01",
        "subject=%25_%27",
        "action=" + "x" * 100,
        "page=1000000",
    ],
)
def test_what_cannot_be_asked_for_is_told_or_finds_nothing(boss: TestClient, query: str) -> None:
    told = boss.get(f"/staff/{HOA_TIEN}/audit?{query}")

    assert told.status_code == 200
    assert "Nhật ký" in told.text


def test_long_logs_are_paged_with_the_filter_kept(boss: TestClient, staff: StaffService) -> None:
    for number in range(52):
        written(staff, "nhieu-dong", lan=number)
    path = f"/staff/{HOA_TIEN}/audit?by=nhieu-dong"

    first = boss.get(path).text
    second = boss.get(f"{path}&page=2").text

    assert "52 dòng · trang 1/2" in first
    assert "audit?by=nhieu-dong&amp;page=2" in first
    assert first.count("<tr><td") == 50
    assert second.count("<tr><td") == 2
    assert 'rel="prev"' in second and 'rel="next"' not in second


@pytest.mark.parametrize("typed", ["system", "Hệ thống "])
def test_who_did_it_is_found_by_the_words_that_are_shown(typed: str) -> None:
    area = Area("national", "mọi xã", ())

    asked, wrong = filter_of(area, Wanted(by=typed))

    assert (asked.by, wrong) == ("system", {})


def test_every_kind_of_action_can_be_chosen_together(boss: TestClient, staff: StaffService) -> None:
    written(staff, "chon-loai")

    page = boss.get(f"/staff/{HOA_TIEN}/audit?action=record&by=chon-loai").text

    assert '<option value="record" selected>Bản công bố</option>' in page
    assert "chon-loai" in page
    assert action_words("chua.biet") == "chua.biet"


def test_every_action_that_the_code_writes_has_its_words() -> None:
    """Of those written out in the code; what is put together from parts is listed below."""
    root = Path(__file__).parents[3] / "app"
    quoted = re.compile(rf'"((?:{"|".join(KINDS)})\.[a-z_]+)"')
    written = {
        action
        for folder in ("records", "staff")
        for file in (root / folder).glob("*.py")
        if file.name != "audit_words.py"
        for action in quoted.findall(file.read_text("utf-8"))
        if not action.endswith(".html")
    } - NO_ACTIONS
    written |= {f"gap.{decision.value}" for decision in GapDecision}

    assert {action for action in written if action_words(action) == action} == set()
    assert len(written) > 40


WRITING = {"AuditEntry", "_entry", "_tell", "_write", "_change"}
"""What is called where an entry of the log is written."""


def test_every_detail_that_the_code_writes_has_its_words() -> None:
    """Of those in what is called ``details`` or ``told`` there, or handed over by name."""
    root = Path(__file__).parents[3] / "app"
    files = [*(root / "records").glob("*.py"), *(root / "staff").glob("*.py")]
    written = {name for file in files for name in details_in(ast.parse(file.read_text("utf-8")))}

    assert {name for name in written - NO_DETAILS if detail_words(name) == name} == set()
    assert len(written) > 30


NO_DETAILS = {"ended_at"}
"""A column of jobs, which have a ``_write`` of their own."""


def details_in(module: ast.Module) -> Iterator[str]:
    for function in ast.walk(module):
        if not isinstance(function, ast.FunctionDef) or not any(map(writes, ast.walk(function))):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                names = {one.id for one in node.targets if isinstance(one, ast.Name)}
                if names & {"details", "told"}:
                    yield from keys(node.value)
            elif isinstance(node, ast.Call) and writes(node):
                yield from (one.arg for one in node.keywords if one.arg)
                for value in node.args:
                    yield from keys(value)


def writes(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) in (
        WRITING
    )


def keys(made: ast.expr) -> Iterator[str]:
    for key in made.keys if isinstance(made, ast.Dict) else ():
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("live_from", "2026-12-01", "1/12/2026"),
        ("to", "2026-12-01 05:00:00+00:00", "12:00, 1/12/2026"),
        ("to", "in_review", "chờ duyệt"),
        ("outcome", "not_a_fault", "không phải lỗi"),
        ("note", "2026-13-45", "2026-13-45"),
        ("areas", ["commune:hoa-tien", "national"], "xã Hòa Tiến, mọi xã, phường"),
    ],
)
def test_details_are_told_in_words(name: str, value: object, words: str) -> None:
    assert value_words(name, value) == words
