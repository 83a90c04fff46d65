from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest.live import LiveKnowledge, NothingIngestedError
from ingest.sync import EmbeddingMismatchError, make_snapshot, sync_content
from knowledge_base.catalogue import Body
from knowledge_base.edition import Edition
from knowledge_base.index import VectorIndex
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import IngestJobRow, publish
from tests.knowledge_base.fakes import CountingEmbedding, HashedEmbedding
from tests.knowledge_base.records import (
    PROCEDURE,
    TODAY,
    procedure,
    put,
)

QUIET = 3600.0
"""Seconds between looks: the thread looks once, at the start."""


class Calendar:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.day = TODAY

    def __call__(self) -> date:
        return self.day


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def ingested(engine: Engine, vectors: VectorIndex, content: Path) -> Path:
    sync_content(engine, content, TODAY)
    make_snapshot(engine, vectors, TODAY)
    return content


@contextmanager
def answering(
    engine: Engine,
    vectors: VectorIndex,
    calendar: Callable[[], date] = lambda: TODAY,
    poll_seconds: float = QUIET,
) -> Iterator[LiveKnowledge]:
    live = LiveKnowledge(engine, vectors, poll_seconds=poll_seconds, clock=calendar)
    live.start()
    try:
        yield live
    finally:
        live.stop()


