"""Rewrites dialect, old names and abbreviations into the words that records use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from knowledge_base.syllables import fold, nfc

_FILE = Path(__file__).with_name("lexicon.yaml")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Rule:
    phrases: tuple[str, ...]
    begins: frozenset[str]
    """The first word of each phrase."""
    regex: str
    means: str | None
    adds: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first needed, since few rules ever are."""
        return _compiled(self.regex)

    def fires(self, text: str, words: frozenset[str]) -> bool:
        """Whether one of the phrases stands in a text of these words as it is meant here."""
        if self.begins.isdisjoint(words):
            return False
        found = any(phrase in text for phrase in self.phrases)
        return found and self.pattern.search(text) is not None


@cache
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex)


def whole_words(phrases: Iterable[str]) -> str:
    """A pattern for any of the phrases as whole words, longest first."""
    longest_first = sorted(phrases, key=len, reverse=True)
    return r"(?<!\w)(?:" + "|".join(re.escape(phrase) for phrase in longest_first) + r")(?!\w)"


class Lexicon:
    """Data of ``lexicon.yaml``, ready to apply to marked and to unmarked questions."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        entries = [entry for group in ("short", "dialect", "old") for entry in data[group]]
        self._marked = [_rule(entry, folded=False) for entry in entries]
        self._folded = [_rule(entry, folded=True) for entry in entries if entry["unmarked"]]
        self._off_topic = re.compile(
            whole_words({fold(phrase) for phrase in data["off_topic"]["phrases"]})
        )

    @classmethod
    @cache
    def packaged(cls) -> Lexicon:
        """The lexicon of this release."""
        return cls(YAML(typ="safe").load(_FILE.read_text(encoding="utf-8")))

    def rewrite(self, text: str, *, marked: bool) -> tuple[str, str]:
        """The text in the records' words, and further words to search for beside it."""
        text = nfc(text).lower() if marked else fold(nfc(text))
        words = _words(text)
        added: list[str] = []
        for rule in self._marked if marked else self._folded:
            if not rule.fires(text, words):
                continue
            if rule.means is not None:
                text = rule.pattern.sub(rule.means, text)
                words = _words(text)
            elif rule.adds not in text:
                added.append(rule.adds)
        return " ".join(text.split()), " ".join(added)

    def is_off_topic(self, text: str) -> bool:
        """Whether it names something that no commune's counter handles."""
        return self._off_topic.search(fold(nfc(text))) is not None


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _rule(entry: Mapping[str, Any], *, folded: bool) -> _Rule:
    def form(key: str) -> list[str]:
        return [fold(word) if folded else word for word in entry.get(key, ())]

    means, adds = entry.get("means"), entry.get("adds", "")
    if folded and means is not None:
        means = fold(means)
    phrases = tuple(word for word in form("words") if word != means)
    pattern = whole_words(phrases)
    if after := form("after"):
        pattern = rf"(?:{'|'.join(f'(?<={_edge(word, left=True)})' for word in after)}){pattern}"
    for word in form("not_after"):
        pattern = rf"(?<!{_edge(word, left=True)}){pattern}"
    if before := form("before"):
        pattern = rf"{pattern}(?=(?:{'|'.join(_edge(word) for word in before)}))"
    if not_before := form("not_before"):
        pattern = rf"{pattern}(?!(?:{'|'.join(_edge(word) for word in not_before)}))"
    begins = frozenset(found[0] for phrase in phrases if (found := _WORD.findall(phrase)))
    return _Rule(phrases, begins, pattern, means, fold(adds) if folded else adds)


def _edge(word: str, *, left: bool = False) -> str:
    """A neighbouring word, ``#`` for a number, ``^`` and ``$`` for the ends of the text.

    Those on the left are of one length each, as look-behind wants.
    """
    match word:
        case "#":
            return r"\d " if left else r"\s+\d"
        case "^":
            return r"\A"
        case "$":
            return r"\W*\Z"
        case _:
            return rf"\b{re.escape(word)} " if left else rf"\s+{re.escape(word)}(?!\w)"
