"""A question asked within the page: steps, the finished answer, and networks that fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("playwright", reason="make setup-dev")

PHONE = {"width": 360, "height": 740}
HOME = "/c/hoa-tien"
ANSWERS = "**/api/v1/communes/hoa-tien/answers*"
QUESTION = "le phi tam tru"


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    context = chromium.new_context(viewport=PHONE, service_workers="block")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []
    context.close()


def type_and_send(page: Any, address: str) -> None:
    page.goto(f"{address}{HOME}")
    page.get_by_role("textbox").fill(QUESTION)
    page.locator("form.ask button[type=submit]").click()


def heard(page: Any) -> list[str]:
    """What the live region said, one after the other."""
    said: list[str] = page.evaluate("window.heard")
    return said


LISTEN = """
window.heard = [];
document.addEventListener('DOMContentLoaded', () => {
  const live = document.getElementById('live');
  new MutationObserver(() => live.textContent && window.heard.push(live.textContent))
    .observe(live, { childList: true, characterData: true, subtree: true });
});
"""


def test_the_finished_answer_is_announced_once_and_not_again_on_reload(
    page: Any, address: str
) -> None:
    page.add_init_script(LISTEN)
    streamed: list[str] = []
    page.on("request", lambda sent: streamed.append(sent.headers.get("accept", "")))
    type_and_send(page, address)
    page.wait_for_url("**/a/*")
    page.locator("#live").get_by_text("Đã có câu trả lời.").wait_for(state="attached")

    assert "text/event-stream" in streamed
    assert page.locator("[aria-live]").count() == 1
    (said,) = heard(page)
    assert said.startswith("Đã có câu trả lời. ")
    assert "đồng" in said

    page.reload()
    page.wait_for_timeout(800)
    assert heard(page) == []
    assert page.get_by_role("textbox").input_value() == ""


@pytest.mark.thorough
def test_the_step_is_shown_while_the_answer_is_made(page: Any, address: str) -> None:
    page.add_init_script(
        """
        const whole = window.fetch;
        window.fetch = (...all) => whole(...all).then(answer => {
          const body = new ReadableStream({ start(control) {
            const step = 'event: step\\ndata: {"step":"retrieve","label":"Đang tìm thủ tục"}\\n\\n';
            control.enqueue(new TextEncoder().encode(step));
            window.later = () => answer.text().then(text => {
              control.enqueue(new TextEncoder().encode(text));
              control.close();
            });
          } });
          return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
        });
        """
    )
    type_and_send(page, address)

    page.get_by_text("Đang tìm thủ tục…").wait_for()
    page.evaluate("window.later()")
    page.wait_for_url("**/a/*")


@pytest.mark.thorough
def test_without_a_network_the_question_stays_and_can_be_sent_again(
    page: Any, address: str
) -> None:
    page.route(ANSWERS, lambda route: route.abort())
    type_and_send(page, address)

    page.get_by_text("Mạng yếu, chưa gửi được").first.wait_for()
    assert page.locator("#live").inner_text().startswith("Mạng yếu")
    assert page.get_by_role("textbox").input_value() == QUESTION
    page.reload()
    assert page.get_by_role("textbox").input_value() == QUESTION

    page.locator("form.ask button[type=submit]").click()
    page.get_by_role("button", name="Thử lại").click()  # posts the form as without scripts
    page.wait_for_url("**/a/*")
    page.goto(f"{address}{HOME}")
    assert page.get_by_role("textbox").input_value() == ""


@pytest.mark.thorough
def test_a_refusal_is_said_and_the_same_question_is_tried_again(page: Any, address: str) -> None:
    busy = {"title": "Chưa trả lời được", "detail": "Đang có nhiều người hỏi cùng lúc."}
    answer = {"content_type": "application/problem+json", "body": json.dumps(busy)}
    page.route(ANSWERS, lambda route: route.fulfill(status=503, **answer))
    page.goto(f"{address}{HOME}")
    page.locator("details.topic > summary").first.click()
    page.locator("details.topic[open] .choice").first.click()

    page.locator("#working").get_by_text(busy["detail"]).wait_for()
    page.unroute(ANSWERS)
    page.get_by_role("button", name="Thử lại").click()
    page.wait_for_url("**/a/*")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "body",
    [
        pytest.param('event: start\ndata: {}\n\nevent: step\ndata: {"label"', id="cut off"),
        pytest.param("<html>Đăng nhập Wi-Fi</html>", id="another server's page"),
        pytest.param("event: done\ndata: {\n\n", id="not JSON"),
    ],
)
def test_a_stream_that_breaks_falls_back_to_the_form(page: Any, address: str, body: str) -> None:
    page.route(
        ANSWERS,
        lambda route: route.fulfill(status=200, content_type="text/event-stream", body=body),
    )
    type_and_send(page, address)

    page.wait_for_url("**/a/*")
    assert QUESTION in page.get_by_role("heading", level=1).inner_text()


@pytest.mark.thorough
def test_a_stream_that_stays_silent_falls_back_to_the_form(page: Any, address: str) -> None:
    page.clock.install()
    page.route(ANSWERS, lambda route: None)
    type_and_send(page, address)

    page.clock.fast_forward(21_000)
    page.wait_for_url("**/a/*")


@pytest.mark.thorough
def test_a_browser_that_cannot_stream_sends_the_form(page: Any, address: str) -> None:
    page.add_init_script("delete window.ReadableStream")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(f"{sent.method} {sent.url}"))
    type_and_send(page, address)

    page.wait_for_url("**/a/*")
    assert f"POST {address}{HOME}" in asked
    assert not any("/answers" in one for one in asked)
