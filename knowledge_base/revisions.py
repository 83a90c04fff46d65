"""Every published version of every record, and which of them the index answers from."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text, func, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from knowledge_base.catalogue import Body
from knowledge_base.record import RecordKind

RELEASE = "release"
"""The author of revisions that come with a release's content files."""


class DatabaseUnavailableError(Exception):
    """The database cannot be read or written: full disk, wrong address, server down."""


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Turn the database's own errors into ours, in words an operator can act on.

    Raises:
        DatabaseUnavailableError: for a full disk, a refused connection and their like.
    """
    try:
        yield
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise  # a fault of ours, such as a statement that the tables do not know
        words = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
        raise DatabaseUnavailableError(
            f"Không ghi đọc được cơ sở dữ liệu ({words}). {_mend(words.lower())}"
        ) from error


def _mend(words: str) -> str:
    if "full" in words or "no space" in words:
        return "Đĩa đã đầy: dọn chỗ trống rồi chạy lại. Dữ liệu cũ còn nguyên."
    if "not a database" in words or "malformed" in words:
        return "Tệp cơ sở dữ liệu hỏng: khôi phục bản sao lưu rồi chạy lại."
    return "Kiểm tra DATABASE_URL hoặc DATA_DIR, và máy chủ cơ sở dữ liệu. Dữ liệu cũ còn nguyên."


class Base(DeclarativeBase):
    """Base of every table of the service."""


class RevisionState(StrEnum):
    """What a revision is for."""

    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    """The record no longer exists from here on."""
    CONFLICT = "conflict"
    """The release changed a record that staff changed too; staff decide."""
    DRAFT = "draft"
    """Begun by an import and not yet checked by anyone; its data is no record yet."""


_LIVE = (RevisionState.PUBLISHED.value, RevisionState.WITHDRAWN.value)


def now() -> datetime:
    """The time as stored: UTC."""
    return datetime.now(UTC)


class RevisionRow(Base):
    """One version of one record; rows are only ever added."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(16))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    author: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    __table_args__ = (Index("revision_by_record", "kind", "record_id", "scope", "id"),)


class SnapshotRow(Base):
    """A whole index: its revisions, and the collections and embedding that hold its vectors.

    The newest snapshot is the one that answers; it is written only when all its vectors are.
    """

    __tablename__ = "snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    generation: Mapped[int]
    """Part of the collections' names; a rebuild makes a new one beside the old."""
    embedding: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SnapshotRevisionRow(Base):
    """A revision that a snapshot holds."""

    __tablename__ = "snapshot_revision"

    snapshot_id: Mapped[int] = mapped_column(
        ForeignKey("snapshot.id", ondelete="CASCADE"), primary_key=True
    )
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"), primary_key=True)


class IngestJobRow(Base):
    """Work handed by ``hoixa ingest`` to the service that owns the index."""

    __tablename__ = "ingest_job"

    id: Mapped[int] = mapped_column(primary_key=True)
    rebuild: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


@dataclass(frozen=True, slots=True)
class Published:
    """The revision of a record that residents see."""

    revision_id: int
    author: str
    content_hash: str
    state: RevisionState
    body: Body


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that someone has still to check and publish."""

    revision_id: int
    author: str
    note: str
    made_at: datetime
    body: Body
    """Its data is what the import stored, not a record."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What loading a release's content changed."""

    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    conflicts: tuple[str, ...] = ()
    unchanged: int = 0


def content_hash(data: Mapping[str, Any]) -> str:
    """Equal for equal content, whatever the order of keys."""
    canonical = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def published(session: Session) -> list[Published]:
    """The newest live revision of every record, withdrawn ones left out, by id."""
    return [found for found in _newest(session).values() if found.state is not _WITHDRAWN]


def published_ids(session: Session) -> frozenset[int]:
    """The ids of what :func:`published` returns; cheap enough to ask every second."""
    return frozenset(
        session.scalars(
            select(RevisionRow.id).where(
                RevisionRow.id.in_(_NEWEST_LIVE), RevisionRow.state != _WITHDRAWN.value
            )
        )
    )


_WITHDRAWN = RevisionState.WITHDRAWN
_DRAFT = RevisionState.DRAFT
_DRAFTS_AT_ONCE = 100
_Key = tuple[str, str, str]

_NEWEST = select(func.max(RevisionRow.id)).group_by(
    RevisionRow.kind, RevisionRow.record_id, RevisionRow.scope
)
_NEWEST_LIVE = _NEWEST.where(RevisionRow.state.in_(_LIVE))


def _newest(session: Session, author: str | None = None) -> dict[_Key, Published]:
    newest = _NEWEST_LIVE
    if author is not None:
        newest = _NEWEST.where(RevisionRow.author == author, RevisionRow.state != _DRAFT.value)
    rows = session.scalars(
        select(RevisionRow).where(RevisionRow.id.in_(newest)).order_by(RevisionRow.id)
    )
    return {(row.kind, row.record_id, row.scope): _published(row) for row in rows}


def _published(row: RevisionRow) -> Published:
    body = Body(
        RecordKind(row.kind), row.record_id, row.scope, row.data, f"{row.kind} {row.record_id}"
    )
    return Published(row.id, row.author, row.content_hash, RevisionState(row.state), body)


def publish(
    session: Session,
    body: Body,
    author: str,
    *,
    state: RevisionState = RevisionState.PUBLISHED,
    note: str = "",
) -> int:
    """Add a revision and return its id; the caller commits."""
    row = RevisionRow(
        kind=body.kind.value,
        record_id=body.id,
        scope=body.scope,
        state=state.value,
        data=dict(body.data),
        content_hash=content_hash(body.data),
        author=author,
        note=note,
    )
    session.add(row)
    session.flush()
    return row.id


