"""An edition in memory as it would be after a change, searched as if it were published."""

from __future__ import annotations

import logging
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from knowledge_base.catalogue import Body, build_catalogue
from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.edition import Edition, chunks_on
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.index import VectorIndex, VectorsUnavailableError
from knowledge_base.reuse import Reuse

log = logging.getLogger(__name__)

_LOOKED_FROM = 40
"""From so many changed texts at most the nearest questions of other records are looked for."""
_LOOKED_AT = 40
"""So many chunks around each of them, beside the record's own."""


class StoredNearest:
    """What the vector store of one edition says, asked once of each text."""

    def __init__(self, vectors: VectorIndex, base: Edition) -> None:
        """Ask the store of ``base``."""
        self.embedding = vectors.embedding
        self.base = base
        self.scopes = frozenset(chunk.scope for chunk in base.chunks)
        self._vectors = vectors
        self._known: dict[tuple[str, tuple[str, ...]], tuple[int, Mapping[str, float]]] = {}

    def __call__(self, text: str, scopes: Sequence[str], count: int) -> Mapping[str, float]:
        """At least ``count`` chunks of each of some scopes, by id, where there are so many.

        Raises:
            VectorsUnavailableError: when the store cannot be read.
        """
        stored = tuple(scope for scope in scopes if scope in self.scopes)
        asked, found = self._known.get((text, stored), (-1, {}))
        if asked < count:
            found = self._vectors.nearest(text, stored, self.base.snapshot.generation, count)
            self._known[text, stored] = (count, found)
        return found


class TrialKnowledge:
    """An edition in memory that shares the vectors of the live one it was changed from."""

    def __init__(self, stored: StoredNearest, tried: Edition) -> None:
        """Answer from ``tried``; what the stored edition lacks is embedded here.

        Raises:
            EmbeddingUnavailableError: when the embedding model fails.
        """
        base = stored.base
        self._stored = stored
        self._base = base
        self._tried = tried
        kept = base.place_of.keys() & tried.place_of.keys()
        self._fresh = tuple(chunk for chunk in tried.chunks if chunk.id not in kept)
        self._gone = tuple(chunk for chunk in base.chunks if chunk.id not in kept)
        self._scope_of = {chunk.id: chunk.scope for chunk in base.chunks}
        going = Counter(chunk.scope for chunk in self._gone)
        self._going = max(going.values(), default=0)
        self._rows = self._embedded([chunk.text for chunk in self._fresh])

    def edition(self) -> Edition:
        """The edition that is tried."""
        return self._tried

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """What the vector store would say once the change were published.

        The store keeps the vectors of unchanged chunks; the new ones are compared one by one, and
        as many more are asked of the store as it holds of those that would go.
        """
        scopes = edition.scope(commune_id).collections
        try:
            found = self._stored(text, scopes, count + self._going)
            fresh = self._fresh_nearest(text, scopes)
        except (EmbeddingUnavailableError, VectorsUnavailableError):
            log.exception("trying by words alone")
            return {}
        gone = {chunk.id for chunk in self._gone}
        by_scope: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        for chunk_id, similarity in found.items():
            if chunk_id not in gone and (scope := self._scope_of.get(chunk_id)) is not None:
                by_scope[scope].append((similarity, chunk_id))
        for chunk, similarity in fresh:
            by_scope[chunk.scope].append((similarity, chunk.id))
        return {
            chunk_id: similarity
            for ranked in by_scope.values()
            for similarity, chunk_id in sorted(ranked, reverse=True)[:count]
        }

    def near(
        self, commune: str, without: str, related: Collection[str], count: int
    ) -> tuple[Chunk, ...]:
        """Questions of other records that lie nearest to what changed, the nearest first.

        Up to half of them are of the related records, near or not.

        Raises:
            EmbeddingUnavailableError: when the embedding model fails.
        """
        changed = [
            chunk.text for chunk in (*self._fresh, *self._gone) if chunk.record_id == without
        ]
        if not changed or count <= 0:
            return ()
        rows = self._embedded(changed)
        records = self._tried.scope(commune).records
        near_by = [
            chunk
            for chunk in self._tried.chunks
            if chunk.kind is ChunkKind.QUESTION
            and chunk.record_id in related
            and records[chunk.record_id].scope == chunk.scope
        ]
        first = self._ranked(near_by, rows)
        others = self._ranked(
            (
                chunk
                for chunk in self._around(changed, commune, without)
                if chunk.record_id not in related
            ),
            rows,
        )
        kept = max(count // 2, count - len(others))
        return (*first[:kept], *others)[:count]

    def _around(self, texts: Sequence[str], commune: str, without: str) -> Iterable[Chunk]:
        """Question chunks of other records among those that lie around some texts."""
        scope = self._tried.scope(commune)
        own = sum(chunk.record_id == without for chunk in self._base.chunks)
        step = max(1, math.ceil(len(texts) / _LOOKED_FROM))
        found: dict[str, Chunk] = {}
        for text in texts[::step]:
            try:
                ids = self._stored(text, scope.collections, _LOOKED_AT + own + self._going)
            except VectorsUnavailableError:
                log.exception("no neighbours are tried")
                return ()
            for chunk_id in ids:
                place = self._tried.place_of.get(chunk_id)
                if place is not None and scope.allowed[place]:
                    chunk = self._tried.chunks[place]
                    if chunk.kind is ChunkKind.QUESTION and chunk.record_id != without:
                        found[chunk_id] = chunk
        return found.values()

    def _ranked(self, chunks: Iterable[Chunk], rows: NDArray[np.float32]) -> list[Chunk]:
        listed = list(chunks)
        if not listed:
            return []
        nearness = (self._embedded([chunk.text for chunk in listed]) @ rows.T).max(axis=1)
        return [listed[place] for place in np.argsort(-nearness, kind="stable")]

    def _fresh_nearest(self, text: str, scopes: Sequence[str]) -> Iterator[tuple[Chunk, float]]:
        if self._fresh:
            asked = _unit(np.array([self._stored.embedding.embed_query(text)], dtype=np.float32))
            similarities = self._rows @ asked[0]
            for chunk, similarity in zip(self._fresh, similarities, strict=True):
                if chunk.scope in scopes:
                    yield chunk, float(similarity)

    def _embedded(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors; shape ``(texts, dimension)``."""
        if not texts:
            return np.zeros((0, self._stored.embedding.dimension), dtype=np.float32)
        return _unit(np.array(self._stored.embedding.embed_documents(texts), dtype=np.float32))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def tried_edition(
    base: Edition, body: Body, *, withdrawn: bool, reuse: Reuse | None = None
) -> Edition:
    """What would answer once a record is published, or ended.

    What ``reuse`` knows of the other records is not made again.

    Raises:
        ContentError: when it does not fit the rest.
    """
    bodies = [one for one in base.catalogue.bodies if one.key != body.key]
    if not withdrawn:
        bodies.append(body)
    reuse = reuse or Reuse()
    built = build_catalogue(bodies, base.catalogue.legal_texts, reuse.checked)
    whole = replace(built, communes={**base.catalogue.communes, **built.communes})
    current = whole.in_force(base.day)
    chunks = chunks_on(current, base.day, reuse)
    if chunks == base.chunks:
        return replace(base, catalogue=current, _scopes={})
    return Edition.load(base.snapshot, whole, base.day, reuse)
