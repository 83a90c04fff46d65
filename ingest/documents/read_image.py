"""Reads photographs and scans of pages: text and ruled tables, by character recognition."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageSequence, UnidentifiedImageError

from ingest.documents.blocks import Block, Document, DocumentFormat, Table
from ingest.documents.clean_picture import Grid, cleaned, ruled
from ingest.documents.limits import MAX_POINTS, Limits
from ingest.documents.lines import Line, blocks_of, over_pages, unwrapped
from ingest.documents.ocr import Word, can_recognise, words_in
from ingest.documents.refusals import Refusal, RefusedDocumentError

_LEAST = 30.0
"""Confidence, of 100, below which a sign standing alone is a stain; a word or number is kept, since
a doubtful one is seen and mended and a missing one is not."""
_UNSURE = 75.0
"""Mean confidence of a page below which staff are told to compare word by word."""
_EDGE = 6
"""Points around a cell left out with its rule."""
_LOWEST_BAND = 18
"""Points; between two tables there may be less than a line of text."""

ALWAYS = "Đọc bằng nhận dạng chữ: đối chiếu từng con số với bản gốc."
FAINT = "Ảnh mờ, chữ nhận dạng không chắc: đối chiếu từng chữ với bản gốc."


def read_image(path: Path, limits: Limits, told: Callable[[int, int], None]) -> Document:
    """The document of a picture; each frame of a TIFF is a page, and told of when begun.

    Raises:
        RefusedDocumentError: when it is broken, too large, or nothing can be read.
    """
    if not can_recognise():
        raise RefusedDocumentError(Refusal.NO_OCR)
    pages: list[list[Block]] = []
    notes: set[str] = set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_POINTS is ours
            with Image.open(path) as picture:
                if getattr(picture, "n_frames", 1) > limits.max_scanned_pages:
                    raise RefusedDocumentError(Refusal.TOO_MANY_SCANS)
                for frame in ImageSequence.Iterator(picture):
                    if frame.width * frame.height > MAX_POINTS:
                        raise RefusedDocumentError(Refusal.TOO_MANY_POINTS)
                    told(len(pages), getattr(picture, "n_frames", 1))
                    blocks, said = page_of(frame)
                    pages.append(blocks)
                    notes.update(said)
    except Image.DecompressionBombError as error:
        raise RefusedDocumentError(Refusal.TOO_MANY_POINTS, str(error)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    whole = tuple(over_pages(pages))
    return Document(DocumentFormat.IMAGE, whole, len(pages), True, tuple(sorted(notes)))


def page_of(picture: Image.Image) -> tuple[list[Block], tuple[str, ...]]:
    """The blocks of one page from top to bottom, and what staff should know."""
    grids, page = ruled(cleaned(picture))
    found: list[Block] = []
    words: list[Word] = []
    top = 0
    for grid in grids:
        found += _text(page, top, grid.top - _EDGE, words)
        found += _table(page, grid, words)
        top = grid.bottom + _EDGE
    found += _text(page, top, page.height, words)
    confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
    return found, (ALWAYS,) if confidence >= _UNSURE else (ALWAYS, FAINT)


def _text(page: Image.Image, top: int, bottom: int, seen: list[Word]) -> list[Block]:
    if bottom - top < _LOWEST_BAND:
        return []
    band = page.crop((0, top, page.width, bottom))
    words = [word for word in words_in(band, one_block=False) if _is_written(word)]
    seen += words
    return blocks_of(_lines(words))


def _table(page: Image.Image, grid: Grid, seen: list[Word]) -> list[Block]:
    """Each column is read by itself: the lines of neighbours stand at different heights."""
    columns: list[list[str]] = []
    for left, right in pairwise(grid.columns):
        strip = page.crop((left + _EDGE, grid.top, right - _EDGE, grid.bottom))
        words = [word for word in words_in(strip, one_block=True) if _is_written(word)]
        seen += words
        columns.append(
            [
                unwrapped("\n".join(line.text for line in _lines(_within(words, grid, row))))
                for row in grid.rows
            ]
        )
    rows = tuple(row for row in zip(*columns, strict=True) if any(row))
    return [Table(rows)] if rows else []


def _is_written(word: Word) -> bool:
    return word.confidence >= _LEAST or sum(map(str.isalnum, word.text)) > 1


def _within(words: Iterable[Word], grid: Grid, row: tuple[int, int]) -> list[Word]:
    top, bottom = row[0] - grid.top, row[1] - grid.top
    return [word for word in words if top <= (word.top + word.bottom) / 2 < bottom]


def _lines(words: Iterable[Word]) -> list[Line]:
    by_line: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        by_line.setdefault(word.line, []).append(word)
    return [
        Line(
            " ".join(word.text for word in line),
            min(word.left for word in line),
            max(word.right for word in line),
            min(word.top for word in line),
            max(word.bottom for word in line),
        )
        for line in by_line.values()
    ]
