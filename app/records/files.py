"""Files that officers bring and that the service makes for them, kept in the database.

In the database, so that every replica serves them and one backup holds everything; in pieces, so
that no file is ever held whole.
"""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import IO

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    and_,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge_base.day import utc
from knowledge_base.revisions import Base, database_errors, now

_PIECE = 1 << 20
_LONGEST_NAME = 300


class FilePurpose(StrEnum):
    """What a file is kept for, which decides how long."""

    DOCUMENT = "document"
    """Brought by an officer, with the pictures of its pages."""
    RESULT = "result"
    """Made for an officer: posters, reports, exports."""


class StoredFileRow(Base):
    """What is known of a file; its bytes are in parts."""

    __tablename__ = "stored_file"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(300))
    media_type: Mapped[str] = mapped_column(String(120))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(String(100))
    needs: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("stored_file_by_age", "purpose", "made_at"),)


class StoredFilePartRow(Base):
    """A piece of a file's bytes."""

    __tablename__ = "stored_file_part"

    file_id: Mapped[str] = mapped_column(
        ForeignKey("stored_file.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class FilesFullError(Exception):
    """No more files fit in what the setting allows; the message is in Vietnamese."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(
            f"Kho tệp đã đầy ({most_bytes // 1_000_000} MB, FILES_MAX_MB). "
            "Xoá bớt văn bản cũ ở trang Văn bản, hoặc hỏi kỹ thuật viên."
        )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept (tệp), without its bytes."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    scope: str
    needs: str
    """The permission that an officer needs to fetch it."""
    purpose: FilePurpose
    by: str
    made_at: datetime
    """UTC."""
    expires_at: datetime
    """UTC; by the settings of today."""


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much is kept, and for how long."""

    max_bytes: int = 2_000_000_000
    """Of all files together."""
    document_days: int = 365
    result_days: int = 30

    def days(self, purpose: FilePurpose) -> timedelta:
        """How long files of a purpose are kept."""
        return timedelta(
            days=self.document_days if purpose is FilePurpose.DOCUMENT else self.result_days
        )


class Files:
    """The files in the database, shared by all replicas.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, limits: FileLimits | None = None) -> None:
        """Keep files within limits."""
        self._engine = engine
        self._limits = limits or FileLimits()

    def add(
        self,
        name: str,
        media_type: str,
        data: bytes | IO[bytes],
        scope: str,
        by: str,
        *,
        purpose: FilePurpose = FilePurpose.RESULT,
        needs: str = "read",
    ) -> str:
        """Keep a file and return its id; an open file is read from where it stands.

        Args:
            name: what it is called when fetched.
            media_type: told to the browser, which is made to save the file all the same.
            data: its bytes.
            scope: the area whose officers may fetch it.
            by: the username of who brought it or had it made.
            purpose: decides how long it is kept.
            needs: the permission that others of the area need to fetch it.

        Raises:
            FilesFullError: when it would be more than is allowed.
        """
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        file_id, size, digest = uuid.uuid4().hex, 0, hashlib.sha256()
        with database_errors(), Session(self._engine) as session, session.begin():
            row = StoredFileRow(
                id=file_id,
                name=name[-_LONGEST_NAME:],
                media_type=media_type,
                size=0,
                sha256="",
                scope=scope,
                needs=needs,
                purpose=purpose.value,
                made_by=by,
            )
            session.add(row)
            session.flush()
            room = self._limits.max_bytes - self._used(session)
            for number, piece in enumerate(_pieces(stream)):
                size += len(piece)
                if size > room:
                    raise FilesFullError(self._limits.max_bytes)
                digest.update(piece)
                part = StoredFilePartRow(file_id=file_id, number=number, data=piece)
                session.add(part)
                session.flush()
                session.expunge(part)
            row.size, row.sha256 = size, digest.hexdigest()
        return file_id

    def find(self, file_id: str) -> StoredFile | None:
        """What is known of a file; None for one that is unknown or past its days."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(StoredFileRow, file_id)
            found = self._file(row) if row is not None else None
        return found if found is not None and found.expires_at > now() else None

    def pieces(self, file_id: str) -> Iterator[bytes]:
        """The bytes of a file, a piece at a time."""
        number = 0
        while True:
            with database_errors(), Session(self._engine) as session:
                part = session.get(StoredFilePartRow, (file_id, number))
                data = part.data if part is not None else None
            if data is None:
                return
            yield data
            number += 1

    def read(self, file_id: str) -> bytes:
        """All the bytes of a file."""
        return b"".join(self.pieces(file_id))

    def remove(self, file_ids: Iterable[str]) -> int:
        """Delete files; how many there were."""
        with database_errors(), Session(self._engine) as session, session.begin():
            return _delete(session, StoredFileRow.id.in_(list(file_ids)))

    def used_bytes(self) -> int:
        """How much all files take."""
        with database_errors(), Session(self._engine) as session:
            return self._used(session)

    def purge(self) -> int:
        """Delete the files past their days; how many."""
        past = or_(
            *(
                and_(
                    StoredFileRow.purpose == purpose.value,
                    StoredFileRow.made_at < now() - self._limits.days(purpose),
                )
                for purpose in FilePurpose
            )
        )
        with database_errors(), Session(self._engine) as session, session.begin():
            return _delete(session, past)

    def _used(self, session: Session) -> int:
        return session.scalar(select(func.coalesce(func.sum(StoredFileRow.size), 0))) or 0

    def _file(self, row: StoredFileRow) -> StoredFile:
        purpose, made_at = FilePurpose(row.purpose), utc(row.made_at)
        return StoredFile(
            id=row.id,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            scope=row.scope,
            needs=row.needs,
            purpose=purpose,
            by=row.made_by,
            made_at=made_at,
            expires_at=made_at + self._limits.days(purpose),
        )


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _delete(session: Session, which: ColumnElement[bool]) -> int:
    return len(
        session.scalars(delete(StoredFileRow).where(which).returning(StoredFileRow.id)).all()
    )
