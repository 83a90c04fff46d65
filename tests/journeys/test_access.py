"""Everybody can use every page: axe-core on each, the keyboard alone, large type, other colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.answering.answer import Answer, AnswerStatus, Choice, Question
from app.answering.replies import reply
from tests.app.web.fakes import Site as FakeSite
from tests.app.web.fakes import an_answer
from tests.serving import served

pytest.importorskip("playwright", reason="make setup-dev")
Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make setup-dev").Axe

COMMUNE = "/c/hoa-tien"
PHONE = {"width": 360, "height": 740}
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUTSIDE = """
() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  return [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > edge + 0.5)
    .map((one) => `${one.tagName}#${one.id} ${one.textContent.trim().slice(0, 40)}`);
}
"""
"""What makes a page wider than the phone."""
PAGES = {
    "first page": COMMUNE,
    "topic": f"{COMMUNE}/t/residence",
    "procedure": f"{COMMUNE}/p/dang-ky-tam-tru",
    "guide": f"{COMMUNE}/p/muc-huong-bhyt",
    "offices": f"{COMMUNE}/office",
    "communes": "/",
    "communes, none found": "/?q=hue",
    "unknown code": "/q/zzzzzz",
    "unknown page": f"{COMMUNE}/khong-co",
    "unknown commune": "/c/khong-co",
    "checklist": f"{COMMUNE}/p/dang-ky-tam-tru/list",
    "tickets": f"{COMMUNE}/tickets",
    "new ticket": f"{COMMUNE}/tickets/new",
    "offline": f"{COMMUNE}/offline",
    "kiosk": f"{COMMUNE}?mode=kiosk",
    "kiosk, topic": f"{COMMUNE}/t/residence?mode=kiosk",
}
QUESTIONS = {
    AnswerStatus.ANSWERED: "Lệ phí đăng ký tạm trú bao nhiêu?",
    AnswerStatus.CLARIFY_CASE: "Đăng ký thường trú cần giấy tờ gì?",
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE: "xin giấy phép nuôi voi",
    AnswerStatus.SMALL_TALK: "chào em",
    AnswerStatus.EMERGENCY: "cháy nhà rồi cứu với",
    AnswerStatus.SCAM_WARNING: "có người gọi bảo đọc mã otp để cập nhật vneid",
}
"""Asked of the real service; the other statuses come from a script."""
OVERLAPS = """
() => {
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const holder = node.parentElement;
    if (!node.data.trim() || holder.closest('.unseen, .skip, option, textarea')) continue;
    if (!holder.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const clip = holder.closest('.clip');
    const end = clip ? clip.getBoundingClientRect().bottom : Infinity;
    for (const box of range.getClientRects()) {
      if (box.width > 1 && box.height > 1 && box.bottom <= end + 1) texts.push([node, box]);
    }
  }
  const found = [];
  for (let one = 0; one < texts.length; one++) {
    for (let other = one + 1; other < texts.length; other++) {
      if (texts[one][0] === texts[other][0]) continue;
      const [a, b] = [texts[one][1], texts[other][1]];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 0.5 * Math.min(a.height, b.height)) {
        found.push(texts[one][0].data.trim() + ' | ' + texts[other][0].data.trim());
      }
    }
  }
  return found.slice(0, 3);
}
"""
"""Pairs of texts of which one lies on the other."""
SMALL_TARGETS = """
() => [...document.querySelectorAll('a[href], button, summary, input, textarea, select')]
  .filter(one => one.checkVisibility({ checkVisibilityCSS: true }) && one.type !== 'hidden')
  .filter(one => !one.closest('.unseen, .skip') && !one.matches('p a, li a.mark, .prose a, dd a'))
  .map(one => [one, (one.closest('label') || one).getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 24)
  .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)
