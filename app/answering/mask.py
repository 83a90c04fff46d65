"""Masks personal numbers and e-mail addresses before anything else sees them."""

from __future__ import annotations

import re

from knowledge_base.syllables import nfc

PHONE = "[số điện thoại]"
IDENTITY = "[số giấy tờ]"
ACCOUNT = "[số tài khoản]"
EMAIL = "[thư điện tử]"
_NAMES_SHOWN = re.compile("|".join(map(re.escape, (PHONE, IDENTITY, ACCOUNT, EMAIL))))

_SEPARATOR = r"[\s._()\u2010-\u2015\u200b-\u200d\ufeff-]{0,3}"
_UNIT = r"\s*(?:đồng|dong|đ|vnd|vnđ)(?!\w|\s+ý)"
_YEAR = r"(?:19|20)\d\d"
_KEPT = re.compile(
    rf"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1{_YEAR}(?!\d|[.-]\d\d(?!\d))"
    rf"|(?<!\d)(?<!\d[. ])[1-9]\d{{0,2}}([. ])\d{{3}}(?:\2\d{{3}})*{_UNIT}"
    rf"|(?<!\d)(?<!\d[. ])[1-9]\d*{_UNIT}"
    r"|(?<![\d.])(?!84(?:\.\d{3}){3}(?![.\d]))[1-9]\d{0,2}(?:\.\d{3}){3,}(?![.\d])"
    r"|(?<![\d.])[1-9]\.\d{6}(?:\.000\.00\.00\.H\d\d)?(?!\d)"
    rf"|(?<!\d)(?:{_YEAR}|11[1-5])(?:[ ,–-]+(?:{_YEAR}|11[1-5])(?!\d))+(?![ .-]?\d)",
    re.IGNORECASE,
)
"""Dates, amounts of money, national procedure codes, several years, emergency numbers."""
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INSURANCE = re.compile(rf"\b[A-Za-z]{{2}}{_SEPARATOR}\d(?:{_SEPARATOR}\d){{12}}(?!\d)")
_PASSPORT = re.compile(r"\b[A-Za-z]\d{7,8}\b")
_TOLL_FREE = re.compile(r"(?<!\d)1[89]00(?:[ .-]?\d{2,4}){1,2}(?!\d)")
_RUN = re.compile(rf"(?<!\d)\(?\+?\d(?:{_SEPARATOR}\d){{8,}}")
_FILLERS = "ngân hàng|ngan hang|của|cua|tôi|toi|em|mình|minh|là|la|số|so"
_NAMES = {
    ACCOUNT: "stk|số tài khoản|so tai khoan|tài khoản|tai khoan|số thẻ|so the",
    PHONE: "sđt|sdt|đt|số điện thoại|so dien thoai|điện thoại|dien thoai|zalo",
    IDENTITY: "cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|hộ chiếu|ho chieu|passport|"
    "bhxh|bhyt|mã số thuế|ma so thue|mst",
}
_ANNOUNCED = {
    what: re.compile(
        rf"((?<!\w)(?:{names})(?:\s+(?:{_FILLERS}))*\s*[:.#]?\s*)"
        rf"(?:[a-z]{_SEPARATOR})?\d(?:{_SEPARATOR}\d){{5,}}",
        re.IGNORECASE,
    )
    for what, names in _NAMES.items()
}
"""Six digits and more behind a word that says what they are."""
_DIGIT_WORDS = "không|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín"
_SPOKEN = re.compile(rf"(?<!\w)(?:(?:{_DIGIT_WORDS})[\s,.-]+){{8,}}(?:{_DIGIT_WORDS})(?!\w)", re.I)


def mask(text: str) -> str:
    """The text in NFC with personal numbers replaced by what they are.

    Amounts of money, dates, years, ages, law numbers and national procedure codes stay.
    """
    text = _EMAIL.sub(EMAIL, nfc(text))
    masked, end = [], 0
    for kept in _KEPT.finditer(text):
        masked += [_masked(text[end : kept.start()]), kept.group()]
        end = kept.end()
    return "".join([*masked, _masked(text[end:])])


def without_masks(text: str) -> str:
    """A masked text without the names of what was masked, which are no words of the resident."""
    return _NAMES_SHOWN.sub(" ", text)


def _masked(text: str) -> str:
    text = _INSURANCE.sub(IDENTITY, text)
    text = _PASSPORT.sub(IDENTITY, text)
    for what, pattern in _ANNOUNCED.items():
        text = pattern.sub(rf"\g<1>{what}", text)
    text = _TOLL_FREE.sub(PHONE, text)
    text = _SPOKEN.sub(PHONE, text)
    return _RUN.sub(_masked_run, text)


def _masked_run(match: re.Match[str]) -> str:
    run = match.group()
    return PHONE if _is_phone(run, re.sub(r"\D", "", run)) else IDENTITY


def _is_phone(run: str, digits: str) -> bool:
    if "+" in run or digits.startswith("84"):
        return 11 <= len(digits) <= 12
    return digits[0] == "0" and len(digits) in (10, 11)
