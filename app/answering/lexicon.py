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


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    means: str | None
    adds: str


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
        words = nfc(text).lower() if marked else fold(nfc(text))
        added: list[str] = []
        for rule in self._marked if marked else self._folded:
            if rule.pattern.search(words) is None:
                continue
            if rule.means is not None:
                words = rule.pattern.sub(rule.means, words)
            elif rule.adds not in words:
                added.append(rule.adds)
        return " ".join(words.split()), " ".join(added)

    def is_off_topic(self, text: str) -> bool:
        """Whether it names something that no commune's counter handles."""
        return self._off_topic.search(fold(nfc(text))) is not None


def _rule(entry: Mapping[str, Any], *, folded: bool) -> _Rule:
    def form(words: Iterable[str]) -> list[str]:
        return [fold(word) if folded else word for word in words]

    pattern = whole_words(form(entry["words"]))
    for word in form(entry.get("not_after", ())):
        pattern = rf"(?<!\b{re.escape(word)} ){pattern}"
    if before := form(entry.get("not_before", ())):
        pattern = rf"{pattern}(?!\s+(?:{'|'.join(map(re.escape, before))})(?!\w))"
    means, adds = entry.get("means"), entry.get("adds", "")
    return _Rule(
        re.compile(pattern),
        fold(means) if folded and means is not None else means,
        fold(adds) if folded else adds,
    )
