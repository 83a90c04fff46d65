"""A fresh database for each test, on both kinds: on PostgreSQL too where there is time for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, QueuePool, make_url

from app.records.database import open_database
from tests.database import new_database
from tests.service import fresh_database

_TEMPLATE = "records_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a database with every migration applied, on the tests' PostgreSQL server."""
    open_database(fresh_database(postgres_url, _TEMPLATE)).dispose()
    return _TEMPLATE


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.thorough)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database; ``only_sqlite`` and ``only_postgresql`` keep a test to one kind."""
    if request.param == "sqlite":
        engine = new_database(tmp_path / "hoixa.db")
        yield engine
        engine.dispose()
        return
    template: str = request.getfixturevalue("postgres_template")
    address = make_url(request.getfixturevalue("postgres_url"))
    name = f"records_{next(_numbers)}"
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    engine = open_database(address.set(database=name).render_as_string(hide_password=False))
    yield engine
    _wait_for_threads(engine)
    engine.dispose()
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _wait_for_threads(engine: Engine) -> None:
    """Until every connection is back: one given back after ``dispose`` would never be closed.

    A job says in the database that it has ended, and its thread gives its connection back after.
    """
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    for _ in range(500):
        if not pool.checkedout():
            return
        time.sleep(0.01)
    raise AssertionError("a connection is held after the test has ended")
