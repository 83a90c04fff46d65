"""Reads PDF: text and ruled tables; pages that are only pictures go to character recognition."""

from __future__ import annotations

import logging
import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException
from pypdfium2 import raw

from ingest.documents.blocks import Block, Document, DocumentFormat, Table
from ingest.documents.encodings import from_font
from ingest.documents.limits import Limits
from ingest.documents.lines import Line, blocks_of, over_pages, unwrapped
from ingest.documents.ocr import can_recognise
from ingest.documents.read_image import page_of
from ingest.documents.refusals import Refusal, RefusedDocumentError

_LEAST_LETTERS = 20
"""A page with fewer letters than this that holds a picture is a scan."""
_DPI = 300
_LONGEST = 3_600
"""Points of a rendered page's longer side, however large it claims to be."""
_TAIL = 4_096
"""Bytes at the end in which a whole file has its last mark."""
_SCRIPTS = (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch")

SCRIPTED = "Tệp PDF có đoạn mã chạy được; mã không được chạy."


def read_pdf(path: Path, limits: Limits, told: Callable[[int, int], None]) -> Document:
    """The document of a PDF; tells how many of its pages are done.

    Raises:
        RefusedDocumentError: when it is encrypted, broken, too long, or a scan that cannot be read.
    """
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    notes: list[str] = []
    if _check_whole(path):
        notes.append(SCRIPTED)
    scans = _Scans(path, limits)
    try:
        with pdfplumber.open(path) as pdf:
            pages: list[list[Block]] = []
            for number, page in enumerate(pdf.pages):
                told(number, len(pdf.pages))
                if sum(1 for char in page.chars if char["text"].strip()) >= _LEAST_LETTERS:
                    pages.append(_page(page))
                elif page.images or scans.paints(number):
                    pages.append(scans.page(number))
                else:
                    pages.append(_page(page))
                page.close()  # or every page's letters stay in memory
    except (PDFException, PSException, pypdfium2.PdfiumError, ValueError, KeyError) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    finally:
        scans.close()
    notes += sorted(scans.notes)
    blocks = tuple(over_pages(pages))
    return Document(DocumentFormat.PDF, blocks, len(pages), scans.done > 0, tuple(notes))


def _check_whole(path: Path) -> bool:
    """Refuse a file without its end, where pages would be lost silently; tell of scripts."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data.find(b"%%EOF", max(0, len(data) - _TAIL)) < 0:
            raise RefusedDocumentError(Refusal.BROKEN, "no end mark")
        return any(data.find(mark) >= 0 for mark in _SCRIPTS)


class _Scans:
    """The pages as pictures, rendered one at a time."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.done = 0
        self.notes: set[str] = set()
        self._limit = limits.max_scanned_pages
        try:
            self._pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            code = raw.FPDF_GetLastError()
            locked = code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
            locked = locked or "password" in str(error).lower()
            raise RefusedDocumentError(
                Refusal.ENCRYPTED if locked else Refusal.BROKEN, str(error)
            ) from error
        if not len(self._pdf):
            self.close()
            raise RefusedDocumentError(Refusal.NO_PAGE)
        if len(self._pdf) > limits.max_pages:
            self.close()
            raise RefusedDocumentError(Refusal.TOO_MANY_PAGES)

    def paints(self, number: int) -> bool:
        """Whether the page shows anything at all."""
        page = self._pdf[number]
        try:
            return next(page.get_objects(max_depth=1), None) is not None
        finally:
            page.close()

    def page(self, number: int) -> list[Block]:
        if not can_recognise():
            raise RefusedDocumentError(Refusal.NO_OCR)
        self.done += 1
        if self.done > self._limit:
            raise RefusedDocumentError(Refusal.TOO_MANY_SCANS)
        page = self._pdf[number]
        try:
            scale = min(_DPI / 72, _LONGEST / max(*page.get_size(), 1))
            picture = page.render(scale=scale, grayscale=True).to_pil()
        finally:
            page.close()
        blocks, notes = page_of(picture)
        self.notes.update(notes)
        return blocks

    def close(self) -> None:
        self._pdf.close()


def _page(page: Any) -> list[Block]:
    """The blocks of a page with text; what stands inside a table is not told twice."""
    found: list[Block] = []
    top = 0.0
    for table in sorted(page.find_tables(), key=lambda one: one.bbox[1]):
        rows = tuple(
            tuple(unwrapped(from_font(cell or "", _font_of(page))) for cell in row)
            for row in table.extract()
        )
        rows = tuple(row for row in rows if any(row))
        if not rows or max(map(len, rows)) < 2 or table.bbox[1] < top:
            continue
        found += blocks_of(_lines(page, top, table.bbox[1]))
        found.append(Table(rows))
        top = table.bbox[3]
    return found + blocks_of(_lines(page, top, page.height))


def _lines(page: Any, top: float, bottom: float) -> list[Line]:
    if bottom - top < 1:
        return []
    band = page.within_bbox((page.bbox[0], top, page.bbox[2], bottom), strict=False)
    lines = []
    for line in band.extract_text_lines(return_chars=True):
        text = " ".join(line["text"].split())
        if not text:
            continue
        names = [char["fontname"] for char in line["chars"]]
        bold = all("bold" in name.lower() for name in names)
        text = from_font(text, _plain(names[0]))
        lines.append(Line(text, line["x0"], line["x1"], line["top"], line["bottom"], bold))
    return lines


def _font_of(page: Any) -> str | None:
    return _plain(page.chars[0]["fontname"]) if page.chars else None


def _plain(font: str) -> str:
    """The font's name without the mark of a subset, ``ABCDEF+.VnTime``."""
    return font.split("+", 1)[-1]
