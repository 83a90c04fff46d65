"""Our own words as safe HTML, for residents' pages and officers' alike."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from knowledge_base.section import day_words

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""The time of every commune."""

_OFFICIAL = ("gov.vn", "chinhphu.vn", "quochoi.vn")
"""Sites that pages link to, with everything under them; residents are robbed through others."""

_SPAN = re.compile(r"(?<=\d)–(?=\d)")
_HEADING_SHIFT = 2
"""``#`` of a record's Markdown stands under the page's h2."""
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "h3", "h4", "h5", "h6"} | {
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "blockquote",
}


def moment_words(moment: datetime) -> str:
    """A moment in the time of every commune: ``9:05, 23/11/2026``."""
    local = moment.astimezone(VIETNAM)
    return f"{local.hour}:{local:%M}, {day_words(local.date())}"


def is_official(address: str | None) -> bool:
    """Whether an address lies on a site of the State, so that a page may link to it."""
    if address is None or any(character.isspace() for character in address):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and any(
        host == site or host.endswith(f".{site}") for site in _OFFICIAL
    )


def markdown(text: str) -> Markup:
    """A record's Markdown as harmless HTML; raw HTML in it is shown as text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + _HEADING_SHIFT)}"
    html = reader.renderer.render(tokens, reader.options, {})
    return Markup(  # noqa: S704  (nh3 has just cleaned it)
        nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http"})
    )


def unbroken(text: str) -> str:
    """The text with its spans of figures kept on one line: ``13:30–17:00``."""
    return _SPAN.sub("\u2060–\u2060", text)


def capital(text: str) -> str:
    """The text with its first letter large: ``xã Hòa Tiến`` → ``Xã Hòa Tiến``."""
    return text[:1].upper() + text[1:]
