"""What an officer chose to see, as it stands in the address: days, commune, place, topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from app.records.asked import Chosen
from app.staff.access import Area
from knowledge_base.record import Topic

DEFAULT_DAYS = 30


class Preset(StrEnum):
    """Spans of days with a name."""

    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    THIS_YEAR = "this-year"
    DAYS = "days"
    """Those of ``from`` and ``to``."""


PRESET_NAMES = {
    Preset.WEEK: "7 ngày qua",
    Preset.MONTH: "30 ngày qua",
    Preset.QUARTER: "90 ngày qua",
    Preset.THIS_MONTH: "Tháng này",
    Preset.LAST_MONTH: "Tháng trước",
    Preset.THIS_YEAR: "Năm nay",
    Preset.DAYS: "Từ ngày đến ngày",
}
_LAST_DAYS = {Preset.WEEK: 7, Preset.MONTH: 30, Preset.QUARTER: 90}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen, and what it is compared with."""

    chosen: Chosen
    before: Chosen
    """The same of the days before."""
    preset: Preset
    commune: str | None
    """None: all communes of the area."""
    notes: tuple[str, ...] = ()
    """What in the address could not be followed, in Vietnamese."""

    @property
    def fields(self) -> dict[str, str]:
        """Name and value of each parameter that leads to the same page."""
        made = {"period": self.preset.value}
        if self.preset is Preset.DAYS:
            made |= {"from": self.chosen.first.isoformat(), "to": self.chosen.last.isoformat()}
        if self.commune:
            made["commune"] = self.commune
        if self.chosen.place:
            made["place"] = self.chosen.place
        if self.chosen.topic:
            made["topic"] = self.chosen.topic.value
        return made

    def questions(self, **more: object) -> str | None:
        """Where the questions behind a number are; those of one place are not shown one by one."""
        return None if self.chosen.place else f"/questions?{self.query(**more)}"

    def query(self, **more: object) -> str:
        """The part of an address behind ``?``, with some parameters more, fewer (None) or others.

        Days are written out, so that a link shows tomorrow what it shows today.
        """
        days = {"from": self.chosen.first.isoformat(), "to": self.chosen.last.isoformat()}
        made: dict[str, object] = {**self.fields, "period": Preset.DAYS.value, **days, **more}
        return urlencode({name: value for name, value in made.items() if value is not None})


def choice_of(
    parameters: Mapping[str, str],
    area: Area,
    places: Mapping[str, str],
    today: date,
    most_days: int,
) -> Choice:
    """What an address asks for in an area; what it asks wrongly is left out, with a note.

    Args:
        parameters: of the address.
        area: nothing outside it is chosen.
        places: the commune of each place's code in the area.
        today: days after it are not chosen.
        most_days: longer spans are cut at their beginning.
    """
    notes: list[str] = []
    preset = next(
        (one for one in Preset if one.value == parameters.get("period", "")), Preset.MONTH
    )
    first, last = _span(preset, parameters, today, notes)
    if (last - first).days >= most_days:
        first = last - timedelta(days=most_days - 1)
        notes.append(f"Xem nhiều nhất {most_days} ngày một lần; đã bỏ những ngày trước đó.")

    commune = parameters.get("commune") or None
    if commune is not None and commune not in area.commune_ids:
        notes.append("Không có xã này ở đây; đang xem mọi xã.")
        commune = None
    place = parameters.get("place") or None
    if place is not None and place not in places:
        notes.append("Không có điểm đặt mã này ở đây; đang xem mọi điểm.")
        place = None
    if place is not None:
        commune = places[place] if len(area.communes) > 1 else None
    topic = next((one for one in Topic if one.value == parameters.get("topic")), None)
    if parameters.get("topic") and topic is None:
        notes.append("Không có lĩnh vực này; đang xem mọi lĩnh vực.")

    communes = (commune,) if commune else area.commune_ids
    chosen = Chosen(communes, first, last, place, topic)
    return Choice(chosen, before(chosen, preset), preset, commune, tuple(notes))


def before(chosen: Chosen, preset: Preset = Preset.DAYS) -> Chosen:
    """The days that a span is compared with: the month before a month, else as many days before."""
    last = chosen.first - timedelta(days=1)
    if preset is Preset.LAST_MONTH:
        return replace(chosen, first=last.replace(day=1), last=last)
    return replace(chosen, first=last - timedelta(days=chosen.days - 1), last=last)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _span(
    preset: Preset, parameters: Mapping[str, str], today: date, notes: list[str]
) -> tuple[date, date]:
    if preset is Preset.DAYS:
        first, last = (_day(parameters.get(name, "")) for name in ("from", "to"))
        if first is None or last is None:
            notes.append("Ngày viết chưa đúng; đang xem 30 ngày qua.")
            return today - timedelta(days=DEFAULT_DAYS - 1), today
        first, last = min(first, last), max(first, last)
        if last > today:
            notes.append("Chưa có số liệu của những ngày sau hôm nay.")
        return min(first, today), min(last, today)
    if preset is Preset.THIS_MONTH:
        return today.replace(day=1), today
    if preset is Preset.LAST_MONTH:
        return month_of(today.replace(day=1) - timedelta(days=1))
    if preset is Preset.THIS_YEAR:
        return today.replace(month=1, day=1), today
    return today - timedelta(days=_LAST_DAYS[preset] - 1), today


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year >= 2000 else None
