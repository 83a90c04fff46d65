"""What the audit log's short English words mean to officers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.html import moment_words
from app.staff.access import ROLE_NAMES, Role
from app.staff.view import number_words, place_name
from knowledge_base.section import day_words

_KINDS = {
    "answer": "Câu trả lời",
    "assistant": "Bật, tắt trợ lý",
    "audit": "Nhật ký",
    "closure": "Ngày nghỉ",
    "conflict": "Xung đột",
    "document": "Văn bản tải lên",
    "draft": "Bản nháp",
    "gap": "Câu chưa trả lời",
    "job": "Việc chạy nền",
    "kept": "Lưu giữ",
    "notice": "Thông báo",
    "officer": "Cán bộ",
    "pin": "Câu trả lời ghim",
    "place": "Mã QR",
    "posters": "Áp phích",
    "record": "Bản công bố",
    "report": "Báo sai, báo cáo",
    "template": "Mẫu trả lời",
    "ticket": "Câu hỏi gửi cán bộ",
}

_ACTIONS = {
    "answer.judged": "nhận xét câu trả lời",
    "assistant.off": "tắt trợ lý",
    "assistant.on": "bật trợ lý",
    "audit.purged": "xóa nhật ký quá hạn",
    "closure.added": "thêm ngày nghỉ",
    "closure.removed": "bỏ ngày nghỉ",
    "closure.restored": "đặt lại ngày nghỉ",
    "conflict.resolved": "giải quyết xung đột",
    "document.removed": "bỏ văn bản tải lên",
    "document.uploaded": "tải văn bản lên",
    "draft.begun": "bắt đầu bản nháp",
    "draft.moved": "chuyển bản nháp",
    "gap.dismissed": "bỏ qua nhóm câu hỏi",
    "gap.pinned": "ghim câu trả lời cho nhóm câu hỏi",
    "gap.drafted": "soạn nháp từ nhóm câu hỏi",
    "gap.recalled": "đưa lại nhóm câu hỏi",
    "job.stopped": "dừng việc",
    "kept.exported": "xuất dữ liệu",
    "kept.purged": "xóa dữ liệu quá hạn",
    "notice.added": "đăng thông báo",
    "notice.ended": "gỡ thông báo",
    "officer.added": "tạo tài khoản",
    "officer.blocked": "khóa tài khoản",
    "officer.changed": "đổi tài khoản",
    "officer.password_changed": "đổi mật khẩu",
    "officer.password_reset": "cấp mật khẩu dùng một lần",
    "officer.sessions_ended": "kết thúc phiên đăng nhập",
    "officer.signed_in": "đăng nhập",
    "officer.signed_out": "đăng xuất",
    "officer.tries_slowed": "thử sai mật khẩu nhiều lần",
    "officer.unblocked": "mở khóa tài khoản",
    "pin.changed": "sửa câu ghim",
    "pin.ended": "bỏ ghim",
    "pin.made": "ghim câu trả lời",
    "place.added": "thêm mã QR",
    "place.brought_back": "dùng lại mã QR",
    "place.redirect_ended": "thôi chuyển hướng mã QR",
    "place.redirected": "chuyển hướng mã QR",
    "place.renamed": "đổi tên nơi dán",
    "place.retired": "ngừng mã QR",
    "posters.made": "làm áp phích",
    "record.cancelled": "hủy lịch công bố",
    "record.ended": "cho hết hiệu lực",
    "record.published": "công bố",
    "record.undone": "trở về bản trước",
    "report.made": "làm báo cáo tháng",
    "report.settled": "xử lý câu bị báo sai",
    "template.deleted": "xóa mẫu trả lời",
    "template.kept": "ghi mẫu trả lời",
    "ticket.assigned": "nhận câu hỏi",
    "ticket.closed": "đóng câu hỏi",
    "ticket.deleted": "xóa câu hỏi",
    "ticket.forwarded": "chuyển cơ quan khác",
    "ticket.moved": "chuyển xã khác",
    "ticket.replied": "trả lời câu hỏi",
}

_SUBJECTS = {
    "answer": "câu trả lời",
    "closure": "ngày nghỉ",
    "commune": "xã",
    "document": "văn bản",
    "draft": "bản nháp",
    "gap": "nhóm câu hỏi",
    "guide": "hướng dẫn",
    "job": "việc",
    "kept": "dữ liệu đang lưu",
    "notice": "thông báo",
    "officer": "cán bộ",
    "pin": "câu ghim",
    "place": "mã QR",
    "procedure": "thủ tục",
    "question": "câu hỏi",
    "record": "hồ sơ",
    "report": "báo cáo",
    "template": "mẫu",
    "ticket": "câu hỏi",
}

_DETAILS = {
    "after": "sau",
    "areas": "nơi làm việc",
    "base": "từ bản số",
    "before": "trước",
    "cancelled": "các bản đã hủy",
    "characters": "số ký tự",
    "citations": "căn cứ",
    "closures": "ngày nghỉ",
    "codes": "số mã",
    "conflict": "bản phát hành số",
    "conversations": "lượt hỏi tiếp",
    "decisions": "việc đã quyết về câu chưa trả lời được",
    "done": "đã làm",
    "draft": "bản nháp",
    "end": "bản cho hết hiệu lực, số",
    "ended": "số phiên",
    "english": "tiếng Anh",
    "files": "tệp",
    "from": "từ",
    "hash": "mã dòng cuối",
    "heading": "câu hỏi",
    "kind": "loại",
    "label": "nơi dán",
    "last_day": "đến hết ngày",
    "level": "mức",
    "linked_to": "tên ở nơi đăng nhập chung",
    "live_from": "có hiệu lực từ ngày",
    "method": "cách đăng nhập",
    "name": "tên",
    "note": "ghi chú",
    "notices": "thông báo khẩn",
    "office": "cơ quan",
    "origin": "bắt đầu từ",
    "origin_ref": "mã nơi bắt đầu",
    "outcome": "cách xử lý",
    "pins": "câu trả lời đã ghim",
    "question": "câu hỏi",
    "questions": "câu hỏi",
    "reason": "lý do",
    "record": "hồ sơ",
    "ref": "mã bản nháp hoặc câu ghim",
    "replaces": "thay các câu ghim số",
    "revision": "bản số",
    "role": "vai trò",
    "rows": "số dòng",
    "saves": "lần lưu của bản nháp",
    "scope": "phạm vi",
    "size": "khổ",
    "state": "trạng thái",
    "text": "nội dung",
    "tickets": "câu hỏi gửi cán bộ",
    "title": "tên",
    "to": "đến",
    "total": "tất cả",
    "tries": "số lần thử",
    "undone_to": "trở về bản số",
    "verdict": "nhận xét",
    "version": "lần lưu",
    "wish": "đề nghị",
    "words": "nội dung",
    "works_as": "làm theo giờ của",
}


def kind_words(kind: str) -> str:
    """The kind of things that actions are about: ``officer`` → “Cán bộ”."""
    return _KINDS.get(kind, kind)


def action_words(action: str) -> str:
    """An action: ``officer.blocked`` → “khóa tài khoản”; itself where no words are known."""
    return _ACTIONS.get(action, action)


def subject_words(subject: str) -> str:
    """What it was done to: ``procedure:dang-ky-tam-tru`` → “thủ tục dang-ky-tam-tru”."""
    kind, colon, name = subject.partition(":")
    if kind == "assistant":
        return f"trợ lý của {place_name(name)}"
    return f"{_SUBJECTS[kind]} {name}" if colon and kind in _SUBJECTS else subject


def detail_words(name: str) -> str:
    """What a detail is about: ``areas`` → “nơi làm việc”."""
    return _DETAILS.get(name, name)


def value_words(name: str, value: Any) -> str:
    """A detail's value, with the roles, places and methods that it names in words."""
    if value is None or value in ("", [], {}):
        return "không có"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int | float):
        return number_words(value, 0 if isinstance(value, int) else 1)
    if isinstance(value, list):
        return ", ".join(value_words(name, one) for one in value)
    if isinstance(value, Mapping):
        return "; ".join(
            f"{detail_words(key)}: {value_words(key, one)}" for key, one in value.items()
        )
    text = str(value)
    if name == "role" and text in set(Role):
        return ROLE_NAMES[Role(text)]
    if text == "national" or text.startswith(("province:", "commune:")):
        return place_name(text)
    return _VALUES.get((name, text)) or _day(text) or text


