"""Documents that officers brought and the service has read, until a draft is made of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, Index, String, Text, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from knowledge_base.day import utc
from knowledge_base.revisions import Base, database_errors, now

_LONGEST_NAME = 300


class ReadDocumentRow(Base):
    """What was read in one document."""

    __tablename__ = "read_document"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(300))
    files: Mapped[list[str]] = mapped_column(JSON)
    pictures: Mapped[list[str]] = mapped_column(JSON)
    content: Mapped[str] = mapped_column(Text)
    found: Mapped[dict[str, Any]] = mapped_column(JSON)
    draft_id: Mapped[int | None]
    made_by: Mapped[str] = mapped_column(String(80))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("read_document_by_scope", "scope", "made_at"),)


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document that was read (văn bản đã đọc)."""

    id: str
    scope: str
    name: str
    files: tuple[str, ...]
    """Ids of the files it came in, in the order of its pages."""
    pictures: tuple[str, ...]
    """Ids of the pictures of its pages, as far as they were made."""
    content: str
    """Its blocks, as ``ingest.documents.blocks.to_json`` writes them."""
    found: Mapping[str, Any]
    """What was recognised, as the page that shows it wrote it down."""
    draft_id: int | None
    """The draft made of it; None before."""
    by: str
    made_at: datetime
    """UTC."""


class ReadDocuments:
    """The read documents in the database, kept as long as their files.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, days: int) -> None:
        """Keep them for so many days."""
        self._engine = engine
        self._lasts = timedelta(days=days)

    def add(
        self,
        *,
        scope: str,
        name: str,
        files: Iterable[str],
        pictures: Iterable[str],
        content: str,
        found: Mapping[str, Any],
        by: str,
    ) -> str:
        """Keep what was read and return its id."""
        document_id = uuid.uuid4().hex
        with database_errors(), Session(self._engine) as session, session.begin():
            session.add(
                ReadDocumentRow(
                    id=document_id,
                    scope=scope,
                    name=name[-_LONGEST_NAME:],
                    files=list(files),
                    pictures=list(pictures),
                    content=content,
                    found=dict(found),
                    made_by=by,
                )
            )
        return document_id

    def find(self, document_id: str) -> ReadDocument | None:
        """A read document; None for one that is unknown or past its days."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(ReadDocumentRow, document_id)
            found = _document(row) if row is not None else None
        return found if found is not None and found.made_at > now() - self._lasts else None

    def recent(self, scopes: Iterable[str], count: int) -> list[ReadDocument]:
        """The newest of some scopes, the newest first."""
        newest = (
            select(ReadDocumentRow)
            .where(ReadDocumentRow.scope.in_(list(scopes)))
            .order_by(ReadDocumentRow.made_at.desc(), ReadDocumentRow.id)
            .limit(count)
        )
        with database_errors(), Session(self._engine) as session:
            return [_document(row) for row in session.scalars(newest)]

    def drafted(self, document_id: str, draft_id: int) -> None:
        """Note the draft that was made of a document."""
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(
                update(ReadDocumentRow)
                .where(ReadDocumentRow.id == document_id)
                .values(draft_id=draft_id)
            )

    def remove(self, document_id: str) -> None:
        """Delete one; what is not there is gone already."""
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(delete(ReadDocumentRow).where(ReadDocumentRow.id == document_id))

    def purge(self) -> int:
        """Delete those past their days; how many."""
        past = (
            delete(ReadDocumentRow)
            .where(ReadDocumentRow.made_at < now() - self._lasts)
            .returning(ReadDocumentRow.id)
        )
        with database_errors(), Session(self._engine) as session, session.begin():
            return len(session.scalars(past).all())


def _document(row: ReadDocumentRow) -> ReadDocument:
    return ReadDocument(
        id=row.id,
        scope=row.scope,
        name=row.name,
        files=tuple(row.files),
        pictures=tuple(row.pictures),
        content=row.content,
        found=row.found,
        draft_id=row.draft_id,
        by=row.made_by,
        made_at=utc(row.made_at),
    )
