"""The officers' accounts: who they are, what they are there for, where, and their passwords."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Engine,
    ForeignKey,
    String,
    Text,
    delete,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import COMMAND_LINE, SYSTEM, AuditEntry, AuditLog
from app.records.sessions import SessionRow
from knowledge_base.day import utc
from knowledge_base.record import NATIONAL
from knowledge_base.revisions import RELEASE, Base, database_errors
from knowledge_base.revisions import now as utc_now

USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{1,38})[a-z0-9]")
RESERVED = frozenset({RELEASE, SYSTEM, COMMAND_LINE, "documents", "import-portal"})
"""Who the log and the revisions name where no officer did it."""
USERNAME_RULE = "Tên đăng nhập gồm 3 đến 40 ký tự: chữ thường không dấu, số, dấu chấm, gạch."
NAME_CHARACTERS = 80
LINK_CHARACTERS = 255
_PASSWORD_CHARACTERS = 500
"""Beyond any password manager's; a longer one only costs time."""
_HASHES_AT_ONCE = 2
"""Each holds 64 MiB while it is made, so that a flood of guesses must not make many at a time."""
_ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ONE_TIME_CHARACTERS = 16
"""79 bits, without what is misread: 0 and o, 1, l and i."""


class Role(StrEnum):
    """What an officer is there for."""

    PROVINCE_ADMIN = "province_admin"
    COMMUNE_ADMIN = "commune_admin"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    ANALYST = "analyst"


class AccountRow(Base):
    """One officer's account."""

    __tablename__ = "officer"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(Text)
    """None: signs in through the identity provider alone."""
    linked_to: Mapped[str | None] = mapped_column(String(255), unique=True)
    """What the identity provider calls the officer."""
    blocked: Mapped[bool] = mapped_column(default=False)
    must_change: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AccountAreaRow(Base):
    """A scope that an officer is bound to."""

    __tablename__ = "officer_area"

    officer_id: Mapped[int] = mapped_column(
        ForeignKey("officer.id", ondelete="CASCADE"), primary_key=True
    )
    scope: Mapped[str] = mapped_column(String(100), primary_key=True)


class AccountError(Exception):
    """An account that cannot be made or changed as was asked; the message says what to do."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field
        """Which field is wrong: ``username``, ``name``, ``role``, ``areas``, ``password``, …"""


@dataclass(frozen=True, slots=True)
class Account:
    """An officer's account (tài khoản cán bộ)."""

    id: int
    username: str
    name: str
    role: Role
    bound_to: tuple[str, ...]
    """Scopes, the widest first."""
    blocked: bool
    must_change: bool
    """Whether the password was made by somebody else and is to be changed at the next sign-in."""
    linked_to: str | None
    """What the identity provider calls the officer; None: not linked."""
    has_password: bool
    created_at: datetime
    updated_at: datetime
    """Both UTC."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made."""

    username: str
    name: str
    role: Role
    bound_to: tuple[str, ...]
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """What a password must be."""

    min_characters: int = 10

    def check(self, password: str, username: str) -> None:
        """Accept a password.

        Raises:
            AccountError: when it is too short, too long, too common, or the username.
        """
        plain = _normal(password)
        if len(plain) < self.min_characters:
            raise AccountError(
                "password", f"Mật khẩu phải dài ít nhất {self.min_characters} ký tự."
            )
        if len(plain) > _PASSWORD_CHARACTERS:
            raise AccountError("password", f"Mật khẩu dài nhất {_PASSWORD_CHARACTERS} ký tự.")
        if username in plain.casefold():
            raise AccountError("password", "Mật khẩu không được chứa tên đăng nhập.")
        if plain.casefold() in _common() or len(set(plain)) < 4:
            raise AccountError("password", "Mật khẩu này quá phổ biến, dễ bị đoán. Chọn câu khác.")


@cache
def _common() -> frozenset[str]:
    path = Path(__file__).with_name("common_passwords.txt")
    return frozenset(path.read_text("utf-8").split())


