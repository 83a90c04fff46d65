"""Counters, days off, notices and the switch: what officers enter is what residents then read."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.main import Stores, build_app, local_now
from app.settings import Settings
from app.staff.access import Role
from ingest.live import LiveKnowledge
from tests.officers import officer_client

AREA = "commune:hoa-tien"
OFFICE = f"/staff/{AREA}/office"
FORM = f"{OFFICE}/communes/hoa-tien"
PAGE = "/c/hoa-tien"
ANSWERS = "/api/v1/communes/hoa-tien/answers"


@pytest.fixture(autouse=True)
def _as_it_was(stores: Stores) -> Iterator[None]:
    yield
    with stores.engine.begin() as connection:
        for table in ("closure", "notice", "assistant_switch"):
            connection.execute(text(f"DELETE FROM {table}"))


@pytest.fixture
def officer(app: FastAPI) -> TestClient:
    return officer_client(app, Role.COMMUNE_ADMIN, AREA)


def until(hours: float) -> str:
    return (local_now() + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")


def notice(**more: str) -> dict[str, str]:
    return {"level": "danger", "words": "Bão số 9, gọi 0236 3 846 123", "ends_at": until(2), **more}


def fields(page: str) -> dict[str, str]:
    """What a browser would send of a page's last form with many fields."""
    form = page.partition(f'action="{FORM}"')[2].partition("</form>")[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<(?:input|option|textarea)[^>]*>(?:[^<]*</textarea>)?", form):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            written = value[1] if value else tag.partition(">")[2].partition("</")[0]
            found[html.unescape(name[1])] = html.unescape(written)
    for select in re.findall(r'<select[^>]*name="([^"]*)".*?value="([^"]*)" selected', form, re.S):
        found[select[0]] = select[1]
    return found


def test_a_notice_is_seen_before_it_is_shown_and_ended_by_hand(
    officer: TestClient, site: TestClient
) -> None:
    preview = officer.post(f"{OFFICE}/notices", data=notice(step="preview"))
    assert preview.status_code == 200
    assert "Bà con sẽ thấy" in preview.text
    assert "Bão số 9" not in site.get(PAGE).text

    shown = officer.post(f"{OFFICE}/notices", data=notice(step="publish"))
    assert shown.status_code == 303
    assert "Bão số 9" in site.get(PAGE).text
    assert "Bão số 9" in site.get(f"{PAGE}?mode=kiosk").text
    assert "Bão số 9" not in site.get("/c/ba-na").text

    number = re.search(r"/notices/(\d+)/end", officer.get(OFFICE).text)
    assert number is not None
    officer.post(f"{OFFICE}/notices/{number[1]}/end")
    assert "Bão số 9" not in site.get(PAGE).text
    log = officer.get(f"/staff/{AREA}/audit").text
    assert "đăng thông báo" in log
    assert "gỡ thông báo" in log


def test_a_notice_of_the_province_reaches_its_communes(app: FastAPI, site: TestClient) -> None:
    admin = officer_client(app, Role.PROVINCE_ADMIN, "province:da-nang")

    admin.post("/staff/province:da-nang/office/notices", data=notice(step="publish"))

    for commune in ("hoa-tien", "ba-na"):
        assert "Bão số 9" in site.get(f"/c/{commune}").text
    own = officer_client(app, Role.COMMUNE_ADMIN, AREA)
    number = re.search(r"/notices/(\d+)/end", admin.get("/staff/province:da-nang/office").text)
    assert number is not None
    assert own.post(f"{OFFICE}/notices/{number[1]}/end").status_code == 404
    assert "Bão số 9" in site.get(PAGE).text


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"words": ""}, "Chưa có nội dung"),
        ({"ends_at": ""}, "Chọn ngày, giờ hết"),
        ({"ends_at": until(-1), "starts_at": until(-2)}, "đã qua"),
        ({"ends_at": until(24 * 31)}, "30 ngày"),
    ],
)
def test_a_wrong_notice_is_refused_with_what_was_typed(
    officer: TestClient, site: TestClient, more: dict[str, str], reason: str
) -> None:
    refused = officer.post(f"{OFFICE}/notices", data=notice(step="publish", **more))

    assert refused.status_code == 422
    assert reason in refused.text
    assert "Bão số 9" not in site.get(PAGE).text


