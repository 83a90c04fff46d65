"""Makes a draft Procedure of a portal record: facts by program, sentences left to an editor."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ingest.draft import TO_WRITE, Draft
from ingest.portal.dossier import Dossier, read_dossier
from ingest.portal.figures import Found, read_fees, read_times
from ingest.portal.known import Known
from ingest.portal.naming import plain_title, slug
from ingest.portal.record import Form, Level, PortalRecord
from ingest.portal.wording import cited_dates, issued_on, line, short_name
from knowledge_base.catalogue import text_number
from knowledge_base.record import NATIONAL, Channel, CounterKind
from knowledge_base.source import SourceKind
from knowledge_base.syllables import fold

PUBLISHER = "Cổng Dịch vụ công quốc gia"
PORTAL = "https://dichvucong.gov.vn"

_COUNTERS = (
    (CounterKind.POLICE, ("cong an cap xa", "cong an xa")),
    (CounterKind.SOCIAL_INSURANCE, ("bao hiem xa hoi",)),
    (CounterKind.LAND_BRANCH, ("van phong dang ky dat dai",)),
    (CounterKind.HEALTH_STATION, ("tram y te",)),
    (CounterKind.ONE_STOP, ("cap xa", "uy ban nhan dan xa", "ubnd xa", "trung tam phuc vu hanh")),
    (CounterKind.TAX, ("thue co so", "thue tinh", "chi cuc thue")),
)
_PLACES = {
    CounterKind.ONE_STOP: "Trung tâm Phục vụ hành chính công xã",
    CounterKind.POLICE: "Công an xã",
    CounterKind.LAND_BRANCH: "Chi nhánh Văn phòng đăng ký đất đai",
    CounterKind.SOCIAL_INSURANCE: "Cơ quan bảo hiểm xã hội",
    CounterKind.HEALTH_STATION: "Trạm y tế xã",
    CounterKind.TAX: "Cơ quan thuế",
}
_DISTRICT = ("cap huyen", "uy ban nhan dan huyen", "ubnd huyen", "phong tu phap")
_LABOUR = ("lao dong - thuong binh", "lao dong – thuong binh", "ldtbxh")
_WRITTEN = ("summary", "steps", "pitfalls", "questions", "checked_on")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whence the file came: taken from the portal by the commune itself, or a copy of others."""

    kind: SourceKind = SourceKind.PORTAL_COPY
    seen_on: date | None = None
    """The day it was taken; None where only the record itself may say."""


def draft_of(
    record: PortalRecord,
    record_id: str,
    known: Known | None = None,
    provenance: Provenance | None = None,
) -> Draft:
    """The draft of one record.

    Its body names one source; a figure that the portal gives without a unit, as its default or in
    another currency is not carried over but told in ``warnings`` and ``to_confirm``.
    """
    known, provenance = known or Known(), provenance or Provenance()
    key = f"np-{record.code}"
    dossier = read_dossier(record, key)
    times, fees = read_times(record, key), read_fees(record, key)
    legal, legal_warnings, undated = _legal(record, key, known)
    counters = _counters(record)
    body: dict[str, Any] = {
        "id": record_id,
        "code": record.code,
        "title": plain_title(record.name),
        "topic": record.topic.value if record.topic else None,
        "scope": scope_of(record),
        "summary": TO_WRITE,
        "who_can_apply": [{"text": "; ".join(record.subjects), "source": key}]
        if record.subjects
        else None,
        "conditions": TO_WRITE if record.conditions else None,
        "dossier": dossier.common,
        "cases": dossier.cases,
        "steps": TO_WRITE,
        "where": [
            {"counter": kind.value, "text": _PLACES.get(kind, TO_WRITE), "source": key}
            for kind in counters
        ],
        "channels": _channels(record, key),
        "time_limits": times.facts,
        "fees": fees.facts,
        "result": [{"text": short_name(text), "source": key} for text in record.results],
        "forms": dossier.forms,
        "pitfalls": TO_WRITE,
        "legal_basis": legal,
        "to_confirm": [*times.to_confirm, *fees.to_confirm],
        "questions": TO_WRITE,
        "sources": {key: _source(record, provenance)},
        "checked_on": TO_WRITE,
    }
    return Draft(
        {name: value for name, value in body.items() if value not in (None, [], "")},
        _missing(record, dossier, times, fees, undated, provenance),
        (*_traps(record), *legal_warnings, *times.warnings, *fees.warnings, *dossier.warnings),
        _notes(record, dossier),
    )


