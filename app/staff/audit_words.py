"""What the audit log's short English words mean to officers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.staff.access import ROLE_NAMES, Role
from app.staff.view import number_words, place_name

_KINDS = {
    "answer": "Câu trả lời",
    "assistant": "Bật, tắt trợ lý",
    "audit": "Nhật ký",
    "closure": "Ngày nghỉ",
    "conflict": "Xung đột",
    "document": "Văn bản tải lên",
    "draft": "Bản nháp",
    "gap": "Câu chưa trả lời",
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
    "codes": "số mã",
    "conversations": "lượt hỏi tiếp",
    "draft": "bản nháp",
    "ended": "số phiên",
    "english": "tiếng Anh",
    "first_day": "từ ngày",
    "from": "từ",
    "from_day": "từ ngày",
    "hash": "mã dòng cuối",
    "heading": "câu hỏi",
    "kind": "loại",
    "label": "nơi dán",
    "last_day": "đến hết ngày",
    "level": "mức",
    "linked_to": "tên ở nơi đăng nhập chung",
    "method": "cách đăng nhập",
    "name": "tên",
    "note": "ghi chú",
    "office": "cơ quan",
    "question": "câu hỏi",
    "questions": "câu hỏi",
    "reason": "lý do",
    "record": "hồ sơ",
    "revision": "bản số",
    "role": "vai trò",
    "rows": "số dòng",
    "scope": "phạm vi",
    "size": "khổ",
    "state": "trạng thái",
    "text": "nội dung",
    "tickets": "câu hỏi gửi cán bộ",
    "title": "tên",
    "to": "đến",
    "tries": "số lần thử",
    "verdict": "nhận xét",
    "version": "lần lưu",
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
    return _VALUES.get((name, text), text)


_VALUES = {
    ("method", "password"): "mật khẩu",
    ("method", "provider"): "nơi đăng nhập chung",
}
