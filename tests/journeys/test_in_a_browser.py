"""A resident on a phone of 360 points, with JavaScript and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.main import Stores
from app.records.places import Places
from app.records.tables import AnswerRow

pytest.importorskip("playwright", reason="make setup-dev")

PHONE = {"width": 360, "height": 740}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(
    params=[True, pytest.param(False, marks=pytest.mark.thorough)],
    ids=["with JavaScript", "without JavaScript"],
)
def page(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """An empty page on a phone."""
    context = chromium.new_context(
        viewport=PHONE,
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        java_script_enabled=request.param,
        locale="vi-VN",
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda failed: complaints.extend(_failure(failed)))
    yield page
    assert complaints == []
    context.close()


def _failure(request: Any) -> list[str]:
    """A request that failed; not one that only ended because its page was left."""
    return [] if request.failure == "net::ERR_ABORTED" else [request.url]


@pytest.mark.thorough
def test_a_scanned_place_is_told_with_each_question_and_is_passed_on_with_no_link(
    page: Any, address: str, stores: Stores
) -> None:
    page.goto(f"{address}/c/hoa-tien")
    scripted = page.locator("#larger").is_visible()
    code = Places(stores.engine).at("hoa-tien", f"Nhà văn hóa {scripted}").code
    page.goto(f"{address}/q/{code}")

    for question in ("đăng ký tạm trú cần gì", "lệ phí bao nhiêu"):
        page.get_by_role("textbox").fill(question)
        page.get_by_role("button", name="Hỏi", exact=True).click()
        page.get_by_role("heading", level=1, name=question).wait_for()
        page.reload()

    assert ("place=" in page.url) is not scripted
    with Session(stores.engine) as session:
        counted = session.scalars(select(AnswerRow.place).where(AnswerRow.place == code)).all()
    assert len(counted) == 2


def stays_in_the_frame(page: Any) -> bool:
    """Whether nothing reaches beyond the right edge; the question is ours, not a script's."""
    return bool(page.evaluate(SIDEWAYS) <= 0)


def test_a_resident_asks_and_opens_the_source(page: Any, address: str) -> None:
    page.goto(f"{address}/c/hoa-tien")
    assert stays_in_the_frame(page)

    page.get_by_role("textbox").fill("sổ đỏ mất làm lại răng")
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(f"{address}/c/hoa-tien/a/*")

    assert page.get_by_role("heading", level=1).inner_text().endswith("sổ đỏ mất làm lại răng")
    answer = page.get_by_label("Trả lời", exact=True)
    assert "15 ngày" in answer.inner_text()
    assert stays_in_the_frame(page)

    quote = page.locator("#nguon-1 blockquote")
    assert not quote.is_visible()
    page.locator("#nguon-1 summary").click()
    assert quote.is_visible()
    assert "15 ngày" in quote.inner_text()
    assert stays_in_the_frame(page)

    page.locator("#nguon-1 summary").click()
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()
    assert stays_in_the_frame(page)


@pytest.mark.thorough
def test_a_resident_goes_on_with_a_case_and_a_follow_up(page: Any, address: str) -> None:
    page.goto(f"{address}/c/ba-na")
    page.get_by_role("textbox").fill("Đăng ký thường trú cần giấy tờ gì?")
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(f"{address}/c/ba-na/a/*")
    asked = page.url

    page.get_by_role("button", name="Nhà của mình").click()
    page.wait_for_url(lambda url: url != asked)
    chosen = page.url
    assert "Nhà của mình" in page.locator(".card").inner_text()
    assert stays_in_the_frame(page)

    page.get_by_role("textbox", name="Gõ câu hỏi").fill("mất bao lâu?")
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(lambda url: url != chosen)
    assert "ngày làm việc" in page.get_by_label("Trả lời", exact=True).inner_text()


@pytest.mark.thorough
def test_a_resident_says_what_was_wrong(page: Any, address: str) -> None:
    page.goto(f"{address}/c/hoa-vang")
    page.get_by_role("textbox").fill("lệ phí đăng ký tạm trú")
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(f"{address}/c/hoa-vang/a/*")

    page.locator("summary", has_text="Chưa đúng").click()
    page.get_by_label("Thông tin đã cũ").check()
    page.get_by_label("Ghi thêm").fill("đã đổi")
    page.get_by_role("button", name="Gửi góp ý").click()

    page.get_by_text("Cảm ơn bà con").wait_for()
    assert stays_in_the_frame(page)
