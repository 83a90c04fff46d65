"""The code read back from every form is exactly the link."""

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from qr.code import (
    QUIET_ZONE,
    SMALLEST_PNG,
    LinkTooLongError,
    code_modules,
    code_png,
    code_svg,
    code_terminal,
)

LINKS = [
    "https://hoixa.danang.gov.vn/q/k7n3xp",
    "http://192.168.1.20:8000/q/k7n3xp",
    "http://[fd00::20]:8000/c/da-nang-dac-khu-hoang-sa",
    "https://" + "hoixa." * 20 + "vn/c/" + "da-nang-" * 9 + "hoa-tien",
]

Modules = tuple[tuple[bool, ...], ...]

ANSI = re.compile(r"\x1b\[([\d;]*)m")
SVG_MODULE = re.compile(r"M(\d+),(\d+)H(\d+)V(\d+)H\1z")


def text_in(image: Image.Image) -> str:
    [barcode] = zxingcpp.read_barcodes(image, try_invert=False)
    return barcode.text


def drawn(modules: Modules) -> Image.Image:
    """Modules as a picture with a quiet zone, eight pixels each."""
    side = (len(modules) + 2 * QUIET_ZONE) * 8
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(modules, QUIET_ZONE):
        for column, dark in enumerate(line, QUIET_ZONE):
            if dark:
                draw.rectangle((column * 8, row * 8, column * 8 + 7, row * 8 + 7), fill=0)
    return image


def modules_of_png(png: bytes, count: int) -> Modules:
    image = Image.open(BytesIO(png)).convert("L")
    module = image.width // (count + 2 * QUIET_ZONE)
    middles = [(QUIET_ZONE + number) * module + module // 2 for number in range(count)]
    return tuple(tuple(image.getpixel((x, y)) == 0 for x in middles) for y in middles)


def modules_of_svg(svg: str) -> Modules:
    """What the path draws, in modules, without the quiet zone."""
    root = ElementTree.fromstring(svg)
    path = root.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    found = SVG_MODULE.findall(path.attrib["d"])
    assert "".join(f"M{a},{b}H{c}V{d}H{a}z" for a, b, c, d in found) == path.attrib["d"]
    module = int(found[0][2]) - int(found[0][0])
    side = int(root.attrib["viewBox"].split()[-1]) // module - 2 * QUIET_ZONE
    dark = {(int(b) // module - QUIET_ZONE, int(a) // module - QUIET_ZONE) for a, b, _, _ in found}
    return tuple(tuple((row, column) in dark for column in range(side)) for row in range(side))


def modules_of_terminal(text: str) -> Modules:
    rows: list[tuple[bool, ...]] = []
    for line in ANSI.sub("", text).split("\n"):
        rows.append(tuple(block in "▀█" for block in line))
        rows.append(tuple(block in "▄█" for block in line))
    return tuple(rows)


@pytest.mark.parametrize("link", LINKS)
def test_the_modules_carry_the_link(link: str) -> None:
    modules = code_modules(link)

    assert text_in(drawn(modules)) == link


@pytest.mark.parametrize("link", LINKS)
def test_the_png_carries_the_link(link: str) -> None:
    image = Image.open(BytesIO(code_png(link)))

    assert image.format == "PNG"
    assert text_in(image.convert("L")) == link


@pytest.mark.parametrize("link", LINKS)
def test_the_png_is_large_enough_to_print_and_keeps_its_quiet_zone(link: str) -> None:
    count = len(code_modules(link))

    image = Image.open(BytesIO(code_png(link))).convert("L")

    assert image.width == image.height
    assert SMALLEST_PNG <= image.width < 1.1 * SMALLEST_PNG
    quiet = QUIET_ZONE * image.width // (count + 2 * QUIET_ZONE)
    dark_area = image.point(lambda value: 255 - value).getbbox()
    assert dark_area == (quiet, quiet, image.width - quiet, image.width - quiet)


@pytest.mark.parametrize("link", LINKS)
def test_png_and_svg_show_the_same_modules(link: str) -> None:
    modules = code_modules(link)

    png, svg = code_png(link), code_svg(link)

    assert modules_of_png(png, len(modules)) == modules
    assert modules_of_svg(svg) == modules


@pytest.mark.parametrize("link", LINKS)
def test_the_svg_carries_the_link_on_white_so_that_a_dark_page_does_not_hide_it(link: str) -> None:
    svg = code_svg(link)

    background = ElementTree.fromstring(svg).find("{http://www.w3.org/2000/svg}rect")
    assert background is not None
    assert background.attrib["fill"] == "white"
    assert text_in(drawn(modules_of_svg(svg))) == link


@pytest.mark.parametrize("link", LINKS)
def test_the_terminal_text_carries_the_link(link: str) -> None:
    text = code_terminal(link)

    assert text_in(drawn(modules_of_terminal(text))) == link


def test_the_terminal_text_is_black_on_white_in_a_dark_and_in_a_light_terminal() -> None:
    text = code_terminal(LINKS[0])

    for line in text.split("\n"):
        assert ANSI.findall(line) == ["38;5;16;48;5;231", "0"]
        assert line.startswith("\x1b[38;5;16;48;5;231m")
        assert line.endswith("\x1b[0m")


def test_the_terminal_text_fits_a_terminal_of_eighty_columns() -> None:
    text = ANSI.sub("", code_terminal(LINKS[1]))

    assert max(map(len, text.split("\n"))) <= 80
    assert text.count("\n") < 24


def test_a_stained_code_is_still_read() -> None:
    image = Image.open(BytesIO(code_png(LINKS[0]))).convert("L")
    middle, radius = image.width // 2, image.width // 8

    ImageDraw.Draw(image).ellipse(
        (middle - radius, middle - radius, middle + radius, middle + radius), fill=90
    )

    assert text_in(image) == LINKS[0]


def test_the_same_link_gives_the_same_code() -> None:
    assert code_png(LINKS[0]) == code_png(LINKS[0])
    assert code_svg(LINKS[0]) == code_svg(LINKS[0])


@pytest.mark.parametrize("length", [301, 2000, 4000])
def test_a_link_too_long_to_scan_is_refused(length: int) -> None:
    with pytest.raises(LinkTooLongError, match="khó quét"):
        code_png("https://hoixa.vn/".ljust(length, "x"))
