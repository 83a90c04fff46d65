"""A notice reaches the counter's tablet, and leaves a phone without a network in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from app.main import Stores, build_app, local_now
from app.records.notices import Level, NewNotice, Notices
from app.settings import Settings
from ingest.live import LiveKnowledge
from tests.journeys.test_access import PHONE, complaints
from tests.journeys.test_kiosk import TABLET, start
from tests.serving import served

pytest.importorskip("playwright", reason="make setup-dev")

WORDS = "Bão số 9: trụ sở đóng cửa chiều nay"
OVER = """
name => caches.keys().then(async names => {
  for (const one of names.filter(one => one.startsWith(name))) {
    const cache = await caches.open(one);
    for (const key of await cache.keys()) {
      const kept = await cache.match(key);
      const html = (await kept.text()).replace(/data-until="\\d+"/g, 'data-until="1"');
      await cache.put(key, new Response(html, { headers: kept.headers }));
    }
  }
})
"""
"""Makes the notices in what is kept as if they had ended long ago."""


@pytest.fixture
def announced(app: FastAPI) -> Iterator[Notices]:
    """A notice of the commune; ended after the test."""
    notices: Notices = app.state.staff.local.notices
    now = local_now()
    new = NewNotice("commune:hoa-tien", Level.DANGER, WORDS, None, now, now + timedelta(hours=3))
    number = notices.add(new, "lan")
    yield notices
    notices.end(number, ["commune:hoa-tien"], "lan")


@pytest.mark.thorough
def test_a_notice_has_nothing_against_it_and_is_read_first(
    chromium: Any, address: str, announced: Notices
) -> None:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN", service_workers="block")
    page = context.new_page()

    for path in ("/c/hoa-tien", "/c/hoa-tien?lang=en", "/c/hoa-tien/office", start("")):
        page.goto(f"{address}{path}")
        assert complaints(page) == [], path
        first = page.locator("main > *").first
        assert WORDS in first.inner_text()
        assert first.get_attribute("aria-label")
    context.close()


@pytest.mark.thorough
def test_a_phone_without_a_network_shows_no_notice_that_is_over(
    chromium: Any, address: str, announced: Notices
) -> None:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    page = context.new_page()
    page.goto(f"{address}/c/hoa-tien")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller")
    context.set_offline(True)

    page.goto(f"{address}/c/hoa-tien/office")
    assert WORDS in page.locator("main").inner_text(), "it still holds"
    page.goto(f"{address}/c/hoa-tien")
    assert WORDS in page.locator("main").inner_text()

    page.evaluate(OVER, "hoixa:/c/hoa-tien:")
    for path in ("/c/hoa-tien/office", "/c/hoa-tien"):
        page.goto(f"{address}{path}")
        assert page.locator(".kept").is_visible()
        assert WORDS not in page.locator("main").inner_text()
    context.close()


@pytest.mark.thorough
def test_the_pages_of_a_paused_assistant_have_nothing_against_them(
    chromium: Any, address: str, app: FastAPI
) -> None:
    switches = app.state.staff.local.switches
    switches.turn_off("commune:hoa-tien", "Đang cập nhật mức phí", None, "lan")
    context = chromium.new_context(viewport=PHONE, locale="vi-VN", service_workers="block")
    page = context.new_page()

    for path in ("/c/hoa-tien", "/c/hoa-tien?lang=en", "/c/hoa-tien/t/residence", start("")):
        page.goto(f"{address}{path}")
        assert page.locator(".paused").is_visible()
        assert page.locator("#cau-hoi").count() == 0
        assert complaints(page) == [], path
    switches.turn_on("commune:hoa-tien", "lan")
    context.close()


@pytest.fixture
def hasty(settings: Settings, stores: Stores, live: LiveKnowledge) -> Iterator[tuple[str, FastAPI]]:
    """The same service for a tablet that is soon taken for untouched."""
    app = build_app(settings.model_copy(update={"kiosk_idle_seconds": 5}), stores.engine, live)
    with served(app) as address:
        yield address, app


@pytest.mark.thorough
def test_the_tablet_that_nobody_touches_shows_what_is_announced(
    chromium: Any, hasty: tuple[str, FastAPI]
) -> None:
    address, app = hasty
    notices: Notices = app.state.staff.local.notices
    context = chromium.new_context(viewport=TABLET, locale="vi-VN")
    page = context.new_page()
    page.goto(start(address))
    assert page.locator(".notice").count() == 0
    now = local_now()
    new = NewNotice("national", Level.NOTE, WORDS, None, now, now + timedelta(hours=1))

    number = notices.add(new, "lan")
    page.get_by_text(WORDS).wait_for(timeout=30_000)

    notices.end(number, ["national"], "lan")
    page.get_by_text(WORDS).wait_for(state="detached", timeout=30_000)
    context.close()
