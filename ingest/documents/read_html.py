"""Reads saved web pages; scripts are dropped, entities that name files stay words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree, html

from ingest.documents.blocks import (
    Block,
    Document,
    DocumentFormat,
    Heading,
    Items,
    Paragraph,
    Table,
)
from ingest.documents.encodings import from_font, text_of
from ingest.documents.refusals import Refusal, RefusedDocumentError

_DROPPED = (
    *("script", "style", "noscript", "template", "head", "nav", "iframe", "object", "svg"),
    *("button", "select", "form"),
)
_APART = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt"),
        *("fieldset", "figure", "footer", "header", "html", "main", "p", "pre", "section"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "ol", "li"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "hr"),
    }
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.I | re.S)
_BOLD = frozenset({"b", "strong"})
_BOLD_HEADING = 160
_BOLD_LEVEL = 4


def read_html(path: Path) -> Document:
    """The document of a saved page.

    Raises:
        RefusedDocumentError: when nothing can be made of it.
    """
    text = _DECLARATION.sub("", text_of(path.read_bytes()))
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise RefusedDocumentError(Refusal.EMPTY, str(error)) from error
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    return Document(DocumentFormat.HTML, tuple(_blocks(root)))


def _blocks(element: Any) -> Iterator[Block]:
    """The blocks under an element; loose text between them is a paragraph."""
    loose: list[str] = [from_font(element.text or "", _face(element))]
    for child in element:
        if child.tag not in _APART and child.tag != "br" and not _holds_blocks(child):
            loose.append(_text(child))
        elif child.tag == "br":
            loose.append("\n")
        else:
            yield from _paragraph(loose)
            loose = []
            yield from _block(child)
        loose.append(from_font(child.tail or "", _face(element)))
    yield from _paragraph(loose)


def _block(element: Any) -> Iterator[Block]:
    if element.tag in _HEADINGS:
        if text := _lines(_text(element)).replace("\n", " "):
            yield Heading(_HEADINGS[element.tag], text)
    elif element.tag in ("ul", "ol"):
        items = tuple(filter(None, (_lines(_text(item)) for item in element.iterchildren("li"))))
        if items:
            yield Items(items, element.tag == "ol")
    elif element.tag == "table":
        rows = tuple(
            tuple(_lines(_text(cell)) for cell in row.iterchildren("td", "th"))
            for row in element.iter("tr")
            if next(row.iterancestors("table")) is element
        )
        filled = tuple(row for row in rows if any(row))
        if len(filled) == 1 and len(filled[0]) == 1:  # a table that only lays out the page
            yield from (block for cell in element.iter("td", "th") for block in _blocks(cell))
        elif filled:
            yield Table(filled)
    elif element.tag == "p" and _is_bold_line(element):
        yield Heading(_BOLD_LEVEL, _lines(_text(element)))
    else:
        yield from _blocks(element)


def _is_bold_line(element: Any) -> bool:
    text = _lines(_text(element))
    bold = "".join(_text(child) for child in element.iter(*_BOLD))
    return bool(text) and len(text) <= _BOLD_HEADING and _lines(bold) == text and "\n" not in text


def _holds_blocks(element: Any) -> bool:
    return any(child.tag in _APART for child in element.iterdescendants())


def _face(element: Any) -> str | None:
    for one in (element, *element.iterancestors()):
        if face := one.get("face"):
            return str(face)
        style = re.search(r"font-family\s*:\s*[\"']?([^;,\"']+)", one.get("style") or "", re.I)
        if style:
            return style.group(1)
    return None


def _text(element: Any) -> str:
    """The text inside, with line feeds where the page breaks the line."""
    parts: list[str] = []
    for event, one in etree.iterwalk(element, events=("start", "end")):
        apart = one.tag in _APART and one is not element
        if event == "start":
            parts.append("\n- " if one.tag == "li" and one is not element else "\n" * apart)
            parts.append(from_font(one.text or "", _face(one)))
        else:
            parts.append("\n" * (apart or one.tag == "br"))
            if one is not element:
                parts.append(from_font(one.tail or "", _face(one.getparent())))
    return "".join(_SOURCE_BREAKS.sub(" ", part) if len(part) > 3 else part for part in parts)


_SOURCE_BREAKS = re.compile(r"[\r\n\t]+")
"""Line breaks of the source mean a blank on the page."""


def _lines(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line not in ("", "-"))


def _paragraph(parts: list[str]) -> Iterator[Paragraph]:
    text = "".join(part if part == "\n" else _SOURCE_BREAKS.sub(" ", part) for part in parts)
    if lines := _lines(text):
        yield Paragraph(lines)
