"""A printed page as what stands on it, and the same page as a PDF, a PNG and an SVG.

Nothing is laid out here. Equal pages give equal bytes, whenever they are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from io import BytesIO
from typing import Literal

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from qr.code import QUIET_ZONE, code_modules
from qr.lettering import CAPITAL, FAMILY, MM_PER_POINT, Lines, Style, typeface

DPI = 300
Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
GREY: Colour = (70, 70, 70)
ACCENT: Colour = (11, 83, 105)
"""A calm blue-green that a black and white printer turns into a dark grey."""

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""fpdf2 insists on a date; the time of printing would make equal pages differ."""
_MM_PER_INCH = 25.4
_COLOURS = 64
"""Of a PNG: enough for smooth letters on two colours, and half the size."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text from a point on its baseline."""

    left: float
    baseline: float
    text: str
    style: Style
    size: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Box:
    """A filled area."""

    left: float
    top: float
    width: float
    height: float
    radius: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through some points."""

    points: tuple[tuple[float, float], ...]
    width: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code with its quiet zone."""

    link: str
    left: float
    top: float
    side: float


Mark = Text | Box | Stroke | Code


@dataclass(slots=True)
class Page:
    """What stands on one page, in millimetres from the upper left corner; type sizes in points."""

    title: str
    width: float
    height: float
    scale: float = 1.0
    """What stands on it is drawn so much larger: 0.7 makes an A5 of what was laid out for A4."""
    marks: list[Mark] = field(default_factory=list)

    def put(
        self,
        text: Lines,
        top: float,
        left: float,
        width: float,
        align: Literal["left", "center", "right"] = "left",
        colour: Colour = BLACK,
    ) -> float:
        """Draw a text under ``top`` within a width; the height where it ends."""
        face, capital = typeface(text.style), text.size * MM_PER_POINT * CAPITAL
        for number, line in enumerate(text.lines):
            spare = width - face.width(line, text.size)
            start = left + {"left": 0.0, "center": spare / 2, "right": spare}[align]
            baseline = top + text.leading * number + (text.leading + capital) / 2
            self.marks.append(Text(start, baseline, line, text.style, text.size, colour))
        return top + text.height

    def fill(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        radius: float = 0,
        colour: Colour = ACCENT,
    ) -> None:
        """An area in one colour."""
        self.marks.append(Box(left, top, width, height, radius, colour))

    def stroke(
        self, points: Sequence[tuple[float, float]], width: float, colour: Colour = ACCENT
    ) -> None:
        """A line through some points."""
        self.marks.append(Stroke(tuple(points), width, colour))

    def code(self, link: str, left: float, top: float, side: float) -> None:
        """A QR code with its quiet zone in a square."""
        self.marks.append(Code(link, left, top, side))


def pdf_of(pages: Sequence[Page]) -> bytes:
    """A PDF of one page or several of the same size; texts can be searched, codes be clicked."""
    first = pages[0]
    pdf = FPDF(unit="mm", format=(first.width * first.scale, first.height * first.scale))
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(_UNDATED)
    pdf.set_title(first.title)
    pdf.set_lang("vi")
    for style in ("", "B"):
        pdf.add_font(FAMILY, style, typeface(style).file)
    for page in pages:
        pdf.add_page()
        for mark in page.marks:
            _draw_pdf(pdf, mark, page.scale)
    return bytes(pdf.output())


def _draw_pdf(pdf: FPDF, mark: Mark, scale: float) -> None:
    match mark:
        case Text():
            pdf.set_font(FAMILY, mark.style, mark.size * scale)
            pdf.set_text_color(*mark.colour)
            pdf.text(mark.left * scale, mark.baseline * scale, mark.text)
        case Box():
            pdf.set_fill_color(*mark.colour)
            pdf.rect(
                mark.left * scale,
                mark.top * scale,
                mark.width * scale,
                mark.height * scale,
                style="F",
                round_corners=mark.radius > 0,
                corner_radius=mark.radius * scale,
            )
        case Stroke():
            (x, y), *others = mark.points
            with pdf.new_path(x * scale, y * scale) as path:
                path.style.auto_close = False
                path.style.fill_color = None
                path.style.stroke_color = _hex(mark.colour)
                path.style.stroke_width = mark.width * scale
                path.style.stroke_join_style = "round"
                for x, y in others:
                    path.line_to(x * scale, y * scale)
        case Code():
            with pdf.new_path() as path:
                path.style.fill_color = "#000000"
                path.style.stroke_color = None
                for left, top, width, height in _dark(mark):
                    path.rectangle(left * scale, top * scale, width * scale, height * scale)
            side = mark.side * scale
            pdf.link(mark.left * scale, mark.top * scale, side, side, mark.link)


def png_of(page: Page) -> bytes:
    """A PNG that prints in its right size, 300 dots to the inch."""
    dots = page.scale * DPI / _MM_PER_INCH
    size = (round(page.width * dots), round(page.height * dots))
    image = Image.new("RGB", size, WHITE)
    draw = ImageDraw.Draw(image)
    for mark in page.marks:
        _draw_png(draw, mark, dots)
    file = BytesIO()
    few = image.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, format="PNG", dpi=(DPI, DPI))
    return file.getvalue()


