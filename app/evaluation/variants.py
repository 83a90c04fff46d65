"""The same question as a phone without marks, or a poor ear, would give it; pairs for measuring.

Both are made from a plain row, so the loss of hit@1 is measured question by question. They change
the letters only: how people who type without marks or who speak choose other words is what the
written kinds ``no-diacritics``, ``dialect`` and ``spoken`` are for.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace

from app.evaluation.rows import PLAIN, Row, Sort
from knowledge_base.syllables import nfc

STRIPPED = "stripped"
SPEECH_ERROR = "speech-error"

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
_HOOK, _TILDE = "\u0309", "\u0303"
_WORD = re.compile(r"[^\W\d_]+")

_TONE_CHANCE = 0.08
_SOUND_CHANCE = 0.12
_DROP_CHANCE = 0.04
"""Per syllable; together they get about one syllable in seven wrong."""


def variants_of(rows: Iterable[Row]) -> tuple[Row, ...]:
    """A stripped and a misheard copy of every plain row that a record answers."""
    made: list[Row] = []
    for row in rows:
        if row.kind == PLAIN and row.sort is Sort.ANSWER and not row.history and not row.derived:
            for kind, change in ((STRIPPED, without_marks), (SPEECH_ERROR, _misheard_by_id(row))):
                made.append(
                    replace(
                        row,
                        id=f"{row.id}/{kind}",
                        kind=kind,
                        question=change(row.question),
                        of=row.id,
                        derived=True,
                    )
                )
    return tuple(made)


def without_marks(text: str) -> str:
    """The text without tone and vowel marks, ``đ`` as ``d``; case and everything else stay."""
    plain = text.replace("đ", "d").replace("Đ", "D")
    return unicodedata.normalize(
        "NFC",
        "".join(
            character
            for character in unicodedata.normalize("NFD", plain)
            if not unicodedata.combining(character)
        ),
    )


def _misheard_by_id(row: Row) -> Callable[[str], str]:
    return lambda text: misheard(text, row.id)


def misheard(text: str, seed: str) -> str:
    """The text as a recogniser of central and southern speech may write it, by a seed.

    Lower case and without punctuation, as recognisers give it. A syllable may lose its tone or have
    hỏi and ngã confused; d, gi and v, s and x, ch and tr, initial l and n, and final n and ng,
    t and c take each other's place; now and then a syllable is missing. At least one syllable is
    changed where any can be.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    words = nfc(text).lower().split()
    words = [cleaned for word in words if (cleaned := word.strip(".,?!;:…“”\"'()"))]
    heard = [_heard(word, chance) for word in words]
    if heard == words:
        places = [place for place, word in enumerate(words) if _sounds(word) or _tones(word)]
        if places:
            place = chance.choice(places)
            heard[place] = chance.choice(_sounds(words[place]) + _tones(words[place]))
    kept = [
        word for word in heard if not (_WORD.fullmatch(word) and chance.random() < _DROP_CHANCE)
    ]
    return " ".join(kept or heard)


def _heard(word: str, chance: random.Random) -> str:
    if _WORD.fullmatch(word) is None:
        return word
    if (sounds := _sounds(word)) and chance.random() < _SOUND_CHANCE:
        word = chance.choice(sounds)
    if (tones := _tones(word)) and chance.random() < _TONE_CHANCE:
        word = chance.choice(tones)
    return word


_INITIALS = {
    "gi": ("d", "v"),
    "d": ("gi", "v"),
    "v": ("d",),
    "s": ("x",),
    "x": ("s",),
    "ch": ("tr",),
    "tr": ("ch",),
    "l": ("n",),
    "n": ("l",),
}
_FINALS = {"n": "ng", "ng": "n", "t": "c", "c": "t"}


def _sounds(word: str) -> list[str]:
    """The word with another initial or final that is confused with its own."""
    found: list[str] = []
    for initial, others in _INITIALS.items():
        rest = word.removeprefix(initial)
        if rest and rest != word and _is_vowel(rest[0]):
            found += [other + rest for other in others]
            break
    for final, other in _FINALS.items():
        stem = word.removesuffix(final)
        if stem and stem != word and _is_vowel(stem[-1]):
            found.append(stem + other)
            break
    return found


def _is_vowel(letter: str) -> bool:
    return without_marks(letter) in "aeiouy"


def _tones(word: str) -> list[str]:
    """The word without its tone, and with hỏi for ngã or ngã for hỏi."""
    parts = unicodedata.normalize("NFD", word)
    if not _TONES & set(parts):
        return []
    found = ["".join(part for part in parts if part not in _TONES)]
    swapped = parts.translate({ord(_HOOK): _TILDE, ord(_TILDE): _HOOK})
    if swapped != parts:
        found.append(swapped)
    return [nfc(one) for one in found]
