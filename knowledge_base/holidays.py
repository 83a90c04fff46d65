"""The days on which public offices of the whole country are closed (ngày nghỉ lễ, tết).

What article 112 of the Labour Code 45/2019/QH14 fixes is certain. Two things the Prime Minister
decides anew each year, mostly in the autumn before: which five days of Tết, and whether the day
before or after 2 September. Where the decision is not known here, a day that every possible one
makes a holiday is certain, and a day that only some do is told as possible. What else a year brings
(days swapped with a Saturday, a commune's own days) officers enter: ``app/records/closures.py``.

Tết and the Hùng Kings' day follow the moon. Their dates stand here as a table: `holidays
<https://pypi.org/project/holidays/>`_ 0.109 and `lunar-vn <https://pypi.org/project/lunar-vn/>`_
1.4.0, which compute them apart from each other, agree on all of it. The first cannot be installed
beside Chroma (python-dateutil below 3, which Chroma's Kubernetes client refuses).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import product

from knowledge_base.commune import Weekday


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which counters do not keep their weekly hours."""

    name: str
    """Such as “Quốc khánh” or “làm bù”, to stand behind “nghỉ” or in brackets."""
    english: str | None = None
    certain: bool = True
    """False where it is not decided yet, or could not be verified: residents are told to call."""
    works_as: Weekday | None = None
    """The weekday whose hours are kept; None where the counters are closed."""


Calendar = Callable[[date], SpecialDay | None]
"""What is special about a day; None for a day with the weekly hours."""

_LUNAR = {
    2025: ("01-29", "04-07"),
    2026: ("02-17", "04-26"),
    2027: ("02-06", "04-16"),
    2028: ("01-26", "04-04"),
    2029: ("02-13", "04-23"),
    2030: ("02-02", "04-12"),
    2031: ("01-23", "04-01"),
    2032: ("02-11", "04-19"),
    2033: ("01-31", "04-09"),
    2034: ("02-19", "04-28"),
    2035: ("02-08", "04-17"),
    2036: ("01-28", "04-06"),
    2037: ("02-15", "04-24"),
    2038: ("02-04", "04-13"),
    2039: ("01-24", "04-03"),
    2040: ("02-12", "04-20"),
    2041: ("02-01", "04-10"),
    2042: ("01-22", "04-29"),
    2043: ("02-10", "04-19"),
    2044: ("01-30", "04-07"),
    2045: ("02-17", "04-26"),
    2046: ("02-06", "04-15"),
    2047: ("01-26", "04-04"),
    2048: ("02-14", "04-22"),
    2049: ("02-02", "04-11"),
    2050: ("01-23", "04-01"),
}
"""The first day of the lunar year, and the tenth of its third month."""

LAST_YEAR = max(_LUNAR)

_DECIDED = {2025: (2, -1), 2026: (1, -1)}
"""Days of Tết before the new year, and which neighbour of 2 September.

2025: Thông báo 6150/TB-BLĐTBXH of 2024. 2026: the Ministry of Home Affairs' notice of October 2025
(16–20 February and 1–2 September).
"""
_TET_CHOICES = (1, 2)
"""Of the five days one lies before the new year and four after, or two and three."""
_NEIGHBOURS = (-1, 1)

_NEW_YEAR = SpecialDay("Tết Dương lịch", "New Year's Day")
_TET = SpecialDay("Tết Nguyên đán", "Tết")
_HUNG_KINGS = SpecialDay("Giỗ Tổ Hùng Vương", "Hùng Kings' Day")
_VICTORY = SpecialDay("Ngày Chiến thắng 30/4", "Reunification Day")
_LABOUR = SpecialDay("Ngày Quốc tế Lao động 1/5", "Labour Day")
_NATIONAL = SpecialDay("Quốc khánh", "National Day")
_CULTURE = SpecialDay("Ngày Văn hóa Việt Nam", "Vietnam Culture Day", certain=False)
"""Resolution 80-NQ/TW of the Politburo (7 January 2026) wants it a day off; that article 112, or a
resolution of the National Assembly, makes it one could not be verified (seen 22 November 2026)."""
_CULTURE_FROM = 2026
_MADE_UP = "bù "

_Days = dict[date, SpecialDay]


def holiday_on(day: date) -> SpecialDay | None:
    """The public holiday that a day is, or makes up for; None for any other day."""
    return holidays_of(day.year).get(day)


@lru_cache(maxsize=16)
def holidays_of(year: int) -> Mapping[date, SpecialDay]:
    """The public holidays of a year, with the days that make up for those on a weekend."""
    decisions = [_DECIDED[year]] if year in _DECIDED else list(product(_TET_CHOICES, _NEIGHBOURS))
    possible = [_year(year, before, side) for before, side in decisions]
    found: _Days = {}
    for days in possible:
        for day, holiday in days.items():
            if day in found and holiday.name.startswith(_MADE_UP):
                continue  # by another decision it is the holiday itself
            everywhere = all(day in other for other in possible)
            found[day] = SpecialDay(
                holiday.name, holiday.english, certain=holiday.certain and everywhere
            )
    return dict(sorted(found.items()))


def is_decided(year: int) -> bool:
    """Whether the days that are chosen each year are known here."""
    return year in _DECIDED


def _year(year: int, before_tet: int, neighbour: int) -> _Days:
    """The holidays of a year for one way to decide what is open."""
    days: _Days = {
        date(year, 1, 1): _NEW_YEAR,
        date(year, 4, 30): _VICTORY,
        date(year, 5, 1): _LABOUR,
        date(year, 9, 2): _NATIONAL,
        date(year, 9, 2) + timedelta(days=neighbour): _NATIONAL,
    }
    if year in _LUNAR:
        new_year, hung_kings = (date.fromisoformat(f"{year}-{day}") for day in _LUNAR[year])
        for ahead in range(-before_tet, 5 - before_tet):
            days[new_year + timedelta(days=ahead)] = _TET
        days[hung_kings] = _HUNG_KINGS
    if year >= _CULTURE_FROM:
        days[date(year, 11, 24)] = _CULTURE
    return days | _made_up(days)


def _made_up(days: Mapping[date, SpecialDay]) -> _Days:
    """The working days off in place of holidays on a weekend: the next ones (article 111)."""
    found: _Days = {}
    for day in sorted(days):
        if day.weekday() < 5:
            continue
        instead = day
        while instead.weekday() >= 5 or instead in days or instead in found:
            instead += timedelta(days=1)
        lost = days[day]
        english = f"{lost.english}, observed" if lost.english else None
        found[instead] = SpecialDay(f"{_MADE_UP}{lost.name}", english, lost.certain)
    return found


def first_of(calendars: Iterable[Calendar]) -> Calendar:
    """A calendar that asks several, the first one first."""
    asked = tuple(calendars)

    def on(day: date) -> SpecialDay | None:
        return next((found for one in asked if (found := one(day)) is not None), None)

    return on
