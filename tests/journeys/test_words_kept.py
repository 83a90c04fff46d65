"""What an officer types is kept until the service has it, and by nobody else, and no longer."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from app.answering.answer import Language
from app.records.accounts import Role
from app.records.tickets import NewTicket, TicketState
from tests.app.staff.small_service import Small, small_service
from tests.journeys.test_access import complaints
from tests.officers import PASSWORD, new_officer, sign_in_by_page
from tests.serving import served

pytest.importorskip("playwright", reason="make setup-dev")

HERE = "/staff/commune:hoa-tien"
REPLY = "Xe thu gom rác chạy sáng thứ Ba và thứ Bảy.\nĐể rác trước nhà trước 6 giờ."
LAN, MINH = "lan-giu", "minh-giu"
KEPT = "Object.keys(sessionStorage).filter((key) => key.startsWith('hoixa-kept:'))"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("kept"), staff_words_hours=2) as small:
        for username in (LAN, MINH):
            new_officer(
                small.app, Role.EDITOR, "commune:hoa-tien", username=username, password=PASSWORD
            )
        yield small


@pytest.fixture(scope="module")
def address(small: Small) -> Iterator[str]:
    with served(small.app) as address:
        yield address


@pytest.fixture
def path(small: Small) -> str:
    """The page of a fresh ticket."""
    new = NewTicket("hoa-tien", "Xe rác chạy ngày nào?", Language("vi"), secrets.token_hex(8))
    return f"{HERE}/tickets/{small.staff.questions.tickets.open_ticket(new).code}"


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """Lan's browser."""
    context = chromium.new_context(locale="vi-VN", viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(20_000)
    sign_in_by_page(page, address, LAN)
    yield page
    context.close()


def end_sessions(small: Small, username: str = LAN) -> None:
    """As an administrator does, or the clock."""
    account = small.staff.accounts.find(username)
    assert account is not None
    small.staff.kept_sessions.revoke_all(account.id)


def sign_in_here(page: Any, username: str = LAN) -> None:
    """Fill in the page of signing in that stands there."""
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.wait_for_url(lambda url: "/staff/sign-in" not in url)


def wait_until_kept(page: Any, count: int) -> None:
    """Until so many forms' words are kept in a tab."""
    for _ in range(100):
        if len(page.evaluate(KEPT)) == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate(KEPT))


def replied(small: Small, path: str) -> list[str]:
    ticket = small.staff.questions.tickets.find(path.rpartition("/")[2])
    assert ticket is not None
    return [message.text for message in ticket.messages]


@pytest.mark.thorough
def test_a_reply_outlives_the_session_that_ended_while_it_was_typed(
    small: Small, page: Any, address: str, path: str
) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Lời trả lời").fill(REPLY)
    end_sessions(small)

    page.get_by_role("button", name="Xem trước").click()
    page.get_by_text("phần vừa gửi chưa được nhận").wait_for()
    page.get_by_text("Những gì đã gõ vẫn còn").wait_for()
    assert complaints(page) == []
    sign_in_here(page)

    assert page.url == f"{address}{path}"
    assert page.get_by_label("Lời trả lời").input_value() == REPLY
    page.get_by_text("chưa được nhận. Những gì đã gõ vẫn còn dưới đây").wait_for()
    assert complaints(page) == []
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_text("Người hỏi sẽ thấy").wait_for()
    assert page.evaluate(KEPT), "it is not sent yet"

    end_sessions(small)  # once more, where the words stand in hidden fields
    page.get_by_role("button", name="Gửi trả lời").click()
    sign_in_here(page)
    assert page.get_by_label("Lời trả lời").input_value() == REPLY
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Gửi trả lời").click()
    page.get_by_text("Đã gửi trả lời").wait_for()

    assert [text.splitlines() for text in replied(small, path)] == [REPLY.splitlines()]
    assert page.evaluate(KEPT) == []
    assert page.get_by_label("Lời trả lời").input_value() == ""


@pytest.mark.thorough
def test_the_form_of_an_older_session_loses_nothing_either(
    small: Small, page: Any, address: str, path: str
) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Lời trả lời").fill(REPLY)
    page.context.clear_cookies()
    sign_in_by_page(page.context.new_page(), address, LAN)  # in another tab

    page.get_by_role("button", name="Xem trước").click()
    page.get_by_text("Biểu mẫu đã cũ").wait_for()
    page.get_by_role("link", name="Trở lại trang vừa gửi").click()
    page.wait_for_url(f"{address}{path}")

    assert page.get_by_label("Lời trả lời").input_value() == REPLY
    assert replied(small, path) == []


