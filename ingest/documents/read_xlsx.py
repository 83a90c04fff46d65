"""Reads Excel workbooks (.xlsx): each visible sheet is a heading and a table."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ingest.documents.blocks import Block, Document, DocumentFormat, Heading, Table
from ingest.documents.encodings import from_font
from ingest.documents.limits import MAX_CELLS
from ingest.documents.refusals import Refusal, RefusedDocumentError


def read_xlsx(path: Path, max_cells: int = MAX_CELLS) -> Document:
    """The document of a workbook; of a formula, the value last calculated.

    Raises:
        RefusedDocumentError: when the file is broken or has too many cells.
    """
    try:
        # read row by row: a sheet may claim a billion of them
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    blocks: list[Block] = []
    left = max_cells
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            rows: list[tuple[str, ...]] = []
            for row in sheet.iter_rows():
                left -= max(len(row), 1)
                if left < 0:
                    raise RefusedDocumentError(Refusal.TOO_MANY_CELLS)
                cells = [_shown(cell.value, _font_of(cell)) for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    rows.append(tuple(cells))
            if rows:
                blocks += [Heading(1, sheet.title), Table(_squared(rows))]
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    finally:
        book.close()
    return Document(DocumentFormat.XLSX, tuple(blocks))


def _font_of(cell: object) -> str | None:
    font = getattr(cell, "font", None)
    return None if font is None else font.name


def _shown(value: object, font: str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, datetime | date):
        return f"{value.day:02}/{value.month:02}/{value.year}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = from_font(str(value), font)
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))


def _squared(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The rows without the columns that are empty from top to bottom."""
    width = max(map(len, rows))
    full = [row + ("",) * (width - len(row)) for row in rows]
    kept = [column for column in range(width) if any(row[column] for row in full)]
    return tuple(tuple(row[column] for column in kept) for row in full)
