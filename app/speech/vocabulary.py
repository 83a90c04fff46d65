"""The words that residents' questions are made of here, as a hint for whoever listens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

_MOST_TERMS = 28
"""A longer list takes the decoder's room and makes it say the list back where little was heard."""
_LONGEST = 5
"""Syllables of a term: ``có yếu tố nước ngoài``."""
_SEEN = 3
"""A term stands in so many records at least."""
_TOGETHER = 0.35
"""Of the records with the rarest neighbours in a term, so many have them side by side: ``căn cước``
belongs together, ``cho con`` does not."""
_SWALLOWED = 0.75
"""A term that mostly stands within a longer one is not named by itself."""

_JOINERS = frozenset(
    ("cho", "của", "có", "không", "khi", "là", "với", "và", "về", "vào", "ở", "bị", "do", "làm")
)
"""No term begins or ends with one of these."""

Words = tuple[str, ...]
_PART = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")


@lru_cache(maxsize=16)
def prompt_of(records: tuple[tuple[str, ...], ...], most_terms: int = _MOST_TERMS) -> str:
    """The terms that most records share, commonest first: ``đăng ký, trợ cấp, khai sinh, …``.

    Args:
        records: for each record the titles and names it goes by.
        most_terms: how many terms at most.
    """
    seen: Counter[Words] = Counter()
    for names in records:
        seen.update({words for name in names for words in _runs(name)})
    terms = [
        words
        for words, count in seen.items()
        if len(words) > 1
        and count >= _SEEN
        and _JOINERS.isdisjoint((words[0], words[-1]))
        and _belongs_together(words, seen)
    ]
    longer: Counter[Words] = Counter()
    for words in terms:
        for inner in _within(words):
            longer[inner] = max(longer[inner], seen[words])
    whole = [words for words in terms if longer[words] < _SWALLOWED * seen[words]]
    whole.sort(key=lambda words: (-seen[words], words))
    return ", ".join(" ".join(words) for words in whole[:most_terms])


def _belongs_together(words: Words, seen: Counter[Words]) -> bool:
    return all(
        seen[pair] >= _TOGETHER * min(seen[pair[:1]], seen[pair[1:]]) for pair in pairwise(words)
    )


def _runs(name: str) -> Iterator[Words]:
    for part in _PART.findall(name.lower()):
        words = tuple(part.split())
        for length in range(1, _LONGEST + 1):
            for start in range(len(words) - length + 1):
                yield words[start : start + length]


def _within(words: Words) -> Iterator[Words]:
    for length in range(2, len(words)):
        for start in range(len(words) - length + 1):
            yield words[start : start + length]
