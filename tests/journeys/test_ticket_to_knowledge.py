"""A question that nobody could answer becomes knowledge: ticket, reply, draft, record, answer."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Role
from app.records.audit import AuditFilter
from app.settings import Settings
from app.staff.service import StaffService
from tests.officers import PASSWORD, new_officer, officer_client, sign_in_by_page
from tests.service import ingested_copy, running, settings_in
from tests.serving import served

HERE = "/staff/commune:hoa-tien"
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
ASKED = "Xe rác chạy qua thôn Cẩm Nê ngày nào trong tuần?"
REPLY = "Rác được thu gom sáng thứ Ba, thứ Năm và thứ Bảy; bà con để rác trước nhà trước 6 giờ."
IN_OTHER_WORDS = "lịch thu gom rác của xã là ngày mô"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A service of its own: what is published here must not reach other journeys."""
    folder = ingested_copy(tmp_path_factory.mktemp("ticket"))
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


def ask(phone: Any, address: str, question: str) -> str:
    """The answer that a resident reads."""
    phone.goto(f"{address}/c/hoa-tien")
    phone.get_by_role("textbox").fill(question)
    phone.get_by_role("button", name="Hỏi", exact=True).click()
    phone.wait_for_url("**/c/hoa-tien/a/*")
    answer: str = phone.get_by_label("Trả lời", exact=True).inner_text()
    return answer


