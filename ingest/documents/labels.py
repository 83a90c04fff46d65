"""The headings of the official form of a procedure, however they are numbered, spelt or misread."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from knowledge_base.syllables import fold


class Part(StrEnum):
    """A part of the form; the value is what staff are told when it is missing."""

    CODE = "mã thủ tục"
    NAME = "tên thủ tục"
    FIELD = "lĩnh vực"
    STEPS = "trình tự thực hiện"
    CHANNELS = "cách thức thực hiện"
    DOSSIER = "thành phần hồ sơ"
    TIME_LIMIT = "thời hạn giải quyết"
    SUBJECTS = "đối tượng thực hiện"
    AGENCY = "cơ quan thực hiện"
    RESULT = "kết quả thực hiện"
    FEE = "phí, lệ phí"
    FORM = "mẫu đơn, tờ khai"
    CONDITIONS = "yêu cầu, điều kiện"
    LEGAL_BASIS = "căn cứ pháp lý"
    OTHER = "phần khác của biểu mẫu"
    """Known headings whose content no record holds, such as the decision that published it."""


_WORDS = {
    Part.CODE: "ma thu tuc | ma so thu tuc | ma tthc | ma so",
    Part.NAME: "ten thu tuc | thu tuc | ten tthc",
    Part.FIELD: "linh vuc | linh vuc thu tuc",
    Part.STEPS: (
        "trinh tu thuc hien | trinh tu | cac buoc thuc hien | quy trinh thuc hien | "
        "trinh tu giai quyet | trinh tu cac buoc thuc hien | cac buoc tien hanh"
    ),
    Part.CHANNELS: (
        "cach thuc thuc hien | cach thuc | cach thuc nop ho so | hinh thuc nop | cach nop | "
        "hinh thuc nop ho so | cach nop ho so | cach thuc nop"
    ),
    Part.DOSSIER: (
        "thanh phan ho so | thanh phan so luong ho so | ho so | ho so gom | ho so bao gom | "
        "giay to can chuan bi | thanh phan ho so gom | thanh phan ho so bao gom | ho so can nop | "
        "giay to can nop | ho so can chuan bi | thanh phan va so luong ho so | giay to phai nop"
    ),
    Part.TIME_LIMIT: (
        "thoi han giai quyet | thoi han | thoi gian giai quyet | thoi han thuc hien | "
        "thoi gian thuc hien | thoi han giai quyet ho so | thoi gian giai quyet ho so"
    ),
    Part.SUBJECTS: (
        "doi tuong thuc hien | doi tuong | doi tuong ap dung | doi tuong thuc hien thu tuc | "
        "nguoi thuc hien | ai duoc lam"
    ),
    Part.AGENCY: (
        "co quan thuc hien | co quan giai quyet | co quan co tham quyen | noi tiep nhan | "
        "dia chi tiep nhan ho so | noi nop ho so | co quan thuc hien thu tuc | noi tiep nhan ho so "
        "| co quan tiep nhan | don vi tiep nhan | noi nop | co quan tiep nhan ho so | "
        "co quan truc tiep thuc hien | tham quyen giai quyet | co quan co tham quyen quyet dinh"
    ),
    Part.RESULT: (
        "ket qua thuc hien | ket qua | ket qua giai quyet | ket qua thuc hien thu tuc | "
        "ket qua giai quyet ho so | ket qua giai quyet thu tuc"
    ),
    Part.FEE: (
        "phi le phi | le phi | phi | phi va le phi | muc phi le phi | muc thu phi le phi | "
        "muc le phi | muc thu le phi | le phi phi | chi phi"
    ),
    Part.FORM: (
        "ten mau don mau to khai | mau don to khai | mau don mau to khai | mau don | bieu mau | "
        "mau to khai | ten mau don to khai | bieu mau to khai | mau don to khai kem theo | "
        "bieu mau kem theo"
    ),
    Part.CONDITIONS: (
        "yeu cau dieu kien | yeu cau dieu kien thuc hien | dieu kien thuc hien | dieu kien | "
        "yeu cau dieu kien thuc hien thu tuc | yeu cau va dieu kien | yeu cau"
    ),
    Part.LEGAL_BASIS: (
        "can cu phap ly | co so phap ly | can cu phap luat | van ban quy dinh | "
        "can cu phap ly cua thu tuc | co so phap luat"
    ),
    Part.OTHER: (
        "so quyet dinh | cap thuc hien | loai thu tuc | co quan phoi hop | tu khoa | mo ta | "
        "co quan duoc uy quyen | co quan ban hanh | so luong ho so | so bo ho so | ghi chu | "
        "van ban lien quan | thu tuc lien quan | muc do dich vu cong"
    ),
}
_ALIASES = {alias.strip(): part for part, words in _WORDS.items() for alias in words.split("|")}
_WEAK = frozenset(
    {
        *("ma so", "thu tuc", "trinh tu", "cach thuc", "ho so", "thoi han", "doi tuong"),
        *("ket qua", "phi", "le phi", "dieu kien", "yeu cau", "ghi chu", "mo ta", "noi nop"),
        *("chi phi", "linh vuc", "mau don"),
    }
)
"""Words that also begin sentences: headings only before a colon, in a table or alone."""

_NUMBERING = re.compile(
    r"^(?:[-–—+*•·○▪#]+|\(?(?:\d{1,2}(?:[.,]\d{1,2})*|[a-zđ]|[ivxl]{1,5})\s*[.):,](?!\d))\s*",
    re.IGNORECASE,
)
_FILLERS = re.compile(r"(?: (?:(?:cua )?(?:thu tuc hanh chinh|tthc)|neu co|cua thu tuc))+$")
_SEPARATOR = re.compile(r"\s*(?:[:：;]|\s[-–—]\s|[.,](?=\s))\s*|\s+(?=\d)")
_LONGEST = 12
"""Words of a heading with everything that may follow it."""
_ALIKE = 0.86
"""How much of a heading's spelling must be right; character recognition errs in one of ten."""
_LEAST_FUZZY = 8
"""Letters; a shorter heading must be spelt rightly."""


