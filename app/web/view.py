"""Templates, and the filters that turn our own words into safe HTML."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.answering.answer import Language
from app.html import capital, is_official, markdown, moment_words, unbroken
from app.records.standing import Standing
from app.web.kiosk import KIOSK, MODE, VISIT, close_outward, visit_of
from app.web.place import PARAMETER as PLACE
from app.web.place import place_of
from app.web.service import service_of
from app.web.standing import paused, shown_notices, standing_of
from app.web.words import (
    PARAMETER,
    in_language,
    keep_language,
    language_attribute,
    language_of,
    phrase,
    translations,
)
from knowledge_base.commune import Commune
from knowledge_base.section import day_words
from knowledge_base.source import SourceKind

HERE = Path(__file__).parent
STATIC = HERE / "static"

_MARK = r"[ ]?\[(?P<mark>\d{1,2})\]"
_URL = r"(?P<url>https?://[^\s<>\"“”()]*[^\s<>\"“”().,;:?!])"
_LONG_PHONE = r"(?P<phone>(?<![\d./-])(?:\(0\d{1,3}\)|0\d|1[89]00)(?:[ .-]?\d){4,9}(?![\d/]))"
_SHORT_PHONE = r"(?P<short>(?<![\d./,-])(?:1022|11[1-5])(?![\d/]|[.,]\d))"
_PHONE_DIGITS = (10, 11)
_TOLL_DIGITS = (8, 10)
_RICH = re.compile(f"{_MARK}|{_URL}|{_LONG_PHONE}")
_PHONES = re.compile(f"{_LONG_PHONE}|{_SHORT_PHONE}")
_LINKS = re.compile(f"{_URL}|{_LONG_PHONE}|{_SHORT_PHONE}")
_MARKS = re.compile(_MARK)
_LABEL = re.compile(r"[^\d:.]{3,32}:(?=\s)")
_LIST_ITEM = re.compile(r"^[-•*]\s+")
_QUOTED = re.compile(r"“[^“”]*”")

_SOURCE_KINDS = {
    SourceKind.GAZETTE: phrase("văn bản gốc"),
    SourceKind.PORTAL: phrase("cổng thông tin chính thức"),
    SourceKind.PORTAL_COPY: phrase("bản chép từ cổng chính thức"),
    SourceKind.OFFICE: phrase("trả lời của cán bộ"),
    SourceKind.SECONDARY: phrase("bản trích"),
    SourceKind.PRESS: phrase("báo chí"),
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
        # a line that announces something itself is no item: a title above “Cần mang:”
        announced = (
            last.paragraph.endswith(":")
            and not line.endswith(":")
            and (not last.items or _MARKS.findall(last.items[-1]) == _MARKS.findall(line))
        )
        if announced or (item != line and last.items):
            found[-1] = Block(last.paragraph, (*last.items, item))
        elif item != line:
            found.append(Block(items=(item,)))
        else:
            found.append(Block(paragraph=line))
    return tuple(found)


def rich(text: str, own: str = Language.VI, *, page: Language = Language.VI) -> Markup:
    """Escaped text with marks, official addresses and telephone numbers as links.

    Args:
        text: a line of an answer or of a record.
        own: the line's language; what an English one quotes is marked as Vietnamese.
        page: the language of the titles of marks.
    """
    return quoting(_linked(text, _RICH, page), own)


def quoting(text: str, own: str) -> Markup:
    """Escaped text of a language; in English, what stands between “ and ” is Vietnamese."""
    safe = escape(text)
    if own != Language.EN:
        return safe
    return Markup(_QUOTED.sub(r'<span lang="vi">\g<0></span>', str(safe)))  # noqa: S704  (escaped)


def phones(text: str) -> Markup:
    """Escaped text whose telephone numbers, short ones too, can be tapped."""
    return _linked(text, _PHONES, Language.VI)


def linked(text: str) -> Markup:
    """Escaped text of an officer: as ``rich``, but without marks, with short numbers too."""
    return _linked(text, _LINKS, Language.VI)


def _linked(text: str, pattern: re.Pattern[str], language: Language) -> Markup:
    made, end = Markup(), 0
    for match in pattern.finditer(text):
        made += escape(text[end : match.start()]) + _link(match, language)
        end = match.end()
    return made + escape(text[end:])


def _link(match: re.Match[str], language: Language) -> Markup:
    words, kind = match.group(), match.lastgroup
    if kind == "mark":
        number = match["mark"]
        title = phrase("Nguồn %(number)s", number=number).in_language(language)
        return Markup('&nbsp;<a class="mark" href="#nguon-{0}" title="{1}">[{0}]</a>').format(
            number, title
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


@lru_cache(maxsize=32)
def asset(name: str) -> str:
    """The path of a static file with its fingerprint, so that it can be kept for a year."""
    fingerprint = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={fingerprint}"


@pass_context
def _url(context: Context, path: str) -> str:
    """The address of one of our pages, under the service's path and in the page's mode.

    Macros that use it are imported ``with context``.
    """
    return _with(f"{context['base']}{path}", context["carried"])


def _with(path: str, parameters: Iterable[tuple[str, str]]) -> str:
    added = urlencode(list(parameters))
    if not added:
        return path
    parts = urlsplit(path)
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _environment(language: Language) -> Environment:
    """Templates in one language; phrases that they show are said in it.

    ``<p{{ vi }}>`` marks what is always Vietnamese: a record's own words, names, examples.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        finalize=partial(in_language, language=language),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "blocks": blocks,
        "said": partial(in_language, language=language),
        "lang": partial(language_attribute, language=language),
        "rich": partial(rich, page=language),
        "quoting": quoting,
        "phones": phones,
        "linked": linked,
        "moment": moment_words,
        "markdown": markdown,
        "day": day_words,
        "capital": capital,
        "unbroken": unbroken,
        "official": is_official,
        "source_kind": _SOURCE_KINDS.__getitem__,
    }
    foreign = Markup("") if language is Language.VI else Markup(' lang="vi"')
    environment.globals |= {"asset": asset, "url": _url, "vi": foreign}
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(language), newstyle=True
    )
    return environment


