"""The real service on the release's content, as residents and staff meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import make_url

from tests.service import ingest, ingested_copy, running, settings_in


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of these journeys, with the release ingested in ``data``."""
    folder = tmp_path_factory.mktemp("journeys")
    ingested_copy(folder)
    return folder


@pytest.fixture(scope="session")
def app(folder: Path) -> Iterator[FastAPI]:
    """The whole application on SQLite and the embedded index."""
    with running(settings_in(folder / "data")) as app:
        yield app


@pytest.fixture(scope="session")
def site(app: FastAPI) -> TestClient:
    """A visitor who does not follow redirects by himself."""
    return TestClient(app, follow_redirects=False)


@pytest.fixture(scope="session")
def outgrown_site(
    postgres_url: str, chroma_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """The same on PostgreSQL and a Chroma server, with the index built and rebuilt into them."""
    address = make_url(postgres_url)
    with psycopg.connect(
        address.set(drivername="postgresql").render_as_string(hide_password=False),
        autocommit=True,
    ) as connection:
        connection.execute("CREATE DATABASE hoixa_journeys")
    settings = settings_in(
        tmp_path_factory.mktemp("outgrown"),
        database_url=address.set(database="hoixa_journeys").render_as_string(hide_password=False),
        chroma_url=chroma_url,
    )
    ingest(settings)
    ingest(settings, rebuild=True)
    with running(settings) as app:
        yield TestClient(app, follow_redirects=False)
