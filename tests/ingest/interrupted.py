"""An ingest that can be ended anywhere, and what is found standing afterwards.

The ingest is made of the functions that `hoixa ingest` calls. It notes every step of its writing,
and a `kill -9` is aimed so long after one of them: counting steps, not seconds from the start,
spreads the moments over the whole run however busy the machine is. Publishing is ended in the same
way, in `tests/app/records/interrupted_publish.py`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.main import Stores, open_stores
from app.records.database import open_database
from app.settings import Settings
from ingest.live import LiveKnowledge, NothingIngestedError
from ingest.sync import make_snapshot, sync_content, today
from knowledge_base import index
from knowledge_base.catalogue import Catalogue, build_catalogue
from knowledge_base.edition import chunks_on
from knowledge_base.embedding import PackagedEmbedding, Vectors
from knowledge_base.index import VectorIndex, collection_name, owning
from knowledge_base.revisions import content_hash, newest_snapshot, snapshot_bodies
from tests.ingest.processes import context

_BATCH = 8
"""Smaller batches make more moments between them."""

Hashes = Mapping[str, str]
"""The content hash of every record, by kind, id and scope."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state that answers."""

    hashes: Hashes
    chunks: int
    without_vector: int
    """Chunks whose vector is missing or, in a sample, is not that of their words."""
    stale: int
    """Vectors of no chunk, and collections of no generation that answers."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found after an ingest was ended, and after the next one."""

    standing: Standing | None
    answered: Hashes | None
    """By a service that was started then; None when it said that there is nothing yet."""
    completed: Standing | None
    """By the next ingest; None where none was run."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When to `kill -9`."""

    step: int
    delay: float
    """Seconds after that step began."""


class Diary:
    """The steps of a run, each on a line of a file, and the moment at which the run ends."""

    def __init__(self, path: Path, end: Moment | None) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._end = end
        self._steps = 0

    def step(self, name: str) -> None:
        """Note a step, and end the process where it is told to end in it."""
        os.write(self._file, f"{name}\n".encode())
        self._steps += 1
        if self._end is not None and self._steps == self._end.step:
            threading.Timer(self._end.delay, os.kill, (os.getpid(), signal.SIGKILL)).start()


class NotedEmbedding(PackagedEmbedding):
    """The packaged embedding; each batch is a step."""

    def __init__(self, diary: Diary) -> None:
        super().__init__()
        self._diary = diary

    def embed_documents(self, texts: list[str]) -> Vectors:
        self._diary.step("vectors")
        return super().embed_documents(texts)


class NotedIndex(VectorIndex):
    """The index; what it deletes are steps."""

    diary: Diary

    def discard(self, generation: int) -> None:
        self.diary.step("discard")
        super().discard(generation)

    def drop_stale(self, chunks: Any, generation: int) -> None:
        self.diary.step("drop")
        super().drop_stale(chunks, generation)
        self.diary.step("dropped")


_TABLES = {"revision": "revisions", "draft": "draft", "audit_log": "audit", "audit_head": "audit"}


def note_statements(diary: Diary) -> None:
    """Note what is written to the database, and each commit."""

    def before_statement(_c: object, _k: object, statement: str, *_rest: object) -> None:
        words = statement.split()
        if words[0] == "CREATE":
            diary.step("tables")
        if words[0] == "INSERT":
            diary.step(_TABLES.get(words[2], "snapshot"))
        if words[0] == "UPDATE" and words[1] in _TABLES:
            diary.step(_TABLES[words[1]])

    event.listen(Engine, "before_cursor_execute", before_statement)
    event.listen(Engine, "commit", lambda _connection: diary.step("commit"))


def settings_of(data: Path) -> Settings:
    """Settings of an installation in a folder."""
    return Settings(data_dir=data)


def ingest_until(end: Moment | None, diary: Path, data: Path, content: Path, rebuild: bool) -> None:
    """What `hoixa ingest` does, until it is killed."""
    index._BATCH = _BATCH
    kept = Diary(diary, end)
    note_statements(kept)
    settings = settings_of(data)
    engine = open_database(settings.database_address)
    kept.step("read")
    sync_content(engine, content)
    with owning(settings.index_folder):
        vectors = NotedIndex.embedded(settings.index_folder, NotedEmbedding(kept))
        assert isinstance(vectors, NotedIndex)
        vectors.diary = kept
        kept.step("opened")
        make_snapshot(engine, vectors, today(), rebuild=rebuild)
        if end is not None:
            time.sleep(60)


def ingest_plainly(data: Path, content: Path) -> None:
    """What `hoixa ingest` does."""
    with open_stores(settings_of(data)) as stores:
        sync_content(stores.engine, content)
        make_snapshot(stores.engine, stores.vectors, today())


def kill_an_ingest(end: Moment, diary: Path, data: Path, content: Path, *, rebuild: bool) -> str:
    """Run an ingest in a process of its own until its end; the step that it was in."""
    process = context.Process(target=ingest_until, args=(end, diary, data, content, rebuild))
    process.start()
    process.join()
    # 255: the fork server lost the status, as it may for one that is killed; an error ends with 1
    assert process.exitcode in (-signal.SIGKILL, 255), process.exitcode
    process.close()
    return steps_of(diary)[-1]


def steps_of(diary: Path) -> list[str]:
    """The steps noted."""
    return diary.read_text().split()


def examine(data: Path, content: Path | None = None) -> Found:
    """Look at what stands, load it as a service does, then ingest ``content``."""
    with open_stores(settings_of(data)) as stores:
        before = standing(stores)
        live = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600, clock=today)
        try:
            answered = hashes_of(live._load().catalogue)  # its thread would mend at once
        except NothingIngestedError:
            answered = None
        if content is None:
            return Found(before, answered, None)
        sync_content(stores.engine, content)
        make_snapshot(stores.engine, stores.vectors, today())
        return Found(before, answered, standing(stores))


def look(data: Path) -> Standing | None:
    """What stands in a folder."""
    with open_stores(settings_of(data)) as stores:
        return standing(stores)


def standing(stores: Stores) -> Standing | None:
    """The state that answers; None before the first whole one."""
    with Session(stores.engine) as session:
        snapshot = newest_snapshot(session)
        if snapshot is None:
            return None
        bodies = snapshot_bodies(session, snapshot)
    catalogue = build_catalogue(bodies)
    chunks = chunks_on(catalogue.in_force(today()), today())
    wanted = {chunk.id: chunk.text for chunk in chunks}
    names = {collection_name(chunk.scope, snapshot.generation) for chunk in chunks}
    right = stale = 0
    embedding = PackagedEmbedding()
    for collection in stores.vectors._open().list_collections():
        stored = collection.get(include=["embeddings"])
        vectors = np.asarray(stored["embeddings"])
        for place, (chunk_id, vector) in enumerate(zip(stored["ids"], vectors, strict=True)):
            if collection.name not in names or chunk_id not in wanted:
                stale += 1
            elif place % 7:
                right += 1
            else:
                right += np.allclose(vector, embedding.embed_query(wanted[chunk_id]), atol=1e-6)
        stale += collection.name not in names
    return Standing(hashes_of(catalogue), len(wanted), len(wanted) - right, stale)


def hashes_of(catalogue: Catalogue) -> Hashes:
    """The content hashes of all records and communes."""
    return {" ".join(body.key): content_hash(body.data) for body in catalogue.bodies}
