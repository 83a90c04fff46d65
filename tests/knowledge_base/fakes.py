"""Embeddings that need no file, and that tests can watch and break."""

from __future__ import annotations

import math
import zlib
from collections import Counter

import numpy as np

from knowledge_base.embedding import Embedder, EmbeddingUnavailableError, Vectors
from knowledge_base.syllables import fold, is_marked, pairs, syllables

_WEIGHTS = {"syllable": 1.0, "pair": 1.3, "marked": 0.5, "trigram": 0.35}


class HashedEmbedding(Embedder):
    """Signed feature hashing of syllables, pairs and letter trigrams; needs no model file.

    Weinberger et al., “Feature Hashing for Large Scale Multitask Learning” (ICML 2009). Vectors
    have unit length. Trigrams forgive a misspelt syllable; folded features forgive missing marks.
    """

    def __init__(self, dimension: int = 1024) -> None:
        self.dimension = dimension
        self.fingerprint = f"hashed-syllables-1/{dimension}"

    def embed_documents(self, texts: list[str]) -> Vectors:
        """One unit vector a text."""
        return [self._vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self._vector(text)

    def _vector(self, text: str) -> list[float]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for (kind, feature), count in Counter(self._features(text)).items():
            digest = zlib.crc32(f"{kind}:{feature}".encode())
            sign = 1.0 if digest & 0x80000000 else -1.0
            weight = _WEIGHTS[kind] * (1.0 + math.log(count))
            vector[digest % self.dimension] += sign * weight
        length = float(np.linalg.norm(vector))
        return [float(value) for value in (vector / length if length else vector)]

    @staticmethod
    def _features(text: str) -> list[tuple[str, str]]:
        words = syllables(text)
        folded = [fold(word) for word in words]
        found = [("syllable", word) for word in folded]
        found += [("pair", pair) for pair in pairs(folded)]
        found += [("marked", word) for word in words if is_marked(word)]
        for word in folded:
            padded = f"<{word}>"
            found += [("trigram", padded[at : at + 3]) for at in range(len(padded) - 2)]
        return found


class CountingEmbedding(HashedEmbedding):
    """Remembers which texts it embedded; ``fails_after`` so many batches it breaks."""

    def __init__(self, dimension: int = 64) -> None:
        super().__init__(dimension)
        self.embedded: list[str] = []
        self.fails_after: int | None = None

    def embed_documents(self, texts: list[str]) -> Vectors:
        """The vectors of ``texts``."""
        if self.fails_after is not None:
            if not self.fails_after:
                raise EmbeddingUnavailableError("Mô hình nhúng không tính được: hết bộ nhớ")
            self.fails_after -= 1
        self.embedded += texts
        return super().embed_documents(texts)
