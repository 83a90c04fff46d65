"""A commune's counters in the words that residents read; names and notes are Vietnamese always."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from app.answering.answer import Language, Office
from knowledge_base.commune import Commune, Counter, OpeningHours, Shift, Weekday
from knowledge_base.holidays import Calendar, SpecialDay, holiday_on
from knowledge_base.record import CounterKind
from knowledge_base.section import day_words

DAYS = {
    Weekday.MON: "thứ Hai",
    Weekday.TUE: "thứ Ba",
    Weekday.WED: "thứ Tư",
    Weekday.THU: "thứ Năm",
    Weekday.FRI: "thứ Sáu",
    Weekday.SAT: "thứ Bảy",
    Weekday.SUN: "Chủ nhật",
}
_DAYS = {
    Language.VI: DAYS,
    Language.EN: {
        Weekday.MON: "Monday",
        Weekday.TUE: "Tuesday",
        Weekday.WED: "Wednesday",
        Weekday.THU: "Thursday",
        Weekday.FRI: "Friday",
        Weekday.SAT: "Saturday",
        Weekday.SUN: "Sunday",
    },
}
_ORDER = list(Weekday)
_COMMITTEE = "Ủy ban nhân dân"
_LOOKED_AHEAD = 60
"""Days within which a counter opens again, or nothing is said: a long closure has its words."""
_TOLD_AHEAD = 7
"""Days of which it is told beforehand that the counter is closed, today among them."""


def office_of(
    commune: Commune,
    kind: CounterKind,
    moment: datetime,
    language: Language = Language.VI,
    calendar: Calendar = holiday_on,
) -> Office | None:
    """The commune's counter of a kind, with whether it is open at a local time.

    Where its address is not known, the note says where the people's committee is.

    Args:
        commune: whose counter.
        kind: of counter.
        moment: now, in local time.
        language: of what is said about the hours.
        calendar: the days on which the commune's weekly hours do not hold.
    """
    counter = commune.counter(kind)
    if counter is None:
        return None
    office = describe(counter, moment, language, calendar)
    seat = seat_of(commune)
    if office.address is not None or seat is None or seat.address is None:
        return office
    note = f"{seat.name}: {seat.address.text}"
    return replace(office, note=f"{note}. {office.note}" if office.note else note)


def seat_of(commune: Commune) -> Counter | None:
    """The people's committee (Ủy ban nhân dân), where residents can ask for any counter."""
    return next((one for one in commune.counters if one.name.startswith(_COMMITTEE)), None)


def describe(
    counter: Counter,
    moment: datetime,
    language: Language = Language.VI,
    calendar: Calendar = holiday_on,
) -> Office:
    """A counter as residents see it."""
    hours = counter.opening_hours
    notes = [note for note in (hours.note if hours else None, counter.note) if note]
    return Office(
        kind=counter.kind.value,
        name=counter.name,
        address=counter.address.text if counter.address else None,
        telephone=counter.telephone.text if counter.telephone else None,
        hours=hours_lines(hours, language) if hours else (),
        hours_now=_now(hours, moment, language, calendar) if hours else None,
        map_link=str(counter.map_link) if counter.map_link else None,
        note="; ".join(notes) or None,
        days_off=_days_off(hours, moment, language, calendar) if hours else (),
    )


def hours_lines(hours: OpeningHours, language: Language = Language.VI) -> tuple[str, ...]:
    """Such as ``Thứ Hai – thứ Sáu: 7:30–11:30, 13:30–17:00``."""
    by_days: dict[tuple[Weekday, ...], list[Shift]] = {}
    for shift in hours.shifts:
        by_days.setdefault(tuple(sorted(shift.days, key=_ORDER.index)), []).append(shift)
    lines = []
    for days, shifts in by_days.items():
        spans = ", ".join(f"{_clock(shift.opens)}–{_clock(shift.closes)}" for shift in shifts)
        words = _days(days, language)
        lines.append(f"{words[:1].upper()}{words[1:]}: {spans}")
    return tuple(lines)


def _days(days: tuple[Weekday, ...], language: Language) -> str:
    names = _DAYS[language]
    places = [_ORDER.index(day) for day in days]
    if len(days) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{names[days[0]]} – {names[days[-1]]}"
    return ", ".join(names[day] for day in days)


def _clock(moment: object) -> str:
    return f"{moment:%H:%M}".removeprefix("0")


