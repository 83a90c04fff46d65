"""BM25 over syllables and their pairs, marked and folded (Robertson & Zaragoza, 2009)."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge_base.recent import Recent
from knowledge_base.syllables import tokens

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CutText:
    """A text as BM25 counts it."""

    tokens: NDArray[np.int32]
    """The numbers of its different tokens."""
    counts: NDArray[np.int32]
    """How often each stands in it."""
    length: int


class CutTexts:
    """Texts cut into tokens with numbers; a text met again is not cut again.

    Numbers are never taken back: an edited text adds few tokens to the 80,000 of the release.
    """

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._cut: Recent[str, CutText] = Recent()
        self._lock = threading.Lock()

    def cut(self, texts: Sequence[str]) -> tuple[list[CutText], dict[str, int]]:
        """The texts, and the number of each token known so far."""
        self._cut.expect(len(texts))
        found = [self._cut.get(text) or self._new(text) for text in texts]
        with self._lock:
            return found, dict(self._number)

    def _new(self, text: str) -> CutText:
        counted = Counter(tokens(text))
        with self._lock:
            numbers = [self._number.setdefault(token, len(self._number)) for token in counted]
        cut = CutText(
            np.array(numbers, dtype=np.int32),
            np.array(list(counted.values()), dtype=np.int32),
            counted.total(),
        )
        self._cut.put(text, cut)
        return cut


def tokens_of(texts: Sequence[CutText]) -> NDArray[np.int32]:
    """The different tokens of each text, one text after the other."""
    return np.concatenate([np.array([], dtype=np.int32), *(text.tokens for text in texts)])


class _CountedBM25(bm25s.BM25):  # type: ignore[misc]  # the library is not typed
    """bm25s on texts that are counted already; its own way counts them one by one in Python."""

    def build_index_from_ids(
        self,
        unique_token_ids: Sequence[int],
        corpus_token_ids: Sequence[CutText],
        **_shown: bool,
    ) -> dict[str, Any]:
        """The scores of each token in each text, by token (Lucene's variant)."""
        lengths = np.array([text.length for text in corpus_token_ids], dtype=np.int64)
        sizes = np.array([len(text.tokens) for text in corpus_token_ids], dtype=np.int64)
        token = tokens_of(corpus_token_ids)
        count = np.concatenate([text.counts for text in corpus_token_ids]).astype(np.float32)
        among = np.bincount(token, minlength=len(unique_token_ids))
        inverse = np.log(1 + (len(lengths) - among + 0.5) / (among + 0.5)).astype(np.float32)
        longer = self.k1 * (1 - self.b + self.b * lengths / lengths.mean())
        scores = inverse[token] * (count / (np.repeat(longer, sizes) + count))
        by_token = np.argsort(token, kind="stable")
        places = np.repeat(np.arange(len(lengths), dtype=np.int32), sizes)
        self.nonoccurrence_array = None
        return {
            "data": scores[by_token].astype(np.float32),
            "indices": places[by_token],
            "indptr": np.concatenate([[0], np.cumsum(among)]),
            "num_docs": len(lengths),
        }


class LexicalIndex:
    """Scores every text against a question."""

    def __init__(self, texts: Sequence[str], known: CutTexts | None = None) -> None:
        """Index texts; those that ``known`` has cut before are not cut again."""
        self._size = len(texts)
        self.cut, self.number = (known or CutTexts()).cut(texts)
        """The texts as they are counted, and the number of each token."""
        self._among = np.bincount(tokens_of(self.cut), minlength=len(self.number))
        self._model: bm25s.BM25 | None = None
        if any(text.length for text in self.cut):
            self._model = _CountedBM25(k1=1.2, b=0.6)
            self._model.index((self.cut, self.number), show_progress=False)

    def scores(self, words: Sequence[str]) -> Scores:
        """The BM25 score of each text for a question's tokens; shape ``(texts,)``."""
        known = [word for word in words if self._frequency(word)]
        if self._model is None or not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)

    def rarity(self, token: str) -> float:
        """The token's inverse document frequency; an unknown token is the rarest of all."""
        return math.log((self._size + 1) / (self._frequency(token) + 0.5))

    def _frequency(self, token: str) -> int:
        """In how many texts a token stands."""
        number = self.number.get(token)
        return 0 if number is None or number >= len(self._among) else int(self._among[number])
