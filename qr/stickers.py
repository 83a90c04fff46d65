"""Sheets of six stickers for counters and doors: A4, with lines to cut along.

What a poster says, a sticker says too, in smaller type, to be read at arm's length.
"""

from __future__ import annotations

from collections.abc import Sequence

from qr.lettering import Lines, address_parts, fitted, plain, words
from qr.poster import (
    DISCLAIMER,
    NOTICE,
    QUESTIONS_HEADING,
    TAGLINE,
    TELEPHONES_HEADING,
    WITHOUT_TELEPHONES,
    Poster,
    TextTooLongError,
)
from qr.sheet import ACCENT, GREY, WHITE, Colour, Page

# Millimetres, except type sizes, which are points.
_PAGE_WIDTH = 210.0
_PAGE_HEIGHT = 297.0
_COLUMNS, _ROWS = 2, 3
A_SHEET = _COLUMNS * _ROWS
"""Stickers on a sheet."""
_CELL_WIDTH, _CELL_HEIGHT = 95.0, 92.0
_LEFT = (_PAGE_WIDTH - _COLUMNS * _CELL_WIDTH) / 2
_TOP = (_PAGE_HEIGHT - _ROWS * _CELL_HEIGHT) / 2
_PADDING = 5.0
_WIDTH = _CELL_WIDTH - 2 * _PADDING
_CUT_LINE = 0.15
_CUT_GREY: Colour = (150, 150, 150)
_CUT_MARK = (3.5, 1.0)
"""Length of a mark outside the stickers, and how far it stays away from them."""
_BAND = 7.0
_GAP = 1.6
_LARGEST_CODE, _SMALLEST_CODE = 46.0, 34.0
"""Sides with the quiet zone."""
_COLUMN_GAP = 3.0
_QUESTION_SIZES = (8.5, 8.0, 7.5, 7.0, 6.5)
_QUESTION_GAP = 0.8
_BAR = 0.6
_INDENT = 2.0


def sticker_pages(posters: Sequence[Poster]) -> tuple[Page, ...]:
    """As many sheets as it takes; a single poster fills a whole one.

    Raises ``UnprintableTextError`` and ``TextTooLongError``; drawing them, ``LinkTooLongError``.
    """
    stickers = list(posters) * A_SHEET if len(posters) == 1 else list(posters)
    return tuple(_sheet(some) for some in _sixes(stickers))


def _sixes(stickers: Sequence[Poster]) -> list[Sequence[Poster]]:
    return [stickers[start : start + A_SHEET] for start in range(0, len(stickers), A_SHEET)]


def _sheet(stickers: Sequence[Poster]) -> Page:
    page = Page(f"{stickers[0].name}: {TAGLINE}", _PAGE_WIDTH, _PAGE_HEIGHT)
    _cut_lines(page)
    for number, poster in enumerate(stickers):
        row, column = divmod(number, _COLUMNS)
        _draw(page, poster, _LEFT + column * _CELL_WIDTH, _TOP + row * _CELL_HEIGHT)
    return page


def _cut_lines(page: Page) -> None:
    """Hair lines between the stickers and marks outside them, for scissors and for a cutter."""
    right, bottom = _LEFT + _COLUMNS * _CELL_WIDTH, _TOP + _ROWS * _CELL_HEIGHT
    length, away = _CUT_MARK
    for column in range(_COLUMNS + 1):
        x = _LEFT + column * _CELL_WIDTH
        page.stroke([(x, _TOP), (x, bottom)], _CUT_LINE, _CUT_GREY)
        page.stroke([(x, _TOP - away - length), (x, _TOP - away)], _CUT_LINE, GREY)
        page.stroke([(x, bottom + away), (x, bottom + away + length)], _CUT_LINE, GREY)
    for row in range(_ROWS + 1):
        y = _TOP + row * _CELL_HEIGHT
        page.stroke([(_LEFT, y), (right, y)], _CUT_LINE, _CUT_GREY)
        page.stroke([(_LEFT - away - length, y), (_LEFT - away, y)], _CUT_LINE, GREY)
        page.stroke([(right + away, y), (right + away + length, y)], _CUT_LINE, GREY)


