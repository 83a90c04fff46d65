"""Figures, numbers and short names found in the portal's own wording."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from knowledge_base.procedure import TimeUnit
from knowledge_base.syllables import fold, nfc

LONGEST_NAME = 160
"""Characters of a paper's or a case's name; the portal often writes a whole paragraph there."""
_SHORTEST_NAME = 8
"""Characters before a clause may end; “2. Đơn” and its like go on."""
_LATEST_YEAR = 2100

_SPACES = re.compile(r"\s+")
_BULLET = re.compile(
    r"^(?:[-–+*•.·,;:]+|\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-zđ]|[ivx]{1,4})[).]|\(\*\))\s*(?=\S)", re.I
)
_SENTENCE = re.compile(r"(?<=[^\d\s.]{2})[.;](?=\s|$)|:(?=\s|$)|\s[-–]\s|\n")
_FORM = re.compile(
    r"\b[Mm]ẫu(?:\s+(?:số|đơn số|tờ khai số))?\s*:?\s*(?P<number>"
    r"(?:[A-ZĐ]{1,6}[-.]?)?\d{1,3}(?:\.\d{1,2})?[a-zđA-ZĐ]?(?:[-/][A-ZĐa-zđ]{1,12}(?:[-/][A-ZĐ\d]+)*)?"
    r"(?:-[A-ZĐ]{2,6})?)(?![\d/])"
)
_BARE_FORM = re.compile(r"\b(?:CT|CC|DC|TK|HK|NA|XC)\d{2}[a-z]?\b|\bTK1-TS\b|\b\d{1,2}[A-Z]?-HSB\b")
_LEGAL = re.compile(
    r"\b\d{1,4}/(?:\d{4}/)?(?:NĐ-CP|QH\d{1,2}|NQ-CP|QĐ-TTg|(?:TT|TTLT|NQ)-?[A-ZĐ-]+)"
)
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,2})?/(?:\d{4}/)?[A-ZĐ][A-ZĐa-z\d-]*(?:-[A-ZĐ\d]+)*")
_ISSUED_WITH = re.compile(r"kèm theo|ban hành tại|tại|của|Phụ lục|phụ lục")
_DATE = re.compile(
    r"ngày\s+(?P<day>\d{1,2})\s*(?:/|-|\.|tháng)\s*(?P<month>\d{1,2})\s*(?:/|-|\.|năm)\s*"
    r"(?P<year>\d{4})",
    re.I,
)
_CITED = re.compile(rf"(?P<number>{_NUMBER.pattern}),?\s+{_DATE.pattern}", re.I)
_MONEY = re.compile(r"(\d{1,3}(?:[.,]\d{3})+|\d{4,8})\s*(?:đồng|đ\b|vnđ|vnd)", re.I)
_TIME = re.compile(
    r"(?P<amount>\d{1,3}(?:[.,]\d{1,2})?)\s*(?:\([^)]*\)\s*)?"
    r"(?P<unit>ngày\s+làm\s+việc|ngày|tháng|giờ)",
    re.I,
)
_UNITS = {"ngay lam viec": TimeUnit.WORKING_DAY, "ngay": TimeUnit.DAY, "thang": TimeUnit.MONTH}
_UNITS["gio"] = TimeUnit.HOUR
_PER = re.compile(
    r"^\(?\s*(?:[\d.]+\s*(?:đồng|đ|vnđ)\s*)?/\s*([^\W\d_][^/().;,:\d]{1,40})\)?\.?$", re.I
)


def line(value: object) -> str:
    """One line of text in NFC; empty for anything that is not text."""
    return _SPACES.sub(" ", nfc(value)).strip() if isinstance(value, str) else ""


def paragraphs(value: object) -> tuple[str, ...]:
    """The non-empty lines of a text, each in NFC and without doubled spaces."""
    if not isinstance(value, str):
        return ()
    return tuple(found for part in value.splitlines() if (found := line(part)))


def unbulleted(text: str) -> str:
    """The text without the dashes, stars and counting that begin a list's line."""
    before = ""
    while text != before:
        before, text = text, _BULLET.sub("", text).strip()
    return text


def short_name(text: str) -> str:
    """The name of a paper or case: its first clause, at most ``LONGEST_NAME`` characters.

    Remarks in brackets go too unless nothing else is left; a cut name ends with ``…`` so that
    an editor sees it.
    """
    whole = unbulleted(line(text))
    plain = line(re.sub(r"\s*\([^()]*\)", "", whole)) or whole
    found = _SENTENCE.search(plain)
    if found is not None and found.start() >= _SHORTEST_NAME:
        plain = plain[: found.start()]
    plain = plain.strip(" .;:,-–+*")
    if len(plain) > LONGEST_NAME:
        plain = plain[:LONGEST_NAME].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
    return plain[:1].upper() + plain[1:] if plain else whole[:LONGEST_NAME]


