"""The real service on the release's content, as officers meet it; made once for all these tests."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from tests.journeys.conftest import (  # noqa: F401  (fixtures)
    address,
    app,
    folder,
    live,
    settings,
    site,
    stores,
)


@pytest.fixture(autouse=True)
def _nobody_guessed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Wrong passwords of one test do not slow the next one, which has the same address."""
    served = request.getfixturevalue("app") if "app" in request.fixturenames else None
    yield
    if isinstance(served, FastAPI):
        with served.state.staff.engine.begin() as connection:
            connection.execute(text("DELETE FROM sign_in_try"))
