"""The number gate: every figure of a sentence stands in a cited passage, or the sentence goes.

Figures are numbers, dates, amounts, laws, forms, telephones and links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge_base.syllables import nfc

MARK = re.compile(r"\[(\d{1,2})\]")
_LINK = re.compile(r"https?://[^\s\])>]+|www\.[^\s\])>]+", re.IGNORECASE)
_FIGURE = re.compile(
    r"(?<![\w])(?:[A-ZĐ]{1,6}[-.]?\d[\w./-]*|\d[\d.,/:-]*(?:/[\w-]+)*%?)", re.UNICODE
)
_NUMERALS = {
    "không": 0, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6,
    "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "mươi": 10,
}  # fmt: skip
_SCALES = {"trăm": 100, "nghìn": 1_000, "ngàn": 1_000, "triệu": 1_000_000, "tỷ": 1_000_000_000}
_UNITS = (
    "đồng|ngày|tháng|năm|tuần|giờ|phút|tuổi|bản|lần|người|phần trăm|%|trang|tờ|bộ|thành viên|quý"
)
_SPELLED = re.compile(
    rf"(?<!\w)((?:(?:{'|'.join([*_NUMERALS, *_SCALES, 'linh', 'lẻ'])})\s+)+)(?:{_UNITS})(?!\w)",
    re.IGNORECASE,
)
_SCALED = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s*(nghìn|ngàn|triệu|tỷ)(?!\w)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?…\]])\s+(?!\[)")


@dataclass(frozen=True, slots=True)
class Verified:
    """What passed of a draft, in its lines, and what did not."""

    text: str
    dropped: tuple[str, ...]
    direct_passed: bool
    """Whether the first sentence passed; without it the draft answers nothing."""


def figures(text: str) -> frozenset[str]:
    """Everything in a text that must stand in a passage, in one canonical form each."""
    text = nfc(text)
    found = {link.rstrip("/.,;").lower() for link in _LINK.findall(text)}
    text = MARK.sub(" ", _LINK.sub(" ", text))
    for number, scale in _SCALED.findall(text):
        found.add(str(round(float(number.replace(",", ".")) * _SCALES[scale.lower()])))
    text = _SCALED.sub(" ", text)
    for match in _SPELLED.finditer(text):
        found.add(str(_value(match.group(1))))
    for figure in _FIGURE.findall(text):
        found.add(_canonical(figure))
    return frozenset(found)


def _canonical(figure: str) -> str:
    figure = figure.rstrip(".,:/-").lower()
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", figure):
        return re.sub(r"[.,]", "", figure)
    if re.fullmatch(r"\d+", figure):
        return str(int(figure)) if len(figure) < 9 else figure
    if date := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}))?", figure):
        return "/".join(str(int(part)) for part in date.groups() if part)
    return figure.replace(",", ".") if re.fullmatch(r"\d+[.,]\d+%?", figure) else figure


def _value(words: str) -> int:
    """The number that Vietnamese words name: ``hai mươi nghìn`` → 20000."""
    total = group = 0
    for word in words.lower().split():
        if word in ("mươi", "mười"):
            group = group - group % 10 + (group % 10 or 1) * 10
        elif word in _NUMERALS:
            group += _NUMERALS[word]
        elif word == "trăm":
            group = (group or 1) * 100
        elif word in _SCALES:
            total += (group or 1) * _SCALES[word]
            group = 0
    return total + group


def verify(draft: str, passages: Mapping[int, str]) -> Verified:
    """Check a draft against the passages that its marks name.

    A sentence passes when every mark names a passage and every figure in it stands in one of the
    passages it marks. A sentence without a mark rests on the next mark of its line.
    """
    lines: list[str] = []
    dropped: list[str] = []
    direct: bool | None = None
    for line in nfc(draft).splitlines():
        kept: list[str] = []
        for words, marks in _marked_sentences(line):
            allowed = [figures(passages[mark]) for mark in marks if mark in passages]
            passed = len(allowed) == len(marks) and figures(words) <= frozenset().union(*allowed)
            (kept if passed else dropped).append(words)
            direct = passed if direct is None else direct
        if kept:
            lines.append(" ".join(kept))
    return Verified("\n".join(lines), tuple(dropped), bool(direct))


def _marked_sentences(line: str) -> list[tuple[str, tuple[int, ...]]]:
    """The sentences of a line, each with the marks it rests on."""
    found: list[tuple[str, tuple[int, ...]]] = []
    marks: tuple[int, ...] = ()
    for words in reversed([part for part in _SENTENCE.split(line.strip()) if part]):
        own = tuple(int(mark) for mark in MARK.findall(words))
        marks = own or marks
        found.append((words, marks))
    return found[::-1]
