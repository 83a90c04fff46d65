"""Drafts: officers begin, save, send and close them; nobody writes over somebody else unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, Engine, ForeignKey, String, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.answering.mask import mask
from app.records import draft_saves
from app.records.audit import AuditEntry, AuditLog
from app.records.draft import (
    OPEN,
    STATE_NAMES,
    WISH_STATE_NAMES,
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftOrigin,
    DraftRow,
    DraftState,
    DraftTooLargeError,
    NewDraft,
    UnknownDraftError,
    Wish,
    draft_of,
)
from app.records.draft_saves import Save
from app.records.presence import Present
from ingest.draft import Draft as Imported
from knowledge_base.catalogue import Body
from knowledge_base.day import today, utc
from knowledge_base.record import RecordKind
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

_MOVES = {
    DraftState.EDITING: {DraftState.IN_REVIEW, DraftState.DISCARDED},
    DraftState.IN_REVIEW: {DraftState.EDITING, DraftState.RETURNED, DraftState.DISCARDED},
    DraftState.RETURNED: {DraftState.EDITING, DraftState.IN_REVIEW, DraftState.DISCARDED},
    DraftState.PUBLISHED: set[DraftState](),
    DraftState.DISCARDED: {DraftState.EDITING},
}

_MOVES_OF_WISHES = {
    **_MOVES,
    DraftState.IN_REVIEW: {DraftState.RETURNED, DraftState.DISCARDED},
    DraftState.RETURNED: {DraftState.IN_REVIEW, DraftState.DISCARDED},
    DraftState.DISCARDED: set[DraftState](),
}
"""There is nothing to write in them: they wait, are sent again, or are dropped."""
_SAME_WISH = ("wish", "last_day", "wished_id", "data", "base_revision_id")


class DraftPresenceRow(Base):
    """An officer who has a draft open, and when their browser last said so."""

    __tablename__ = "draft_presence"

    draft_id: Mapped[int] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True
    )
    officer: Mapped[str] = mapped_column(String(80), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


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
        return self._begun(new, by, DraftState.EDITING)

    def ask(self, new: NewDraft, by: str, note: str = "") -> Draft:
        """Begin a draft that waits for a second officer from the start.

        Whoever asks for the same again is given what waits already.

        Raises:
            DraftTooLargeError: when it is larger than is allowed.
        """
        for waiting in self.of_record(new.kind, new.record_id, new.scope, [DraftState.IN_REVIEW]):
            if all(getattr(waiting, name) == getattr(new, name) for name in _SAME_WISH):
                return waiting
        return self._begun(new, by, DraftState.IN_REVIEW, note)

    def _begun(self, new: NewDraft, by: str, state: DraftState, note: str = "") -> Draft:
        data = self._fitting(new.data)
        moment = self._clock()
        with database_errors(), Session(self._engine) as session, session.begin():
            row = DraftRow(
                kind=new.kind.value,
                record_id=new.record_id,
                scope=new.scope,
                proposed_in=new.proposed_in,
                data=data,
                state=state.value,
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
                note=mask(note.strip()),
                wish=new.wish.value,
                last_day=new.last_day,
                wished_id=new.wished_id,
            )
            session.add(row)
            session.flush()
            draft_saves.add(session, row, by, moment)
            told: dict[str, object] = {"origin": row.origin, "origin_ref": row.origin_ref}
            if state is not DraftState.EDITING:
                told |= {"to": state.value, "note": row.note}
            if new.wish is not Wish.TEXT:
                told |= {"wish": new.wish, "last_day": new.last_day, "revision": new.wished_id}
            self._audit.add(session, _entry(row, by, "draft.begun", **told))
            return draft_of(row)

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
            return draft_of(row) if row is not None else None

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
            return tuple(draft_of(row) for row in session.scalars(wanted))

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
            return tuple(draft_of(row) for row in session.scalars(wanted.order_by(DraftRow.id)))

    def of_origin(self, origin: DraftOrigin, ref: str) -> tuple[Draft, ...]:
        """The drafts that began from one thing, in any state, the oldest first."""
        wanted = select(DraftRow).where(DraftRow.origin == origin.value, DraftRow.origin_ref == ref)
        with database_errors(), Session(self._engine) as session:
            return tuple(draft_of(row) for row in session.scalars(wanted.order_by(DraftRow.id)))

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
            DraftClosedError: when the draft is published or discarded, or wishes no text.
            DraftTooLargeError: when it is larger than is allowed; nothing is kept.
            UnknownDraftError: when there is none.
        """
        fitting = self._fitting(data)
        with database_errors(), Session(self._engine) as session, session.begin():
            row = _locked(session, draft_id)
            if DraftState(row.state) not in OPEN:
                raise DraftClosedError(f"Bản nháp này {STATE_NAMES[DraftState(row.state)]}.")
            if row.wish != Wish.TEXT.value:
                raise DraftClosedError("Đây là đề nghị, không có chữ nào để sửa.")
            if base is not None and row.version == version:
                row.base_revision_id = base
            if row.data == fitting:
                return draft_of(row)
            changed = row.version != version
            if changed:
                draft_saves.add_refused(session, row, fitting, version, by, self._clock())
            else:
                row.data, row.version = fitting, row.version + 1
                row.updated_by, row.updated_at = by, self._clock()
                if row.base_revision_id is None and isinstance(fitting.get("id"), str):
                    row.record_id = str(fitting["id"])[:80]
                if row.state == DraftState.RETURNED.value:
                    row.state = DraftState.EDITING.value
                draft_saves.add(session, row, by, row.updated_at)
            session.flush()
            found = draft_of(row)
        if changed:
            raise DraftChangedError(found)
        return found

    def saves(self, draft_id: int) -> tuple[Save, ...]:
        """Every save of a draft, the newest first."""
        with database_errors(), Session(self._engine) as session:
            return draft_saves.of_draft(session, draft_id)

    def writers(self, draft_id: int) -> frozenset[str]:
        """Everyone whose words went into a draft, whoever began or wished it among them."""
        with database_errors(), Session(self._engine) as session:
            return draft_saves.writers_of(session, draft_id)

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
                return draft_of(row)
            moves = _MOVES if row.wish == Wish.TEXT.value else _MOVES_OF_WISHES
            if state not in moves[before]:
                raise DraftClosedError(
                    f"Bản nháp này {STATE_NAMES[before]}, không chuyển sang "
                    f"“{STATE_NAMES[state]}” được."
                )
            if state is DraftState.RETURNED and not note.strip():
                raise DraftClosedError("Ghi lý do trả lại để người soạn biết phải sửa gì.")
            row.state, row.note, row.updated_at = state.value, mask(note.strip()), self._clock()
            told = {"from": before.value, "to": state.value, "note": row.note}
            self._audit.add(session, _entry(row, by, "draft.moved", **told))
            return draft_of(row)

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

    def others_at(self, draft_id: int, by: str) -> tuple[Present, ...]:
        """Who else has the draft open, by name, seen within the minutes that are set."""
        wanted = (
            select(DraftPresenceRow)
            .where(
                DraftPresenceRow.draft_id == draft_id,
                DraftPresenceRow.officer != by,
                DraftPresenceRow.seen_at >= self._clock() - self._present,
            )
            .order_by(DraftPresenceRow.officer)
        )
        with database_errors(), Session(self._engine) as session:
            wrote = draft_saves.last_written(session, draft_id)
            return tuple(
                Present(row.officer, utc(row.seen_at), wrote.get(row.officer))
                for row in session.scalars(wanted)
            )

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
    draft = draft_of(row)
    if draft.state not in OPEN:
        raise DraftClosedError(f"Bản nháp này {STATE_NAMES[draft.state]}.")
    if draft.wish is not Wish.TEXT:
        raise DraftClosedError("Đây là đề nghị: xác nhận ở trang của nó.")
    if draft.body.key != body.key:
        raise DraftClosedError("Bản nháp này là của hồ sơ khác.")
    if draft.data != body.data:
        raise DraftChangedError(draft)
    return row


