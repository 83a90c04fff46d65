"""What goes wrong is said to officers in Vietnamese, in their frame, with a way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Role
from app.staff.service import StaffService
from app.staff.view import CSP
from knowledge_base.revisions import DatabaseUnavailableError
from tests.officers import officer_client

HOME = "/staff/commune:hoa-tien"


@pytest.fixture
def editor(app: FastAPI) -> TestClient:
    return officer_client(app, Role.EDITOR, "commune:hoa-tien")


@pytest.fixture
def broken(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """An officer to whom a fault of ours happens on the list of jobs."""

    def fault(*_: object) -> None:
        raise RuntimeError("hỏng")

    staff: StaffService = app.state.staff
    monkeypatch.setattr(type(staff.jobs), "recent", fault)
    client = officer_client(app, Role.EDITOR, "commune:hoa-tien")
    yield TestClient(
        app,
        raise_server_exceptions=False,
        follow_redirects=False,
        headers=dict(client.headers),
        cookies=client.cookies,
    )


@pytest.mark.parametrize(
    ("path", "status", "title", "back"),
    [
        (f"{HOME}/khong-co", 404, "Không có trang này", HOME),
        ("/staff/khong-co/gi-het", 404, "Không có trang này", "/staff"),
        ("/staff/commune:khong-co", 404, "Không có trang này", "/staff"),
        ("/staff/commune:ba-na", 403, "Không được làm việc này", "/staff"),
        (f"{HOME}/officers", 403, "Không được làm việc này", HOME),
        (f"{HOME}/audit?page=0", 422, "không hợp lệ", HOME),
    ],
)
def test_a_refusal_is_a_page_in_the_frame_with_a_way_back(
    app: FastAPI, editor: TestClient, path: str, status: int, title: str, back: str
) -> None:
    if status == 422:
        editor = officer_client(app, Role.COMMUNE_ADMIN, "commune:hoa-tien")

    told = editor.get(path)

    assert told.status_code == status
    assert title in told.text
    assert f'<a class="button primary" href="{back}">' in told.text
    assert "Đăng xuất" in told.text
    assert ("Tri thức" in told.text) is (back == HOME), "the tabs of the area one is in"
    assert told.headers["cache-control"] == "private, no-store"
    assert told.headers["content-security-policy"] == CSP
    assert "Hỏi cán bộ" not in told.text, "that is the residents' page"


def test_a_wrong_method_is_told(editor: TestClient) -> None:
    told = editor.post(f"{HOME}/khong-co")

    assert told.status_code in (404, 405)
    assert editor.put(HOME).status_code == 405
    assert "Không làm được việc này ở đây" in editor.put(HOME).text


def test_an_old_form_is_told_what_to_do(editor: TestClient) -> None:
    told = editor.post("/staff/me/sessions/end-others", headers={"X-CSRF": "old"})

    assert told.status_code == 403
    assert "Mở lại trang" in told.text


def test_whoever_is_not_signed_in_sees_no_more_than_the_way_in(app: FastAPI) -> None:
    told = TestClient(app, headers={"Accept": "text/html"}).get("/staff/x/y/z")

    assert told.status_code == 404
    assert "Đến trang đăng nhập" in told.text
    assert "Đăng xuất" not in told.text


def test_a_fault_of_ours_is_told_in_the_frame(broken: TestClient) -> None:
    told = broken.get(f"{HOME}/jobs")

    assert told.status_code == 500
    assert "Có lỗi ở phía dịch vụ" in told.text
    assert "Tri thức" in told.text
    assert "hỏng" not in told.text
    assert told.headers["content-security-policy"] == CSP


def test_without_a_database_the_page_still_says_so(
    app: FastAPI, editor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailableError("Không ghi đọc được")

    staff: StaffService = app.state.staff
    monkeypatch.setattr(type(staff.sessions), "find", away)
    client = TestClient(
        app, raise_server_exceptions=False, headers=dict(editor.headers), cookies=editor.cookies
    )

    told = client.get(HOME)

    assert told.status_code == 500
    assert "Có lỗi ở phía dịch vụ" in told.text


def test_a_call_is_answered_in_json(editor: TestClient) -> None:
    told = editor.get(f"{HOME}/khong-co", headers={"Accept": "application/json"})

    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["title"] == "Không có trang này"
    assert told.headers["cache-control"] == "private, no-store"


def test_a_body_that_is_too_large_is_told_in_the_frame(editor: TestClient) -> None:
    told = editor.post("/staff/sign-in", data={"username": "x" * 200_000})

    assert told.status_code == 413
    assert "Nội dung gửi lên quá lớn" in told.text
    assert "Hỏi Xã</b> <span>cán bộ" in told.text


def test_every_page_and_answer_of_the_staff_is_kept_by_nobody(
    app: FastAPI, editor: TestClient
) -> None:
    for path in ("/staff", HOME, "/staff/me", "/staff/sign-in", f"{HOME}/knowledge"):
        told = editor.get(path)
        assert told.headers["cache-control"] == "private, no-store", path
        assert "default-src 'none'" in told.headers["content-security-policy"]
    css = editor.get("/staff/static/staff.css")
    assert "immutable" in css.headers["cache-control"]


def test_residents_keep_their_own_error_page(app: FastAPI) -> None:
    told = TestClient(app, headers={"Accept": "text/html"}).get("/c/hoa-tien/khong-co")

    assert told.status_code == 404
    assert "cán bộ</span>" not in told.text
    assert "staff.css" not in told.text


@pytest.mark.parametrize(
    "path", ["drafts/99999999999999999999", "officers/9999999999", "places/9999999999999999999999"]
)
def test_a_number_that_no_row_can_have_is_not_found(app: FastAPI, path: str) -> None:
    admin = officer_client(app, Role.PROVINCE_ADMIN)

    assert admin.get(f"/staff/national/{path}").status_code == 404


def test_what_no_database_can_hold_is_refused_before_it_is_asked(app: FastAPI) -> None:
    admin = officer_client(app, Role.PROVINCE_ADMIN)

    asked = admin.get("/staff/national/places?q=%00")
    sent = admin.post("/staff/national/places", data={"labels": "Quầy\0", "commune": "hoa-tien"})

    assert asked.status_code == sent.status_code == 422
    assert "ký tự không đọc được" in sent.text
