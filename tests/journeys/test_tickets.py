"""A question that the assistant cannot answer reaches an officer, and the reply its resident."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import update
from typer.testing import CliRunner

from app import main
from app.answering.answer import Language
from app.cli import app as command
from app.main import Stores, build_app
from app.records.tables import TicketRow
from app.records.ticket_code import ALPHABET
from app.records.tickets import NewTicket, Tickets
from app.settings import Settings
from ingest.live import LiveKnowledge
from qr.link import CODE_LENGTH
from tests.thorough import mostly_thorough

Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup-dev").Axe

PHONE = {"width": 360, "height": 740}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
QUESTION = "đăng ký nuôi cá sấu"
TICKETS = "/api/v1/communes/hoa-tien/tickets"


@pytest.fixture(
    params=mostly_thorough([True, False]), ids=["with JavaScript", "without JavaScript"]
)
def scripted(request: pytest.FixtureRequest) -> bool:
    """Whether the phone runs scripts."""
    return bool(request.param)


@pytest.fixture
def page(scripted: bool, chromium: Any) -> Iterator[Any]:
    """An empty page on a phone."""
    context = chromium.new_context(
        viewport=PHONE,
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        java_script_enabled=scripted,
        locale="vi-VN",
        service_workers="block",
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
    context.close()


@pytest.fixture
def officer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What an officer's command prints."""
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(command, ["ticket", *arguments])
        assert ended.exit_code == 0, ended.output
        return ended.output

    return run


@pytest.fixture
def looks_right(scripted: bool, page: Any) -> Callable[[], None]:
    """Nothing reaches beyond the right edge, and axe, which itself is a script, finds nothing."""

    def look() -> None:
        assert page.evaluate(SIDEWAYS) <= 0
        if scripted:
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()

    return look


@pytest.mark.thorough
def test_a_question_without_an_answer_goes_to_an_officer_and_the_reply_comes_back(
    page: Any, address: str, officer: Callable[..., str], looks_right: Callable[[], None]
) -> None:
    page.goto(f"{address}/c/hoa-tien")
    page.get_by_role("textbox").fill(QUESTION)
    page.get_by_role("button", name="Hỏi", exact=True).click()
    page.wait_for_url(f"{address}/c/hoa-tien/a/*")
    assert "chưa có thông tin chắc chắn" in page.locator("main").inner_text()

    page.get_by_role("link", name="Gửi câu hỏi cho cán bộ").click()
    assert page.locator("blockquote").inner_text() == QUESTION
    looks_right()
    page.get_by_role("button", name="Sửa câu hỏi").click()
    page.get_by_label("Câu hỏi của bà con").fill(f"{QUESTION}? Gọi tôi 0905123456")
    looks_right()
    page.get_by_role("button", name="Xem lại trước khi gửi").click()
    assert page.locator("blockquote").inner_text() == f"{QUESTION}? Gọi tôi [số điện thoại]"
    page.get_by_role("button", name="Đồng ý và gửi").click()
    page.wait_for_url(re.compile(r"/c/hoa-tien/tickets/[2-9A-Z]{6}$"))
    ticket = page.url
    code = page.locator(".ticket-code").inner_text()
    looks_right()

    drawn = page.locator(".ticket-qr svg").screenshot()
    [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(drawn)))
    page.goto(read.text)
    assert page.url == ticket

    page.get_by_role("link", name="Xem trả lời của cán bộ").click()
    page.get_by_label("Mã của câu hỏi").fill("khong phai ma")
    page.get_by_role("button", name="Xem", exact=True).click()
    assert "Không thấy câu hỏi mang mã này" in page.locator("main").inner_text()
    looks_right()
    page.get_by_label("Mã của câu hỏi").fill(code.lower())
    page.get_by_role("button", name="Xem", exact=True).click()
    page.wait_for_url(ticket)

    assert f"Hỏi: {QUESTION}? Gọi tôi [số điện thoại]" in officer("list")
    officer("reply", code, "Không phải xin phép.\nGọi 113 nếu vướng dây điện.", "--office", "UBND")
    page.reload()
    assert "Cán bộ đã trả lời" in page.locator("h1").inner_text()
    reply = page.locator(".talk-reply").inner_text()
    assert "UBND" in reply and "Không phải xin phép.\nGọi 113" in reply
    looks_right()

    page.locator("summary", has_text="Viết thêm").click()
    page.get_by_label("Nội dung viết thêm").fill("Còn thả đèn trời?")
    looks_right()
    page.get_by_role("button", name="Gửi cho cán bộ").click()
    page.get_by_text("Còn thả đèn trời?").wait_for()
    assert "Đang chờ cán bộ trả lời thêm" in page.locator("h1").inner_text()
    officer("close", code)
    page.reload()
    assert "Câu hỏi đã đóng" in page.locator("h1").inner_text()
    officer("delete", code)
    assert page.reload().status == 404


