"""What is wrong with a record while it is written, said beside the field and without jargon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from ingest.draft import TO_WRITE, to_write
from knowledge_base.catalogue import laid_over
from knowledge_base.guide import Guide
from knowledge_base.problem import explained
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind

TYPES: dict[RecordKind, type[Procedure] | type[Guide]] = {
    RecordKind.PROCEDURE: Procedure,
    RecordKind.GUIDE: Guide,
}
"""The kinds of record that have a form."""

_AT = re.compile(r"^(?P<path>[a-z_]+(?:\.[^\s:]+)*): (?P<message>.+)$", re.DOTALL)
"""A check of the whole record names the place in its message."""
_JOINED = "questions"

Found = dict[str, tuple[str, ...]]


def problems_in(
    kind: RecordKind,
    data: Mapping[str, Any],
    wider: Mapping[str, Any] | None,
    known: Iterable[str],
) -> Found:
    """The problems of a record by the path of their field; none when it could be published.

    What other records would lose is found when it is published, not here.

    Args:
        kind: of the record.
        data: the record, or what differs from the wider versions.
        wider: what those say together.
        known: ids of every record, which ``related`` may name.
    """
    whole = laid_over(wider, data) if wider is not None else dict(data)
    found: dict[str, list[str]] = {}

    def add(path: str, message: str) -> None:
        if (moved := _here(path, data, wider)) is not None:
            found.setdefault(moved, []).append(message)

    for path in to_write(data):
        found.setdefault(path, []).append(f"Còn “{TO_WRITE}”: viết nốt.")
    try:
        TYPES[kind].model_validate(whole)
    except ValidationError as error:
        for problem in explained("", error):
            path, message = problem.field, problem.message
            if not path and (at := _AT.match(message)):
                path, message = at["path"], at["message"]
            add(path, in_plain_words(message))
    ids = frozenset(known)
    for place, other in enumerate(data.get("related") or ()):
        if isinstance(other, str) and other not in ids:
            found.setdefault(f"related.{place}", []).append(
                f"Không có hồ sơ nào mang mã “{other}”."
            )
    return {path: tuple(dict.fromkeys(messages)) for path, messages in found.items()}


def _here(path: str, data: Mapping[str, Any], wider: Mapping[str, Any] | None) -> str | None:
    """A path of the whole record as one of the version's own data; None where that inherits it."""
    field, _, rest = path.partition(".")
    if wider is None or not path:
        return path
    if field == _JOINED:
        before = len(wider.get(_JOINED) or ())
        place, _, more = rest.partition(".")
        if not place.isdigit():
            return path
        if int(place) < before:
            return None
        return ".".join(filter(None, (field, str(int(place) - before), more)))
    return path if field in data else None


_PLAIN = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"^thiếu\. Thêm `[^`]*`\.$", "Chưa ghi."),
        (r"^số liệu không có nguồn\..*", "Chưa chọn nguồn."),
        (r"^String should have at least.*", "Ngắn quá: ghi ít nhất hai chữ."),
        (r"^String should have at most (\d+).*", r"Dài quá: nhiều nhất \1 chữ."),
        (r"^cần ít nhất (\d+) mục, đang có (\d+)\.$", r"Cần ít nhất \1, mới có \2."),
        (
            r"^“(.*)” không phải ngày giờ hợp lệ\..*",
            r"“\1” không phải ngày. Viết năm-tháng-ngày, như 2026-11-21.",
        ),
        (
            r"^phải là số nguyên viết liền.*đang là '?(.*?)'?\.$",
            r"“\1” không phải số. Viết như 20.000.",
        ),
        (r"^phải là chữ.*", "Phải là chữ."),
        (r"^khóa lạ “(.*?)”.*", r"“\1” không thuộc mẫu này. Xoá đi."),
        (
            r"^amount để trống thì phải có note.*",
            "Để trống số tiền thì ghi chú cách tính hoặc hỏi ai.",
        ),
        (r"^amount phải có, trừ khi.*", "Ghi số, trừ khi giải quyết ngay."),
        (
            r"^cần issued hoặc effective_from.*",
            "Cần ngày ban hành hoặc ngày có hiệu lực.",
        ),
        (
            r"^effective_to đứng trước effective_from$",
            "Ngày hết đứng trước ngày bắt đầu.",
        ),
        (
            r"^“(.*?)” sai dạng; phải khớp .*\\d\\\.\\d.*",
            r"“\1” sai dạng. Viết như 1.004222.",
        ),
        (
            r"^“(.*?)” sai dạng; phải khớp .*\[A-Z\].*",
            r"“\1”: viết hoa chữ đầu, không dấu tiếng Việt, không chấm cuối.",
        ),
        (
            r"^“(.*?)” sai dạng; phải khớp .*",
            r"“\1” chỉ được có chữ thường không dấu, số và gạch nối.",
        ),
        (
            r"trong sources\. Thêm nó vào sources hoặc sửa lại tên",
            "trong danh sách nguồn. Thêm nguồn hoặc chọn nguồn khác",
        ),
        (r"không có trong sources", "không có trong danh sách nguồn"),
        (r"không có trong cases", "không có trong các trường hợp"),
    )
)
"""What files' writers are told, as people say it who fill in a form."""


def in_plain_words(message: str) -> str:
    """A message for people who write files, for people who fill in forms."""
    for pattern, words in _PLAIN:
        message, changed = pattern.subn(words, message)
        if changed:
            break
    return message[:1].upper() + message[1:]
