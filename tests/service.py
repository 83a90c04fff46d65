"""The release's content, read and ingested once, for tests of the real service."""

from __future__ import annotations

import contextlib
import pickle
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from filelock import FileLock
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from app import staffing
from app.main import Stores, open_service, open_stores
from app.settings import Settings
from ingest import live
from ingest.sync import make_snapshot, today
from knowledge_base.catalogue import CONTENT, Catalogue, read_content, read_legal_texts
from knowledge_base.edition import Edition
from knowledge_base.lexical import CutTexts
from knowledge_base.reuse import Reuse
from knowledge_base.revisions import Snapshot, load_release
from knowledge_base.source import LegalText
from tests.fakes import DAY
from tests.run import run_folder

COMMUNES = ("hoa-tien", "hoa-vang", "ba-na")
_TEXTS = CutTexts()
"""The texts that this process has cut: those of the release take seconds, and never change."""


def _reuse() -> Reuse:
    return Reuse(texts=_TEXTS)


def _legal_texts(folder: Path = CONTENT) -> dict[str, LegalText]:
    return dict(release().legal_texts) if folder == CONTENT else read_legal_texts(folder)


# For each service that a test opens all this would be made anew.
_PATCH = pytest.MonkeyPatch()
_PATCH.setattr(live, "Reuse", _reuse)
_PATCH.setattr(staffing, "read_legal_texts", _legal_texts)


@cache
def release() -> Catalogue:
    """Every record of the release, read by the first process of this run that needs it."""
    kept = run_folder() / "release.pickle"
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            made = kept.with_name("release-in-the-making.pickle")
            made.write_bytes(pickle.dumps(read_content()))
            made.rename(kept)
    found: Catalogue = pickle.loads(kept.read_bytes())
    return found


@cache
def release_edition() -> Edition:
    """The release as it holds on the day of the tests, without a database or vectors."""
    return Edition.load(Snapshot(1, 1, "none", frozenset()), release(), DAY, _reuse())


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
    """Settings of a service that keeps its data in a folder and slows nobody down.

    It looks for ingest work when it is woken, not each second: that costs a service of the whole
    release a twentieth of a processor, as long as the tests of its process run.
    """
    unhurried = {"rate_per_minute": 100_000, "tickets_per_hour": 100_000, "poll_seconds": 3600}
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
    with open_stores(settings) as stores, running_on(stores, settings) as app:
        yield app


@contextlib.contextmanager
def running_on(stores: Stores, settings: Settings) -> Iterator[FastAPI]:
    """The whole application on open stores; its passwords are hashed as cheaply as can be."""
    with open_service(settings, stores) as app:
        app.state.staff.accounts._hasher = PasswordHasher(1, 8, 1)
        yield app
