"""The tablet at the counter: asked, wiped, and nothing left for the next person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.thorough import mostly_thorough

pytest.importorskip("playwright", reason="make setup-dev")

TABLET = {"width": 1280, "height": 800}
LEFT_BEHIND = """
Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(
  ([names, workers]) => names.length + workers.length + localStorage.length + sessionStorage.length
)
"""


@pytest.fixture(
    params=mostly_thorough([True, False]), ids=["with JavaScript", "without JavaScript"]
)
def tablet(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """An empty page on the device at the counter."""
    context = chromium.new_context(
        viewport=TABLET, java_script_enabled=request.param, locale="vi-VN"
    )
    yield context.new_page()
    context.close()


def start(address: str) -> str:
    return f"{address}/c/hoa-tien?mode=kiosk"


def ask_there(page: Any, address: str) -> str:
    """Begin at the first page and ask; the address of the answer."""
    page.goto(start(address))
    page.get_by_role("textbox").fill("lệ phí đăng ký tạm trú")
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url("**/c/hoa-tien/a/*")
    url: str = page.url
    return url


def shows_nothing_of_the_last_visitor(page: Any) -> bool:
    words = page.locator("body").inner_text()
    return (
        "tạm trú" not in words.replace("Thường trú, tạm trú", "")
        and page.get_by_role("textbox").input_value() == ""
    )


def test_a_visit_ends_with_xong_and_the_back_button_shows_nothing_of_it(
    tablet: Any, address: str
) -> None:
    ask_there(tablet, address)
    assert "15.000 đồng" in tablet.get_by_label("Trả lời", exact=True).inner_text()
    tablet.get_by_role("link", name="Danh sách mang theo").click()
    assert tablet.get_by_text("Quét để mang danh sách về điện thoại").is_visible()

    tablet.get_by_role("link", name="Xong, xóa màn hình").click()
    tablet.wait_for_url(start(address))
    assert shows_nothing_of_the_last_visitor(tablet)

    for _ in range(4):
        tablet.go_back()
        if tablet.url == "about:blank":
            break
        tablet.wait_for_url(start(address) + "*")
        assert shows_nothing_of_the_last_visitor(tablet)


@pytest.mark.thorough
def test_an_answer_of_the_last_visit_cannot_be_opened_again(tablet: Any, address: str) -> None:
    answer = ask_there(tablet, address)
    tablet.goto(start(address))

    tablet.goto(answer)

    assert tablet.url == start(address)
    assert shows_nothing_of_the_last_visitor(tablet)


@pytest.mark.thorough
def test_a_topic_is_chosen_with_big_buttons(tablet: Any, address: str) -> None:
    tablet.goto(start(address))
    tablet.get_by_role("link", name="Bảo hiểm y tế").click()
    question = tablet.locator("button.choice").first

    box = question.bounding_box()
    question.click()
    tablet.wait_for_url("**/c/hoa-tien/a/*")

    assert box["height"] >= 72
    assert tablet.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 24


@pytest.mark.thorough
def test_untouched_it_counts_down_and_is_wiped(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport=TABLET, locale="vi-VN")
    page = context.new_page()
    page.clock.install()
    ask_there(page, address)
    warning = page.locator("#kiosk-soon")

    page.clock.run_for(40_000)
    assert not warning.is_visible()
    page.clock.run_for(8_000)
    assert warning.is_visible()
    assert 5 < int(page.locator("#kiosk-count").inner_text()) < 15

    page.get_by_role("button", name="Còn đang xem").click()
    assert not warning.is_visible()
    page.clock.run_for(50_000)
    assert "/a/" in page.url

    page.clock.run_for(12_000)
    page.wait_for_url(start(address))
    assert shows_nothing_of_the_last_visitor(page)
    context.close()


@pytest.mark.thorough
def test_a_question_left_unsent_is_wiped_too(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport=TABLET, locale="vi-VN")
    page = context.new_page()
    page.clock.install()
    page.goto(start(address))
    page.get_by_role("textbox").fill("tạm trú cho người ốm")

    with page.expect_navigation():
        page.clock.run_for(61_000)

    assert shows_nothing_of_the_last_visitor(page)
    context.close()


@pytest.mark.thorough
def test_nothing_is_left_on_the_device(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport=TABLET, locale="vi-VN")
    page = context.new_page()
    ask_there(page, address)
    page.get_by_role("link", name="Danh sách mang theo").click()
    page.wait_for_url("**/list*")
    page.get_by_role("checkbox").first.check()

    page.get_by_role("link", name="Xong, xóa màn hình").click()
    page.wait_for_url(start(address))

    assert page.evaluate(LEFT_BEHIND) == 0
    assert page.locator("input:checked").count() == 0
    cookies = context.cookies()
    assert [cookie["name"] for cookie in cookies] == ["hoixa_visit"]
    assert cookies[0]["expires"] == -1
    context.close()
