"""A phone that loses its network still shows the counter, the last answers and the cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytest.importorskip("playwright", reason="make setup-dev")

PHONE = {"width": 360, "height": 740}
CARDS = "caches.open('hoixa:/c/hoa-tien:cards').then(cache => cache.keys())"
ANSWERS = "caches.open('hoixa:/c/hoa-tien:answers').then(cache => cache.keys())"
AGED = """
([name, days]) => caches.open(name).then(async cache => {
  for (const key of await cache.keys()) {
    const kept = await cache.match(key);
    const headers = new Headers(kept.headers);
    headers.set("Hoixa-Kept", String(Date.now() - days * 24 * 3600 * 1000));
    await cache.put(key, new Response(await kept.text(), { headers }));
  }
})
"""
"""Makes what is kept as old as if it had been fetched so many days ago."""


@pytest.fixture
def phone(chromium: Any, address: str) -> Iterator[Any]:
    """A phone that has opened the page once, whose worker is at work; its ``Page``."""
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/c/hoa-tien")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller")
    yield page
    assert complaints == []
    context.close()


def until(page: Any, promise: str) -> None:
    """Wait until what a promise in the page gives is true."""
    pause = "new Promise(go => setTimeout(go, 50))"
    page.evaluate(f"(async () => {{ while (!(await {promise})) await {pause} }})()")


def ask(page: Any, question: str) -> None:
    page.get_by_role("textbox").first.fill(question)
    page.get_by_role("button", name="Hỏi", exact=True).click()


def kept(page: Any, what: str) -> int:
    count: int = page.evaluate(f"{what}.then(keys => keys.length)")
    return count


def keep_cards(page: Any, address: str) -> None:
    """Open the page that phones keep; having seen it is one way to have it."""
    page.goto(f"{address}/c/hoa-tien/offline")
    until(page, f"{CARDS}.then(keys => keys.length === 1)")


def test_without_a_network_the_phone_shows_what_it_kept_and_says_so(
    phone: Any, address: str
) -> None:
    ask(phone, "lệ phí đăng ký tạm trú")
    phone.wait_for_url(f"{address}/c/hoa-tien/a/*")
    answered = phone.url
    until(phone, f"{ANSWERS}.then(keys => keys.length === 1)")
    keep_cards(phone, address)
    phone.context.set_offline(True)

    phone.goto(f"{address}/c/hoa-tien/office")
    office = phone.locator("main").inner_text()
    assert "Trung tâm Phục vụ hành chính công xã Hòa Tiến" in office
    assert re.search(r"bản lưu ngày \d+/\d+/\d{4}, có thể đã thay đổi", office)
    assert not phone.locator(".now").count(), "whether it is open now was true then"

    phone.goto(answered)
    assert "15.000 đồng" in phone.get_by_label("Trả lời", exact=True).inner_text()
    assert phone.locator("main > .kept").is_visible()

    phone.goto(f"{address}/c/hoa-tien")
    assert phone.locator(".kept-card").count() == 50
    row = phone.locator("#answers-list a")
    assert "lệ phí đăng ký tạm trú" in row.inner_text()
    row.click()
    assert phone.url == answered

    phone.goto(f"{address}/c/hoa-tien/p/dang-ky-khai-sinh")
    card = phone.locator("#the-dang-ky-khai-sinh")
    assert card.get_attribute("open") is not None
    assert "có thể đã thay đổi" in card.inner_text()
    assert "không mất tiền" in card.inner_text()

    phone.context.set_offline(False)
    phone.goto(f"{address}/c/hoa-tien")
    assert phone.locator(".kept").count() == 0, "the network is asked first"


@pytest.mark.thorough
def test_a_question_without_a_network_waits_for_the_residents_own_tap(
    phone: Any, address: str
) -> None:
    keep_cards(phone, address)
    phone.context.set_offline(True)
    phone.goto(f"{address}/c/hoa-tien")

    ask(phone, 'dang ky ket hon can gi "<b>"')
    phone.get_by_text("Không có mạng, câu hỏi chưa gửi được.").wait_for()

    assert phone.get_by_role("textbox").first.input_value() == 'dang ky ket hon can gi "<b>"'
    assert phone.locator("a[href='tel:1022']").first.is_visible()
    offered = phone.locator("#unsent a").all_inner_texts()
    assert "Đăng ký kết hôn" in offered

    phone.context.set_offline(False)
    phone.get_by_text("Đã có mạng. Bấm Hỏi để gửi câu hỏi.").wait_for()
    assert "/a/" not in phone.url, "nothing was sent by itself"
    phone.get_by_role("button", name="Hỏi", exact=True).click()
    phone.wait_for_url(f"{address}/c/hoa-tien/a/*")
    assert "ket hon" in phone.get_by_role("heading", level=1).inner_text()


@pytest.mark.thorough
def test_an_old_copy_is_a_warning_and_no_longer_a_fact(phone: Any, address: str) -> None:
    ask(phone, "lệ phí đăng ký tạm trú")
    phone.wait_for_url(f"{address}/c/hoa-tien/a/*")
    answered = phone.url
    until(phone, f"{ANSWERS}.then(keys => keys.length === 1)")
    keep_cards(phone, address)
    for what in ("answers", "cards"):
        phone.evaluate(AGED, [f"hoixa:/c/hoa-tien:{what}", 31])
    phone.context.set_offline(True)

    phone.goto(answered)
    assert "đã quá cũ" in phone.locator("main > .kept").inner_text()
    assert not phone.get_by_label("Trả lời", exact=True).is_visible()
    phone.get_by_text("Vẫn xem bản cũ").click()
    assert phone.get_by_label("Trả lời", exact=True).is_visible()

    phone.goto(f"{address}/c/hoa-tien")
    assert "đã quá cũ" in phone.locator("main > .kept").inner_text()
    card = phone.locator("#the-dang-ky-khai-sinh")
    card.locator("summary").click()
    assert "Cần mang gì" in card.inner_text()
    assert "Lệ phí" not in card.inner_text() and "Bao lâu có" not in card.inner_text()


@pytest.mark.thorough
def test_answers_can_be_wiped_and_no_longer_kept(phone: Any, address: str) -> None:
    def answered(question: str) -> None:
        phone.goto(f"{address}/c/hoa-tien")
        ask(phone, question)
        phone.wait_for_url(f"{address}/c/hoa-tien/a/*")
        phone.wait_for_load_state("networkidle")

    answered("lệ phí đăng ký tạm trú")
    until(phone, f"{ANSWERS}.then(keys => keys.length === 1)")
    phone.get_by_role("link", name="Xem hoặc xóa").click()
    phone.get_by_role("button", name="Xóa câu trả lời đã lưu").click()
    phone.get_by_text("Chưa lưu câu trả lời nào.").wait_for()
    assert kept(phone, ANSWERS) == 0

    phone.get_by_role("button", name="Thôi lưu câu trả lời").click()
    phone.get_by_role("button", name="Lưu câu trả lời trên máy này").wait_for()
    answered("khai sinh cho con mất bao lâu")
    assert kept(phone, ANSWERS) == 0
    assert not phone.locator("#kept-here").is_visible()


@pytest.mark.thorough
def test_the_oldest_answers_make_room(phone: Any, address: str, site: TestClient) -> None:
    phone.evaluate(
        "caches.open('hoixa:/c/hoa-tien:answers').then(cache => Promise.all([...'0123456789'].map("
        "one => cache.put('/c/hoa-tien/a/' + one, new Response('')))))"
    )
    newest = site.post(
        "/api/v1/communes/hoa-tien/answers", json={"question": "lệ phí đăng ký tạm trú"}
    ).json()["id"]

    phone.goto(f"{address}/c/hoa-tien/a/{newest}")

    until(phone, f"{ANSWERS}.then(keys => keys.length === 10 && keys[9].url.endsWith('{newest}'))")
    assert kept(phone, ANSWERS) == 10


@pytest.mark.thorough
def test_the_cards_come_once_the_phone_has_time_and_not_with_the_first_load(
    chromium: Any, address: str
) -> None:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    page = context.new_page()
    page.clock.install()
    fetched: list[str] = []
    context.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{address}/c/hoa-tien", wait_until="networkidle")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    assert not [url for url in fetched if "cards=" in url and "cards=0" not in url]

    page.clock.run_for(11_000)
    page.clock.resume()

    until(page, f"{CARDS}.then(keys => keys.length === 1)")
    [url] = page.evaluate(f"{CARDS}.then(keys => keys.map(key => key.url))")
    assert re.search(r"/c/hoa-tien/offline\?cards=[0-9a-f]{10}$", url)
    context.close()


@pytest.mark.thorough
def test_cards_of_another_state_are_replaced(phone: Any, address: str) -> None:
    phone.evaluate(
        "caches.open('hoixa:/c/hoa-tien:cards')"
        ".then(cache => cache.put('/c/hoa-tien/offline?cards=0123456789', new Response('')))"
    )

    phone.evaluate("navigator.serviceWorker.controller.postMessage('idle')")

    until(phone, f"{CARDS}.then(keys => keys.length === 1 && !keys[0].url.endsWith('0123456789'))")
