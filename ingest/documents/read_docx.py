"""Reads Word files (.docx): headings, paragraphs, lists and tables in the order of the page."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn

from ingest.documents.blocks import (
    Block,
    Document,
    DocumentFormat,
    Heading,
    Items,
    Paragraph,
    Table,
)
from ingest.documents.encodings import from_font
from ingest.documents.refusals import Refusal, RefusedDocumentError

_DEEPEST = 8
"""Tables inside tables beyond this are read as their text alone."""
_BOLD_HEADING = 160
"""A paragraph that is bold from end to end and no longer than this is a heading of its writer."""
_BOLD_LEVEL = 4
_STYLE_LEVEL = re.compile(r"(?:heading|đề mục|tiêu đề) ?(\d)", re.IGNORECASE)


def read_docx(path: Path) -> Document:
    """The document of a Word file.

    Raises:
        RefusedDocumentError: when the file is broken.
    """
    try:
        word = docx.Document(str(path))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    reader = _Reader(word)
    blocks = tuple(reader.blocks(word.element.body, 0))
    pictures = len(word.element.body.findall(f".//{qn('w:drawing')}"))
    notes = (f"Tệp có {pictures} hình; chữ nằm trong hình không được đọc.",) if pictures else ()
    return Document(DocumentFormat.DOCX, blocks, notes=notes)


class _Reader:
    """Walks the XML itself: text in tracked insertions and fields belongs to what one sees."""

    def __init__(self, word: WordDocument) -> None:
        self._levels: dict[str, int] = {}
        self._fonts: dict[str, str | None] = {}
        self._bold: set[str] = set()
        self._default_font: str | None = None
        for style in word.styles.element.findall(qn("w:style")):
            self._learn(style)
        default = word.styles.element.find(
            f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}"
        )
        self._default_font = _font(default) or self._fonts.get("Normal")

    def _learn(self, style: Any) -> None:
        identity = str(style.get(qn("w:styleId"), ""))
        name = style.find(qn("w:name"))
        shown = "" if name is None else str(name.get(qn("w:val"), ""))
        properties = style.find(qn("w:rPr"))
        self._fonts[identity] = _font(properties)
        if _is_bold(properties):
            self._bold.add(identity)
        level = _STYLE_LEVEL.match(shown)
        if level:
            self._levels[identity] = int(level.group(1))
        elif shown.lower() == "title":
            self._levels[identity] = 1

    def blocks(self, parent: Any, depth: int) -> Iterator[Block]:
        items: list[str] = []
        for child in parent:
            if child.tag == qn("w:p"):
                text = self._text(child)
                if not text:
                    continue
                if self._is_item(child):
                    items.append(text)
                    continue
                yield from _taken(items)
                level = self._level(child, text)
                yield Heading(level, text) if level else Paragraph(text)
            elif child.tag == qn("w:tbl"):
                yield from _taken(items)
                table = self._table(child, depth)
                if table.rows:
                    yield table
            elif child.tag in (qn("w:sdt"), qn("w:ins"), qn("w:sdtContent"), qn("w:customXml")):
                yield from _taken(items)
                yield from self.blocks(child, depth)
        yield from _taken(items)

    def _table(self, table: Any, depth: int) -> Table:
        rows = []
        for row in table.iterchildren(qn("w:tr")):
            cells: list[str] = []
            for cell in row.iterchildren(qn("w:tc")):
                if depth < _DEEPEST:
                    cells.append(_cell_text(self.blocks(cell, depth + 1)))
                else:
                    cells.append(" ".join(node.text or "" for node in cell.iter(qn("w:t"))))
            if any(cells):
                rows.append(tuple(cells))
        return Table(tuple(rows))

    def _text(self, paragraph: Any) -> str:
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        inherited = self._fonts.get(str(style.get(qn("w:val")))) if style is not None else None
        parts = []
        for run in paragraph.iter(qn("w:r")):
            if any(parent.tag == _FALLBACK for parent in run.iterancestors()):
                continue  # the same text a second time, for old programs
            written = "".join(_pieces(run))
            font = _font(run.find(qn("w:rPr"))) or inherited or self._default_font
            parts.append(from_font(written, font))
        lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
        return "\n".join(line for line in lines if line)

    def _is_item(self, paragraph: Any) -> bool:
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        name = "" if style is None else str(style.get(qn("w:val"), ""))
        numbered = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
        return (numbered or name.startswith("List")) and name not in self._levels

    def _level(self, paragraph: Any, text: str) -> int:
        """The heading level, 0 for an ordinary paragraph."""
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        name = "" if style is None else str(style.get(qn("w:val"), ""))
        if name in self._levels:
            return self._levels[name]
        runs = [run for run in paragraph.iter(qn("w:r")) if "".join(_pieces(run)).strip()]
        bold = all(_is_bold(run.find(qn("w:rPr"))) or name in self._bold for run in runs)
        short = len(text) <= _BOLD_HEADING and "\n" not in text
        return _BOLD_LEVEL if runs and bold and short else 0


_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def _pieces(run: Any) -> Iterator[str]:
    for node in run:
        if node.tag == qn("w:t"):
            yield node.text or ""
        elif node.tag == qn("w:tab"):
            yield " "
        elif node.tag in (qn("w:br"), qn("w:cr")):
            yield "\n"
        elif node.tag == qn("w:noBreakHyphen"):
            yield "-"


def _font(properties: Any) -> str | None:
    fonts = None if properties is None else properties.find(qn("w:rFonts"))
    if fonts is None:
        return None
    name = fonts.get(qn("w:ascii")) or fonts.get(qn("w:hAnsi"))
    return None if name is None else str(name)


def _is_bold(properties: Any) -> bool:
    bold = None if properties is None else properties.find(qn("w:b"))
    return bold is not None and bold.get(qn("w:val"), "1") not in ("0", "false")


def _taken(items: list[str]) -> Iterator[Items]:
    """The items gathered so far as a list, leaving none."""
    if items:
        yield Items(tuple(items))
        items.clear()


def _cell_text(blocks: Iterator[Block]) -> str:
    lines: list[str] = []
    for block in blocks:
        match block:
            case Items():
                lines += [f"- {item}" for item in block.items]
            case Table():
                lines += [" | ".join(cell.replace("\n", " ") for cell in row) for row in block.rows]
            case _:
                lines.append(block.text)
    return "\n".join(lines)
