"""The same ingest into a PostgreSQL database and a Chroma server."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from app.main import open_stores
from app.records.database import open_database
from app.settings import Settings
from ingest.live import LiveKnowledge
from ingest.sync import SnapshotReport, make_snapshot, sync_content
from knowledge_base.chunk import chunks_of
from knowledge_base.edition import Edition
from knowledge_base.index import VectorIndex, VectorsUnavailableError
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    SnapshotRow,
    SyncReport,
    newest_snapshot,
)
from tests import servers
from tests.ingest.processes import in_another_process
from tests.knowledge_base.fakes import CountingEmbedding
from tests.knowledge_base.records import PROCEDURE, TODAY, a_procedure, procedure, put


@pytest.fixture
def database(postgres_url: str) -> Iterator[str]:
    """An empty database of the server, gone afterwards."""
    address = make_url(postgres_url)
    admin = f"postgresql://{address.username}@{address.host}:{address.port}/postgres"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("CREATE DATABASE ingest")
        yield address.set(database="ingest").render_as_string(hide_password=False)
        connection.execute("DROP DATABASE ingest WITH (FORCE)")


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    """The tables in PostgreSQL."""
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def vectors(chroma_url: str, embedding: CountingEmbedding) -> Iterator[VectorIndex]:
    """The Chroma server, without our collections before and after."""
    with contextlib.closing(VectorIndex.server(chroma_url, embedding)) as index:
        index.drop_stale([], 0)
        yield index
        index.drop_stale([], 0)


@contextlib.contextmanager
def answering(engine: Engine, vectors: VectorIndex) -> Iterator[LiveKnowledge]:
    live = LiveKnowledge(engine, vectors, poll_seconds=3600, clock=lambda: TODAY)
    live.start()
    try:
        yield live
    finally:
        live.stop()


def whole(edition: Edition, vectors: VectorIndex) -> bool:
    return vectors.missing(edition.chunks, edition.snapshot.generation) == 0


def collections(vectors: VectorIndex) -> set[str]:
    return {
        collection.name
        for collection in vectors._open().list_collections()
        if collection.name.startswith("hoixa-")
    }


def test_content_goes_in_and_answers(engine: Engine, vectors: VectorIndex, content: Path) -> None:
    report = sync_content(engine, content, TODAY)
    made = make_snapshot(engine, vectors, TODAY)

    with answering(engine, vectors) as live:
        edition = live.edition()
        found = live.nearest(edition, "đăng ký tạm trú", "hoa-tien", 3)

    assert report == SyncReport(added=3)
    assert made == SnapshotReport(edition.snapshot.id, 27, 27, True)
    assert whole(edition, vectors)
    assert {edition.chunks[edition.place_of[chunk]].record_id for chunk in found} == {
        "dang-ky-tam-tru"
    }


def test_a_second_ingest_changes_nothing_and_a_changed_record_embeds_only_its_words(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    sync_content(engine, content, TODAY)
    make_snapshot(engine, vectors, TODAY)
    embedding.embedded.clear()

    again = (sync_content(engine, content, TODAY), make_snapshot(engine, vectors, TODAY))
    put(content, PROCEDURE, procedure(fees=[{"amount": 20000, "source": "phi"}]))
    changed = (sync_content(engine, content, TODAY), make_snapshot(engine, vectors, TODAY))

    assert (again[0], again[1].made, again[1].embedded) == (SyncReport(unchanged=3), False, 0)
    assert changed[0] == SyncReport(changed=1, unchanged=2)
    assert embedding.embedded == ["Đăng ký tạm trú. Lệ phí.\n20.000 đồng."]


def test_the_index_is_rebuilt_into_the_server(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    sync_content(engine, content, TODAY)
    make_snapshot(engine, vectors, TODAY)

    with answering(engine, vectors) as live:
        before = live.edition()
        make_snapshot(engine, vectors, TODAY, rebuild=True)
        after = live.edition()

    assert (before.snapshot.generation, after.snapshot.generation) == (1, 2)
    assert collections(vectors) == {"hoixa-national.g2"}
    assert whole(after, vectors)


def test_an_index_moves_from_this_machine_to_the_servers_by_one_rebuild(
    engine: Engine, chroma_url: str, database: str, content: Path, tmp_path: Path
) -> None:
    settings = Settings(database_url=database, chroma_url=chroma_url, data_dir=tmp_path / "data")
    with open_stores(Settings(data_dir=tmp_path / "data")) as stores:
        sync_content(stores.engine, content, TODAY)
        make_snapshot(stores.engine, stores.vectors, TODAY)

    with open_stores(settings) as stores:
        sync_content(stores.engine, content, TODAY)
        report = make_snapshot(stores.engine, stores.vectors, TODAY, rebuild=True)

        assert report.embedded == report.chunks == 27
        with answering(stores.engine, stores.vectors) as live:
            assert whole(live.edition(), stores.vectors)
        stores.vectors.drop_stale([], 0)


def test_two_machines_that_ingest_at_once_wait_for_each_other(
    engine: Engine, vectors: VectorIndex, chroma_url: str, database: str, content: Path
) -> None:
    busy, together, pause = 0, list[int](), threading.Event()

    class Slow(CountingEmbedding):
        """Tells when it works, and works until the other has had its chance."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            nonlocal busy
            busy += 1
            together.append(busy)
            pause.wait(0.3)
            vectors = super().embed_documents(texts)
            busy -= 1
            return vectors

    def build(address: str) -> SnapshotReport:
        with contextlib.closing(VectorIndex.server(chroma_url, Slow())) as index:
            machine = create_engine(address)
            report = make_snapshot(machine, index, TODAY)
            machine.dispose()
            return report

    sync_content(engine, content, TODAY)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(build, [database] * 2))

    assert sorted(report.made for report in reports) == [False, True]
    assert sorted(report.embedded for report in reports) == [0, 27]
    assert max(together) == 1