def _normal(password: str) -> str:
    """The same for every keyboard that types the same letters (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def one_time_password() -> str:
    """A password to be told once and changed at the first sign-in."""
    letters = "".join(secrets.choice(_ONE_TIME_LETTERS) for _ in range(_ONE_TIME_CHARACTERS))
    return "-".join(letters[start : start + 4] for start in range(0, _ONE_TIME_CHARACTERS, 4))


class Accounts:
    """The accounts in the database, shared by all replicas.

    Every change is written into the audit log in the same transaction and ends the sessions that
    it makes untrue. Every method raises ``DatabaseUnavailableError`` when there is no database.
    """

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        rules: PasswordRules | None = None,
        hasher: PasswordHasher | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._audit = audit
        self.rules = rules or PasswordRules()
        self._hasher = hasher or PasswordHasher()
        self._now = now
        self._room = BoundedSemaphore(_HASHES_AT_ONCE)
        self._decoy: str | None = None

    def find(self, username: str) -> Account | None:
        """The account of a username, however it was typed; None if unknown."""
        name = normal_username(username)
        return self._one(AccountRow.username == name) if USERNAME.fullmatch(name) else None

    def get(self, account_id: int) -> Account | None:
        """The account of an id; None if unknown."""
        return self._one(AccountRow.id == account_id)

    def linked(self, name: str) -> Account | None:
        """The account that is linked to a name of the identity provider; None if none is."""
        return self._one(AccountRow.linked_to == name) if name else None

    def listed(self) -> tuple[Account, ...]:
        """Every account, by username."""
        with database_errors(), Session(self._engine) as session:
            rows = session.scalars(select(AccountRow).order_by(AccountRow.username)).all()
            areas: dict[int, list[str]] = {}
            for area in session.scalars(select(AccountAreaRow)):
                areas.setdefault(area.officer_id, []).append(area.scope)
            return tuple(_account(row, areas.get(row.id, ())) for row in rows)

    def check_password(self, username: str, password: str) -> Account | None:
        """The account that a username and a password open; None when they open none.

        An unknown username, a blocked account and one without a password take as long as a wrong
        password does. A hash made with other parameters than today's is made anew.
        """
        plain = _normal(password[:_PASSWORD_CHARACTERS])
        name = normal_username(username)
        wanted = name if USERNAME.fullmatch(name) else ""  # which no account bears
        with database_errors(), Session(self._engine) as session:
            row = session.scalar(select(AccountRow).where(AccountRow.username == wanted))
            sealed = row.password_hash if row is not None and not row.blocked else None
        with self._room:
            right = self._fits(sealed or self._decoy_hash(), plain)
        if not right or row is None or sealed is None:
            return None
        if self._hasher.check_needs_rehash(sealed):
            self._keep_hash(row.id, sealed, self._hash(plain))
        return self.get(row.id)

    def add(self, new: NewAccount, by: str, scope: str, password: str | None = None) -> Account:
        """Make an account.

        Args:
            new: what it is.
            by: who makes it.
            scope: where it is written down in the audit log.
            password: None for an account that signs in through the identity provider alone.

        Raises:
            AccountError: when something about it cannot be.
        """
        return self._add(new, by, scope, password, must_change=False)

    def add_with_one_time_password(
        self, new: NewAccount, by: str, scope: str
    ) -> tuple[Account, str]:
        """Make an account whose password, returned this once, is to be changed at first use.

        Raises:
            AccountError: when something about it cannot be.
        """
        password = one_time_password()
        return self._add(new, by, scope, password, must_change=True), password

    def change(
        self,
        account_id: int,
        by: str,
        scope: str,
        *,
        name: str,
        role: Role,
        bound_to: tuple[str, ...],
        linked_to: str | None = None,
    ) -> Account:
        """Change who an officer is; another role, area or link ends the officer's sessions.

        Raises:
            AccountError: when something about it cannot be.
        """
        wanted = NewAccount("", name.strip(), role, _by_width(bound_to), (linked_to or "").strip())
        _check(wanted)
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                row = session.get_one(AccountRow, account_id)
                was = _account(row, _areas(session, account_id))
                before = _told(row, was.bound_to)
                row.name, row.role = wanted.name, wanted.role.value
                row.linked_to = wanted.linked_to or None
                row.updated_at = self._now()
                session.execute(
                    delete(AccountAreaRow).where(AccountAreaRow.officer_id == account_id)
                )
                session.add_all(
                    AccountAreaRow(officer_id=account_id, scope=one) for one in wanted.bound_to
                )
                session.flush()
                after = _told(row, _areas(session, account_id))
                if {**before, "name": ""} != {**after, "name": ""}:
                    _end_sessions(session, account_id)
                self._write(session, row, by, scope, "officer.changed", before=before, after=after)
                _keep_an_administrator(session, was)
                return _account(row, wanted.bound_to)
        except IntegrityError as error:
            raise _taken_link() from error

    def set_blocked(self, account_id: int, by: str, scope: str, *, blocked: bool) -> Account:
        """Block an account, which ends its sessions, or let it in again.

        Raises:
            AccountError: when it is the last that administers the whole deployment.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.get_one(AccountRow, account_id)
            was = _account(row, _areas(session, account_id))
            row.blocked, row.updated_at = blocked, self._now()
            session.flush()
            if blocked:
                _end_sessions(session, account_id)
            action = "officer.blocked" if blocked else "officer.unblocked"
            self._write(session, row, by, scope, action)
            _keep_an_administrator(session, was)
            return _account(row, was.bound_to)

    def set_password(
        self, account_id: int, password: str, by: str, scope: str, *, must_change: bool = False
    ) -> None:
        """Give an account another password; all its sessions end.

        Raises:
            AccountError: when the password breaks a rule.
        """
        account = self.get(account_id)
        assert account is not None, "an account is never deleted"
        self.rules.check(password, account.username)
        sealed = self._hash(_normal(password))
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.get_one(AccountRow, account_id)
            row.password_hash, row.must_change = sealed, must_change
            row.updated_at = self._now()
            _end_sessions(session, account_id)
            action = "officer.password_reset" if must_change else "officer.password_changed"
            self._write(session, row, by, scope, action)

    def reset_password(self, account_id: int, by: str, scope: str) -> str:
        """Give an account a password that is returned this once and changed at first use."""
        password = one_time_password()
        self.set_password(account_id, password, by, scope, must_change=True)
        return password

    def _add(
        self, new: NewAccount, by: str, scope: str, password: str | None, *, must_change: bool
    ) -> Account:
        wanted = NewAccount(
            normal_username(new.username),
            new.name.strip(),
            new.role,
            _by_width(new.bound_to),
            (new.linked_to or "").strip(),
        )
        if not USERNAME.fullmatch(wanted.username):
            raise AccountError("username", USERNAME_RULE)
        if wanted.username in RESERVED:
            raise AccountError("username", "Tên này là của chính hệ thống. Chọn tên khác.")
        _check(wanted)
        if password is not None:
            self.rules.check(password, wanted.username)
        elif not wanted.linked_to:
            raise AccountError("password", "Tài khoản phải có mật khẩu.")
        sealed = None if password is None else self._hash(_normal(password))
        moment = self._now()
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                row = AccountRow(
                    username=wanted.username,
                    name=wanted.name,
                    role=wanted.role.value,
                    password_hash=sealed,
                    linked_to=wanted.linked_to or None,
                    blocked=False,
                    must_change=must_change,
                    created_at=moment,
                    updated_at=moment,
                )
                session.add(row)
                session.flush()
                session.add_all(
                    AccountAreaRow(officer_id=row.id, scope=one) for one in wanted.bound_to
                )
                after = _told(row, wanted.bound_to)
                self._write(session, row, by, scope, "officer.added", after=after)
                return _account(row, wanted.bound_to)
        except IntegrityError as error:
            if self.find(wanted.username):
                raise AccountError("username", "Tên đăng nhập này đã có người dùng.") from error
            raise _taken_link() from error

    def _one(self, which: ColumnElement[bool]) -> Account | None:
        with database_errors(), Session(self._engine) as session:
            row = session.scalar(select(AccountRow).where(which))
            return _account(row, _areas(session, row.id)) if row else None

    def _write(
        self, session: Session, row: AccountRow, by: str, scope: str, action: str, **details: object
    ) -> None:
        entry = AuditEntry(by, action, scope, f"officer:{row.username}", details)
        self._audit.add(session, entry)

    def _hash(self, plain: str) -> str:
        with self._room:
            return self._hasher.hash(plain)

    def _decoy_hash(self) -> str:
        """A hash that no password fits, so that nothing to look at takes as long as something."""
        if self._decoy is None:
            self._decoy = self._hasher.hash(secrets.token_hex(32))
        return self._decoy

    def _fits(self, sealed: str, plain: str) -> bool:
        try:
            return self._hasher.verify(sealed, plain)
        except (InvalidHashError, VerificationError):
            return False

    def _keep_hash(self, account_id: int, before: str, sealed: str) -> None:
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.get_one(AccountRow, account_id)
            if row.password_hash == before:  # else it was changed a moment ago
                row.password_hash = sealed


