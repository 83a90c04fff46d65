"""Drafts (bản nháp): working copies of records that officers write, with every save kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    String,
    Text,
    delete,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import AuditEntry, AuditLog
from ingest.draft import Draft as Imported
from knowledge_base.catalogue import Body
from knowledge_base.day import today
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import (
    Base,
    Key,
    RevisionRow,
    RevisionState,
    alone,
    database_errors,
    live_revision,
    now,
)


class DraftState(StrEnum):
    """How far a draft is."""

    EDITING = "editing"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    """A reviewer gave it back with a note."""
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN = (DraftState.EDITING, DraftState.IN_REVIEW, DraftState.RETURNED)
"""The states in which a draft may be written and published."""

_MOVES = {
    DraftState.EDITING: {DraftState.IN_REVIEW, DraftState.DISCARDED},
    DraftState.IN_REVIEW: {DraftState.EDITING, DraftState.RETURNED, DraftState.DISCARDED},
    DraftState.RETURNED: {DraftState.EDITING, DraftState.IN_REVIEW, DraftState.DISCARDED},
    DraftState.PUBLISHED: set[DraftState](),
    DraftState.DISCARDED: {DraftState.EDITING},
}
_STATE_NAMES = {
    DraftState.EDITING: "đang soạn",
    DraftState.IN_REVIEW: "chờ duyệt",
    DraftState.RETURNED: "trả lại",
    DraftState.PUBLISHED: "đã công bố",
    DraftState.DISCARDED: "đã bỏ",
}


class DraftOrigin(StrEnum):
    """What a draft began from; ``origin_ref`` says which one."""

    EMPTY = "empty"
    RECORD = "record"
    """A published revision."""
    IMPORT = "import"
    """A draft revision that an import left."""
    TICKET = "ticket"
    CLUSTER = "cluster"
    """Questions that nobody could answer, put together."""
    DOCUMENT = "document"
    ANSWER = "answer"
    """An answer that a resident reported or an officer wants to mend."""


class DraftRow(Base):
    """A working copy as it stands."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(100))
    proposed_in: Mapped[str | None] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    base_revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    origin: Mapped[str] = mapped_column(String(16))
    origin_ref: Mapped[str | None] = mapped_column(String(120))
    missing: Mapped[list[str]] = mapped_column(JSON)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    notes: Mapped[dict[str, str]] = mapped_column(JSON)
    file_id: Mapped[str | None] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(Text, default="")
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    """What it was published as."""

    __table_args__ = (
        Index("draft_by_scope", "scope", "state", "updated_at"),
        Index("draft_by_area", "proposed_in", "state", "updated_at"),
        Index("draft_by_origin", "origin", "origin_ref"),
    )


class DraftSaveRow(Base):
    """One save of a draft; rows are only ever added."""

    __tablename__ = "draft_save"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    version: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    refused: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("draft_save_by_draft", "draft_id", "id"),)


