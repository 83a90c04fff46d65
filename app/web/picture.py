"""A list drawn as a PNG, as wide as a phone's screen is sharp, in the posters' typeface."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_WIDTH = 1080
_MARGIN = 64
_LEADING = 1.35
_SIZES = {"large": 58, "heading": 42, "text": 38, "small": 30}
_INK, _SOFT, _RULE, _PAPER = 20, 80, 210, 255
"""Greys, for a picture that is small to send and prints on anything."""
_STEP = 17
"""Sixteen greys are enough for smooth letters and compress to half."""
_BOX = 40
"""Side of the square to tick."""
_BOX_INDENT = 68
_CODE_SIDE = 420
_TALLEST = 12_000
"""Pixels; a longer list is cut, and says so."""

Modules = tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, in bold; the picture's own is large."""

    text: str
    large: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A line with a square to tick, and a note below it."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, from top to bottom; the code comes last."""

    lines: tuple[Heading | Text | Tick, ...]
    code: Modules = ()
    """Rows of a QR code's modules, True is dark; empty for none."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One broken line of text at its place, in pixels."""

    text: str
    font: ImageFont.FreeTypeFont
    left: int
    top: int
    colour: int


def draw(picture: Picture) -> bytes:
    """The picture as a PNG, 1080 pixels wide and as tall as its lines need."""
    rows: list[_Row] = []
    boxes: list[int] = []
    rules: list[int] = []
    top = _MARGIN
    for line in picture.lines:
        match line:
            case Heading(text, large):
                top += 0 if large else 22
                if not large:
                    rules.append(top)
                    top += 18
                top = _place(rows, text, "large" if large else "heading", True, _MARGIN, top, _INK)
            case Text(text, small):
                colour = _SOFT if small else _INK
                top = _place(rows, text, "small" if small else "text", False, _MARGIN, top, colour)
            case Tick(text, note):
                boxes.append(top + 6)
                left = _MARGIN + _BOX_INDENT
                top = _place(rows, text, "text", False, left, top, _INK)
                if note:
                    top = _place(rows, note, "small", False, left, top - 6, _SOFT)
        top += 10
        if top > _TALLEST:
            top = _place(
                rows, "… Danh sách còn dài, hãy mở trang.", "text", True, _MARGIN, top, _INK
            )
            break

    height = top + _MARGIN + (_CODE_SIDE if picture.code else 0)
    image = Image.new("L", (_WIDTH, height), _PAPER)
    pen = ImageDraw.Draw(image)
    for rule in rules:
        pen.line((_MARGIN, rule, _WIDTH - _MARGIN, rule), fill=_RULE, width=2)
    for box in boxes:
        pen.rectangle((_MARGIN, box, _MARGIN + _BOX, box + _BOX), outline=_INK, width=4)
    for row in rows:
        pen.text((row.left, row.top), row.text, font=row.font, fill=row.colour)
    if picture.code:
        _draw_code(pen, picture.code, top)
    file = BytesIO()
    image.point([round(grey / _STEP) * _STEP for grey in range(256)]).save(file, format="PNG")
    return file.getvalue()


def _place(
    rows: list[_Row],
    text: str,
    size: str,
    bold: bool,
    left: int,
    top: int,
    colour: int,
) -> int:
    """Break a text into rows from ``top`` on; the height where the next may begin."""
    font = _font(bold, _SIZES[size])
    step = round(_SIZES[size] * _LEADING)
    for row in _broken(unicodedata.normalize("NFC", text), font, _WIDTH - _MARGIN - left):
        rows.append(_Row(row, font, left, top, colour))
        top += step
    return top


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    rows: list[str] = []
    row = ""
    for word in text.split():
        while font.getlength(word) > width:  # an address without spaces
            fits = next(
                end for end in range(len(word), 0, -1) if font.getlength(word[:end]) <= width
            )
            rows += [row] if row else []
            rows.append(word[:fits])
            row, word = "", word[fits:]
        wider = f"{row} {word}" if row else word
        if font.getlength(wider) > width:
            rows.append(row)
            row = word
        else:
            row = wider
    return [*rows, row] if row else rows


def _draw_code(pen: ImageDraw.ImageDraw, modules: Modules, top: int) -> None:
    side = _CODE_SIDE // len(modules)
    left = (_WIDTH - side * len(modules)) // 2
    for down, row in enumerate(modules):
        for across, dark in enumerate(row):
            if dark:
                x, y = left + across * side, top + 20 + down * side
                pen.rectangle((x, y, x + side - 1, y + side - 1), fill=0)


@cache
def _font(bold: bool, size: int) -> ImageFont.FreeTypeFont:
    name = "BeVietnamPro-Bold.ttf" if bold else "BeVietnamPro-Regular.ttf"
    return ImageFont.truetype(BytesIO((files("qr") / "fonts" / name).read_bytes()), size)
