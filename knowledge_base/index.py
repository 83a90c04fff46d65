"""The vectors, in Chroma: one collection a scope, one owner process of an embedded store."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError
from filelock import FileLock, Timeout
from httpx import HTTPError
from langchain_chroma import Chroma

from knowledge_base.chunk import Chunk
from knowledge_base.embedding import Embedder

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with (chunks done, chunks to do)."""

_BATCH = 128


class IndexOwnedError(Exception):
    """Another process owns the embedded index."""


class VectorsUnavailableError(Exception):
    """The vector store cannot be read or written."""


class VectorStoreFullError(VectorsUnavailableError):
    """The disk of the vector store is full."""


@contextlib.contextmanager
def owning(folder: Path) -> Iterator[None]:
    """Hold the embedded index alone: two processes on one Chroma folder destroy it.

    Raises:
        IndexOwnedError: when another process holds it. The lock ends with its process.
        VectorsUnavailableError: when the folder cannot be written.
    """
    lock = FileLock(folder / "owner.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise IndexOwnedError(
            f"Chỉ mục ở {folder} đang do một tiến trình khác giữ, dịch vụ hoặc một lần nạp. "
            "Đợi nó xong hoặc dừng nó rồi chạy lại."
        ) from None
    except OSError as error:
        raise _named_errors(error) from error
    try:
        yield
    finally:
        lock.release()


def _named_errors(error: Exception) -> VectorsUnavailableError:
    words = str(error).lower()
    if "disk is full" in words or "no space left" in words or "(code: 13)" in words:
        return VectorStoreFullError(f"Đĩa chứa chỉ mục đã đầy: {error}")
    return VectorsUnavailableError(
        f"Không đọc ghi được kho vectơ ({error}). Kiểm tra CHROMA_URL và máy chủ Chroma, hoặc thư "
        "mục chỉ mục trong DATA_DIR."
    )


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (ChromaError, HTTPError, OSError, ValueError) as error:
        raise _named_errors(error) from error


