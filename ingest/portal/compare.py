"""Tells field by field where a draft differs from the procedure that is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.portal.wording import legal_number
from knowledge_base.procedure import TimeUnit
from knowledge_base.record import ONLINE_CHANNELS, Channel, CounterKind
from knowledge_base.syllables import fold, syllables

SAME_PAPER = 0.6
"""Share of the shorter name's syllables that the longer must have: our names are shorter."""
_MOST_TOLD = 8

_UNITS = {
    TimeUnit.WORKING_DAY.value: "ngày làm việc",
    TimeUnit.DAY.value: "ngày",
    TimeUnit.MONTH.value: "tháng",
    TimeUnit.HOUR.value: "giờ",
}
_CHANNELS = {
    Channel.IN_PERSON.value: "trực tiếp",
    Channel.POST.value: "bưu chính",
    Channel.ONLINE.value: "trực tuyến",
}
_COUNTERS = {
    CounterKind.ONE_STOP.value: "một cửa",
    CounterKind.POLICE.value: "Công an",
    CounterKind.LAND_BRANCH.value: "Chi nhánh Văn phòng đăng ký đất đai",
    CounterKind.SOCIAL_INSURANCE.value: "Bảo hiểm xã hội",
    CounterKind.HEALTH_STATION.value: "trạm y tế",
    CounterKind.TAX.value: "thuế",
    CounterKind.OTHER.value: "nơi khác",
}

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs, in words."""

    field: str
    ours: str
    """What is published; empty for nothing."""
    theirs: str
    """What the portal has; empty for nothing."""
    parts: bool = False
    """Whether both are only the members that the other side lacks."""

    def __str__(self) -> str:
        if not self.parts:
            return f"{self.field}: đang công bố {self.ours}; Cổng ghi {self.theirs}"
        sides = (("chỉ bản công bố có", self.ours), ("chỉ Cổng có", self.theirs))
        return f"{self.field}: " + " | ".join(f"{side}: {told}" for side, told in sides if told)


def differences(published: Data, draft: Data) -> tuple[Difference, ...]:
    """Where the draft's typed facts differ from the published record's.

    Only what the portal states is compared: a figure that the import did not carry over says
    nothing against ours. Sentences are not compared, since ours are never the portal's. For a
    further code that the record covers (``also_codes``) only what the record lacks is told.
    """
    own = draft.get("code") == published.get("code")
    found: list[Difference] = []
    if own and fold(str(draft["title"])) != fold(str(published["title"])):
        found.append(Difference("tên", f"“{published['title']}”", f"“{draft['title']}”"))
    for field, read in (
        ("nơi nộp", _counters),
        ("cách nộp", _offered),
        ("thời hạn", _times),
        ("phí, lệ phí", _fees),
        ("mẫu đơn", _forms),
        ("căn cứ pháp lý", _legal),
    ):
        ours, theirs = read(published), read(draft)
        if field == "mẫu đơn":
            ours, theirs = _without_shared_forms(ours, theirs)
        new, gone = theirs - ours, ours - theirs if own else frozenset()
        if theirs and (new or gone):
            found.append(Difference(field, _listed(gone), _listed(new), parts=True))
    found.extend(_papers(published, draft, own=own))
    found.extend(_results(published, draft))
    return tuple(found)


def _parts(record: Data, field: str) -> list[Data]:
    """The entries of a field, those of the cases among them."""
    cases = record.get("cases") or ()
    return [
        *(record.get(field) or ()),
        *(entry for case in cases for entry in case.get(field) or ()),
    ]


def _channels_of(entry: Data, record: Data) -> frozenset[str]:
    """The channels that an entry is for: its own, or all that the record offers."""
    channel = entry.get("channel")
    return frozenset({_plain_channel(channel)}) if channel else _offered_values(record)


def _plain_channel(channel: str) -> str:
    return Channel.ONLINE.value if channel in ONLINE_CHANNELS else channel


def _offered_values(record: Data) -> frozenset[str]:
    """The channels of a record; the portal knows no others than these three."""
    return frozenset(
        plain
        for option in record.get("channels") or ()
        if (plain := _plain_channel(option["channel"])) in _CHANNELS
    )


def _offered(record: Data) -> frozenset[str]:
    return frozenset(_CHANNELS[channel] for channel in _offered_values(record))


def _counters(record: Data) -> frozenset[str]:
    return frozenset(_COUNTERS[place["counter"]] for place in record.get("where") or ())


def _times(record: Data) -> frozenset[str]:
    return frozenset(
        f"{entry['amount']} {_UNITS[entry['unit']]} ({_CHANNELS[channel]})"
        for entry in _parts(record, "time_limits")
        if entry.get("amount") is not None
        for channel in _channels_of(entry, record)
        if channel in _CHANNELS
    )


def _fees(record: Data) -> frozenset[str]:
    """The sums; free is left out, since the portal has no way to say it."""
    return frozenset(
        f"{entry['amount']:,} đồng ({_CHANNELS[channel]})".replace(",", ".")
        for entry in _parts(record, "fees")
        if entry.get("amount")
        for channel in _channels_of(entry, record)
        if channel in _CHANNELS
    )


def _legal(record: Data) -> frozenset[str]:
    return frozenset(legal_number(text["number"]) for text in record.get("legal_basis") or ())


def _forms(record: Data) -> frozenset[str]:
    numbers = (
        *(entry.get("form") for entry in _parts(record, "dossier")),
        *(form.get("number") for form in record.get("forms") or ()),
    )
    return frozenset(str(number) for number in numbers if number)


def _without_shared_forms(
    ours: frozenset[str], theirs: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Both without the forms that only differ in how they are written."""
    shared = {(own, other) for own in ours for other in theirs if _same_form(own, other)}
    left = frozenset(own for own in ours if own not in {pair[0] for pair in shared})
    right = frozenset(other for other in theirs if other not in {pair[1] for pair in shared})
    # a record whose every form is shared still has forms: nothing then differs
    return left, right