"""
"""Controls that a thumb would miss; links inside sentences may be smaller (WCAG 2.5.8)."""


def settled(page: Any) -> Any:
    """The page once nothing changes any more."""
    page.wait_for_load_state("load")
    return page


def complaints(page: Any) -> list[str]:
    """What axe-core finds against a page."""
    found = Axe().run(settled(page), options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]


def ask(page: Any, address: str, question: str) -> Any:
    """The page with the answer to a question."""
    page.goto(f"{address}{COMMUNE}")
    page.get_by_role("textbox").fill(question)
    page.locator("form.ask button[type=submit]").click()
    page.wait_for_url("**/a/*")
    return settled(page)


@pytest.fixture(scope="module")
def phone(chromium: Any) -> Iterator[Any]:
    """A phone that keeps nothing offline, so that each page is the service's own."""
    context = chromium.new_context(viewport=PHONE, locale="vi-VN", service_workers="block")
    yield context
    context.close()


@pytest.fixture
def page(phone: Any) -> Iterator[Any]:
    phone.clear_cookies()
    page = phone.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []


@pytest.fixture(scope="module")
def scripted() -> Iterator[tuple[str, list[Answer]]]:
    """A service that answers with what stands in the list, for statuses that are hard to bring."""
    answers: list[Answer] = []

    def script(question: Question) -> Answer:
        return replace(answers[0], id="", asked=question.text)

    with served(FakeSite(script).app) as address:
        yield address, answers


def looks_right(page: Any) -> None:
    """No complaint of axe-core, nothing beyond the edge, nothing on top of a text."""
    assert complaints(page) == []
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_nothing_against_it_in_both_languages(
    page: Any, address: str, name: str
) -> None:
    for language in ("en", "vi"):
        sign = "&" if "?" in PAGES[name] else "?"
        page.goto(f"{address}{PAGES[name]}{sign}lang={language}")

        assert page.locator("html").get_attribute("lang") == language
        looks_right(page)
        assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.thorough
@pytest.mark.parametrize("status", QUESTIONS)
def test_every_answer_has_nothing_against_it_folded_and_open(
    page: Any, address: str, status: AnswerStatus
) -> None:
    ask(page, address, QUESTIONS[status])
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(OVERLAPS) == []

    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    looks_right(page)
    assert page.evaluate(SMALL_TARGETS) == []


@pytest.mark.thorough
@pytest.mark.parametrize("status", sorted(set(AnswerStatus) - set(QUESTIONS)))
def test_every_other_status_has_nothing_against_it(
    page: Any, scripted: tuple[str, list[Answer]], status: AnswerStatus
) -> None:
    address, answers = scripted
    words = reply(status, an_answer().language)
    choices = (Choice("Việc một", "Hỏi việc một"), Choice("Việc hai", "Hỏi việc hai"))
    answers[:] = [an_answer(status, words, choices=choices, suggestions=("Hỏi gì tiếp?",))]

    page.goto(f"{address}{COMMUNE}")
    page.get_by_role("textbox").fill("Hỏi chi đó")
    with page.expect_navigation():
        page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('.ask'))")

    looks_right(page)


def test_a_refused_question_has_nothing_against_it(page: Any, address: str) -> None:
    page.goto(f"{address}{COMMUNE}")
    with page.expect_navigation():
        page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('.ask'))")

    looks_right(page)
    assert page.get_by_role("textbox").get_attribute("aria-invalid") == "true"