def eventually(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def title_of(edition: Edition) -> str:
    return edition.catalogue.records["dang-ky-tam-tru", "national"].title


def change(engine: Engine, title: str) -> None:
    """A correction by staff."""
    data = procedure(title=title)
    with Session(engine) as session, session.begin():
        record = Body(RecordKind.PROCEDURE, data["id"], NATIONAL, data, "")
        publish(session, record, "tran-van-a", live_from=TODAY)


def test_before_the_first_ingest_the_service_says_what_to_run(
    engine: Engine, vectors: VectorIndex
) -> None:
    live = LiveKnowledge(engine, vectors, poll_seconds=QUIET)

    with pytest.raises(NothingIngestedError, match="Chạy `hoixa ingest` trước"):
        live.start()


def test_an_index_of_another_embedding_does_not_start(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    live = LiveKnowledge(
        engine, VectorIndex(vectors._open, HashedEmbedding(32)), poll_seconds=QUIET
    )

    with pytest.raises(EmbeddingMismatchError, match="--rebuild"):
        live.start()


def test_the_newest_snapshot_is_in_the_next_edition(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    with answering(engine, vectors) as live:
        before = title_of(live.edition())
        change(engine, "Khai báo tạm trú")
        make_snapshot(engine, vectors, TODAY)

        after = title_of(live.edition())

    assert (before, after) == ("Đăng ký tạm trú", "Khai báo tạm trú")


def test_a_revision_without_a_snapshot_does_not_answer_yet(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    with answering(engine, vectors) as live:
        change(engine, "Khai báo tạm trú")

        assert title_of(live.edition()) == "Đăng ký tạm trú"


def test_a_correction_by_staff_answers_soon_on_every_replica(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    with (
        answering(engine, vectors, poll_seconds=0.05) as live,
        answering(engine, vectors) as replica,
    ):
        change(engine, "Khai báo tạm trú")

        assert eventually(lambda: title_of(live.edition()) == "Khai báo tạm trú")
        assert title_of(replica.edition()) == "Khai báo tạm trú"


def test_the_same_edition_is_kept_until_something_changes(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    with answering(engine, vectors) as live:
        assert live.edition() is live.edition()


def test_many_questions_at_once_load_a_new_snapshot_once(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    seen: list[Edition] = []
    with answering(engine, vectors) as live:
        assert live.show_now(20) is None  # its first look is over, it makes no snapshot of its own
        change(engine, "Khai báo tạm trú")
        make_snapshot(engine, vectors, TODAY)
        askers = [threading.Thread(target=lambda: seen.append(live.edition())) for _ in range(8)]

        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()

    assert len({id(edition) for edition in seen}) == 1
    assert title_of(seen[0]) == "Khai báo tạm trú"


def test_at_midnight_an_expired_record_is_gone_and_a_dated_fee_changes(
    engine: Engine, vectors: VectorIndex, content: Path, calendar: Calendar
) -> None:
    old = {"amount": 25000, "effective_to": "2026-11-21", "source": "phi"}
    new = {"amount": 50000, "effective_from": "2026-11-22", "source": "phi"}
    put(content, PROCEDURE, procedure(fees=[old, new]))
    ended = procedure(id="cap-so-ho-khau", title="Sổ hộ khẩu", effective_to="2026-11-21")
    put(content, "procedures/residence/cap-so-ho-khau.yaml", ended)
    sync_content(engine, content, TODAY)
    make_snapshot(engine, vectors, TODAY)

    with answering(engine, vectors, calendar, poll_seconds=0.05) as live:
        before = live.edition()
        calendar.day = date(2026, 11, 22)
        after = live.edition()
        whole = eventually(lambda: vectors.missing(after.chunks, after.snapshot.generation) == 0)

    assert ("cap-so-ho-khau", "national") in before.catalogue.records
    assert ("cap-so-ho-khau", "national") not in after.catalogue.records
    assert [fee_of(edition) for edition in (before, after)] == ["25.000", "50.000"]
    assert whole


def fee_of(edition: Edition) -> str:
    (chunk,) = (
        chunk
        for chunk in edition.chunks
        if (chunk.record_id, chunk.kind, chunk.section) == ("dang-ky-tam-tru", "section", "fee")
    )
    return chunk.text.splitlines()[1].split(" ")[0]


def test_vectors_that_were_lost_are_made_again(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    vectors.discard(1)

    with answering(engine, vectors) as live:
        chunks = live.edition().chunks

        assert eventually(lambda: vectors.missing(chunks, 1) == 0)


def test_while_the_vector_store_fails_there_are_no_vectors_but_answers_go_on(
    engine: Engine, vectors: VectorIndex, ingested: Path, tmp_path: Path
) -> None:
    with answering(engine, vectors) as live:
        edition = live.edition()
        there = live.nearest(edition, "đăng ký tạm trú", "hoa-tien", 3)
        for collection in vectors._open().list_collections():
            vectors._open().delete_collection(collection.name)

        failing = live.nearest(edition, "đăng ký tạm trú", "hoa-tien", 3)

        assert len(there) == 3
        assert failing == {}
        assert live.edition() is edition


def test_while_the_embedding_fails_there_are_no_vectors_but_answers_go_on(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    with answering(engine, VectorIndex(vectors._open, SpeechlessEmbedding())) as live:
        assert live.nearest(live.edition(), "đăng ký tạm trú", "hoa-tien", 3) == {}


class SpeechlessEmbedding(CountingEmbedding):
    """Fails at every question."""

    def embed_query(self, text: str) -> list[float]:
        """Fail."""
        self.fails_after = 0
        return self.embed_documents([text])[0]


def test_what_cannot_be_indexed_is_told_as_a_problem_and_the_old_state_answers(
    engine: Engine, vectors: VectorIndex, ingested: Path, embedding: CountingEmbedding
) -> None:
    with answering(engine, vectors, poll_seconds=0.05) as live:
        assert eventually(lambda: live.problem is None)
        embedding.fails_after = 0
        change(engine, "Khai báo tạm trú")

        told = eventually(lambda: live.problem is not None)

        assert told and "Mô hình nhúng không tính được" in str(live.problem)
        assert title_of(live.edition()) == "Đăng ký tạm trú"

        embedding.fails_after = None
        assert eventually(lambda: live.problem is None)
        assert title_of(live.edition()) == "Khai báo tạm trú"


def test_revisions_that_contradict_each_other_are_told_as_a_problem(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    data = procedure(related=["khong-co"])
    with answering(engine, vectors, poll_seconds=0.05) as live:
        with Session(engine) as session, session.begin():
            record = Body(RecordKind.PROCEDURE, data["id"], NATIONAL, data, "")
            publish(session, record, "tran-van-a", live_from=TODAY)

        assert eventually(lambda: "khong-co" in str(live.problem))
        assert title_of(live.edition()) == "Đăng ký tạm trú"


def test_a_replica_with_the_old_embedding_keeps_answering_after_another_one_rebuilt(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    newer = VectorIndex(vectors._open, HashedEmbedding(32))
    with answering(engine, vectors, poll_seconds=0.5) as live:
        assert eventually(lambda: live.problem is None)
        before = live.edition()
        make_snapshot(engine, newer, TODAY, rebuild=True)

        assert live.edition() is before
        assert live.nearest(before, "tạm trú", "hoa-tien", 3) == {}
        assert eventually(lambda: "--rebuild" in str(live.problem))
        assert live.edition() is before


def job(engine: Engine, *, rebuild: bool = False) -> int:
    with Session(engine) as session, session.begin():
        row = IngestJobRow(rebuild=rebuild)
        session.add(row)
        session.flush()
        return row.id


def state_of(engine: Engine, job_id: int) -> tuple[str, str]:
    with Session(engine) as session:
        row = session.get_one(IngestJobRow, job_id)
        return row.state, row.message


def test_a_job_handed_over_is_done_and_told(
    engine: Engine, vectors: VectorIndex, ingested: Path, embedding: CountingEmbedding
) -> None:
    with answering(engine, vectors, poll_seconds=0.05) as live:
        before = live.edition()
        embedding.embedded.clear()

        asked = job(engine, rebuild=True)

        assert eventually(lambda: state_of(engine, asked)[0] == "done")
        assert live.edition().snapshot.generation == before.snapshot.generation + 1
        count = len(before.chunks)
        assert state_of(engine, asked)[1] == f"{count} đoạn, {count} đoạn mới."
        assert len(embedding.embedded) == count


def test_a_job_that_fails_tells_why(
    engine: Engine, vectors: VectorIndex, ingested: Path, embedding: CountingEmbedding
) -> None:
    with answering(engine, vectors, poll_seconds=0.05) as live:
        assert eventually(lambda: live.problem is None)
        embedding.fails_after = 0

        asked = job(engine, rebuild=True)

        assert eventually(lambda: state_of(engine, asked)[0] == "failed")
        assert "Mô hình nhúng không tính được" in state_of(engine, asked)[1]
        assert live.edition().snapshot.generation == 1


def test_a_job_cut_short_by_a_crash_is_done_after_the_start(
    engine: Engine, vectors: VectorIndex, ingested: Path
) -> None:
    asked = job(engine)
    with Session(engine) as session, session.begin():
        session.get_one(IngestJobRow, asked).state = "running"

    with answering(engine, vectors):
        assert eventually(lambda: state_of(engine, asked)[0] == "done")


def test_while_the_database_cannot_be_asked_the_last_edition_answers(
    engine: Engine, vectors: VectorIndex, ingested: Path, tmp_path: Path
) -> None:
    with answering(engine, vectors) as live:
        before = live.edition()
        engine.dispose()
        (tmp_path / "hoixa.db").write_bytes(b"no database at all" * 100)

        assert live.edition() is before
        assert live.nearest(before, "tạm trú", "hoa-tien", 3)


def test_the_records_of_a_commune_are_its_narrowest_versions_and_only_they_are_searched(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    local = {"id": "dang-ky-tam-tru", "scope": "commune:hoa-tien", "title": "Tạm trú Hòa Tiến"}
    put(content, PROCEDURE.replace(".yaml", ".hoa-tien.yaml"), local)
    sync_content(engine, content, TODAY)
    make_snapshot(engine, vectors, TODAY)

    with answering(engine, vectors) as live:
        scope = live.edition().scope("hoa-tien")
        found = live.nearest(live.edition(), "tạm trú", "hoa-tien", 100)

    assert scope.collections == ("commune:hoa-tien", "national")
    allowed = {
        (chunk.record_id, chunk.scope)
        for chunk, kept in zip(live.edition().chunks, scope.allowed, strict=True)
        if kept
    }
    assert allowed == {("dang-ky-tam-tru", "commune:hoa-tien"), ("muc-dong-bhyt", "national")}
    assert found
