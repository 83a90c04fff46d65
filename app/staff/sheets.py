"""Tables of figures as CSV and XLSX: safe to open, written row by row."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from app.staff.tables import Hidden, Share, Value

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_PIECE = 1 << 16
_IN_MEMORY = 1 << 20
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""A cell that begins so is a formula to one program or another."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What the format of XLSX cannot hold."""
_WIDEST = 60

Row = Sequence[Value]


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A table as UTF-8 with the mark by which Excel knows it, a piece at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow([harmless(name) for name in columns])
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        if buffer.tell() >= _PIECE:
            yield _taken(buffer)
    yield _taken(buffer)


def as_xlsx(title: str, columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """A table as a workbook of one sheet, a piece at a time.

    It is written to a file first: the format begins with what is known at its end.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.freeze_panes = "A2"
    for number, name in enumerate(columns, 1):
        wide = 44 if number == 1 else max(12, len(name) + 3)
        sheet.column_dimensions[get_column_letter(number)].width = min(_WIDEST, wide)
    sheet.append([_cell(sheet, name, bold=True) for name in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        yield from _pieces(file)


def harmless(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would read as a formula (CWE-1236)."""
    return f"'{text}" if text.lstrip(" ").startswith(_DANGEROUS) else text


def _plain(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, Share):
        return round(value.part, 4)
    if isinstance(value, int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return harmless(str(value))


def _cell(sheet: WriteOnlyWorksheet, value: Value, *, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet)
    if isinstance(value, Share):
        cell.value = value.part
        cell.number_format = "0.0%"
    elif isinstance(value, str | Hidden):
        # as text, whatever it begins with: openpyxl would make “=…” a formula
        cell.value = _UNPRINTABLE.sub("", harmless(str(value)))
        cell.data_type = "s"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
    elif value is not None:
        cell.value = value
    if bold:
        cell.font = Font(bold=True)
    return cell


def _taken(buffer: io.StringIO) -> bytes:
    piece = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return piece


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
