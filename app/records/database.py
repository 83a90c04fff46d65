"""Opens the database and brings its tables up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from knowledge_base.revisions import DatabaseUnavailableError, database_errors

_MIGRATIONS = Path(__file__).parent / "migrations"
_SAFE_WAL = (3, 51, 3)
"""SQLite 3.7.0 to 3.51.2 can corrupt a database when one connection resets the write-ahead log
while another writes (https://sqlite.org/wal.html#walresetbug); these keep a rollback
journal.
"""


def open_database(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL, with every migration applied.

    Raises:
        DatabaseUnavailableError: when the address is wrong or the database cannot be opened.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnavailableError(
            f"DATABASE_URL “{url}” không đúng dạng. Ví dụ: postgresql+psycopg://ten:mk@may/hoixa."
        ) from error
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(address, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    with database_errors():
        migrate(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Apply the migrations that the database lacks."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    journal = "WAL" if sqlite3.sqlite_version_info >= _SAFE_WAL else "TRUNCATE"
    cursor.execute(f"PRAGMA journal_mode={journal}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
