"""Masks personal numbers, house numbers and e-mail addresses before anything else sees them."""

from __future__ import annotations

import re
from collections.abc import Callable

from knowledge_base.syllables import nfc

PHONE = "[số điện thoại]"
IDENTITY = "[số giấy tờ]"
ACCOUNT = "[số tài khoản]"
EMAIL = "[thư điện tử]"
HOUSE = "[số nhà]"
PLATE = "[biển số xe]"
_NAMES_SHOWN = re.compile("|".join(map(re.escape, (PHONE, IDENTITY, ACCOUNT, EMAIL, HOUSE, PLATE))))

_SEPARATOR = r"[\s._()·•\u2010-\u2015\u200b-\u200d\ufeff-]{0,3}"
_UNIT = r"\s*(?:đồng|dong|đ|vnd|vnđ)(?!\w|\s+ý)"
_YEAR = r"(?:19|20)\d\d"
_KEPT = re.compile(
    rf"(?<![\d.])(?:0?[1-9]|[12]\d|3[01])([./-])(?:0?[1-9]|1[0-2])\1{_YEAR}(?!\d|[.-]\d\d(?!\d))"
    rf"|(?<!\d)(?<!\d[. ])[1-9]\d{{0,2}}([. ])\d{{3}}(?:\2\d{{3}})*{_UNIT}"
    rf"|(?<!\d)(?<!\d[. ])[1-9]\d*{_UNIT}"
    r"|(?<![\d.])(?!84(?:\.\d{3}){3}(?![.\d]))[1-9]\d{0,2}(?:\.\d{3}){3,}(?![.\d])"
    r"|(?<![\d.])[1-9]\.\d{6}(?:\.000\.00\.00\.H\d\d)?(?!\d)"
    r"|(?<![\d.])1[89]00[ .-]?(?:\d{4}|\d{3}[ .-]?\d{3}|\d{2}[ .-]?\d{2})(?![\d]|[ .-]\d)"
    rf"|(?<!\d)(?:{_YEAR}|11[1-5])(?:[ ,–-]+(?:{_YEAR}|11[1-5])(?!\d))+(?![ .-]?\d)",
    re.IGNORECASE,
)
"""Dates, amounts of money, national procedure codes, toll-free numbers of offices, several
years, emergency numbers."""
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INSURANCE = re.compile(rf"\b[A-Za-z]{{2}}{_SEPARATOR}\d(?:{_SEPARATOR}\d){{12}}(?!\d)")
_PASSPORT = re.compile(r"\b[A-Za-z]\d{7,8}\b")
_DOSSIER = re.compile(
    r"(?<![\w.])(?:\d{3}\.)?(?:\d{2}\.){0,3}H\d{2}(?:\.\d{2,3}){0,4}-\d{6}-\d{4,6}(?!\d)"
)
"""What a dossier handed in is followed by: 000.25.39.H17-250714-0008."""
_TYPED_ZERO = re.compile(r"(?<!\w)0(?=\d*[oO])[\doO]{9}(?!\w)")
"""A telephone number with the letter for the digit."""
_RUN = re.compile(rf"(?<!\d)\(?\+?\d(?:{_SEPARATOR}\d){{8,}}")
_PAPER_DIGITS = (9, 10, 12)
"""Of identity cards, old and new, and of social insurance; longer ones are accounts of offices."""
_ADDRESS = re.compile(rf"https?://\S+|{_EMAIL.pattern}")
_DAY_IN_NAME = re.compile(
    rf"(?<!\d){_YEAR}([-_.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
    r"(?:[-_. ]\d{1,6}|\d{6})?(?!\d)"
)
"""When a photograph or scan was made, as machines name it: 20251120_093012."""
_FILLERS = "ngân hàng|ngan hang|của|cua|tôi|toi|em|mình|minh|là|la|số|so"
_NAMES = {
    ACCOUNT: "acb|agribank|bidv|mb ?bank|sacombank|techcombank|tpbank|vcb|vib|vietcombank|"
    "vietinbank|vpbank|stk|số tài khoản|so tai khoan|tài khoản|tai khoan|số thẻ|so the",
    PHONE: "sđt|sdt|đt|số điện thoại|so dien thoai|điện thoại|dien thoai|zalo",
    IDENTITY: "cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|chung minh|hộ chiếu|ho chieu|passport|"
    "bhxh|bhyt|mã số thuế|ma so thue|mst",
}
_ANNOUNCED = {
    what: re.compile(
        rf"((?<!\w)(?:{names})(?:\s+(?:{_FILLERS}))*\s*[:.#]?\s*)"
        rf"{f'(?:[a-z]{_SEPARATOR})?' if what == IDENTITY else ''}\d(?:{_SEPARATOR}\d){{5,}}",
        re.IGNORECASE,
    )
    for what, names in _NAMES.items()
}
"""Six digits and more behind a word that says what they are."""
_PLATE = re.compile(
    r"(?<![\w./-])\d{2}[ -]?[A-ZĐ]{1,2}\d?[ -]?(?:\d{3}\.\d{2}|\d{4,5})(?![\w/]|[.-]\d)"
)
"""Of cars and motorcycles: 43A-123.45, 92H1 1234."""
_ANNOUNCED_PLATE = re.compile(
    r"((?<!\w)(?:biển số|bien so|biển kiểm soát|bien kiem soat|bs)(?:\s+xe)?\s*[:.]?\s*)"
    r"\d{2}[ -]?[a-zđ][a-z\d]?[ .-]?\d{3}[ .]?\d{1,2}(?!\d)",
    re.IGNORECASE,
)
_LAND_CERTIFICATE = re.compile(r"(?<!\w)[A-ZĐ]{2}[ -]?\d{6}(?:\d{2})?(?![\w/])")
"""What is printed on a certificate of land: BM 012345."""
_HOUSE_NUMBER = (
    r"[KkHh]?\d{1,4}[A-Za-z]?(?:\s?[/-]\s?[KkHh]?\d{1,4}[A-Za-z]?){0,4}(?:\s?(?:[Bb]is|[Tt]er))?"
    r"(?![\w/])"
)
_LETTER = "[A-ZÀ-ÖØ-ÝĂĐĨŨƠƯẠ-Ỹ]"
_STREET = rf"{_LETTER}\w+(?:\s+{_LETTER}\w+|\s+\d)"
"""Two words that begin large, the second of which may be a number: Trần Phú."""
_TYPED_STREET = (
    r"(?:(?:nguyễn|trần|lê|phạm|huỳnh|hoàng|phan|võ|vũ|đặng|bùi|ngô|dương|trương|tôn|đinh|"
    r"nguyen|tran|pham|huynh|hoang|phan|truong|le (?:van|thanh|hong|dinh|duc)|ton duc|hai bà|"
    r"lý (?:tự|thường|thái|thánh))\s+\w+"
    r"|le (?:loi|duan|lai)|ngo quyen|ông ích|ong ich|hùng vương|hung vuong|quang trung|điện biên|"
    r"dien bien|hai ba trung|bạch đằng|bach dang|cách mạng|cach mang)(?!\w)"
)
"""How names of streets begin that are typed small: mostly as people's do."""
_UNIT_WORD = r"(?:[Xx]ã|[Pp]hường|[Tt]hôn|[Hh]uyện|[Qq]uận|[Tt]ổ|[Kk]hu|[Tt]hửa|[Tt]ỉnh)\b"
_HOUSES = (
    re.compile(
        rf"((?<!\w)(?:số nhà|so nha|nhà số|nha so|sn|căn hộ(?: số)?|can ho(?: so)?)\s*[:.]?\s*)"
        rf"(?:[a-z]\d{{0,2}}-)?{_HOUSE_NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"((?<!\w)(?:kiệt|hẻm|ngõ|ngách|kiet|hem|ngach)(?: số| so)?\s*){_HOUSE_NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"((?<!\w)(?:địa chỉ|dia chi|đ/c|nhà|nha)\s*:?\s*)(?=\w{{1,5}}/\d){_HOUSE_NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(r"((?<![\w/.-]))[Kk]\d{1,4}(?:/[KkHh]?\d{1,4}[A-Za-z]?){1,4}(?![\w/])"),
    re.compile(
        rf"((?<!\w)(?<!buýt )(?<!quầy )(?<!tuyến )(?<!cổng )"
        rf"(?i:ở|tại|o|tai|địa chỉ|dia chi|đ/c|thường trú|nhà|số|so)\s*:?\s*(?:số\s+)?)"
        rf"{_HOUSE_NUMBER}(?=,?\s+(?:(?i:đường|đ\.|phố|duong)\s+\w|(?!{_UNIT_WORD}){_STREET}))"
    ),
    re.compile(
        rf"((?<![\w/.,-]))(?!\d{{1,2}}/\d{{1,2}}\b(?!/))\d{{1,4}}[A-Za-z]?"
        rf"(?:/\d{{1,4}}[A-Za-z]?){{1,3}}(?=\s+(?:đường\s+)?{_STREET})"
    ),
    re.compile(rf"((?<![\w/.,-]))\d{{1,4}}[A-Za-z]?(?=\s+(?:đường|phố)\s+{_STREET})"),
    re.compile(
        rf"((?<!\w)(?:ở|tại|o|tai|địa chỉ|dia chi|đ/c|thường trú|nhà|nha|số|so)\s*:?\s*"
        rf"(?:số\s+|so\s+)?){_HOUSE_NUMBER}(?=,?\s+(?:đường\s+|duong\s+)?{_TYPED_STREET})",
        re.IGNORECASE,
    ),
)
"""The number of a house after what announces it, or before the name of a street."""
_DIGIT_WORDS = (
    "không|một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín|"
    "khong|mot|bon|tu|nam|lam|sau|bay|tam|chin"
)
_SPOKEN = re.compile(rf"(?<!\w)(?:(?:{_DIGIT_WORDS})[\s,.-]+){{8,}}(?:{_DIGIT_WORDS})(?!\w)", re.I)


def mask(text: str) -> str:
    """The text in NFC with personal numbers replaced by what they are.

    Amounts of money, dates, years, ages, law numbers and national procedure codes stay.
    """
    return _between(_KEPT, _EMAIL.sub(EMAIL, nfc(text)), _masked)


def mask_papers(text: str) -> str:
    """What an officer wrote, in NFC, with numbers of people's papers replaced by what they are.

    Telephones, addresses, accounts and e-mail that officers write are an office's: residents are
    to reach it by them. Numbers of papers are a resident's, whoever writes them.
    """

    def papers(part: str) -> str:
        return _between(_KEPT, part, _papers)

    def but_accounts(part: str) -> str:
        return _between(_ANNOUNCED[ACCOUNT], part, papers)

    return _between(_ADDRESS, nfc(text), but_accounts)


def mask_file_name(name: str) -> str:
    """The name of a file in NFC, its numbers of papers and telephones replaced; its days stay."""
    return _between(_DAY_IN_NAME, nfc(name), lambda part: _RUN.sub(_masked_phone, _papers(part)))


def without_masks(text: str) -> str:
    """A masked text without the names of what was masked, which are no words of the resident."""
    return _NAMES_SHOWN.sub(" ", text)


def _between(kept: re.Pattern[str], text: str, work: Callable[[str], str]) -> str:
    """The text with what stands between the matches of a pattern worked on."""
    made, end = [], 0
    for match in kept.finditer(text):
        made += [work(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*made, work(text[end:])])


def _masked(text: str) -> str:
    for house in _HOUSES:
        text = house.sub(rf"\g<1>{HOUSE}", text)
    text = _printed_on_papers(text)
    for what, pattern in _ANNOUNCED.items():
        text = pattern.sub(rf"\g<1>{what}", text)
    text = _TYPED_ZERO.sub(PHONE, text)
    text = _SPOKEN.sub(PHONE, text)
    return _RUN.sub(_masked_run, text)


def _printed_on_papers(text: str) -> str:
    text = _DOSSIER.sub(IDENTITY, text)
    text = _INSURANCE.sub(IDENTITY, text)
    text = _ANNOUNCED_PLATE.sub(rf"\g<1>{PLATE}", text)
    text = _PLATE.sub(PLATE, text)
    text = _LAND_CERTIFICATE.sub(IDENTITY, text)
    return _PASSPORT.sub(IDENTITY, text)


def _papers(text: str) -> str:
    text = _ANNOUNCED[IDENTITY].sub(rf"\g<1>{IDENTITY}", _printed_on_papers(text))
    return _RUN.sub(_masked_paper, text)


def _masked_paper(match: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", match.group())
    is_paper = len(digits) in _PAPER_DIGITS and not _is_phone(match.group(), digits)
    return IDENTITY if is_paper else match.group()


def _masked_phone(match: re.Match[str]) -> str:
    run = match.group()
    return PHONE if _is_phone(run, re.sub(r"\D", "", run)) else run


def _masked_run(match: re.Match[str]) -> str:
    run = match.group()
    return PHONE if _is_phone(run, re.sub(r"\D", "", run)) else IDENTITY


def _is_phone(run: str, digits: str) -> bool:
    if "+" in run or digits.startswith("84"):
        return 11 <= len(digits) <= 12
    return digits[0] == "0" and len(digits) in (10, 11)
