"""Officers' sessions: a signed cookie in the browser, its hash here, revocable at any time."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, TimestampSigner
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    ForeignKey,
    Index,
    String,
    delete,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.signing_key import SigningKey
from knowledge_base.day import utc
from knowledge_base.revisions import Base, DatabaseUnavailableError, database_errors
from knowledge_base.revisions import now as utc_now

log = logging.getLogger(__name__)

_SALT = "hoixa-staff-session"
_TOKEN_BYTES = 32
_COOKIE_CHARACTERS = 300
_DEVICE_CHARACTERS = 80
_SEEN_EVERY = timedelta(minutes=1)
"""That an officer is still there is written no oftener, so that reading pages only reads."""


class SignInMethod(StrEnum):
    """How an officer showed who it is."""

    PASSWORD = "password"  # noqa: S105  (no password)
    PROVIDER = "provider"


class SessionRow(Base):
    """A session that has not ended; ending it deletes the row."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Names the session on pages; opens nothing."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id", ondelete="CASCADE"))
    method: Mapped[str] = mapped_column(String(16))
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("staff_session_by_officer", "officer_id"),)


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A session as it is kept (phiên đăng nhập)."""

    id: str
    officer_id: int
    method: SignInMethod
    device: str
    """Such as “Firefox, Windows”."""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    """All UTC."""


@dataclass(frozen=True, slots=True)
class HeldSession:
    """A session with what its forms carry."""

    session: StaffSession
    csrf: str


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts."""

    idle: timedelta = timedelta(minutes=60)
    """It ends when nothing was asked for so long."""
    longest: timedelta = timedelta(hours=12)
    """It ends then in any case."""


class StaffSessions:
    """The sessions in the database, shared by all replicas.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(
        self,
        engine: Engine,
        key: SigningKey,
        limits: SessionLimits | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._key = key
        self._limits = limits or SessionLimits()
        self._now = now

    def open(self, officer_id: int, method: SignInMethod, agent: str = "") -> str:
        """Begin a session and return the cookie that holds it.

        Args:
            officer_id: whose.
            method: how the officer showed who it is.
            agent: what the browser says it is; only the kind of browser and system is kept.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        moment = self._now()
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(delete(SessionRow).where(self._ended(moment)))
            session.add(
                SessionRow(
                    id=secrets.token_hex(16),
                    token_hash=_sha256(token),
                    officer_id=officer_id,
                    method=method.value,
                    device=device_of(agent),
                    created_at=moment,
                    seen_at=moment,
                    expires_at=moment + self._limits.longest,
                )
            )
        return self._signer().sign(token).decode()

    def find(self, cookie: str) -> HeldSession | None:
        """The session that a cookie holds; None for a forged, ended or revoked one."""
        token = self._token(cookie)
        if token is None:
            return None
        moment = self._now()
        with database_errors(), Session(self._engine) as session:
            row = session.scalar(
                select(SessionRow).where(
                    SessionRow.token_hash == _sha256(token), ~self._ended(moment)
                )
            )
            found = _session(row) if row else None
        if found is None:
            return None
        if moment - found.seen_at >= _SEEN_EVERY:
            self._seen(found.id, moment)
        return HeldSession(found, self._csrf(token))

    def _seen(self, session_id: str, moment: datetime) -> None:
        """Note that a session is used; a database that cannot be written costs only that."""
        seen = update(SessionRow).where(SessionRow.id == session_id).values(seen_at=moment)
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                session.execute(seen)
        except DatabaseUnavailableError:
            log.exception("a session is used, which is not noted")

    def of(self, officer_id: int) -> tuple[StaffSession, ...]:
        """The sessions of an officer that have not ended, the last used first."""
        with database_errors(), Session(self._engine) as session:
            rows = session.scalars(
                select(SessionRow)
                .where(SessionRow.officer_id == officer_id, ~self._ended(self._now()))
                .order_by(SessionRow.seen_at.desc(), SessionRow.id)
            )
            return tuple(map(_session, rows))

    def revoke(self, officer_id: int, session_id: str) -> bool:
        """End one session of an officer; False when there was none such."""
        with database_errors(), Session(self._engine) as session, session.begin():
            found = session.scalar(
                delete(SessionRow)
                .where(SessionRow.id == session_id, SessionRow.officer_id == officer_id)
                .returning(SessionRow.id)
            )
            return found is not None

    def revoke_all(self, officer_id: int, but: str = "") -> int:
        """End every session of an officer, but perhaps one, and return how many."""
        with database_errors(), Session(self._engine) as session, session.begin():
            ended = session.scalars(
                delete(SessionRow)
                .where(SessionRow.officer_id == officer_id, SessionRow.id != but)
                .returning(SessionRow.id)
            )
            return len(ended.all())

    def _ended(self, moment: datetime) -> ColumnElement[bool]:
        idle_since = moment - self._limits.idle
        return (SessionRow.expires_at <= moment) | (SessionRow.seen_at <= idle_since)

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(self._key.value(), salt=_SALT, digest_method=hashlib.sha256)

    def _token(self, cookie: str) -> str | None:
        if not cookie or len(cookie) > _COOKIE_CHARACTERS:
            return None
        try:
            signed = self._signer().unsign(
                cookie, max_age=int(self._limits.longest.total_seconds())
            )
        except BadSignature:
            return None
        return signed.decode()

    def _csrf(self, token: str) -> str:
        """Follows from the token, so that nothing in the database lets a form be forged."""
        key = self._key.value().encode()
        return hmac.new(key, f"csrf:{token}".encode(), hashlib.sha256).hexdigest()


_BROWSERS = (
    ("Cốc Cốc", r"coc_coc_browser"),
    ("Zalo", r"zalo"),
    ("Edge", r"edg(?:e|a|ios)?/"),
    ("Opera", r"opr/|opera"),
    ("Samsung Internet", r"samsungbrowser"),
    ("Firefox", r"firefox|fxios"),
    ("Chrome", r"chrome|crios|chromium"),
    ("Safari", r"safari"),
)
_SYSTEMS = (
    ("Android", r"android"),
    ("iPhone", r"iphone"),
    ("iPad", r"ipad"),
    ("Windows", r"windows"),
    ("macOS", r"mac os"),
    ("Linux", r"linux"),
)
"""The first that fits: many browsers also name those they resemble."""


def device_of(agent: str) -> str:
    """The kind of browser and system in a ``User-Agent``; empty where neither is known."""
    text = agent.casefold()[:500]
    words = [
        next((name for name, pattern in known if re.search(pattern, text)), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, words))[:_DEVICE_CHARACTERS]


def _session(row: SessionRow) -> StaffSession:
    return StaffSession(
        id=row.id,
        officer_id=row.officer_id,
        method=SignInMethod(row.method),
        device=row.device,
        created_at=utc(row.created_at),
        seen_at=utc(row.seen_at),
        expires_at=utc(row.expires_at),
    )


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
