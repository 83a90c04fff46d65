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
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.syllables import fold

_FILE = Path(__file__).with_name("english.yaml")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STOP_WORDS = frozenset(
    """
    a about actually after again all already also always am an and another any anybody anyone
    anything around are as ask at away back be because been before being believe best both bring but
    by called came can cant come could couple currently day did didnt different do doe doesnt doing
    done dont due during each either else enough even ever every everything everyone exactly far few
    find first following for friend from full get getting give given go going gone good got great
    guy had has hasnt have havent having he hear heard her here hers hi him himself his hope how i
    id if ill im in instead into is isnt it its ive just keep kind know last late lately later least
    left let like little live lived living long longer look looking lot made make making many may
    maybe me mean might mine moment month more morning most much must my myself name near need
    needed needing never new next nice no nobody not nothing now of off officially ok okay old on
    once one
    only or other our ourselve out over own part past people person please point possible present
    probably properly put quick quickly quite rather read really recent recently regarding right
    said same say saying see seem send sent several shall she should show since sir so some somebody
    someone something somewhere soon sorry still stuff such supposed sure take taken taking tell
    than thank that thats the their theirs them themselve then there therefore theyre thing think
    this those though three through time to today together told tomorrow too took towards tried
    trying turn two understand unfortunately until up upon us use used using usually very via want
    wanted was way we week well went were what whatever when where whether which while who whole
    whom whose why will willing wish with within without won wonder wondering wont work world would
    wouldnt year yes yesterday yet you your youre
    dear hello hey madam mr mrs help advise advice anyhow cheer regard
    da nang danang hoa vang tien ba na hue vietnam vietnamese viet nam
    happen happened question information info detail understood explain
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
_ENGLISH = frozenset(
    """
    a an and are at can cannot do does for have how i in is it my need of on or our the this to was
    we what when where which who with you your
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
_SKIPPED = frozenset(["a", "an", "the", "my", "our", "your", "his", "her", "their", "its"])
"""Between the words of a phrase these tell nothing: “divide my plot”, “divide the plot”."""
_RECOGNISED = 0.2
"""The least share of the telling words that the glossary must know."""
_ELSEWHERE = re.compile(
    r"\b(?:in|of) (?:the )?(?:us|usa|uk|united states|united kingdom|america|california|texas|"
    r"england|"
    r"france|germany|japan|korea|south korea|china|taiwan|australia|canada|singapore|thailand|laos|"
    r"cambodia|malaysia|india|russia|europe|hanoi|ha noi|saigon|ho chi minh city|hcmc)\b"
)
"""Where no counter of ours is; what comes back from there is still ours."""
_STAYS = re.compile(
    r"\b(?:live|lives|lived|living|settled|settle|moved|born|married|divorced|adopted|wedding|marriage|divorce|"
    r"work|works|working|study|studying|"
    r"reside|residing|based|am|im|currently|now|staying|citizens?|been|resident|son|daughter|wife|"
    r"husband|brother|sister|family|relatives?) (?:abroad |here |now )?(?:in|of) (?:the )?\w+"
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
            tuple(_words(phrase)): _Term(entry.get("vi", ""), group)
            for group in ("elsewhere", "hints", "things", "circumstances", "asks")
            for entry in data[group]
            for phrase in entry["en"]
        }
        self._longest = max(map(len, self._terms))
        self._elsewhere = frozenset(
            words for words, term in self._terms.items() if term.group == "elsewhere"
        )
        self._together = [
            _Together(
                tuple(frozenset(tuple(_words(phrase)) for phrase in part) for part in entry["all"]),
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
        """The question in the records' words; None where too little of it is recognised."""
        words = _words(text)
        plain = fold(text)
        if not _ENGLISH & set(_WORD.findall(plain)):
            return None
        if _ELSEWHERE.search(_STAYS.sub(" ", plain)) and not _HERE.search(plain):
            return None
        taken = [False] * len(words)
        found: list[tuple[int, _Term]] = []
        for size in range(self._longest, 0, -1):
            for start in range(len(words) - size + 1):
                term = self._terms.get(tuple(words[start : start + size]))
                if term is not None and not any(taken[start : start + size]):
                    taken[start : start + size] = [True] * size
                    found.append((start, term))
        found.sort(key=lambda place: place[0])
        asks = _distinct(found, "asks")
        spans = self._spans(words)
        others = not self._elsewhere.isdisjoint(spans)
        things = _distinct(found, "things")
        if not others and (together := self._meant_together(spans)) is not None:
            things = [together]
        elif not things and not others:
            things = _distinct(found, "hints")
            telling = [known for word, known in zip(words, taken, strict=True) if word not in _STOP]
            if sum(telling) < _RECOGNISED * len(telling):
                return None
        if others and not any(_CERTIFIED.match(thing) for thing in things):
            return None
        office = next((ask for ask in asks if _OFFICE.match(ask)), None)
        if office is not None and not set(things) - _ALL_COUNTERS:
            of_police = "công an" in _distinct(found, "circumstances")
            return office.replace("ủy ban", "công an") if of_police else office
        if not things:
            return None
        about = [*things, *_distinct(found, "circumstances")]
        wanted = [ask for ask in asks if not ask.startswith("điều kiện")] or asks
        wanted = [ask for ask in wanted if not _OFFICE.match(ask)]
        return ", ".join([" ".join(about), *wanted])

    def by_title(self, text: str, titles: Titles) -> tuple[Titled, str] | None:
        """The record that a question names by its whole title, and what is asked of it."""
        words = _words(text)
        longest = max(map(len, titles), default=0)
        for size in range(min(longest, len(words)), 1, -1):
            for start in range(len(words) - size + 1):
                title = titles.get(tuple(words[start : start + size]))
                if title is None:
                    continue
                rest = [*words[:start], *words[start + size :]]
                asks, left = self._asks(rest)
                if all(word in _STOP for word in left):
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
    """An English question in the records' Vietnamese words, and None for any other text."""
    return Glossary.packaged().translate(text)


def by_title(text: str, titles: Titles) -> tuple[Titled, str] | None:
    """The record that a question names by its whole English title, and what it asks in Vietnamese.

    None where it names none so, or says more than the title and what it asks.
    """
    return Glossary.packaged().by_title(text, titles)


_TITLES: WeakKeyDictionary[Edition, dict[str, Titles]] = WeakKeyDictionary()


def titles_of(edition: Edition, commune: str) -> Titles:
    """The titles of a commune's records, made once for each edition."""
    of_commune = _TITLES.setdefault(edition, {})
    if commune not in of_commune:
        of_commune[commune] = _titles(edition.scope(commune).records.values())
    return of_commune[commune]


def _titles(records: Iterable[Procedure | Guide]) -> Titles:
    return {
        tuple(_words(record.title_en)): Titled(record.id, record.title.lower())
        for record in records
        if record.title_en
    }


def _words(text: str) -> list[str]:
    """Lower-case words in the singular, without articles and possessives."""
    plain = re.sub(r"(?<!that)(?<!let)(?<!it)[’']s\b|[’']", "", fold(text))
    return [_singular(word) for word in _WORD.findall(plain) if word not in _SKIPPED]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _distinct(found: list[tuple[int, _Term]], group: str) -> list[str]:
    return list(dict.fromkeys(term.means for _, term in found if term.group == group))


_STOP = frozenset(_singular(word) for word in _STOP_WORDS)