class DraftPresenceRow(Base):
    """An officer who has a draft open, and when their browser last said so."""

    __tablename__ = "draft_presence"

    draft_id: Mapped[int] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True
    )
    officer: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Draft:
    """A working copy of a record (bản nháp)."""

    id: int
    kind: RecordKind
    record_id: str
    """Empty while a new record has no id yet."""
    scope: str
    """The scope whose officers may publish it; a commune's own record is the commune's."""
    data: Mapping[str, Any]
    """The record's JSON form; for a scope narrower than a record's, only what differs."""
    state: DraftState
    version: int
    """Counts the saves; whoever saves says which one they saw."""
    base_revision_id: int | None
    """The live revision that it changes; None for a new record."""
    origin: DraftOrigin
    origin_ref: str | None
    missing: tuple[str, ...]
    """What an import did not find."""
    warnings: tuple[str, ...]
    """What an import found and must not be believed unread."""
    notes: Mapping[str, str]
    """The source's own prose by heading: to read, not to publish."""
    file_id: str | None
    created_by: str
    updated_by: str
    updated_at: datetime
    """UTC."""
    note: str
    """What was said at the last move, such as why it was returned."""
    proposed_in: str | None = None
    """The area whose officers propose it, where the record is not their own."""
    revision_id: int | None = None
    """What it was published as."""

    @property
    def body(self) -> Body:
        """The record as it would be published."""
        scope = NATIONAL if self.kind is RecordKind.COMMUNE else self.scope
        return Body(
            self.kind, self.record_id, scope, self.data, f"{self.kind.value} {self.record_id}"
        )


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What a draft begins with; see :class:`Draft`."""

    kind: RecordKind
    record_id: str
    scope: str
    data: Mapping[str, Any]
    base_revision_id: int | None = None
    origin: DraftOrigin = DraftOrigin.EMPTY
    origin_ref: str | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    file_id: str | None = None
    proposed_in: str | None = None


@dataclass(frozen=True, slots=True)
class Save:
    """One save of a draft."""

    id: int
    version: int
    """Of the draft after it; of a refused one, the version that its writer had before them."""
    data: Mapping[str, Any]
    by: str
    at: datetime
    """UTC."""
    refused: bool
    """Somebody else had saved in between: it is kept here alone."""


class UnknownDraftError(LookupError):
    """There is no such draft, record or import; the message is in Vietnamese."""


class DraftChangedError(Exception):
    """Somebody else saved the draft in between; the refused data is among its saves."""

    def __init__(self, theirs: Draft) -> None:
        self.theirs = theirs
        super().__init__(
            f"{theirs.updated_by} đã sửa bản nháp này trong lúc bạn soạn. So hai bản rồi lưu lại; "
            "bản của bạn vẫn còn trong các lần lưu."
        )


class DraftClosedError(Exception):
    """The draft is in a state in which this cannot be done; the message is in Vietnamese."""


class DraftTooLargeError(Exception):
    """A draft larger than is allowed; the message is in Vietnamese."""


class Drafts:
    """The drafts in the database, shared by all replicas.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        *,
        max_bytes: int,
        presence_minutes: float,
        clock: Callable[[], datetime] = now,
        day: Callable[[], date] = today,
    ) -> None:
        """Keep drafts of so many bytes at most.

        Args:
            engine: the database.
            audit: where beginnings and moves are written down; saves are a log of their own.
            max_bytes: the largest JSON form of a draft.
            presence_minutes: how long an officer counts as there after being seen.
            clock: the time, UTC.
            day: the date in Vietnam.
        """
        self._engine = engine
        self._audit = audit
        self._max_bytes = max_bytes
        self._present = timedelta(minutes=presence_minutes)
        self._clock = clock
        self._day = day

    def begin(self, new: NewDraft, by: str) -> Draft:
        """Begin a draft.

        Raises:
            DraftTooLargeError: when it is larger than is allowed.
        """
        data = self._fitting(new.data)
        moment = self._clock()
        with database_errors(), Session(self._engine) as session, session.begin():
            row = DraftRow(
                kind=new.kind.value,
                record_id=new.record_id,
                scope=new.scope,
                proposed_in=new.proposed_in,
                data=data,
                state=DraftState.EDITING.value,
                version=1,
                base_revision_id=new.base_revision_id,
                origin=new.origin.value,
                origin_ref=new.origin_ref,
                missing=list(new.missing),
                warnings=list(new.warnings),
                notes=dict(new.notes),
                file_id=new.file_id,
                created_by=by,
                created_at=moment,
                updated_by=by,
                updated_at=moment,
                note="",
            )
            session.add(row)
            session.flush()
            session.add(_save_row(row, data, by, moment))
            told = {"origin": row.origin, "origin_ref": row.origin_ref}
            self._audit.add(session, _entry(row, by, "draft.begun", **told))
            return _draft(row)

    def begin_from_record(self, key: Key, by: str, proposed_in: str | None = None) -> Draft:
        """Begin a draft from what residents see of a record today.

        Raises:
            UnknownDraftError: when they see none.
            DraftTooLargeError: when it is larger than is allowed.
        """
        with database_errors(), Session(self._engine) as session:
            live = live_revision(session, key, self._day())
        if live is None or live.state is not RevisionState.PUBLISHED:
            raise UnknownDraftError("Hồ sơ này không có bản đang công bố.")
        new = NewDraft(
            live.body.kind,
            live.body.id,
            live.body.owner,
            live.body.data,
            live.revision_id,
            DraftOrigin.RECORD,
            str(live.revision_id),
            proposed_in=proposed_in,
        )
        return self.begin(new, by)

    def begin_from_import(self, revision_id: int, by: str, proposed_in: str | None = None) -> Draft:
        """Begin a draft from what an import found, as a change of the record if there is one.

        Raises:
            UnknownDraftError: when there is no such import.
            DraftTooLargeError: when it is larger than is allowed.
        """
        with database_errors(), Session(self._engine) as session:
            row = session.get(RevisionRow, revision_id)
            if row is None or row.state != RevisionState.DRAFT.value:
                raise UnknownDraftError("Không có bản nháp nhập vào này.")
            found = Imported.of_data(row.data)
            key = (row.kind, row.record_id, row.scope)
            live = live_revision(session, key, self._day())
        published = live is not None and live.state is RevisionState.PUBLISHED
        new = NewDraft(
            RecordKind(key[0]),
            key[1],
            key[2],
            found.body,
            live.revision_id if live is not None and published else None,
            DraftOrigin.IMPORT,
            str(revision_id),
            found.missing,
            found.warnings,
            found.notes,
            proposed_in=proposed_in,
        )
        return self.begin(new, by)

    def find(self, draft_id: int) -> Draft | None:
        """A draft in any state; None where there is none."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(DraftRow, draft_id)
            return _draft(row) if row is not None else None

    def listed(
        self, scopes: Iterable[str], states: Iterable[DraftState] = OPEN
    ) -> tuple[Draft, ...]:
        """The drafts of some scopes, and those proposed in them, the newest change first."""
        places = list(scopes)
        wanted = (
            select(DraftRow)
            .where(
                DraftRow.state.in_([state.value for state in states]),
                or_(DraftRow.scope.in_(places), DraftRow.proposed_in.in_(places)),
            )
            .order_by(DraftRow.updated_at.desc(), DraftRow.id.desc())
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(_draft(row) for row in session.scalars(wanted))

    def of_record(
        self, kind: RecordKind, record_id: str, scope: str, states: Iterable[DraftState] = OPEN
    ) -> tuple[Draft, ...]:
        """The drafts of one record, so that two people do not change it unknown to each other."""
        wanted = select(DraftRow).where(
            DraftRow.scope == scope,
            DraftRow.kind == kind.value,
            DraftRow.record_id == record_id,
            DraftRow.state.in_([state.value for state in states]),
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(_draft(row) for row in session.scalars(wanted.order_by(DraftRow.id)))

    def of_origin(self, origin: DraftOrigin, ref: str) -> tuple[Draft, ...]:
        """The drafts that began from one thing, in any state, the oldest first."""
        wanted = select(DraftRow).where(DraftRow.origin == origin.value, DraftRow.origin_ref == ref)
        with database_errors(), Session(self._engine) as session:
            return tuple(_draft(row) for row in session.scalars(wanted.order_by(DraftRow.id)))

    def save(
        self,
        draft_id: int,
        data: Mapping[str, Any],
        version: int,
        by: str,
        *,
        base: int | None = None,
    ) -> Draft:
        """Save what an officer wrote over the version that they saw.

        ``base`` is the live revision that it now changes, once somebody has brought the draft up to
        what others published in between; unless given it stays.

        What cannot be saved because somebody else saved in between is kept among the saves.

        Raises:
            DraftChangedError: when somebody else saved in between.
            DraftClosedError: when the draft is published or discarded.
            DraftTooLargeError: when it is larger than is allowed; nothing is kept.
            UnknownDraftError: when there is none.
        """
        fitting = self._fitting(data)
        with database_errors(), Session(self._engine) as session, session.begin():
            row = _locked(session, draft_id)
            if DraftState(row.state) not in OPEN:
                raise DraftClosedError(f"Bản nháp này {_STATE_NAMES[DraftState(row.state)]}.")
            if base is not None and row.version == version:
                row.base_revision_id = base
            if row.data == fitting:
                return _draft(row)
            changed = row.version != version
            if changed:
                self._keep_refused(session, row, fitting, version, by)
            else:
                row.data, row.version = fitting, row.version + 1
                row.updated_by, row.updated_at = by, self._clock()
                if row.base_revision_id is None and isinstance(fitting.get("id"), str):
                    row.record_id = str(fitting["id"])[:80]
                if row.state == DraftState.RETURNED.value:
                    row.state = DraftState.EDITING.value
                session.add(_save_row(row, fitting, by, row.updated_at))
            session.flush()
            found = _draft(row)
        if changed:
            raise DraftChangedError(found)
        return found

    def _keep_refused(
        self, session: Session, row: DraftRow, data: dict[str, Any], version: int, by: str
    ) -> None:
        last = session.scalar(
            select(DraftSaveRow)
            .where(DraftSaveRow.draft_id == row.id, DraftSaveRow.by == by, DraftSaveRow.refused)
            .order_by(DraftSaveRow.id.desc())
            .limit(1)
        )
        if last is None or last.data != data:  # a browser saves the same again and again
            save = _save_row(row, data, by, self._clock())
            save.version, save.refused = version, True
            session.add(save)

    def saves(self, draft_id: int) -> tuple[Save, ...]:
        """Every save of a draft, the newest first."""
        wanted = (
            select(DraftSaveRow)
            .where(DraftSaveRow.draft_id == draft_id)
            .order_by(DraftSaveRow.id.desc())
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(
                Save(row.id, row.version, row.data, row.by, _utc(row.at), row.refused)
                for row in session.scalars(wanted)
            )

    def move(self, draft_id: int, state: DraftState, by: str, note: str = "") -> Draft:
        """Ask for a review, return with a note, discard, or take any of these back.

        Raises:
            DraftClosedError: when it cannot go there, or is returned without a word why.
            UnknownDraftError: when there is none.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            row = _locked(session, draft_id)
            before = DraftState(row.state)
            if state is before:
                return _draft(row)
            if state not in _MOVES[before]:
                raise DraftClosedError(
                    f"Bản nháp này {_STATE_NAMES[before]}, không chuyển sang "
                    f"“{_STATE_NAMES[state]}” được."
                )
            if state is DraftState.RETURNED and not note.strip():
                raise DraftClosedError("Ghi lý do trả lại để người soạn biết phải sửa gì.")
            row.state, row.note, row.updated_at = state.value, note.strip(), self._clock()
            told = {"from": before.value, "to": state.value, "note": row.note}
            self._audit.add(session, _entry(row, by, "draft.moved", **told))
            return _draft(row)

    def seen(self, draft_id: int, by: str) -> None:
        """Note that an officer has the draft open now.

        Raises:
            UnknownDraftError: when there is none.
        """
        moment = self._clock()
        with database_errors(), Session(self._engine) as session, session.begin():
            _locked(session, draft_id)
            session.execute(
                delete(DraftPresenceRow).where(
                    DraftPresenceRow.draft_id == draft_id,
                    or_(
                        DraftPresenceRow.officer == by,
                        DraftPresenceRow.seen_at < moment - self._present,
                    ),
                )
            )
            session.add(DraftPresenceRow(draft_id=draft_id, officer=by, seen_at=moment))

    def others_at(self, draft_id: int, by: str) -> tuple[str, ...]:
        """Who else has the draft open, by name, seen within the minutes that are set."""
        wanted = (
            select(DraftPresenceRow.officer)
            .where(
                DraftPresenceRow.draft_id == draft_id,
                DraftPresenceRow.officer != by,
                DraftPresenceRow.seen_at >= self._clock() - self._present,
            )
            .order_by(DraftPresenceRow.officer)
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(session.scalars(wanted))

    def _fitting(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The data as plain JSON values of their own, not too large."""
        written = json.dumps(dict(data), ensure_ascii=False)
        if (size := len(written.encode())) > self._max_bytes:
            raise DraftTooLargeError(
                f"Bản nháp dài {-(-size // 1000)} kB, quá {self._max_bytes // 1000} kB "
                "(DRAFT_MAX_KB). Bỏ bớt nội dung rồi lưu lại."
            )
        plain: dict[str, Any] = json.loads(written)
        return plain


def publishable(session: Session, draft_id: int, body: Body) -> DraftRow:
    """The open draft that a body was read from, locked until the transaction ends.

    Raises:
        DraftChangedError: when it says something else by now.
        DraftClosedError: when it is published or discarded, or of another record.
        UnknownDraftError: when there is none.
    """
    row = _locked(session, draft_id)
    draft = _draft(row)
    if draft.state not in OPEN:
        raise DraftClosedError(f"Bản nháp này {_STATE_NAMES[draft.state]}.")
    if draft.body.key != body.key:
        raise DraftClosedError("Bản nháp này là của hồ sơ khác.")
    if draft.data != body.data:
        raise DraftChangedError(draft)
    return row


def writers_of(session: Session, draft_id: int) -> frozenset[str]:
    """Everyone whose words went into a draft, whoever began it among them."""
    wanted = select(DraftSaveRow.by).where(DraftSaveRow.draft_id == draft_id, ~DraftSaveRow.refused)
    return frozenset(session.scalars(wanted))


def mark_published(row: DraftRow, revision_id: int, moment: datetime) -> None:
    """Close a draft by the revision that it became."""
    row.state, row.revision_id, row.updated_at = DraftState.PUBLISHED.value, revision_id, moment


def open_again(session: Session, revision_id: int, moment: datetime) -> None:
    """Open the draft of a revision that was called back, so that its work can go on."""
    wanted = select(DraftRow).where(DraftRow.revision_id == revision_id)
    for row in session.scalars(wanted):
        row.state, row.revision_id, row.updated_at = DraftState.EDITING.value, None, moment


def _locked(session: Session, draft_id: int) -> DraftRow:
    """The draft as it stands, for the caller alone until the transaction ends."""
    if session.connection().dialect.name == "sqlite":
        alone(session)  # which cannot lock a row
    row = session.scalar(select(DraftRow).where(DraftRow.id == draft_id).with_for_update())
    if row is None:
        raise UnknownDraftError("Không có bản nháp này.")
    return row


def _save_row(row: DraftRow, data: dict[str, Any], by: str, moment: datetime) -> DraftSaveRow:
    return DraftSaveRow(
        draft_id=row.id, version=row.version, data=data, by=by, at=moment, refused=False
    )


def _entry(row: DraftRow, by: str, action: str, **details: object) -> AuditEntry:
    """Written down where it happened: in the area that proposes, or the record's own."""
    told = {"record": f"{row.kind}:{row.record_id}", "version": row.version, **details}
    return AuditEntry(by, action, row.proposed_in or row.scope, f"draft:{row.id}", told)


def _draft(row: DraftRow) -> Draft:
    return Draft(
        id=row.id,
        kind=RecordKind(row.kind),
        record_id=row.record_id,
        scope=row.scope,
        data=row.data,
        state=DraftState(row.state),
        version=row.version,
        base_revision_id=row.base_revision_id,
        origin=DraftOrigin(row.origin),
        origin_ref=row.origin_ref,
        missing=tuple(row.missing),
        warnings=tuple(row.warnings),
        notes=row.notes,
        file_id=row.file_id,
        created_by=row.created_by,
        updated_by=row.updated_by,
        updated_at=_utc(row.updated_at),
        note=row.note,
        proposed_in=row.proposed_in,
        revision_id=row.revision_id,
    )


def _utc(moment: datetime) -> datetime:
    """SQLite gives back UTC without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
