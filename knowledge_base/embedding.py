"""Sentence vectors behind LangChain's ``Embeddings``: the packaged one, or any named model."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

Vectors = list[list[float]]

PACKAGED = Path(__file__).parent / "model"


class EmbeddingUnavailableError(Exception):
    """The embedding model named in the settings cannot be loaded, or fails at its work."""


class Embedder(Embeddings):
    """An ``Embeddings`` that knows its name and size, so an index can tell who made it."""

    fingerprint: str
    """Changes whenever the vectors would."""
    dimension: int
    """Floats in a vector."""


class PackagedEmbedding(Embedder):
    """The model that comes with the code: the mean of a text's token vectors, at unit length.

    ``make train`` made it (see the model card in its folder). It is a sentence-transformers folder
    read without torch. A text in which nothing is known has the vector of zeros, which is like
    nothing.

    Raises:
        EmbeddingUnavailableError: when its files are missing or damaged.
    """

    def __init__(self, folder: Path = PACKAGED) -> None:
        from model2vec import StaticModel
        from safetensors import SafetensorError
        from safetensors.numpy import load
        from tokenizers import Tokenizer

        try:
            stored = (folder / "model.safetensors").read_bytes()
            cut = (folder / "tokenizer.json").read_bytes()
            tensors = load(stored)
            self._model = StaticModel(
                tensors["embeddings"],
                Tokenizer.from_buffer(cut),
                weights=tensors["weights"],
                normalize=True,
                max_length=None,
            )
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise EmbeddingUnavailableError(
                f"Không mở được mô hình nhúng đi kèm ở {folder}: {error}. Cài lại gói này, hoặc "
                "chạy `git checkout knowledge_base/model` rồi khởi động lại."
            ) from error
        self.dimension = self._model.dim
        digest = hashlib.sha256(hashlib.sha256(stored).digest() + cut).hexdigest()[:16]
        self.fingerprint = f"hoixa-static/{digest}/{self.dimension}"
        # the tokenizer is set anew in every call, and must not be read meanwhile
        self._lock = threading.Lock()

    def embed_documents(self, texts: list[str]) -> Vectors:
        """One unit vector a text."""
        rows: Vectors = self._encoded(texts).tolist() if texts else []
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        row: list[float] = self._encoded([text])[0].tolist()
        return row

    def _encoded(self, texts: list[str]) -> NDArray[np.float32]:
        whole = [text.encode(errors="replace").decode() for text in texts]  # half an emoji
        with self._lock:
            rows = self._model.encode(whole, use_multiprocessing=False)
        return np.asarray(rows, dtype=np.float32)


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
    return _packaged()


@cache
def _packaged() -> PackagedEmbedding:
    """Read once a process: nothing changes it."""
    return PackagedEmbedding()
