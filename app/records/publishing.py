"""Publishing (công bố): what officers decide becomes what residents read, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records.audit import AuditEntry, AuditLog
from app.records.drafts import (
    DraftRow,
    mark_published,
    open_again,
    publishable,
    writers_of,
)
from ingest.draft import TO_WRITE, to_write
from ingest.live import LiveKnowledge
from knowledge_base import revisions
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.day import today
from knowledge_base.problem import Problem
from knowledge_base.record import NATIONAL, RecordKind
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
from knowledge_base.units import Units

_ONE_DAY = timedelta(days=1)


class Standing(StrEnum):
    """What a version of a record is today."""

    LIVE = "live"
    """Residents see it; of a withdrawn record, that it is withdrawn."""
    SCHEDULED = "scheduled"
    PAST = "past"
    CANCELLED = "cancelled"
    CONFLICT = "conflict"
    """The release's text beside a change by staff; it never lived."""


@dataclass(frozen=True, slots=True)
class Version:
    """A revision of a record with what it is today."""

    revision: Published
    standing: Standing

    @property
    def made_at(self) -> datetime:
        """When it was published, UTC."""
        moment = self.revision.made_at  # SQLite gives back UTC without saying so
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A record that the release changed after staff did."""

    key: Key
    release: Version
    """What the release says."""
    counting: Version | None
    """What counts until somebody decides, now or from a day to come."""


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


@dataclass(frozen=True, slots=True)
class _Change:
    """What is about to be true of a record from a day on; a body of None withdraws it."""

    key: Key
    body: Body | None
    begins: date


class Publishing:
    """Brings officers' records into what answers.

    Each change is one transaction: revision, draft and audit entry, one publisher after another;
    then the snapshot, so that the next answer has it. A crash in between leaves all of the change
    or nothing of it, and the snapshot is made at the next start.

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
            review_required: whether who wrote a draft must leave publishing it to somebody else.
            wait_seconds: how long to wait for the new text to answer.
            day: the date in Vietnam.
        """
        self._engine = engine
        self._live = live
        self._audit = audit
        self._legal_texts = legal_texts or {}
        self._review_required = review_required
        self._wait_seconds = wait_seconds
        self._day = day

    def check(self, body: Body, from_day: date | None = None) -> tuple[Problem, ...]:
        """Everything that keeps a body from being published, on the day it begins or later."""
        with database_errors(), Session(self._engine) as session:
            change = _Change(body.key, body, self._beginning(from_day))
            return self._problems(session, [change])

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
    ) -> int:
        """Publish a record; when this returns and it begins today, the next answer has it.

        Args:
            body: the record.
            by: the officer's username.
            from_day: the first day on which it counts, if later than today.
            last_day: the last day on which it counts; on the next it is withdrawn.
            note: why, for colleagues.
            base: the revision that it was written from; None for a record that was not there.
            draft_id: the draft that it was read from, which this closes.

        Returns:
            The id of the new revision.

        Raises:
            ContentError: with every problem, in words; nothing is published.
            RecordChangedError: when ``base`` is not what counts on its first day.
            DraftChangedError, DraftClosedError, UnknownDraftError: by the draft.
            ReviewNeededError: when somebody else must publish it.
            NotYetShownError: when it is published, but the index could not be made in time.
        """
        if by == RELEASE:
            raise ValueError("the next release would overwrite what bears its name")
        begins = self._beginning(from_day)
        changes = [_Change(body.key, body, begins)]
        if last_day is not None:
            if last_day < begins:
                raise ContentError([_ends_too_soon(body, begins)])
            changes.append(_Change(body.key, None, last_day + _ONE_DAY))
        if self._review_required and draft_id is None:
            raise ReviewNeededError(
                "Nơi này bắt buộc kiểm duyệt: soạn thành bản nháp để người khác công bố."
            )
        self._refuse(changes)  # the long work is done, and kept, before anybody waits for the lock
        with database_errors(), Session(self._engine) as session, session.begin():
            alone(session)
            draft = self._draft(session, draft_id, body, by)
            live = revisions.live_revision(session, body.key, begins)
            if _id_of(live) != base:
                raise RecordChangedError(live)
            self._refuse(changes, session)
            revision_id = revisions.publish(session, body, by, note=note, live_from=begins)
            ends = self._end_of(session, body, by, last_day, note, revision_id)
            if draft is not None:
                mark_published(draft, revision_id, now())
            told = {
                "revision": revision_id,
                "before": base,
                "live_from": begins,
                "last_day": last_day,
                "end": ends,
                "draft": draft_id,
                "note": note,
            }
            self._audit.add(session, _entry(body, by, "record.published", told))
        self._show(revision_id, begins)
        return revision_id

    def end(self, key: Key, last_day: date, by: str, note: str = "") -> int:
        """Withdraw a record after its last day; a wider version of it shows again, if there is one.

        A last day of yesterday withdraws it at once.

        Returns:
            The id of the revision that withdraws it.

        Raises:
            ContentError: when other records still need it, or the day is past.
            UnknownRevisionError: when nothing of it counts on that day.
            NotYetShownError: as for :meth:`publish`.
        """
        begins = last_day + _ONE_DAY
        with database_errors(), Session(self._engine) as session, session.begin():
            alone(session)
            live = revisions.live_revision(session, key, max(begins, self._day()))
            if live is None or live.state is RevisionState.WITHDRAWN:
                raise UnknownRevisionError("Hồ sơ này không có bản nào có hiệu lực vào ngày đó.")
            if begins < self._day():
                raise ContentError([_ends_too_soon(live.body, self._day() - _ONE_DAY)])
            self._refuse([_Change(key, None, begins)], session)
            revision_id = revisions.publish(
                session,
                live.body,
                by,
                state=RevisionState.WITHDRAWN,
                note=note,
                live_from=begins,
            )
            told = {
                "revision": revision_id,
                "before": live.revision_id,
                "last_day": last_day,
                "note": note,
            }
            self._audit.add(session, _entry(live.body, by, "record.ended", told))
        self._show(revision_id, begins)
        return revision_id

    def undo(self, key: Key, revision_id: int, by: str, note: str = "") -> int:
        """Publish an earlier revision's text again, from today.

        An end that was published together with what counts now is called back with it.

        Returns:
            The id of the new revision.

        Raises:
            ContentError: when the old text cannot be published any more.
            UnknownRevisionError: when the record has no such revision that ever was to live.
            NotYetShownError: as for :meth:`publish`.
        """
        day = self._day()
        with database_errors(), Session(self._engine) as session, session.begin():
            alone(session)
            wanted = revisions.revision(session, revision_id)
            if wanted is None or wanted.body.key != key or wanted.state not in _ONCE_LIVE:
                raise UnknownRevisionError("Hồ sơ này không có bản đó để hoàn lại.")
            live = revisions.live_revision(session, key, day)
            ends = [
                found.revision_id
                for found in revisions.scheduled(session, day)
                if live is not None and found.regards == live.revision_id
            ]
            gone = wanted.state is RevisionState.WITHDRAWN
            self._refuse([_Change(key, None if gone else wanted.body, day)], session, without=ends)
            for end in ends:
                revisions.cancel(session, end, day)
            made = revisions.publish(
                session, wanted.body, by, state=wanted.state, note=note, live_from=day
            )
            told = {
                "revision": made,
                "before": _id_of(live),
                "undone_to": revision_id,
                "cancelled": ends,
                "note": note,
            }
            self._audit.add(session, _entry(wanted.body, by, "record.undone", told))
        self._show(made, day)
        return made

    def cancel(self, revision_id: int, by: str) -> None:
        """Call back what has not begun, with the end published together with it.

        The draft that it was made from is open again.

        Raises:
            ContentError: when something else that is scheduled needs it.
            UnknownRevisionError: when there is none, or it has begun: that is undone instead.
        """
        day = self._day()
        with database_errors(), Session(self._engine) as session, session.begin():
            alone(session)
            coming = revisions.scheduled(session, day)
            with_its_end = [
                one.revision_id for one in coming if revision_id in (one.revision_id, one.regards)
            ]
            self._refuse([], session, without=with_its_end)
            called_back = revisions.cancel(session, revision_id, day)
            if not called_back:
                raise UnknownRevisionError(
                    "Không có bản nào chờ ngày hiệu lực như vậy. Bản đã có hiệu lực thì hoàn lại "
                    "bản trước."
                )
            open_again(session, revision_id, now())
            told = {"cancelled": [found.revision_id for found in called_back]}
            entry = _entry(called_back[0].body, by, "record.cancelled", told)
            self._audit.add(session, entry)

    def resolve(
        self,
        key: Key,
        data: Mapping[str, Any],
        by: str,
        note: str = "",
        *,
        from_day: date | None = None,
    ) -> int:
        """Settle the conflict of a record by the text that staff decide on.

        Args:
            key: the record.
            data: what it shall say; the release's text, staff's own, or something of both.
            by: the officer's username.
            note: why, for colleagues.
            from_day: the first day on which it counts, if later than today. A change that was
                scheduled for a later day stays, and with it the conflict.

        Returns:
            The id of the new revision.

        Raises:
            ContentError: with every problem, in words; nothing is published.
            UnknownRevisionError: when the record has no open conflict.
            ReviewNeededError: when review is required and the text is neither of the two.
            NotYetShownError: as for :meth:`publish`.
        """
        begins = self._beginning(from_day)
        with database_errors(), Session(self._engine) as session, session.begin():
            alone(session)
            open_ones = {one.release.body.key: one for one in revisions.conflicts(session)}
            conflict = open_ones.get(key)
            if conflict is None:
                raise UnknownRevisionError("Hồ sơ này không còn xung đột.")
            released, counting = conflict.release, conflict.counting
            known = [one.body.data for one in (released, counting) if one is not None]
            if self._review_required and data not in known:
                raise ReviewNeededError(
                    "Nơi này bắt buộc kiểm duyệt: chọn một trong hai bản, hoặc soạn thành bản nháp."
                )
            body = replace(released.body, data=data)
            self._refuse([_Change(key, body, begins)], session)
            made = revisions.publish(
                session, body, by, note=note, live_from=begins, regards=released.revision_id
            )
            told = {
                "revision": made,
                "conflict": released.revision_id,
                "before": _id_of(counting),
                "live_from": begins,
                "note": note,
            }
            self._audit.add(session, _entry(body, by, "conflict.resolved", told))
        self._show(made, begins)
        return made

    def history(self, key: Key) -> tuple[Version, ...]:
        """Every version of a record, the newest first."""
        with database_errors(), Session(self._engine) as session:
            found = revisions.revisions_of(session, key)
            live = revisions.live_revision(session, key, self._day())
        return tuple(self._version(one, live) for one in found)

    def version(self, revision_id: int) -> Version | None:
        """One version of any record; None where there is none."""
        with database_errors(), Session(self._engine) as session:
            found = revisions.revision(session, revision_id)
            if found is None:
                return None
            live = revisions.live_revision(session, found.body.key, self._day())
        return self._version(found, live)

    def scheduled(self, scopes: Iterable[str]) -> tuple[Version, ...]:
        """What begins on a day to come in some scopes, the next first."""
        wanted = frozenset(scopes)
        with database_errors(), Session(self._engine) as session:
            found = revisions.scheduled(session, self._day())
        return tuple(self._version(one, None) for one in found if one.body.owner in wanted)

    def conflicts(self, scopes: Iterable[str]) -> tuple[OpenConflict, ...]:
        """The records of some scopes that a release changed after staff did, the oldest first."""
        wanted = frozenset(scopes)
        with database_errors(), Session(self._engine) as session:
            found = [
                one for one in revisions.conflicts(session) if one.release.body.owner in wanted
            ]
            day = self._day()
            lives = [revisions.live_revision(session, one.release.body.key, day) for one in found]
        return tuple(
            OpenConflict(
                one.release.body.key,
                self._version(one.release, live),
                self._version(one.counting, live) if one.counting is not None else None,
            )
            for one, live in zip(found, lives, strict=True)
        )

    def _beginning(self, from_day: date | None) -> date:
        return max(from_day or date.min, self._day())

    def _version(self, found: Published, live: Published | None) -> Version:
        if found.state is RevisionState.CANCELLED:
            standing = Standing.CANCELLED
        elif found.state is RevisionState.CONFLICT:
            standing = Standing.CONFLICT
        elif live is not None and found.revision_id == live.revision_id:
            standing = Standing.LIVE
        elif found.live_from > self._day():
            standing = Standing.SCHEDULED
        else:
            standing = Standing.PAST
        return Version(found, standing)

    def _draft(
        self, session: Session, draft_id: int | None, body: Body, by: str
    ) -> DraftRow | None:
        if draft_id is None:
            return None
        draft = publishable(session, draft_id, body)
        if self._review_required and by in writers_of(session, draft_id):
            raise ReviewNeededError(
                "Nơi này bắt buộc kiểm duyệt: bạn đã soạn bản nháp này, người khác phải công bố."
            )
        return draft

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
        self,
        changes: Collection[_Change],
        session: Session | None = None,
        without: Collection[int] = (),
    ) -> None:
        if session is None:
            with database_errors(), Session(self._engine) as own:
                problems = self._problems(own, changes, without)
        else:
            problems = self._problems(session, changes, without)
        if problems:
            raise ContentError(problems)

    def _problems(
        self,
        session: Session,
        changes: Collection[_Change],
        without: Collection[int] = (),
    ) -> tuple[Problem, ...]:
        """What the changes would break on any day from the first of them on.

        What is wrong already, in others, does not stand in the way of mending one.

        Args:
            session: reads what is published.
            changes: what is about to be true.
            without: scheduled revisions that are about to be called back.
        """
        begins = min((change.begins for change in changes), default=self._day())
        coming = revisions.scheduled(session, begins)
        standing = {
            key: one.body
            for key, one in revisions.live_on(session, begins, self._live.reuse.known).items()
            if one.state is not RevisionState.WITHDRAWN
        }
        communes = {body.id for body in standing.values() if body.kind is RecordKind.COMMUNE}
        bodies = [change.body for change in changes if change.body is not None]
        found = [problem for body in bodies for problem in _own_problems(body, communes)]
        if any(problem.field in _IDENTITY for problem in found):
            return tuple(dict.fromkeys(found))
        ours = {body.key: replace(body, place=_OURS) for body in bodies}
        changed = dict(standing)
        days = {begins} | {one.live_from for one in coming} | {one.begins for one in changes}
        for day in sorted(days):
            for one in coming:
                if one.live_from == day:
                    _put(standing, one.body.key, _body_of(one))
                    if one.revision_id not in without:
                        _put(changed, one.body.key, _body_of(one))
            for change in changes:
                if change.begins == day:
                    _put(changed, change.key, change.body and ours[change.key])
            problems = self._live.problems_of(changed.values(), self._legal_texts)
            if problems:
                before = self._live.problems_of(standing.values(), self._legal_texts)
                found += [
                    replace(problem, place=bodies[0].place) if problem.place == _OURS else problem
                    for problem in problems
                    if problem not in before
                ]
        return tuple(dict.fromkeys(found))

    def _show(self, revision_id: int, begins: date) -> None:
        if begins > self._day():
            return
        if (why := self._live.show_now(self._wait_seconds)) is not None:
            raise NotYetShownError(revision_id, why)


_IDENTITY = ("id", "scope")
"""With these wrong, a body is not the record that it is to be."""
_OURS = "bản sắp công bố"
"""Tells what is wrong in the text to be published from the same in what residents read."""
_ONCE_LIVE = (RevisionState.PUBLISHED, RevisionState.WITHDRAWN)


def _id_of(live: Published | None) -> int | None:
    """The revision that residents see; None where there is none or the record is withdrawn."""
    if live is None or live.state is RevisionState.WITHDRAWN:
        return None
    return live.revision_id


def _body_of(found: Published) -> Body | None:
    return None if found.state is RevisionState.WITHDRAWN else found.body


def _put(state: dict[Key, Body], key: Key, body: Body | None) -> None:
    if body is None:
        state.pop(key, None)
    else:
        state[key] = body


def _entry(body: Body, by: str, action: str, details: Mapping[str, Any]) -> AuditEntry:
    told = {"scope": body.scope, **details}
    return AuditEntry(by, action, body.owner, f"{body.kind.value}:{body.id}", told)


def _own_problems(body: Body, communes: Collection[str]) -> Iterable[Problem]:
    """What is wrong with a body by itself, in a country with such communes."""
    for place in to_write(body.data):
        yield Problem(body.place, place, f"còn “{TO_WRITE}”. Viết nốt rồi công bố.")
    if body.data.get("id") != body.id:
        yield Problem(body.place, "id", f"phải là “{body.id}”, mã của hồ sơ này.")
    if body.kind is RecordKind.COMMUNE:
        return
    if body.data.get("scope", NATIONAL) != body.scope:
        yield Problem(body.place, "scope", f"phải là “{body.scope}”, nơi hồ sơ này thuộc về.")
    level, _, slug = body.scope.partition(":")
    units = Units.packaged()
    known = {"province": units.provinces, "commune": {*units.by_id, *communes}}
    if level in known and slug not in known[level]:
        yield Problem(body.place, "scope", f"không có nơi nào là “{body.scope}”.")


def _ends_too_soon(body: Body, first: date) -> Problem:
    return Problem(body.place, "last_day", f"ngày cuối phải từ {first:%d/%m/%Y} trở đi.")
