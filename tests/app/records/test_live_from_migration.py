"""Revisions of before they had a day get the one on which they were made, in Vietnam."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from app.records import database
from app.records.database import migrate, open_database
from knowledge_base.revisions import RevisionRow, published
from tests.service import fresh_database

INSERT = text(
    "INSERT INTO revision (kind, record_id, scope, state, data, content_hash, author, note, "
    "made_at) VALUES ('guide', :record, 'national', :state, '{}', '', 'release', '', :made_at)"
)
BEFORE = [
    ("sang", "published", "2026-11-20 03:00:00+00:00", date(2026, 11, 20)),
    ("toi", "published", "2026-11-20 16:59:59+00:00", date(2026, 11, 20)),
    ("nua-dem", "published", "2026-11-20 17:00:00+00:00", date(2026, 11, 21)),
    ("nhap", "draft", "2026-11-20 20:00:00+00:00", date(2026, 11, 21)),
]


def to(engine: Engine, revision: str, *, back: bool = False) -> None:
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of before, with revisions."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'hoixa.db'}"
    else:
        name = f"live_from_{len(request.node.name)}"
        url = fresh_database(request.getfixturevalue("postgres_url"), name)
    engine = create_engine(url)
    to(engine, "0003")
    with engine.begin() as connection:
        for record, state, made_at, _ in BEFORE:
            moment = made_at.removesuffix("+00:00") if request.param == "sqlite" else made_at
            connection.execute(INSERT, {"record": record, "state": state, "made_at": moment})
    engine.dispose()
    return url


def test_every_revision_lives_from_the_day_on_which_it_was_made(old: str) -> None:
    engine = open_database(old)

    with Session(engine) as session:
        days = {row.record_id: row.live_from for row in session.scalars(select(RevisionRow))}
        seen = {found.body.id for found in published(session, date(2026, 11, 20))}
    engine.dispose()

    assert days == {record: day for record, _, _, day in BEFORE}
    assert seen == {"sang", "toi"}


def test_the_way_back_calls_back_what_has_not_begun(old: str) -> None:
    engine = open_database(old)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE revision SET live_from = '2999-01-01' WHERE record_id = 'sang'")
        )

    to(engine, "0003", back=True)

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT record_id, state FROM revision"))
        states = {row.record_id: row.state for row in rows}
    columns = {column["name"] for column in inspect(engine).get_columns("revision")}
    assert states["sang"] == "cancelled" and states["toi"] == "published"
    assert not {"live_from", "regards"} & columns
    assert "draft" not in inspect(engine).get_table_names()
    migrate(engine)
    engine.dispose()