def _now(
    hours: OpeningHours, moment: datetime, language: Language, calendar: Calendar
) -> str | None:
    """Whether it is open, or when it opens again."""
    english = language is Language.EN
    special = calendar(moment.date())
    today = _shifts(hours, moment.date(), special)
    is_open = any(shift.opens <= moment.time() < shift.closes for shift in today)
    if is_open and special is not None and not special.certain:
        name = _name(special, language)
        return (
            f"may be closed ({name}), call first" if english else f"có thể nghỉ {name}, gọi trước"
        )
    if is_open:
        return "open now" if english else "đang mở"
    closed = special is not None and special.certain and not today
    reason = f" {_name(special, language)}" if closed and special else ""
    again = _again(hours, moment, language, calendar)
    if again is None and not closed:
        return None
    if english:
        shut = f"closed ({reason.strip()})" if reason else "closed now"
        return f"{shut}, opens at {again}" if again else shut
    return f"đang nghỉ{reason}, mở lại {again}" if again else f"đang nghỉ{reason}"


def _again(
    hours: OpeningHours, moment: datetime, language: Language, calendar: Calendar
) -> str | None:
    """When it opens next, such as ``7:30 thứ Hai``; with the date where days are passed over."""
    passed_over = False
    for ahead in range(_LOOKED_AHEAD):
        day = moment.date() + timedelta(days=ahead)
        special = calendar(day)
        starts = sorted(
            shift.opens
            for shift in _shifts(hours, day, special)
            if ahead or shift.opens > moment.time()
        )
        if starts:
            doubt = special if special and not special.certain else None
            dated = passed_over or ahead > _TOLD_AHEAD
            return _start(starts[0], day, ahead, language, dated=dated, doubt=doubt)
        passed_over |= special is not None and bool(_shifts(hours, day, None))
    return None


def _start(
    opens: object,
    day: date,
    ahead: int,
    language: Language,
    *,
    dated: bool,
    doubt: SpecialDay | None,
) -> str:
    weekday = _DAYS[language][_ORDER[day.weekday()]]
    english = language is Language.EN
    if ahead == 0:
        when = "today" if english else "hôm nay"
    elif english:
        when = f"on {weekday}, {day_words(day)}" if dated else f"on {weekday}"
    else:
        when = f"{weekday}, {day_words(day)}" if dated else weekday
    words = f"{_clock(opens)} {when}"
    if doubt is None:
        return words
    name = _name(doubt, language)
    return f"{words} unless closed for {name}" if english else f"{words} nếu không nghỉ {name}"


def _days_off(
    hours: OpeningHours, moment: datetime, language: Language, calendar: Calendar
) -> tuple[str, ...]:
    """The days of the coming week that differ, such as ``24/11/2026: nghỉ Quốc khánh``."""
    told = []
    for ahead in range(_TOLD_AHEAD):
        day = moment.date() + timedelta(days=ahead)
        special = calendar(day)
        if special is None:
            continue
        weekly, kept = _shifts(hours, day, None), _shifts(hours, day, special)
        if weekly == kept and special.certain:
            continue
        weekday = _DAYS[language][_ORDER[day.weekday()]]
        head = f"{weekday[:1].upper()}{weekday[1:]}, {day_words(day)}"
        told.append(f"{head}: {_differs(special, kept, language)}")
    return tuple(told)


def _differs(special: SpecialDay, kept: list[Shift], language: Language) -> str:
    english, name = language is Language.EN, _name(special, language)
    if not special.certain:
        return (
            f"may be closed ({name}), call first" if english else f"có thể nghỉ {name}, gọi trước"
        )
    if not kept:
        return f"closed ({name})" if english else f"nghỉ {name}"
    spans = ", ".join(f"{_clock(shift.opens)}–{_clock(shift.closes)}" for shift in kept)
    return f"{name}, {spans}"


def _shifts(hours: OpeningHours, day: date, special: SpecialDay | None) -> list[Shift]:
    """The shifts of a day; none where it is surely closed."""
    if special is not None and special.works_as is None and special.certain:
        return []
    weekday = special.works_as if special and special.works_as else _ORDER[day.weekday()]
    return sorted(
        (shift for shift in hours.shifts if weekday in shift.days), key=lambda shift: shift.opens
    )


def _name(special: SpecialDay, language: Language) -> str:
    """What the day is called; what officers wrote only in Vietnamese stays so."""
    if language is Language.EN:
        return special.english or f"“{special.name}”"
    return special.name
