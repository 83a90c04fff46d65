"""One snapshot loaded into memory: its records in force, its chunks and their lexical index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge_base.catalogue import Catalogue
from knowledge_base.chunk import Chunk
from knowledge_base.guide import Guide
from knowledge_base.lexical import LexicalIndex
from knowledge_base.procedure import Procedure
from knowledge_base.reuse import Reuse
from knowledge_base.revisions import Snapshot


@dataclass(frozen=True, slots=True)
class Scope:
    """What applies in one commune."""

    records: Mapping[str, Procedure | Guide]
    """The narrowest version of each record, by id."""
    allowed: NDArray[np.bool_]
    """Which of the edition's chunks belong to those versions; shape ``(chunks,)``."""
    collections: tuple[str, ...]
    """The scopes whose collections hold any of those chunks."""
    versions: tuple[tuple[str, str], ...]
    """The (id, scope) of each record: equal for communes to which the same applies."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Edition:
    """Everything that answers until the next snapshot or the next day."""

    snapshot: Snapshot
    day: date
    catalogue: Catalogue
    chunks: tuple[Chunk, ...]
    lexical: LexicalIndex
    place_of: Mapping[str, int]
    """The position of each chunk, by id."""
    _scopes: dict[str, Scope] = field(default_factory=dict)

    @classmethod
    def load(
        cls, snapshot: Snapshot, catalogue: Catalogue, day: date, reuse: Reuse | None = None
    ) -> Edition:
        """Cut and index the records of ``catalogue`` that hold on ``day``.

        What ``reuse`` knows of them is not made again.
        """
        reuse = reuse or Reuse()
        current = catalogue.in_force(day)
        chunks = chunks_on(current, day, reuse)
        return cls(
            snapshot,
            day,
            current,
            chunks,
            LexicalIndex([chunk.text for chunk in chunks], reuse.texts),
            {chunk.id: place for place, chunk in enumerate(chunks)},
        )

    def scope(self, commune_id: str) -> Scope:
        """What applies in a commune of the catalogue."""
        if commune_id not in self._scopes:
            records = self.catalogue.for_commune(commune_id)
            allowed = np.array(
                [
                    (item := records.get(chunk.record_id)) is not None and item.scope == chunk.scope
                    for chunk in self.chunks
                ],
                dtype=np.bool_,
            )
            collections = tuple(sorted({item.scope for item in records.values()}))
            versions = tuple(sorted(item.key for item in records.values()))
            self._scopes[commune_id] = Scope(records, allowed, collections, versions)
        return self._scopes[commune_id]


def chunks_on(catalogue: Catalogue, day: date, reuse: Reuse | None = None) -> tuple[Chunk, ...]:
    """The chunks of every record of every scope, in a stable order."""
    reuse = reuse or Reuse()
    reuse.expect(len(catalogue.records))
    return tuple(
        chunk
        for key in sorted(catalogue.records)
        for chunk in reuse.chunks_of(catalogue.records[key], day)
    )
