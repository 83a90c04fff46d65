"""A resident listens to an answer: the telephone's voice, the server's, and neither."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.speech.voices import EspeakVoice

pytest.importorskip("playwright", reason="make setup-dev")

PHONE = {"width": 360, "height": 740}
NO_VOICES = "Object.defineProperty(window, 'speechSynthesis', {value: undefined});"
PHONE_VOICE = """
(function () {
  var queue = [], heard = [], listeners = [], ready = false, silent = %s;
  function Utterance(text) { this.text = text; }
  function speaks(utterance) {
    setTimeout(function () {
      if (queue[0] !== utterance) return;
      if (utterance.onstart) utterance.onstart();
      heard.push([utterance.text, utterance.lang, utterance.rate]);
    }, 5);
  }
  window.SpeechSynthesisUtterance = Utterance;
  window.heard = heard;
  window.finishOne = function () { var done = queue.shift(); done.onend(); };
  window.voicesArrive = function () { ready = true; listeners.forEach(function (f) { f(); }); };
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: function () {
      return ready ? [{ lang: "en-US", name: "e" }, { lang: "vi_VN", name: "v" }] : [];
    },
    addEventListener: function (name, f) { listeners.push(f); },
    speak: function (utterance) {
      queue.push(utterance);
      if (silent) setTimeout(function () {
        utterance.onerror({ error: "synthesis-failed" });
      }, 5);
      else speaks(utterance);
    },
    cancel: function () {
      var old = queue; queue = [];
      old.forEach(function (one) { if (one.onerror) one.onerror({ error: "canceled" }); });
    },
  } });
})();
"""


@pytest.fixture(scope="module")
def answer_page(site: TestClient, address: str) -> str:
    """The address of an answer about the fee of temporary residence."""
    if not EspeakVoice.installed():
        pytest.skip("pip install 'hoixa[speak]'")
    asked = {"question": "lệ phí đăng ký tạm trú"}
    answer = site.post("/api/v1/communes/hoa-tien/answers", json=asked).json()
    return f"{address}/c/hoa-tien/a/{answer['id']}"


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A phone that may play sound; nothing on its pages fails."""
    context = chromium.new_context(viewport=PHONE, locale="vi-VN")
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda line: complaints.append(line.text) if line.type == "error" else 0)
    yield context
    assert complaints == []
    context.close()


def until(page: Any, holds: str) -> None:
    """Wait for an expression; our pages let Playwright's own waiting evaluate nothing."""
    for _ in range(750):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"it did not become true: {holds}")


def button(page: Any, name: str) -> Any:
    return page.locator(".aloud").get_by_role("button", name=name, exact=True)


def test_the_phones_own_voice_reads_sentence_by_sentence(phone: Any, answer_page: str) -> None:
    phone.add_init_script(PHONE_VOICE % "false")
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(answer_page)
    page.evaluate("voicesArrive()")

    button(page, "Nghe").click()
    until(page, "heard.length === 1")
    button(page, "Tạm dừng").click()
    button(page, "Nghe tiếp").click()
    until(page, "heard.length === 2")
    page.evaluate("finishOne()")
    until(page, "heard.length === 3")
    button(page, "Chậm hơn").click()
    until(page, "heard.length === 4")
    button(page, "Nghe lại").click()
    until(page, "heard.length === 5")

    texts, languages, rates = zip(*page.evaluate("heard"), strict=True)
    assert texts[0] == texts[1] == texts[4] != texts[2] == texts[3]
    assert "bảy nghìn đồng một lần" in " ".join(texts)
    assert set(languages) == {"vi_VN"}
    assert rates == (1, 1, 1, 0.7, 0.7)
    assert button(page, "Chậm hơn").get_attribute("aria-pressed") == "true"
    assert not [url for url in asked if url.endswith("/speech")]

    for _ in page.locator("[data-say]").get_attribute("data-say").split("\n"):
        page.wait_for_timeout(20)
        page.evaluate("finishOne()")
    button(page, "Nghe").wait_for()
    assert not button(page, "Nghe lại").is_visible()


@pytest.mark.thorough
@pytest.mark.parametrize("script", [NO_VOICES, PHONE_VOICE % "true"], ids=["none", "broken"])
def test_the_server_reads_where_the_phone_cannot(phone: Any, answer_page: str, script: str) -> None:
    phone.add_init_script(script)
    page = phone.new_page()
    page.add_init_script(
        "var made = document.createElement.bind(document);"
        "document.createElement = function (name) { var one = made(name);"
        " if (name === 'audio') window.player = one; return one; };"
    )
    page.goto(answer_page)
    page.evaluate("window.voicesArrive && voicesArrive()")

    button(page, "Nghe").click()
    until(page, "window.player && player.currentTime > 0.1")

    assert page.evaluate("player.duration") > 3
    assert page.evaluate("player.error") is None
    button(page, "Chậm hơn").click()
    assert page.evaluate("player.playbackRate") == 0.75
    button(page, "Tạm dừng").click()
    assert page.evaluate("player.paused")
    button(page, "Nghe tiếp").click()
    until(page, "!player.paused")
    button(page, "Nghe lại").click()
    button(page, "Tạm dừng").wait_for()
    page.evaluate("player.currentTime = player.duration - 0.05")
    button(page, "Nghe").wait_for()


@pytest.mark.thorough
def test_without_javascript_the_recording_is_a_link(chromium: Any, answer_page: str) -> None:
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(answer_page)

    link = page.get_by_role("link", name="Nghe (tệp âm thanh)")
    recording = context.request.get(link.evaluate("link => link.href"))

    assert link.is_visible()
    assert page.locator(".aloud button:visible").count() == 0
    assert recording.headers["content-type"] == "audio/mpeg", recording.text()
    context.close()


@pytest.mark.thorough
def test_where_nobody_can_read_there_is_no_button(phone: Any, answer_page: str) -> None:
    phone.add_init_script(NO_VOICES)
    page = phone.new_page()

    def without_audio(route: Any) -> None:
        response = route.fetch()
        body = response.text().replace("data-audio=", "data-none=")
        start, end = body.index('<a class="action" href="/api/v1/answers/'), body.index("</a>", 0)
        end = body.index("</a>", start) + len("</a>")
        route.fulfill(response=response, body=body[:start] + body[end:])

    page.route(answer_page, without_audio)
    page.goto(answer_page)

    assert page.locator(".aloud button:visible, .aloud a:visible").count() == 0
