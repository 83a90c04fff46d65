"""A small content folder, a database and an embedded index for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from knowledge_base.index import VectorIndex
from tests.database import new_database
from tests.knowledge_base.fakes import CountingEmbedding
from tests.knowledge_base.records import put_small_content


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A folder with one record of each kind."""
    return put_small_content(tmp_path / "content")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An SQLite database with its tables."""
    engine = new_database(tmp_path / "hoixa.db")
    yield engine
    engine.dispose()


@pytest.fixture
def embedding() -> CountingEmbedding:
    """A small embedding that counts its work."""
    return CountingEmbedding()


@pytest.fixture
def vectors(tmp_path: Path, embedding: CountingEmbedding) -> Iterator[VectorIndex]:
    """An embedded index without any collection."""
    index = VectorIndex.embedded(tmp_path / "index", embedding)
    yield index
    index.close()