def form_number(text: str) -> str | None:
    """The form a paper is written on, with the text that issued it: ``Mẫu số 01 kèm …``.

    None where the wording names no form, or several.
    """
    spelt = line(text)
    found = [match["number"].rstrip(".-/") for match in _FORM.finditer(spelt)]
    found = list(dict.fromkeys(found))
    if not found:
        bare = list(dict.fromkeys(_BARE_FORM.findall(spelt)))
        return bare[0] if len(bare) == 1 else None
    if len(found) > 1:
        return None
    number = found[0]
    name = number if number[0].isalpha() else f"Mẫu số {number}"
    after = spelt[spelt.find(number) + len(number) :]
    legal = _LEGAL.search(after)
    if legal is None or _ISSUED_WITH.search(after[: legal.start()]) is None:
        return name
    return f"{name} kèm {_kind_of_text(legal.group())}{legal.group()}"


def _kind_of_text(number: str) -> str:
    for mark, name in (
        ("NĐ-CP", "Nghị định "),
        ("TTLT", "Thông tư liên tịch "),
        ("TT-", "Thông tư "),
        ("QĐ-", "Quyết định "),
        ("NQ", "Nghị quyết "),
        ("QH", "Luật "),
    ):
        if mark in number:
            return name
    return ""


def legal_number(text: str) -> str:
    """``131/2021/NĐ-CP`` for “Nghị định số 131/2021/NĐ-CP”; other wording stays as it is."""
    spelt = line(text).replace("–", "-")
    found = _NUMBER.search(spelt)
    return found.group().strip("-/") if found else spelt


def legal_numbers(text: str) -> tuple[str, ...]:
    """The numbers of legal texts that a wording names."""
    return tuple(dict.fromkeys(_LEGAL.findall(line(text))))


def issued_on(number: str, name: str) -> date | None:
    """The date of a legal text, where its own name states it.

    A name may cite other texts with their dates; only a date that stands before any other number
    is this text's own.
    """
    spelt = line(name)
    others = [match.start() for match in _LEGAL.finditer(spelt) if match.group() != line(number)]
    head = spelt[: min(others)] if others else spelt
    found = _DATE.search(head)
    return None if found is None else day_of(found["year"], found["month"], found["day"])


def cited_dates(text: str) -> dict[str, date]:
    """The dates of legal texts that a wording cites, as in “số 85/2019/TT-BTC ngày 29/11/2019”.

    A text cited with two different dates is left out.
    """
    found: dict[str, set[date]] = {}
    for match in _CITED.finditer(line(text)):
        day = day_of(match["year"], match["month"], match["day"])
        if day is not None:
            found.setdefault(legal_number(match["number"]), set()).add(day)
    return {number: days.pop() for number, days in found.items() if len(days) == 1}


def day_of(year: object, month: object, day: object) -> date | None:
    """The date, or None where there is no such day."""
    try:
        return date(int(str(year)), int(str(month)), int(str(day)))
    except ValueError:
        return None


def iso_day(value: object) -> date | None:
    """The date of ``2026-07-17``, or None."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def milliseconds_day(value: object) -> date | None:
    """The day of a moment in milliseconds since 1970, in UTC; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    try:
        moment = datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.date() if moment.year < _LATEST_YEAR else None


def sums_of_money(text: str) -> tuple[int, ...]:
    """The amounts in đồng that a wording names."""
    found = (re.sub(r"[.,]", "", amount) for amount in _MONEY.findall(line(text)))
    return tuple(dict.fromkeys(int(amount) for amount in found))


def one_duration(text: str) -> tuple[float, TimeUnit] | None:
    """The amount and unit of a wording that names exactly one time, else None."""
    found = {
        (float(match["amount"].replace(",", ".")), _UNITS[fold(line(match["unit"]))])
        for match in _TIME.finditer(line(text))
    }
    return found.pop() if len(found) == 1 else None


def unit_paid_for(text: str) -> str | None:
    """``trang`` for ``(/trang)`` or ``2.000 đồng/trang``, else None."""
    found = _PER.match(line(text))
    return None if found is None else found.group(1).strip().lower()


def whole(value: object) -> int | None:
    """A whole number, also where JSON or a copy wrote ``3.0`` or ``"3"``; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e12 else None
    return value if isinstance(value, int) else None


def members(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON list; anything else is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def names(value: object) -> tuple[str, ...]:
    """The distinct ``name``s of a JSON list of objects, in order."""
    return tuple(
        dict.fromkeys(found for item in members(value) if (found := line(item.get("name"))))
    )
