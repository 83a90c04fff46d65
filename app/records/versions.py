"""The versions of records: what was, is and will be published, and what waits to be settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from knowledge_base import revisions
from knowledge_base.day import today, utc
from knowledge_base.revisions import Key, Published, RevisionState, database_errors


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
        return utc(self.revision.made_at)


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """A record that the release changed after staff did."""

    key: Key
    release: Version
    """What the release says."""
    counting: Version | None
    """What counts until somebody decides, now or from a day to come."""


class Versions:
    """The versions in the database.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read.
    """

    def __init__(self, engine: Engine, day: Callable[[], date] = today) -> None:
        """Read one database, as of a day in Vietnam."""
        self._engine = engine
        self._day = day

    def live(self, key: Key) -> Version | None:
        """What residents see of a record now; None where they see none."""
        with database_errors(), Session(self._engine) as session:
            found = revisions.live_revision(session, key, self._day())
        if found is None or found.state is RevisionState.WITHDRAWN:
            return None
        return Version(found, Standing.LIVE)

    def on(self, key: Key, day: date, without: int | None = None) -> Version | None:
        """What residents see of a record on a day; None where they see none.

        Args:
            key: the record.
            day: in Vietnam.
            without: a revision to leave out, with the end that was published together with it.
        """
        with database_errors(), Session(self._engine) as session:
            found = [
                one
                for one in revisions.revisions_of(session, key)
                if one.state in (RevisionState.PUBLISHED, RevisionState.WITHDRAWN)
                and one.live_from <= day
                and (without is None or without not in (one.revision_id, one.regards))
            ]
        last = max(found, key=lambda one: (one.live_from, one.revision_id), default=None)
        if last is None or last.state is RevisionState.WITHDRAWN:
            return None
        return self._version(last, None)

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
