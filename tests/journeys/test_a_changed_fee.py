"""A new fee, from the paper that says so to the resident's answer, and back again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from app.records.accounts import Role
from app.settings import Settings
from knowledge_base.day import today
from knowledge_base.section import day_words
from tests.app.staff.test_documents import form_with_fee
from tests.ingest.documents import made
from tests.officers import PASSWORD, new_officer, sign_in_by_page
from tests.service import ingested_copy, running, settings_in
from tests.serving import served

pytest.importorskip("playwright", reason="make setup-dev")

HERE = "/staff/commune:hoa-tien"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
QUESTION = "đăng ký tạm trú qua mạng hết bao nhiêu tiền"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A service of its own: what is published here must not reach other journeys."""
    folder = ingested_copy(tmp_path_factory.mktemp("fee"))
    # few questions of other records are tried: each costs as much as a resident's
    settings: Settings = settings_in(folder, trial_neighbours=4)
    with running(settings) as app:
        yield app


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


def browser(chromium: Any, viewport: dict[str, int]) -> Any:
    page = chromium.new_context(locale="vi-VN", viewport=viewport).new_page()
    page.set_default_timeout(120_000)
    return page


def ask(phone: Any, address: str) -> tuple[str, str]:
    """The answer that a resident reads, and its sources."""
    phone.goto(f"{address}/c/hoa-tien")
    phone.get_by_role("textbox").fill(QUESTION)
    phone.get_by_role("button", name="Hỏi", exact=True).click()
    phone.wait_for_url("**/c/hoa-tien/a/*")
    answer = phone.get_by_label("Trả lời", exact=True).inner_text()
    sources = phone.locator("[id^=nguon-]").all_text_contents()
    return answer, " ".join(" ".join(sources).split())


def try_and_decide(desk: Any, button: str) -> None:
    """Run the golden questions, look at what changes, and go through with it."""
    desk.get_by_role("button", name="Chạy thử câu hỏi mẫu").click()
    desk.get_by_text("câu đổi").first.wait_for()
    if (seen := desk.get_by_label("Tôi đã xem các câu trả lời bị đổi")).count():
        seen.check()
    desk.get_by_role("button", name=button, exact=True).click()


@pytest.mark.thorough
def test_from_the_document_to_the_answer_and_back(
    chromium: Any, app: FastAPI, address: str, tmp_path: Path
) -> None:
    paper = tmp_path / "Thông báo mức thu mới.docx"
    made.as_docx(form_with_fee(5000), paper)
    phone = browser(chromium, PHONE)
    assert "7.000 đồng" in ask(phone, address)[0]

    # the administrator makes an editor
    chief = new_officer(app, Role.COMMUNE_ADMIN, "commune:hoa-tien", password=PASSWORD)
    admin = browser(chromium, DESK)
    sign_in_by_page(admin, address, chief.username, path=f"{HERE}/officers/new")
    admin.get_by_label("Tên đăng nhập").fill("lan.nguyen")
    admin.get_by_label("Họ tên").fill("Nguyễn Thị Lan")
    admin.get_by_label("Biên tập").check()
    admin.get_by_label("Xã Hòa Tiến").check()
    admin.get_by_role("button", name="Tạo tài khoản").click()
    once = admin.locator(".code").inner_text()

    # who changes the password given before anything else
    desk = browser(chromium, DESK)
    sign_in_by_page(desk, address, "lan.nguyen", once)
    desk.get_by_label("Mật khẩu hiện tại").fill(once)
    desk.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    desk.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    desk.get_by_role("button", name="Đổi mật khẩu").click()

    # sends the paper and sees what it says differently
    desk.goto(f"{address}{HERE}/documents")
    desk.get_by_label("Chọn tệp").set_input_files(paper)
    desk.get_by_role("button", name="Nạp và đọc").click()
    desk.wait_for_url("**/documents/*")
    findings = desk.get_by_role("group").all_inner_texts()
    assert any("7.000 đồng" in one and "5.000 đồng" in one for one in findings)
    desk.get_by_role("button", name="Tạo bản nháp").click()
    desk.wait_for_url("**/drafts/*")
    desk.get_by_role("button", name="Xem khác biệt và công bố").click()
    desk.wait_for_url("**/publish")
    changed = desk.locator("section[aria-labelledby=changes]").inner_text()
    assert re.search(r"Số tiền\s+7.000 đồng\s+5.000 đồng", changed)

    # sees the golden answers that change, and publishes
    desk.get_by_role("button", name="Chạy thử câu hỏi mẫu").click()
    desk.get_by_text("câu đổi").first.wait_for()
    desk.locator("details.golden").first.wait_for()
    golden = " ".join(desk.locator("details.golden").all_text_contents())
    assert "7.000" in golden and "5.000" in golden
    assert "7.000 đồng" in ask(phone, address)[0], "nothing is published by trying"
    if (seen := desk.get_by_label("Tôi đã xem các câu trả lời bị đổi")).count():
        seen.check()
    desk.get_by_label("Lý do, cho đồng nghiệp").fill("Theo mức thu mới")
    desk.get_by_role("button", name="Công bố", exact=True).click()
    desk.get_by_text("Câu trả lời kế tiếp của người dân dùng bản này").wait_for()

    # the very next answer has it, with where it comes from and the day
    answer, sources = ask(phone, address)
    assert ": 5.000 đồng" in answer and "7.000 đồng" not in answer
    assert day_words(today()) in sources or day_words(today() - timedelta(days=1)) in sources
    phone.goto(f"{address}/c/hoa-vang")
    phone.get_by_role("textbox").fill(QUESTION)
    phone.get_by_role("button", name="Hỏi", exact=True).click()
    phone.wait_for_url("**/c/hoa-vang/a/*")
    assert "7.000 đồng" in phone.get_by_label("Trả lời", exact=True).inner_text()

    # undone: the version for the whole country counts again
    versions = f"{HERE}/knowledge/procedure/dang-ky-tam-tru/versions"
    desk.goto(f"{address}{versions}?scope=commune:hoa-tien")
    desk.get_by_role("link", name="Gỡ ngay bản riêng").click()
    try_and_decide(desk, desk.locator("h1").inner_text().split(":")[0])
    desk.get_by_text("Đã đặt ngày kết thúc").wait_for()
    answer, _ = ask(phone, address)
    assert ": 7.000 đồng" in answer and ": 5.000 đồng" not in answer

    # and the log tells all of it
    admin.goto(f"{address}{HERE}/audit")
    log = admin.locator("tbody").inner_text()
    for subject in ("officer:lan.nguyen", "procedure:dang-ky-tam-tru"):
        assert subject in log or subject.split(":")[1] in log
    assert log.count("lan.nguyen") >= 3
