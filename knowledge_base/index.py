"""The vectors, in Chroma: one collection a scope, one owner process of an embedded store."""

from __future__ import annotations

import contextlib
import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import chromadb
from chromadb import Collection
from chromadb.api import ClientAPI
from chromadb.api.client import Client
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
_SPARE_BYTES = 16_000_000
"""Room that a write leaves on the disk of an embedded store."""


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


def _named_errors(error: Exception, folder: Path | None = None) -> VectorsUnavailableError:
    words = str(error).lower()
    full = "disk is full" in words or "no space left" in words or "(code: 13)" in words
    if full or (folder is not None and _free_bytes(folder) < _SPARE_BYTES // 16):
        return VectorStoreFullError(
            f"Đĩa chứa chỉ mục đã đầy ({error}). Dọn chỗ rồi chạy lại; dữ liệu cũ còn nguyên."
        )
    return VectorsUnavailableError(
        f"Không đọc ghi được kho vectơ ({error}). Kiểm tra CHROMA_URL và máy chủ Chroma, hoặc thư "
        "mục chỉ mục trong DATA_DIR."
    )


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


@contextlib.contextmanager
def _translated(folder: Path | None = None) -> Iterator[None]:
    try:
        yield
    except (ChromaError, HTTPError, OSError, ValueError) as error:
        raise _named_errors(error, folder) from error


class VectorIndex:
    """The vectors of all chunks, in Chroma.

    Ids of chunks are derived from their words, so a chunk that is already there is never embedded
    again, and vectors of chunks that no snapshot names do no harm until they are dropped.
    """

    def __init__(
        self, connect: Callable[[], ClientAPI], embedding: Embedder, folder: Path | None = None
    ) -> None:
        self._connect = connect
        self._embedding = embedding
        self._folder = folder
        self._connected: ClientAPI | None = None
        self._stores: dict[str, Chroma] = {}
        self._searched: dict[str, Collection] = {}
        self._lock = threading.RLock()

    @property
    def fingerprint(self) -> str:
        """The embedding that new vectors are made with."""
        return self._embedding.fingerprint

    @property
    def embedding(self) -> Embedder:
        """What new vectors are made with."""
        return self._embedding

    @classmethod
    def embedded(cls, folder: Path, embedding: Embedder) -> VectorIndex:
        """A store in a folder of this machine; the caller holds :func:`owning`.

        Raises:
            VectorsUnavailableError: when it cannot be opened.
        """
        settings = ChromaSettings(anonymized_telemetry=False)
        index = cls(
            lambda: chromadb.PersistentClient(str(folder), settings=settings), embedding, folder
        )
        with _translated(folder):
            index._open()
        return index

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
        host, secure = parts.hostname, parts.scheme == "https"
        with _translated():
            port = parts.port or (443 if secure else 8000)
            settings = ChromaSettings(anonymized_telemetry=False)
            index = cls(
                lambda: chromadb.HttpClient(host=host, port=port, ssl=secure, settings=settings),
                embedding,
            )
            index._open()
        return index

    def _open(self) -> ClientAPI:
        with self._lock:
            if self._connected is None:
                try:
                    self._connected = self._connect()
                except ChromaError:
                    # Chroma keeps what it failed to open, and would hand it out the next time
                    Client.clear_system_cache()
                    raise
            return self._connected

    def close(self) -> None:
        """Let go of an embedded store, which the next use opens again."""
        with self._lock:
            self._forget()
            if self._folder is not None and isinstance(self._connected, Client):
                self._connected.close()
                self._connected = None

    def _forget(self) -> None:
        self._stores.clear()
        self._searched.clear()

    @contextlib.contextmanager
    def _working(self) -> Iterator[ClientAPI]:
        """Name the store's errors, and begin anew after one.

        Embedded Chroma keeps the lock of a write that failed, and would wait for it for ever at the
        next; on a server, another machine may have made a collection anew.
        """
        try:
            with _translated(self._folder):
                yield self._open()
        except VectorsUnavailableError:
            self.close()
            raise

    def _store(self, scope: str, generation: int) -> Chroma:
        name = collection_name(scope, generation)
        if name not in self._stores:
            self._stores[name] = Chroma(
                client=self._open(),
                collection_name=name,
                embedding_function=self._embedding,
                collection_metadata={"hnsw:space": "cosine"},
            )
        return self._stores[name]

    def _drop(self, name: str) -> None:
        self._stores.pop(name, None)
        self._searched.pop(name, None)

    def discard(self, generation: int) -> None:
        """Delete what an interrupted build left of a generation that never answered.

        Raises:
            VectorsUnavailableError: when the store fails.
        """
        with self._working() as client:
            for collection in client.list_collections():
                name = collection.name
                if name.startswith(_PREFIX) and name.endswith(f".g{generation}"):
                    client.delete_collection(name)
                    self._drop(name)

    def write(
        self, chunks: Iterable[Chunk], generation: int, progress: Progress | None = None
    ) -> int:
        """Embed and add the chunks that are not there yet; returns how many those were.

        Raises:
            VectorsUnavailableError: when the store fails; what was written stays and is reused.
        """
        with self._working():
            missing: dict[str, list[Chunk]] = {}
            for scope, wanted in _by_scope(chunks).items():
                there = set(self._store(scope, generation).get(include=[])["ids"])
                missing[scope] = [chunk for chunk in wanted if chunk.id not in there]
            total = sum(map(len, missing.values()))
            self._check_room(total)
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

    def _check_room(self, count: int) -> None:
        """Refuse what would fill the disk; a full disk in the middle of a write harms Chroma.

        Chroma 1.5 keeps up to 10 kB for a chunk with a vector of 4 kB, measured with 100 to 3,500.
        """
        if self._folder is None or not count:
            return
        needed = count * (3 * 4 * self._embedding.dimension + 4096) + _SPARE_BYTES
        if (free := _free_bytes(self._folder)) < needed:
            raise VectorStoreFullError(
                f"Đĩa chứa chỉ mục chỉ còn {free / 1e6:.0f} MB trống, {count} đoạn mới cần khoảng "
                f"{needed / 1e6:.0f} MB. Dọn chỗ rồi chạy lại; dữ liệu cũ còn nguyên."
            )

    def missing(self, chunks: Iterable[Chunk], generation: int) -> int:
        """How many of the chunks have no vector.

        Raises:
            VectorsUnavailableError: when the store cannot be read.
        """
        with self._working():
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
        with self._working() as client:
            kept = {
                collection_name(scope, generation): {chunk.id for chunk in wanted}
                for scope, wanted in _by_scope(chunks).items()
            }
            for collection in client.list_collections():
                if not collection.name.startswith(_PREFIX):
                    continue
                if collection.name not in kept:
                    client.delete_collection(collection.name)
                    self._drop(collection.name)
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
        vector = self._embedding.embed_query(text)
        found: dict[str, float] = {}
        with self._lock:
            try:
                with _translated(self._folder):
                    for scope in scopes:
                        found |= self._similarities(scope, generation, vector, count)
            except VectorsUnavailableError:
                self._forget()
                raise
        return found

    def _similarities(
        self, scope: str, generation: int, vector: Sequence[float], count: int
    ) -> Mapping[str, float]:
        """As ``nearest`` for one scope.

        LangChain's store would read the texts as well, which takes twice as long.
        """
        name = collection_name(scope, generation)
        if name not in self._searched:
            self._searched[name] = self._open().get_collection(name, embedding_function=None)
        nearest = self._searched[name].query(
            query_embeddings=[vector], n_results=count, include=["distances"]
        )
        (ids,), distances = nearest["ids"], nearest["distances"] or [[]]
        return {one: 1.0 - distance for one, distance in zip(ids, distances[0], strict=True)}


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