@pytest.mark.thorough
def test_what_nobody_could_answer_is_answered_from_an_officer_s_reply(
    chromium: Any, app: FastAPI, address: str
) -> None:
    pytest.importorskip("playwright", reason="make setup-dev")

    # nobody knows: the resident leaves the question for an officer
    phone = browser(chromium, PHONE)
    assert "chưa có thông tin chắc chắn" in ask(phone, address, ASKED)
    phone.get_by_role("link", name=re.compile("Gửi câu hỏi")).first.click()
    phone.get_by_role("button", name="Đồng ý và gửi").click()
    phone.wait_for_url("**/tickets/*")
    code_page = phone.url

    # the officer finds it in the queue, looks at the reply, and sends it
    officer = new_officer(app, Role.COMMUNE_ADMIN, "commune:hoa-tien", password=PASSWORD)
    desk = browser(chromium, DESK)
    sign_in_by_page(desk, address, officer.username, path=f"{HERE}/tickets")
    desk.get_by_role("link", name=ASKED).click()
    assert (
        "Tôi chưa có thông tin"
        in desk.get_by_text("Câu trả lời chưa giúp được").locator("xpath=..").inner_text()
    )
    desk.get_by_label("Lời trả lời").fill(REPLY)
    desk.get_by_role("button", name="Xem trước").click()
    assert REPLY in desk.get_by_text("Người hỏi sẽ thấy").locator("xpath=..").inner_text()
    desk.get_by_role("button", name="Gửi trả lời").click()
    desk.get_by_text("Đã gửi trả lời").wait_for()

    # the resident's code shows it, signed by the office
    phone.goto(code_page)
    shown = phone.locator("main").inner_text()
    assert REPLY in shown and "Xã Hòa Tiến" in shown and officer.name not in shown

    # one click makes it a draft; a short name, and it is published
    desk.get_by_role("button", name="Thành bản nháp").click()
    desk.wait_for_url("**/drafts/*")
    desk.locator("[name$=title]").first.fill("Lịch thu gom rác")
    desk.get_by_role("button", name="Xem khác biệt và công bố").click()
    desk.wait_for_url("**/publish")
    desk.get_by_role("button", name="Chạy thử câu hỏi mẫu").click()
    desk.get_by_text("câu đổi").first.wait_for()
    if (seen := desk.get_by_label("Tôi đã xem các câu trả lời bị đổi")).count():
        seen.check()
    desk.get_by_role("button", name="Công bố", exact=True).click()
    desk.get_by_text("Câu trả lời kế tiếp của người dân dùng bản này").wait_for()

    # the next resident gets it, in the same words and in others
    assert "thứ Ba, thứ Năm và thứ Bảy" in ask(phone, address, ASKED)
    assert "thứ Ba, thứ Năm và thứ Bảy" in ask(phone, address, IN_OTHER_WORDS)
    assert "Trả lời của cán bộ" in phone.locator("main").inner_text()
    staff: StaffService = app.state.staff
    done = {one.entry.action for one in staff.audit.page(AuditFilter(by=officer.username), 0, 20)}
    assert {"ticket.replied", "draft.begun", "record.published"} <= done


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("asked", "reply", "title", "other"),
    [
        pytest.param(
            "Sân bóng của xã muốn thuê đá buổi tối thì giá bao nhiêu?",
            "Sân bóng cho thuê từ 17 giờ đến 21 giờ, 150.000 đồng một giờ.",
            "Thuê sân bóng đá của xã",
            "cho hỏi giá thuê sân bóng đá xã một giờ",
            id="the football ground",
        ),
        pytest.param(
            "Nhà văn hóa xã cuối tuần này có chiếu phim không?",
            "Nhà văn hóa xã chiếu phim miễn phí tối thứ Bảy đầu tháng, lúc 19 giờ 30.",
            "Lịch chiếu phim ở nhà văn hóa",
            "lich chieu phim nha van hoa xa",
            id="films at the house of culture",
        ),
        pytest.param(
            "Chó nhà tôi bị đội bắt chó thả rông bắt mất rồi, giờ chuộc ở đâu?",
            "Chó được giữ 72 giờ tại trạm thú y xã; chủ mang giấy tiêm phòng dại đến nhận.",
            "Nhận lại chó bị bắt",
            "cho bi bat thi nhan lai o dau",
            id="a dog that was caught",
        ),
        pytest.param(
            "Mật khẩu wifi ở nhà văn hóa thôn là gì?",
            "Wifi ở nhà văn hóa các thôn không cần mật khẩu, dùng 2 giờ mỗi ngày.",
            "Wifi miễn phí ở nhà văn hóa",
            "pass wifi nha van hoa",
            id="the wifi",
        ),
    ],
)
def test_other_matters_take_the_same_way(
    app: FastAPI, asked: str, reply: str, title: str, other: str
) -> None:
    site = TestClient(app, follow_redirects=False)
    officer = officer_client(app, Role.COMMUNE_ADMIN, "commune:hoa-tien")
    staff: StaffService = app.state.staff

    def answer(question: str) -> dict[str, Any]:
        path = "/api/v1/communes/hoa-tien/answers"
        found: dict[str, Any] = site.post(path, json={"question": question}).json()
        return found

    before = answer(asked)
    ticket = {"question": asked, "answer_id": before["id"]}
    code = site.post("/api/v1/communes/hoa-tien/tickets", json=ticket).json()["code"]
    sent = officer.post(
        f"{HERE}/tickets/{code}/reply", data={"step": "send", "text": reply, "seen": 0}
    )
    drafted = officer.post(f"{HERE}/tickets/{code}/draft", data={"message": 0})
    draft = staff.drafts.find(int(drafted.headers["location"].rsplit("/", 1)[1]))
    assert draft is not None
    saved = staff.drafts.save(draft.id, {**draft.data, "title": title}, draft.version, "lan")
    staff.publishing.publish(saved.body, "lan", draft_id=draft.id)

    assert sent.status_code == 303
    assert before["status"].startswith("abstained") or before["status"] == "out_of_scope"
    for question in (asked, other):
        after = answer(question)
        assert after["status"] == "answered", question
        assert after["text"].startswith(reply.split(";")[0][:40]), question
        assert after["citations"][0]["source_title"].startswith("Trả lời của cán bộ")
    page = html.unescape(site.get(f"/c/hoa-tien/p/{saved.record_id}").text)
    assert "trả lời của cán bộ" in page
