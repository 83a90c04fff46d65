"""Puts an English question into the Vietnamese words that records use, by a glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from ruamel.yaml import YAML

from knowledge_base.edition import Edition
from knowledge_base.english_words import STOP_WORDS, WORD, english_words, telling
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.syllables import fold

_FILE = Path(__file__).with_name("english.yaml")
_ENGLISH = frozenset(
    """
    a an and are at can cannot do does for have how i in is it my need of on or our the this to was
    we what when where which who with you your
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
_KNOWN, _SHORT = 0.25, 3
"""Words without any of these are English where so great a share of them is known to the glossary,
and one of those has more letters than that: “pension age women 2027”."""
_ELSEWHERE = re.compile(
    r"\b(?:in|of) (?:the (?:us|uk)|(?:the )?(?:usa|uk|united states|united kingdom|america|"
    r"california|texas|england|"
    r"france|germany|japan|korea|south korea|china|taiwan|australia|canada|singapore|thailand|"
    r"malaysia|india|russia|europe|hanoi|ha noi|saigon|ho chi minh city|hcmc))\b"
)
"""Where no counter of ours is; what comes back from there is still ours."""
_STAYS = re.compile(
    r"\b(?:live|lives|lived|living|settled|settle|moved|born|married|divorced|adopted|wedding|marriage|divorce|"
    r"work|works|working|study|studying|"
    r"reside|residing|based|am|im|currently|now|staying|citizens?|been|resident|son|daughter|wife|"
    r"served|posted|lawyer|judge|court|employer|job|school|university|child|children|"
    r"grandchildren|girl|boy|husband|brother|sister|family|relatives?) "
    r"(?:abroad |here |now )?(?:in|of) (?:the )?\w+"
)
"""Where somebody is says nothing about whose counter is asked for."""
_HERE = re.compile(
    r"\b(?:vietnam|viet nam|vietnamese|da nang|danang|hoa vang|hoa tien|ba na|commune)\b"
)
_OFFICE = re.compile(r"giờ làm việc|số điện thoại")
_CERTIFIED = re.compile(r"chứng thực|giấy ủy quyền")
"""May be done with papers of any field."""
_ALL_COUNTERS = frozenset({"chứng thực", "nộp hồ sơ", "đất", "xã"})


@dataclass(frozen=True, slots=True)
class _Term:
    means: str
    group: str


@dataclass(frozen=True, slots=True)
class _Together:
    """Phrases that mean something only together, wherever each of them stands."""

    parts: tuple[frozenset[tuple[str, ...]], ...]
    means: str


@dataclass(frozen=True, slots=True)
class Titled:
    """A record that English words name, and its Vietnamese title in lower case."""

    record_id: str
    title: str


Titles = Mapping[tuple[str, ...], Titled]
"""Records by the words of their English titles."""


