"""What is wrong in a content file, said in Vietnamese with the place and the mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from knowledge_base import commune, guide, procedure, record, source
from knowledge_base.source import NO_SOURCE


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place, and how to mend it."""

    place: str
    """The file, or the record where it does not come from a file."""
    field: str
    message: str

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.field}: {self.message}"
            if self.field
            else (f"{self.place}: {self.message}")
        )


_KNOWN_KEYS = sorted(
    {
        name
        for module in (procedure, guide, commune, record, source)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, BaseModel)
        for name in thing.model_fields
    }
)


def explained(place: str, error: ValidationError, prefix: str = "") -> Iterable[Problem]:
    """Pydantic's findings in Vietnamese; ``prefix`` stands before each field."""
    for finding in error.errors(include_url=False):
        path = prefix + ".".join(str(part) for part in finding["loc"])
        yield Problem(place, path.rstrip("."), _mend(finding))


def _mend(finding: Any) -> str:
    key = str(finding["loc"][-1]) if finding["loc"] else ""
    kind, context = finding["type"], finding.get("ctx", {})
    if kind == "missing" and key == "source":
        return NO_SOURCE
    if kind == "missing":
        return f"thiếu. Thêm `{key}:`."
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, _KNOWN_KEYS, n=1)
        hint = f" Có phải `{near[0]}`?" if near else ""
        return f"khóa lạ “{key}”.{hint}"
    if kind == "string_type":
        return f"phải là chữ, đang là {finding['input']!r}. Đặt trong dấu ngoặc kép."
    if kind == "enum":
        known = str(context.get("expected")).replace(" or ", " hoặc ")
        return f"“{finding['input']}” không hợp lệ. Chọn một trong: {known}."
    if kind.startswith(("date", "time")):
        return f"“{finding['input']}” không phải ngày giờ hợp lệ. Viết như 2026-11-21 hoặc 07:30."
    if kind == "value_error":
        return str(context.get("error", finding["msg"]))
    if kind == "too_short":
        return (
            f"cần ít nhất {context.get('min_length')} mục, đang có {context.get('actual_length')}."
        )
    if kind == "string_pattern_mismatch":
        return f"“{finding['input']}” sai dạng; phải khớp {context.get('pattern')}."
    if kind.startswith("int"):
        return f"phải là số nguyên viết liền như 20000, đang là {finding['input']!r}."
    if kind == "greater_than_equal":
        return f"phải từ {context.get('ge')} trở lên, đang là {finding['input']}."
    if kind.startswith("url"):
        return f"“{finding['input']}” không phải địa chỉ web. Viết đủ, như https://…"
    if kind == "tuple_type":
        return "phải là danh sách, mỗi mục một dòng bắt đầu bằng “- ”."
    if kind in ("model_type", "dict_type"):
        return f"phải có các trường con, đang là {str(finding['input'])[:80]!r}."
    return f"{finding['msg']} (đang là {str(finding['input'])[:80]!r})"
