"""A link as a QR code: modules for drawing, PNG, SVG and text for a terminal."""

from __future__ import annotations

from io import BytesIO

from qrcode import constants
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage
from qrcode.main import QRCode

QUIET_ZONE = 4
"""Empty modules on every side, as ISO/IEC 18004 asks."""

LONGEST_LINK = 300
"""Bytes; the modules of a longer link are too fine for a poster, long before a code is full."""

SMALLEST_PNG = 1200
"""Pixels on a side: ten centimetres in print at 300 dpi."""

_PRINTED_DPI = 300
_SVG_BOX = 30
"""Tenths of a millimetre for one module, which scales freely afterwards."""

_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
"""Palette colours that no terminal theme changes, so dark and light terminals show the same."""
_COLOURS_OFF = "\x1b[0m"
_HALF_BLOCKS = {
    (False, False): " ",
    (True, False): "▀",
    (False, True): "▄",
    (True, True): "█",
}


class LinkTooLongError(ValueError):
    """The code of this link would be too dense to scan; the message is in Vietnamese."""


def code_modules(link: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of modules, True is dark, without the quiet zone; raises ``LinkTooLongError``."""
    return tuple(tuple(bool(module) for module in row) for row in _made(link).modules)


def code_png(link: str) -> bytes:
    """A square black and white PNG with its quiet zone, ``SMALLEST_PNG`` pixels or a little more.

    Raises ``LinkTooLongError``.
    """
    code = _made(link)
    code.box_size = -(-SMALLEST_PNG // (code.modules_count + 2 * QUIET_ZONE))
    file = BytesIO()
    code.make_image(image_factory=PilImage).save(
        file, format="PNG", dpi=(_PRINTED_DPI, _PRINTED_DPI)
    )
    return file.getvalue()


def code_svg(link: str) -> str:
    """An ``<svg>`` element, black on white with its quiet zone; raises ``LinkTooLongError``."""
    code = _made(link)
    code.box_size = _SVG_BOX
    return code.make_image(image_factory=SvgPathFillImage).to_string(encoding="unicode")


def code_terminal(link: str) -> str:
    """Lines of half blocks, black on white whatever the terminal; raises ``LinkTooLongError``."""
    rows = _made(link).get_matrix()
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    lines = (
        "".join(_HALF_BLOCKS[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )
    return "\n".join(f"{_BLACK_ON_WHITE}{line}{_COLOURS_OFF}" for line in lines)


def _made(link: str) -> QRCode[PilImage]:
    """Level Q: a quarter of the code may be stained, creased or in glare."""
    if len(link.encode()) > LONGEST_LINK:
        raise LinkTooLongError(
            f"Địa chỉ dài quá {LONGEST_LINK} ký tự, mã QR sẽ khó quét: “{link[:60]}…”."
        )
    code = QRCode(
        error_correction=constants.ERROR_CORRECT_Q, border=QUIET_ZONE, image_factory=PilImage
    )
    code.add_data(link)
    code.make()
    return code