def scope_of(record: PortalRecord) -> str:
    """``national``, or the province that issued the record."""
    issuer = re.sub(
        r"^(?:UBND|[ỦU][yỷ] ban nhân dân)\s+(?:cấp\s+)?(?:tỉnh|thành phố|tp\.?)?\s*",
        "",
        record.issued_by,
        flags=re.I,
    )
    if record.national or not slug(issuer):
        return NATIONAL
    return f"province:{slug(issuer)}"


def _source(record: PortalRecord, provenance: Provenance) -> dict[str, Any]:
    found = {
        "kind": provenance.kind.value,
        "publisher": PUBLISHER,
        "title": f"Thủ tục {record.code} – {plain_title(record.name)}",
        "address": record.address or PORTAL,
    }
    if text_date := record.updated_on or record.created_on:
        found["text_date"] = text_date.isoformat()
    if seen_on := provenance.seen_on or record.seen_on:
        found["seen_on"] = seen_on.isoformat()
    return found


def _counters(record: PortalRecord) -> tuple[CounterKind, ...]:
    """Who receives: the address first, then the agencies; one kind, unless only several fit."""
    for spelt in (fold(record.receiving), fold("; ".join(record.agencies))):
        for kind, words in _COUNTERS:
            if any(word in spelt for word in words):
                return (kind,)
    if Level.COMMUNE in record.levels and record.agencies:
        return (CounterKind.ONE_STOP,)
    return (CounterKind.OTHER,) if record.agencies else ()


def _channels(record: PortalRecord, key: str) -> list[dict[str, Any]]:
    order = (Channel.IN_PERSON, Channel.ONLINE, Channel.POST)
    offered = {method.channel for method in record.methods}
    return [
        {"channel": Channel.PORTAL.value, "link": record.address or PORTAL, "source": key}
        if channel is Channel.ONLINE
        else {"channel": channel.value, "source": key}
        for channel in order
        if channel in offered
    ]


