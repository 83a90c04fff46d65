"""Files kept in the database: whole, within limits, and not for ever."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app.records.files import (
    FileLimits,
    FilePurpose,
    Files,
    FilesFullError,
    StoredFilePartRow,
    StoredFileRow,
)
from knowledge_base.revisions import now

HERE = "commune:hoa-tien"


def older(engine: Engine, file_id: str, days: int) -> None:
    with Session(engine) as session, session.begin():
        session.execute(
            update(StoredFileRow)
            .where(StoredFileRow.id == file_id)
            .values(made_at=now() - timedelta(days=days))
        )


def parts(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(StoredFilePartRow)) or 0


def test_a_file_comes_back_as_it_was_brought(engine: Engine) -> None:
    files = Files(engine)
    data = bytes(range(256)) * 10_000  # more than one piece

    kept = files.add("Quyết định 12.pdf", "application/pdf", io.BytesIO(data), HERE, "lan")

    found = files.find(kept)
    assert found is not None
    assert files.read(kept) == data
    assert (found.name, found.media_type, found.size) == (
        "Quyết định 12.pdf",
        "application/pdf",
        len(data),
    )
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.scope, found.by) == (HERE, "lan")
    assert len(list(files.pieces(kept))) == 3


def test_an_empty_file_is_a_file(engine: Engine) -> None:
    files = Files(engine)

    kept = files.add("trong.csv", "text/csv", b"", HERE, "lan")

    assert files.read(kept) == b""
    assert files.find(kept) is not None


def test_nothing_is_kept_of_a_file_that_does_not_fit(engine: Engine) -> None:
    files = Files(engine, FileLimits(max_bytes=3_000_000))
    files.add("a.zip", "application/zip", b"a" * 2_000_000, HERE, "lan")

    with pytest.raises(FilesFullError, match="3 MB"):
        files.add("b.zip", "application/zip", b"b" * 2_000_000, HERE, "lan")

    assert files.used_bytes() == 2_000_000
    assert parts(engine) == 2


def test_a_file_is_deleted_after_the_days_of_its_purpose(engine: Engine) -> None:
    files = Files(engine, FileLimits(document_days=100, result_days=10))
    brought = files.add("a.docx", "x/y", b"a", HERE, "lan", purpose=FilePurpose.DOCUMENT)
    made = files.add("b.zip", "x/y", b"b", HERE, "lan")
    for kept in (brought, made):
        older(engine, kept, 20)

    assert files.find(made) is None  # even before it is deleted
    assert files.purge() == 1

    assert files.find(brought) is not None
    assert parts(engine) == 1
    older(engine, brought, 101)
    assert files.purge() == 1
    assert parts(engine) == 0


def test_files_can_be_deleted_by_hand(engine: Engine) -> None:
    files = Files(engine)
    kept = files.add("a.docx", "x/y", b"a", HERE, "lan")

    assert files.remove([kept, "unknown"]) == 1

    assert files.find(kept) is None
    assert parts(engine) == 0
