"""Cleans what was typed: characters, not words; the first step before anything reads a question."""

from __future__ import annotations

import re
import unicodedata

from app.answering.keystrokes import keystrokes_read
from knowledge_base.legacy import decoded
from knowledge_base.spelling import is_syllable, ordinary
from knowledge_base.syllables import fold, nfc

_NOTHING = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
"""Characters without width: joiners, marks of direction, variants."""
_SYMBOLS_KEPT = frozenset("°^`№")
_MISPLACED = re.compile("([\u0300\u0301\u0303\u0309\u0323])([\u0302\u0306\u031b])")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" ?\n[ \n]*")
_RUN = re.compile(r"([^\W\d_])\1{2,}")
_MARKS_RUN = re.compile(r"([?!])[?!]+|([^\w\s])\2{3,}")
_WORD = re.compile(r"[^\W\d_]+")
_ROMAN = re.compile(r"[ivxlcdm]+|[IVXLCDM]+|www", re.IGNORECASE)


def clean(text: str) -> str:
    """The text as it was meant to be typed, in NFC, on as few lines and blanks as it needs.

    Mends mis-decoded text and keystrokes left undone, drops what has no width, puts a blank in
    place of emoji, and shortens runs of one letter. Text that is right stays, but for the place
    of tone marks (``hoà`` → ``hòa``) and *i* for *y* (``kí`` → ``ký``), written as records do.
    """
    text = _letters(decoded(text))
    text = _MARKS_RUN.sub(lambda match: match.group(1) or match.group(2), text)
    text = ordinary(_WORD.sub(_without_runs, keystrokes_read(text)))
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _letters(text: str) -> str:
    """The text in NFC, of characters that stand for something."""
    text = _NOTHING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = "".join(map(_letter, _composed(text)))
    return nfc("".join(char for char in text if not unicodedata.category(char).startswith("M")))


def _composed(text: str) -> str:
    composed = nfc(text)
    if any(map(unicodedata.combining, composed)):
        # Some keyboards put the tone before the circumflex, breve or horn.
        return nfc(_MISPLACED.sub(r"\2\1", unicodedata.normalize("NFD", composed)))
    return composed


def _letter(char: str) -> str:
    if char < "\x7f":
        return char if char >= " " or char == "\n" else " "
    if "\uff01" <= char <= "\uffee" or "\U0001d400" <= char <= "\U0001d7ff":
        return unicodedata.normalize("NFKC", char)
    category = unicodedata.category(char)
    if category[0] in "CZ" or (category in ("So", "Sk") and char not in _SYMBOLS_KEPT):
        return " "
    return char


def _is_vowel(letter: str) -> bool:
    return fold(letter) in "aeiouy"


def _once(match: re.Match[str]) -> str:
    letter = match.group()[0]
    # “TTTT” stands for four words, “PLIII” ends in a number.
    return match.group() if letter == "I" or not (letter.islower() or _is_vowel(letter)) else letter


def _without_runs(match: re.Match[str]) -> str:
    word = match.group()
    if len(word) < 3 or _ROMAN.fullmatch(word) or not any(map(_is_vowel, word)):
        return word
    short = _RUN.sub(_once, word)
    if short.isascii() or is_syllable(short):
        return short
    # “rồoooi”, “khẩuu”: a marked letter, and its bare self again.
    once = "".join(
        char
        for index, char in enumerate(short)
        if index == 0 or fold(char) != fold(short[index - 1]) or char != fold(char)
    )
    return once if is_syllable(once) else short
