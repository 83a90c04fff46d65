from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest.sync import (
    EmbeddingMismatchError,
    SnapshotReport,
    make_snapshot,
    sync_content,
)
from knowledge_base.catalogue import Body, ContentError, build_catalogue
from knowledge_base.edition import Edition
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.index import VectorIndex, VectorsUnavailableError
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import (
    Snapshot,
    SyncReport,
    newest_snapshot,
    publish,
    snapshot_bodies,
)
from tests.knowledge_base.fakes import CountingEmbedding, HashedEmbedding
from tests.knowledge_base.records import (
    GUIDE,
    PROCEDURE,
    TODAY,
    guide,
    procedure,
    put,
)


def ingest(engine: Engine, vectors: VectorIndex, content: Path) -> SnapshotReport:
    sync_content(engine, content, TODAY)
    return make_snapshot(engine, vectors, TODAY)


def snapshot_of(engine: Engine) -> Snapshot:
    with Session(engine) as session:
        found = newest_snapshot(session)
    assert found is not None
    return found


def edition_of(engine: Engine, day: date = TODAY) -> Edition:
    """What answers, as a service that starts now would load it."""
    snapshot = snapshot_of(engine)
    with Session(engine) as session:
        return Edition.load(snapshot, build_catalogue(snapshot_bodies(session, snapshot)), day)


def all_there(edition: Edition, vectors: VectorIndex) -> bool:
    return vectors.missing(edition.chunks, edition.snapshot.generation) == 0


def collections(vectors: VectorIndex) -> set[str]:
    return {collection.name for collection in vectors._open().list_collections()}


