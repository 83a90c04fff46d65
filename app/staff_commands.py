"""``hoixa staff``: the first administrator, and what mends accounts when nobody can sign in."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.html import moment_words
from app.records.accounts import Account, AccountError, Accounts, NewAccount, Role, width_of
from app.records.audit import COMMAND_LINE, AuditEntry, AuditLog
from app.records.database import open_database
from app.records.sessions import StaffSessions
from app.settings import Settings
from app.staff.access import ROLE_NAMES
from app.staffing import password_rules, session_limits, signing_key
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import DatabaseUnavailableError, RevisionRow, database_errors
from knowledge_base.units import Units

app = typer.Typer(no_args_is_help=True, help="Tài khoản cán bộ và nhật ký.")

console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

Username = Annotated[str, typer.Argument(help="Tên đăng nhập.")]
PasswordFromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Đọc mật khẩu từ đầu vào, một dòng.")
]


@dataclass(frozen=True, slots=True)
class _Kept:
    engine: Engine
    accounts: Accounts
    sessions: StaffSessions
    audit: AuditLog


class _RefusedError(Exception):
    """What the operator has to do otherwise."""


@contextlib.contextmanager
def _kept() -> Iterator[_Kept]:
    """The accounts of the database that is set; what an operator can mend is told in a line."""
    settings = Settings()
    try:
        engine = open_database(settings.database_address)
        try:
            audit = AuditLog(engine)
            key = signing_key(settings, engine)
            yield _Kept(
                engine,
                Accounts(engine, audit, password_rules(settings)),
                StaffSessions(engine, key, session_limits(settings)),
                audit,
            )
        finally:
            engine.dispose()
    except (AccountError, DatabaseUnavailableError, _RefusedError) as error:
        errors.print(str(error), style="red")
        raise typer.Exit(1) from error


@app.command()
def add(
    username: Username,
    name: Annotated[str, typer.Option(help="Họ tên, như đồng nghiệp đọc.")],
    role: Annotated[Role, typer.Option(help="Vai trò.")],
    area: Annotated[
        list[str],
        typer.Option(
            help="Nơi làm việc: national, province:da-nang hoặc commune:hoa-tien; ghi được nhiều."
        ),
    ],
    password_stdin: PasswordFromStdin = False,
    linked_to: Annotated[
        str, typer.Option("--oidc", help="Tên của cán bộ ở nơi đăng nhập chung (OpenID Connect).")
    ] = "",
) -> None:
    """Tạo tài khoản cán bộ; mật khẩu hỏi hai lần, không hiện trên màn hình."""
    with _kept() as kept:
        if unknown := [scope for scope in area if not is_known(kept.engine, scope)]:
            raise _RefusedError(
                f"Không có nơi {', '.join(unknown)}. Ghi national, province:<tỉnh> hoặc "
                "commune:<xã>; `hoixa commune TÊN` tìm mã của xã."
            )
        if kept.accounts.find(username):
            raise _RefusedError("Tên đăng nhập này đã có người dùng.")
        password = _asked(from_stdin=password_stdin)
        new = NewAccount(username, name, role, tuple(area), linked_to)
        made = kept.accounts.add(new, COMMAND_LINE, min(area, key=width_of), password)
    console.print(f"Đã tạo {_line(made)}")


@app.command("list")
def show_all() -> None:
    """In mọi tài khoản."""
    with _kept() as kept:
        accounts = kept.accounts.listed()
    for account in accounts:
        console.print(_line(account))
    console.print(f"{len(accounts)} tài khoản.")


@app.command()
def password(username: Username, password_stdin: PasswordFromStdin = False) -> None:
    """Đặt mật khẩu mới; mọi phiên đăng nhập của tài khoản kết thúc."""
    with _kept() as kept:
        account = _found(kept, username)
        kept.accounts.set_password(
            account.id, _asked(from_stdin=password_stdin), COMMAND_LINE, _scope(account)
        )
    console.print(f"Đã đổi mật khẩu của {account.username}.")


@app.command()
def block(username: Username) -> None:
    """Khóa tài khoản; mọi phiên đăng nhập kết thúc."""
    with _kept() as kept:
        account = _found(kept, username)
        kept.accounts.set_blocked(account.id, COMMAND_LINE, _scope(account), blocked=True)
    console.print(f"Đã khóa {account.username}.")


@app.command()
def unblock(username: Username) -> None:
    """Mở khóa tài khoản."""
    with _kept() as kept:
        account = _found(kept, username)
        kept.accounts.set_blocked(account.id, COMMAND_LINE, _scope(account), blocked=False)
    console.print(f"Đã mở khóa {account.username}.")


@app.command("sign-out")
def sign_out(username: Username) -> None:
    """Kết thúc mọi phiên đăng nhập của tài khoản."""
    with _kept() as kept:
        account = _found(kept, username)
        ended = kept.sessions.revoke_all(account.id)
        subject = f"officer:{account.username}"
        kept.audit.write(
            AuditEntry(
                COMMAND_LINE, "officer.sessions_ended", _scope(account), subject, {"ended": ended}
            )
        )
    console.print(f"Đã kết thúc {ended} phiên của {account.username}.")


@app.command("audit-check")
def audit_check() -> None:
    """Đọc lại toàn bộ nhật ký và chỉ ra chỗ bị sửa hoặc mất; in mã của dòng cuối để ghi lại."""
    with _kept() as kept:
        found = kept.audit.check()
    if found.broken_at is not None:
        errors.print(
            f"Nhật ký không còn nguyên từ dòng số {found.broken_at}: dòng này bị sửa, bị xóa hoặc "
            f"bị chèn. {found.rows} dòng trước đó còn nguyên.",
            style="red",
        )
        raise typer.Exit(1)
    console.print(f"Nhật ký nguyên vẹn: {found.rows} dòng, dòng cuối số {found.number}.")
    if found.hash:
        console.print(f"Mã của dòng cuối: {found.hash}")


def _found(kept: _Kept, username: str) -> Account:
    account = kept.accounts.find(username)
    if account is None:
        raise _RefusedError(
            f"Không có tài khoản “{username}”. `hoixa staff list` in mọi tài khoản."
        )
    return account


def is_known(engine: Engine, scope: str) -> bool:
    """Whether there is such a place: in the register of units, or in a published record."""
    kind, _, slug = scope.partition(":")
    if kind == "commune" and slug not in Units.packaged().by_id:
        described = select(RevisionRow.id).where(
            RevisionRow.kind == RecordKind.COMMUNE.value, RevisionRow.record_id == slug
        )
        with database_errors(), Session(engine) as session:
            return session.scalars(described.limit(1)).first() is not None
    known_province = kind == "province" and slug in Units.packaged().provinces
    return known_province or kind == "commune" or scope == NATIONAL


def _asked(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Mật khẩu", hide_input=True, confirmation_prompt="Nhập lại mật khẩu"))


def _scope(account: Account) -> str:
    return account.bound_to[0]


def _line(account: Account) -> str:
    state = " · đã khóa" if account.blocked else ""
    areas = ", ".join(account.bound_to)
    made = moment_words(account.created_at)
    role = f"{ROLE_NAMES[account.role]} ({account.role})"
    return f"{account.username} · {account.name} · {role} · {areas} · tạo {made}{state}"