def test_the_command_tells_what_is_wrong_in_a_line(
    officer: Callable[..., str], site: TestClient
) -> None:
    code = site.post(TICKETS, json={"question": QUESTION}).json()["code"]
    officer("forward", code, "Công an xã")
    assert "Công an xã" in officer("list", "--commune", "hoa-tien")
    officer("close", code)

    closed = CliRunner().invoke(command, ["ticket", "reply", code, "muộn"])
    unknown = CliRunner().invoke(command, ["ticket", "close", "D4F"])
    empty = CliRunner().invoke(command, ["ticket", "reply", code, "  "])

    assert [ended.exit_code for ended in (closed, unknown, empty)] == [1, 1, 1]
    assert "đã đóng" in closed.output
    assert "D4F" in unknown.output
    assert "từ 1 đến 1000 ký tự" in empty.output
    assert "Traceback" not in closed.output + unknown.output + empty.output
    assert "Đã xóa 0 câu hỏi quá 90 ngày" in officer("purge")
    assert site.get(f"/api/v1/tickets/{code}").json()["state"] == "closed"


def test_who_guesses_codes_for_a_month_hardly_meets_one_of_a_thousand_tickets() -> None:
    def a_day(an_hour: int) -> float:
        return 24 * an_hour * 1000 / float(len(ALPHABET) ** CODE_LENGTH)

    limits = Settings()

    assert 30 * a_day(limits.wrong_codes_per_hour) < 0.2
    assert 15 * a_day(limits.wrong_codes_per_hour_of_all) < 1


Visit = Callable[..., TestClient]


@pytest.fixture
def visit(settings: Settings, stores: Stores, live: LiveKnowledge) -> Visit:
    """The service with some settings changed."""

    def changed(**changes: object) -> TestClient:
        checked = Settings.model_validate({**settings.model_dump(), **changes})
        return TestClient(build_app(checked, stores.engine, live), follow_redirects=False)

    return changed


def test_the_longest_ticket_and_how_many_an_hour_are_as_set(visit: Visit) -> None:
    site = visit(ticket_max_characters=20, tickets_per_hour=1)

    statuses = [
        site.post(TICKETS, json={"question": "a" * length}).status_code for length in (21, 20, 20)
    ]

    assert statuses == [422, 201, 429]


def test_follow_ups_and_the_days_of_a_ticket_are_as_set(visit: Visit) -> None:
    site = visit(ticket_follow_ups=1, ticket_days=12)
    code = site.post(TICKETS, json={"question": QUESTION}).json()["code"]
    path = f"/c/hoa-tien/tickets/{code}/messages"

    statuses = [site.post(path, data={"text": "thêm"}).status_code for _ in range(2)]

    assert statuses == [303, 409]
    form = site.post("/c/hoa-tien/tickets/new", data={"text": QUESTION}).text
    assert "Xóa sau 12 ngày" in form


def test_a_running_service_deletes_tickets_past_the_days_that_are_set(
    settings: Settings, stores: Stores
) -> None:
    tickets = Tickets(stores.engine, days=1000, follow_ups=0)
    codes = {}
    for days in (29, 31):
        new = NewTicket("hoa-tien", QUESTION, Language.VI, f"{days} days old")
        codes[days] = tickets.open_ticket(new).code
        with stores.engine.begin() as connection:
            connection.execute(
                update(TicketRow)
                .where(TicketRow.code == codes[days])
                .values(updated_at=datetime.now(UTC) - timedelta(days=days))
            )

    with main.open_service(settings.model_copy(update={"ticket_days": 30}), stores):
        pass  # the first round is begun at once, and finished before the end

    assert tickets.find(codes[29]) is not None
    assert tickets.find(codes[31]) is None


@pytest.mark.parametrize("name", ["wrong_codes_per_hour", "wrong_codes_per_hour_of_all"])
def test_wrong_codes_are_allowed_as_often_as_is_set(visit: Visit, name: str) -> None:
    site = visit(**{name: 2})

    statuses = [site.get(f"/api/v1/tickets/FF77F{last}").status_code for last in "234"]

    assert statuses == [404, 404, 429]
