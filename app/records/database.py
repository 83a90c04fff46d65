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
_MIGRATION_LOCK = 7_041_946
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
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() not in ("postgresql", "sqlite"):
            raise ArgumentError(f"{address.drivername} is not supported")
        engine = create_engine(address, pool_pre_ping=True)
    except (ArgumentError, ImportError, ValueError) as error:
        # the address itself is not repeated: it may hold a password
        raise DatabaseUnavailableError(
            "DATABASE_URL không đúng dạng. Viết như postgresql://ten:mat-khau@may:5432/hoixa, "
            "hoặc bỏ trống để dùng SQLite."
        ) from error
    if address.get_backend_name() == "sqlite" and address.database:
        folder = Path(address.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailableError(
                f"Không tạo được thư mục {folder} ({error.strerror}). Kiểm tra DATA_DIR."
            ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    with database_errors():
        migrate(engine)
    return engine


def migrate(engine: Engine) -> None:
    """Apply the migrations that the database lacks, all or none, one process at a time."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    # without its BEGIN, SQLite would keep each table of a migration that is cut short
    alone = {
        "postgresql": f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})",
        "sqlite": "BEGIN IMMEDIATE",
    }
    with engine.begin() as connection:
        connection.exec_driver_sql(alone[engine.dialect.name])
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
