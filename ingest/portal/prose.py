"""Reads the copies whose figures stand in sentences (``official_procedures.jsonl``)."""

from __future__ import annotations

import re
from typing import Any

from ingest.portal.detail import PORTAL
from ingest.portal.record import (
    CitedText,
    Duration,
    Form,
    Group,
    Level,
    Method,
    Money,
    Paper,
    PortalRecord,
)
from ingest.portal.topics import topic_of
from ingest.portal.wording import (
    iso_day,
    legal_number,
    line,
    members,
    one_duration,
    paragraphs,
    whole,
)
from knowledge_base.record import Channel, Topic
from knowledge_base.syllables import fold

_CHANNELS = {
    "truc tiep": Channel.IN_PERSON,
    "dich vu buu chinh": Channel.POST,
    "truc tuyen": Channel.ONLINE,
}
_LEVELS = {
    "cap bo": Level.MINISTRY,
    "cap tinh": Level.PROVINCE,
    "cap xa": Level.COMMUNE,
    "co quan khac": Level.OTHER,
}
_TEST = "test_record_on_portal"
_FLAGS = {
    "conditions_leading_letters_lost": "Yêu cầu, điều kiện bị mất chữ đầu câu: xem lại trên Cổng.",
    "mentions_abolished_district_level": "Còn nhắc cấp huyện, đã bỏ từ 01/7/2025.",
    "mentions_former_labour_ministry_bodies": "Còn nhắc ngành Lao động – Thương binh và Xã hội cũ.",
    "no_legal_basis": "Cổng không ghi căn cứ pháp lý.",
    "no_dossier": "Cổng không ghi thành phần hồ sơ.",
    "read_by_hand_from_unfetchable_repo": "Bản chép tay: so lại với Cổng.",
}
_UNITLESS = "đơn vị không nêu"
_FEE = re.compile(
    r"^(?P<value>\d{1,12})\s*(?P<currency>VNĐ|VND|USD)\b\s*(?:\((?P<words>.*)\))?$", re.S
)


def is_prose(data: dict[str, Any]) -> bool:
    """Whether the object is a record of the prose copy."""
    return isinstance(data.get("dossier"), list) and isinstance(data.get("time_limit"), list)


def read_prose(data: dict[str, Any]) -> PortalRecord:
    """The record of one prose object; fields of an unexpected shape count as empty."""
    flags = [flag for flag in _words(data.get("quality_flags")) if flag != _TEST]
    topic = line(data.get("topic"))
    return PortalRecord(
        code=line(data.get("code")),
        name=line(data.get("name")),
        form=Form.PROSE,
        topic=Topic(topic) if topic in set(Topic) else topic_of(line(data.get("field"))),
        field=line(data.get("field")),
        levels=_levels(data),
        national=line(data.get("scope")) != "local",
        issued_by=line(data.get("issued_by")),
        decision=line(data.get("decision_no")),
        methods=tuple(_methods(data)),
        groups=tuple(
            Group(
                line(group.get("case")),
                tuple(
                    Paper(
                        name,
                        max(whole(item.get("original")) or 0, 0),
                        max(whole(item.get("copy")) or 0, 0),
                    )
                    for item in members(group.get("items"))
                    if (name := line(item.get("name")))
                ),
            )
            for group in members(data.get("dossier"))
        ),
        results=paragraphs(data.get("result")),
        legal=tuple(
            dict.fromkeys(
                CitedText(legal_number(line(text.get("number"))), line(text.get("title")))
                for text in members(data.get("legal_basis"))
                if line(text.get("number"))
            )
        ),
        subjects=_listed(data.get("subjects"), ","),
        agencies=tuple(
            dict.fromkeys(
                (*_listed(data.get("agency"), ";"), *_listed(data.get("competent_authority"), ";"))
            )
        ),
        receiving=line(data.get("receiving_address")),
        steps=paragraphs(data.get("steps")),
        conditions="\n".join(paragraphs(data.get("conditions"))),
        form_names=_words(data.get("forms")),
        created_on=iso_day(data.get("portal_record_created")),
        updated_on=iso_day(data.get("portal_updated_at")),
        seen_on=iso_day(data.get("crawled_at")),
        address=line(data.get("raw_url")) or PORTAL,
        is_test=_TEST in _words(data.get("quality_flags")),
        flags=(
            *(_FLAGS.get(flag, f"Cờ của bản chép: {flag}.") for flag in flags),
            *_words(data.get("currency_notes")),
        ),
    )


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(found for item in value if (found := line(item)))


def _listed(value: object, mark: str) -> tuple[str, ...]:
    """The parts of a list in one string; ``mark`` inside brackets does not part it."""
    parts = re.split(rf"{mark}(?![^()]*\))", line(value))
    return tuple(dict.fromkeys(found for part in parts if (found := part.strip())))


def _levels(data: dict[str, Any]) -> frozenset[Level]:
    spelt = fold(f"{line(data.get('level'))}, {line(data.get('levels_all'))}")
    return frozenset(level for words, level in _LEVELS.items() if words in spelt)


def _methods(data: dict[str, Any]) -> list[Method]:
    """One method a row of ``time_limit``, joined with the fees of the same row or channel."""
    times, fees = members(data.get("time_limit")), members(data.get("fee"))
    in_step = [_channel(row) for row in times] == [_channel(row) for row in fees]
    found, fees_told = [], set()
    for place, row in enumerate(times):
        channel = _channel(row)
        if channel is None:
            continue
        if in_step:
            own = [fees[place]]
        else:
            own = [fee for fee in fees if _channel(fee) is channel and channel not in fees_told]
            fees_told.add(channel)
        money = tuple(dict.fromkeys(fee for item in own for fee in _fees(line(item.get("fee")))))
        found.append(Method(channel, _time(row), money))
    return found


def _channel(row: dict[str, Any]) -> Channel | None:
    return _CHANNELS.get(fold(line(row.get("channel"))))


def _time(row: dict[str, Any]) -> Duration | None:
    given, note = line(row.get("time")), line(row.get("note"))
    if not given and not note:
        return None
    if _UNITLESS in given:
        number = re.match(r"\d+(?:[.,]\d+)?", given)
        amount = float(number.group().replace(",", ".")) if number else None
        return Duration(amount, None, note)
    bare = re.fullmatch(r"\d{1,3}(?:[.,]\d{1,2})?", given)
    if bare:
        return Duration(float(given.replace(",", ".")), None, note)
    parsed = one_duration(given)
    if parsed is None:
        return Duration(None, None, " ".join(part for part in (given, note) if part))
    exact = re.fullmatch(r"\d{1,3}(?:[.,]\d{1,2})? [^\d:;.]{2,14}", given)
    return Duration(*parsed, note if exact else " ".join(part for part in (given, note) if part))


def _fees(text: str) -> list[Money]:
    """The fees of one row; the copy joins several with ``|``."""
    found = []
    for part in re.split(r"\s*\|\s*(?=\d+ VN|\d+ USD|$)|^\|\s*", text):
        if not (part := part.strip()):
            continue
        match = _FEE.match(part)
        if match is None:
            found.append(Money(None, "", part))
        else:
            # the copy writes VNĐ behind every figure, also behind sums in dollars
            currency = "USD" if match["currency"] == "USD" else ""
            found.append(Money(int(match["value"]), currency, line(match["words"])))
    return found
