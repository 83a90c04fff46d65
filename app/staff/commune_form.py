"""The form of a commune's counters: shown from the record, read back into it.

A fact that stays as it was keeps its source; a new one rests on what the office itself told.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.html import is_official, lies_on
from knowledge_base.commune import Commune, Counter, Weekday
from knowledge_base.record import CounterKind
from knowledge_base.source import SourceKind

Data = dict[str, Any]
Form = Mapping[str, str]

SHIFTS = 2
"""Of a day in the form; a record with more keeps them in a note to be entered anew."""
_MAPS = (
    "google.com",
    "google.com.vn",
    "maps.app.goo.gl",
    "goo.gl",
    "openstreetmap.org",
)
"""Where a map may lie, besides sites of the State; residents tap these links."""
_COMMITTEE = "Ủy ban nhân dân"
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:\s*[:hHgG.]\s*(?P<minute>[0-5]\d)?)?")
_KEPT = re.compile(r"[0-2]\d:[0-5]\d")


@dataclass(frozen=True, slots=True)
class CounterFields:
    """One counter as the form holds it."""

    was: str
    """Its place in the record; empty for a new one."""
    kind: str
    name: str
    address: str = ""
    telephone: str = ""
    map_link: str = ""
    note: str = ""
    hours_note: str = ""
    hours: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """Opening and closing of each shift, by weekday; empty texts where there is none."""
    remove: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered: the row for a new counter, left alone."""
        return not self.was and not any(
            (self.name, self.address, self.telephone, self.map_link, self.note, self.hours_note)
        )


