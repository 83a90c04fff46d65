"""The audit log: only ever added to, sealed row by row, purged by one path alone."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.records.audit import AuditCheck, AuditEntry, AuditFilter, AuditLog
from app.records.database import open_database
from app.records.places import Places
from app.records.tables import PlaceRow
from tests.service import fresh_database

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ANY = AuditFilter()


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def entry(action: str = "record.published", **more: str) -> AuditEntry:
    told = {"by": "hoa", "scope": "commune:hoa-tien", "subject": "procedure:tam-tru"} | more
    return AuditEntry(told["by"], action, told["scope"], told["subject"], {"fee": 7000})


def written(engine: Engine, rows: int = 3) -> AuditLog:
    log = AuditLog(engine)
    for number in range(rows):
        log.write(entry(subject=f"procedure:so-{number + 1}"))
    return log


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def without_triggers(engine: Engine, statement: str) -> None:
    """What somebody does who may do anything with the database."""
    if engine.dialect.name == "sqlite":
        run(engine, "DROP TRIGGER audit_log_unchanged")
        run(engine, "DROP TRIGGER audit_log_undeleted")
    else:
        run(engine, "ALTER TABLE audit_log DISABLE TRIGGER USER")
    run(engine, statement)


def test_what_is_written_is_read_back_the_newest_first(engine: Engine) -> None:
    log = AuditLog(engine, lambda: NOON)
    log.write(entry("record.published"))
    log.write(entry("record.undone"))

    newest, oldest = log.page(ANY, 0, 10)

    assert (newest.number, newest.entry.action, newest.at) == (2, "record.undone", NOON)
    assert oldest.entry == entry()
    assert log.check() == AuditCheck(2, 2, newest.hash)


def test_an_entry_is_written_with_the_change_or_not_at_all(engine: Engine) -> None:
    log = written(engine, 1)

    with pytest.raises(RuntimeError), Session(engine) as session, session.begin():
        session.add(PlaceRow(code="abc234", commune="hoa-tien", label="Quầy 3"))
        log.add(session, entry("place.added"))
        raise RuntimeError

    assert log.count(ANY) == 1
    assert Places(engine).scan("abc234", NOON.date()) is None
    log.write(entry())
    assert log.check().broken_at is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET \"by\" = 'ai-do'",
        "UPDATE audit_log SET details = '{}' WHERE number = 2",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE number = 1",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_rows(
    engine: Engine, statement: str
) -> None:
    log = written(engine)

    with pytest.raises(DBAPIError, match="neither changed nor deleted"):
        run(engine, statement)

    assert log.check() == AuditCheck(3, 3, log.page(ANY, 0, 1)[0].hash)


def test_postgresql_refuses_it_too(postgres_url: str) -> None:
    engine = open_database(fresh_database(postgres_url, "audit_refusals"))
    log = written(engine)

    for statement in (
        "UPDATE audit_log SET \"by\" = 'ai-do'",
        "DELETE FROM audit_log WHERE number = 1",
        "TRUNCATE audit_log",
    ):
        with pytest.raises(DBAPIError, match="neither changed nor deleted"):
            run(engine, statement)

    assert log.check().broken_at is None
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        pytest.param("UPDATE audit_log SET \"by\" = 'ai-do' WHERE number = 2", 2, id="who"),
        pytest.param("UPDATE audit_log SET details = '{}' WHERE number = 3", 3, id="details"),
        pytest.param("UPDATE audit_log SET at = '2020-01-01' WHERE number = 1", 1, id="when"),
        pytest.param("DELETE FROM audit_log WHERE number = 2", 2, id="one in the middle"),
        pytest.param("DELETE FROM audit_log WHERE number = 1", 1, id="the first"),
        pytest.param("DELETE FROM audit_log WHERE number = 4", 4, id="the last"),
        pytest.param("DELETE FROM audit_log", 1, id="all"),
        pytest.param(
            "UPDATE audit_log SET hash = previous WHERE number = 4", 4, id="the last seal"
        ),
    ],
)
def test_a_broken_chain_is_told_with_the_row_where_it_breaks(
    engine: Engine, statement: str, broken_at: int
) -> None:
    log = written(engine, 4)

    without_triggers(engine, statement)

    assert log.check().broken_at == broken_at


def test_a_purge_deletes_what_is_old_and_says_so(engine: Engine) -> None:
    clock = Clock()
    log = AuditLog(engine, clock)
    for _ in range(3):
        log.write(entry())
        clock.now += timedelta(days=10)

    assert log.purge(NOON + timedelta(days=15), "quantri") == 2

    purged, kept = log.page(ANY, 0, 10)
    assert (kept.number, purged.number) == (3, 4)
    assert purged.entry.action == "audit.purged"
    assert purged.entry.by == "quantri"
    assert purged.entry.details["rows"] == 2
    assert log.check() == AuditCheck(2, 4, purged.hash)
    with pytest.raises(DBAPIError, match="neither changed nor deleted"):
        run(engine, "DELETE FROM audit_log WHERE number = 3")


def test_a_purge_of_nothing_writes_nothing(engine: Engine) -> None:
    log = written(engine)

    assert log.purge(NOON - timedelta(days=3650)) == 0
    assert log.count(ANY) == 3


def test_many_who_write_at_once_make_one_chain(engine: Engine) -> None:
    log = AuditLog(engine)

    def write() -> None:
        for _ in range(10):
            log.write(entry())

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert log.check() == AuditCheck(40, 40, log.page(ANY, 0, 1)[0].hash)


def test_the_log_is_filtered_by_who_what_where_and_when(engine: Engine) -> None:
    clock = Clock()
    log = AuditLog(engine, clock)
    log.write(entry("record.published", by="hoa"))
    log.write(entry("record.undone", by="lan", scope="commune:ba-na"))
    clock.now += timedelta(days=1)
    log.write(entry("ticket.replied", by="hoa", subject="ticket:A_C123"))
    log.write(entry("recording.heard", by="lan"))

    def numbers(**wanted: object) -> list[int]:
        asked = AuditFilter(**wanted)  # type: ignore[arg-type]
        found = [row.number for row in log.page(asked, 0, 10)]
        assert log.count(asked) == len(found)
        assert [row.number for row in log.each(asked)] == found[::-1]
        return found

    assert numbers(by="hoa") == [3, 1]
    assert numbers(action="record") == [2, 1]
    assert numbers(action="record.undone") == [2]
    assert numbers(scopes=("commune:ba-na",)) == [2]
    assert numbers(scopes=()) == []
    assert numbers(subject="A_C") == [3]
    assert numbers(subject="A%C") == []
    assert numbers(since=NOON + timedelta(hours=1)) == [4, 3]
    assert numbers(before=NOON + timedelta(hours=1)) == [2, 1]
    assert log.actions(("commune:ba-na",)) == ("record.undone",)


def test_more_rows_than_are_read_at_once_are_all_read(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.records.audit._ROWS_AT_ONCE", 3)
    log = written(engine, 8)

    assert [row.number for row in log.each(ANY)] == list(range(1, 9))
    assert log.check().rows == 8