def _legal(
    record: PortalRecord, key: str, known: Known
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """The legal basis, warnings about ended texts, and the numbers without a date."""
    found: list[dict[str, Any]] = []
    warnings, undated = [], []
    cited = cited_dates(_prose(record))
    for number in dict.fromkeys(text.number for text in record.legal):
        texts = [text for text in record.legal if text.number == number]
        name = max((text.name for text in texts), key=len)
        if (ended := known.ended.get(text_number(number))) is not None:
            instead = f" Dùng {ended.replaced_by}." if ended.replaced_by else ""
            warnings.append(
                f"Căn cứ {number} đã hết hiệu lực từ {ended.ended_on:%d/%m/%Y}.{instead}"
            )
            continue
        entry: dict[str, Any] = {"number": number, "name": short_name(name) or number}
        entry |= known.texts.get(text_number(number), {})
        if "issued" not in entry:
            named = (day for text in texts if (day := issued_on(number, text.name)))
            issued = next(named, None) or cited.get(number)
            if issued is not None:
                entry["issued"] = issued.isoformat()
        if not {"issued", "effective_from"} & entry.keys():
            undated.append(number)
        found.append({**entry, "source": key})
    return found, warnings, undated


def _traps(record: PortalRecord) -> Iterable[str]:
    yield from record.flags
    told = fold(" ".join(record.flags))
    spelt = fold(_prose(record))
    if "cap huyen" not in told and any(word in spelt for word in _DISTRICT):
        yield "Còn nhắc cấp huyện, đã bỏ từ 01/7/2025."
    if "thuong binh" not in told and any(word in spelt for word in _LABOUR):
        yield "Còn nhắc ngành Lao động – Thương binh và Xã hội cũ."
    if "mat chu dau" not in told and record.conditions[:1].islower():
        yield "Yêu cầu, điều kiện bắt đầu giữa câu, có thể mất chữ: xem lại trên Cổng."
    if not record.national:
        yield f"Do {record.issued_by or 'một tỉnh'} ban hành: chỉ dùng cho tỉnh đó."
    if record.is_test:
        yield "Bản ghi thử của Cổng: không phải thủ tục."


def _prose(record: PortalRecord) -> str:
    """Every sentence of the record, on one line each."""
    return "\n".join(
        (
            *record.steps,
            record.conditions,
            record.remarks,
            *record.agencies,
            *(paper.name for group in record.groups for paper in group.papers),
            *(fee.words for method in record.methods for fee in method.fees),
            *(text.name for text in record.legal),
        )
    )


def _missing(
    record: PortalRecord,
    dossier: Dossier,
    times: Found,
    fees: Found,
    undated: list[str],
    provenance: Provenance,
) -> tuple[str, ...]:
    gaps = (
        (record.topic is None, "lĩnh vực"),
        (not record.agencies, "nơi nộp"),
        (not record.methods, "cách nộp"),
        (not (dossier.common or dossier.cases), "thành phần hồ sơ"),
        (not times.facts, "thời hạn"),
        (not fees.facts, "mức phí, lệ phí"),
        (not record.results, "kết quả"),
        (not dossier.forms, "mẫu đơn"),
        (not record.legal, "căn cứ pháp lý"),
        (not record.steps, "trình tự"),
        (not (provenance.seen_on or record.seen_on), "ngày tải từ Cổng"),
        (record.updated_on is None, "ngày Cổng cập nhật"),
    )
    return (
        *(name for absent, name in gaps if absent),
        *(f"ngày ban hành của {number}" for number in undated),
    )


def _notes(record: PortalRecord, dossier: Dossier) -> dict[str, str]:
    """The portal's own words by heading."""
    methods = []
    for method in record.methods:
        time = method.time
        given = (
            ""
            if time is None
            else " ".join(
                part
                for part in (
                    "" if time.amount is None else f"{time.amount:g}",
                    (time.unit.value if time.unit else "(không nêu đơn vị)")
                    if time.amount is not None
                    else "",
                    time.words,
                )
                if part
            )
        )
        money = "; ".join(
            line(f"{'' if fee.value is None else fee.value} {fee.currency} {fee.words}")
            for fee in method.fees
        )
        methods.append(f"{method.channel.value}: thời hạn: {given or '–'} | phí: {money or '–'}")
    notes = {
        "Tên trên Cổng": record.name,
        "Ban hành": line(f"{record.issued_by} {record.decision}"),
        "Lĩnh vực": record.field,
        "Trình tự thực hiện": "\n".join(record.steps),
        "Cách thức thực hiện, thời hạn, phí": "\n".join(dict.fromkeys(methods)),
        "Thành phần hồ sơ": "\n".join(dossier.prose),
        "Yêu cầu, điều kiện": record.conditions,
        "Cơ quan": "\n".join(record.agencies),
        "Nơi tiếp nhận": record.receiving,
        "Kết quả": "\n".join(record.results),
        "Mẫu đơn": "\n".join(dict.fromkeys((*record.form_names, *dossier.files))),
        "Căn cứ pháp lý": "\n".join(f"{text.number}: {text.name}" for text in record.legal),
        "Ghi chú": record.remarks,
        "Dạng đọc": {
            Form.DETAIL: "bản chi tiết",
            Form.PROSE: "bản chữ",
            Form.BOTH: "bản chi tiết, chỗ trống lấy từ bản chữ",
        }[record.form],
    }
    return {heading: text for heading, text in notes.items() if text}