@dataclass(frozen=True, slots=True)
class CommuneFields:
    """A commune as the form holds it."""

    counters: tuple[CounterFields, ...]
    hotlines: str
    """One to a line."""
    website: str
    to_confirm: tuple[str, ...]
    """What is still to be asked."""
    settled: frozenset[int] = frozenset()
    """Which of those are known now."""
    source_title: str = ""
    source_date: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with what was entered, and where."""

    where: str
    message: str


class FormError(Exception):
    """What was entered cannot become a record; carries everything that is wrong."""

    def __init__(self, wrong: Sequence[Wrong]) -> None:
        self.wrong = tuple(wrong)
        super().__init__("; ".join(one.message for one in wrong))


def fields_of(data: Mapping[str, Any]) -> CommuneFields:
    """The form of a record in its JSON form."""
    return CommuneFields(
        counters=tuple(
            _counter_fields(str(place), counter)
            for place, counter in enumerate(data.get("counters") or ())
        ),
        hotlines="\n".join(line["text"] for line in data.get("hotlines") or ()),
        website=str(data.get("website") or ""),
        to_confirm=tuple(one["text"] for one in data.get("to_confirm") or ()),
    )


def read_form(form: Form, data: Mapping[str, Any]) -> CommuneFields:
    """What was sent."""
    numbers = sorted(
        {int(name.split(".")[1]) for name in form if name.startswith("counter.") and _number(name)}
    )
    to_confirm = tuple(one["text"] for one in data.get("to_confirm") or ())
    return CommuneFields(
        counters=tuple(_read_counter(form, number) for number in numbers),
        hotlines=form.get("hotlines", "").replace("\r\n", "\n").strip(),
        website=form.get("website", "").strip(),
        to_confirm=to_confirm,
        settled=frozenset(
            place for place in range(len(to_confirm)) if form.get(f"settled.{place}")
        ),
        source_title=" ".join(form.get("source_title", "").split()),
        source_date=form.get("source_date", "").strip(),
    )


def changed(data: Mapping[str, Any], fields: CommuneFields, full_name: str, today: date) -> Data:
    """The record with what the form says.

    Raises:
        FormError: with everything that keeps it from being one.
    """
    wrong: list[Wrong] = []
    new: Data = copy.deepcopy(dict(data))
    key = _source_key(new, fields, today)
    old = list(new.get("counters") or ())
    kept = [
        _counter(one, _at(old, one.was), key, wrong)
        for one in fields.counters
        if not one.remove and not one.is_empty
    ]
    new["counters"] = kept
    before = {line["text"]: line for line in new.get("hotlines") or ()}
    new["hotlines"] = [
        before.get(text) or {"text": text, "source": key} for text in _lines(fields.hotlines)
    ]
    new["website"] = _website(fields.website, str(new.get("website") or ""), wrong)
    new["to_confirm"] = [
        one for place, one in enumerate(new.get("to_confirm") or ()) if place not in fields.settled
    ]
    for name in ("counters", "hotlines", "website", "to_confirm"):
        if not new[name] and not data.get(name):
            new.pop(name)  # absent and empty are the same: nothing was changed
    if wrong:
        raise FormError(wrong)
    if new == dict(data):
        return new
    if _uses(new, key) and key not in (new.get("sources") or {}):
        new["sources"] = {**new.get("sources", {}), key: _source(fields, full_name, today, wrong)}
    if wrong:
        raise FormError(wrong)
    new["checked_on"] = today.isoformat()
    return new


def missing(commune: Commune) -> tuple[str, ...]:
    """What residents read “chưa cập nhật” for, such as “Công an xã Hòa Tiến: địa chỉ”."""
    told = []
    for counter in commune.counters:
        lacks = _lacks(counter)
        if lacks:
            told.append(f"{counter.name}: {', '.join(lacks)}")
    if commune.counter(CounterKind.ONE_STOP) is None:
        told.insert(0, "chưa có quầy Trung tâm Phục vụ hành chính công")
    if not commune.hotlines:
        told.append("đường dây nóng")
    return tuple(told)


def lacking(commune: Commune) -> int:
    """How many facts are missing."""
    counters = sum(len(_lacks(counter)) for counter in commune.counters)
    no_one_stop = 3 if commune.counter(CounterKind.ONE_STOP) is None else 0
    return counters + no_one_stop + (not commune.hotlines)


def _lacks(counter: Counter) -> list[str]:
    facts = [
        ("địa chỉ", counter.address),
        ("điện thoại", counter.telephone),
        ("giờ làm việc", counter.opening_hours),
    ]
    if counter.name.startswith(_COMMITTEE):
        facts.pop()  # residents go to the one-stop counter; the committee keeps no counter's hours
    return [name for name, fact in facts if fact is None]


def _number(name: str) -> bool:
    parts = name.split(".")
    return len(parts) > 2 and parts[1].isascii() and parts[1].isdecimal() and len(parts[1]) < 3


def _counter_fields(was: str, counter: Mapping[str, Any]) -> CounterFields:
    hours = counter.get("opening_hours") or {}
    return CounterFields(
        was=was,
        kind=counter["kind"],
        name=counter["name"],
        address=(counter.get("address") or {}).get("text", ""),
        telephone=(counter.get("telephone") or {}).get("text", ""),
        map_link=str(counter.get("map_link") or ""),
        note=counter.get("note") or "",
        hours_note=hours.get("note") or "",
        hours=_grid(hours.get("shifts") or ()),
    )


def _grid(shifts: Sequence[Mapping[str, Any]]) -> dict[str, tuple[tuple[str, str], ...]]:
    made: dict[str, tuple[tuple[str, str], ...]] = {}
    for day in Weekday:
        spans = sorted(
            (str(shift["opens"])[:5], str(shift["closes"])[:5])
            for shift in shifts
            if day.value in shift["days"]
        )
        made[day.value] = tuple((*spans, *[("", "")] * SHIFTS))[: max(SHIFTS, len(spans))]
    return made


def _read_counter(form: Form, number: int) -> CounterFields:
    def text(name: str) -> str:
        return " ".join(form.get(f"counter.{number}.{name}", "").split())

    hours: dict[str, tuple[tuple[str, str], ...]] = {}
    for day in Weekday:
        spans = []
        place = 0
        while f"counter.{number}.{day.value}.{place}.opens" in form or place < SHIFTS:
            at = f"{day.value}.{place}"
            spans.append((clock(text(f"{at}.opens")), clock(text(f"{at}.closes"))))
            place += 1
        hours[day.value] = tuple(spans)
    return CounterFields(
        was=text("was"),
        kind=text("kind"),
        name=text("name"),
        address=text("address"),
        telephone=text("telephone"),
        map_link=text("map_link"),
        note=text("note"),
        hours_note=text("hours_note"),
        hours=hours,
        remove=bool(text("remove")),
    )


def clock(text: str) -> str:
    """A time as it is kept: ``7h30``, ``7:30`` or ``7`` → ``07:30``; anything else as it is."""
    found = _CLOCK.fullmatch(text)
    if found is None or int(found["hour"]) > 23:
        return text
    return f"{int(found['hour']):02}:{found['minute'] or '00'}"


def _at(old: Sequence[Data], was: str) -> Data:
    """The counter of the record that a form's counter comes from; an empty one for a new one."""
    return (
        old[int(was)]
        if was.isascii() and was.isdecimal() and len(was) < 4 and int(was) < len(old)
        else {}
    )


