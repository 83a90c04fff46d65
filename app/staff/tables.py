"""A table of figures as pages, spreadsheets and reports show it, and counts too small to show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.staff.view import number_words
from knowledge_base.section import day_words

_ACROSS = 97
_BESIDE = 2.8
"""Letters that fit into the margins of a cell, with some to spare for bold ones."""
_LONGEST = 48
"""Longer texts take several lines."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A count that is not shown because it could point to a person."""

    under: int | None = None
    """It is smaller than this; None: it is hidden only so that another cannot be worked out."""

    def __str__(self) -> str:
        return f"dưới {self.under}" if self.under else "ẩn"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, from 0 to 1."""

    part: float

    def __str__(self) -> str:
        return f"{number_words(100 * self.part, 1)}%"


Value = str | int | float | date | Share | Hidden | None
"""None: there is nothing to count here."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, with where it leads."""

    value: Value
    to: str | None = None
    """A path below the dashboard's: the questions behind a number, or a narrower dashboard."""

    @property
    def words(self) -> str:
        """As a page shows it."""
        return value_words(self.value)

    @property
    def is_number(self) -> bool:
        """Whether it stands on the right."""
        return isinstance(self.value, int | float | Share | Hidden)


@dataclass(frozen=True, slots=True)
class Table:
    """Figures in rows; the first column says what a row is about."""

    name: str
    """Part of an address."""
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    @property
    def on_the_right(self) -> tuple[bool, ...]:
        """Of each column, whether it holds numbers, so that they stand one below the other."""
        cells = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        return tuple(any(cell.is_number for cell in column) for column in cells)

    @property
    def widths(self) -> tuple[float, ...]:
        """What part of a page's width each column takes: no word is torn, long texts get the rest.

        Measured in letters, of which a page of small print has about ``_ACROSS``.
        """
        columns = [
            [name, *(row[number].words for row in self.rows)]
            for number, name in enumerate(self.columns)
        ]
        least = [
            max(len(word) for text in texts for word in text.split() or [""]) + _BESIDE
            for texts in columns
        ]
        more = [
            max(0.0, min(max(map(len, texts)) + _BESIDE, _LONGEST) - one)
            for texts, one in zip(columns, least, strict=True)
        ]
        given = max(0.0, min(_ACROSS - sum(least), sum(more))) / (sum(more) or 1)
        wide = [one + given * other for one, other in zip(least, more, strict=True)]
        return tuple(width / sum(wide) for width in wide)

    def values(self) -> Iterable[tuple[Value, ...]]:
        """The rows without what they lead to."""
        return (tuple(cell.value for cell in row) for row in self.rows)


def value_words(value: Value) -> str:
    """A value in Vietnamese form; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, int):
        return number_words(value)
    if isinstance(value, float):
        return number_words(value, 1)
    if isinstance(value, date):
        return day_words(value)
    return str(value)


def share(part: int, whole: int) -> Share | None:
    """A part of a whole; None of nothing."""
    return Share(part / whole) if whole else None


def lasting(span: timedelta | None) -> str:
    """How long something took: ``2 ngày 5 giờ``, ``40 phút``; a dash for None."""
    if span is None:
        return "–"
    minutes = round(span.total_seconds() / 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    if hours:
        return f"{hours} giờ {minutes % 60} phút" if minutes % 60 else f"{hours} giờ"
    return f"{minutes} phút"


def hidden_under(count: int, least: int) -> int | Hidden:
    """A count, or that it is too small to be shown."""
    return Hidden(least) if 0 < count < least else count


def shown(counts: Sequence[int], least: int) -> tuple[int | Hidden, ...]:
    """Counts of parts of a whole that is known, those under ``least`` hidden.

    Where only one is, the next smallest is hidden too: else the one would be what is left over.
    """
    made: list[int | Hidden] = [hidden_under(count, least) for count in counts]
    left = [number for number, count in enumerate(made) if not isinstance(count, Hidden) and count]
    if len(counts) - len(left) - list(counts).count(0) == 1 and left:
        made[min(left, key=lambda number: counts[number])] = Hidden()
    return tuple(made)
