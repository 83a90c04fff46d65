"""Text in the posters' typeface: measured, broken into lines that fit, and as outlines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

FAMILY = "Be Vietnam Pro"
FONTS = Path(__file__).parent / "fonts"
MM_PER_POINT = 25.4 / 72
LEADING = 1.3
"""Of the type size: room for two marks over a capital, as in Ế."""
CAPITAL = 0.74
"""Height of a capital, of the type size."""

Style = Literal["", "B"]
_FILES: dict[Style, str] = {"": "BeVietnamPro-Regular.ttf", "B": "BeVietnamPro-Bold.ttf"}
_UNITS_TO_THOUSANDTHS = 1000


class UnprintableTextError(ValueError):
    """A text holds a character that the font lacks; the message names both, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Lines:
    """One text in one size, broken into lines that fit."""

    lines: tuple[str, ...]
    size: float
    """In points."""
    style: Style

    @property
    def leading(self) -> float:
        """From one line to the next, in millimetres."""
        return self.size * MM_PER_POINT * LEADING

    @property
    def height(self) -> float:
        """Of all lines, in millimetres."""
        return self.leading * len(self.lines)


class Typeface:
    """One of the bundled fonts. Its advances are all that is read of it until it is drawn."""

    def __init__(self, style: Style) -> None:
        self.file = FONTS / _FILES[style]
        font = TTFont(self.file, lazy=False)
        self._names: dict[int, str] = font.getBestCmap()
        per_em = font["head"].unitsPerEm
        self._advances: dict[str, float] = {
            name: width / per_em for name, (width, _) in font["hmtx"].metrics.items()
        }
        self._glyphs = font.getGlyphSet()
        self._outlines: dict[str, str] = {}
        self._drawing = Lock()
        self.scale = _UNITS_TO_THOUSANDTHS / per_em

    def width(self, text: str, size: float) -> float:
        """How wide a text of some points is, in millimetres.

        Raises:
            UnprintableTextError: for a character that the font lacks.
        """
        em = sum(self._advances[self._name(character, text)] for character in text)
        return em * size * MM_PER_POINT

    def advance(self, character: str) -> float:
        """How far a character moves the pen, of the type size."""
        return self._advances[self._names[ord(character)]]

    def outline(self, character: str) -> str:
        """A character as the path of an SVG, upside down, a thousand units to the type size."""
        with self._drawing:
            if character not in self._outlines:
                pen = SVGPathPen(self._glyphs, ntos=lambda number: f"{number * self.scale:g}")
                self._glyphs[self._names[ord(character)]].draw(pen)
                self._outlines[character] = pen.getCommands()
            return self._outlines[character]

    def _name(self, character: str, text: str) -> str:
        name = self._names.get(ord(character))
        if name is None or unicodedata.combining(character):
            raise UnprintableTextError(
                f"Phông chữ áp phích không in được ký tự “{character}” "
                f"(U+{ord(character):04X}) trong “{text}”; hãy bỏ hoặc thay ký tự này."
            )
        return name


@cache
def typeface(style: Style) -> Typeface:
    """A bundled font, read once."""
    return Typeface(style)


def fitted(
    parts: Sequence[str],
    style: Style,
    sizes: tuple[float, float],
    width: float,
    most_lines: int = 1,
) -> Lines:
    """The largest size with at most so many lines; at the smallest, as many as it takes."""
    size, smallest = sizes
    lines = _broken_at(parts, style, size, width)
    while len(lines) > most_lines and size > smallest:
        size = max(size - 0.5, smallest)
        lines = _broken_at(parts, style, size, width)
    return Lines(_evened(parts, style, size, width, lines), size, style)


def plain(text: str) -> str:
    """Composed letters, single spaces, nothing invisible."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def words(text: str) -> list[str]:
    """Pieces between which a line may break; a dash stays with the word before it."""
    return re.findall(r"\S+(?: [–-](?= ))?\s*", text)


def address_parts(link: str) -> list[str]:
    """What one would type; a line may break before a sign, lest a dash seem to split a word."""
    return re.findall(r"[/.-]*[^/.-]+|[/.-]+$", link.removeprefix("https://"))


def _broken_at(parts: Sequence[str], style: Style, size: float, width: float) -> tuple[str, ...]:
    face = typeface(style)
    face.width("".join(parts), size)  # refuses what cannot be printed, in one piece
    return _broken(parts, width, lambda text: face.width(text, size))


def _evened(
    parts: Sequence[str], style: Style, size: float, width: float, lines: tuple[str, ...]
) -> tuple[str, ...]:
    """The same number of lines at about the same length, so that no word stands alone."""
    if len(lines) == 1:
        return lines
    face = typeface(style)
    for percent in range(98, 50, -2):
        narrower = _broken(parts, width * percent / 100, lambda text: face.width(text, size))
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _broken(parts: Sequence[str], width: float, measure: Callable[[str], float]) -> tuple[str, ...]:
    """Lines no wider than ``width``, broken between parts, inside one only where it must be."""
    lines = []
    line = ""
    for part in parts:
        if line and measure((line + part).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += part
        while measure(line.rstrip()) > width:
            length = next(
                n for n in range(len(line), 0, -1) if n == 1 or measure(line[:n]) <= width
            )
            lines.append(line[:length])
            line = line[length:]
    return (*lines, line.rstrip())
