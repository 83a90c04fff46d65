"""What officers call each field of a record and each value that is a word of ours."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from knowledge_base.commune import (
    Commune,
    Counter,
    FormerUnit,
    OpeningHours,
    Shift,
    Telephone,
    UnitKind,
    Weekday,
)
from knowledge_base.guide import Entry, Guide, GuideSection
from knowledge_base.procedure import (
    Case,
    ChannelOption,
    DossierItem,
    Fee,
    Form,
    Procedure,
    Provider,
    TimeLimit,
    TimeUnit,
    WhereTo,
)
from knowledge_base.record import (
    NATIONAL,
    CounterKind,
    ExampleQuestion,
    Record,
    RecordKind,
    Topic,
)
from knowledge_base.section import CHANNEL_WORDS, FACET_HEADINGS
from knowledge_base.source import (
    Dated,
    Fact,
    LegalBasis,
    Source,
    SourceKind,
    Statement,
    ToConfirm,
)
from knowledge_base.units import Units

_DATED = {"effective_from": "Có hiệu lực từ", "effective_to": "Ngày cuối có hiệu lực"}
_FACT = {**_DATED, "source": "Nguồn"}
_HEAD = {
    "id": "Mã hồ sơ",
    "title": "Tên",
    "title_en": "Tên tiếng Anh",
    "topic": "Lĩnh vực",
    "aliases": "Tên gọi khác",
    "scope": "Phạm vi",
}
_TAIL = {
    "legal_basis": "Căn cứ pháp lý",
    "related": "Hồ sơ liên quan",
    "questions": "Câu hỏi mẫu",
    "to_confirm": "Điều phải hỏi lại",
    **_DATED,
    "sources": "Nguồn",
    "checked_on": "Ngày kiểm tra",
}

LABELS: dict[type[BaseModel], dict[str, str]] = {
    Dated: _DATED,
    Fact: _FACT,
    Record: {**_HEAD, **_TAIL},
    Procedure: {
        **_HEAD,
        "code": "Mã thủ tục quốc gia",
        "also_codes": "Mã thủ tục thêm",
        "summary": "Tóm tắt",
        "who_can_apply": "Ai được làm",
        "conditions": "Điều kiện",
        "dossier": "Thành phần hồ sơ",
        "cases": "Trường hợp",
        "steps": "Các bước",
        "where": "Nơi nộp",
        "channels": "Cách nộp",
        "time_limits": "Thời hạn giải quyết",
        "fees": "Lệ phí",
        "result": "Kết quả",
        "forms": "Mẫu đơn",
        "pitfalls": "Dễ nhầm",
        **_TAIL,
    },
    Guide: {**_HEAD, "sections": "Các mục", **_TAIL},
    Commune: {
        "id": "Mã trong địa chỉ trang",
        "code": "Mã đơn vị hành chính",
        "kind": "Loại đơn vị",
        "name": "Tên",
        "province": "Mã tỉnh, thành phố",
        "province_name": "Tỉnh, thành phố",
        "merged_from": "Sáp nhập từ",
        "former_names": "Tên cũ",
        "counters": "Quầy tiếp nhận",
        "hotlines": "Đường dây nóng",
        "website": "Trang web",
        "to_confirm": "Điều phải hỏi lại",
        "sources": "Nguồn",
        "checked_on": "Ngày kiểm tra",
    },
    DossierItem: {
        "item": "Giấy tờ",
        "form": "Số mẫu",
        "originals": "Số bản chính",
        "copies": "Số bản sao",
        "provided_by": "Ai nộp",
        "note": "Ghi chú",
        **_FACT,
    },
    TimeLimit: {
        "amount": "Thời gian",
        "unit": "Đơn vị thời gian",
        "channel": "Cách nộp",
        "label": "Tính cho",
        "note": "Ghi chú",
        **_FACT,
    },
    Fee: {
        "amount": "Số tiền",
        "channel": "Cách nộp",
        "label": "Thu cho",
        "per": "Tính theo",
        "exemption": "Miễn cho",
        "note": "Ghi chú",
        **_FACT,
    },
    WhereTo: {"counter": "Quầy", "text": "Nội dung", **_FACT},
    ChannelOption: {"channel": "Cách nộp", "link": "Đường dẫn", "note": "Ghi chú", **_FACT},
    Form: {"number": "Số mẫu", "name": "Tên mẫu", "link": "Đường dẫn", **_FACT},
    Case: {
        "id": "Mã trường hợp",
        "title": "Tên trường hợp",
        "aliases": "Cách gọi khác",
        "conditions": "Điều kiện",
        "dossier": "Thành phần hồ sơ",
        "time_limits": "Thời hạn giải quyết",
        "fees": "Lệ phí",
        "note": "Ghi chú",
        **_FACT,
    },
    Statement: {"text": "Nội dung", **_FACT},
    LegalBasis: {
        "number": "Số hiệu",
        "name": "Tên văn bản",
        "article": "Điều khoản",
        "issued": "Ngày ban hành",
        "replaced_by": "Được thay bởi",
        **_FACT,
    },
    ToConfirm: {"text": "Nội dung", "section": "Mục"},
    Source: {
        "kind": "Loại nguồn",
        "publisher": "Cơ quan",
        "title": "Tên nguồn",
        "address": "Địa chỉ",
        "text_date": "Ngày của văn bản",
        "seen_on": "Ngày xem",
    },
    ExampleQuestion: {
        "text": "Câu hỏi",
        "section": "Mục trả lời",
        "case": "Trường hợp",
        "facts": "Câu trả lời phải có",
    },
    GuideSection: {
        "id": "Mã mục",
        "heading": "Tiêu đề",
        "facet": "Loại câu hỏi",
        "answer": "Câu trả lời",
        "entries": "Các dòng",
        "body": "Nội dung thêm",
        **_FACT,
    },
    Entry: {"label": "Tên dòng", "aliases": "Cách gọi khác", "text": "Nội dung"},
    FormerUnit: {
        "name": "Tên đơn vị cũ",
        "district": "Huyện cũ",
        "province": "Tỉnh cũ",
        "part": "Chỉ một phần",
        **_FACT,
    },
    Counter: {
        "kind": "Loại quầy",
        "name": "Tên quầy",
        "address": "Địa chỉ",
        "telephone": "Điện thoại",
        "opening_hours": "Giờ làm việc",
        "map_link": "Đường dẫn bản đồ",
        "note": "Ghi chú",
    },
    Telephone: {"text": "Số", **_FACT},
    OpeningHours: {"shifts": "Ca làm việc", "note": "Ghi chú", **_FACT},
    Shift: {"days": "Ngày", "opens": "Mở cửa", "closes": "Đóng cửa"},
}
"""By model and field, in the order in which officers read them; no field is left out."""

KIND_NAMES = {
    RecordKind.PROCEDURE: "Thủ tục",
    RecordKind.GUIDE: "Hướng dẫn",
    RecordKind.COMMUNE: "Xã, phường",
}

TOPIC_NAMES = {
    Topic.LAND: "Đất đai, nhà ở",
    Topic.HEALTH_INSURANCE: "Bảo hiểm y tế",
    Topic.RESIDENCE: "Cư trú",
    Topic.SOCIAL_POLICY: "Chính sách xã hội",
    Topic.LOCAL_GOVERNMENT: "Chính quyền địa phương",
    Topic.CIVIL_STATUS: "Hộ tịch",
    Topic.CERTIFICATION: "Chứng thực",
}

COUNTER_NAMES = {
    CounterKind.ONE_STOP: "Trung tâm Phục vụ hành chính công",
    CounterKind.POLICE: "Công an",
    CounterKind.LAND_BRANCH: "Chi nhánh Văn phòng đăng ký đất đai",
    CounterKind.SOCIAL_INSURANCE: "Bảo hiểm xã hội",
    CounterKind.HEALTH_STATION: "Trạm Y tế",
    CounterKind.TAX: "Thuế",
    CounterKind.OTHER: "Nơi khác",
}

_WEEKDAYS = {
    **{
        one: f"thứ {name}"
        for one, name in zip(Weekday, ("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy"), strict=False)
    },
    Weekday.SUN: "Chủ nhật",
}
_NAMES: tuple[Mapping[Any, str], ...] = (
    TOPIC_NAMES,
    COUNTER_NAMES,
    CHANNEL_WORDS,
    FACET_HEADINGS,
    _WEEKDAYS,
    {one: one.value for one in UnitKind},
    {
        TimeUnit.WORKING_DAY: "ngày làm việc",
        TimeUnit.DAY: "ngày",
        TimeUnit.MONTH: "tháng",
        TimeUnit.HOUR: "giờ",
        TimeUnit.AT_ONCE: "giải quyết ngay",
    },
    {
        Provider.APPLICANT: "người dân nộp",
        Provider.OFFICE: "cơ quan tự tra cứu",
        Provider.OTHER: "nơi khác nộp",
    },
    {
        SourceKind.GAZETTE: "văn bản đã ký",
        SourceKind.PORTAL: "đọc trên cổng chính thức",
        SourceKind.PORTAL_COPY: "bản sao của cổng chính thức",
        SourceKind.OFFICE: "trả lời của cán bộ",
        SourceKind.SECONDARY: "bản trích, bản tin",
        SourceKind.PRESS: "báo chí",
    },
)
VALUE_NAMES: dict[type[StrEnum], dict[StrEnum, str]] = {
    type(next(iter(names))): dict(names) for names in _NAMES
}
"""The words for the values of every enumeration that records use."""


def scope_name(scope: str) -> str:
    """Where a scope's records hold: “Cả nước”, “thành phố Đà Nẵng”, “xã Hòa Tiến”."""
    if scope == NATIONAL:
        return "Cả nước"
    kind, _, slug = scope.partition(":")
    units = Units.packaged()
    if kind == "province" and slug in units.provinces:
        return units.provinces[slug].full_name
    if kind == "commune" and slug in units.by_id:
        return units.by_id[slug].full_name
    return scope
