"""Puts an English question into the Vietnamese words that records use, by a glossary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from knowledge_base.syllables import fold

_FILE = Path(__file__).with_name("english.yaml")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STOP_WORDS = frozenset(
    """
    a about after again all already also an and any are as at be because been before but by can
    could did do does done for from get go going got had has have he her here him his i if in into
    is it its just know let like live living made make may me more my need needs new no not now of
    off on one only or our out own please she should so some still than thank thanks that the their
    them then there these they thing this those to too two up us use very want was we well were what
    when which while who will with without work would year yes yet you your hello hi dear sir madam
    da nang hoa vang ba na tien hue vietnam vietnamese viet nam tell wondering help
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
_ENGLISH = frozenset(
    """
    a an and are at can cannot do does for have how i in is it my need of on or our the this to was
    we what when where which who with you your
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
_RECOGNISED = 0.25
"""The least share of the telling words that the glossary must know."""
_ELSEWHERE = re.compile(
    r"\b(?:in|of) (?:the )?(?:us|usa|uk|united states|united kingdom|america|california|texas|"
    r"england|"
    r"france|germany|japan|korea|south korea|china|taiwan|australia|canada|singapore|thailand|laos|"
    r"cambodia|malaysia|india|russia|europe|hanoi|ha noi|saigon|ho chi minh city|hcmc)\b"
)
"""Where no counter of ours is; what comes back from there is still ours."""
_HERE = re.compile(
    r"\b(?:vietnam|viet nam|vietnamese|da nang|danang|hoa vang|hoa tien|ba na|commune)\b"
)
_OFFICE = re.compile(r"giờ làm việc|số điện thoại")


@dataclass(frozen=True, slots=True)
class _Term:
    means: str
    group: str


class Glossary:
    """Data of ``english.yaml``."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._terms = {
            tuple(_words(phrase)): _Term(entry["vi"], group)
            for group in ("things", "circumstances", "asks")
            for entry in data[group]
            for phrase in entry["en"]
        }
        self._longest = max(map(len, self._terms))

    @classmethod
    @cache
    def packaged(cls) -> Glossary:
        """The glossary of this release."""
        return cls(YAML(typ="safe").load(_FILE.read_text(encoding="utf-8")))

    def translate(self, text: str) -> str | None:
        """The question in the records' words; None where too little of it is recognised."""
        words = _words(text)
        plain = fold(text)
        if not _ENGLISH & set(words):
            return None
        if _ELSEWHERE.search(plain) and not _HERE.search(plain):
            return None
        taken = [False] * len(words)
        found: list[tuple[int, _Term]] = []
        for size in range(self._longest, 0, -1):
            for start in range(len(words) - size + 1):
                term = self._terms.get(tuple(words[start : start + size]))
                if term is not None and not any(taken[start : start + size]):
                    taken[start : start + size] = [True] * size
                    found.append((start, term))
        telling = [known for word, known in zip(words, taken, strict=True) if word not in _STOP]
        if not telling or sum(telling) < _RECOGNISED * len(telling):
            return None
        found.sort(key=lambda place: place[0])
        things = _distinct(found, "things")
        asks = _distinct(found, "asks")
        if not things and not any(_OFFICE.match(ask) for ask in asks):
            return None
        if any(_OFFICE.match(ask) for ask in asks):
            return next(ask for ask in asks if _OFFICE.match(ask))
        about = [*things, *_distinct(found, "circumstances")]
        wanted = [ask for ask in asks if not ask.startswith("điều kiện")] or asks
        return ", ".join([" ".join(about), *wanted])


def translate(text: str) -> str | None:
    """An English question in the records' Vietnamese words, and None for any other text."""
    return Glossary.packaged().translate(text)


def _words(text: str) -> list[str]:
    """Lower-case words in the singular, without possessives."""
    plain = re.sub(r"[’']s\b|[’']", "", fold(text))
    return [_singular(word) for word in _WORD.findall(plain)]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _distinct(found: list[tuple[int, _Term]], group: str) -> list[str]:
    return list(dict.fromkeys(term.means for _, term in found if term.group == group))


_STOP = frozenset(_singular(word) for word in _STOP_WORDS)
