"""BM25 over syllables and their pairs, marked and folded (Robertson & Zaragoza, 2009)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

from knowledge_base.syllables import tokens

Scores = NDArray[np.float32]


class LexicalIndex:
    """Scores every text against a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        cut = [tokens(text) for text in texts]
        self._frequency = Counter(token for words in cut for token in set(words))
        self._model: bm25s.BM25 | None = None
        if any(cut):
            self._model = bm25s.BM25(k1=1.2, b=0.6)
            self._model.index(cut, show_progress=False)

    def scores(self, words: Sequence[str]) -> Scores:
        """The BM25 score of each text for a question's tokens; shape ``(texts,)``."""
        known = [word for word in words if word in self._frequency]
        if self._model is None or not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)

    def rarity(self, token: str) -> float:
        """The token's inverse document frequency; an unknown token is the rarest of all."""
        return math.log((self._size + 1) / (self._frequency.get(token, 0) + 0.5))
