from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.records.database import open_database
from knowledge_base.catalogue import Body
from knowledge_base.day import today
from knowledge_base.recent import Recent
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    Known,
    RevisionRow,
    RevisionState,
    SyncReport,
    add_draft,
    add_snapshot,
    cancel,
    conflicts,
    content_hash,
    database_errors,
    live_on,
    load_release,
    newest_snapshot,
    newest_snapshot_id,
    planned,
    publish,
    published,
    published_ids,
    scheduled,
    snapshot_bodies,
)
from tests.database import new_database
from tests.knowledge_base.records import commune, guide, procedure

STAFF = "tran-van-a"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_database(tmp_path / "hoixa.db")
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
        for found in published(session, today())
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
    assert len(published(session, today())) == 4


def test_the_newest_snapshot_knows_its_records_and_only_the_one_before_is_kept(
    session: Session,
) -> None:
    load_release(session, RELEASE)
    first = {found.revision_id for found in published(session, today())}
    load_release(session, (body(title="Khai báo tạm trú"), *RELEASE[1:]))
    second = {found.revision_id for found in published(session, today())}

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


def later(days: int) -> date:
    return today() + timedelta(days=days)


def title_on(session: Session, day: date) -> str | None:
    found = [one for one in published(session, day) if one.body.key == body().key]
    return found[0].body.data["title"] if found else None


def test_a_revision_lives_from_its_day(session: Session) -> None:
    load_release(session, RELEASE)
    revision = publish(session, body(title="Từ mốt"), STAFF, live_from=later(2))

    assert title_on(session, later(1)) == "Đăng ký tạm trú"
    assert title_on(session, later(2)) == "Từ mốt"
    assert revision not in published_ids(session, later(1))
    assert revision in published_ids(session, later(2))
    assert [one.revision_id for one in scheduled(session, today())] == [revision]
    assert scheduled(session, later(2)) == []


def test_of_those_that_have_begun_the_last_to_begin_counts_and_of_one_day_the_last_made(
    session: Session,
) -> None:
    load_release(session, RELEASE)
    publish(session, body(title="Tháng sau"), STAFF, live_from=later(30))
    publish(session, body(title="Sửa nhỏ"), STAFF)
    publish(session, body(title="Sửa nữa"), STAFF)

    assert title_on(session, today()) == "Sửa nữa"
    assert title_on(session, later(30)) == "Tháng sau"
    assert planned(session)[body().key].body.data["title"] == "Tháng sau"


def test_a_withdrawal_lives_from_its_day_too(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(), STAFF, state=RevisionState.WITHDRAWN, live_from=later(1))

    assert title_on(session, today()) is not None
    assert title_on(session, later(1)) is None
    assert live_on(session, later(1))[body().key].state is RevisionState.WITHDRAWN


def test_what_was_called_back_never_lives(session: Session) -> None:
    load_release(session, RELEASE)
    revision = publish(session, body(title="Từ mai"), STAFF, live_from=later(1))
    end = publish(
        session,
        body(),
        STAFF,
        state=RevisionState.WITHDRAWN,
        live_from=later(5),
        regards=revision,
    )

    called_back = cancel(session, revision, today())

    assert [one.revision_id for one in called_back] == [revision, end]
    assert title_on(session, later(9)) == "Đăng ký tạm trú"
    assert cancel(session, revision, today()) == ()


def test_what_has_begun_stays(session: Session) -> None:
    load_release(session, RELEASE)
    revision = publish(session, body(title="Từ hôm nay"), STAFF)
    end = publish(
        session,
        body(),
        STAFF,
        state=RevisionState.WITHDRAWN,
        live_from=later(1),
        regards=revision,
    )

    assert cancel(session, revision, today()) == ()
    assert [one.revision_id for one in cancel(session, end, today())] == [end]
    assert title_on(session, later(1)) == "Từ hôm nay"


def test_a_release_does_not_overwrite_what_staff_will_publish(session: Session) -> None:
    load_release(session, RELEASE)
    publish(session, body(title="Của cán bộ"), STAFF, live_from=later(7))

    report = load_release(session, (body(title="Bản phát hành mới"), *RELEASE[1:]))

    assert report.conflicts == ("dang-ky-tam-tru (national)",)
    assert title_on(session, today()) == "Đăng ký tạm trú"
    (conflict,) = conflicts(session)
    assert conflict.counting is not None
    assert conflict.counting.body.data["title"] == "Của cán bộ"


def test_a_release_counts_from_the_day_that_it_is_loaded_for(session: Session) -> None:
    load_release(session, RELEASE, later(3))

    assert published(session, later(2)) == []
    assert len(published(session, later(3))) == 3


def test_asking_what_lives_reads_neither_drafts_nor_records(session: Session) -> None:
    """However many drafts wait: an index holds all that is asked every second."""
    load_release(session, RELEASE)
    for number in range(20):
        add_draft(session, body(id=f"nhap-{number}"), "cong-dvc")
    seen: list[tuple[str, tuple[object, ...]]] = []
    engine = session.get_bind()
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _k, statement, values, *_rest: seen.append((statement, values)),
    )

    assert len(published_ids(session, today())) == 3

    ((statement, values),) = seen
    plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    steps = [str(row[-1]) for row in plan if "revision" in str(row[-1])]
    assert steps and all("USING COVERING INDEX revision_by_life (state=?" in one for one in steps)


def test_what_is_known_is_not_read_again(session: Session) -> None:
    load_release(session, RELEASE)
    known: Known = Recent()
    first = published(session, today(), known)
    publish(session, body(title="Mới"), STAFF)

    again = published(session, today(), known)

    assert [one is known.get(one.revision_id) for one in again] == [True] * 3
    kept = {one.body.key: one.body for one in first}
    same = [one.body.key for one in again if one.body is kept[one.body.key]]
    assert len(same) == 2 and body().key not in same
