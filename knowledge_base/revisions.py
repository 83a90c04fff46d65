"""Every published version of every record, and which of them the index answers from.

A revision lives from a day on: of those of a record that have begun, the one that began last is
what residents see. So a change may be written today for a day to come, and a small correction in
between neither waits for it nor swallows it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from knowledge_base.catalogue import Body
from knowledge_base.day import today
from knowledge_base.recent import Recent
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
    CANCELLED = "cancelled"
    """Called back before the day from which it was to live."""


_LIVE = (RevisionState.PUBLISHED.value, RevisionState.WITHDRAWN.value)


def now() -> datetime:
    """The time as stored: UTC."""
    return datetime.now(UTC)


class RevisionRow(Base):
    """One version of one record; rows are only ever added.

    One thing is ever changed: a revision that has not begun may be called back.
    """

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
    live_from: Mapped[date] = mapped_column(Date)
    """The first day, in Vietnam, on which it counts."""
    regards: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    """The conflict that it settles, or the revision that it was published together with to end."""

    __table_args__ = (
        Index("revision_by_record", "kind", "record_id", "scope", "id"),
        # all that asking for what lives on a day reads, every second
        Index("revision_by_life", "state", "kind", "record_id", "scope", "live_from", "id"),
    )


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
    live_from: date
    note: str
    made_at: datetime
    """UTC."""
    regards: int | None = None
    """See :attr:`RevisionRow.regards`."""


Known = Recent[int, Published]
"""Revisions by id: what one of them says never changes."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A release's change of a record that staff had changed; staff decide."""

    release: Published
    counting: Published | None
    """What counts instead, now or from a day to come."""


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


def published(session: Session, day: date, known: Known | None = None) -> list[Published]:
    """What residents see of every record on a day, withdrawn records left out, by id.

    Those that ``known`` has are not read again.
    """
    found = live_on(session, day, known).values()
    return [one for one in found if one.state is not _WITHDRAWN]


def published_ids(session: Session, day: date) -> frozenset[int]:
    """The ids of what :func:`published` returns; cheap enough to ask every second."""
    # the rows themselves are not read: the index knows all that is asked
    last = _last(_begun(day)).subquery()
    wanted = select(last.c.id).where(last.c.place == 1, last.c.state != _WITHDRAWN.value)
    return frozenset(session.scalars(wanted))


def live_on(session: Session, day: date, known: Known | None = None) -> dict[Key, Published]:
    """The revision of each record that counts on a day, published or withdrawn, by id."""
    return _rows_of(session, _last(_begun(day)), known)


def planned(session: Session) -> dict[Key, Published]:
    """The revision of each record that will count once all that is scheduled has begun, by id."""
    return _rows_of(session, _last(_LIVING))


def live_revision(session: Session, key: Key, day: date) -> Published | None:
    """The revision of one record that counts on a day, published or withdrawn."""
    row = session.scalar(
        select(RevisionRow)
        .where(_is_of(key), *_begun(day))
        .order_by(RevisionRow.live_from.desc(), RevisionRow.id.desc())
        .limit(1)
    )
    return _published(row) if row is not None else None


def revision(session: Session, revision_id: int) -> Published | None:
    """One revision of any state but a draft."""
    row = session.get(RevisionRow, revision_id)
    return _published(row) if row is not None and row.state != _DRAFT.value else None


def revisions_of(session: Session, key: Key) -> list[Published]:
    """Every revision of one record but drafts, the newest first."""
    rows = session.scalars(
        select(RevisionRow)
        .where(_is_of(key), RevisionRow.state != _DRAFT.value)
        .order_by(RevisionRow.id.desc())
    )
    return [_published(row) for row in rows]


def scheduled(session: Session, day: date) -> list[Published]:
    """What begins after a day, the next first."""
    rows = session.scalars(
        select(RevisionRow)
        .where(*_LIVING, RevisionRow.live_from > day)
        .order_by(RevisionRow.live_from, RevisionRow.id)
    )
    return [_published(row) for row in rows]


