"""The real service on the release's content, as officers meet it; made once for all these tests."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import text

from app.main import Stores, open_service
from app.settings import Settings
from tests.journeys.conftest import (  # noqa: F401  (fixtures)
    address,
    folder,
    live,
    settings,
    site,
    stores,
)


@pytest.fixture(scope="session")
def app(settings: Settings, stores: Stores) -> Iterator[FastAPI]:  # noqa: F811
    """The whole application; its passwords are hashed as cheaply as can be."""
    with open_service(settings, stores) as app:
        app.state.staff.accounts._hasher = PasswordHasher(1, 8, 1)
        yield app


@pytest.fixture(autouse=True)
def _nobody_guessed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Wrong passwords of one test do not slow the next one, which has the same address."""
    served = request.getfixturevalue("app") if "app" in request.fixturenames else None
    yield
    if isinstance(served, FastAPI):
        with served.state.staff.engine.begin() as connection:
            connection.execute(text("DELETE FROM sign_in_try"))
