"""Opening the database: the migrations make the tables that the code knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from app.records import tables
from app.records.database import migrate, open_database
from knowledge_base.revisions import Base, DatabaseUnavailableError
from tests.app.records.kinds import only_sqlite
from tests.service import fresh_database


def differences(engine: Engine) -> list[object]:
    assert tables.AnswerRow.metadata is Base.metadata
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_the_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    assert differences(engine) == []


def test_the_same_holds_on_postgresql(postgres_url: str) -> None:
    engine = open_database(fresh_database(postgres_url, "test_database"))

    found = differences(engine)
    engine.dispose()

    assert found == []


def test_opening_it_again_changes_nothing(engine: Engine) -> None:
    before = inspect(engine).get_table_names()

    migrate(engine)

    assert inspect(engine).get_table_names() == before
    assert "alembic_version" in before


def test_what_was_kept_is_still_there_after_opening_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a' / 'b' / 'hoixa.db'}"
    first = open_database(url)
    with first.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO place (code, commune, label, retired, made_at) "
                "VALUES ('abc234', 'hoa-tien', 'Quầy 3', 0, '2026-11-21')"
            )
        )
    first.dispose()

    second = open_database(url)
    with second.connect() as connection:
        kept = connection.execute(text("SELECT label FROM place")).scalar_one()
    second.dispose()

    assert kept == "Quầy 3"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("khong phai dia chi", id="no address"),
        pytest.param("mysql://a@b/c", id="another kind"),
        pytest.param("postgresql://a:mat-khau@127.0.0.1:cong/c", id="broken"),
        pytest.param("postgresql://a:mat-khau@127.0.0.1:1/c", id="nobody there"),
    ],
)
def test_a_wrong_address_is_told_without_its_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailableError) as caught:
        open_database(url)

    assert "DATABASE_URL" in str(caught.value)
    assert "mat-khau" not in str(caught.value).replace("ten:mat-khau@may", "")


def test_a_file_that_is_no_database_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "hoixa.db"
    path.write_bytes(b"not a database at all, but long enough to look like one" * 50)
    before = path.read_bytes()

    with pytest.raises(DatabaseUnavailableError, match="hỏng"):
        open_database(f"sqlite:///{path}")

    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "tep").write_text("")

    with pytest.raises(DatabaseUnavailableError, match="DATA_DIR"):
        open_database(f"sqlite:///{tmp_path / 'tep' / 'con' / 'hoixa.db'}")


@only_sqlite
def test_sqlite_checks_what_rows_point_at_and_flushes_to_disk(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


def test_a_database_made_by_the_code_alone_would_be_the_same(
    tmp_path: Path, engine: Engine
) -> None:
    by_code = create_engine(f"sqlite:///{tmp_path / 'code.db'}")
    Base.metadata.create_all(by_code)

    made = set(inspect(by_code).get_table_names())
    by_code.dispose()

    assert made | {"alembic_version"} == set(inspect(engine).get_table_names())