def wished(session: Session, draft_id: int) -> DraftRow:
    """A wish that waits for a second officer, locked until the transaction ends.

    Raises:
        DraftClosedError: when it is confirmed, returned or dropped.
        UnknownDraftError: when there is none.
    """
    row = _locked(session, draft_id)
    if row.wish == Wish.TEXT.value:
        raise UnknownDraftError("Không có đề nghị này.")
    if row.state != DraftState.IN_REVIEW.value:
        raise DraftClosedError(f"Đề nghị này {WISH_STATE_NAMES[DraftState(row.state)]}.")
    return row


def mark_published(row: DraftRow, revision_id: int | None, moment: datetime) -> None:
    """Close a draft by the revision that it became; a call-back makes none."""
    row.state, row.revision_id, row.updated_at = DraftState.PUBLISHED.value, revision_id, moment


def open_again(session: Session, revision_id: int, moment: datetime) -> None:
    """Open the draft of a revision that was called back, so that its work can go on."""
    wanted = select(DraftRow).where(
        DraftRow.revision_id == revision_id, DraftRow.wish == Wish.TEXT.value
    )
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


def _entry(row: DraftRow, by: str, action: str, **details: object) -> AuditEntry:
    """Written down where it happened: in the area that proposes, or the record's own."""
    told = {"record": f"{row.kind}:{row.record_id}", "version": row.version, **details}
    return AuditEntry(by, action, row.proposed_in or row.scope, f"draft:{row.id}", told)
