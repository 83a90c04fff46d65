"""The poster of one place: a large code, what it is for, and its address in letters.

Every text is measured and broken into lines first; the code takes the height that is left. It is
laid out for A4; A5 is the same, smaller.
"""

from __future__ import annotations

from dataclasses import dataclass

from qr.lettering import (
    Lines,
    UnprintableTextError,
    address_parts,
    fitted,
    plain,
    words,
)
from qr.sheet import ACCENT, GREY, WHITE, Page, pdf_of

__all__ = ["Poster", "TextTooLongError", "UnprintableTextError", "poster_page", "poster_pdf"]

TAGLINE = "Quét để hỏi thủ tục – 24/7 – miễn phí"
NOTICE = "Chỉ mở khi màn hình hiện đúng địa chỉ này."
QUESTIONS_HEADING = "Bà con có thể hỏi:"
TELEPHONES_HEADING = "Không có điện thoại thông minh, gọi:"
WITHOUT_TELEPHONES = "Không có điện thoại thông minh thì hỏi trực tiếp cán bộ."
DISCLAIMER = "Trợ lý AI, thông tin tham khảo; cán bộ quyết định"

EXAMPLES = (
    "Đăng ký tạm trú cần giấy tờ gì?",
    "Bảo hiểm y tế hộ gia đình đóng bao nhiêu?",
    "Sổ đỏ bị mất thì làm lại ra sao?",
)
"""What a poster asks by way of example, unless it is told otherwise."""

# Millimetres, except type sizes, which are points.
_PAGE_WIDTH = 210.0
_PAGE_HEIGHT = 297.0
_A5 = 148.0 / 210.0
_MARGIN = 14.0
_WIDTH = _PAGE_WIDTH - 2 * _MARGIN

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


class TextTooLongError(ValueError):
    """The texts leave too little room for a code; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__(
            "Chữ trên áp phích quá dài, không còn đủ chỗ cho mã QR; "
            "hãy rút gọn câu hỏi ví dụ, tên hoặc số điện thoại."
        )


@dataclass(frozen=True, slots=True)
class Poster:
    """What one poster (áp phích) says."""

    commune_name: str
    """Full, such as ``xã Hòa Tiến``."""
    place: str
    """Where it hangs, such as ``Quầy 3``; empty where it does not matter."""
    link: str
    questions: tuple[str, str, str] = EXAMPLES
    telephones: tuple[str, ...] = ()
    """Lines such as ``Bộ phận Một cửa: (0236) 3 846 123`` for those without a smartphone."""

    def __post_init__(self) -> None:
        """Refuse a poster that would say nothing where something must stand."""
        if not all(map(plain, (self.commune_name, self.link, *self.questions))):
            raise ValueError("Áp phích thiếu tên xã, địa chỉ hoặc câu hỏi ví dụ.")

    @property
    def name(self) -> str:
        """The commune's name as a headline."""
        name = plain(self.commune_name)
        return name[0].upper() + name[1:]

    @property
    def numbers(self) -> tuple[str, ...]:
        """The telephone lines that say something."""
        return tuple(text for text in map(plain, self.telephones) if text)


def poster_pdf(poster: Poster) -> bytes:
    """One A4 page.

    Raises ``UnprintableTextError``, ``TextTooLongError`` and ``LinkTooLongError``.
    """
    return pdf_of([poster_page(poster)])


def poster_page(poster: Poster, *, half: bool = False) -> Page:
    """A page of A4, or of half its size.

    Raises ``UnprintableTextError`` and ``TextTooLongError``; drawing it, ``LinkTooLongError``.
    """
    scale = _A5 if half else 1.0
    height = 210.0 / _A5 if half else _PAGE_HEIGHT  # A5 is a little taller than A4 made smaller
    page = Page(f"{poster.name}: {TAGLINE}", _PAGE_WIDTH, height, scale)
    _draw(page, _measured(poster, height, half=half), poster.link)
    return page


@dataclass(frozen=True, slots=True)
class _Layout:
    """Every text of the poster as it will stand, the side of the code and the gaps."""

    name: Lines
    tagline: Lines
    address: Lines
    notice: Lines
    heading: Lines
    questions: tuple[Lines, ...]
    telephone_heading: Lines
    telephones: tuple[Lines, ...]
    disclaimer: Lines
    place: Lines | None
    code_side: float
    gap: float


