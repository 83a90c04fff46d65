"""Numbers and letters as they are said in Vietnamese.

num2words 0.5 was tried: it says 2026 as “hai nghìn lẻ hai mươi sáu”, 4,5 as “bốn phẩy năm mươi” and
leaves empty groups out, so that 2.000.500 sounds like 2.500.000.
"""

from __future__ import annotations

from typing import Final

_DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES: Final = ("", "nghìn", "triệu")
_BILLION: Final = "tỷ"
_GROUP: Final = 1000
_SAID_ONE_BY_ONE: Final = 15
"""Nobody counts in numbers longer than this; they are some code."""

_LETTERS: Final = {
    "A": "a",
    "Ă": "á",
    "Â": "ớ",
    "B": "bê",
    "C": "xê",
    "D": "dê",
    "Đ": "đê",
    "E": "e",
    "Ê": "ê",
    "F": "ép",
    "G": "giê",
    "H": "hát",
    "I": "i",
    "J": "gi",
    "K": "ca",
    "L": "e lờ",
    "M": "em mờ",
    "N": "en nờ",
    "O": "o",
    "Ô": "ô",
    "Ơ": "ơ",
    "P": "pê",
    "Q": "quy",
    "R": "e rờ",
    "S": "ét sì",
    "T": "tê",
    "U": "u",
    "Ư": "ư",
    "V": "vê",
    "W": "vê kép",
    "X": "ích xì",
    "Y": "i dài",
    "Z": "dét",
}
_ROMAN: Final = {"I": 1, "V": 5, "X": 10}


def cardinal(number: int) -> str:
    """A number from 0 on: 2026 → “hai nghìn không trăm hai mươi sáu”."""
    if number < 10:
        return _DIGITS[number]
    if number >= 10**_SAID_ONE_BY_ONE:
        return digits(str(number))
    high, low = divmod(number, _GROUP**3)
    words = [cardinal(high), _BILLION] if high else []
    for power in (2, 1, 0):
        group = low // _GROUP**power % _GROUP
        if group:
            words += [_below_thousand(group, whole=bool(words)), _SCALES[power]]
        elif words and power and low % _GROUP**power:
            words += ["không trăm", _SCALES[power]]
    return " ".join(filter(None, words))


def _below_thousand(number: int, *, whole: bool) -> str:
    """A group of three digits; ``whole`` says its hundreds even where there are none."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or whole else []
    if tens == 0:
        if ones:
            words += ["linh", _DIGITS[ones]] if words else [_DIGITS[ones]]
        return " ".join(words)
    words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 4 and tens > 1:
        words.append("tư")
    elif ones == 5:
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return " ".join(words)


def decimal(whole: str, fraction: str) -> str:
    """Digits before and behind the comma: 46,5 → “bốn mươi sáu phẩy năm”."""
    behind = cardinal(int(fraction)) if len(fraction) <= 2 and fraction[0] != "0" else None
    return f"{cardinal(int(whole))} phẩy {behind or digits(fraction)}"


def digits(text: str) -> str:
    """Digit by digit: 1022 → “một không hai hai”."""
    return " ".join(_DIGITS[int(digit)] for digit in text)


def letters(text: str) -> str:
    """Letter by letter: CT → “xê tê”; what is no letter of ours stays as it is."""
    return " ".join(_LETTERS.get(letter, letter) for letter in text.upper())


def roman(text: str) -> int | None:
    """The value of a Roman numeral up to 39; None for other letters."""
    values = [_ROMAN.get(letter, 0) for letter in text]
    if not values or 0 in values:
        return None
    total = sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )
    return total if _written_roman(total) == text else None


def _written_roman(number: int) -> str:
    tens, ones = divmod(number, 10)
    low = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]
    return "X" * tens + low