def test_a_notice_being_written_can_be_taken_up_again(officer: TestClient) -> None:
    page = officer.post(f"{OFFICE}/notices", data=notice(step="edit", words="Sắp có bão")).text

    assert "Sắp có bão</textarea>" in page


def test_a_day_off_is_in_the_next_answer_and_can_be_taken_back(
    officer: TestClient, site: TestClient
) -> None:
    day = local_now().date()
    entered = {"first_day": f"{day}", "last_day": f"{day + timedelta(days=6)}", "words": "Nghỉ bão"}

    kept = officer.post(f"{OFFICE}/closures", data=entered)

    assert kept.status_code == 303
    assert "nghỉ bão" in site.get(f"{PAGE}/office").text.lower()
    asked = site.post(ANSWERS, json={"question": "giờ làm việc của một cửa xã"}).json()
    assert "đang nghỉ bão" in asked["text"]
    assert asked["office"]["hours_now"].startswith("đang nghỉ bão, mở lại")
    number = re.search(r"/closures/(\d+)/remove", officer.get(OFFICE).text)
    assert number is not None
    officer.post(f"{OFFICE}/closures/{number[1]}/remove")
    assert "nghỉ bão" not in site.get(f"{PAGE}/office").text.lower()
    officer.post(f"{OFFICE}/closures/{number[1]}/restore")
    assert "nghỉ bão" in site.get(f"{PAGE}/office").text.lower()
    assert officer.post(f"{OFFICE}/closures/9999/remove").status_code == 404


@pytest.mark.parametrize(
    ("entered", "reason"),
    [
        ({"first_day": "", "words": "Nghỉ"}, "Chọn ngày nghỉ"),
        ({"first_day": "2026-13-40", "words": "Nghỉ"}, "Chọn ngày nghỉ"),
        ({"first_day": "2026-12-01", "words": ""}, "lý do"),
        ({"first_day": "2026-12-01", "last_day": "2027-12-01", "words": "Nghỉ"}, "60 ngày"),
    ],
)
def test_a_wrong_day_off_is_refused(
    officer: TestClient, entered: dict[str, str], reason: str
) -> None:
    refused = officer.post(f"{OFFICE}/closures", data=entered)

    assert refused.status_code == 422
    assert reason in refused.text


def test_the_switch_holds_at_once_and_until_it_is_turned_back(
    officer: TestClient, site: TestClient
) -> None:
    refused = officer.post(f"{OFFICE}/switch", data={"to": "off", "reason": " "})
    assert refused.status_code == 422
    assert site.post(ANSWERS, json={"question": "phí tạm trú"}).status_code == 200

    officer.post(f"{OFFICE}/switch", data={"to": "off", "reason": "Đang sửa mức phí"})

    assert site.post(ANSWERS, json={"question": "phí tạm trú"}).status_code == 503
    assert "Đang sửa mức phí" in site.get(PAGE).text
    assert "Đang tạm dừng" in officer.get(OFFICE).text
    assert site.post("/api/v1/communes/ba-na/answers", json={"question": "x"}).status_code == 200
    officer.post(f"{OFFICE}/switch", data={"to": "on"})
    assert site.post(ANSWERS, json={"question": "phí tạm trú"}).status_code == 200
    log = officer.get(f"/staff/{AREA}/audit").text
    assert "tắt trợ lý" in log and "bật trợ lý" in log