class Glossary:
    """Data of ``english.yaml``."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._terms = {
            tuple(english_words(phrase)): _Term(entry.get("vi", ""), group)
            for group in ("elsewhere", "hints", "things", "circumstances", "asks")
            for entry in data[group]
            for phrase in entry["en"]
        }
        self._longest = max(map(len, self._terms))
        self._words = STOP_WORDS | {word for phrase in self._terms for word in phrase}
        self._elsewhere = frozenset(
            words for words, term in self._terms.items() if term.group == "elsewhere"
        )
        self._together = [
            _Together(
                tuple(
                    frozenset(tuple(english_words(phrase)) for phrase in part)
                    for part in entry["all"]
                ),
                entry["vi"],
            )
            for entry in data["together"]
        ]

    @classmethod
    @cache
    def packaged(cls) -> Glossary:
        """The glossary of this release."""
        return cls(YAML(typ="safe").load(_FILE.read_text(encoding="utf-8")))

    def translate(self, text: str) -> str | None:
        """The question in the records' words; see ``translate``."""
        words = english_words(text)
        plain = fold(text)
        found = self._found(words)
        things = _distinct(found, "things")
        if not things and not self._is_english(plain, words):
            return None
        if _ELSEWHERE.search(_STAYS.sub(" ", plain)) and not _HERE.search(plain):
            return None
        asks = _distinct(found, "asks")
        spans = self._spans(words)
        others = not self._elsewhere.isdisjoint(spans)
        if not others and (together := self._meant_together(spans)) is not None:
            things = [together]
        elif not things and not others:
            things = _distinct(found, "hints")
        if others and not any(_CERTIFIED.match(thing) for thing in things):
            return None
        office = next((ask for ask in asks if _OFFICE.match(ask)), None)
        if office is not None and not set(things) - _ALL_COUNTERS:
            of_police = "công an" in _distinct(found, "circumstances")
            return office.replace("ủy ban", "công an") if of_police else office
        about = [*things, *_distinct(found, "circumstances")] if things else []
        telling_asks = [ask for ask in asks if not ask.startswith("điều kiện")]
        wanted = (
            [ask for ask in telling_asks or asks if not _OFFICE.match(ask)]
            if things
            else telling_asks
        )
        return ", ".join(filter(None, [" ".join(about), *wanted]))

    def _is_english(self, plain: str, words: Sequence[str]) -> bool:
        """Whether a text that is no Vietnamese is English; ``words`` as the glossary sees it."""
        if not _ENGLISH.isdisjoint(WORD.findall(plain)):
            return True
        known = [word for word in words if word in self._words]
        return len(known) >= len(words) * _KNOWN and any(len(word) > _SHORT for word in known)

    def only_asks(self, text: str) -> bool:
        """Whether nothing is left of a text beside phrases that ask."""
        _, left = self._asks(english_words(text))
        return all(word in STOP_WORDS for word in left)

    def _found(self, words: Sequence[str]) -> list[tuple[int, _Term]]:
        """The longest phrases that the glossary knows, with where they begin, in order."""
        taken = [False] * len(words)
        found: list[tuple[int, _Term]] = []
        for size in range(self._longest, 0, -1):
            for start in range(len(words) - size + 1):
                term = self._terms.get(tuple(words[start : start + size]))
                if term is not None and not any(taken[start : start + size]):
                    taken[start : start + size] = [True] * size
                    found.append((start, term))
        return sorted(found, key=lambda place: place[0])

    def by_title(self, text: str, titles: Titles) -> tuple[Titled, str] | None:
        """The record that a question names by its whole title, and what is asked of it."""
        words = english_words(text)
        longest = max(map(len, titles), default=0)
        for size in range(min(longest, len(words)), 1, -1):
            for start in range(len(words) - size + 1):
                title = titles.get(tuple(words[start : start + size]))
                if title is None:
                    continue
                rest = [*words[:start], *words[start + size :]]
                asks, left = self._asks(rest)
                if all(word in STOP_WORDS for word in left):
                    return title, ", ".join(asks)
        return None

    def _asks(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """What is asked in some words, and the words that ask nothing."""
        asks: list[str] = []
        left: list[str] = []
        place = 0
        while place < len(words):
            for size in range(min(self._longest, len(words) - place), 0, -1):
                term = self._terms.get(tuple(words[place : place + size]))
                if term is not None and (term.group == "asks" or term.means == "đăng ký"):
                    asks += [term.means] if term.group == "asks" else []
                    place += size
                    break
            else:
                left.append(words[place])
                place += 1
        return list(dict.fromkeys(asks)), left

    def _spans(self, words: Sequence[str]) -> frozenset[tuple[str, ...]]:
        return frozenset(
            tuple(words[start : start + size])
            for size in range(1, self._longest + 1)
            for start in range(len(words) - size + 1)
        )

    def _meant_together(self, spans: frozenset[tuple[str, ...]]) -> str | None:
        """What the first rule means whose phrases all stand in the question."""
        for rule in self._together:
            if not any(part.isdisjoint(spans) for part in rule.parts):
                return rule.means
        return None


def translate(text: str) -> str | None:
    """An English question in the records' Vietnamese words.

    Nothing where the glossary does not know what it is about; None for any other text, and where
    the glossary knows that no commune's counter handles it.
    """
    return Glossary.packaged().translate(text)


def matter(text: str) -> str:
    """The words of an English question that tell what it is about; nothing where it only asks."""
    return "" if Glossary.packaged().only_asks(text) else telling(text)


def by_title(text: str, titles: Titles) -> tuple[Titled, str] | None:
    """The record that a question names by its whole English title, and what it asks in Vietnamese.

    None where it names none so, or says more than the title and what it asks.
    """
    return Glossary.packaged().by_title(text, titles)


def english_clues(text: str, longest: int) -> tuple[str, ...]:
    """The runs of some English words, for a classifier beside Vietnamese ones: “can” is no “cần”.

    Args:
        text: English, or nothing.
        longest: of a run, in words.
    """
    words = WORD.findall(fold(text))
    return tuple(
        f"en {' '.join(words[start : start + length])}"
        for length in range(1, longest + 1)
        for start in range(len(words) - length + 1)
    )


_TITLES: WeakKeyDictionary[Edition, dict[str, Titles]] = WeakKeyDictionary()


def titles_of(edition: Edition, commune: str) -> Titles:
    """The titles of a commune's records, made once for each edition."""
    of_commune = _TITLES.setdefault(edition, {})
    if commune not in of_commune:
        of_commune[commune] = _titles(edition.scope(commune).records.values())
    return of_commune[commune]


def _titles(records: Iterable[Procedure | Guide]) -> Titles:
    return {
        tuple(english_words(record.title_en)): Titled(record.id, record.title.lower())
        for record in records
        if record.title_en
    }


def _distinct(found: list[tuple[int, _Term]], group: str) -> list[str]:
    return list(dict.fromkeys(term.means for _, term in found if term.group == group))
