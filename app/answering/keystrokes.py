"""Reads words typed with the Vietnamese keyboard off: Telex ``dduowcj``, VNI ``d9uo75c``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from app.answering.foreign import LOANS
from knowledge_base.spelling import apart, is_syllable, tone_placed
from knowledge_base.syllables import nfc

_TONES = dict(zip("sfrxj", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_VNI_TONES = dict(zip("12345", "\u0301\u0300\u0309\u0303\u0323", strict=True))
_HAT, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]{2,12}(?![\w@]|[./-]\w)")
_VNI_WORD = re.compile(r"(?<![\w@./-])[a-zđA-ZĐ]{1,7}(?:\d[a-zA-Z]{0,4}){1,3}(?![\w@]|[./-]\w)")
_SURE = re.compile(
    r"^dd|[aeiouyw]\w*j|\w[aeiouy]\w*f$|(?:aa|ee|oo|[aou]w)\w*[fsrx]|[^\x00-\x7f]", re.IGNORECASE
)
_SHAPED = re.compile(r"aa|ee|oo|[aou]w|w[aou]|^d.*d", re.IGNORECASE)
_NEVER_ENGLISH = re.compile(r"^dd|[aeiouy]j|[^\x00-\x7f]", re.IGNORECASE)
_SPOKEN = re.compile("[aeiou]|y$", re.IGNORECASE)
"""What tells a word from an abbreviation such as “bhyt”."""
_VNI_SURE = re.compile(r"^d\w*9|[678]\w*[1-5]|[1-5]\w*[678]|\d[a-z]", re.IGNORECASE)
_VOWELS = "aăâeêioôơuưy"


def keystrokes_read(text: str) -> str:
    """The text with such words read, where nothing else can be meant.

    A word is read when it is no Vietnamese syllable and becomes one. Words that could be English
    (``has`` → ``há``) are read only beside a sure one, and where nothing else is foreign.
    """
    if not re.search(r"[a-zA-Z]", text):
        return text
    return _read_vni(_read_telex(text))


def _read_telex(text: str) -> str:
    readings, foreign, plain = _readings(text, _WORD, _telex)
    sure = {word for word in readings if _SURE.search(word)}
    if foreign >= 2:
        readings = {word: readings[word] for word in sure if _NEVER_ENGLISH.search(word)}
    elif not sure and (
        foreign
        or not text.isascii()
        or plain + len(readings) < 3
        or not any(map(_SHAPED.search, readings))
    ):
        return text
    return _WORD.sub(lambda match: readings.get(match.group(), match.group()), text)


def _read_vni(text: str) -> str:
    readings, _, _ = _readings(text, _VNI_WORD, _vni)
    if len(readings) < 2 or not any(map(_VNI_SURE.search, readings)):
        return text
    return _VNI_WORD.sub(lambda match: readings.get(match.group(), match.group()), text)


def _readings(
    text: str, words: re.Pattern[str], read: Callable[[str], str | None]
) -> tuple[dict[str, str], int, int]:
    """What words were meant by keys, how many others are foreign, how many are syllables."""
    readings: dict[str, str] = {}
    foreign = plain = 0
    for word in {match.group() for match in words.finditer(text)}:
        if is_syllable(word):
            plain += 1
        elif word.lower() in LOANS or (word.isupper() and len(word) < 4):
            continue
        elif (reading := read(word)) and is_syllable(reading) and not reading.isascii():
            readings[word] = reading
        elif word.isascii() and not word.isupper() and _SPOKEN.search(word):
            foreign += 1
    return readings, foreign, plain


def _telex(word: str) -> str | None:
    """What the keys would have shown, in lower case but for a capital first letter."""
    letters: list[str] = []
    bare, tone = apart(word)
    for key in bare:
        vowels = [index for index, letter in enumerate(letters) if _base(letter) in "aeiouy"]
        if key in _TONES and vowels:
            tone = _TONES[key]
        elif key == "d" and letters and letters[0] == "d":
            letters[0] = "đ"
        elif key == "w":
            if not _horned(letters):
                letters.append("ư")
        elif key in "aeo" and key in letters:
            index = max(index for index in vowels if letters[index] == key)
            letters[index] = nfc(key + _HAT)
        else:
            letters.append(key)
    return _with_tone(letters, tone, word)


def _vni(word: str) -> str | None:
    letters: list[str] = []
    tone = ""
    for key in word.lower():
        if key in _VNI_TONES:
            tone = _VNI_TONES[key]
        elif key == "6":
            places = [index for index, letter in enumerate(letters) if letter in "aeo"]
            if not places:
                return None
            letters[places[-1]] = nfc(letters[places[-1]] + _HAT)
        elif key in "78":
            if not _horned(letters, "ou" if key == "7" else "a"):
                return None
        elif key == "9":
            if not letters or letters[0] != "d":
                return None
            letters[0] = "đ"
        elif key.isdigit():
            return None
        else:
            letters.append(key)
    return _with_tone(letters, tone, word)


def _horned(letters: list[str], which: str = "aou") -> bool:
    """Put a horn or breve on the last vowel that takes one; on both of “uo”."""
    places = [index for index, letter in enumerate(letters) if letter in which]
    if not places:
        return False
    last = places[-1]
    if letters[last] == "a" and last and letters[last - 1] == "u" and letters[:1] != ["q"]:
        last -= 1  # “ua” becomes “ưa”
    if letters[last] == "o" and last and letters[last - 1] in ("u", "ư"):
        letters[last - 1] = "ư"
    if letters[last] == "u" and letters[last + 1 : last + 2] == ["o"]:
        letters[last + 1] = "ơ"
    letters[last] = nfc(letters[last] + (_BREVE if letters[last] == "a" else _HORN))
    return True


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


def _with_tone(letters: list[str], tone: str, word: str) -> str | None:
    vowels = [index for index, letter in enumerate(letters) if _base(letter) in "aeiouy"]
    if letters[:2] in (["g", "i"], ["q", "u"]) and len(vowels) > 1:
        vowels = vowels[1:]
    if tone and not vowels:
        return None
    if tone:
        shaped = [index for index in vowels if letters[index] in "ăâêôơư"]
        if shaped:
            place = shaped[-1]
        elif len(vowels) > 1 and (vowels[-1] < len(letters) - 1 or len(vowels) > 2):
            place = vowels[1]
        else:
            place = vowels[0]
        letters[place] = nfc(letters[place] + tone)
    read = tone_placed("".join(letters))
    if word.isupper():
        return read.upper()
    return read[:1].upper() + read[1:] if word[:1].isupper() else read