def _draw(page: Page, poster: Poster, cell_left: float, cell_top: float) -> None:
    """One sticker: name and tagline, code beside questions, telephones and notice."""
    left, top = cell_left + _PADDING, cell_top + _PADDING
    bottom = cell_top + _CELL_HEIGHT - _PADDING
    foot, disclaimer, place = _foot(poster)
    last_top = bottom - max(disclaimer.height, place.height if place else 0)
    foot_top = last_top - sum(text.height for text in foot)

    name = fitted(words(poster.name), "B", (16, 11), _WIDTH)
    if len(name.lines) > 1:
        name = fitted(words(poster.name), "B", (12, 8.5), _WIDTH, most_lines=2)
    tagline = fitted(words(TAGLINE), "B", (11.5, 9), _WIDTH - 4)
    head = top + name.height + _GAP / 2
    code_top = head + _BAND + _GAP
    code, address = _code_and_address(poster.link, foot_top - _GAP - code_top)

    page.put(name, top, left, _WIDTH, "center")
    page.fill(left, head, _WIDTH, _BAND, radius=1.5)
    page.put(tagline, head + (_BAND - tagline.height) / 2, left, _WIDTH, "center", WHITE)
    page.code(poster.link, left, code_top, code)
    page.put(address, code_top + code, left, code, "center")
    _draw_questions(
        page,
        poster,
        left + code + _COLUMN_GAP,
        code_top,
        _WIDTH - code - _COLUMN_GAP,
        foot_top - _GAP - code_top,
    )
    for text in foot:
        foot_top = page.put(text, foot_top, left, _WIDTH)
    page.put(disclaimer, bottom - disclaimer.height, left, _WIDTH, colour=GREY)
    if place:
        page.put(place, bottom - place.height, left, _WIDTH, "right", GREY)


def _code_and_address(link: str, room: float) -> tuple[float, Lines]:
    """The largest code under which its address still has room."""
    side = _LARGEST_CODE
    while True:
        address = fitted(address_parts(link), "B", (9.5, 6.5), side)
        if side + address.height <= room:
            return side, address
        side -= 1
        if side < _SMALLEST_CODE:
            raise TextTooLongError


def _foot(poster: Poster) -> tuple[list[Lines], Lines, Lines | None]:
    """What stands under the code over the whole width, then the last row: notice and place."""
    numbers = poster.numbers
    heading = TELEPHONES_HEADING if numbers else WITHOUT_TELEPHONES
    foot = [
        fitted(words(heading), "", (7.5, 6.5), _WIDTH),
        *(fitted(words(line), "B", (9, 7), _WIDTH) for line in numbers),
    ]
    name = plain(poster.place)
    place = fitted(words(name), "", (7, 6), _WIDTH * 0.38, most_lines=2) if name else None
    width = _WIDTH * 0.6 if place else _WIDTH
    return foot, fitted(words(DISCLAIMER), "", (6.5, 6), width), place


def _draw_questions(
    page: Page, poster: Poster, left: float, top: float, width: float, height: float
) -> None:
    """The example questions, and above them when to open the page; what has no room is left out."""
    heading = fitted(words(QUESTIONS_HEADING), "B", (8.5, 7), width)
    notice = fitted(words(NOTICE), "", (7.5, 6.5), width)
    room = height - heading.height - notice.height - _GAP
    questions: list[Lines] = []
    for size in _QUESTION_SIZES:
        questions = [
            fitted(words(f"“{plain(text)}”"), "", (size, size), width - _INDENT)
            for text in poster.questions
        ]
        if _tall(questions) <= room:
            break
    while len(questions) > 1 and _tall(questions) > room:
        questions.pop()
    if _tall(questions) > room:
        raise TextTooLongError
    top = page.put(heading, top, left, width, colour=ACCENT)
    for question in questions:
        top += _QUESTION_GAP
        page.fill(left, top + 0.4, _BAR, question.height - 0.8)
        top = page.put(question, top, left + _INDENT, width - _INDENT)
    page.put(notice, top + _GAP, left, width, colour=GREY)


def _tall(questions: Sequence[Lines]) -> float:
    return sum(text.height + _QUESTION_GAP for text in questions)
