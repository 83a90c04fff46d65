"""What is printed, in which size and as which kind of file, for the page and the command alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge_base.syllables import fold
from qr.poster import Poster, poster_page
from qr.sheet import Page, pdf_of, png_of, svg_of
from qr.stickers import sticker_pages


class Size(StrEnum):
    """What is made of a code."""

    A4 = "a4"
    A5 = "a5"
    STICKERS = "stickers"


class Kind(StrEnum):
    """As which kind of file."""

    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PNG: "image/png",
    Kind.SVG: "image/svg+xml",
}

_OTHER = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Printed:
    """One file to print."""

    ending: str
    """Such as ``-2.png``: the number of a page where there are several."""
    data: bytes


def pages_of(posters: Sequence[Poster], size: Size) -> tuple[Page, ...]:
    """The pages of some posters; raises what ``poster_page`` and ``sticker_pages`` raise."""
    if size is Size.STICKERS:
        return sticker_pages(posters)
    return tuple(poster_page(poster, half=size is Size.A5) for poster in posters)


def printed(posters: Sequence[Poster], size: Size, kind: Kind) -> tuple[Printed, ...]:
    """The files of some posters: one PDF, or one picture for each page.

    Raises ``UnprintableTextError``, ``TextTooLongError`` and ``LinkTooLongError``.
    """
    pages = pages_of(posters, size)
    if kind is Kind.PDF:
        return (Printed(".pdf", pdf_of(pages)),)
    drawn = [_picture(page, kind) for page in pages]
    if len(drawn) == 1:
        return (Printed(f".{kind}", drawn[0]),)
    return tuple(Printed(f"-{number}.{kind}", data) for number, data in enumerate(drawn, 1))


def _picture(page: Page, kind: Kind) -> bytes:
    return png_of(page) if kind is Kind.PNG else svg_of(page).encode()


def file_name(*parts: str) -> str:
    """Words as a file's name on any system: small letters without marks, dashes between."""
    return "-".join(name for part in parts if (name := _OTHER.sub("-", fold(part)).strip("-")))
