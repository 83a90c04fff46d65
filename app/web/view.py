"""Templates, and the filters that turn our own words into safe HTML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import nh3
from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from knowledge_base.section import day_words
from knowledge_base.source import SourceKind

HERE = Path(__file__).parent
STATIC = HERE / "static"

_OFFICIAL = ("gov.vn", "chinhphu.vn", "quochoi.vn")
"""Sites that pages link to, with everything under them; residents are robbed through others."""

_MARK = r"[ ]?\[(?P<mark>\d{1,2})\]"
_URL = r"(?P<url>https?://[^\s<>\"“”()]*[^\s<>\"“”().,;:?!])"
_LONG_PHONE = r"(?P<phone>(?<![\d./-])(?:\(0\d{1,3}\)|0\d|1[89]00)(?:[ .-]?\d){4,9}(?![\d/]))"
_SHORT_PHONE = r"(?P<short>(?<![\d./,-])(?:1022|11[1-5])(?![\d/]|[.,]\d))"
_PHONE_DIGITS = (10, 11)
_TOLL_DIGITS = (8, 10)
_RICH = re.compile(f"{_MARK}|{_URL}|{_LONG_PHONE}")
_PHONES = re.compile(f"{_LONG_PHONE}|{_SHORT_PHONE}")
_SPAN = re.compile(r"(?<=\d)–(?=\d)")
_MARKS = re.compile(_MARK)
_LABEL = re.compile(r"[^\d:.]{3,32}:(?=\s)")
_LIST_ITEM = re.compile(r"^[-•*]\s+")

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

_SOURCE_KINDS = {
    SourceKind.GAZETTE: "văn bản gốc",
    SourceKind.PORTAL: "cổng thông tin chính thức",
    SourceKind.PORTAL_COPY: "bản chép từ cổng chính thức",
    SourceKind.SECONDARY: "bản trích",
    SourceKind.PRESS: "báo chí",
}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list, or a list under the words that announce it."""

    paragraph: str = ""
    items: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The words up to an early colon: ``Nơi nộp:``; empty where there are none."""
        found = _LABEL.match(self.paragraph)
        return found[0] if found else ""

    @property
    def words(self) -> str:
        """The paragraph without its label."""
        return self.paragraph.removeprefix(self.label).strip()


def blocks(text: str) -> tuple[Block, ...]:
    """The paragraphs and lists of an answer's text, one line each; the first is the answer.

    Lines behind one that ends in a colon are its list as long as they rest on the same passage.
    """
    found: list[Block] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        last = found[-1] if found else Block()
        item = _LIST_ITEM.sub("", line)
        announced = last.paragraph.endswith(":") and (
            not last.items or _MARKS.findall(last.items[-1]) == _MARKS.findall(line)
        )
        if announced or (item != line and last.items):
            found[-1] = Block(last.paragraph, (*last.items, item))
        elif item != line:
            found.append(Block(items=(item,)))
        else:
            found.append(Block(paragraph=line))
    return tuple(found)


def rich(text: str) -> Markup:
    """Escaped text with marks, official addresses and telephone numbers as links."""
    return _linked(text, _RICH)


def phones(text: str) -> Markup:
    """Escaped text whose telephone numbers, short ones too, can be tapped."""
    return _linked(text, _PHONES)


def _linked(text: str, pattern: re.Pattern[str]) -> Markup:
    made, end = Markup(), 0
    for match in pattern.finditer(text):
        made += escape(text[end : match.start()]) + _link(match)
        end = match.end()
    return made + escape(text[end:])


def _link(match: re.Match[str]) -> Markup:
    words, kind = match.group(), match.lastgroup
    if kind == "mark":
        number = match["mark"]
        return Markup('&nbsp;<a class="mark" href="#nguon-{0}" title="Nguồn {0}">[{0}]</a>').format(
            number
        )
    if kind == "url":
        if not is_official(words):
            return escape(words)
        return Markup('<a class="inline-link" href="{0}" rel="noopener noreferrer">{1}</a>').format(
            words, words.split("://", 1)[1]
        )
    digits = re.sub(r"\D", "", words)
    if kind == "phone" and len(digits) not in (_TOLL_DIGITS if digits[0] == "1" else _PHONE_DIGITS):
        return escape(words)
    return Markup('<a class="tel" href="tel:{0}">{1}</a>').format(digits, words)


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


@lru_cache(maxsize=8)
def asset(name: str) -> str:
    """The path of a static file with its fingerprint, so that it can be kept for a year."""
    fingerprint = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={fingerprint}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "blocks": blocks,
        "rich": rich,
        "phones": phones,
        "markdown": markdown,
        "day": day_words,
        "capital": capital,
        "unbroken": unbroken,
        "official": is_official,
        "source_kind": _SOURCE_KINDS.__getitem__,
    }
    environment.globals |= {"asset": asset}
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return environment


_templates = Jinja2Templates(env=_environment())


def render(
    request: Request,
    name: str,
    *,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
    **context: object,
) -> Response:
    """A page. ``base`` in it is the path that the service is mounted under."""
    return _templates.TemplateResponse(
        request,
        name,
        {"base": request.scope.get("root_path", ""), "commune": None, **context},
        status_code=status,
        headers={"Cache-Control": "private, no-cache", **dict(headers)},
    )
