"""The interface in two languages."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import app.web
from app.answering.answer import Language
from app.web.view import rich
from app.web.words import LOCALE, phrase
from tests.app.web.fakes import COMMUNE, Site

HOME = f"/c/{COMMUNE}"

WEB = Path(app.web.__file__).parent
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
_OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "phrase": None}


def marked() -> Iterator[tuple[str, str]]:
    """Every text marked for translation, and where."""
    for file, line, message, _, _ in extract_from_dir(
        WEB, _METHODS, _OPTIONS, keywords=_KEYWORDS, strip_comment_tags=True
    ):
        text = message if isinstance(message, str) else message[0]
        assert isinstance(text, str)
        yield text, f"{file}:{line}"


def english() -> Catalog:
    with (LOCALE / "en.po").open("rb") as file:
        return read_po(file, locale="en", abort_invalid=True)


def test_every_text_of_the_interface_has_its_english() -> None:
    catalog = english()

    missing = [
        f"{place} {text}"
        for text, place in marked()
        if not (entry := catalog.get(text)) or not all(_strings(entry.string))
    ]

    assert missing == []


def test_no_english_is_left_without_its_text() -> None:
    used = {text for text, _ in marked()}

    unused = [
        entry.id
        for entry in english()
        if entry.id and (entry.id if isinstance(entry.id, str) else entry.id[0]) not in used
    ]

    assert unused == []
    assert len(used) > 100


def test_english_fills_in_the_same_values() -> None:
    for entry in english():
        if entry.id:
            assert list(entry.check()) == [], entry.id


def test_each_text_is_translated_once() -> None:
    lines = (LOCALE / "en.po").read_text("utf-8").splitlines()
    counted = Counter(line for line in lines if line.startswith("msgid ") and line != 'msgid ""')

    assert [line for line, count in counted.items() if count > 1] == []


def _strings(string: object) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (str(string or ""),)


def test_pages_are_vietnamese_whatever_language_the_phone_is_set_to() -> None:
    page = Site().client.get(HOME, headers={"Accept-Language": "en-US,en;q=0.9"})

    assert '<html lang="vi">' in page.text
    assert "set-cookie" not in page.headers


def test_a_chosen_language_is_remembered_for_a_year_and_nothing_else_is() -> None:
    client = Site().client

    chosen = client.get(HOME, params={"lang": "en"})
    cookie = chosen.headers["set-cookie"]
    next_page = client.get(f"{HOME}/office").text
    back = client.get(HOME, params={"lang": "vi"}).text

    assert "hoixa_lang=en" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=31536000" in cookie
    assert '<html lang="en">' in next_page
    assert "Opening hours" in next_page
    assert '<html lang="vi">' in back
    assert "Cookie" in chosen.headers["vary"]


@pytest.mark.parametrize("path", [HOME, "/", "/?q=hue", f"{HOME}/office", "/q/zz", "/khong-co"])
def test_every_page_leads_to_itself_in_the_other_language(path: str) -> None:
    client = Site().client
    page = client.get(path).text
    switch = re.search(r'href="([^"]+)" lang="en" hreflang="en"', page)

    assert switch is not None
    assert switch[1].split("?")[0] == path.split("?")[0]
    assert '<html lang="en">' in client.get(html.unescape(switch[1])).text


def test_an_unknown_language_is_no_language() -> None:
    page = Site().client.get(HOME, params={"lang": "fr"})

    assert '<html lang="vi">' in page.text
    assert "set-cookie" not in page.headers


def test_a_kiosk_forgets_the_language_and_its_links_carry_it() -> None:
    client = Site().client

    page = client.get(HOME, params={"mode": "kiosk", "lang": "en"})
    links = re.findall(r'(?:href|action)="(/c/[^"]+)"', page.text)
    office = next(link for link in links if "/office" in link)

    assert "hoixa_lang" not in page.headers["set-cookie"]
    assert '<html lang="en">' in client.get(html.unescape(office)).text
    assert '<html lang="vi">' in client.get(f"{HOME}/office").text


def test_a_kiosk_stays_one_through_a_question() -> None:
    site = Site()

    page = site.client.get(HOME, params={"mode": "kiosk"}).text
    (action, *_) = re.findall(r'method="post" action="([^"]+)"', page)

    posted = site.client.post(html.unescape(action), data={"text": "Lệ phí tạm trú?"})

    assert posted.headers["location"].startswith(f"{HOME}/a/a1?mode=kiosk")
    assert 'class="kiosk"' in site.client.get(posted.headers["location"]).text


def test_a_refusal_is_worded_in_the_language_of_the_page_and_of_the_stream() -> None:
    client = Site().client
    client.cookies.set("hoixa_lang", "en")

    page = client.post(HOME, data={"text": "a" * 501}).text
    problem = client.post(f"/api/v1/communes/{COMMUNE}/answers", json={"question": 1}).json()

    assert "The question has 501 characters, at most 500 are allowed." in page
    assert problem["title"] == "What was sent is not valid"
    assert problem["detail"] == "question: must be text."


def test_programs_read_vietnamese_unless_they_ask_for_english() -> None:
    client = Site().client

    problem = client.get("/api/v1/communes/khong-co").json()

    assert problem["title"] == "Không có xã, phường này"
    english = client.get("/api/v1/communes/khong-co", params={"lang": "en"}).json()
    assert english["title"] == "There is no such commune or ward"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Đăng ký tạm trú cần giấy tờ gì?", None),
        ("dang ky tam tru can giay to gi", None),
        ("What do I need for temporary residence?", Language.EN),
        ("marriage", Language.EN),
        ("fee in Hòa Tiến commune office please", Language.EN),
    ],
)
def test_on_an_english_page_a_clearly_vietnamese_question_is_answered_in_vietnamese(
    text: str, language: Language | None
) -> None:
    site = Site()
    site.client.cookies.set("hoixa_lang", "en")

    site.ask(text)
    site.client.post(f"/api/v1/communes/{COMMUNE}/answers", json={"question": text})

    assert [question.language for question in site.answering.asked] == [language, language]


def test_buttons_of_an_english_page_ask_in_english() -> None:
    site = Site()
    page = site.client.get(HOME, params={"lang": "en"}).text

    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))
    question = re.findall(r'name="text" value="([^"]+)"', page)[0]
    site.ask(question, **hidden)

    assert question.startswith("What")
    assert site.answering.asked[-1].language is Language.EN


def test_a_value_in_a_phrase_is_translated_and_a_value_from_outside_is_not() -> None:
    said = phrase("%(what)s quá dài", what=phrase("Câu hỏi"))
    foreign = phrase("Chỉ nhận %(wanted)s.", wanted="100% <b>")

    assert str(said) == "Câu hỏi quá dài"
    assert said.in_language(Language.EN) == "The question is too long"
    assert foreign.in_language(Language.EN) == "Only 100% <b> is taken."


def test_what_an_english_text_quotes_is_marked_as_vietnamese_and_stays_escaped() -> None:
    made = rich("Ask for “Đăng ký <b>”. [1]", Language.EN, page=Language.EN)

    assert '<span lang="vi">“Đăng ký &lt;b&gt;”</span>' in made
    assert 'title="Source 1"' in made
    assert "lang=" not in rich("Nói “công dân số”. [1]")
