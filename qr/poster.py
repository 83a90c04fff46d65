"""The A4 poster of one place, as a PDF: a large code, what it is for, and its address in letters.

Every text is measured and broken into lines first; the code takes the height that is left.
Equal posters give equal bytes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from fpdf import FPDF
from fpdf.fonts import TTFFont

from qr.code import QUIET_ZONE, code_modules

TAGLINE = "Quét để hỏi thủ tục – 24/7 – miễn phí"
NOTICE = "Chỉ mở khi màn hình hiện đúng địa chỉ này."
QUESTIONS_HEADING = "Bà con có thể hỏi:"
TELEPHONES_HEADING = "Không có điện thoại thông minh, gọi:"
WITHOUT_TELEPHONES = "Không có điện thoại thông minh thì hỏi trực tiếp cán bộ."
DISCLAIMER = "Trợ lý AI, thông tin tham khảo; cán bộ quyết định"

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "Be Vietnam Pro"
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""fpdf2 insists on a date; the time of printing would make equal posters differ."""

_Style = Literal["", "B"]
_Colour = tuple[int, int, int]
_BLACK: _Colour = (0, 0, 0)
_WHITE: _Colour = (255, 255, 255)
_GREY: _Colour = (70, 70, 70)
_ACCENT: _Colour = (11, 83, 105)
"""A calm blue-green that a black and white printer turns into a dark grey."""

# Millimetres, except type sizes, which are points.
_PAGE_WIDTH = 210.0
_PAGE_HEIGHT = 297.0
_MARGIN = 14.0
_WIDTH = _PAGE_WIDTH - 2 * _MARGIN
_MM_PER_POINT = 25.4 / 72
_LEADING = 1.3
"""Of the type size: room for two marks over a capital, as in Ế."""
_CAPITAL = 0.74
"""Height of a capital, of the type size."""

_TAGLINE_BAND = 16.0
_BRACKET = 15.0
_BRACKET_STROKE = 1.4
_ADDRESS_GAP = 3.0
_QUESTION_BAR = 1.4
_QUESTION_INDENT = 6.0
_QUESTION_GAP = 1.6
_RULE = 0.5
_LARGEST_CODE = 128.0
_GOOD_CODE = 112.0
_SMALLEST_CODE = 90.0
"""Sides with the quiet zone; a phone reads a code from about ten times its side."""
_QUESTION_SIZES = (18.0, 17.0, 16.0, 15.0, 14.0)
_GAPS = 5
"""Around the tagline, and before the questions, the rule and the last lines."""
_SMALLEST_GAP = 4.0


class UnprintableTextError(ValueError):
    """A text holds a character that the font lacks; the message names both, in Vietnamese."""


class TextTooLongError(ValueError):
    """The texts leave too little room for a code; the message is in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Poster:
    """What one poster (áp phích) says."""

    commune_name: str
    """Full, such as ``xã Hòa Tiến``."""
    place: str
    """Where it hangs, such as ``Quầy 3``; empty where it does not matter."""
    link: str
    questions: tuple[str, str, str]
    telephones: tuple[str, ...] = ()
    """Lines such as ``Bộ phận Một cửa: (0236) 3 846 123`` for those without a smartphone."""

    def __post_init__(self) -> None:
        """Refuse a poster that would say nothing where something must stand."""
        if not all(map(_plain, (self.commune_name, self.link, *self.questions))):
            raise ValueError("Áp phích thiếu tên xã, địa chỉ hoặc câu hỏi ví dụ.")


def poster_pdf(poster: Poster) -> bytes:
    """One A4 page.

    Raises ``UnprintableTextError``, ``TextTooLongError`` and ``LinkTooLongError``.
    """
    name = _plain(poster.commune_name)
    name = name[0].upper() + name[1:]
    sheet = _Sheet(title=f"{name}: {TAGLINE}")
    _draw(sheet, _measured(sheet, name, poster), poster.link)
    return sheet.bytes()


@dataclass(frozen=True, slots=True)
class _Lines:
    """One text in one size, broken into lines that fit."""

    lines: tuple[str, ...]
    size: float
    style: _Style

    @property
    def leading(self) -> float:
        return self.size * _MM_PER_POINT * _LEADING

    @property
    def height(self) -> float:
        return self.leading * len(self.lines)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Every text of the poster as it will stand, the side of the code and the gaps."""

    name: _Lines
    tagline: _Lines
    address: _Lines
    notice: _Lines
    heading: _Lines
    questions: tuple[_Lines, ...]
    telephone_heading: _Lines
    telephones: tuple[_Lines, ...]
    disclaimer: _Lines
    place: _Lines | None
    code_side: float
    gap: float


