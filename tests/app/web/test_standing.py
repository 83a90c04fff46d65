"""What officers announce reaches every page at once; while the assistant is off, help remains."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.records.notices import Level, NewNotice, Notice
from app.records.places import Place
from app.records.standing import Standing
from app.records.switches import SwitchedOff
from knowledge_base.commune import Commune
from tests.app.web.fakes import COMMUNE, Site

HOME = f"/c/{COMMUNE}"
ENDS = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = "Bão số 9 <b>: gọi 0236 3 846 123"
REASON = "Đang cập nhật mức phí"
PAGES = {
    "first": HOME,
    "topic": f"{HOME}/t/residence",
    "record": f"{HOME}/p/dang-ky-tam-tru",
    "offices": f"{HOME}/office",
    "offline": f"{HOME}/offline",
    "new ticket": f"{HOME}/tickets/new",
    "missing": f"{HOME}/khong-co",
}


class FixedStandings:
    """One commune stands so, the others as ever."""

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.asked = 0

    def of(self, commune: Commune) -> Standing:
        self.asked += 1
        return self.standing if commune.id == COMMUNE else Standing()


def notice(level: Level = Level.DANGER, english: str | None = None) -> Notice:
    entered = NewNotice("national", level, WORDS, english, ENDS - timedelta(days=1), ENDS)
    return Notice(1, entered, "lan", None)


def site(standing: Standing, **more: object) -> Site:
    made = Site(**more)  # type: ignore[arg-type]
    made.service = replace(made.service, standings=FixedStandings(standing))
    made.app.state.service = made.service
    return made


def off(english: str | None = None) -> Site:
    return site(Standing((), SwitchedOff("national", REASON, english, "lan")))


@pytest.mark.parametrize("name", PAGES)
def test_a_notice_stands_on_top_of_every_page_of_the_commune(name: str) -> None:
    page = site(Standing((notice(),))).client.get(PAGES[name]).text

    main = page.partition("<main")[2]
    assert main.index("Bão số 9 &lt;b&gt;") < main.index("<h1")
    assert "<b>Khẩn cấp:</b>" in main
    assert '<a class="tel" href="tel:02363846123">' in main
    assert re.search(r'<section class="notices" aria-label="[^"]+">', main)


def test_without_a_notice_nothing_stands_there() -> None:
    assert "notice" not in Site().client.get(HOME).text


def test_a_notice_is_not_on_pages_of_all_communes() -> None:
    assert "Bão số 9" not in site(Standing((notice(),))).client.get("/").text


def test_an_english_page_shows_the_english_or_says_that_it_is_vietnamese() -> None:
    both = site(Standing((notice(english="Storm"),))).client.get(f"{HOME}?lang=en").text
    one = site(Standing((notice(),))).client.get(f"{HOME}?lang=en").text

    assert "<b>Urgent:</b> <span>Storm</span>" in both
    assert "Bão số 9" not in both
    assert '<b>Urgent:</b> <span lang="vi">Bão số 9' in one


def test_a_notice_on_the_kiosk_leads_nowhere() -> None:
    page = site(Standing((notice(),))).client.get(f"{HOME}?mode=kiosk").text

    assert "Bão số 9" in page
    assert "tel:" not in page


def test_a_phone_knows_when_a_notice_it_kept_is_over() -> None:
    page = site(Standing((notice(),))).client.get(f"{HOME}/office").text

    assert f'data-until="{int(ENDS.timestamp() * 1000)}"' in page


def test_phones_fetch_what_they_keep_again_when_something_is_announced() -> None:
    def state(made: Site) -> str:
        worker = made.client.get(f"{HOME}/sw.js").text
        kept = json.loads(worker.partition("self.KEPT = ")[2].partition(";\n")[0])
        return str(kept["state"])

    assert state(Site()) == state(Site())
    assert len({state(Site()), state(site(Standing((notice(),)))), state(off())}) == 3


def test_a_page_asks_once_how_the_commune_stands() -> None:
    made = site(Standing((notice(),)))
    standings = made.service.standings
    assert isinstance(standings, FixedStandings)

    made.client.get(HOME)

    assert standings.asked == 1


@pytest.mark.parametrize("name", [name for name in PAGES if name != "missing"])
def test_while_it_is_off_no_page_asks_for_questions(name: str) -> None:
    page = off().client.get(PAGES[name]).text

    assert 'name="text"' not in page or name == "new ticket"
    assert 'id="speak"' not in page
    if name in ("first", "topic", "record", "offline"):
        assert REASON in page
        assert f'href="{HOME}/tickets/new"' in page


def test_while_it_is_off_catalogue_counters_and_telephone_remain() -> None:
    home = off().client.get(HOME).text

    assert f'href="{HOME}/t/residence"' in home
    assert 'class="office"' in home
    assert "Đăng ký tạm trú" in off().client.get(f"{HOME}/p/dang-ky-tam-tru").text
    assert off().client.get(f"{HOME}/tickets/new").status_code == 200


def test_while_it_is_off_a_posted_question_is_kept_for_the_officer() -> None:
    made = off()

    page = made.client.post(HOME, data={"text": "Lệ phí <tạm trú>?"})

    assert page.status_code == 503
    assert REASON in page.text
    assert f'action="{HOME}/tickets/new"' in page.text
    assert 'value="Lệ phí &lt;tạm trú&gt;?"' in page.text
    assert made.answering.asked == []


def test_while_it_is_off_the_api_says_why_and_whom_to_ask() -> None:
    made = off("Fees are being updated")
    url = f"/api/v1/communes/{COMMUNE}/answers"

    for accept in ("application/json", "text/event-stream"):
        refused = made.client.post(url, json={"question": "phí?"}, headers={"Accept": accept})

        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        problem = refused.json()
        assert problem["type"] == "urn:hoixa:problem:assistant-off"
        assert problem["detail"] == REASON
        assert problem["office"]["kind"] == "one_stop"
    english = made.client.post(f"{url}?lang=en", json={"question": "fee?"}).json()
    assert english["detail"] == "Fees are being updated"
    assert made.answering.asked == []


@pytest.mark.parametrize("stream", [False, True])
def test_while_it_is_off_chat_clients_are_told_too(stream: bool) -> None:
    made = off()
    asked = {
        "model": f"hoixa/{COMMUNE}",
        "messages": [{"role": "user", "content": "phí?"}],
        "stream": stream,
    }

    refused = made.client.post("/v1/chat/completions", json=asked)

    assert refused.status_code == 503
    assert refused.json()["error"]["message"] == REASON
    assert refused.json()["error"]["code"] == "assistant_off"
    assert refused.json()["office"]["name"]
    assert made.answering.asked == []


def test_another_commune_keeps_answering() -> None:
    made = site(
        Standing((), SwitchedOff("commune:hoa-tien", REASON, None, "lan")),
        communes=(COMMUNE, "ba-na"),
    )

    answered = made.client.post("/api/v1/communes/ba-na/answers", json={"question": "phí?"})

    assert answered.status_code == 200


def test_turned_on_again_the_next_question_is_answered() -> None:
    made = off()
    standings = made.service.standings
    assert isinstance(standings, FixedStandings)
    url = f"/api/v1/communes/{COMMUNE}/answers"
    assert made.client.post(url, json={"question": "phí?"}).status_code == 503

    standings.standing = Standing()

    assert made.client.post(url, json={"question": "phí?"}).status_code == 200
    assert 'id="cau-hoi"' in made.client.get(HOME).text


def test_a_redirected_code_leads_to_the_other_commune() -> None:
    made = Site(communes=(COMMUNE, "ba-na"))
    made.places.known = {
        "bcd234": Place("bcd234", COMMUNE, "Cổng", retired=False, to_commune="ba-na"),
        "bcd235": Place("bcd235", COMMUNE, "Cổng", retired=True, to_commune="ba-na"),
        "bcd236": Place("bcd236", COMMUNE, "Cổng", retired=False, to_commune="off"),
        "bcd237": Place("bcd237", COMMUNE, "Cổng", retired=True, to_code="x", to_commune=COMMUNE),
        "bcd238": Place("bcd238", "off", "Cổng", retired=False, to_commune="ba-na"),
    }

    def leads_to(code: str) -> tuple[int, str]:
        found = made.client.get(f"/q/{code}")
        return found.status_code, found.headers.get("location", "").partition("?")[0]

    assert leads_to("bcd234") == (302, "/c/ba-na")
    assert leads_to("bcd235") == (302, "/c/ba-na"), "a redirect helps more than a retired page"
    assert leads_to("bcd237") == (302, f"/c/{COMMUNE}")
    assert leads_to("bcd238") == (302, "/c/ba-na")
    assert leads_to("bcd236") == (302, f"/c/{COMMUNE}"), "where it leads is switched off"
