"""Two officers write one draft in two browsers: all is saved, all is seen, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Role
from app.staff.service import StaffService
from tests.journeys.test_access import OUTSIDE, PHONE, complaints
from tests.officers import PASSWORD, client_for, new_officer, sign_in_by_page

pytest.importorskip("playwright", reason="make setup-dev")

HERE = "/staff/commune:hoa-tien"
WORDS = ("lan-viet", "minh-viet")


@pytest.fixture(scope="module")
def lan(app: FastAPI) -> TestClient:
    """Lan, who begins the draft; her browser signs in with the same account."""
    new_officer(app, Role.EDITOR, "commune:hoa-tien", username="minh-viet", password=PASSWORD)
    account = new_officer(
        app, Role.EDITOR, "commune:hoa-tien", username="lan-viet", password=PASSWORD
    )
    return client_for(app, account)


@pytest.fixture
def draft(lan: TestClient) -> str:
    """The path of a new draft."""
    fields = {
        "begin": "record",
        "kind": "procedure",
        "record_id": "dang-ky-tam-tru",
        "scope": "national",
        "anyway": "1",
    }
    path: str = lan.post(f"{HERE}/drafts", data=fields).headers["location"]
    return path


@pytest.fixture
def browsers(chromium: Any, address: str, lan: TestClient, draft: str) -> Iterator[list[Any]]:
    """The draft, open in Lan's browser and in Minh's, at its fees."""
    pages = []
    for username in WORDS:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
        page = context.new_page()
        sign_in_by_page(page, address, username, path=f"{draft}?section=fee")
        pages.append(page)
    yield pages
    for page in pages:
        page.context.close()


def told(page: Any, words: str) -> None:
    page.locator("#saved", has_text=words).wait_for()


@pytest.mark.thorough
def test_what_is_typed_is_saved_by_itself_and_seen_in_the_preview(
    browsers: list[Any], app: FastAPI, draft: str
) -> None:
    page = browsers[0]
    staff: StaffService = app.state.staff
    number = int(draft.rpartition("/")[2])

    page.locator('[name="fees.0.amount"]').fill("16.500")
    told(page, "Đã lưu")
    page.frame_locator("#preview").get_by_text("16.500 đồng").first.wait_for()

    page.context.set_offline(True)
    page.locator('[name="title"]').evaluate("box => box.closest('details').open = true")
    page.locator('[name="title"]').fill("Đăng ký tạm trú ở xã")
    told(page, "Chưa lưu được, thử lại")
    assert page.locator('[name="title"]').input_value() == "Đăng ký tạm trú ở xã"
    page.context.set_offline(False)
    told(page, "Đã lưu")

    page.locator('[name="fees.0.amount"]').fill("mười sáu")
    page.locator("#fee .wrong", has_text="không phải số").wait_for()
    page.locator("#fee").get_by_role("button", name="Thêm mức lệ phí").click()
    page.locator("#fee [data-row]").nth(4).wait_for()
    page.locator("#fee").get_by_role("button", name="Xoá mức lệ phí 2").click()
    page.get_by_role("button", name="Hoàn lại").click()
    told(page, "Đã lưu")

    data = staff.drafts.find(number).data  # type: ignore[union-attr]  # it was just begun
    assert data["title"] == "Đăng ký tạm trú ở xã"
    assert data["fees"][0]["amount"] == "mười sáu"


@pytest.mark.thorough
def test_two_officers_on_one_draft_lose_nothing(
    browsers: list[Any], app: FastAPI, draft: str
) -> None:
    lan, minh = browsers
    staff: StaffService = app.state.staff
    number = int(draft.rpartition("/")[2])
    told_of = minh.locator("#presence").inner_text()
    assert told_of == "Cán bộ lan-viet cũng đang mở bản này. Chưa gõ gì."

    lan.locator('[name="fees.0.amount"]').fill("16.500")
    told(lan, "Đã lưu")
    minh.locator('[name="fees.1.note"]').fill("Nộp qua VNeID cũng mức này.")
    told(minh, "Cán bộ lan-viet đã lưu bản khác")
    assert minh.locator('[name="fees.1.note"]').input_value() == "Nộp qua VNeID cũng mức này."

    minh.get_by_role("button", name="Xem hai bản cạnh nhau").click()
    minh.wait_for_url("**/compare")
    assert complaints(minh) == []
    page = minh.locator("main").inner_text()
    assert "16.500 đồng" in page
    assert "Nộp qua VNeID cũng mức này." in page
    minh.get_by_role("button", name="Lưu phần đã chọn").click()
    minh.wait_for_url("**/drafts/*saved=1*")

    found = staff.drafts.find(number)
    assert found is not None
    assert found.data["fees"][1]["note"] == "Nộp qua VNeID cũng mức này."
    assert found.data["fees"][0]["amount"] == 16500, "Lan's row of the same list"
    minh.get_by_role("link", name="Các lần lưu").click()
    saves = minh.locator("tbody tr")
    assert saves.count() == 4  # begun, Lan's, Minh's as it was refused, what Minh chose
    assert "Giữ riêng" in saves.nth(1).inner_text()
    minh.locator("tbody tr", has_text="lan-viet").first.get_by_role("link").click()
    assert "Nộp qua VNeID cũng mức này." in minh.locator("main").inner_text()
    minh.get_by_role("button", name="Lấy lại lần lưu này").click()
    minh.wait_for_url("**/saves?done=1")
    found = staff.drafts.find(number)
    assert found is not None
    assert found.data["fees"][0]["amount"] == 16500
    assert "note" not in found.data["fees"][1], "as Lan had saved it"


@pytest.mark.thorough
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/knowledge?state=weak", id="the list"),
        pytest.param("/knowledge/procedure/dang-ky-khai-sinh?section=fee", id="a record"),
        pytest.param("/knowledge/guide/muc-huong-bhyt", id="a guide"),
        pytest.param("{draft}?section=fee", id="a draft"),
        pytest.param("{draft}/saves", id="its saves"),
    ],
)
def test_everybody_can_use_the_pages_of_knowledge(
    chromium: Any, address: str, draft: str, path: str
) -> None:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    page = context.new_page()
    where = path.format(draft=draft) if path.startswith("{") else f"{HERE}{path}"
    sign_in_by_page(page, address, WORDS[0], path=where)

    found = complaints(page)
    wider = page.evaluate(OUTSIDE)
    context.close()

    assert found == []
    assert wider == []
