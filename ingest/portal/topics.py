"""Which of our topics a field of the portal (lĩnh vực) belongs to."""

from __future__ import annotations

from knowledge_base.record import Topic
from knowledge_base.syllables import fold

_FIELDS = {
    Topic.CERTIFICATION: ("Công chứng, chứng thực", "Chứng thực"),
    Topic.CIVIL_STATUS: ("Hộ tịch", "Nuôi con nuôi", "Quốc tịch", "Thủ tục hành chính liên thông"),
    Topic.HEALTH_INSURANCE: (
        "Bảo hiểm y tế",
        "Thực hiện chính sách BHYT",
        "Thu BHXH, BHYT, BHTN, BH tai nạn lao động, BNN",
        "Cấp sổ BHXH, thẻ BHYT",
    ),
    Topic.LAND: ("Đất đai", "Đăng ký biện pháp bảo đảm", "Tài chính đất đai"),
    Topic.LOCAL_GOVERNMENT: (
        "Chính quyền địa phương",
        "Tổ chức cán bộ",
        "Tổ chức, cán bộ",
        "Công chức, viên chức",
        "Khiếu nại, tố cáo",
        "Hòa giải ở cơ sở",
    ),
    Topic.RESIDENCE: (
        "Cấp, quản lý căn cước",
        "Đăng ký, quản lý cư trú",
        "Định danh và xác thực điện tử",
    ),
    Topic.SOCIAL_POLICY: (
        "Trẻ em",
        "Người có công",
        "Bảo trợ xã hội",
        "Phòng, chống tệ nạn xã hội",
        "Giảm nghèo",
        "Dân số, Bà mẹ - Trẻ em",
        "Bảo hiểm xã hội",
        "Thực hiện chính sách BHXH",
        "Chi trả các chế độ BHXH",
        "Lao động, tiền lương và bảo hiểm xã hội",
        "Chính sách BQP",
    ),
}
_TOPICS = {fold(field): topic for topic, fields in _FIELDS.items() for field in fields}


def topic_of(field: str) -> Topic | None:
    """The topic of a field, None for a field that residents' topics do not include."""
    return _TOPICS.get(fold(field))
