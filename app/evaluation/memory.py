"""Published knowledge held in memory, with exact nearest chunks: no database, no vector store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.evaluation.fusion import Scores, best_first
from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.embedding import Embedder
from knowledge_base.lexical import LexicalIndex

_BATCH = 256

Vectors = NDArray[np.float32]
"""One row a chunk, at unit length."""


class KnowledgeInMemory:
    """A ``Knowledge`` of one edition."""

    def __init__(
        self, edition: Edition, embedder: Embedder, vectors: Vectors | None = None
    ) -> None:
        self._edition, self._embedder = edition, embedder
        self._vectors = self._embedded() if vectors is None else vectors

    def _embedded(self) -> Vectors:
        texts = [chunk.text for chunk in self._edition.chunks]
        matrix = np.empty((len(texts), self._embedder.dimension), dtype=np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            matrix[start : start + len(batch)] = self._embedder.embed_documents(batch)
        return matrix

    def edition(self) -> Edition:
        """The edition."""
        return self._edition

    def without_questions(self) -> KnowledgeInMemory:
        """The same without residents' questions; nothing is embedded again."""
        chunks = self._edition.chunks
        kept = [place for place, one in enumerate(chunks) if one.kind is not ChunkKind.QUESTION]
        fewer = tuple(chunks[place] for place in kept)
        edition = replace(
            self._edition,
            chunks=fewer,
            lexical=LexicalIndex([chunk.text for chunk in fewer]),
            place_of={chunk.id: place for place, chunk in enumerate(fewer)},
            _scopes={},
        )
        return KnowledgeInMemory(edition, self._embedder, self._vectors[kept])

    def without_vectors(self) -> WordsAlone:
        """The same while the vector store fails."""
        return WordsAlone(self._edition, self._embedder, self._vectors)

    def similarities(self, text: str) -> Scores:
        """The cosine similarity of every chunk; shape ``(chunks,)``."""
        vector = np.asarray(self._embedder.embed_query(text), dtype=np.float32)
        found: Scores = (self._vectors @ vector).astype(np.float64)
        return found

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """Cosine similarities of the ``count`` nearest chunks of a commune, by id."""
        similarities = self.similarities(text)
        there = np.flatnonzero(edition.scope(commune_id).allowed)
        best = there[best_first(similarities[there], count)]
        return {edition.chunks[place].id: float(similarities[place]) for place in best}


class WordsAlone(KnowledgeInMemory):
    """The same while the vector store fails."""

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """Nothing."""
        return {}