def test_a_page_that_was_left_gives_back_what_was_typed_until_it_is_thrown_away(
    page: Any, address: str, path: str
) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Chuyển cơ quan khác").fill("Hạt Kiểm lâm")
    page.goto(f"{address}{HERE}/tickets")
    page.goto(f"{address}{path}")

    assert page.get_by_label("Chuyển cơ quan khác").input_value() == "Hạt Kiểm lâm"
    page.get_by_role("button", name="Bỏ phần gõ dở").click()
    assert page.get_by_label("Chuyển cơ quan khác").input_value() == ""
    assert page.evaluate(KEPT) == []


@pytest.mark.thorough
def test_signing_out_leaves_nothing_in_any_tab(page: Any, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Lời trả lời").fill(REPLY)
    other = page.context.new_page()
    other.goto(f"{address}{path}")
    other.get_by_label("Chuyển cơ quan khác").fill("Hạt Kiểm lâm")
    wait_until_kept(page, 1)
    wait_until_kept(other, 1)

    page.get_by_role("button", name="Đăng xuất").click()
    page.get_by_text("Đã đăng xuất").wait_for()

    assert page.evaluate(KEPT) == []
    wait_until_kept(other, 0)


@pytest.mark.thorough
def test_nobody_else_is_shown_it(small: Small, page: Any, address: str, path: str) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Lời trả lời").fill(REPLY)
    end_sessions(small)
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_text("phần vừa gửi chưa được nhận").wait_for()

    sign_in_here(page, MINH)

    assert page.url == f"{address}{path}"
    assert page.get_by_label("Lời trả lời").input_value() == ""
    assert page.evaluate(KEPT) == []


@pytest.mark.thorough
def test_it_is_gone_after_its_hours(page: Any, address: str, path: str) -> None:
    page.clock.install()
    page.goto(f"{address}{path}")
    page.get_by_label("Lời trả lời").fill(REPLY)
    page.clock.run_for(1000)
    page.clock.fast_forward("01:50:00")
    assert len(page.evaluate(KEPT)) == 1

    page.clock.fast_forward("00:15:00")

    assert page.evaluate(KEPT) == []


@pytest.mark.thorough
def test_words_with_no_place_left_are_shown_to_be_copied(
    small: Small, page: Any, address: str, path: str
) -> None:
    page.goto(f"{address}{path}")
    page.get_by_label("Lời trả lời").fill(REPLY)
    small.staff.questions.tickets.close(path.rpartition("/")[2], by=MINH)
    page.get_by_role("button", name="Xem trước").click()
    page.goto(f"{address}{path}")

    assert small.staff.questions.tickets.find(path.rpartition("/")[2]).state is TicketState.CLOSED  # type: ignore[union-attr]
    assert "Xe thu gom rác" in page.locator(".kept").inner_text()


@pytest.mark.thorough
def test_a_draft_is_saved_with_what_was_typed_after_the_session_ended(
    small: Small, page: Any, address: str
) -> None:
    draft = small.new_draft({"id": "viec-moi", "title": "Việc mới"}, "commune:hoa-tien", LAN)
    page.goto(f"{address}{HERE}/drafts/{draft.id}")
    end_sessions(small)
    page.locator('[name="title"]').fill("Việc mới gõ khi phiên đã hết")
    page.locator("#saved", has_text="Phiên làm việc đã hết").wait_for()
    page.locator('[name="title"]').fill("Việc mới gõ sau khi phiên đã hết")

    page.get_by_role("button", name="Đăng nhập lại").click()
    sign_in_here(page)
    page.wait_for_url("**saved=1*")

    assert page.locator('[name="title"]').input_value() == "Việc mới gõ sau khi phiên đã hết"
    found = small.staff.drafts.find(draft.id)
    assert found is not None
    assert found.data["title"] == "Việc mới gõ sau khi phiên đã hết"
    assert page.evaluate(KEPT) == []

    page.locator('[name="title"]').fill("Gõ rồi bấm Lưu khi phiên vừa hết")
    end_sessions(small)
    page.get_by_role("button", name="Lưu", exact=True).click()
    sign_in_here(page)
    page.wait_for_url("**saved=1*")
    found = small.staff.drafts.find(draft.id)
    assert found is not None
    assert found.data["title"] == "Gõ rồi bấm Lưu khi phiên vừa hết"
    assert page.evaluate(KEPT) == []
