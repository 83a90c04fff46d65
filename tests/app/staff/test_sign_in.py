"""Signing in and out, as browsers and those who guess meet it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from app.records.accounts import Role
from app.records.audit import AuditFilter
from app.staff.desk import COOKIE
from app.staff.service import StaffService
from app.staffing import try_limits
from tests.officers import PASSWORD, client_for, new_officer
from tests.service import settings_in

ME = "/staff/commune:hoa-tien"


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})


@pytest.fixture
def staff(app: FastAPI) -> StaffService:
    service: StaffService = app.state.staff
    return service


@pytest.fixture
def username(app: FastAPI) -> str:
    return new_officer(app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD).username


def sign_in(browser: TestClient, username: str, password: str = PASSWORD, **more: str) -> Response:
    data = {"username": username, "password": password, **more}
    return browser.post("/staff/sign-in", data=data)


def test_who_knows_the_password_is_signed_in_and_out_again(
    browser: TestClient, username: str
) -> None:
    assert browser.get("/staff/sign-in").status_code == 200

    signed = sign_in(browser, username)
    assert (signed.status_code, signed.headers["location"]) == (303, "/staff")
    assert browser.get("/staff").headers["location"] == ME
    page = browser.get(ME)
    assert page.status_code == 200

    csrf = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    cookie = browser.cookies[COOKIE]
    out = browser.post("/staff/sign-out", data={"csrf": csrf})
    assert out.headers["location"] == "/staff/sign-in?out=1"
    assert "Đã đăng xuất" in browser.get(out.headers["location"]).text
    assert browser.get(ME).headers["location"] == "/staff/sign-in?next=/staff/commune%3Ahoa-tien"
    browser.cookies.set(COOKIE, cookie, path="/staff")
    assert browser.get(ME).status_code == 303, "a cookie kept from before is worth nothing"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: TestClient, username: str
) -> None:
    header = sign_in(browser, username).headers.get_list("set-cookie")[0]

    assert header.startswith(f"{COOKIE}=")
    assert "; HttpOnly" in header
    assert "; Path=/staff" in header
    assert "; SameSite=lax" in header
    assert "Max-Age" not in header, "it is forgotten with the browser's window"
    assert "Secure" not in header


@pytest.mark.parametrize(
    ("base_url", "headers", "secure"),
    [
        pytest.param("https://hoixa.example", {}, True, id="https"),
        pytest.param("http://hoixa.example", {}, False, id="http"),
        pytest.param(
            "http://hoixa.example", {"X-Forwarded-Proto": "https"}, False, id="anybody's word"
        ),
    ],
)
def test_by_https_the_cookie_stays_on_https(
    app: FastAPI, username: str, base_url: str, headers: dict[str, str], secure: bool
) -> None:
    browser = TestClient(app, base_url, follow_redirects=False, headers=headers)

    assert ("Secure" in sign_in(browser, username).headers["set-cookie"]) is secure


def test_every_sign_in_begins_a_new_session_and_ends_the_one_before(
    browser: TestClient, app: FastAPI, username: str
) -> None:
    sign_in(browser, username)
    before = browser.cookies[COOKIE]
    sign_in(browser, username)

    assert browser.cookies[COOKIE] != before
    stale = TestClient(app, follow_redirects=False)
    stale.cookies.set(COOKIE, before, path="/staff")
    assert stale.get(ME).status_code == 401


def test_a_cookie_that_somebody_planted_is_not_taken_over(
    browser: TestClient, username: str
) -> None:
    browser.cookies.set(COOKIE, "planted", path="/staff")

    sign_in(browser, username)

    assert "planted" not in [cookie.value for cookie in browser.cookies.jar][-1:]


def test_nothing_tells_whether_a_username_exists(browser: TestClient, username: str) -> None:
    known, unknown = sign_in(browser, username, "sai mất rồi"), sign_in(browser, "ai-do", "sai")

    assert known.status_code == unknown.status_code == 403
    assert known.text.replace(username, "ai-do") == unknown.text
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in known.text


def test_what_was_typed_stays_but_the_password(browser: TestClient) -> None:
    page = sign_in(browser, "bien.tap", "bí mật lắm đấy", next="/staff/national/audit?by=a").text

    assert 'value="bien.tap"' in page
    assert 'value="/staff/national/audit?by=a"' in page
    assert "bí mật" not in page
    assert sign_in(browser, "", "").status_code == 422


def test_wrong_passwords_are_slowed_and_the_slowing_is_written_down(
    browser: TestClient, staff: StaffService, username: str
) -> None:
    told = [sign_in(browser, username, "sai mất rồi").status_code for _ in range(7)]

    assert told == [403] * 5 + [429] * 2
    waiting = sign_in(browser, username)
    assert waiting.status_code == 429, "not even the right one is looked at"
    assert waiting.headers["retry-after"] == "2"
    assert "Thử lại sau 2 giây" in waiting.text
    rows = list(staff.audit.each(AuditFilter(subject=f"officer:{username}", by="system")))
    assert [row.entry.action for row in rows] == ["officer.tries_slowed"]


def test_the_right_password_clears_the_count(browser: TestClient, username: str) -> None:
    for _ in range(3):
        for _ in range(4):
            assert sign_in(browser, username, "sai mất rồi").status_code == 403
        assert sign_in(browser, username).status_code == 303


def fresh(app: FastAPI) -> TestClient:
    return TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})


def locked_from_elsewhere(app: FastAPI, username: str) -> None:
    """Somebody who knows the username alone has its account wait."""
    outsider = fresh(app)
    while sign_in(outsider, username, "sai mất rồi").status_code != 429:
        pass


def test_nobody_is_kept_out_of_a_browser_of_their_own_by_who_knows_the_name(
    app: FastAPI, browser: TestClient, username: str
) -> None:
    sign_in(browser, username)
    page = browser.get("/staff/me").text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    browser.post("/staff/sign-out", data={"csrf": csrf})

    locked_from_elsewhere(app, username)

    assert sign_in(fresh(app), username).status_code == 429
    assert sign_in(browser, username).status_code == 303
    assert sign_in(fresh(app), username).status_code == 429, "nobody else is let in by it"


def test_a_known_browser_opens_nothing_and_is_slowed_by_its_own_guesses(
    app: FastAPI, browser: TestClient, username: str
) -> None:
    sign_in(browser, username)
    browser.cookies.delete(COOKIE)

    told = [sign_in(browser, username, "sai mất rồi").status_code for _ in range(6)]

    assert told == [403] * 5 + [429]
    assert browser.get(ME).status_code == 303


def test_a_known_browser_is_known_for_its_own_officer_alone(
    app: FastAPI, browser: TestClient, username: str
) -> None:
    other = new_officer(app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD).username
    sign_in(browser, username)
    own = next(cookie for cookie in browser.cookies.jar if cookie.name.startswith("hoixa_known"))
    sign_in(fresh(app), other)
    locked_from_elsewhere(app, other)

    thief = fresh(app)
    for name in ("hoixa_known_" + "0" * 12, str(own.name)):
        thief.cookies.set(name, str(own.value), path="/staff/sign-in")

    assert sign_in(thief, other).status_code == 429
    assert username not in f"{own.name} {own.value}", "nor does it tell who"


def test_the_cookie_of_a_known_browser_goes_nowhere_else(
    browser: TestClient, username: str
) -> None:
    (header,) = [
        one
        for one in sign_in(browser, username).headers.get_list("set-cookie")
        if one.startswith("hoixa_known_")
    ]

    assert "; HttpOnly" in header and "; SameSite=lax" in header
    assert "; Path=/staff/sign-in" in header
    assert "; Max-Age=7776000" in header


def test_how_long_a_browser_is_known_can_be_set(
    app: FastAPI, browser: TestClient, username: str
) -> None:
    staff: StaffService = app.state.staff
    app.state.staff = replace(staff, known_browser_days=0)
    try:
        told = sign_in(browser, username).headers.get_list("set-cookie")
    finally:
        app.state.staff = staff

    assert not [one for one in told if one.startswith("hoixa_known_")]


def test_how_soon_and_how_long_is_as_set() -> None:
    settings = settings_in(
        Path("data"),
        sign_in_tries=2,
        sign_in_tries_per_client=7,
        sign_in_wait_max_seconds=33,
    )

    limits = try_limits(settings)

    assert (limits.free, limits.free_of_client, limits.longest.total_seconds()) == (2, 7, 33)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://lua-dao.example/staff",
        "//lua-dao.example/staff",
        "/\\lua-dao.example",
        "/staff\\..\\x",
        "/staffx",
        "/c/hoa-tien",
        "/staff/sign-out",
        "javascript:alert(1)",
        "/staff/x\r\nSet-Cookie: a=b",
    ],
)
def test_signing_in_leads_nowhere_else(browser: TestClient, username: str, wanted: str) -> None:
    assert sign_in(browser, username, next=wanted).headers["location"] == "/staff"


def test_signing_in_leads_to_the_page_that_was_asked_for(
    browser: TestClient, username: str
) -> None:
    asked = browser.get(f"{ME}?q=tạm trú&trang=2").headers["location"]
    page = browser.get(asked).text
    wanted = re.findall(r'name="next" value="([^"]*)"', page)[0].replace("&amp;", "&")

    assert sign_in(browser, username, next=wanted).headers["location"] == wanted
    assert wanted.startswith(f"{ME}?q=t%E1%BA%A1m")
    assert browser.get("/staff/sign-in").status_code == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://lua-dao.example"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://lua-dao.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({}, 303),
    ],
)
def test_another_site_cannot_sign_somebody_in(
    browser: TestClient, username: str, headers: dict[str, str], status: int
) -> None:
    told = browser.post(
        "/staff/sign-in", data={"username": username, "password": PASSWORD}, headers=headers
    )

    assert told.status_code == status


def test_a_blocked_officer_is_not_let_in_and_is_put_out(
    app: FastAPI, staff: StaffService, browser: TestClient
) -> None:
    account = new_officer(app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD)
    inside = client_for(app, account)
    assert inside.get(ME).status_code == 200

    staff.accounts.set_blocked(account.id, "x", "national", blocked=True)

    assert inside.get(ME).status_code == 303
    assert sign_in(browser, account.username).status_code == 403


def test_a_call_is_told_in_json_and_nothing_is_kept(app: FastAPI) -> None:
    told = TestClient(app).get(ME)

    assert told.status_code == 401
    assert told.json()["title"] == "Chưa đăng nhập"
    assert told.headers["cache-control"] == "private, no-store"


def test_below_a_path_everything_stays_below_it(app: FastAPI, username: str) -> None:
    browser = TestClient(
        app, root_path="/hoi-xa", follow_redirects=False, headers={"Accept": "text/html"}
    )

    asked = browser.get(f"/hoi-xa{ME}").headers["location"]
    signed = browser.post(
        "/hoi-xa/staff/sign-in",
        data={"username": username, "password": PASSWORD, "next": f"/hoi-xa{ME}"},
    )

    assert asked == "/hoi-xa/staff/sign-in?next=/hoi-xa/staff/commune%3Ahoa-tien"
    assert signed.headers["location"] == f"/hoi-xa{ME}"
    assert "Path=/hoi-xa/staff" in signed.headers["set-cookie"]