def numberless(text: str) -> str:
    """The text without the numbering or bullet before it."""
    before = ""
    text = text.strip()
    while text != before:
        before, text = text, _NUMBERING.sub("", text, count=1)
    return text


def part_of(text: str, *, alone: bool = False) -> tuple[Part, str] | None:
    """The part that a line begins, and what follows the heading on the same line.

    Args:
        text: one line.
        alone: whether it stands by itself, as a heading or a table's cell does.
    """
    plain = numberless(text)
    for end, rest, parted in _cuts(plain):
        label = _normal(plain[:end])
        if not label or len(label.split()) > _LONGEST:
            continue
        part, alias = _looked_up(label)
        if part is None:
            continue
        if alias in _WEAK and not parted and not (alone and not rest):
            continue
        return part, rest
    return None


def _cuts(text: str) -> Iterator[tuple[int, str, bool]]:
    """Where the heading may end: at its separators, or with the line."""
    for match in _SEPARATOR.finditer(text):
        if len(text[: match.start()].split()) > _LONGEST:
            break
        yield match.start(), text[match.end() :].strip(), match.group().strip()[:1] in (":", "：")
    yield len(text), "", False


def _normal(label: str) -> str:
    words = re.sub(r"\([^)]*\)?", " ", fold(label))
    words = " ".join(re.findall(r"[a-z0-9]+", words))
    return _FILLERS.sub("", words)


@lru_cache(maxsize=4096)
def _looked_up(label: str) -> tuple[Part | None, str]:
    if label in _ALIASES:
        return _ALIASES[label], label
    if len(label) < _LEAST_FUZZY:
        return None, ""
    best, score = "", _ALIKE
    matcher = SequenceMatcher(b=label, autojunk=False)
    for alias in _ALIASES:
        if len(alias) < _LEAST_FUZZY or abs(len(alias) - len(label)) > 3:
            continue
        matcher.set_seq1(alias)
        if (found := matcher.ratio()) > score:
            best, score = alias, found
    return (_ALIASES[best], best) if best else (None, "")
