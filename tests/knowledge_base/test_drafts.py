"""Drafts among the revisions: kept, listed, and never live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ingest.sync import make_snapshot, sync_content
from knowledge_base.catalogue import Body
from knowledge_base.day import today
from knowledge_base.index import VectorIndex
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import (
    RELEASE,
    RevisionState,
    SyncReport,
    add_draft,
    load_release,
    newest_drafts,
    newest_snapshot,
    publish,
    published,
    published_ids,
    snapshot_bodies,
)
from tests.database import new_database
from tests.knowledge_base.fakes import CountingEmbedding
from tests.knowledge_base.records import TODAY, procedure, put_small_content

PORTAL = "import-portal"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_database(tmp_path / "hoixa.db")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session, session.begin():
        yield session


def body(record_id: str = "dang-ky-tam-tru", **data: object) -> Body:
    return Body(RecordKind.PROCEDURE, record_id, NATIONAL, data or {"title": "Nháp"}, "thử")


def whole(**changes: object) -> Body:
    data = procedure(**changes)
    return Body(RecordKind.PROCEDURE, data["id"], NATIONAL, data, "thử")


def listed(session: Session, author: str | None = None) -> list[object]:
    return [drafted.body.data for drafted in newest_drafts(session, author)]


def test_a_draft_is_listed_and_not_published(session: Session) -> None:
    added = add_draft(session, body(), PORTAL, note="bản chi tiết")

    (drafted,) = newest_drafts(session)
    assert (drafted.revision_id, drafted.author, drafted.note) == (added, PORTAL, "bản chi tiết")
    assert drafted.body.id == "dang-ky-tam-tru"
    assert published(session, today()) == []
    assert published_ids(session, today()) == frozenset()


def test_the_same_draft_again_adds_nothing(session: Session) -> None:
    assert add_draft(session, body(a=1, b=2), PORTAL) is not None
    assert add_draft(session, body(b=2, a=1), PORTAL) is None


def test_a_draft_that_goes_back_to_what_it_was_is_new_again(session: Session) -> None:
    for number in (1, 2, 1):
        assert add_draft(session, body(a=number), PORTAL) is not None

    assert listed(session) == [{"a": 1}]


def test_only_what_the_digest_says_counts_as_new(session: Session) -> None:
    add_draft(session, body(seen="hôm qua"), PORTAL, digest="như nhau")

    assert add_draft(session, body(seen="hôm nay"), PORTAL, digest="như nhau") is None


def test_the_newest_draft_of_each_record_and_note_is_listed_the_newest_first(
    session: Session,
) -> None:
    add_draft(session, body(a=1), PORTAL, note="chi tiết")
    add_draft(session, body(a=2), PORTAL, note="chữ")
    add_draft(session, body("khac", a=3), "tai-lieu")
    add_draft(session, body(a=4), PORTAL, note="chi tiết")

    assert listed(session) == [{"a": 4}, {"a": 3}, {"a": 2}]
    assert listed(session, "tai-lieu") == [{"a": 3}]


def test_a_draft_after_the_published_revision_hides_it_from_nobody(session: Session) -> None:
    publish(session, whole(), "tran-van-a")
    add_draft(session, body(), PORTAL)

    (found,) = published(session, today())
    assert found.body.data["title"] == "Đăng ký tạm trú"
    assert len(published_ids(session, today())) == 1


@pytest.mark.parametrize("author", [PORTAL, RELEASE])
def test_a_draft_changes_nothing_for_the_next_release(session: Session, author: str) -> None:
    load_release(session, [whole()])
    add_draft(session, body(), author)

    assert load_release(session, [whole()]) == SyncReport(unchanged=1)
    assert load_release(session, [whole(title="Bản mới")]) == SyncReport(changed=1)


def test_a_draft_of_a_record_that_is_only_a_draft_is_not_withdrawn(session: Session) -> None:
    add_draft(session, body("chi-co-nhap"), PORTAL)

    assert load_release(session, [whole()]) == SyncReport(added=1)


def test_a_draft_never_reaches_a_snapshot(engine: Engine, tmp_path: Path) -> None:
    sync_content(engine, put_small_content(tmp_path / "content"), TODAY)
    with Session(engine) as session, session.begin():
        # whole, so that nothing but its state keeps it out
        add_draft(session, whole(id="chi-co-nhap", code="1.000001", title="Chỉ có nháp"), PORTAL)
        add_draft(session, whole(title="Nháp mới hơn bản công bố"), PORTAL)
    vectors = VectorIndex.embedded(tmp_path / "index", CountingEmbedding())
    try:
        make_snapshot(engine, vectors, TODAY)
    finally:
        vectors.close()

    with Session(engine) as session:
        snapshot = newest_snapshot(session)
        assert snapshot is not None
        titles = {held.data.get("title") for held in snapshot_bodies(session, snapshot)}
        states = {each.state for each in published(session, today())}
    assert "Chỉ có nháp" not in titles
    assert "Nháp mới hơn bản công bố" not in titles
    assert "Đăng ký tạm trú" in titles
    assert states == {RevisionState.PUBLISHED}