def _measured(poster: Poster, height: float, *, half: bool) -> _Layout:
    """Decide every size; questions are the first to give way so that the code stays large."""
    title = fitted(words(poster.name), "B", (48, 34), _WIDTH)
    if len(title.lines) > 1:
        title = fitted(words(poster.name), "B", (38, 26), _WIDTH, most_lines=2)
    tagline = fitted(words(TAGLINE), "B", (27, 20), _WIDTH - 10)
    address = fitted(address_parts(poster.link), "B", (24, 13), _WIDTH)
    notice = fitted(words(NOTICE), "", (13, 11), _WIDTH)
    heading = fitted(words(QUESTIONS_HEADING), "B", (15, 13), _WIDTH)
    numbers = poster.numbers
    telephone_heading = fitted(
        words(TELEPHONES_HEADING if numbers else WITHOUT_TELEPHONES), "", (14, 11), _WIDTH
    )
    telephones = tuple(fitted(words(line), "B", (18, 13), _WIDTH) for line in numbers)
    disclaimer = fitted(words(DISCLAIMER), "", (13, 11), _WIDTH * 0.62)
    place_name = plain(poster.place)
    # what is small on A4 must not be too small on A5
    place_sizes, place_lines = ((12.0, 10.0), 3) if half else ((11.0, 8.0), 2)
    place = (
        fitted(words(place_name), "", place_sizes, _WIDTH * 0.36, most_lines=place_lines)
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

    questions: tuple[Lines, ...] = ()
    room = 0.0
    for size in _QUESTION_SIZES:
        questions = tuple(
            fitted(words(f"“{plain(question)}”"), "", (size, size), _WIDTH - _QUESTION_INDENT)
            for question in poster.questions
        )
        room = height - 2 * _MARGIN - fixed - sum(text.height for text in questions)
        if room >= _GOOD_CODE:
            break
    if room < _SMALLEST_CODE:
        raise TextTooLongError
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


def _draw(page: Page, layout: _Layout, link: str) -> None:
    """Put everything on the page, from the top."""
    top = page.put(layout.name, _MARGIN, _MARGIN, _WIDTH, "center") + layout.gap
    page.fill(_MARGIN, top, _WIDTH, _TAGLINE_BAND, radius=3)
    inside = top + (_TAGLINE_BAND - layout.tagline.height) / 2
    page.put(layout.tagline, inside, _MARGIN, _WIDTH, "center", WHITE)
    top += _TAGLINE_BAND + layout.gap + _BRACKET_STROKE

    _draw_code(page, link, top, layout.code_side)
    top += layout.code_side + _BRACKET_STROKE + _ADDRESS_GAP
    top = page.put(layout.address, top, _MARGIN, _WIDTH, "center")
    top = page.put(layout.notice, top, _MARGIN, _WIDTH, "center", GREY) + layout.gap

    top = page.put(layout.heading, top, _MARGIN, _WIDTH, colour=ACCENT)
    for question in layout.questions:
        top += _QUESTION_GAP
        overshoot = question.leading * 0.115
        page.fill(_MARGIN, top + overshoot, _QUESTION_BAR, question.height - 2 * overshoot)
        top = page.put(question, top, _MARGIN + _QUESTION_INDENT, _WIDTH - _QUESTION_INDENT)

    page.fill(_MARGIN, top + layout.gap / 2, _WIDTH, _RULE)
    top = page.put(layout.telephone_heading, top + layout.gap, _MARGIN, _WIDTH)
    for telephone in layout.telephones:
        top = page.put(telephone, top, _MARGIN, _WIDTH)
    bottom = page.height - _MARGIN
    page.put(layout.disclaimer, bottom - layout.disclaimer.height, _MARGIN, _WIDTH, colour=GREY)
    if layout.place:
        page.put(layout.place, bottom - layout.place.height, _MARGIN, _WIDTH, "right", GREY)


def _draw_code(page: Page, link: str, top: float, side: float) -> None:
    """The code with its quiet zone in a square, and a bracket outside at each corner."""
    left = (_PAGE_WIDTH - side) / 2
    page.code(link, left, top, side)
    outside = _BRACKET_STROKE / 2
    for x, inward in ((left - outside, _BRACKET), (left + side + outside, -_BRACKET)):
        for y, downward in ((top - outside, _BRACKET), (top + side + outside, -_BRACKET)):
            page.stroke([(x + inward, y), (x, y), (x, y + downward)], _BRACKET_STROKE)
