"""The device at the counter: one visit after another, and none sees another's."""

from __future__ import annotations

import re
from html import unescape

from fastapi.testclient import TestClient

from tests.app.web.fakes import COMMUNE, Site

HOME = f"/c/{COMMUNE}"
START = f"{HOME}?mode=kiosk"


def visit(client: TestClient) -> str:
    """Begin a visit; the address of its own links begins with this."""
    page = client.get(START).text
    found = re.search(r'action="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def in_visit(path: str, begun: str) -> str:
    return f"{path}?{begun.split('?', 1)[1]}"


def test_every_link_of_a_visit_stays_in_it() -> None:
    client = Site().client
    begun = visit(client)
    answer = client.post(begun, data={"text": "Lệ phí tạm trú?"}).headers["location"]

    for address in (answer, in_visit(f"{HOME}/office", begun), START):
        page = client.get(address)
        assert page.status_code == 200
        links = [unescape(link) for link in re.findall(r'(?:href|action)="([^"#]+)"', page.text)]
        pages = [link for link in links if not link.startswith("/static/")]
        assert pages
        assert all("mode=kiosk" in link for link in pages), pages


def test_nothing_leads_out_of_the_device() -> None:
    client = Site().client
    begun = visit(client)
    answer = client.post(begun, data={"text": "Lệ phí tạm trú?"}).headers["location"]
    record = in_visit(f"{HOME}/p/dang-ky-tam-tru", begun)

    for address in (answer, record, in_visit(f"{HOME}/office", begun)):
        page = client.get(address).text
        assert not re.search(r'(?:href|action|src)="(?:[a-z]+:|//)', page)
        assert "tickets" not in re.sub(r'<ul class="foot-links">.*?</ul>', "", page, flags=re.S)
    assert "dichvucong.gov.vn" in client.get(record).text, "the words stay"


def test_after_the_end_no_page_of_the_visit_is_shown() -> None:
    client = Site().client
    begun = visit(client)
    answer = client.post(begun, data={"text": "Lệ phí tạm trú?"}).headers["location"]
    record = in_visit(f"{HOME}/p/dang-ky-tam-tru", begun)
    assert client.get(answer).status_code == client.get(record).status_code == 200

    client.get(START)

    for address in (answer, record):
        left = client.get(address)
        assert (left.status_code, left.headers["location"]) == (303, START)


def test_without_a_visit_nothing_is_shown_or_asked() -> None:
    site = Site()

    looked = site.client.get(f"{HOME}/office?mode=kiosk&v=")
    asked = site.client.post(START, data={"text": "Lệ phí tạm trú?"})

    assert (looked.status_code, asked.status_code) == (303, 303)
    assert asked.headers["location"] == START
    assert site.answering.asked == []


def test_the_next_visitor_begins_another_conversation_in_another_visit() -> None:
    site = Site()
    first, second = visit(site.client), visit(site.client)

    site.client.post(second, data={"text": "Lệ phí tạm trú?"})

    assert first != second
    assert site.answering.asked[0].conversation_id is None


def test_nothing_of_a_kiosk_is_kept_by_the_browser() -> None:
    client = Site().client
    begun = visit(client)
    asked = client.post(begun, data={"text": "Lệ phí tạm trú?"})
    answer = client.get(asked.headers["location"])

    start = client.get(START)

    for response in (start, asked, answer):
        assert response.headers["cache-control"] == "no-store"
    for page in (start.text, answer.text):
        for script in ("offline.js", "manifest", "checklist.js"):
            assert script not in page
    cookie = start.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Max-Age" not in cookie and "Expires" not in cookie, "for the session only"


def test_the_kiosk_scripts_store_nothing() -> None:
    client = Site().client
    scripts = re.findall(r'<script src="([^"]+)"', client.get(START).text)
    assert any("kiosk.js" in script for script in scripts)

    own = client.get(next(script for script in scripts if "kiosk.js" in script)).text

    assert "Storage" not in own and "caches" not in own


def test_how_long_it_waits_is_a_setting_with_javascript_and_without() -> None:
    client = Site(kiosk_idle_seconds=20).client
    begun = visit(client)

    page = client.get(in_visit(f"{HOME}/office", begun)).text

    assert 'data-idle="20"' in page
    assert f'<noscript><meta http-equiv="refresh" content="60;url={START}"></noscript>' in page


def test_other_visitors_are_not_concerned() -> None:
    page = Site().client.get(HOME)

    assert "kiosk" not in page.text
    assert "set-cookie" not in page.headers


def test_a_kiosk_says_it_in_english_until_the_end() -> None:
    client = Site().client
    english = client.get(f"{START}&lang=en").text

    assert '<html lang="en">' in english
    assert "lang=en" in visit_links(english)[0]
    assert '<html lang="vi">' in client.get(START).text


def visit_links(page: str) -> list[str]:
    found = [unescape(link) for link in re.findall(r'action="([^"]*)"', page)]
    assert found
    return found