def test_a_switch_of_everywhere_holds_in_every_commune(app: FastAPI, site: TestClient) -> None:
    admin = officer_client(app, Role.PROVINCE_ADMIN, "national")

    admin.post("/staff/national/office/switch", data={"to": "off", "reason": "Bảo trì"})

    for commune in ("hoa-tien", "ba-na"):
        asked = site.post(f"/api/v1/communes/{commune}/answers", json={"question": "phí"})
        assert asked.json()["detail"] == "Bảo trì"


def test_the_province_sees_what_is_missing_where(app: FastAPI) -> None:
    admin = officer_client(app, Role.PROVINCE_ADMIN, "province:da-nang")

    page = admin.get("/staff/province:da-nang/office").text

    assert "nơi còn thiếu thông tin" in page
    assert "/staff/province:da-nang/office/communes/hoa-tien" in page
    assert "Công an xã Hòa Tiến: điện thoại, giờ làm việc" in page
    assert admin.get("/staff/province:da-nang/office/communes/hoa-tien").status_code == 200
    assert admin.get("/staff/province:da-nang/office/communes/khac").status_code == 404


def test_new_counters_are_seen_as_before_and_after_then_answered_then_undone(
    officer: TestClient, site: TestClient
) -> None:
    form = fields(officer.get(FORM).text)
    before = {name: value for name, value in form.items() if name.startswith("counter.")}
    form |= {
        "counter.0.telephone": "(0236) 3 846 123",
        "counter.0.sat.0.opens": "7h30",
        "counter.0.sat.0.closes": "11.30",
        "source_title": "Thông báo 12/TB-UBND",
        "source_date": "2026-11-20",
    }

    look = officer.post(FORM, data=form)
    assert look.status_code == 200, look.text
    assert "(0236) 3 846 123" in look.text
    assert "thứ Bảy: 7:30–11:30" in look.text
    assert "(0236) 3 846 123" not in site.get(f"{PAGE}/office").text

    published = officer.post(f"{FORM}/publish", data=form)
    assert published.status_code == 303, published.text
    asked = site.post(ANSWERS, json={"question": "số điện thoại một cửa xã"}).json()
    assert "(0236) 3 846 123" in asked["text"]
    assert asked["citations"][0]["source_title"].startswith("Thông báo 12/TB-UBND")
    assert "Thứ Bảy: 7:30–11:30" in asked["office"]["hours"]
    assert "(0236) 3 846 123" in site.get(f"{PAGE}/office").text

    versions = officer.get(f"/staff/{AREA}/knowledge/commune/hoa-tien/versions")
    assert versions.status_code == 200
    after = fields(officer.get(FORM).text)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"counter.0.telephone", "counter.0.sat.0.opens", "counter.0.sat.0.closes"}
    back = {**after, **{name: before[name] for name in changed}, "source_title": "Thông báo 13"}
    assert officer.post(f"{FORM}/publish", data=back).status_code == 303
    assert "(0236) 3 846 123" not in site.get(f"{PAGE}/office").text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"counter.0.telephone": "gọi văn thư"}, "iện thoại"),
        ({"counter.0.mon.0.closes": ""}, "7:30 và 11:30"),
        ({"counter.0.mon.0.opens": "bảy giờ"}, "7:30 và 11:30"),
        ({"counter.0.mon.1.opens": "10:00"}, "không chồng"),
        ({"counter.0.map_link": "https://evil.example/maps"}, "bản đồ"),
        ({"counter.0.map_link": "https://evil.example\\@google.com/maps"}, "bản đồ"),
        ({"website": "https://evil.example\\@hoatien.danang.gov.vn"}, "gov.vn"),
        ({"counter.0.name": ""}, "Ghi tên"),
        ({"website": "https://hoatien.example.com"}, "gov.vn"),
        ({"counter.0.address": "thôn 1", "source_title": ""}, "Ghi tên thông báo"),
        ({"counter.0.address": "thôn 1", "source_date": "hôm qua"}, "Ngày của văn bản"),
        ({}, "Chưa có gì đổi"),
    ],
)
def test_what_cannot_be_published_is_told_and_stays_in_the_form(
    officer: TestClient, change: dict[str, str], reason: str
) -> None:
    form = fields(officer.get(FORM).text) | change

    refused = officer.post(FORM, data=form)

    assert refused.status_code == 422
    assert reason in refused.text
    for value in change.values():
        assert not value or html.escape(value) in refused.text


