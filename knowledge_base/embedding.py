"""Sentence vectors behind LangChain's ``Embeddings``: the packaged one, or any named model."""

from __future__ import annotations

import math
import zlib
from collections import Counter

import numpy as np
from langchain_core.embeddings import Embeddings

from knowledge_base.syllables import fold, is_marked, pairs, syllables

Vectors = list[list[float]]


class EmbeddingUnavailableError(Exception):
    """The embedding model named in the settings cannot be loaded, or fails at its work."""


class Embedder(Embeddings):
    """An ``Embeddings`` that knows its name and size, so an index can tell who made it."""

    fingerprint: str
    """Changes whenever the vectors would."""
    dimension: int
    """Floats in a vector."""


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


class SentenceTransformersEmbedding(Embedder):
    """Any sentence-transformers model, by folder or hub name; needs the ``models`` extra.

    Raises:
        EmbeddingUnavailableError: when the extra is missing or the model cannot be loaded.
    """

    def __init__(self, model: str, query_prefix: str = "", passage_prefix: str = "") -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EmbeddingUnavailableError(
                "EMBEDDING_MODEL cần gói mở rộng “models”. Chạy lại `make run`, hoặc "
                "`pip install torch==2.13.0` rồi `pip install '.[models]'`."
            ) from error
        try:
            self._model = SentenceTransformer(model, device="cpu", trust_remote_code=False)
        except Exception as error:  # a broken model fails in as many ways as it has libraries
            raise EmbeddingUnavailableError(
                f"Không mở được mô hình “{model}”: {error}. Kiểm tra EMBEDDING_MODEL là một "
                "thư mục mô hình hoặc một tên tải được."
            ) from error
        self._query_prefix, self._passage_prefix = query_prefix, passage_prefix
        self.dimension = len(self.embed_query("xã"))
        self.fingerprint = f"{model}|{query_prefix}|{passage_prefix}/{self.dimension}"

    def embed_documents(self, texts: list[str]) -> Vectors:
        """One unit vector a text."""
        return self._encoded([self._passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self._encoded([self._query_prefix + text])[0]

    def _encoded(self, texts: list[str]) -> Vectors:
        try:
            rows = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        except (MemoryError, RuntimeError) as error:
            raise EmbeddingUnavailableError(f"Mô hình nhúng không tính được: {error}") from error
        return [[float(value) for value in row] for row in np.asarray(rows)]


def load_embedding(model: str, query_prefix: str = "", passage_prefix: str = "") -> Embedder:
    """The packaged embedding for an empty name, otherwise a sentence-transformers model.

    Raises:
        EmbeddingUnavailableError: when the named model cannot be loaded.
    """
    if model:
        return SentenceTransformersEmbedding(model, query_prefix, passage_prefix)
    return HashedEmbedding()
