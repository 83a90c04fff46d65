"""Streams records out of files: JSON lines, one JSON document, either of them compressed."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ingest.portal.detail import is_detail, read_detail
from ingest.portal.prose import is_prose, read_prose
from ingest.portal.record import PortalRecord
from ingest.portal.wording import line

LARGEST_RECORD = 8_000_000
"""Bytes of one record. The largest seen has 0.2 MB."""
LARGEST_FILE = 2_000_000_000
"""Bytes of one file once decompressed; a compressed file may otherwise never end."""
_CHUNK = 1_000_000
_BOM = b"\xef\xbb\xbf"


class PortalFileError(Exception):
    """A file that cannot be read at all; the message says which and why."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record left out, with its place and the reason."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Read:
    """A record and the bytes it was read from."""

    record: PortalRecord
    raw: bytes


def read_file(
    path: Path, *, largest_record: int = LARGEST_RECORD, largest_file: int = LARGEST_FILE
) -> Iterator[Read | BadRecord]:
    """The records of one file in its order; one record is in memory at a time.

    Raises:
        PortalFileError: when the file cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise PortalFileError(f"Không mở được {path} ({error.strerror}).") from error
    with file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if packed else file
        number = 0
        try:
            for number, raw in _pieces(_Limited(stream, largest_file), largest_record):
                place = f"{path.name}, bản ghi {number}"
                if raw is None:
                    yield BadRecord(place, f"dài quá {largest_record} byte, không đọc.")
                    continue
                found = read_record(raw, place)
                if isinstance(found, PortalRecord):
                    yield Read(found, raw)
                elif found is not None:
                    yield found
        except _TooLargeError:
            yield BadRecord(
                path.name, f"dài quá {largest_file} byte sau khi giải nén; phần sau không đọc."
            )
        except (EOFError, OSError, zlib.error):
            yield BadRecord(path.name, f"tệp hỏng hoặc bị cắt cụt sau bản ghi {number}.")


def read_record(raw: bytes, place: str) -> PortalRecord | BadRecord | None:
    """One record from its JSON; None for an empty line."""
    if not raw.strip():
        return None
    try:
        data = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return BadRecord(place, "không phải UTF-8. Lưu lại tệp với mã UTF-8.")
    except (ValueError, RecursionError):
        return BadRecord(place, "không phải JSON.")
    if isinstance(data, dict) and "data" in data and "executionMethods" not in data:
        if not isinstance(data["data"], dict):
            return BadRecord(place, f"Cổng không trả bản ghi (mã {line(data.get('code')) or '?'}).")
        data = data["data"]
    if not isinstance(data, dict):
        return BadRecord(place, "không phải một bản ghi thủ tục.")
    return _record(data, place)


def _record(data: dict[str, Any], place: str) -> PortalRecord | BadRecord:
    if is_detail(data):
        found = read_detail(data)
    elif is_prose(data):
        found = read_prose(data)
    else:
        return BadRecord(place, "không nhận ra dạng bản ghi (không phải chi tiết, không phải chữ).")
    if not _is_code(found.code):
        return BadRecord(place, f"mã thủ tục “{found.code}” sai dạng; phải như 1.004222.")
    if not any(character.isalpha() for character in found.name):
        return BadRecord(place, f"thủ tục {found.code} không có tên.")
    return found


def _is_code(code: str) -> bool:
    head, _, tail = code.partition(".")
    return code.isascii() and len(head) == 1 and len(tail) == 6 and (head + tail).isdigit()


class _TooLargeError(Exception):
    pass


class _Limited(io.RawIOBase):
    """Stops a stream that goes on for too long."""

    def __init__(self, stream: BinaryIO | gzip.GzipFile, limit: int) -> None:
        super().__init__()
        self._stream, self._left = stream, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise _TooLargeError
        buffer[: len(data)] = data
        return len(data)


def _pieces(stream: io.RawIOBase, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Numbered pieces of JSON; None for one that is too long.

    A file whose first line opens a list or a spread-out object is one document, all else is lines.
    """
    reader: io.BufferedReader[Any] = io.BufferedReader(stream, _CHUNK)
    if reader.peek(3).startswith(_BOM):
        reader.read(3)
    start = reader.peek(_CHUNK)[:_CHUNK].lstrip()
    first = start.split(b"\n", 1)[0].strip()
    if first.startswith(b"[") or first == b"{":
        yield from _members(reader, limit)
    else:
        yield from _lines(reader, limit)


def _lines(reader: io.BufferedReader[Any], limit: int) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    while piece := reader.readline(limit + 1):
        number += 1
        if len(piece) <= limit:
            yield number, piece
            continue
        while piece and not piece.endswith(b"\n"):
            piece = reader.readline(_CHUNK)
        yield number, None


def _members(reader: io.BufferedReader[Any], limit: int) -> Iterator[tuple[int, bytes | None]]:
    """The outermost objects of one document, found by counting braces outside strings."""
    number, depth, in_string, escaped = 0, 0, False, False
    piece, too_long = bytearray(), False
    while chunk := reader.read1(_CHUNK):
        begin = 0
        for place, byte in enumerate(chunk):
            if in_string:
                if escaped:
                    escaped = False
                elif byte == 0x5C:
                    escaped = True
                elif byte == 0x22:
                    in_string = False
            elif byte == 0x22:
                in_string = depth > 0
            elif byte == 0x7B:
                if depth == 0:
                    begin = place
                depth += 1
            elif byte == 0x7D and depth:
                depth -= 1
                if depth == 0:
                    piece += chunk[begin : place + 1]
                    number += 1
                    yield number, None if too_long or len(piece) > limit else bytes(piece)
                    piece, too_long = bytearray(), False
        if depth:
            piece += chunk[begin:]
            if len(piece) > limit:
                piece, too_long = bytearray(), True
    if depth:
        yield number + 1, bytes(piece)