def test_nobody_overwrites_what_was_published_meanwhile(officer: TestClient) -> None:
    form = fields(officer.get(FORM).text) | {"counter.0.address": "thôn 1", "base": "1"}

    for path in (FORM, f"{FORM}/publish"):
        refused = officer.post(path, data=form)

        assert refused.status_code == 409
        assert "Có người vừa công bố" in refused.text
        assert "thôn 1" in refused.text


def test_a_counter_is_added_and_taken_away(officer: TestClient, site: TestClient) -> None:
    form = fields(officer.get(FORM).text)
    last = max(int(name.split(".")[1]) for name in form if name.startswith("counter."))
    new = {f"counter.{last}.name": "Thuế cơ sở 4", f"counter.{last}.kind": "tax"}

    assert officer.post(f"{FORM}/publish", data=form | new).status_code == 303
    assert "Thuế cơ sở 4" in site.get(f"{PAGE}/office").text
    form = fields(officer.get(FORM).text)
    [name] = [name for name, value in form.items() if value == "Thuế cơ sở 4"]
    form[name.replace(".name", ".remove")] = "1"
    assert officer.post(f"{FORM}/publish", data=form).status_code == 303
    assert "Thuế cơ sở 4" not in site.get(f"{PAGE}/office").text


@pytest.mark.parametrize("role", [Role.EDITOR, Role.REVIEWER, Role.ANALYST])
def test_only_administrators_change_any_of_it(app: FastAPI, role: Role) -> None:
    officer = officer_client(app, role, AREA)

    assert officer.get(OFFICE).status_code == 403
    for path in (
        f"{OFFICE}/notices",
        f"{OFFICE}/notices/1/end",
        f"{OFFICE}/closures",
        f"{OFFICE}/closures/1/remove",
        f"{OFFICE}/closures/1/restore",
        f"{OFFICE}/switch",
        FORM,
        f"{FORM}/publish",
    ):
        assert officer.post(path, data={}).status_code == 403, path


def test_another_communes_counters_are_not_found(officer: TestClient) -> None:
    assert officer.get(f"{OFFICE}/communes/ba-na").status_code == 404
    assert officer.post(f"{OFFICE}/communes/ba-na", data={}).status_code == 404
    assert officer.post(f"{OFFICE}/communes/ba-na/publish", data={}).status_code == 404
    assert officer.get("/staff/commune:ba-na/office").status_code == 403


@pytest.mark.thorough
def test_settings_limit_notices_reasons_and_days(
    settings: Settings, stores: Stores, live: LiveKnowledge
) -> None:
    small = {"notice_max_characters": 20, "notice_max_days": 1, "closure_max_days": 2}
    app = build_app(settings.model_copy(update=small), stores.engine, live)
    officer = officer_client(app, Role.COMMUNE_ADMIN, AREA)

    long = officer.post(f"{OFFICE}/notices", data=notice(words="x" * 21))
    late = officer.post(f"{OFFICE}/notices", data=notice(words="x", ends_at=until(30)))
    days = officer.post(
        f"{OFFICE}/closures",
        data={"first_day": "2026-12-01", "last_day": "2026-12-03", "words": "Nghỉ"},
    )
    reason = officer.post(f"{OFFICE}/switch", data={"to": "off", "reason": "x" * 21})

    assert "20 ký tự" in long.text
    assert "1 ngày" in late.text
    assert "2 ngày" in days.text
    assert "20 ký tự" in reason.text
