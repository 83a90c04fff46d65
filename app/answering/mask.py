"""Masks identity, telephone, insurance and bank numbers and e-mail addresses, before all else."""

from __future__ import annotations

import re

from knowledge_base.syllables import nfc

PHONE = "[số điện thoại]"
IDENTITY = "[số giấy tờ]"
ACCOUNT = "[số tài khoản]"
EMAIL = "[thư điện tử]"

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_INSURANCE = re.compile(r"\b[A-Za-z]{2}[ .-]?\d(?:[ .-]?\d){12}\b")
_PASSPORT = re.compile(r"\b[A-Z]\d{7,8}\b")
_ACCOUNT = re.compile(
    r"((?:stk|số tài khoản|so tai khoan|tài khoản|tai khoan|số thẻ|so the)"
    r"(?:\s+(?:ngân hàng|ngan hang|là|la|số|so))*\s*[:.]?\s*)(\d(?:[ .-]?\d){5,18})",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\d,])(?:\+|\()?\d(?:[ .()-]{0,2}\d){8,18}(?![\d])")
_MONEY = re.compile(r"\d{1,3}(?:[. ]\d{3})+\s*(?:đồng|dong|đ\b|vnd|vnđ)", re.IGNORECASE)
_DATES = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{4}")


def mask(text: str) -> str:
    """The text in NFC with personal numbers replaced by what they are.

    Amounts of money, dates, ages, law numbers and national procedure codes stay.
    """
    text = nfc(text)
    text = _EMAIL.sub(EMAIL, text)
    text = _INSURANCE.sub(IDENTITY, text)
    text = _PASSPORT.sub(IDENTITY, text)
    text = _ACCOUNT.sub(lambda match: f"{match[1]}{ACCOUNT}", text)
    return _DIGITS.sub(lambda match: _masked_run(match, text), text)


def _masked_run(match: re.Match[str], text: str) -> str:
    run = match.group()
    if _MONEY.match(text, match.start()) or _two_dates(run):
        return run
    digits = re.sub(r"\D", "", run)
    if _is_phone(run, digits):
        return PHONE
    return IDENTITY


def _two_dates(run: str) -> bool:
    return _DATES.match(run) is not None and not re.sub(r"[ ]|" + _DATES.pattern, "", run).strip(
        " -"
    )


def _is_phone(run: str, digits: str) -> bool:
    if run.startswith("+") or digits.startswith("84"):
        return 11 <= len(digits) <= 12
    return (digits[0] == "0" and len(digits) in (10, 11)) or digits.startswith(("1800", "1900"))