def _day(text: str) -> str:
    """A day or a moment as officers write it; empty for anything else."""
    try:
        if _DAY.fullmatch(text):
            return day_words(date.fromisoformat(text))
        return moment_words(datetime.fromisoformat(text)) if _MOMENT.fullmatch(text) else ""
    except ValueError:
        return ""


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d[\d:.]*[+-]\d\d:\d\d")
_STATES = {
    "editing": "đang soạn",
    "in_review": "chờ duyệt",
    "returned": "trả lại",
    "published": "đã công bố",
    "discarded": "đã bỏ",
}
_WEEKDAYS = {
    "mon": "thứ Hai",
    "tue": "thứ Ba",
    "wed": "thứ Tư",
    "thu": "thứ Năm",
    "fri": "thứ Sáu",
    "sat": "thứ Bảy",
    "sun": "Chủ nhật",
}
_VALUES = {
    ("method", "password"): "mật khẩu",
    ("method", "provider"): "nơi đăng nhập chung",
    ("wish", "cancel"): "huỷ lịch công bố",
    ("wish", "end"): "cho hết hiệu lực",
    ("wish", "undo"): "trở về bản trước",
    ("outcome", "fixed"): "đã sửa",
    ("outcome", "not_a_fault"): "không phải lỗi",
    ("outcome", "duplicate"): "trùng việc khác",
    ("verdict", "right"): "đúng",
    ("verdict", "partly"): "đúng một phần",
    ("verdict", "wrong"): "sai",
    ("level", "note"): "thông báo",
    ("level", "warning"): "cảnh báo",
    ("level", "danger"): "khẩn cấp",
    ("origin", "empty"): "trang trắng",
    ("origin", "record"): "bản đang công bố",
    ("origin", "import"): "bản nhập",
    ("origin", "ticket"): "câu hỏi gửi cán bộ",
    ("origin", "cluster"): "nhóm câu chưa trả lời",
    ("origin", "document"): "văn bản tải lên",
    ("origin", "answer"): "câu trả lời",
    ("size", "stickers"): "tờ tem",
    **{(name, state): words for name in ("from", "to") for state, words in _STATES.items()},
    **{("works_as", day): words for day, words in _WEEKDAYS.items()},
}