def normal_username(text: str) -> str:
    """A username as it is stored."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def width_of(scope: str) -> int:
    """0 for the whole deployment, 1 for a province, 2 for a commune."""
    return 0 if scope == NATIONAL else 1 if scope.startswith("province:") else 2


def administers_all(account: Account) -> bool:
    """Whether an account may administer the whole deployment."""
    may = account.role is Role.PROVINCE_ADMIN and NATIONAL in account.bound_to
    return may and not account.blocked


def _by_width(scopes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(scopes), key=lambda scope: (width_of(scope), scope)))


def _check(wanted: NewAccount) -> None:
    if not 1 <= len(wanted.name) <= NAME_CHARACTERS or not wanted.name.isprintable():
        raise AccountError("name", f"Họ tên phải có từ 1 đến {NAME_CHARACTERS} ký tự.")
    if not wanted.bound_to:
        raise AccountError("areas", "Chọn ít nhất một nơi làm việc.")
    if wanted.role is Role.PROVINCE_ADMIN and width_of(wanted.bound_to[0]) > 1:
        raise AccountError("role", "Quản trị tỉnh phải gắn với tỉnh hoặc toàn hệ thống.")
    link = wanted.linked_to or ""
    if len(link) > LINK_CHARACTERS or not link.isprintable():
        raise AccountError(
            "linked_to", f"Tên ở nơi đăng nhập chung dài nhất {LINK_CHARACTERS} ký tự."
        )


def _keep_an_administrator(session: Session, was: Account) -> None:
    """Refuse to take the whole deployment from the last who administers it.

    The audit log's head is locked by now, so that two who block each other come one after another.
    """
    if not administers_all(was):
        return
    session.flush()
    left = session.scalar(
        select(func.count())
        .select_from(AccountRow)
        .join(AccountAreaRow, AccountAreaRow.officer_id == AccountRow.id)
        .where(
            AccountRow.role == Role.PROVINCE_ADMIN.value,
            AccountRow.blocked.is_(False),
            AccountAreaRow.scope == NATIONAL,
        )
    )
    if not left:
        raise AccountError(
            "role", "Phải còn ít nhất một quản trị tỉnh của toàn hệ thống không bị khóa."
        )


def _taken_link() -> AccountError:
    return AccountError("linked_to", "Tên này ở nơi đăng nhập chung đã gắn với tài khoản khác.")


def _areas(session: Session, account_id: int) -> tuple[str, ...]:
    found = session.scalars(
        select(AccountAreaRow.scope).where(AccountAreaRow.officer_id == account_id)
    )
    return _by_width(found)


def _end_sessions(session: Session, account_id: int) -> None:
    session.execute(delete(SessionRow).where(SessionRow.officer_id == account_id))


def _told(row: AccountRow, areas: Iterable[str]) -> dict[str, object]:
    """What the audit log says of an account; never its password."""
    return {
        "name": row.name,
        "role": row.role,
        "areas": list(_by_width(areas)),
        "linked_to": row.linked_to,
    }


def _account(row: AccountRow, areas: Iterable[str]) -> Account:
    return Account(
        id=row.id,
        username=row.username,
        name=row.name,
        role=Role(row.role),
        bound_to=_by_width(areas),
        blocked=row.blocked,
        must_change=row.must_change,
        linked_to=row.linked_to,
        has_password=row.password_hash is not None,
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
    )
