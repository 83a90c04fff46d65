"""The queue of questions as an officer works through it on a phone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from app.answering.answer import Language
from app.records.accounts import Role
from app.records.tickets import NewTicket, TicketState
from tests.app.staff.small_service import Small, small_service
from tests.journeys.test_access import OUTSIDE, PHONE, complaints
from tests.officers import PASSWORD, new_officer, sign_in_by_page
from tests.serving import served

pytest.importorskip("playwright", reason="make setup-dev")

HERE = "/staff/commune:hoa-tien"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("queue")) as small:
        yield small


def in_view(element: Any) -> bool:
    """Whether the middle of an element can be seen without scrolling."""
    box = element.bounding_box()
    return bool(
        0 <= box["x"] + box["width"] / 2 <= PHONE["width"]
        and 0 <= box["y"] + box["height"] / 2 <= PHONE["height"]
    )


@pytest.mark.thorough
def test_thirty_questions_are_worked_through_on_a_phone(small: Small, chromium: Any) -> None:
    tickets = small.staff.questions.tickets
    vi = Language("vi")
    sent = [
        NewTicket("hoa-tien", f"Xe rác chạy ngày nào? ({n})", vi, secrets.token_hex(8))
        for n in range(30)
    ]
    codes = [tickets.open_ticket(new).code for new in sent]
    officer = new_officer(small.app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD)
    with served(small.app) as address:
        context = chromium.new_context(viewport=PHONE, locale="vi-VN")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("dialog", lambda dialog: dialog.accept())
        sign_in_by_page(page, address, officer.username, path=f"{HERE}/tickets")
        row = page.locator("tbody tr").first
        row.scroll_into_view_if_needed()
        assert in_view(row.get_by_text("Chờ trả lời"))
        assert in_view(row.get_by_text("Chưa ai"))
        assert (complaints(page), page.evaluate(OUTSIDE)) == ([], [])

        row.get_by_role("link").click()
        page.get_by_label("Mẫu trả lời").select_option(index=1)
        page.get_by_role("button", name="Chèn mẫu").click()
        page.wait_for_url("**/reply**")
        text = page.get_by_label("Lời trả lời")
        assert in_view(page.get_by_label("Mẫu trả lời")), "it is not at the top again"
        text.fill("Sáng thứ Ba.")
        page.get_by_role("button", name="Xem trước").click()
        send = page.get_by_role("button", name="Gửi trả lời")
        send.wait_for()
        assert in_view(send)
        send.click()
        thanks = page.get_by_text("Đã gửi trả lời")
        thanks.wait_for()
        assert in_view(thanks)
        assert (complaints(page), page.evaluate(OUTSIDE)) == ([], [])

        page.get_by_role("link", name="Câu đang chờ kế tiếp (còn 29)").click()
        page.wait_for_url(f"**/{codes[1]}")
        page.get_by_label("Chuyển cơ quan khác").fill("Hạt Kiểm lâm")
        page.get_by_role("button", name="Chuyển", exact=True).click()
        page.get_by_text("Đã ghi nơi chuyển đến").wait_for()
        page.get_by_role("button", name="Đóng câu hỏi").click()
        page.get_by_text("Đã đóng câu hỏi").wait_for()
        context.close()

    found = [tickets.find(code) for code in codes[:3]]
    assert [one.state for one in found if one is not None] == [
        TicketState.ANSWERED,
        TicketState.CLOSED,
        TicketState.OPEN,
    ]