_templates = {language: Jinja2Templates(env=_environment(language)) for language in Language}


def mode_of(request: Request) -> str:
    """``kiosk`` for the device at the counter, else nothing."""
    return KIOSK if request.query_params.get("mode") == KIOSK else ""


def _carried(request: Request) -> list[tuple[str, str]]:
    """What our links keep. A kiosk keeps its language there: the next person's is another."""
    if not mode_of(request):
        place = place_of(request)
        return [(PLACE, place)] if place else []
    english = language_of(request) is not Language.VI
    language = [(PARAMETER, language_of(request).value)] if english else []
    return [(MODE, KIOSK), (VISIT, visit_of(request)), *language]


def address(request: Request, path: str) -> str:
    """The address of one of our pages to redirect to: as ``url()`` in a template."""
    return _with(f"{request.scope.get('root_path', '')}{path}", _carried(request))


def _in_other_language(request: Request, home: str) -> str:
    """The address of this page in the other language; of the first page after a POST."""
    other = Language.VI if language_of(request) is Language.EN else Language.EN
    base = request.scope.get("root_path", "")
    if request.method not in ("GET", "HEAD"):
        mode = [(MODE, KIOSK)] if mode_of(request) else []
        return _with(f"{base}{home}", [*mode, (PARAMETER, other.value)])
    kept = [(name, value) for name, value in request.query_params.items() if name != PARAMETER]
    path = f"{base}{request.scope['path'].removeprefix(base)}"
    return _with(quote(path), [*kept, (PARAMETER, other.value)])


def render(
    request: Request,
    name: str,
    *,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
    **context: object,
) -> Response:
    """A page in the visitor's language.

    In it ``base`` is the path that the service is mounted under, ``url(path)`` the address of
    one of our pages, ``language`` the page's language, ``mode`` is ``kiosk`` or empty; ``notices``
    are what officers announced for the commune, ``off`` why its assistant does not answer, if so.
    """
    language = language_of(request)
    commune = context.get("commune")
    standing = standing_of(request, commune) if isinstance(commune, Commune) else Standing()
    response = _templates[language].TemplateResponse(
        request,
        name,
        {
            "base": request.scope.get("root_path", ""),
            "carried": _carried(request),
            "commune": None,
            "language": language.value,
            "mode": mode_of(request),
            "kiosk_start": False,
            "notices": shown_notices(standing, language),
            "off": paused(standing, language),
            "kiosk_idle_seconds": service_of(request).kiosk_idle_seconds,
            "voice": service_of(request).listening is not None,
            "recording_seconds": service_of(request).recording.seconds,
            "recording_mb": service_of(request).recording.bytes // 1_000_000,
            "in_other_language": _in_other_language(
                request, f"/c/{commune.id}" if isinstance(commune, Commune) else "/"
            ),
            **context,
        },
        status_code=status,
        headers={"Cache-Control": "private, no-cache", **dict(headers)},
    )
    response.headers.add_vary_header("Cookie")
    if mode_of(request):
        close_outward(response)
    if not mode_of(request):
        keep_language(request, response)
    return response
