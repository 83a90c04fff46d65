"""Our own words as safe HTML, for residents' pages and officers' alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from knowledge_base.day import VIETNAM
from knowledge_base.section import day_words

_OFFICIAL = ("gov.vn", "chinhphu.vn", "quochoi.vn")
"""Sites that pages link to, with everything under them; residents are robbed through others."""
_SCHEMES = ("http", "https")

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
    return address is not None and lies_on(address, _OFFICIAL)


def lies_on(address: str, sites: Iterable[str], schemes: Collection[str] = _SCHEMES) -> bool:
    """Whether an address leads to one of some sites, as browsers read it, or below one of them.

    Browsers and Python read an address with a backslash, or with a name and ``@`` before its host,
    each in their way, so that none such is taken.
    """
    if any(character.isspace() or character == "\\" for character in address):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in schemes or "@" in parts.netloc:
        return False
    return any(host == site or host.endswith(f".{site}") for site in sites)


def markdown(text: str) -> Markup:
    """A record's Markdown as harmless HTML; raw HTML in it is shown as text.

    Of links to other sites than the State's only the words are left.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + _HEADING_SHIFT)}"
        if token.children:
            token.children = _official_links(token.children)
    html = reader.renderer.render(tokens, reader.options, {})
    return Markup(  # noqa: S704  (nh3 has just cleaned it)
        nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=set(_SCHEMES))
    )


def _official_links(tokens: Iterable[Token]) -> list[Token]:
    """The parts of a line without the links that lead elsewhere; their words stay."""
    kept, elsewhere = [], False
    for token in tokens:
        if token.type == "link_open":
            elsewhere = not is_official(str(token.attrGet("href")))
        if not (elsewhere and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def unbroken(text: str) -> str:
    """The text with its spans of figures kept on one line: ``13:30–17:00``."""
    return _SPAN.sub("\u2060–\u2060", text)


def capital(text: str) -> str:
    """The text with its first letter large: ``xã Hòa Tiến`` → ``Xã Hòa Tiến``."""
    return text[:1].upper() + text[1:]