def cancel(session: Session, revision_id: int, day: date) -> tuple[Published, ...]:
    """Call a revision back before its day, and the end that was published with it.

    Returns:
        What was called back; nothing where there is no such revision to come. The caller commits.
    """
    rows = session.scalars(
        select(RevisionRow)
        .where(
            or_(RevisionRow.id == revision_id, RevisionRow.regards == revision_id),
            *_LIVING,
            RevisionRow.live_from > day,
        )
        .order_by(RevisionRow.id)
        .with_for_update()
    ).all()
    if not rows or rows[0].id != revision_id:
        return ()
    for row in rows:
        row.state = RevisionState.CANCELLED.value
    session.flush()
    return tuple(_published(row) for row in rows)


def conflicts(session: Session) -> list[Conflict]:
    """The conflicts that nobody has settled, the oldest first.

    The release's last word on a record is an open conflict until a revision names it that was not
    called back and that no older one follows on a day to come; or until both come to say the same.
    """
    last_words = [
        found for found in _said_by(session, RELEASE).values() if found.state is _CONFLICT
    ]
    if not last_words:
        return []
    settled: dict[int | None, int] = {}
    naming = select(RevisionRow.regards, RevisionRow.id).where(
        RevisionRow.regards.in_([found.revision_id for found in last_words]), *_LIVING
    )
    for regards, revision_id in session.execute(naming):
        settled[regards] = max(revision_id, settled.get(regards, 0))
    counting = planned(session)
    found = (Conflict(word, counting.get(word.body.key)) for word in last_words)
    return [one for one in found if _is_open(one, settled.get(one.release.revision_id))]


def _is_open(conflict: Conflict, settled_by: int | None) -> bool:
    counts = conflict.counting
    if counts is None or counts.content_hash == conflict.release.content_hash:
        return counts is None
    return settled_by is None or counts.revision_id < settled_by


