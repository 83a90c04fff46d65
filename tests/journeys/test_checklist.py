"""A resident takes the list along: ticked, on paper, as a code."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pdfplumber
import pytest
from PIL import Image

from tests.thorough import mostly_thorough

pytest.importorskip("playwright", reason="make setup-dev")
zxingcpp = pytest.importorskip("zxingcpp", reason="make setup-dev")

PHONE = {"width": 360, "height": 740}
A5_POINTS = (420, 595)
LIST = "/c/hoa-tien/p/dang-ky-thuong-tru/list"


@pytest.fixture(
    params=mostly_thorough([True, False]), ids=["with JavaScript", "without JavaScript"]
)
def page(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """An empty page on a phone."""
    context = chromium.new_context(
        viewport=PHONE, java_script_enabled=request.param, locale="vi-VN", accept_downloads=True
    )
    yield context.new_page()
    context.close()


def codes_in(picture: bytes) -> list[str]:
    """The texts of the QR codes in a picture."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(BytesIO(picture)))]


def test_from_an_answer_to_a_printed_list_whose_code_opens_it_again(
    page: Any, address: str
) -> None:
    page.goto(f"{address}/c/hoa-tien")
    page.get_by_role("textbox").fill("đăng ký thường trú nhà thuê cần giấy tờ gì")
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(f"{address}/c/hoa-tien/a/*")
    page.get_by_role("link", name="Danh sách mang theo").click()
    page.wait_for_url(f"{address}{LIST}*")
    if "case=" not in page.url:
        page.get_by_role("link", name="Nhà thuê").click()
        page.wait_for_url(f"{address}{LIST}?case=*")
    opened = page.url

    ticks = page.get_by_role("checkbox")
    assert ticks.count() >= 3
    ticks.first.check()
    assert ticks.first.is_checked()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    with pdfplumber.open(BytesIO(page.pdf(prefer_css_page_size=True))) as printed:
        for sheet in printed.pages:
            assert (round(sheet.width), round(sheet.height)) == A5_POINTS
        assert len(printed.pages) <= 3
        words = "\n".join(sheet.extract_text() for sheet in printed.pages)
        code = printed.pages[-1].to_image(resolution=200)
    for expected in ("Đăng ký thường trú", "CT01", "7 ngày làm việc", "20.000 đồng", "Kiểm tra"):
        assert expected in words
    for unprinted in ("In ra giấy", "Bỏ đánh dấu", "Đến nội dung chính", "Trang đầu"):
        assert unprinted not in words

    picture = BytesIO()
    code.original.save(picture, "PNG")
    [link] = codes_in(picture.getvalue())
    assert link == opened
    page.goto(link)
    assert page.get_by_role("heading", name="Danh sách mang theo").is_visible()


@pytest.mark.thorough
def test_the_picture_is_saved_and_its_code_opens_the_list(page: Any, address: str) -> None:
    page.goto(f"{address}{LIST}?case=nha-thue-muon-o-nho")

    with page.expect_download() as saving:
        page.get_by_role("link", name="Lưu thành ảnh").click()

    assert saving.value.suggested_filename == "danh-sach-dang-ky-thuong-tru.png"
    [link] = codes_in(saving.value.path().read_bytes())
    assert link == page.url


@pytest.mark.thorough
def test_ticks_stay_on_the_phone_and_go_nowhere_else(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    page = context.new_page()
    page.goto(f"{address}{LIST}?case=nha-thue-muon-o-nho")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("checkbox").nth(1).check()
    assert all("/static/" in url for url in sent), sent

    page.goto(f"{address}{LIST}?case=nha-cua-minh")
    page.goto(f"{address}{LIST}?case=nha-thue-muon-o-nho")

    boxes = page.get_by_role("checkbox")
    assert [boxes.nth(number).is_checked() for number in range(2)] == [False, True]
    assert urlsplit(page.url).fragment == ""
    page.get_by_role("button", name="Bỏ đánh dấu hết").click()
    page.reload()
    assert page.locator("input:checked").count() == 0
    context.close()


@pytest.mark.thorough
def test_the_list_is_shared_through_the_phones_own_sheet(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    context.add_init_script(
        "navigator.share = what => { window.shared = what; return Promise.resolve(); };"
    )
    page = context.new_page()
    page.goto(f"{address}{LIST}?case=nha-thue-muon-o-nho")

    page.get_by_role("button", name="Gửi cho người nhà").click()

    assert page.evaluate("window.shared.url") == page.url
    context.close()