def make_tables(url: str) -> None:
    open_database(url).dispose()


@pytest.mark.thorough
def test_machines_that_start_together_on_an_empty_database_make_its_tables_once(
    database: str,
) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(in_another_process, [make_tables] * 3, [database] * 3))

    engine = open_database(database)
    with Session(engine) as session:
        assert newest_snapshot(session) is None
    engine.dispose()


def test_no_transaction_stays_open_while_an_index_is_built(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    open_ones: list[int] = []
    sync_content(engine, content, TODAY)

    def look(_done: int, _total: int) -> None:
        with engine.connect() as connection:
            idle = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
            open_ones.append(connection.scalar(text(idle)) or 0)

    make_snapshot(engine, vectors, TODAY, progress=look)

    assert open_ones and set(open_ones) == {0}


def test_a_collection_that_another_machine_made_anew_is_found_again(
    vectors: VectorIndex, chroma_url: str
) -> None:
    chunks = chunks_of(a_procedure(), TODAY)
    vectors.write(chunks, 1)
    assert vectors.nearest("tạm trú", ["national"], 1, 3)
    with contextlib.closing(VectorIndex.server(chroma_url, CountingEmbedding())) as elsewhere:
        elsewhere.drop_stale([], 1)
        elsewhere.write(chunks, 1)

    with pytest.raises(VectorsUnavailableError):
        vectors.nearest("tạm trú", ["national"], 1, 3)
    found = vectors.nearest("tạm trú", ["national"], 1, 3)

    assert len(found) == 3


def test_a_chroma_server_that_went_away_leaves_answers_by_words(
    engine: Engine, content: Path
) -> None:
    with contextlib.ExitStack() as stack:
        with servers.chroma() as url:
            vectors = stack.enter_context(
                contextlib.closing(VectorIndex.server(url, CountingEmbedding()))
            )
            sync_content(engine, content, TODAY)
            make_snapshot(engine, vectors, TODAY)
            live = stack.enter_context(answering(engine, vectors))
            edition = live.edition()

        found = live.nearest(edition, "tạm trú", "hoa-tien", 3)
        with pytest.raises(VectorsUnavailableError, match="Kiểm tra CHROMA_URL"):
            make_snapshot(engine, vectors, TODAY, rebuild=True)

        assert found == {}
        assert live.edition() is edition
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM snapshot")) == 1


def test_a_database_that_went_away_leaves_the_last_edition_answering(
    vectors: VectorIndex, content: Path
) -> None:
    with contextlib.ExitStack() as stack:
        with servers.postgres() as url:
            engine = open_database(url)
            stack.callback(engine.dispose)
            sync_content(engine, content, TODAY)
            make_snapshot(engine, vectors, TODAY)
            live = stack.enter_context(answering(engine, vectors))
            before = live.edition()

        after = live.edition()
        found = live.nearest(after, "tạm trú", "hoa-tien", 3)
        with pytest.raises(DatabaseUnavailableError) as refusal:
            make_snapshot(engine, vectors, TODAY)

        assert after is before
        assert len(found) == 3
        assert "Kiểm tra DATABASE_URL" in str(refusal.value)
        assert "Dữ liệu cũ còn nguyên" in str(refusal.value)


def test_only_the_two_newest_snapshots_are_kept(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    sync_content(engine, content, TODAY)

    for _ in range(3):
        make_snapshot(engine, vectors, TODAY, rebuild=True)

    with Session(engine) as session:
        assert session.query(SnapshotRow).count() == 2
