"""Paints the first pages of a document, for people to compare what was read with the original."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from ingest.documents.blocks import DocumentFormat
from ingest.documents.limits import MAX_POINTS, Limits
from ingest.documents.ocr import can_recognise, quarter_turns
from ingest.documents.refusals import Refusal, RefusedDocumentError
from ingest.documents.sniff import format_of

_WIDTH = 1_000
"""Points across: the small print of an A4 page can be read."""
_TALLEST = 3_000
_QUALITY = 78


def paint(path: Path, limits: Limits, folder: Path) -> int:
    """Paint pages as ``0.jpg``, ``1.jpg`` … in a folder and return how many; none has no pages.

    Raises:
        RefusedDocumentError: when the file is not what it was, or is broken.
    """
    count = 0
    try:
        for count, picture in enumerate(_pages(path, limits), 1):
            picture.save(folder / f"{count - 1}.jpg", "JPEG", quality=_QUALITY)
    except (pypdfium2.PdfiumError, Image.DecompressionBombError, UnidentifiedImageError) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise RefusedDocumentError(Refusal.BROKEN, str(error)) from error
    return count


def _pages(path: Path, limits: Limits) -> Iterator[Image.Image]:
    found = format_of(path, limits)
    if found is DocumentFormat.PDF:
        yield from _of_pdf(path, limits.max_pictures)
    elif found is DocumentFormat.IMAGE:
        yield from _of_picture(path, limits.max_pictures)


def _of_pdf(path: Path, most: int) -> Iterator[Image.Image]:
    pdf = pypdfium2.PdfDocument(path)
    try:
        for number in range(min(len(pdf), most)):
            page = pdf[number]
            try:
                width, height = page.get_size()
                scale = min(_WIDTH / max(width, 1), _TALLEST / max(height, 1))
                yield page.render(scale=scale).to_pil().convert("RGB")
            finally:
                page.close()
    finally:
        pdf.close()


def _of_picture(path: Path, most: int) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_POINTS is ours
        with Image.open(path) as picture:
            for number, frame in enumerate(ImageSequence.Iterator(picture)):
                if number == most:
                    return
                if frame.width * frame.height > MAX_POINTS:
                    raise RefusedDocumentError(Refusal.TOO_MANY_POINTS)
                yield _upright(ImageOps.exif_transpose(frame).convert("RGB"))


def _upright(picture: Image.Image) -> Image.Image:
    """Small enough to send, and not on its side."""
    picture.thumbnail((_TALLEST, _TALLEST))
    turns = quarter_turns(picture.convert("L")) if can_recognise() else 0
    if turns:
        picture = picture.rotate(90 * turns, expand=True)
    picture.thumbnail((_WIDTH, _TALLEST))
    return picture