def add_draft(
    session: Session, body: Body, author: str, *, note: str = "", digest: str | None = None
) -> int | None:
    """Add a draft and return its id, or None where the newest one of its kind says the same.

    A draft is of the same kind as an earlier one when it has the same record, author and note, so
    that two ways of reading one source do not take turns. ``digest`` is what counts as the same,
    the hash of all data unless given. The caller commits.
    """
    digest = digest or content_hash(body.data)
    before = session.scalar(
        select(RevisionRow.content_hash)
        .where(
            RevisionRow.kind == body.kind.value,
            RevisionRow.record_id == body.id,
            RevisionRow.scope == body.scope,
            RevisionRow.state == _DRAFT.value,
            RevisionRow.author == author,
            RevisionRow.note == note,
        )
        .order_by(RevisionRow.id.desc())
        .limit(1)
    )
    if before == digest:
        return None
    row = RevisionRow(
        kind=body.kind.value,
        record_id=body.id,
        scope=body.scope,
        state=_DRAFT.value,
        data=dict(body.data),
        content_hash=digest,
        author=author,
        note=note,
    )
    session.add(row)
    session.flush()
    return row.id


def newest_drafts(session: Session, author: str | None = None) -> Iterator[Drafted]:
    """The newest draft of each record, author and note, the newest first; read as they are used."""
    newest = (
        select(func.max(RevisionRow.id))
        .where(RevisionRow.state == _DRAFT.value)
        .group_by(
            RevisionRow.kind,
            RevisionRow.record_id,
            RevisionRow.scope,
            RevisionRow.author,
            RevisionRow.note,
        )
    )
    if author is not None:
        newest = newest.where(RevisionRow.author == author)
    rows = session.execute(
        select(RevisionRow)
        .where(RevisionRow.id.in_(newest))
        .order_by(RevisionRow.id.desc())
        .execution_options(yield_per=_DRAFTS_AT_ONCE)
    )
    for (row,) in rows:
        yield Drafted(row.id, row.author, row.note, row.made_at, _published(row).body)
        session.expunge(row)


def load_release(session: Session, bodies: Iterable[Body]) -> SyncReport:
    """Bring a release's records in as revisions; a record changed by staff is never overwritten.

    The release's change of such a record is kept as a conflict. The caller commits, so either all
    of a release is there or none of it.
    """
    added = changed = withdrawn = unchanged = 0
    conflicts: list[str] = []
    live, by_release = _newest(session), _newest(session, RELEASE)
    seen: set[_Key] = set()
    for body in bodies:
        seen.add(body.key)
        digest = content_hash(body.data)
        before, last = live.get(body.key), by_release.get(body.key)
        if before is None:
            publish(session, body, RELEASE)
            added += 1
        elif last is not None and last.content_hash == digest and last.state is not _WITHDRAWN:
            unchanged += 1
        elif before.author == RELEASE:
            publish(session, body, RELEASE)
            changed += 1
        elif before.content_hash == digest:
            unchanged += 1
        else:
            publish(session, body, RELEASE, state=RevisionState.CONFLICT)
            conflicts.append(f"{body.id} ({body.scope})")
    for key, before in live.items():
        gone = key not in seen and before.author == RELEASE
        if gone and before.state is not _WITHDRAWN:
            publish(session, before.body, RELEASE, state=_WITHDRAWN)
            withdrawn += 1
    return SyncReport(added, changed, withdrawn, tuple(conflicts), unchanged)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Which revisions, collections and embedding an index is made of."""

    id: int
    generation: int
    embedding: str
    revision_ids: frozenset[int]


def newest_snapshot_id(session: Session) -> int | None:
    """The id of the snapshot that answers; cheap enough to ask before every answer."""
    return session.scalar(select(func.max(SnapshotRow.id)))


def newest_snapshot(session: Session) -> Snapshot | None:
    """The snapshot that answers, or None before the first ingest."""
    row = session.scalar(select(SnapshotRow).order_by(SnapshotRow.id.desc()).limit(1))
    if row is None:
        return None
    ids = session.scalars(
        select(SnapshotRevisionRow.revision_id).where(SnapshotRevisionRow.snapshot_id == row.id)
    )
    return Snapshot(row.id, row.generation, row.embedding, frozenset(ids))


def snapshot_bodies(session: Session, snapshot: Snapshot) -> list[Body]:
    """The records that a snapshot holds."""
    rows = session.scalars(
        select(RevisionRow)
        .join(SnapshotRevisionRow, SnapshotRevisionRow.revision_id == RevisionRow.id)
        .where(SnapshotRevisionRow.snapshot_id == snapshot.id)
        .order_by(RevisionRow.id)
    )
    return [_published(row).body for row in rows]


def add_snapshot(
    session: Session, generation: int, embedding: str, revision_ids: Iterable[int]
) -> int:
    """Add a snapshot, drop all but the one before it, and return its id; the caller commits."""
    before = newest_snapshot_id(session)
    row = SnapshotRow(generation=generation, embedding=embedding)
    session.add(row)
    session.flush()
    session.add_all(
        SnapshotRevisionRow(snapshot_id=row.id, revision_id=revision) for revision in revision_ids
    )
    session.flush()
    for old in session.scalars(
        select(SnapshotRow).where(SnapshotRow.id.not_in([row.id, before or row.id]))
    ):
        session.delete(old)
    return row.id
