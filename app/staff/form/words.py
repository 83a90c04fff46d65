"""What the form says beyond the labels of fields: hints, the names of rows, and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel

from knowledge_base.labels import LABELS, VALUE_NAMES


def choices_of(kind: type[StrEnum]) -> tuple[tuple[str, str], ...]:
    """Every value of a closed list with its words."""
    return tuple((value.value, VALUE_NAMES[kind][value]) for value in kind)


def label_of(model: type[BaseModel], field: str) -> str:
    """What officers call a field of a type."""
    return LABELS[model][field]


_HINTS = {
    "effective_from": "Để trống: đang có hiệu lực.",
    "effective_to": "Để trống: chưa định ngày hết.",
    "source": "Chọn ít nhất một nguồn nói điều này.",
    "channel": "Để trống: mọi cách nộp.",
    "title_en": "Chữ cái đầu viết hoa, không dấu chấm cuối.",
    "aliases": "Mỗi dòng một tên: tên tắt, tên cũ, cách bà con gọi.",
    "related": "Gõ vài chữ của tên rồi chọn.",
    "questions": "Ít nhất 6 câu, đúng lời bà con hay hỏi.",
    "to_confirm": "Điều chưa kiểm được: ghi ở đây, không ghi số liệu.",
    "sources": "Mỗi điều trong hồ sơ phải dựa vào một nguồn ở đây.",
    "checked_on": "Ngày đối chiếu lần cuối với văn bản; người dân đọc được ngày này.",
    "code": "Như 1.004222. Để trống: chưa được công bố mã.",
    "also_codes": "Mỗi dòng một mã.",
    "summary": "Hai câu: việc gì, ai làm, ở đâu.",
    "dossier": "Giấy tờ mọi trường hợp đều cần.",
    "cases": "Chỉ khi giấy tờ, lệ phí hay thời hạn khác nhau; ít nhất hai trường hợp.",
    "time_limits": "Không có dòng nào: nguồn không nói thời hạn.",
    "fees": "Không có dòng nào: nguồn không nói tới lệ phí. Miễn phí thì ghi số tiền 0.",
    "link": "Viết đủ, như https://dichvucong.gov.vn",
    "pitfalls": "Điều làm bà con phải về làm lại.",
}
_OWN_HINTS = {
    ("ToConfirm", "text"): "Cụm từ hoặc câu hỏi, không ghi số liệu chưa kiểm.",
    ("ToConfirm", "section"): "Để trống: cả hồ sơ.",
    ("ExampleQuestion", "text"): "Như bà con nói, không cần đúng chính tả.",
    ("ExampleQuestion", "facts"): "Mỗi dòng một con số hay cụm từ; dùng để thử trước khi công bố.",
    ("LegalBasis", "number"): "Như 75/2022/TT-BTC.",
    ("Source", "address"): "Trang web, hoặc cách tìm lại văn bản.",
    ("DossierItem", "form"): "Như CT01.",
    ("DossierItem", "originals"): "Để trống: nguồn không nói.",
    ("DossierItem", "copies"): "Để trống: nguồn không nói.",
    ("TimeLimit", "amount"): "Giải quyết ngay thì để trống.",
    ("TimeLimit", "label"): "Chỉ ghi khi có nhiều thời hạn.",
    ("Fee", "amount"): "Bằng đồng. Để trống: nguồn không nêu mức thu. Ghi 0: miễn phí.",
    ("Fee", "label"): "Chỉ ghi khi có nhiều mức.",
    ("Fee", "per"): "lần, bản, trang, người…",
    ("ChannelOption", "channel"): "",
    ("Case", "id"): "Để trống thì tự đặt theo tên.",
    ("Case", "title"): "Ngắn, vừa một nút bấm.",
    ("Case", "dossier"): "Giấy tờ thêm so với giấy tờ chung.",
    ("Case", "time_limits"): "",
    ("Case", "fees"): "",
    ("GuideSection", "id"): "Để trống thì tự đặt theo tiêu đề.",
    ("GuideSection", "answer"): "Một đến ba câu, trả lời thẳng tiêu đề.",
    ("GuideSection", "entries"): "Mỗi dòng trả lời một câu hỏi hẹp hơn.",
    ("GuideSection", "body"): "Markdown: đoạn cách nhau một dòng trống; “- ” đầu dòng; **đậm**.",
    ("Entry", "label"): "Như “Người thứ hai trong hộ”.",
    ("Entry", "text"): "Cả câu, đọc riêng vẫn hiểu.",
}


def hint_of(model: type[BaseModel], field: str) -> str:
    """How to fill a field in; empty where its label says enough."""
    return _OWN_HINTS.get((model.__name__, field), _HINTS.get(field, ""))


ROW_NAMES = {
    "who_can_apply": "người được làm",
    "conditions": "điều kiện",
    "dossier": "giấy tờ",
    "cases": "trường hợp",
    "steps": "bước",
    "where": "nơi nộp",
    "channels": "cách nộp",
    "time_limits": "thời hạn",
    "fees": "mức lệ phí",
    "result": "kết quả",
    "forms": "mẫu",
    "pitfalls": "điều dễ nhầm",
    "legal_basis": "văn bản",
    "related": "việc liên quan",
    "to_confirm": "điều hỏi lại",
    "questions": "câu hỏi",
    "sources": "nguồn",
    "sections": "mục",
    "entries": "dòng",
}
"""One row of a list, as its buttons say it: “Thêm giấy tờ”."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the form, folded, with an address of its own."""

    id: str
    title: str
    fields: tuple[str, ...]


PARTS = (
    Part(
        "general",
        "Tên và lĩnh vực",
        ("id", "scope", "title", "title_en", "topic", "code", "also_codes", "aliases"),
    ),
    Part("summary", "Việc này là gì", ("summary",)),
    Part("eligibility", "Ai được làm, điều kiện", ("who_can_apply", "conditions")),
    Part("dossier", "Cần mang gì", ("dossier",)),
    Part("cases", "Các trường hợp", ("cases",)),
    Part("sections", "Các mục", ("sections",)),
    Part("steps", "Các bước", ("steps",)),
    Part("where", "Nộp ở đâu", ("where",)),
    Part("online", "Cách nộp, nộp qua mạng", ("channels",)),
    Part("time_limit", "Bao lâu có", ("time_limits",)),
    Part("fee", "Lệ phí", ("fees",)),
    Part("result", "Nhận được gì", ("result",)),
    Part("form", "Mẫu đơn", ("forms",)),
    Part("pitfalls", "Dễ nhầm", ("pitfalls",)),
    Part("to_confirm", "Hỏi lại cán bộ về", ("to_confirm",)),
    Part("legal_basis", "Căn cứ", ("legal_basis",)),
    Part("questions", "Câu hỏi của người dân", ("questions",)),
    Part("related", "Việc liên quan", ("related",)),
    Part("sources", "Nguồn", ("sources",)),
    Part("validity", "Ngày kiểm tra, hiệu lực", ("checked_on", "effective_from", "effective_to")),
)
"""In the order of the page; each facet's part bears the facet's name."""


def row_name(field: str) -> str:
    """One row of a list as its buttons say it."""
    return ROW_NAMES.get(field, "dòng")


def is_day(text: str) -> bool:
    """Whether a date's input can show a text; what it cannot is shown as it was typed."""
    try:
        return not text or bool(date.fromisoformat(text))
    except ValueError:
        return False
