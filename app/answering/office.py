"""A commune's counters in the words that residents read; names and notes are Vietnamese always."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from app.answering.answer import Language, Office
from knowledge_base.commune import Commune, Counter, OpeningHours, Shift, Weekday
from knowledge_base.record import CounterKind

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


def office_of(
    commune: Commune, kind: CounterKind, moment: datetime, language: Language = Language.VI
) -> Office | None:
    """The commune's counter of a kind, with whether it is open at a local time.

    Where its address is not known, the note says where the people's committee is.
    """
    counter = commune.counter(kind)
    if counter is None:
        return None
    office = describe(counter, moment, language)
    seat = seat_of(commune)
    if office.address is not None or seat is None or seat.address is None:
        return office
    note = f"{seat.name}: {seat.address.text}"
    return replace(office, note=f"{note}. {office.note}" if office.note else note)


def seat_of(commune: Commune) -> Counter | None:
    """The people's committee (Ủy ban nhân dân), where residents can ask for any counter."""
    return next((one for one in commune.counters if one.name.startswith(_COMMITTEE)), None)


def describe(counter: Counter, moment: datetime, language: Language = Language.VI) -> Office:
    """A counter as residents see it."""
    hours = counter.opening_hours
    notes = [note for note in (hours.note if hours else None, counter.note) if note]
    return Office(
        kind=counter.kind.value,
        name=counter.name,
        address=counter.address.text if counter.address else None,
        telephone=counter.telephone.text if counter.telephone else None,
        hours=hours_lines(hours, language) if hours else (),
        hours_now=_now(hours, moment, language) if hours else None,
        map_link=str(counter.map_link) if counter.map_link else None,
        note="; ".join(notes) or None,
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


def _now(hours: OpeningHours, moment: datetime, language: Language) -> str | None:
    english = language is Language.EN
    if hours.open_at(moment):
        return "open now" if english else "đang mở"
    for ahead in range(8):
        day = moment + timedelta(days=ahead)
        weekday = _ORDER[day.weekday()]
        starts = sorted(
            shift.opens
            for shift in hours.shifts
            if weekday in shift.days and (ahead or shift.opens > moment.time())
        )
        if starts:
            if english:
                when = "today" if ahead == 0 else f"on {_DAYS[language][weekday]}"
                return f"closed now, opens at {_clock(starts[0])} {when}"
            when = "hôm nay" if ahead == 0 else DAYS[weekday]
            return f"đang nghỉ, mở lại {_clock(starts[0])} {when}"
    return None
