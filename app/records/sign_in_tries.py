"""Guessing passwords is slowed: tries are counted for each account and each client address.

Those from a browser in which the officer has signed in before are counted by themselves, so that
whoever guesses from elsewhere keeps nobody out of their own office.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Engine, String, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.signing_key import SigningKey
from knowledge_base.day import utc
from knowledge_base.revisions import Base, database_errors
from knowledge_base.revisions import now as utc_now

_FIRST_WAIT_SECONDS = 2
_FORGOTTEN_AFTER = timedelta(days=1)
"""Without another try, a count begins anew."""


class SignInTryRow(Base):
    """The tries at one account, from one address or known browser, since the last right one."""

    __tablename__ = "sign_in_try"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A keyed hash: the table tells neither addresses nor what was typed as a username."""
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    waits_until: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class TryLimits:
    """From when on, and how long, the next try has to wait."""

    free: int = 5
    """Wrong tries at one account without a wait."""
    free_of_client: int = 20
    """Wrong tries from one address without a wait: a whole office may share one."""
    longest: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Try:
    """What was decided about one try."""

    seconds_to_wait: int
    """0 when the password may be looked at."""
    count: int
    """Tries since the last that was right, this one included: at this account, or of it from this
    known browser."""


class SignInTries:
    """The counts in the database, so that they hold on every replica and after a restart.

    A try is counted before the password is looked at, so that many at once are no way around; a
    right one is taken back. Each wrong one beyond the free ones doubles the wait, up to the
    longest. What comes during a wait is not looked at, and does not lengthen it.
    """

    def __init__(
        self,
        engine: Engine,
        key: SigningKey,
        limits: TryLimits | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._key = key
        self._limits = limits or TryLimits()
        self._now = now

    @property
    def free(self) -> int:
        """Wrong tries at one account without a wait."""
        return self._limits.free

    def begin(self, username: str, client: str, browser: str = "") -> Try:
        """Count a try, unless it has to wait.

        Args:
            username: the account, known or not.
            client: the address it comes from.
            browser: what names a browser in which its officer is known to have signed in, and so
                waits for nobody else's tries; empty for any other.

        Raises:
            DatabaseUnavailableError: when it cannot be counted; then nothing may be tried.
        """
        while True:
            try:
                return self._begin(self._keys(username, client, browser))
            except IntegrityError:
                continue  # another request counted the first try just before

    def succeeded(self, username: str, client: str, browser: str = "") -> None:
        """Forget the tries at an account, and take this one back from its address.

        From a known browser only that browser's are forgotten: what others try goes on waiting.
        """
        (first, _), *others = self._keys(username, client, browser)
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(delete(SignInTryRow).where(SignInTryRow.key == first))
            for address, _ in others:
                session.execute(
                    update(SignInTryRow)
                    .where(SignInTryRow.key == address)
                    .values(count=SignInTryRow.count - 1, waits_until=self._now())
                )

    def wait_after(self, count: int, free: int) -> timedelta:
        """How long the next try waits after so many wrong ones."""
        if count < free:
            return timedelta()
        doublings = min(count - free, 32)
        return min(self._limits.longest, timedelta(seconds=_FIRST_WAIT_SECONDS * 2**doublings))

    def _begin(self, keys: tuple[tuple[str, int], ...]) -> Try:
        moment = self._now()
        first = keys[0][0]
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(
                delete(SignInTryRow).where(SignInTryRow.last_at < moment - _FORGOTTEN_AFTER)
            )
            # in one order for all, so that two tries never wait for each other
            rows = {
                row.key: row
                for row in session.scalars(
                    select(SignInTryRow)
                    .where(SignInTryRow.key.in_([key for key, _ in keys]))
                    .order_by(SignInTryRow.key)
                    .with_for_update()
                )
            }
            left = max((utc(row.waits_until) - moment for row in rows.values()), default=_NONE)
            count = rows[first].count if first in rows else 0
            if left > _NONE:
                return Try(math.ceil(left.total_seconds()), count)
            for key, free in keys:
                row = rows.get(key)
                if row is None:
                    row = SignInTryRow(key=key, count=0)
                    session.add(row)
                row.count += 1
                row.last_at = moment
                row.waits_until = moment + self.wait_after(row.count, free)
            return Try(0, count + 1)

    def _keys(self, username: str, client: str, browser: str) -> tuple[tuple[str, int], ...]:
        """What a try is counted by, each with how many wrong ones are free."""
        if browser:
            return ((self._hashed(f"browser:{browser}:{username}"), self._limits.free),)
        return (
            (self._hashed(f"account:{username}"), self._limits.free),
            (self._hashed(f"client:{client}"), self._limits.free_of_client),
        )

    def _hashed(self, text: str) -> str:
        return hmac.new(self._key.value().encode(), text.encode(), hashlib.sha256).hexdigest()


_NONE = timedelta()
