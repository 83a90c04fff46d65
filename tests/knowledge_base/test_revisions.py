from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.records.database import open_database
from knowledge_base.catalogue import Body
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    RevisionRow,
    RevisionState,
    SyncReport,
    add_snapshot,
    content_hash,
    database_errors,
    load_release,
    newest_snapshot,
    newest_snapshot_id,
    publish,
    published,
    snapshot_bodies,
)
from tests.knowledge_base.records import commune, guide, procedure

STAFF = "tran-van-a"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'hoixa.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session, session.begin():
        yield session


def body(**changes: object) -> Body:
    data = procedure(**changes)
    return Body(RecordKind.PROCEDURE, data["id"], data.get("scope", NATIONAL), data, "một tệp")


RELEASE = (
    body(),
    Body(RecordKind.GUIDE, "muc-dong-bhyt", NATIONAL, guide(), "một tệp"),
    Body(RecordKind.COMMUNE, "hoa-tien", NATIONAL, commune(), "một tệp"),
)


def titles(session: Session) -> dict[str, str]:
    return {
        found.body.id: found.body.data.get("title", found.body.data.get("name"))
        for found in published(session)
    }


def test_the_first_release_is_published_whole(session: Session) -> None:
    report = load_release(session, RELEASE)

    assert report == SyncReport(added=3)
    assert set(titles(session)) == {"dang-ky-tam-tru", "muc-dong-bhyt", "hoa-tien"}


def test_the_same_release_again_adds_nothing(session: Session) -> None:
    load_release(session, RELEASE)

    report = load_release(session, RELEASE)

    assert report == SyncReport(unchanged=3)
    assert session.query(RevisionRow).count() == 3


def test_the_order_of_keys_is_no_change() -> None:
    data = procedure()

    assert content_hash(data) == content_hash(dict(reversed(data.items())))
    assert content_hash(data) != content_hash(procedure(title="Tạm trú"))


def test_a_changed_record_is_published_over_the_old_one_which_stays_on_record(
    session: Session,
) -> None:
    load_release(session, RELEASE)

    report = load_release(session, (body(title="Khai báo tạm trú"), *RELEASE[1:]))

    assert report == SyncReport(changed=1, unchanged=2)
    assert titles(session)["dang-ky-tam-tru"] == "Khai báo tạm trú"
    assert session.query(RevisionRow).count() == 4


def test_a_record_that_left_the_release_is_withdrawn_once_and_may_come_back(
    session: Session,
) -> None:
    load_release(session, RELEASE)

    reports = [load_release(session, bodies) for bodies in (RELEASE[1:], RELEASE[1:], RELEASE)]

    assert reports == [
        SyncReport(withdrawn=1, unchanged=2),
        SyncReport(unchanged=2),
        SyncReport(changed=1, unchanged=2),
    ]
    assert titles(session)["dang-ky-tam-tru"] == "Đăng ký tạm trú"


def test_a_withdrawn_record_is_not_published(session: Session) -> None:
    load_release(session, RELEASE)

    load_release(session, RELEASE[1:])

    assert "dang-ky-tam-tru" not in titles(session)


def test_what_staff_changed_is_never_overwritten_and_the_release_is_kept_as_a_conflict(
    session: Session,
) -> None:
    load_release(session, RELEASE)
    publish(session, body(title="Bản của cán bộ"), STAFF)

    report = load_release(session, (body(title="Bản phát hành mới"), *RELEASE[1:]))

    assert report == SyncReport(conflicts=("dang-ky-tam-tru (national)",), unchanged=2)
    assert titles(session)["dang-ky-tam-tru"] == "Bản của cán bộ"
    (kept,) = session.query(RevisionRow).filter_by(state=RevisionState.CONFLICT.value)
    assert kept.data["title"] == "Bản phát hành mới"


def test_a_conflict_is_told_once(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(title="Bản của cán bộ"), STAFF)
    changed = (body(title="Bản phát hành mới"), *RELEASE[1:])
    load_release(session, changed)

    again = load_release(session, changed)

    assert again == SyncReport(unchanged=3)


def test_an_unchanged_release_leaves_what_staff_changed_alone(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(title="Bản của cán bộ"), STAFF)

    report = load_release(session, RELEASE)

    assert report == SyncReport(unchanged=3)
    assert titles(session)["dang-ky-tam-tru"] == "Bản của cán bộ"


def test_a_release_that_caught_up_with_staff_is_no_conflict(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(title="Bản của cán bộ"), STAFF)

    report = load_release(session, (body(title="Bản của cán bộ"), *RELEASE[1:]))

    assert report == SyncReport(unchanged=3)


def test_what_staff_withdrew_stays_withdrawn(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(), STAFF, state=RevisionState.WITHDRAWN)

    report = load_release(session, RELEASE)

    assert report == SyncReport(unchanged=3)
    assert "dang-ky-tam-tru" not in titles(session)


def test_a_record_that_staff_made_outlives_every_release(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(id="tach-ho", title="Tách hộ"), STAFF)

    report = load_release(session, RELEASE)

    assert report == SyncReport(unchanged=3)
    assert titles(session)["tach-ho"] == "Tách hộ"


def test_versions_for_two_scopes_are_two_records(session: Session) -> None:
    local = body(scope="commune:hoa-tien", title="Tạm trú ở Hòa Tiến")

    report = load_release(session, (*RELEASE, local))

    assert report == SyncReport(added=4)
    assert len(published(session)) == 4


def test_the_newest_snapshot_knows_its_records_and_only_the_one_before_is_kept(
    session: Session,
) -> None:
    load_release(session, RELEASE)
    first = {found.revision_id for found in published(session)}
    load_release(session, (body(title="Khai báo tạm trú"), *RELEASE[1:]))
    second = {found.revision_id for found in published(session)}

    ids = [add_snapshot(session, 1, "hashed", wanted) for wanted in (first, first, second)]

    snapshot = newest_snapshot(session)
    assert snapshot is not None
    assert (snapshot.id, snapshot.revision_ids) == (ids[-1], frozenset(second))
    assert newest_snapshot_id(session) == ids[-1]
    assert {found.data.get("title") for found in snapshot_bodies(session, snapshot)} == {
        "Khai báo tạm trú",
        "Mức đóng bảo hiểm y tế hộ gia đình",
        None,
    }
    kept = session.scalars(text("SELECT DISTINCT snapshot_id FROM snapshot_revision"))
    assert sorted(kept) == ids[1:]


def test_before_the_first_ingest_there_is_no_snapshot(session: Session) -> None:
    assert newest_snapshot(session) is None
    assert newest_snapshot_id(session) is None


def test_a_fault_of_ours_is_not_taken_for_a_database_that_is_down(session: Session) -> None:
    with pytest.raises(IntegrityError), database_errors():
        session.execute(text("INSERT INTO snapshot_revision VALUES (404, 404)"))


def test_a_damaged_database_file_asks_for_the_backup(tmp_path: Path) -> None:
    (tmp_path / "hoixa.db").write_bytes(b"no database at all " * 100)

    with pytest.raises(DatabaseUnavailableError, match="khôi phục bản sao lưu"):
        open_database(f"sqlite:///{tmp_path / 'hoixa.db'}")