@pytest.mark.thorough
def test_an_english_answer_marks_its_vietnamese(page: Any, address: str) -> None:
    page.goto(f"{address}{COMMUNE}?lang=en")
    ask(page, address, "How much is temporary residence registration?")

    assert page.locator("html").get_attribute("lang") == "en"
    quoted = page.locator("#tra-loi [lang=vi]").all_inner_texts()
    assert any("Cá nhân, hộ gia đình" in text for text in quoted)
    looks_right(page)

    ask(page, address, "Lệ phí đăng ký tạm trú bao nhiêu?")
    assert page.locator("#tra-loi p").first.get_attribute("lang") == "vi"
    looks_right(page)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"color_scheme": "dark"}, id="dark"),
        pytest.param({"forced_colors": "active"}, id="forced colours"),
        pytest.param({"viewport": {"width": 1280, "height": 800}}, id="wide"),
        # 360 points at 200 %, 1280 at 400 %
        pytest.param({"viewport": {"width": 180, "height": 370}}, id="zoom 200 % on a phone"),
        pytest.param({"viewport": {"width": 320, "height": 256}}, id="zoom 400 %"),
    ],
)
def test_pages_hold_in_other_colours_and_sizes(
    chromium: Any, address: str, options: dict[str, Any]
) -> None:
    settings = {"viewport": PHONE, "service_workers": "block", **options}
    context = chromium.new_context(locale="vi-VN", **settings)
    page = context.new_page()

    for name in ("first page", "procedure", "offices", "tickets", "checklist"):
        page.goto(f"{address}{PAGES[name]}")
        if "viewport" in options:
            assert page.evaluate(SIDEWAYS) <= 0, name
            assert page.evaluate(OVERLAPS) == [], name
        else:
            assert complaints(page) == []
    ask(page, address, QUESTIONS[AnswerStatus.ANSWERED])
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    looks_right(page)
    context.close()


@pytest.mark.thorough
def test_the_largest_type_stays_in_the_frame_on_every_page(phone: Any, address: str) -> None:
    page = phone.new_page()
    page.goto(f"{address}{COMMUNE}")
    larger = page.locator("#larger")
    larger.click()
    larger.click()
    assert larger.get_attribute("aria-pressed") == "true"
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "25px"

    for path in PAGES.values():
        page.goto(f"{address}{path}")
        assert page.evaluate(SIDEWAYS) <= 0, path
        assert page.evaluate(OVERLAPS) == [], path
        # twice the size that the resident's browser was set to
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(OUTSIDE) == [], f"{path} at 200 %"
    ask(page, address, QUESTIONS[AnswerStatus.ANSWERED])
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    looks_right(page)
    page.locator("#larger").click()
    page.close()


@pytest.mark.thorough
def test_nothing_moves_for_those_who_asked_for_that(chromium: Any, address: str) -> None:
    context = chromium.new_context(reduced_motion="reduce", viewport=PHONE)
    page = context.new_page()
    page.goto(f"{address}{COMMUNE}")
    page.evaluate("document.getElementById('working').hidden = false")

    assert page.evaluate("document.getAnimations().length") == 0
    context.close()


def test_with_the_keyboard_alone_from_the_skip_link_to_feedback(page: Any, address: str) -> None:
    def tab_to(selector: str, most: int = 60) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("chosen => document.activeElement.matches(chosen)", selector):
                box = page.locator(":focus").bounding_box()
                assert box is not None and box["width"] > 0
                return
        raise AssertionError(f"{selector} was not reached")

    page.goto(f"{address}{COMMUNE}")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Đến nội dung chính"
    page.keyboard.press("Enter")
    tab_to("#cau-hoi", 2)
    page.keyboard.type(QUESTIONS[AnswerStatus.ANSWERED])
    page.keyboard.press("Enter")
    page.wait_for_url("**/a/*")
    answer = settled(page).url

    tab_to("#tra-loi .mark")
    page.keyboard.press("Enter")
    assert page.locator("#nguon-1").get_attribute("open") is not None
    assert page.locator("#nguon-1 blockquote").is_visible()
    tab_to("#nguon-1 a[href^=http], .why > summary")

    page.goto(answer)
    tab_to(".why > summary")
    page.keyboard.press("Enter")
    tab_to("input[type=radio]", 2)
    page.keyboard.press("ArrowDown")
    tab_to("#y-kien", 2)
    page.keyboard.type("đã đổi")
    tab_to("form button[type=submit]", 2)
    page.keyboard.press("Space")
    page.get_by_text("Cảm ơn bà con").wait_for()
