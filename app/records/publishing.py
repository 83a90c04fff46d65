"""Publishing (công bố): what officers decide becomes what residents read, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.answering.mask import mask
from app.records.audit import AuditEntry, AuditLog
from app.records.change import Change, ChangeCheck
from app.records.draft import Draft, DraftRow, Wish, draft_of
from app.records.draft_saves import writers_of
from app.records.drafts import mark_published, open_again, publishable, wished
from ingest.live import LiveKnowledge
from knowledge_base import revisions
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.day import today
from knowledge_base.problem import Problem
from knowledge_base.revisions import (
    RELEASE,
    Key,
    Published,
    RevisionState,
    alone,
    database_errors,
    now,
)
from knowledge_base.source import LegalText

_ONE_DAY = timedelta(days=1)


class RecordChangedError(Exception):
    """Somebody published the record after the draft was begun; ``live`` is what counts now."""

    def __init__(self, live: Published | None) -> None:
        self.live = live
        super().__init__(
            "Hồ sơ này đã có bản khác từ lúc bạn bắt đầu soạn. Xem bản đó, đưa phần sửa của bạn "
            "vào rồi công bố lại."
            if live is not None
            else "Hồ sơ này không còn bản mà bạn bắt đầu từ đó. Soạn thành hồ sơ mới."
        )


class UnknownRevisionError(LookupError):
    """There is no such revision, or it cannot be used so; the message is in Vietnamese."""


class ReviewNeededError(Exception):
    """By ``REVIEW_REQUIRED`` somebody else must publish this; the message is in Vietnamese."""


class NotYetShownError(Exception):
    """Published, but residents still read the old text.

    Attributes:
        revision_id: what was published; it is shown as soon as the index can be made.
        why: the reason, in Vietnamese.
    """

    def __init__(self, revision_id: int, why: str) -> None:
        self.revision_id = revision_id
        self.why = why
        super().__init__(
            f"Đã công bố, nhưng người dân còn thấy bản cũ: {why.rstrip('.')}. Không cần công bố "
            "lại: bản mới hiện ra ngay khi chỉ mục làm được."
        )


class Publishing:
    """Brings officers' records into what answers.

    Each change is one transaction: revision, draft and audit entry, one publisher after another;
    then the snapshot, so that the next answer has it. A crash in between leaves all of the change
    or nothing of it, and the snapshot is made at the next start.

    Where review is required, nothing is changed but by a draft or a wish of somebody else.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(
        self,
        engine: Engine,
        live: LiveKnowledge,
        audit: AuditLog,
        *,
        legal_texts: Mapping[str, LegalText] | None = None,
        review_required: bool = False,
        wait_seconds: float = 30,
        day: Callable[[], date] = today,
    ) -> None:
        """Publish into one database.

        Args:
            engine: the database.
            live: what answers; it is told of every change.
            audit: where every change is written down.
            legal_texts: the register by which ended legal bases are refused.
            review_required: whether who wrote or wished a change must leave it to somebody else.
            wait_seconds: how long to wait for the new text to answer.
            day: the date in Vietnam.
        """
        self.review_required = review_required
        self._engine = engine
        self._live = live
        self._audit = audit
        self._check = ChangeCheck(live, legal_texts or {}, day)
        self._wait_seconds = wait_seconds
        self._day = day

    def check(self, body: Body, from_day: date | None = None) -> tuple[Problem, ...]:
        """Everything that keeps a body from being published, on the day it begins or later."""
        change = Change(body.key, body, self._beginning(from_day))
        with database_errors(), Session(self._engine) as session:
            return self._check.problems(session, [change])

    def publish(
        self,
        body: Body,
        by: str,
        *,
        from_day: date | None = None,
        last_day: date | None = None,
        note: str = "",
        base: int | None = None,
        draft_id: int | None = None,
        settles: int | None = None,
    ) -> int:
        """Publish a record; when this returns and it begins today, the next answer has it.

        A draft that was made from a conflict settles it. A change that was scheduled for a later
        day stays, and with it the conflict.

        Args:
            body: the record.
            by: the officer's username.
            from_day: the first day on which it counts, if later than today.
            last_day: the last day on which it counts; on the next it is withdrawn.
            note: why, for colleagues.
            base: the revision that it was written from; None for a record that was not there.
            draft_id: the draft that it was read from, which this closes.
            settles: the conflict that this settles without a draft: the release's revision.

        Returns:
            The id of the new revision.

        Raises:
            ContentError: with every problem, in words; nothing is published.
            RecordChangedError: when ``base`` is not what counts on its first day.
            UnknownRevisionError: when ``settles`` is no open conflict of the record.
            DraftChangedError, DraftClosedError, UnknownDraftError: by the draft.
            ReviewNeededError: when somebody else must publish it.
            NotYetShownError: when it is published, but the index could not be made in time.
        """
        if by == RELEASE:
            raise ValueError("the next release would overwrite what bears its name")
        begins, note = self._beginning(from_day), mask(note)
        changes = [Change(body.key, body, begins)]
        if last_day is not None:
            if last_day < begins:
                raise ContentError([_ends_too_soon(body, begins)])
            changes.append(Change(body.key, None, last_day + _ONE_DAY))
        self._not_alone(draft_id)
        with database_errors(), Session(self._engine) as session:
            # the long work is done, and kept, before anybody waits for the lock
            self._refuse(session, changes)
        with self._changing() as session:
            row = None if draft_id is None else publishable(session, draft_id, body)
            self._by_another(session, row, by)
            conflict = self._settled(session, body.key, row, settles)
            live = revisions.live_revision(session, body.key, begins)
            if _id_of(live) != base:
                raise RecordChangedError(live)
            self._refuse(session, changes)
            revision_id = revisions.publish(
                session, body, by, note=note, live_from=begins, regards=conflict
            )
            ends = self._end_of(session, body, by, last_day, note, revision_id)
            if row is not None:
                mark_published(row, revision_id, now())
            told = {
                "revision": revision_id,
                "before": base,
                "live_from": begins,
                "last_day": last_day,
                "end": ends,
                "draft": draft_id,
                "note": note,
                **({"conflict": conflict} if conflict is not None else {}),
            }
            action = "record.published" if conflict is None else "conflict.resolved"
            self._audit.add(session, _entry(body, by, action, told))
        self._show(revision_id, begins)
        return revision_id

    def end(
        self,
        key: Key,
        last_day: date,
        by: str,
        note: str = "",
        *,
        base: int | None = None,
        wish_id: int | None = None,
    ) -> int:
        """Withdraw a record after its last day; a wider version of it shows again, if there is one.

        A last day of yesterday withdraws it at once.

        Args:
            key: the record.
            last_day: on which it counts.
            by: the officer's username.
            note: why, for colleagues.
            base: the revision that was looked at; not compared unless given.
            wish_id: the wish that is confirmed.

        Returns:
            The id of the revision that withdraws it.

        Raises:
            ContentError: when other records still need it, or the day is past.
            RecordChangedError: when something else than ``base`` counts by now.
            UnknownRevisionError: when nothing of it counts on that day.
            DraftClosedError, UnknownDraftError: by the wish.
            ReviewNeededError: when somebody else must do it.
            NotYetShownError: as for :meth:`publish`.
        """
        begins, note = last_day + _ONE_DAY, mask(note)
        with self._changing() as session:
            row = self._wish(session, wish_id, by)
            self._still(session, key, base)
            live = revisions.live_revision(session, key, max(begins, self._day()))
            if live is None or live.state is RevisionState.WITHDRAWN:
                raise UnknownRevisionError("Hồ sơ này không có bản nào có hiệu lực vào ngày đó.")
            if begins < self._day():
                raise ContentError([_ends_too_soon(live.body, self._day() - _ONE_DAY)])
            self._refuse(session, [Change(key, None, begins)])
            revision_id = revisions.publish(
                session,
                live.body,
                by,
                state=RevisionState.WITHDRAWN,
                note=note,
                live_from=begins,
            )
            if row is not None:
                mark_published(row, revision_id, now())
            told = {
                "revision": revision_id,
                "before": live.revision_id,
                "last_day": last_day,
                "note": note,
                "draft": wish_id,
            }
            self._audit.add(session, _entry(live.body, by, "record.ended", told))
        self._show(revision_id, begins)
        return revision_id

    def undo(
        self,
        key: Key,
        revision_id: int,
        by: str,
        note: str = "",
        *,
        base: int | None = None,
        wish_id: int | None = None,
    ) -> int:
        """Publish an earlier revision's text again, from today.

        An end that was published together with what counts now is called back with it.

        Args:
            key: the record.
            revision_id: what to go back to.
            by: the officer's username.
            note: why, for colleagues.
            base: the revision that was looked at; not compared unless given.
            wish_id: the wish that is confirmed.

        Returns:
            The id of the new revision.

        Raises:
            ContentError: when the old text cannot be published any more.
            RecordChangedError: when something else than ``base`` counts by now.
            UnknownRevisionError: when the record has no such revision that ever was to live.
            DraftClosedError, UnknownDraftError: by the wish.
            ReviewNeededError: when somebody else must do it.
            NotYetShownError: as for :meth:`publish`.
        """
        day, note = self._day(), mask(note)
        with self._changing() as session:
            row = self._wish(session, wish_id, by)
            wanted = revisions.revision(session, revision_id)
            if wanted is None or wanted.body.key != key or wanted.state not in _ONCE_LIVE:
                raise UnknownRevisionError("Hồ sơ này không có bản đó để hoàn lại.")
            live = self._still(session, key, base)
            ends = [
                found.revision_id
                for found in revisions.scheduled(session, day)
                if live is not None and found.regards == live.revision_id
            ]
            gone = wanted.state is RevisionState.WITHDRAWN
            change = Change(key, None if gone else wanted.body, day)
            self._refuse(session, [change], without=ends)
            for end in ends:
                revisions.cancel(session, end, day)
            made = revisions.publish(
                session, wanted.body, by, state=wanted.state, note=note, live_from=day
            )
            if row is not None:
                mark_published(row, made, now())
            told = {
                "revision": made,
                "before": _id_of(live),
                "undone_to": revision_id,
                "cancelled": ends,
                "note": note,
                "draft": wish_id,
            }
            self._audit.add(session, _entry(wanted.body, by, "record.undone", told))
        self._show(made, day)
        return made

    def cancel(
        self, revision_id: int, by: str, note: str = "", *, wish_id: int | None = None
    ) -> None:
        """Call back what has not begun, with the end published together with it.

        The draft that it was made from is open again.

        Args:
            revision_id: what to call back.
            by: the officer's username.
            note: why, for colleagues.
            wish_id: the wish that is confirmed.

        Raises:
            ContentError: when something else that is scheduled needs it.
            UnknownRevisionError: when there is none, or it has begun: that is undone instead.
            DraftClosedError, UnknownDraftError: by the wish.
            ReviewNeededError: when somebody else must do it.
        """
        day, note = self._day(), mask(note)
        with self._changing() as session:
            row = self._wish(session, wish_id, by)
            coming = revisions.scheduled(session, day)
            with_its_end = [
                one.revision_id for one in coming if revision_id in (one.revision_id, one.regards)
            ]
            self._refuse(session, [], without=with_its_end)
            called_back = revisions.cancel(session, revision_id, day)
            if not called_back:
                raise UnknownRevisionError(
                    "Không có bản nào chờ ngày hiệu lực như vậy. Bản đã có hiệu lực thì hoàn lại "
                    "bản trước."
                )
            open_again(session, revision_id, now())
            if row is not None:
                mark_published(row, None, now())
            told = {
                "cancelled": [found.revision_id for found in called_back],
                "note": note,
                "draft": wish_id,
            }
            entry = _entry(called_back[0].body, by, "record.cancelled", told)
            self._audit.add(session, entry)

    def confirm(self, wish: Draft, by: str, note: str = "", *, base: int | None = None) -> None:
        """Do what an officer wished: end a record, undo a change of it, or call one back.

        An end whose day has passed meanwhile comes at once.

        Args:
            wish: as it was found; what it wishes never changes.
            by: who confirms it.
            note: why, for colleagues.
            base: the revision that was looked at; not compared unless given.

        Raises:
            ContentError, RecordChangedError, UnknownRevisionError: as for what is wished.
            DraftClosedError: when it waits no longer.
            ReviewNeededError: when somebody else must confirm it.
            NotYetShownError: as for :meth:`publish`.
        """
        key, day, revision_id = wish.body.key, wish.last_day, wish.wished_id
        if wish.wish is Wish.END and day is not None:
            soonest = self._day() - _ONE_DAY
            self.end(key, max(day, soonest), by, note, base=base, wish_id=wish.id)
        elif wish.wish is Wish.UNDO and revision_id is not None:
            self.undo(key, revision_id, by, note, base=base, wish_id=wish.id)
        elif wish.wish is Wish.CANCEL and revision_id is not None:
            self.cancel(revision_id, by, note, wish_id=wish.id)
        else:
            raise ValueError(f"draft {wish.id} wishes nothing that could be confirmed")

    @contextmanager
    def _changing(self) -> Iterator[Session]:
        """A transaction of the only publisher."""
        with database_errors(), Session(self._engine) as session, session.begin():
            alone(session)
            yield session

    def _beginning(self, from_day: date | None) -> date:
        return max(from_day or date.min, self._day())

    def _wish(self, session: Session, wish_id: int | None, by: str) -> DraftRow | None:
        self._not_alone(wish_id)
        row = None if wish_id is None else wished(session, wish_id)
        self._by_another(session, row, by)
        return row

    def _not_alone(self, draft_id: int | None) -> None:
        """Refuse what no draft or wish goes before, where review is required."""
        if self.review_required and draft_id is None:
            raise ReviewNeededError(
                "Nơi này bắt buộc kiểm duyệt: gửi thành bản nháp hoặc đề nghị để người khác "
                "công bố."
            )

    def _by_another(self, session: Session, row: DraftRow | None, by: str) -> None:
        """Refuse who wrote or wished it themselves, where review is required."""
        if self.review_required and row is not None and by in writers_of(session, row.id):
            raise ReviewNeededError(
                "Nơi này bắt buộc kiểm duyệt: bạn đã soạn hoặc đề nghị, người khác phải công bố."
            )

    def _still(self, session: Session, key: Key, base: int | None) -> Published | None:
        """What counts today, where that is what was looked at."""
        live = revisions.live_revision(session, key, self._day())
        if base is not None and _id_of(live) != base:
            raise RecordChangedError(live)
        return live

    def _settled(
        self, session: Session, key: Key, row: DraftRow | None, settles: int | None
    ) -> int | None:
        """The open conflict that a publication settles; None where it settles none.

        One that a newer release overtook since a draft was made of it stays for that one.
        """
        wanted = draft_of(row).settles if row is not None else settles
        if wanted is None:
            return None
        for one in revisions.conflicts(session):
            if one.release.revision_id == wanted and one.release.body.key == key:
                return wanted
        if settles is not None:
            raise UnknownRevisionError("Hồ sơ này không còn xung đột.")
        return None

    def _end_of(
        self,
        session: Session,
        body: Body,
        by: str,
        last_day: date | None,
        note: str,
        revision_id: int,
    ) -> int | None:
        if last_day is None:
            return None
        return revisions.publish(
            session,
            body,
            by,
            state=RevisionState.WITHDRAWN,
            note=note,
            live_from=last_day + _ONE_DAY,
            regards=revision_id,
        )

    def _refuse(
        self, session: Session, changes: Collection[Change], without: Collection[int] = ()
    ) -> None:
        if problems := self._check.problems(session, changes, without):
            raise ContentError(problems)

    def _show(self, revision_id: int, begins: date) -> None:
        if begins > self._day():
            return
        if (why := self._live.show_now(self._wait_seconds)) is not None:
            raise NotYetShownError(revision_id, why)


_ONCE_LIVE = (RevisionState.PUBLISHED, RevisionState.WITHDRAWN)


def _id_of(live: Published | None) -> int | None:
    """The revision that residents see; None where there is none or the record is withdrawn."""
    if live is None or live.state is RevisionState.WITHDRAWN:
        return None
    return live.revision_id


def _entry(body: Body, by: str, action: str, details: Mapping[str, Any]) -> AuditEntry:
    told = {"scope": body.scope, **details}
    return AuditEntry(by, action, body.owner, f"{body.kind.value}:{body.id}", told)


def _ends_too_soon(body: Body, first: date) -> Problem:
    return Problem(body.place, "last_day", f"ngày cuối phải từ {first:%d/%m/%Y} trở đi.")