def _same_form(one: str, other: str) -> bool:
    (number, text), (number_2, text_2) = _form(one), _form(other)
    return number == number_2 and (not text or not text_2 or text == text_2)


def _form(spelt: str) -> tuple[str, str]:
    head, _, tail = spelt.partition(" kèm ")
    number = re.sub(r"^(?:mau )?(?:so )?0*", "", fold(head)).strip()
    return number, legal_number(tail) if tail else ""


def _papers(published: Data, draft: Data, *, own: bool) -> Iterable[Difference]:
    ours, theirs = _parts(published, "dossier"), _parts(draft, "dossier")
    if not theirs:
        return
    pairs = [(mine, other) for mine in ours for other in theirs if _same_paper(mine, other)]
    new = [other["item"] for other in theirs if not any(other is pair[1] for pair in pairs)]
    gone = [mine["item"] for mine in ours if not any(mine is pair[0] for pair in pairs)]
    if new or (gone and own):
        yield Difference("giấy tờ", _listed(gone if own else ()), _listed(new), parts=True)
    told = set()
    for mine, other in pairs:
        for field, name in (("originals", "bản chính"), ("copies", "bản sao")):
            counts = mine.get(field), other.get(field)
            place = (mine["item"], name)
            if None not in counts and counts[0] != counts[1] and place not in told:
                told.add(place)
                yield Difference(f"số {name} của “{mine['item']}”", str(counts[0]), str(counts[1]))


def _same_paper(one: Data, other: Data) -> bool:
    return _shared(one["item"], other["item"]) >= SAME_PAPER


def _shared(one: str, other: str) -> float:
    words, others = (set(syllables(fold(text))) for text in (one, other))
    return len(words & others) / max(min(len(words), len(others)), 1)


def _results(published: Data, draft: Data) -> Iterable[Difference]:
    ours = [entry["text"] for entry in published.get("result") or ()]
    new = [
        entry["text"]
        for entry in draft.get("result") or ()
        if not any(_shared(entry["text"], mine) >= SAME_PAPER for mine in ours)
    ]
    if new:
        yield Difference("kết quả", _listed(ours), _listed(new))


def _listed(values: Iterable[str]) -> str:
    told = sorted(dict.fromkeys(values))
    more = len(told) - _MOST_TOLD
    return "; ".join(told[:_MOST_TOLD]) + (f"; và {more} mục nữa" if more > 0 else "")
