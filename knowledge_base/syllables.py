"""Vietnamese text as the search sees it: NFC, folded, cut into syllables and pairs of syllables."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_SYLLABLE = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.?!;:,()\n“”\"]")


def nfc(text: str) -> str:
    """The text in NFC, which every comparison here assumes."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without tone and vowel marks, ``đ`` as ``d``: ``Đường`` → ``duong``."""
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def syllables(text: str) -> list[str]:
    """Lower-case syllables and numbers in order; ``20.000`` and ``CT-01`` stay whole."""
    return [match.group().lower() for match in _SYLLABLE.finditer(nfc(text))]


def is_marked(text: str) -> bool:
    """Whether the text carries any Vietnamese mark."""
    return fold(text) != nfc(text).lower()


def marked_share(text: str) -> float:
    """The share of syllables that carry a mark; plain Vietnamese prose has about 0.8."""
    words = [word for word in syllables(text) if word.isalpha()]
    return sum(map(is_marked, words)) / len(words) if words else 0.0


def pairs(words: list[str]) -> list[str]:
    """Neighbouring syllables joined, since most Vietnamese words have two syllables."""
    return [f"{left}_{right}" for left, right in pairwise(words)]


MARKED = "="
"""Stands before tokens with their marks; folded ones never begin so."""


def tokens(text: str, *, marked: bool = True) -> list[str]:
    """The lexical tokens of a text: folded syllables and pairs, and marked ones beside them.

    With ``marked=False`` (a question typed without marks) only the folded road is used.
    """
    found: list[str] = []
    for clause in _SENTENCE_END.split(nfc(text)):
        words = syllables(clause)
        folded = [fold(word) for word in words]
        found += folded + pairs(folded)
        if marked:
            found += [f"{MARKED}{word}" for word in words if is_marked(word)]
            found += [
                f"{MARKED}{pair}"
                for pair, plain in zip(pairs(words), pairs(folded), strict=True)
                if pair != plain
            ]
    return found
