"""The number gate: every figure of a sentence stands in a cited passage, or the sentence goes.

Figures are numbers, dates, amounts, laws, forms, telephones and links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.syllables import nfc

MARK = re.compile(r"\[(\d{1,2})\]")
_ENDINGS = "vn|com|net|org|info|top|xyz|link|app|io|me|online|site|cc|club|shop|asia|biz"
_LINK = re.compile(
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)[^\s\])>]+"
    rf"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})(?![\w-])(?:/[^\s\])>]*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\d.,])(?:\(0\d{1,3}\)|0\d{1,3}|1[89]00)(?:[ .-]\d{1,4}){1,3}(?!\d|[.,]\d)"
)
_DATE = re.compile(r"ngày (\d{1,2}) tháng (\d{1,2}) năm (\d{4})", re.IGNORECASE)
_FIGURE = re.compile(
    r"(?<!\w)(?:[A-ZĐ]{1,6}[-.]?\d[\w./-]*|\d+[a-z]?(?:/\d+)*/[A-ZĐ][\w-]*|\d[\d.,/:-]*%?)"
)
_NUMERALS = {
    "không": 0, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6,
    "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "mười": 10, "mươi": 10,
}  # fmt: skip
_SCALES = {
    "trăm": 100, "nghìn": 1_000, "ngàn": 1_000, "triệu": 1_000_000, "tỷ": 1_000_000_000,
    "tỉ": 1_000_000_000,
}  # fmt: skip
_UNITS = {
    "ngày làm việc": "", "ngày": "", "tháng": "", "năm": "", "tuần": "", "giờ": "", "phút": "",
    "tuổi": "", "đồng": "", "đ": "đồng", "vnđ": "đồng", "bản chính": "", "bản sao": "", "bản": "",
    "trang": "", "working days": "ngày làm việc", "working day": "ngày làm việc", "days": "ngày",
    "day": "ngày", "months": "tháng", "month": "tháng", "hours": "giờ", "hour": "giờ",
    "originals": "bản chính", "original": "bản chính", "copies": "bản sao", "copy": "bản sao",
}  # fmt: skip
"""What a number counts, and the same in another spelling or in an English answer."""
_COUNTED = "|".join(_UNITS)
_NUMERAL, _SCALE = "|".join(_NUMERALS), "|".join(_SCALES)
_WORD = f"{_NUMERAL}|{_SCALE}|linh|lẻ|rưỡi"
_SPELLED = re.compile(
    rf"(?<!\w)(?!không )(?:{_NUMERAL}) (?:(?:{_WORD}) ){{0,12}}"
    rf"(?=(?:{_COUNTED}|phần trăm|lần|người|tờ|bộ|thành viên|quý)(?!\w))"
    rf"|(?<!\w)(?!không )(?:(?:{_NUMERAL}) ){{1,3}}(?:{_SCALE})(?: (?:{_WORD})){{0,12}}(?!\w)",
    re.IGNORECASE,
)
_SCALED = re.compile(
    r"(?<![\w.,])\d+(?:[.,]\d+)?\s*(?:nghìn|ngàn|triệu|tỷ|tỉ)(?!\w)"
    r"(?:\s+(?:\d+\s*(?:nghìn|ngàn|triệu)|rưỡi)(?!\w))*",
    re.IGNORECASE,
)
_SCALED_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([^\W\d]+)(?:\s+(rưỡi))?", re.IGNORECASE)
_MEASURE = re.compile(
    r"(?<![\w/.,])(\d[\d.,]*)(?: *(?:[-–]|đến dưới|đến|tới|hoặc) *(\d[\d.,]*))? *"
    rf"({_COUNTED})(?!\w)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?…\]])\s+(?!\[)")


@dataclass(frozen=True, slots=True)
class Verified:
    """What passed of a draft, in its lines, and what did not."""

    text: str
    dropped: tuple[str, ...]
    direct_passed: bool
    """Whether the first sentence passed; without it the draft answers nothing."""


@lru_cache(maxsize=2048)
def figures(text: str) -> frozenset[str]:
    """Everything in a text that must stand in a passage, in one canonical form each.

    A number stands there by itself and, where it counts days, đồng, copies or the like, with them.
    """
    text = nfc(text)
    found = {_canonical_link(link) for link in _LINK.findall(text)}
    text = MARK.sub(" ", _LINK.sub(" ", text))
    text = _PHONE.sub(lambda match: re.sub(r"\D", "", match.group()), text)
    text = _DATE.sub(r"\1/\2/\3", text)
    text = _SPELLED.sub(lambda match: f"{_value(match.group())} ", text)
    text = _SCALED.sub(lambda match: f"{_scaled(match.group())} ", text)
    text = re.sub(r"(?<=\d) *(?:%|phần trăm)", "%", text, flags=re.IGNORECASE)
    found |= {_canonical(figure) for figure in _FIGURE.findall(text)}
    for first, last, unit in _MEASURE.findall(text):
        counted = _UNITS[unit.lower()] or unit.lower()
        found |= {f"{_canonical(number)} {counted}" for number in (first, last) if number}
    return frozenset(found)


def _canonical_link(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link.rstrip("/.,;").lower())


def _scaled(words: str) -> int:
    """The number of ``2 tỷ 500 triệu`` or ``1,5 triệu``."""
    total = 0
    for number, scale, half in _SCALED_PART.findall(words):
        plain = number.replace(".", "") if re.search(r"\.\d{3}$", number) else number
        amount = float(plain.replace(",", ".")) + (0.5 if half else 0)
        total += round(amount * _SCALES[scale.lower()])
    return total


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
    total = group = scale = 0
    for word in words.lower().split():
        if word in ("mươi", "mười"):
            group = group - group % 10 + (group % 10 or 1) * 10
        elif word in _NUMERALS:
            group += _NUMERALS[word]
        elif word == "trăm":
            group = (group or 1) * 100
        elif word in _SCALES:
            scale = _SCALES[word]
            total += (group or 1) * scale
            group = 0
        elif word == "rưỡi":
            total += scale // 2
    return total + group


def verify(draft: str, passages: Mapping[int, str]) -> Verified:
    """Check a draft against the passages that its marks name.

    A sentence passes when every mark names a passage and every figure in it stands in one of the
    passages it marks. A sentence without a mark rests on the next mark of its line.
    """
    allowed_by = {mark: figures(text) for mark, text in passages.items()}
    lines: list[str] = []
    dropped: list[str] = []
    direct: bool | None = None
    for line in nfc(draft).splitlines():
        kept: list[str] = []
        for words, marks in _marked_sentences(line):
            allowed = [allowed_by[mark] for mark in marks if mark in allowed_by]
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
