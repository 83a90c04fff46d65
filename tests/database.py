"""Databases with all their tables, copied from one that is made once a run."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Engine

from app.records.database import open_database
from tests.run import run_folder


@cache
def _migrated() -> Path:
    """An empty SQLite database with every migration applied: applying them takes far longer."""
    made = run_folder() / "empty.db"
    with FileLock(f"{made}.lock"):
        if not made.exists():
            beginning = made.with_name("empty-in-the-making.db")
            open_database(f"sqlite:///{beginning}").dispose()
            beginning.rename(made)
    return made


def put_database(path: Path) -> None:
    """Lay an empty database with its tables down, where none is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        shutil.copyfile(_migrated(), path)


def new_database(path: Path) -> Engine:
    """Open such a database; whoever asks for it disposes of it."""
    put_database(path)
    return open_database(f"sqlite:///{path}")
