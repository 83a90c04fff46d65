"""What a misspelt word may have been meant for: slips of a thumb, letters left out or doubled.

A word that is spelt like no syllable was meant for one that is: “xogn” for “xong”, “công ab” for
“công an”. The candidates and what each slip costs are a noisy channel (Kernighan, Church & Gale,
“A Spelling Correction Program Based on a Noisy Channel Model”, 1990); which candidate was meant,
the syllables around it tell; see ``Restorer.mended``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from app.answering.foreign import LOANS, is_spelt
from knowledge_base.spelling import apart, is_syllable
from knowledge_base.syllables import fold

Meant = tuple[str, float]
"""A syllable that a word may have been meant for, and the cost of the slip."""

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TONE_KEYS = dict(zip("\u0301\u0300\u0309\u0303\u0323", "sfrxj", strict=True))
_WORD = re.compile(r"[^\W\d_]{2,9}")
_VOWEL = re.compile("[aeiouyj]")

_DOUBLED = 0.5
"""A letter typed twice (“đơnn”); the natural logarithm of how much rarer than none, as below."""
_SWAPPED = 1.5
_SOUND = 1.0
"""Letters that chats write for others (“fí”, “bjnh”)."""
_LATE = 0.5
"""The key of the tone left behind the marks (“giấy” typed “giâys”)."""
_NEAR = 2.0
"""A key beside the one that was meant."""
_LEFT_OUT = 2.0
_ADDED = 3.0
_OTHER = 5.0
_TONE = 1.5
"""Another tone, or one on the wrong letter, than the word was typed with."""
_MARK = 1.0
"""Each other hat, breve, horn or stroke."""
_BARE = 0.5
"""No mark at all where the word meant has some."""
_DEAREST, _DEAREST_SHORT = 3.5, 2.5
"""A word is not taken for one that costs more; many short ones are names or foreign."""
_SHORT = 3
_MOST = 12
_SOUNDS = frozenset(
    {
        ("f", "ph"),
        ("j", "i"),
        ("j", "gi"),
        ("z", "d"),
        ("z", "gi"),
        ("w", "qu"),
        ("k", "c"),
        ("c", "k"),
        ("q", "qu"),
        ("dz", "d"),
        ("ng", "ngh"),
        ("g", "gh"),
        ("gh", "g"),
        ("ngh", "ng"),
        ("w", "u"),
    }
)


def _neighbours() -> Mapping[str, frozenset[str]]:
    place = {
        key: (row, column + row / 2)
        for row, keys in enumerate(_KEYS)
        for column, key in enumerate(keys)
    }
    return {
        key: frozenset(
            other
            for other, (row, column) in place.items()
            if other != key and abs(row - here[0]) <= 1 and abs(column - here[1]) <= 1
        )
        for key, here in place.items()
    }


_NEIGHBOURS = _neighbours()


class Misspellings:
    """The syllables that a word may have been meant for."""

    def __init__(self, words: Iterable[str]) -> None:
        """Arrange the syllables known, with their marks."""
        self._meant: defaultdict[str, list[str]] = defaultdict(list)
        self._known = frozenset(words)
        for word in self._known:
            if is_syllable(word):
                self._meant[fold(word)].append(word)
        self._less: defaultdict[str, list[str]] = defaultdict(list)
        for plain in self._meant:
            for short in _without_one(plain):
                self._less[short].append(plain)

    def is_misspelt(self, word: str) -> bool:
        """Whether a word in lower case is spelt like none of ours and is no loan or short form."""
        if _WORD.fullmatch(word) is None or _VOWEL.search(fold(word)) is None:
            return False
        if word in LOANS or (len(word) > 2 and word in self._known):
            return False
        return not (is_spelt(word) if word.isascii() else is_syllable(word))

    def candidates(self, word: str) -> list[Meant]:
        """Syllables that differ from the word by one slip, with its cost; the cheapest first."""
        plain = fold(word)
        found: dict[str, float] = {}
        for form in self._forms(plain):
            cost = _slip(plain, form)
            for meant in self._meant[form]:
                late = _LATE if _tone_typed_late(word, meant) else _DEAREST + 1
                found[meant] = min(cost + other_marks(word, meant), late)
        dearest = _DEAREST if len(word) > _SHORT else _DEAREST_SHORT
        likely = [one for one in found.items() if one[1] <= dearest]
        return sorted(likely, key=lambda one: one[1])[:_MOST]

    def _forms(self, plain: str) -> Iterator[str]:
        """Folded syllables one letter away: as many letters, one more or one less."""
        near = {plain} if plain in self._meant else set()
        near.update(self._less.get(plain, ()))
        for short in _without_one(plain):
            if short in self._meant:
                near.add(short)
            near.update(self._less.get(short, ()))
        for typed, meant in _SOUNDS:
            if typed in plain and (form := plain.replace(typed, meant, 1)) in self._meant:
                near.add(form)
        yield from near


def _without_one(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _slip(typed: str, meant: str) -> float:
    """What it costs to have typed one folded word for another, a single slip away."""
    if typed == meant:
        return 0.0
    if any(typed.replace(one, other, 1) == meant for one, other in _SOUNDS):
        return _SOUND
    if len(typed) == len(meant):
        at = [place for place in range(len(typed)) if typed[place] != meant[place]]
        if len(at) == 1:
            return _NEAR if typed[at[0]] in _NEIGHBOURS.get(meant[at[0]], ()) else _OTHER
        if sorted(typed) == sorted(meant) and len(at) == 2 and at[1] == at[0] + 1:
            return _SWAPPED
        return _OTHER + _OTHER
    if len(typed) < len(meant):
        return _LEFT_OUT
    place = next((n for n in range(len(meant)) if typed[n] != meant[n]), len(meant))
    doubled = place and typed[place] == typed[place - 1]
    return _DOUBLED if doubled else _ADDED


@lru_cache(maxsize=65536)
def other_marks(typed: str, meant: str) -> float:
    """What it costs to have typed other marks."""
    if typed.isascii():
        return 0.0 if meant.isascii() else _BARE
    (bare, tone), (wanted, other) = apart(typed), apart(meant)
    shaped, shapes = _shapes(bare), _shapes(wanted)
    different = sum(abs(shaped.count(one) - shapes.count(one)) for one in set(shaped + shapes))
    return _TONE * (tone != other) + _MARK * different


def _tone_typed_late(typed: str, meant: str) -> bool:
    bare, tone = apart(meant)
    return tone != "" and typed == f"{bare}{_TONE_KEYS[tone]}"


def _shapes(toneless: str) -> str:
    return "".join(letter for letter in toneless if fold(letter) != letter)