def alone(session: Session) -> None:
    """Let nobody else publish until the caller's transaction ends; waits for whoever does."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_PUBLISHING_LOCK)))
    elif not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
        connection.exec_driver_sql("BEGIN IMMEDIATE")


_PUBLISHING_LOCK = 7_041_947
_WITHDRAWN = RevisionState.WITHDRAWN
_CONFLICT = RevisionState.CONFLICT
_DRAFT = RevisionState.DRAFT
_DRAFTS_AT_ONCE = 100
_READ_AT_ONCE = 500
Key = tuple[str, str, str]
"""(kind, id, scope) of a record, as :attr:`Body.key`."""

_LIVING = (RevisionRow.state.in_(_LIVE),)


def _begun(day: date) -> tuple[ColumnElement[bool], ...]:
    return (*_LIVING, RevisionRow.live_from <= day)


def _is_of(key: Key) -> ColumnElement[bool]:
    kind, record_id, scope = key
    return and_(
        RevisionRow.kind == kind, RevisionRow.record_id == record_id, RevisionRow.scope == scope
    )


def _last(among: Iterable[ColumnElement[bool]]) -> Select[tuple[int, str, int]]:
    """Revisions with their place among those of the same record; the last to begin has 1."""
    place = func.row_number().over(
        partition_by=(RevisionRow.kind, RevisionRow.record_id, RevisionRow.scope),
        order_by=(RevisionRow.live_from.desc(), RevisionRow.id.desc()),
    )
    return select(RevisionRow.id, RevisionRow.state, place.label("place")).where(*among)


def _rows_of(
    session: Session, places: Select[tuple[int, str, int]], known: Known | None = None
) -> dict[Key, Published]:
    last = places.subquery()
    ids = sorted(session.scalars(select(last.c.id).where(last.c.place == 1)))
    return {found.body.key: found for found in _read(session, ids, known)}


def _read(session: Session, ids: list[int], known: Known | None) -> list[Published]:
    """Revisions in the order of their ids, from what is known or from the database."""
    known = known if known is not None else Recent()
    known.expect(len(ids))
    found = {one: known.get(one) for one in ids}
    unknown = [one for one in ids if found[one] is None]
    for start in range(0, len(unknown), _READ_AT_ONCE):
        wanted = unknown[start : start + _READ_AT_ONCE]
        for row in session.scalars(select(RevisionRow).where(RevisionRow.id.in_(wanted))):
            read = _published(row)
            found[row.id] = read
            known.put(row.id, read)
    return [one for one in found.values() if one is not None]


def _published(row: RevisionRow) -> Published:
    return Published(
        row.id,
        row.author,
        row.content_hash,
        RevisionState(row.state),
        _body(row),
        row.live_from,
        row.note,
        row.made_at,
        row.regards,
    )


def _body(row: RevisionRow) -> Body:
    return Body(
        RecordKind(row.kind), row.record_id, row.scope, row.data, f"{row.kind} {row.record_id}"
    )


def publish(
    session: Session,
    body: Body,
    author: str,
    *,
    state: RevisionState = RevisionState.PUBLISHED,
    note: str = "",
    live_from: date | None = None,
    regards: int | None = None,
) -> int:
    """Add a revision and return its id; the caller commits.

    Args:
        session: the caller's transaction.
        body: the record.
        author: who publishes.
        state: what the revision is for.
        note: why, in the author's words.
        live_from: the first day on which it counts; today in Vietnam unless given.
        regards: the conflict that it settles, or the revision that it is published to end.
    """
    row = RevisionRow(
        kind=body.kind.value,
        record_id=body.id,
        scope=body.scope,
        state=state.value,
        data=dict(body.data),
        content_hash=content_hash(body.data),
        author=author,
        note=note,
        live_from=live_from or today(),
        regards=regards,
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
        live_from=today(),
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
        yield Drafted(row.id, row.author, row.note, row.made_at, _body(row))
        session.expunge(row)


def load_release(session: Session, bodies: Iterable[Body], day: date | None = None) -> SyncReport:
    """Bring a release's records in as revisions; a record changed by staff is never overwritten.

    The release's change of such a record, also of one that staff will change on a day to come, is
    kept as a conflict. The caller commits, so either all of a release is there or none of it.

    Args:
        session: the caller's transaction.
        bodies: every record of the release.
        day: from which they count; today in Vietnam unless given.
    """
    alone(session)
    day = day or today()
    added = changed = withdrawn = unchanged = 0
    told: list[str] = []
    counting, by_release = planned(session), _said_by(session, RELEASE)
    seen: set[Key] = set()
    for body in bodies:
        seen.add(body.key)
        digest = content_hash(body.data)
        before, last = counting.get(body.key), by_release.get(body.key)
        if before is None:
            publish(session, body, RELEASE, live_from=day)
            added += 1
        elif last is not None and last.content_hash == digest and last.state is not _WITHDRAWN:
            unchanged += 1
        elif before.author == RELEASE:
            publish(session, body, RELEASE, live_from=day)
            changed += 1
        elif before.content_hash == digest:
            unchanged += 1
            if last is not None and last.state is _CONFLICT:  # over: both say the same now
                publish(session, body, RELEASE, state=_CONFLICT, live_from=day)
        else:
            publish(session, body, RELEASE, state=_CONFLICT, live_from=day)
            told.append(f"{body.id} ({body.scope})")
    for key, before in counting.items():
        gone = key not in seen and before.author == RELEASE
        if gone and before.state is not _WITHDRAWN:
            publish(session, before.body, RELEASE, state=_WITHDRAWN, live_from=day)
            withdrawn += 1
    return SyncReport(added, changed, withdrawn, tuple(told), unchanged)


def _said_by(session: Session, author: str) -> dict[Key, Published]:
    """An author's newest word on each record."""
    newest = (
        select(func.max(RevisionRow.id))
        .where(RevisionRow.author == author, RevisionRow.state != _DRAFT.value)
        .group_by(RevisionRow.kind, RevisionRow.record_id, RevisionRow.scope)
    )
    rows = session.scalars(
        select(RevisionRow).where(RevisionRow.id.in_(newest)).order_by(RevisionRow.id)
    )
    return {(row.kind, row.record_id, row.scope): _published(row) for row in rows}


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


def snapshot_bodies(session: Session, snapshot: Snapshot, known: Known | None = None) -> list[Body]:
    """The records that a snapshot holds; those that ``known`` has are not read again."""
    return [one.body for one in _read(session, sorted(snapshot.revision_ids), known)]


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
