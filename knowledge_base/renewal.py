"""What in valid content has grown old, ends soon or was never finished: work for officers.

Nothing here makes content wrong; what does is found when the files are read.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from knowledge_base import commune as communes
from knowledge_base.catalogue import Catalogue, text_number
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, facts_of
from knowledge_base.source import (
    STRONG_SOURCES,
    LegalBasis,
    LegalText,
    Source,
    SourceKind,
)

OLD_AFTER_MONTHS = 6
SOON_DAYS = 30
EXPECTED_COUNTERS = (
    CounterKind.ONE_STOP,
    CounterKind.POLICE,
    CounterKind.LAND_BRANCH,
    CounterKind.SOCIAL_INSURANCE,
    CounterKind.HEALTH_STATION,
)
"""The counters that residents of every commune are sent to."""

_COUNTERS = {
    CounterKind.ONE_STOP: "Trung tâm Phục vụ hành chính công",
    CounterKind.POLICE: "công an xã",
    CounterKind.LAND_BRANCH: "chi nhánh văn phòng đăng ký đất đai",
    CounterKind.SOCIAL_INSURANCE: "bảo hiểm xã hội",
    CounterKind.HEALTH_STATION: "trạm y tế",
}
_SOURCES = {
    SourceKind.GAZETTE: "văn bản gốc",
    SourceKind.PORTAL: "Cổng dịch vụ công",
    SourceKind.PORTAL_COPY: "bản chép của Cổng",
    SourceKind.OFFICE: "trả lời của cán bộ",
    SourceKind.SECONDARY: "bản trích của người khác",
    SourceKind.PRESS: "báo chí",
}
_STRENGTH = list(SourceKind)
"""Strongest first, as ``SourceKind`` lists them."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?/\d{4}/[A-ZĐ][A-ZĐa-z\d-]*")

Item = Procedure | Guide | communes.Commune


class FindingKind(StrEnum):
    """What an officer should look at, the most pressing first."""

    ENDED_TEXT = "ended_text"
    ENDING_TEXT = "ending_text"
    REPLACED_TEXT = "replaced_text"
    ENDING_FACT = "ending_fact"
    OLD_SOURCE = "old_source"
    MISSING_CONTACT = "missing_contact"
    WEAK_SOURCE = "weak_source"


