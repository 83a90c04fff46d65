"""An ingest that can be ended anywhere, and what is found standing afterwards.

The ingest is made of the functions that `hoixa ingest` calls. It rests before every step of its
writing and notes the step, so that a `kill -9` can be aimed at each of them.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.main import Stores, open_stores
from app.records.database import open_database
from app.settings import Settings
from ingest.live import LiveKnowledge, NothingIngestedError
from ingest.sync import make_snapshot, sync_content
from knowledge_base import index
from knowledge_base.catalogue import Catalogue, build_catalogue
from knowledge_base.edition import chunks_on
from knowledge_base.embedding import HashedEmbedding, Vectors
from knowledge_base.index import VectorIndex, collection_name, owning
from knowledge_base.revisions import content_hash, newest_snapshot, snapshot_bodies
from tests.ingest.processes import context
from tests.knowledge_base.records import TODAY

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
    """Chunks whose vector is missing or is not that of their words."""
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


class _Diary:
    """The steps of a run, each on a line of a file; a step rests after it was noted."""

    def __init__(self, path: Path, rest: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._rest = rest

    def step(self, name: str) -> None:
        os.write(self._file, f"{name}\n".encode())
        time.sleep(self._rest)


class _SlowEmbedding(HashedEmbedding):
    def __init__(self, diary: _Diary) -> None:
        super().__init__()
        self._diary = diary

    def embed_documents(self, texts: list[str]) -> Vectors:
        self._diary.step("vectors")
        return super().embed_documents(texts)


class _SlowIndex(VectorIndex):
    diary: _Diary

    def discard(self, generation: int) -> None:
        self.diary.step("discard")
        super().discard(generation)

    def drop_stale(self, chunks: Any, generation: int) -> None:
        self.diary.step("drop")
        super().drop_stale(chunks, generation)
        self.diary.step("dropped")


def _note_statements(diary: _Diary) -> None:
    def before_statement(_c: object, _k: object, statement: str, *_rest: object) -> None:
        words = statement.split()
        if words[0] == "CREATE":
            diary.step("tables")
        if words[0] == "INSERT":
            diary.step({"revision": "revisions"}.get(words[2], "snapshot"))

    event.listen(Engine, "before_cursor_execute", before_statement)
    event.listen(Engine, "commit", lambda _connection: diary.step("commit"))


def settings_of(data: Path) -> Settings:
    """Settings of an installation in a folder."""
    return Settings(data_dir=data)


def ingest_slowly(data: Path, content: Path, diary: Path, rest: float, rebuild: bool) -> None:
    """What `hoixa ingest` does, resting at every step."""
    index._BATCH = _BATCH
    kept = _Diary(diary, rest)
    _note_statements(kept)
    settings = settings_of(data)
    engine = open_database(settings.database_address)
    kept.step("read")
    sync_content(engine, content)
    with owning(settings.index_folder):
        vectors = _SlowIndex.embedded(settings.index_folder, _SlowEmbedding(kept))
        assert isinstance(vectors, _SlowIndex)
        vectors.diary = kept
        kept.step("opened")
        make_snapshot(engine, vectors, TODAY, rebuild=rebuild)


def ingest_plainly(data: Path, content: Path) -> None:
    """What `hoixa ingest` does."""
    with open_stores(settings_of(data)) as stores:
        sync_content(stores.engine, content)
        make_snapshot(stores.engine, stores.vectors, TODAY)


@contextmanager
def ingesting(*arguments: object) -> Iterator[ForkServerProcess]:
    """A process of its own that runs ``ingest_slowly``."""
    process = context.Process(target=ingest_slowly, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def steps_of(diary: Path) -> list[str]:
    """The steps noted so far."""
    return diary.read_text().split() if diary.exists() else []


def kill_at(process: ForkServerProcess, diary: Path, step: int, delay: float) -> str:
    """`kill -9` so long after a step was noted; the step it landed in."""
    deadline = time.monotonic() + 60
    while len(steps_of(diary)) < step:
        assert process.is_alive() and time.monotonic() < deadline, steps_of(diary)
        time.sleep(0.001)
    time.sleep(delay)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return steps_of(diary)[-1]


def examine(data: Path, content: Path | None = None) -> Found:
    """Look at what stands, start a service on it, then ingest ``content``."""
    with open_stores(settings_of(data)) as stores:
        before = standing(stores)
        live = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600, clock=lambda: TODAY)
        try:
            live.start()
        except NothingIngestedError:
            answered = None
        else:
            answered = hashes_of(live.edition().catalogue)
        finally:
            live.stop()
        if content is None:
            return Found(before, answered, None)
        sync_content(stores.engine, content)
        make_snapshot(stores.engine, stores.vectors, TODAY)
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
    chunks = chunks_on(catalogue.in_force(TODAY), TODAY)
    wanted = {chunk.id: _vector(chunk.text) for chunk in chunks}
    names = {collection_name(chunk.scope, snapshot.generation) for chunk in chunks}
    right = stale = 0
    for collection in stores.vectors._client.list_collections():
        stored = collection.get(include=["embeddings"])
        for chunk_id, vector in zip(stored["ids"], np.asarray(stored["embeddings"]), strict=True):
            known = collection.name in names and chunk_id in wanted
            right += known and np.allclose(vector, wanted[chunk_id], atol=1e-6)
            stale += not known
        stale += collection.name not in names
    return Standing(hashes_of(catalogue), len(wanted), len(wanted) - right, stale)


@cache
def _vector(text: str) -> list[float]:
    return HashedEmbedding().embed_query(text)


def hashes_of(catalogue: Catalogue) -> Hashes:
    """The content hashes of all records and communes."""
    return {" ".join(body.key): content_hash(body.data) for body in catalogue.bodies}
