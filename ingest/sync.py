"""The one road of knowledge: content → revisions → chunks → vectors → snapshot.

Each step leaves either the old or the new state. Revisions of a release are one transaction; the
vectors of new chunks are added beside the old ones; the snapshot row, written last, is what makes
the new state answer; only then is what no snapshot names deleted. A run killed anywhere is
completed by the next.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from knowledge_base.catalogue import build_catalogue, read_content
from knowledge_base.day import VIETNAM as VIETNAM
from knowledge_base.day import today as today
from knowledge_base.edition import chunks_on
from knowledge_base.index import Progress, VectorIndex, VectorsUnavailableError
from knowledge_base.reuse import Reuse
from knowledge_base.revisions import (
    Snapshot,
    SyncReport,
    add_snapshot,
    database_errors,
    load_release,
    newest_snapshot,
    published,
)

log = logging.getLogger(__name__)

_ADVISORY_LOCK = 7_041_945


class EmbeddingMismatchError(Exception):
    """The index was built by another embedding model than the one set now."""


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """What building a snapshot did."""

    snapshot_id: int
    chunks: int
    embedded: int
    """How many chunks were new and so embedded."""
    made: bool
    """False when the newest snapshot already was this one."""


@contextlib.contextmanager
def one_at_a_time(engine: Engine) -> Iterator[None]:
    """On PostgreSQL, wait until no other machine builds a snapshot; SQLite has one machine."""
    if engine.dialect.name != "postgresql":
        yield
        return
    # no transaction stays open meanwhile
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_LOCK})


def sync_content(engine: Engine, folder: Path, day: date | None = None) -> SyncReport:
    """Load a content folder as revisions of the release, all or none, from a day on or today.

    Raises:
        ContentError: when the folder has any problem; nothing is changed.
        DatabaseUnavailableError: when the database fails; nothing is changed.
    """
    catalogue = read_content(folder)
    with database_errors(), Session(engine) as session, session.begin():
        return load_release(session, catalogue.bodies, day)


def checked_snapshot(session: Session, fingerprint: str) -> Snapshot | None:
    """The newest snapshot, or None before the first ingest.

    Raises:
        EmbeddingMismatchError: when another embedding model made its vectors.
    """
    snapshot = newest_snapshot(session)
    if snapshot is not None and snapshot.embedding != fingerprint:
        raise EmbeddingMismatchError(
            f"Chỉ mục làm bằng mô hình “{snapshot.embedding}”, nay cài đặt là “{fingerprint}”. "
            "Chạy `hoixa ingest --rebuild` để làm lại, hoặc trả EMBEDDING_MODEL về như cũ. "
            "Chỉ mục cũ còn nguyên."
        )
    return snapshot


def make_snapshot(
    engine: Engine,
    vectors: VectorIndex,
    day: date,
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
    reuse: Reuse | None = None,
) -> SnapshotReport:
    """Make the newest published revisions answer.

    What ``reuse`` knows of them is not made again.

    Raises:
        EmbeddingMismatchError: without ``rebuild``, when another model made the vectors.
        VectorsUnavailableError: when the vector store fails; the old snapshot keeps answering.
        DatabaseUnavailableError: when the database fails; likewise.
        ContentError: when the published records contradict each other; likewise.
    """
    reuse = reuse or Reuse()
    with database_errors(), one_at_a_time(engine):
        with Session(engine) as session:
            current = (
                newest_snapshot(session)
                if rebuild
                else checked_snapshot(session, vectors.fingerprint)
            )
            live = published(session, day, reuse.known)
        revision_ids = frozenset(found.revision_id for found in live)
        catalogue = build_catalogue([found.body for found in live], checked=reuse.checked)
        chunks = chunks_on(catalogue.in_force(day), day, reuse)

        generation = current.generation if current else 0
        if current is None or rebuild:
            generation += 1
            vectors.discard(generation)
        embedded = vectors.write(chunks, generation, progress)

        made = current is None or rebuild or current.revision_ids != revision_ids
        if made:
            with Session(engine) as session, session.begin():
                snapshot_id = add_snapshot(session, generation, vectors.fingerprint, revision_ids)
        else:
            assert current is not None
            snapshot_id = current.id
        try:
            vectors.drop_stale(chunks, generation)
        except VectorsUnavailableError:
            log.exception("stale vectors stay until the next ingest")
        return SnapshotReport(snapshot_id, len(chunks), embedded, made)
