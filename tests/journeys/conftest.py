"""The real service on the release's content, as residents and staff meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.main import Stores, open_stores
from app.settings import Settings
from ingest.live import LiveKnowledge
from tests.service import fresh_database, ingest, ingested_copy, running, running_on, settings_in
from tests.serving import served


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of these journeys, with the release ingested in ``data``."""
    folder = tmp_path_factory.mktemp("journeys")
    ingested_copy(folder)
    return folder


@pytest.fixture(scope="session")
def settings(folder: Path) -> Settings:
    """SQLite and the embedded index, in that folder."""
    return settings_in(folder / "data")


@pytest.fixture(scope="session")
def stores(settings: Settings) -> Iterator[Stores]:
    with open_stores(settings) as stores:
        yield stores


@pytest.fixture(scope="session")
def app(settings: Settings, stores: Stores) -> Iterator[FastAPI]:
    """The whole application."""
    with running_on(stores, settings) as app:
        yield app


@pytest.fixture(scope="session")
def site(app: FastAPI) -> TestClient:
    """A visitor who does not follow redirects by himself."""
    return TestClient(app, follow_redirects=False)


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[str]:
    """Where the same application is served to browsers."""
    with served(app) as address:
        yield address


@pytest.fixture(scope="session")
def live(stores: Stores, app: FastAPI) -> Iterator[LiveKnowledge]:
    """The same knowledge, for applications with other settings."""
    live = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600)
    live.start()
    yield live
    live.stop()


@pytest.fixture(scope="session")
def outgrown_site(
    postgres_url: str, chroma_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The same on PostgreSQL and a Chroma server, with the index rebuilt into them."""
    settings = settings_in(
        tmp_path_factory.mktemp("outgrown"),
        database_url=fresh_database(postgres_url, "hoixa_journeys"),
        chroma_url=chroma_url,
    )
    ingest(settings, rebuild=True)
    with running(settings) as app:
        yield TestClient(app, follow_redirects=False)