class VectorIndex:
    """The vectors of all chunks, in Chroma.

    Ids of chunks are derived from their words, so a chunk that is already there is never embedded
    again, and vectors of chunks that no snapshot names do no harm until they are dropped.
    """

    def __init__(self, client: ClientAPI, embedding: Embedder) -> None:
        self._client = client
        self._embedding = embedding
        self._stores: dict[str, Chroma] = {}

    @property
    def fingerprint(self) -> str:
        """The embedding that new vectors are made with."""
        return self._embedding.fingerprint

    @classmethod
    def embedded(cls, folder: Path, embedding: Embedder) -> VectorIndex:
        """A store in a folder of this machine; the caller holds :func:`owning`.

        Raises:
            VectorsUnavailableError: when it cannot be opened.
        """
        with _translated():
            settings = ChromaSettings(anonymized_telemetry=False)
            return cls(chromadb.PersistentClient(str(folder), settings=settings), embedding)

    @classmethod
    def server(cls, url: str, embedding: Embedder) -> VectorIndex:
        """A store on a Chroma server, such as ``http://chroma:8000``.

        Raises:
            VectorsUnavailableError: when it cannot be reached.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise VectorsUnavailableError(
                f"CHROMA_URL “{url}” không đúng dạng. Viết như http://chroma:8000."
            )
        secure = parts.scheme == "https"
        with _translated():
            client = chromadb.HttpClient(
                host=parts.hostname,
                port=parts.port or (443 if secure else 8000),
                ssl=secure,
                settings=ChromaSettings(anonymized_telemetry=False),
            )
        return cls(client, embedding)

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        """Name the store's errors, and forget collections that another machine may have remade."""
        try:
            with _translated():
                yield
        except VectorsUnavailableError:
            self._stores.clear()
            raise

    def _store(self, scope: str, generation: int, *, make: bool = True) -> Chroma:
        name = collection_name(scope, generation)
        if name not in self._stores:
            self._stores[name] = Chroma(
                client=self._client,
                collection_name=name,
                embedding_function=self._embedding,
                collection_metadata={"hnsw:space": "cosine"},
                create_collection_if_not_exists=make,
            )
        return self._stores[name]

    def discard(self, generation: int) -> None:
        """Delete what an interrupted build left of a generation that never answered.

        Raises:
            VectorsUnavailableError: when the store fails.
        """
        with self._reaching():
            for collection in self._client.list_collections():
                name = collection.name
                if name.startswith(_PREFIX) and name.endswith(f".g{generation}"):
                    self._client.delete_collection(name)
                    self._stores.pop(name, None)

    def write(
        self, chunks: Iterable[Chunk], generation: int, progress: Progress | None = None
    ) -> int:
        """Embed and add the chunks that are not there yet; returns how many those were.

        Raises:
            VectorsUnavailableError: when the store fails; what was written stays and is reused.
        """
        with self._reaching():
            missing: dict[str, list[Chunk]] = {}
            for scope, wanted in _by_scope(chunks).items():
                there = set(self._store(scope, generation).get(include=[])["ids"])
                missing[scope] = [chunk for chunk in wanted if chunk.id not in there]
            total = sum(map(len, missing.values()))
            done = 0
            if progress:
                progress(0, total)
            for scope, fresh in missing.items():
                store = self._store(scope, generation)
                for start in range(0, len(fresh), _BATCH):
                    batch = fresh[start : start + _BATCH]
                    store.add_texts(
                        [chunk.text for chunk in batch],
                        metadatas=[{"record": chunk.record_id} for chunk in batch],
                        ids=[chunk.id for chunk in batch],
                    )
                    done += len(batch)
                    if progress:
                        progress(done, total)
            return total

    def missing(self, chunks: Iterable[Chunk], generation: int) -> int:
        """How many of the chunks have no vector.

        Raises:
            VectorsUnavailableError: when the store cannot be read.
        """
        with self._reaching():
            return sum(
                len(
                    {chunk.id for chunk in wanted}
                    - set(self._store(scope, generation).get(include=[])["ids"])
                )
                for scope, wanted in _by_scope(chunks).items()
            )

    def drop_stale(self, chunks: Iterable[Chunk], generation: int) -> None:
        """Delete the vectors that no chunk names and the collections of other generations.

        Raises:
            VectorsUnavailableError: when the store fails; nothing that answers is lost.
        """
        with self._reaching():
            kept = {
                collection_name(scope, generation): {chunk.id for chunk in wanted}
                for scope, wanted in _by_scope(chunks).items()
            }
            for collection in self._client.list_collections():
                if not collection.name.startswith(_PREFIX):
                    continue
                if collection.name not in kept:
                    self._client.delete_collection(collection.name)
                    self._stores.pop(collection.name, None)
                    continue
                stale = set(collection.get(include=[])["ids"]) - kept[collection.name]
                for batch in _batches(sorted(stale)):
                    collection.delete(ids=batch)

    def nearest(
        self, text: str, scopes: Sequence[str], generation: int, count: int
    ) -> Mapping[str, float]:
        """The cosine similarity of the nearest chunks of some scopes, by chunk id.

        ``scopes`` are those that have chunks.

        Raises:
            VectorsUnavailableError: when the store cannot be read.
        """
        with self._reaching():
            vector = self._embedding.embed_query(text)
            found: dict[str, float] = {}
            for scope in scopes:
                store = self._store(scope, generation, make=False)
                for document, distance in store.similarity_search_by_vector_with_relevance_scores(
                    vector, k=count
                ):
                    if document.id is not None:
                        found[document.id] = 1.0 - distance
            return found


_PREFIX = "hoixa-"


def collection_name(scope: str, generation: int) -> str:
    """The collection that holds a scope's vectors in a generation."""
    return f"{_PREFIX}{scope.replace(':', '-')}.g{generation}"


def _by_scope(chunks: Iterable[Chunk]) -> dict[str, list[Chunk]]:
    grouped: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        grouped.setdefault(chunk.scope, []).append(chunk)
    return grouped


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