def test_the_first_ingest_makes_a_whole_index(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    report = ingest(engine, vectors, content)

    edition = edition_of(engine)
    assert report == SnapshotReport(
        edition.snapshot.id, len(edition.chunks), len(edition.chunks), True
    )
    assert set(edition.catalogue.records) == {
        ("dang-ky-tam-tru", "national"),
        ("muc-dong-bhyt", "national"),
    }
    assert all_there(edition, vectors)


def test_a_second_ingest_of_the_same_content_changes_nothing(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    first = ingest(engine, vectors, content)
    embedding.embedded.clear()

    report = sync_content(engine, content, TODAY)
    again = make_snapshot(engine, vectors, TODAY)

    assert report == SyncReport(unchanged=3)
    assert again == SnapshotReport(first.snapshot_id, first.chunks, 0, False)
    assert embedding.embedded == []


def test_only_the_changed_words_of_a_changed_record_are_embedded(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    ingest(engine, vectors, content)
    embedding.embedded.clear()
    put(content, PROCEDURE, procedure(fees=[{"amount": 20000, "source": "phi"}]))

    report = ingest(engine, vectors, content)

    assert embedding.embedded == ["Đăng ký tạm trú. Lệ phí.\n20.000 đồng."]
    assert (report.embedded, report.made) == (1, True)
    assert all_there(edition_of(engine), vectors)


def test_a_change_that_residents_do_not_read_embeds_nothing(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    ingest(engine, vectors, content)
    embedding.embedded.clear()
    put(content, PROCEDURE, procedure(checked_on="2026-11-22"))

    report = ingest(engine, vectors, content)

    assert embedding.embedded == []
    assert report.made


def test_a_withdrawn_record_leaves_the_index(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    ingest(engine, vectors, content)
    (content / GUIDE).unlink()

    report = ingest(engine, vectors, content)

    assert set(edition_of(engine).catalogue.records) == {("dang-ky-tam-tru", "national")}
    found = vectors.nearest("bảo hiểm y tế", ["national"], 1, 1000)
    assert len(found) == report.chunks


def test_a_staff_revision_answers_without_any_ingest_of_files(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    ingest(engine, vectors, content)
    data = procedure(title="Khai báo tạm trú")
    with Session(engine) as session, session.begin():
        record = Body(RecordKind.PROCEDURE, data["id"], NATIONAL, data, "")
        publish(session, record, "tran-van-a", live_from=TODAY)

    make_snapshot(engine, vectors, TODAY)
    ingest(engine, vectors, content)

    assert edition_of(engine).catalogue.records["dang-ky-tam-tru", "national"].title == (
        "Khai báo tạm trú"
    )


def test_bad_content_changes_nothing(engine: Engine, vectors: VectorIndex, content: Path) -> None:
    ingest(engine, vectors, content)
    before = edition_of(engine)
    put(content, PROCEDURE, procedure(title="Bản mới"))
    put(content, GUIDE, guide(titel="Bản sai"))

    with pytest.raises(ContentError):
        ingest(engine, vectors, content)

    assert edition_of(engine).chunks == before.chunks


def test_an_embedding_that_fails_in_the_middle_leaves_the_old_state_answering(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    ingest(engine, vectors, content)
    before = edition_of(engine)
    many = [{"text": f"câu hỏi thứ {number}", "section": "fee"} for number in range(300)]
    put(content, PROCEDURE, procedure(title="Bản mới", questions=many))
    embedding.fails_after = 1

    with pytest.raises(EmbeddingUnavailableError):
        ingest(engine, vectors, content)

    after = edition_of(engine)
    assert (after.snapshot, after.chunks) == (before.snapshot, before.chunks)
    assert all_there(after, vectors)


def test_the_run_after_a_failed_one_completes_it_without_repeating_its_work(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    ingest(engine, vectors, content)
    many = [{"text": f"câu hỏi thứ {number}", "section": "fee"} for number in range(300)]
    put(content, PROCEDURE, procedure(title="Bản mới", questions=many))
    embedding.fails_after = 1
    with pytest.raises(EmbeddingUnavailableError):
        ingest(engine, vectors, content)
    done = set(embedding.embedded)
    embedding.embedded.clear()
    embedding.fails_after = None

    report = ingest(engine, vectors, content)

    edition = edition_of(engine)
    assert edition.catalogue.records["dang-ky-tam-tru", "national"].title == "Bản mới"
    assert all_there(edition, vectors)
    assert report.made
    assert not done & set(embedding.embedded)


def test_a_failed_first_ingest_leaves_no_state_and_the_next_completes(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    embedding.fails_after = 0
    with pytest.raises(EmbeddingUnavailableError):
        ingest(engine, vectors, content)
    with Session(engine) as session:
        assert newest_snapshot(session) is None
    embedding.fails_after = None

    ingest(engine, vectors, content)

    assert all_there(edition_of(engine), vectors)


def test_a_rebuild_embeds_everything_into_a_new_generation_and_drops_the_old_one(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    first = ingest(engine, vectors, content)
    embedding.embedded.clear()

    report = make_snapshot(engine, vectors, TODAY, rebuild=True)

    assert report == SnapshotReport(first.snapshot_id + 1, first.chunks, first.chunks, True)
    assert len(embedding.embedded) == first.chunks
    assert collections(vectors) == {"hoixa-national.g2"}
    assert all_there(edition_of(engine), vectors)


def test_a_rebuild_that_fails_leaves_the_old_generation_answering(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    ingest(engine, vectors, content)
    embedding.fails_after = 0

    with pytest.raises(EmbeddingUnavailableError):
        make_snapshot(engine, vectors, TODAY, rebuild=True)

    assert snapshot_of(engine).generation == 1
    assert all_there(edition_of(engine), vectors)


def test_the_ingest_after_a_failed_rebuild_clears_what_it_left(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    ingest(engine, vectors, content)
    embedding.fails_after = 0
    with pytest.raises(EmbeddingUnavailableError):
        make_snapshot(engine, vectors, TODAY, rebuild=True)
    embedding.fails_after = None

    ingest(engine, vectors, content)

    assert collections(vectors) == {"hoixa-national.g1"}


def test_an_index_of_another_embedding_is_refused_and_left_alone(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    ingest(engine, vectors, content)
    other = VectorIndex(vectors._open, HashedEmbedding(32))

    with pytest.raises(EmbeddingMismatchError) as refusal:
        ingest(engine, other, content)

    assert str(refusal.value) == (
        "Chỉ mục làm bằng mô hình “hashed-syllables-1/64”, nay cài đặt là "
        "“hashed-syllables-1/32”. Chạy `hoixa ingest --rebuild` để làm lại, hoặc trả "
        "EMBEDDING_MODEL về như cũ. Chỉ mục cũ còn nguyên."
    )
    assert all_there(edition_of(engine), vectors)


def test_a_rebuild_mends_an_index_of_another_embedding(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    ingest(engine, vectors, content)
    other = VectorIndex(vectors._open, HashedEmbedding(32))

    make_snapshot(engine, other, TODAY, rebuild=True)

    assert ingest(engine, other, content).made is False
    assert all_there(edition_of(engine), other)


def test_on_a_new_day_the_dated_words_change_without_any_new_revision(
    engine: Engine, vectors: VectorIndex, content: Path, embedding: CountingEmbedding
) -> None:
    old = {"amount": 25000, "effective_to": "2026-12-31", "source": "phi"}
    new = {"amount": 50000, "effective_from": "2027-01-01", "source": "phi"}
    put(content, PROCEDURE, procedure(fees=[old, new]))
    ingest(engine, vectors, content)
    embedding.embedded.clear()

    report = make_snapshot(engine, vectors, date(2027, 1, 1))

    assert embedding.embedded == ["Đăng ký tạm trú. Lệ phí.\n50.000 đồng."]
    assert report.made is False
    assert all_there(edition_of(engine, date(2027, 1, 1)), vectors)


def test_vectors_that_cannot_be_dropped_wait_for_the_next_ingest(
    engine: Engine, vectors: VectorIndex, content: Path
) -> None:
    ingest(engine, vectors, content)
    (content / GUIDE).unlink()
    stuck = StuckIndex(vectors._open, CountingEmbedding())

    first = ingest(engine, stuck, content)
    left = len(vectors.nearest("bảo hiểm", ["national"], 1, 1000))
    make_snapshot(engine, vectors, TODAY)

    assert first.made
    assert left > first.chunks
    assert len(vectors.nearest("bảo hiểm", ["national"], 1, 1000)) == first.chunks


class StuckIndex(VectorIndex):
    """An index that takes new vectors and keeps the old ones."""

    def drop_stale(self, chunks: object, generation: int) -> None:
        """Fail."""
        raise VectorsUnavailableError("Không xóa được")
