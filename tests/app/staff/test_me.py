"""An officer's own account: another password, and the sessions that are open elsewhere."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Account, Role
from app.records.sessions import SignInMethod
from app.staff.desk import COOKIE
from app.staff.service import StaffService
from tests.officers import PASSWORD, client_for, new_officer

OTHER = "đồng lúa chín vàng 7"


@pytest.fixture
def staff(app: FastAPI) -> StaffService:
    service: StaffService = app.state.staff
    return service


@pytest.fixture
def account(app: FastAPI) -> Account:
    return new_officer(app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD)


def passwords(current: str = PASSWORD, new: str = OTHER, again: str = OTHER) -> dict[str, str]:
    return {"current": current, "new": new, "again": again}


def test_another_password_ends_every_session_and_begins_one(
    app: FastAPI, staff: StaffService, account: Account
) -> None:
    here, elsewhere = client_for(app, account), client_for(app, account)
    before = here.cookies[COOKIE]

    told = here.post("/staff/me/password", data=passwords())

    assert told.headers["location"] == "/staff/me?done=password"
    assert "Đã đổi mật khẩu" in here.get(told.headers["location"]).text
    assert elsewhere.get("/staff/me").status_code == 303
    assert staff.sessions.find(before) is None
    assert staff.accounts.check_password(account.username, OTHER) is not None
    assert staff.accounts.check_password(account.username, PASSWORD) is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (passwords(current="sai"), "Mật khẩu hiện tại không đúng"),
        (passwords(again="khác mất rồi nhé"), "không giống nhau"),
        (passwords(new=PASSWORD, again=PASSWORD), "phải khác"),
        (passwords(new="ngắn", again="ngắn"), "ít nhất 10"),
        (passwords(new="matkhau123456", again="matkhau123456"), "quá phổ biến"),
    ],
)
def test_a_password_that_cannot_be_is_refused_with_the_reason(
    app: FastAPI, staff: StaffService, account: Account, typed: dict[str, str], words: str
) -> None:
    told = client_for(app, account).post("/staff/me/password", data=typed)

    assert told.status_code == 422
    assert words in told.text
    assert staff.accounts.check_password(account.username, PASSWORD) is not None


def test_guessing_the_current_password_is_slowed_too(app: FastAPI, account: Account) -> None:
    client = client_for(app, account)

    told = [
        client.post("/staff/me/password", data=passwords(current="sai")).status_code
        for _ in range(6)
    ]

    assert told == [422] * 5 + [429]


def test_guesses_from_elsewhere_do_not_keep_an_officer_from_another_password(
    app: FastAPI, staff: StaffService, account: Account
) -> None:
    for _ in range(9):
        staff.tries.begin(account.username, "203.0.113.9")

    told = client_for(app, account).post("/staff/me/password", data=passwords())

    assert told.headers["location"] == "/staff/me?done=password"


def test_who_was_given_a_password_does_nothing_before_changing_it(
    app: FastAPI, staff: StaffService, account: Account
) -> None:
    given = staff.accounts.reset_password(account.id, "x", "national")
    browser = TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})
    browser.post("/staff/sign-in", data={"username": account.username, "password": given})

    for path in ("/staff", "/staff/commune:hoa-tien", "/staff/commune:ba-na"):
        assert browser.get(path).headers["location"] == "/staff/me"
    page = browser.get("/staff/me").text
    assert "do người khác cấp" in page
    csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
    call = browser.post(
        "/staff/me/sessions/end-others", headers={"X-CSRF": csrf, "Accept": "application/json"}
    )
    assert call.status_code == 403

    browser.post("/staff/me/password", data={"csrf": csrf, **passwords(current=given)})

    assert browser.get("/staff/commune:hoa-tien").status_code == 200


def test_a_session_elsewhere_is_seen_and_ended(
    app: FastAPI, staff: StaffService, account: Account
) -> None:
    here = client_for(app, account)
    agent = "Mozilla/5.0 (Linux; Android 10; K) Chrome/131.0.0.0 Mobile Safari/537.36"
    phone = staff.kept_sessions.open(account.id, SignInMethod.PASSWORD, agent)
    held = staff.kept_sessions.find(phone)
    assert held is not None

    page = here.get("/staff/me").text
    assert "Chrome, Android" in page
    assert page.count('/end"') == 1, "not its own"
    told = here.post(f"/staff/me/sessions/{held.session.id}/end")

    assert told.status_code == 303
    assert staff.sessions.find(phone) is None
    assert here.get("/staff/me").status_code == 200
    assert here.post(f"/staff/me/sessions/{held.session.id}/end").status_code == 404


def test_nobody_ends_somebody_elses_session(app: FastAPI, staff: StaffService) -> None:
    mine, other = (new_officer(app, Role.EDITOR, "commune:hoa-tien") for _ in range(2))
    cookie = staff.kept_sessions.open(other.id, SignInMethod.PROVIDER)
    held = staff.kept_sessions.find(cookie)
    assert held is not None

    told = client_for(app, mine).post(f"/staff/me/sessions/{held.session.id}/end")

    assert told.status_code == 404
    assert staff.sessions.find(cookie) is not None


def test_all_others_end_at_once(app: FastAPI, account: Account) -> None:
    here, there = client_for(app, account), client_for(app, account)

    assert here.post("/staff/me/sessions/end-others").status_code == 303

    assert here.get("/staff/me").status_code == 200
    assert there.get("/staff/me").status_code == 303
