"""Keeps a test to one kind of database, where it looks into what only that kind has."""

import pytest

only_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
_postgresql = pytest.param("postgresql", marks=pytest.mark.thorough)
only_postgresql = pytest.mark.parametrize("engine", [_postgresql], indirect=True)
