"""Published knowledge held in memory, with exact nearest chunks: no database, no vector store."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from knowledge_base.edition import Edition
from knowledge_base.embedding import Embedder


class KnowledgeInMemory:
    """A ``Knowledge`` of one edition."""

    def __init__(self, edition: Edition, embedder: Embedder) -> None:
        self._edition = edition
        self._embedder = embedder
        texts = [chunk.text for chunk in edition.chunks]
        self._vectors = np.array(embedder.embed_documents(texts), dtype=np.float32)

    def edition(self) -> Edition:
        """The edition."""
        return self._edition

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """Cosine similarities of the ``count`` nearest chunks of a commune, by id."""
        similarities = self._vectors @ np.array(self._embedder.embed_query(text), dtype=np.float32)
        there = np.flatnonzero(edition.scope(commune_id).allowed)
        nearest = there[np.argsort(-similarities[there])[:count]]
        return {edition.chunks[place].id: float(similarities[place]) for place in nearest}