def _counter(one: CounterFields, old: Data, key: str, wrong: list[Wrong]) -> Data:
    where = one.name or "Nơi làm việc mới"
    if not one.name:
        wrong.append(Wrong(where, "Ghi tên nơi làm việc."))
    if one.kind not in set(CounterKind):
        wrong.append(Wrong(where, "Chọn loại nơi làm việc."))
    if one.map_link and not _is_map(one.map_link):
        wrong.append(
            Wrong(
                where,
                "Địa chỉ bản đồ phải là https của Google Maps, OpenStreetMap hoặc trang nhà nước.",
            )
        )
    made: Data = {**old, "kind": one.kind, "name": one.name}
    _put(made, "address", _fact(old.get("address"), one.address, key))
    _put(made, "telephone", _fact(old.get("telephone"), one.telephone, key))
    _put(made, "opening_hours", _hours(one, old.get("opening_hours"), key, where, wrong))
    _put(made, "map_link", one.map_link)
    _put(made, "note", one.note)
    return made


def _put(made: Data, name: str, value: Any) -> None:
    """What is unknown is absent."""
    if value:
        made[name] = value
    elif made.get(name) is not None:
        del made[name]


def _fact(old: Data | None, text: str, key: str) -> Data | None:
    if not text:
        return None
    return old if old and old["text"] == text else {"text": text, "source": key}


def _hours(
    one: CounterFields, old: Data | None, key: str, where: str, wrong: list[Wrong]
) -> Data | None:
    by_pattern: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for day in Weekday:
        spans = tuple(span for span in one.hours.get(day.value, ()) if any(span))
        before = ""
        for opens, closes in spans:
            times = all(_KEPT.fullmatch(text) for text in (opens, closes))
            if not times or closes <= opens or opens < before:
                wrong.append(
                    Wrong(
                        f"{where}, {DAY_NAMES[day]}",
                        "Mỗi ca cần giờ mở rồi giờ đóng sau đó, viết như 7:30 và 11:30; "
                        "ca sau không chồng lên ca trước.",
                    )
                )
                break
            before = closes
        if spans:
            by_pattern.setdefault(spans, []).append(day.value)
    # days with the same shifts stand together, as residents read them
    shifts = [
        {"days": days, "opens": opens, "closes": closes}
        for spans, days in by_pattern.items()
        for opens, closes in spans
    ]
    if not shifts:
        return None
    same = old is not None and _grid(old.get("shifts") or ()) == _grid(shifts)
    if old is not None and same and (old.get("note") or "") == one.hours_note:
        return old
    made: Data = {"shifts": shifts, "source": key}
    _put(made, "note", one.hours_note)
    return made


DAY_NAMES = dict(
    zip(
        Weekday,
        ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
        strict=True,
    )
)


def _lines(text: str) -> Iterator[str]:
    yield from dict.fromkeys(line for part in text.splitlines() if (line := " ".join(part.split())))


def _website(text: str, before: str, wrong: list[Wrong]) -> str | None:
    if text and text != before and not is_official(text):
        wrong.append(
            Wrong(
                "Trang web", "Chỉ nhận trang của cơ quan nhà nước (gov.vn), bắt đầu bằng https://."
            )
        )
    return text or None


def _is_map(address: str) -> bool:
    return lies_on(address, _MAPS, ("https",)) or (
        address.startswith("https:") and is_official(address)
    )


def _source_key(data: Data, fields: CommuneFields, today: date) -> str:
    """The key of the same source where it is there already, else a new one."""
    sources = data.get("sources") or {}
    for key, source in sources.items():
        same = (
            source.get("kind") == SourceKind.OFFICE and source.get("title") == fields.source_title
        )
        if same and (source.get("text_date") or "") == fields.source_date:
            return str(key)
    base = f"office-{today:%Y%m%d}"
    names = [base, *(f"{base}-{number}" for number in range(2, 100))]
    return next(name for name in names if name not in sources)


def _source(fields: CommuneFields, full_name: str, today: date, wrong: list[Wrong]) -> Data:
    if len(fields.source_title) < 2:
        wrong.append(Wrong("Nguồn", "Ghi tên thông báo hoặc văn bản mà các thông tin này dựa vào."))
    made: Data = {
        "kind": SourceKind.OFFICE.value,
        "publisher": f"{_COMMITTEE} {full_name}",
        "title": fields.source_title,
        "seen_on": today.isoformat(),
    }
    if fields.source_date:
        try:
            made["text_date"] = date.fromisoformat(fields.source_date).isoformat()
        except ValueError:
            wrong.append(Wrong("Nguồn", "Ngày của văn bản không đúng. Chọn lại ngày."))
    return made


def _uses(value: Any, key: str) -> bool:
    """Whether a fact rests on a source."""
    if isinstance(value, dict):
        return any(
            (name == "source" and (one == key or (isinstance(one, list) and key in one)))
            or _uses(one, key)
            for name, one in value.items()
        )
    return isinstance(value, list) and any(_uses(one, key) for one in value)