HEADINGS = {
    FindingKind.ENDED_TEXT: "Căn cứ pháp lý đã hết hiệu lực",
    FindingKind.ENDING_TEXT: "Căn cứ pháp lý sắp hết hiệu lực",
    FindingKind.REPLACED_TEXT: "Nhắc văn bản đã có văn bản khác thay",
    FindingKind.ENDING_FACT: "Hồ sơ, số liệu đã hết hạn hoặc sắp hết hạn",
    FindingKind.OLD_SOURCE: "Nguồn xem đã lâu",
    FindingKind.MISSING_CONTACT: "Xã còn thiếu địa chỉ, điện thoại, giờ làm việc",
    FindingKind.WEAK_SOURCE: "Số liệu chưa đối chiếu với văn bản gốc hoặc Cổng",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at in one record or commune."""

    kind: FindingKind
    record: str
    scope: str
    field: str
    """Where in the record."""
    message: str
    day: date | None = None
    """When it ends, ended or was last seen."""
    count: int = 1
    """How many facts it stands for."""

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "kind": self.kind.value,
            "record": self.record,
            "scope": self.scope,
            "field": self.field,
            "message": self.message,
            "date": self.day.isoformat() if self.day else None,
            "count": self.count,
        }


def findings(
    catalogue: Catalogue,
    day: date,
    *,
    months: int = OLD_AFTER_MONTHS,
    days: int = SOON_DAYS,
) -> tuple[Finding, ...]:
    """Everything worth a look on ``day``, the most pressing first.

    Args:
        catalogue: the content, already checked.
        day: the day to judge by.
        months: a source last seen longer ago than this is old.
        days: what ends within this many days ends soon.
    """
    soon = day + timedelta(days=days)
    old = months_before(day, months)
    items: list[tuple[str, str, Item]] = [
        (item.id, item.scope, item) for _, item in sorted(catalogue.records.items())
    ]
    items += [
        (item.id, f"commune:{item.id}", item) for _, item in sorted(catalogue.communes.items())
    ]
    found: list[Finding] = []
    for name, scope, item in items:
        found.extend(_texts(name, scope, item, catalogue, day, soon))
        found.extend(_ends(name, scope, item, day, soon))
        found.extend(_sources(name, scope, item, old))
        if isinstance(item, communes.Commune):
            found.extend(_contacts(name, scope, item))
    order = list(FindingKind)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.day or date.max)))


def months_before(day: date, months: int) -> date:
    """The same day of the month, so many months earlier; the last one where there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def report(found: Iterable[Finding], shown: int | None = None) -> Iterator[str]:
    """The findings grouped and counted, in Vietnamese; ``shown`` lines of each group at most."""
    found = tuple(found)
    if not found:
        yield "Không có gì phải xem lại."
        return
    for kind in FindingKind:
        group = [one for one in found if one.kind is kind]
        if not group:
            continue
        total = sum(one.count for one in group)
        yield f"{HEADINGS[kind]}: {total}"
        for one in group[:shown]:
            yield f"  {one.record} ({one.scope}): {one.message}"
        if shown is not None and len(group) > shown:
            yield f"  … và {len(group) - shown} dòng nữa; thêm --all để xem hết."


def as_json(found: Iterable[Finding]) -> dict[str, Any]:
    """The findings with their counts, for machines."""
    found = tuple(found)
    counts: Counter[FindingKind] = Counter()
    for one in found:
        counts[one.kind] += one.count
    return {
        "counts": {kind.value: counts[kind] for kind in FindingKind},
        "findings": [one.as_json() for one in found],
    }


def _texts(
    name: str, scope: str, item: Item, catalogue: Catalogue, day: date, soon: date
) -> Iterator[Finding]:
    told: set[str] = set()
    for place, basis in enumerate(getattr(item, "legal_basis", ())):
        number = text_number(basis.number)
        text = catalogue.legal_texts.get(number)
        field = f"legal_basis.{place}"
        last = _last_day(basis, text)
        instead = _instead(basis.replaced_by or (text.replaced_by if text else None))
        if last is not None and last <= soon:
            told.add(number)
            kind = FindingKind.ENDED_TEXT if last < day else FindingKind.ENDING_TEXT
            said = "đã hết hiệu lực sau" if last < day else "hết hiệu lực sau"
            message = f"{basis.number} {said} ngày {last:%d/%m/%Y}.{instead}"
            yield Finding(kind, name, scope, field, message, last)
    for field, words in _words(item):
        for number in map(text_number, _NUMBER.findall(words)):
            text = catalogue.legal_texts.get(number)
            if text is not None and number not in told and _replaced(text, day):
                told.add(number)
                message = f"còn nhắc {text.number}.{_instead(text.replaced_by)}"
                yield Finding(FindingKind.REPLACED_TEXT, name, scope, field, message, text.ended_on)


def _last_day(basis: LegalBasis, text: LegalText | None) -> date | None:
    if basis.effective_to is not None:
        return basis.effective_to
    if text is not None and text.ended_on is not None:
        return text.ended_on - timedelta(days=1)
    return None


def _replaced(text: LegalText, day: date) -> bool:
    """Whether something else holds in its place on ``day``."""
    if text.ended_on is not None:
        return text.ended_on <= day
    return text.replaced_by is not None


def _instead(successor: str | None) -> str:
    return f" Thay bằng {successor}." if successor else ""


def _words(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside an item, with its dotted path; sources are named there, not said."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, BaseModel) and not isinstance(value, Source):
        for name in type(value).model_fields:
            if name not in ("source", "sources", "replaced_by"):
                yield from _words(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from _words(part, f"{path}.{place}")


def _ends(name: str, scope: str, item: Item, day: date, soon: date) -> Iterator[Finding]:
    if not isinstance(item, communes.Commune) and item.effective_to and item.effective_to <= soon:
        yield _end(name, scope, "effective_to", "cả hồ sơ", item.effective_to, day)
    for field, fact in facts_of(item):
        if isinstance(fact, LegalBasis) or fact.effective_to is None or fact.effective_to > soon:
            continue
        yield _end(name, scope, field, field, fact.effective_to, day)


def _end(name: str, scope: str, field: str, what: str, last: date, day: date) -> Finding:
    said = "đã hết hạn sau" if last < day else "hết hạn sau"
    message = f"{what} {said} ngày {last:%d/%m/%Y}."
    return Finding(FindingKind.ENDING_FACT, name, scope, field, message, last)


def _sources(name: str, scope: str, item: Item, old: date) -> Iterator[Finding]:
    resting: Counter[str] = Counter()
    weak: Counter[SourceKind] = Counter()
    for _, fact in facts_of(item):
        newest = max(fact.source_keys, key=lambda key: item.sources[key].seen_on)
        if item.sources[newest].seen_on < old:
            resting[newest] += 1
        strongest = min((item.sources[key].kind for key in fact.source_keys), key=_STRENGTH.index)
        if strongest not in STRONG_SOURCES:
            weak[strongest] += 1
    for key, count in resting.items():
        seen = item.sources[key].seen_on
        message = f"{count} mục theo “{item.sources[key].title}”, xem ngày {seen:%d/%m/%Y}."
        yield Finding(FindingKind.OLD_SOURCE, name, scope, f"sources.{key}", message, seen, count)
    if weak:
        parts = [f"{weak[kind]} theo {_SOURCES[kind]}" for kind in _STRENGTH if weak[kind]]
        message = f"{weak.total()} mục, mạnh nhất là: {', '.join(parts)}."
        yield Finding(FindingKind.WEAK_SOURCE, name, scope, "sources", message, None, weak.total())


def _contacts(name: str, scope: str, item: communes.Commune) -> Iterator[Finding]:
    absent = [_COUNTERS[kind] for kind in EXPECTED_COUNTERS if item.counter(kind) is None]
    parts = [f"chưa có {', '.join(absent)}"] if absent else []
    count = len(absent)
    for counter in item.counters:
        lacking = [
            words
            for words, value in (
                ("địa chỉ", counter.address),
                ("điện thoại", counter.telephone),
                ("giờ làm việc", counter.opening_hours),
            )
            if value is None
        ]
        if lacking:
            parts.append(f"{counter.name} thiếu {', '.join(lacking)}")
            count += len(lacking)
    if parts:
        message = f"{'; '.join(parts)}."
        yield Finding(FindingKind.MISSING_CONTACT, name, scope, "counters", message, None, count)