class _Sheet:
    """A page on which text is measured, then put, and whose fonts are the bundled ones."""

    def __init__(self, title: str) -> None:
        self.pdf = FPDF(unit="mm", format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_creation_date(_UNDATED)
        self.pdf.set_title(title)
        self.pdf.set_lang("vi")
        self.pdf.add_font(_FAMILY, "", _FONTS / "BeVietnamPro-Regular.ttf")
        self.pdf.add_font(_FAMILY, "B", _FONTS / "BeVietnamPro-Bold.ttf")
        self.pdf.add_page()

    def fitted(
        self,
        parts: Sequence[str],
        style: _Style,
        sizes: tuple[float, float],
        width: float = _WIDTH,
        most_lines: int = 1,
    ) -> _Lines:
        """The largest size with at most so many lines; at the smallest, as many as it takes."""
        size, smallest = sizes
        lines = self._broken(parts, style, size, width)
        while len(lines) > most_lines and size > smallest:
            size = max(size - 0.5, smallest)
            lines = self._broken(parts, style, size, width)
        return _Lines(self._evened(parts, width, lines), size, style)

    def put(
        self,
        text: _Lines,
        top: float,
        align: Literal["left", "center", "right"] = "left",
        indent: float = 0,
        colour: _Colour = _BLACK,
    ) -> float:
        """Draw a text under ``top``; the height where it ends."""
        self.pdf.set_font(_FAMILY, text.style, text.size)
        self.pdf.set_text_color(*colour)
        capital = text.size * _MM_PER_POINT * _CAPITAL
        for number, line in enumerate(text.lines):
            spare = _WIDTH - self.pdf.get_string_width(line)
            left = {"left": indent, "center": spare / 2, "right": spare}[align]
            baseline = top + text.leading * number + (text.leading + capital) / 2
            self.pdf.text(_MARGIN + left, baseline, line)
        return top + text.height

    def fill(self, left: float, top: float, width: float, height: float, radius: float = 0) -> None:
        """An area in the accent colour."""
        self.pdf.set_fill_color(*_ACCENT)
        self.pdf.rect(
            left, top, width, height, style="F", round_corners=radius > 0, corner_radius=radius
        )

    def bytes(self) -> bytes:
        """The finished file."""
        return bytes(self.pdf.output())

    def _broken(
        self, parts: Sequence[str], style: _Style, size: float, width: float
    ) -> tuple[str, ...]:
        self.pdf.set_font(_FAMILY, style, size)
        self._refuse_unprintable("".join(parts))
        return _broken(parts, width, self.pdf.get_string_width)

    def _evened(
        self, parts: Sequence[str], width: float, lines: tuple[str, ...]
    ) -> tuple[str, ...]:
        """The same number of lines at about the same length, so that no word stands alone."""
        if len(lines) == 1:
            return lines
        for percent in range(98, 50, -2):
            narrower = _broken(parts, width * percent / 100, self.pdf.get_string_width)
            if len(narrower) > len(lines):
                break
            lines = narrower
        return lines

    def _refuse_unprintable(self, text: str) -> None:
        font = self.pdf.current_font
        known = font.cmap if isinstance(font, TTFFont) else {}
        for character in text:
            if ord(character) not in known or unicodedata.combining(character):
                raise UnprintableTextError(
                    f"Phông chữ áp phích không in được ký tự “{character}” "
                    f"(U+{ord(character):04X}) trong “{text}”; hãy bỏ hoặc thay ký tự này."
                )


def _measured(sheet: _Sheet, name: str, poster: Poster) -> _Layout:
    """Decide every size; questions are the first to give way so that the code stays large."""
    title = sheet.fitted(_words(name), "B", (48, 34))
    if len(title.lines) > 1:
        title = sheet.fitted(_words(name), "B", (38, 26), most_lines=2)
    tagline = sheet.fitted(_words(TAGLINE), "B", (27, 20), _WIDTH - 10)
    address = sheet.fitted(_address_parts(poster.link), "B", (24, 13))
    notice = sheet.fitted(_words(NOTICE), "", (13, 11))
    heading = sheet.fitted(_words(QUESTIONS_HEADING), "B", (15, 13))
    numbers = tuple(plain for plain in map(_plain, poster.telephones) if plain)
    telephone_heading = sheet.fitted(
        _words(TELEPHONES_HEADING if numbers else WITHOUT_TELEPHONES), "", (14, 11)
    )
    telephones = tuple(sheet.fitted(_words(line), "B", (18, 13)) for line in numbers)
    disclaimer = sheet.fitted(_words(DISCLAIMER), "", (13, 11), _WIDTH * 0.72)
    place_name = _plain(poster.place)
    place = (
        sheet.fitted(_words(place_name), "", (11, 8), _WIDTH * 0.26, most_lines=2)
        if place_name
        else None
    )
    fixed = (
        sum(text.height for text in (title, address, notice, heading, telephone_heading))
        + sum(text.height for text in telephones)
        + max(disclaimer.height, place.height if place else 0)
        + len(poster.questions) * _QUESTION_GAP
        + _TAGLINE_BAND
        + 2 * _BRACKET_STROKE
        + _ADDRESS_GAP
        + _GAPS * _SMALLEST_GAP
    )

    questions: tuple[_Lines, ...] = ()
    room = 0.0
    for size in _QUESTION_SIZES:
        questions = tuple(
            sheet.fitted(
                _words(f"“{_plain(question)}”"), "", (size, size), _WIDTH - _QUESTION_INDENT
            )
            for question in poster.questions
        )
        room = _PAGE_HEIGHT - 2 * _MARGIN - fixed - sum(text.height for text in questions)
        if room >= _GOOD_CODE:
            break
    if room < _SMALLEST_CODE:
        raise TextTooLongError(
            "Chữ trên áp phích quá dài, không còn đủ chỗ cho mã QR; "
            "hãy rút gọn câu hỏi ví dụ, tên hoặc số điện thoại."
        )
    code_side = min(room, _LARGEST_CODE)
    return _Layout(
        name=title,
        tagline=tagline,
        address=address,
        notice=notice,
        heading=heading,
        questions=questions,
        telephone_heading=telephone_heading,
        telephones=telephones,
        disclaimer=disclaimer,
        place=place,
        code_side=code_side,
        gap=_SMALLEST_GAP + (room - code_side) / _GAPS,
    )


def _draw(sheet: _Sheet, layout: _Layout, link: str) -> None:
    """Put everything on the page, from the top."""
    top = sheet.put(layout.name, _MARGIN, "center") + layout.gap
    sheet.fill(_MARGIN, top, _WIDTH, _TAGLINE_BAND, radius=3)
    sheet.put(
        layout.tagline, top + (_TAGLINE_BAND - layout.tagline.height) / 2, "center", colour=_WHITE
    )
    top += _TAGLINE_BAND + layout.gap + _BRACKET_STROKE

    _draw_code(sheet, link, top, layout.code_side)
    top = sheet.put(
        layout.address, top + layout.code_side + _BRACKET_STROKE + _ADDRESS_GAP, "center"
    )
    top = sheet.put(layout.notice, top, "center", colour=_GREY) + layout.gap

    top = sheet.put(layout.heading, top, colour=_ACCENT)
    for question in layout.questions:
        top += _QUESTION_GAP
        overshoot = question.leading * (1 - 1 / _LEADING) / 2
        sheet.fill(_MARGIN, top + overshoot, _QUESTION_BAR, question.height - 2 * overshoot)
        top = sheet.put(question, top, indent=_QUESTION_INDENT)

    sheet.fill(_MARGIN, top + layout.gap / 2, _WIDTH, _RULE)
    top = sheet.put(layout.telephone_heading, top + layout.gap)
    for telephone in layout.telephones:
        top = sheet.put(telephone, top)
    bottom = _PAGE_HEIGHT - _MARGIN
    sheet.put(layout.disclaimer, bottom - layout.disclaimer.height, colour=_GREY)
    if layout.place:
        sheet.put(layout.place, bottom - layout.place.height, "right", colour=_GREY)


def _draw_code(sheet: _Sheet, link: str, top: float, side: float) -> None:
    """The code with its quiet zone in a square, and a bracket outside at each corner."""
    left = (_PAGE_WIDTH - side) / 2
    modules = code_modules(link)
    module = side / (len(modules) + 2 * QUIET_ZONE)
    with sheet.pdf.new_path() as path:
        path.style.fill_color = "#000000"
        path.style.stroke_color = None
        for row, line in enumerate(modules):
            for start, length in _dark_runs(line):
                path.rectangle(
                    left + (QUIET_ZONE + start) * module,
                    top + (QUIET_ZONE + row) * module,
                    length * module,
                    module,
                )
    sheet.pdf.link(left, top, side, side, link)
    outside = _BRACKET_STROKE / 2
    for x, inward in ((left - outside, _BRACKET), (left + side + outside, -_BRACKET)):
        for y, downward in ((top - outside, _BRACKET), (top + side + outside, -_BRACKET)):
            with sheet.pdf.new_path(x + inward, y) as path:
                path.style.auto_close = False
                path.style.fill_color = None
                path.style.stroke_color = "#{:02x}{:02x}{:02x}".format(*_ACCENT)
                path.style.stroke_width = _BRACKET_STROKE
                path.style.stroke_join_style = "round"
                path.line_to(x, y).line_to(x, y + downward)


def _dark_runs(line: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    runs = re.finditer("1+", "".join("1" if dark else "0" for dark in line))
    return [(run.start(), len(run.group())) for run in runs]


def _plain(text: str) -> str:
    """Composed letters, single spaces, nothing invisible."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFC", " ".join(visible.split()))


def _words(text: str) -> list[str]:
    """Pieces between which a line may break; a dash stays with the word before it."""
    return re.findall(r"\S+(?: [–-](?= ))?\s*", text)


def _address_parts(link: str) -> list[str]:
    """What one would type; a line may break before a sign, lest a dash seem to split a word."""
    return re.findall(r"[/.-]*[^/.-]+|[/.-]+$", link.removeprefix("https://"))


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
