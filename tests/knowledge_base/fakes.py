"""Embeddings that tests can watch and break."""

from __future__ import annotations

from knowledge_base.embedding import EmbeddingUnavailableError, HashedEmbedding, Vectors


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
