"""The release's content, read and ingested once, for tests of the real service."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
from fastapi import FastAPI
from filelock import FileLock
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from app.main import open_service, open_stores
from app.settings import Settings
from ingest.sync import make_snapshot, today
from knowledge_base.catalogue import Catalogue, read_content
from knowledge_base.edition import Edition
from knowledge_base.revisions import Snapshot, load_release
from tests.fakes import DAY
from tests.run import run_folder

COMMUNES = ("hoa-tien", "hoa-vang", "ba-na")


@cache
def release() -> Catalogue:
    """Every record of the release, read once."""
    return read_content()


@cache
def release_edition() -> Edition:
    """The release as it holds on the day of the tests, without a database or vectors."""
    return Edition.load(Snapshot(1, 1, "none", frozenset()), release(), DAY)


def ingest(settings: Settings, *, rebuild: bool = False) -> None:
    """What ``hoixa ingest`` does, without reading the content again."""
    with open_stores(settings) as stores:
        with Session(stores.engine) as session, session.begin():
            load_release(session, release().bodies)
        make_snapshot(stores.engine, stores.vectors, today(), rebuild=rebuild)


@cache
def _ingested() -> Path:
    """A data directory with the release, made by the first process of this run that needs it."""
    folder = run_folder() / "release"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            made = folder.with_name("release-in-the-making")
            ingest(settings_in(made))
            made.rename(folder)
    return folder


def settings_in(folder: Path, **changes: object) -> Settings:
    """Settings of a service that keeps its data in a folder and slows nobody down."""
    unhurried = {"rate_per_minute": 100_000, "tickets_per_hour": 100_000}
    return Settings.model_validate({"data_dir": folder, **unhurried, **changes})


def ingested_copy(folder: Path) -> Path:
    """A data directory in a folder, with the release ingested."""
    return Path(shutil.copytree(_ingested(), folder / "data"))


def fresh_database(postgres_url: str, name: str) -> str:
    """The address of a new, empty database on the PostgreSQL server of the tests."""
    address = make_url(postgres_url)
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return address.set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[FastAPI]:
    """The whole application on an ingested data directory."""
    with open_stores(settings) as stores, open_service(settings, stores) as app:
        yield app