@lru_cache(maxsize=64)
def _font(style: Style, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(typeface(style).file, pixels, layout_engine=ImageFont.Layout.BASIC)


def _draw_png(draw: ImageDraw.ImageDraw, mark: Mark, dots: float) -> None:
    match mark:
        case Text():
            face, pixels = typeface(mark.style), mark.size * MM_PER_POINT * dots
            font, left = _font(mark.style, round(pixels)), mark.left * dots
            for character in mark.text:  # where the PDF has it, whatever the sizes of pixels
                draw.text((left, mark.baseline * dots), character, mark.colour, font, anchor="ls")
                left += face.advance(character) * pixels
        case Box():
            corners = _pixels(mark.left, mark.top, mark.width, mark.height, dots)
            if corners is not None:
                draw.rounded_rectangle(corners, mark.radius * dots, mark.colour)
        case Stroke():
            points = [(x * dots, y * dots) for x, y in mark.points]
            draw.line(points, mark.colour, max(1, round(mark.width * dots)), joint="curve")
        case Code():
            for left, top, width, height in _dark(mark):
                corners = _pixels(left, top, width, height, dots)
                if corners is not None:
                    draw.rectangle(corners, BLACK)


def _pixels(
    left: float, top: float, width: float, height: float, dots: float
) -> tuple[int, int, int, int] | None:
    """Whole pixels, the last ones included; neighbours share no pixel and leave none out."""
    x, y = round(left * dots), round(top * dots)
    right, bottom = round((left + width) * dots) - 1, round((top + height) * dots) - 1
    return (x, y, right, bottom) if right >= x and bottom >= y else None


def svg_of(page: Page) -> str:
    """An SVG that needs no font: letters are outlines, their words stand in its description."""
    width, height = page.width * page.scale, page.height * page.scale
    defined: dict[tuple[Style, str], str] = {}
    drawn = [piece for mark in page.marks for piece in _svg(mark, defined)]
    shapes = "".join(
        f'<path id="{name}" d="{typeface(style).outline(character)}"/>'
        for (style, character), name in defined.items()
    )
    said = " ".join(mark.text for mark in page.marks if isinstance(mark, Text))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xml:lang="vi" role="img" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {page.width:g} {page.height:g}">'
        f"<title>{escape(page.title)}</title><desc>{escape(said)}</desc><defs>{shapes}</defs>"
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(drawn)}</svg>\n'
    )


def _svg(mark: Mark, defined: dict[tuple[Style, str], str]) -> Iterator[str]:
    match mark:
        case Text():
            face, unit = typeface(mark.style), mark.size * MM_PER_POINT
            left = 0.0
            shapes = []
            for character in mark.text:
                if face.outline(character):
                    key = (mark.style, character)
                    name = defined.setdefault(key, f"g{len(defined)}")
                    shapes.append(f'<use xlink:href="#{name}" x="{_round(left * 1000)}"/>')
                left += face.advance(character)
            yield (
                f'<g fill="{_hex(mark.colour)}" transform="translate({_round(mark.left)} '
                f"{_round(mark.baseline)}) scale({_round(unit / 1000, 7)} "
                f'{_round(-unit / 1000, 7)})">{"".join(shapes)}</g>'
            )
        case Box():
            yield (
                f'<rect x="{_round(mark.left)}" y="{_round(mark.top)}" '
                f'width="{_round(mark.width)}" height="{_round(mark.height)}" '
                f'rx="{_round(mark.radius)}" fill="{_hex(mark.colour)}"/>'
            )
        case Stroke():
            points = " ".join(f"{_round(x)},{_round(y)}" for x, y in mark.points)
            yield (
                f'<polyline points="{points}" fill="none" stroke="{_hex(mark.colour)}" '
                f'stroke-width="{_round(mark.width)}" stroke-linejoin="round"/>'
            )
        case Code():
            path = "".join(
                f"M{_round(left)} {_round(top)}h{_round(width)}v{_round(height)}h{_round(-width)}z"
                for left, top, width, height in _dark(mark)
            )
            yield f'<path d="{path}" fill="#000000" shape-rendering="crispEdges"/>'


def _dark(code: Code) -> Iterator[tuple[float, float, float, float]]:
    """The dark areas of a code: left, top, width, height."""
    modules = code_modules(code.link)
    module = code.side / (len(modules) + 2 * QUIET_ZONE)
    for row, line in enumerate(modules):
        for run in re.finditer("1+", "".join("1" if dark else "0" for dark in line)):
            yield (
                code.left + (QUIET_ZONE + run.start()) * module,
                code.top + (QUIET_ZONE + row) * module,
                len(run.group()) * module,
                module,
            )


def _round(number: float, digits: int = 4) -> str:
    return f"{round(number, digits):.{digits}f}".rstrip("0").rstrip(".") or "0"


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
