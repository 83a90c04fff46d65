"""The officers of an area: made, changed, blocked, given a password for one sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from app.records.accounts import Account, AccountError, NewAccount
from app.records.audit import AuditEntry
from app.staff.access import PERMISSION_NAMES, PERMISSIONS, ROLE_NAMES, Permission, Role
from app.staff.desk import allowed, areas_of
from app.staff.grants import (
    may_give_areas,
    may_manage,
    roles_given_by,
    roles_to_give,
    works_in,
)
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.syllables import fold

router = APIRouter(prefix="/staff/{area}/officers")

At = Annotated[Desk, Depends(allowed(Permission.ACCOUNTS))]
Text = Annotated[str, Form(max_length=300)]
Scopes = Annotated[list[str] | None, Form(max_length=2000)]

_DONE = {
    "changed": "Đã ghi thay đổi.",
    "blocked": "Đã khóa tài khoản; mọi phiên đăng nhập của người này đã kết thúc.",
    "unblocked": "Đã mở khóa tài khoản.",
    "ended": "Đã kết thúc mọi phiên đăng nhập của người này.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form of an account holds, as it was typed."""

    username: str = ""
    name: str = ""
    role: str = Role.EDITOR.value
    areas: tuple[str, ...] = ()
    linked_to: str = ""


@router.get("")
def officers(
    request: Request, desk: At, service: StaffDep, q: str = "", role: str = "", state: str = ""
) -> Response:
    """The officers of an area."""
    found = [account for account in service.accounts.listed() if works_in(account, desk.area)]
    words = fold(q).strip()
    shown = [
        account
        for account in found
        if words in fold(f"{account.username} {account.name}")
        and role in ("", account.role.value)
        and state in ("", "blocked" if account.blocked else "active")
    ]
    return render(
        request,
        "officers.html",
        desk=desk,
        officers=shown,
        total=len(found),
        manageable={one.id for one in shown if may_manage(service, desk.officer, one)},
        roles=tuple(Role),
        filters={"q": q, "role": role, "state": state},
    )


@router.get("/new")
def new_officer(request: Request, desk: At, service: StaffDep) -> Response:
    """The form of a new account."""
    own = desk.area.scope if desk.area.scope in _areas(service, desk) else ""
    return _form(request, service, desk, Typed(areas=(own,) if own else ()))


@router.post("")
def add_officer(
    request: Request,
    desk: At,
    service: StaffDep,
    username: Text = "",
    name: Text = "",
    role: Text = "",
    areas: Scopes = None,
    linked_to: Text = "",
) -> Response:
    """Make an account. Its password is shown on the answer, this once, so nothing is redirected."""
    typed = Typed(username, name, role, tuple(areas or ()), linked_to)
    try:
        new = _wanted(service, desk, typed)
        made, password = service.accounts.add_with_one_time_password(
            new, desk.officer.username, desk.area.scope
        )
    except AccountError as error:
        return _form(request, service, desk, typed, wrong={error.field: str(error)})
    return _told_once(request, desk, made, password, added=True)


@router.get("/{officer_id}")
def one_officer(
    request: Request, officer_id: int, desk: At, service: StaffDep, done: str = ""
) -> Response:
    """One account, with what may be done about it."""
    account = _found(service, desk, officer_id)
    typed = _as_typed(account)
    return _form(request, service, desk, typed, account=account, done=_DONE.get(done, ""))


@router.post("/{officer_id}")
def change_officer(
    request: Request,
    officer_id: int,
    desk: At,
    service: StaffDep,
    name: Text = "",
    role: Text = "",
    areas: Scopes = None,
    linked_to: Text = "",
) -> Response:
    """Change name, role, areas and link; another role, area or link ends the sessions."""
    account = _managed(service, desk, officer_id)
    typed = Typed(account.username, name, role, tuple(areas or ()), linked_to)
    try:
        new = _wanted(service, desk, typed)
        service.accounts.change(
            account.id,
            desk.officer.username,
            desk.area.scope,
            name=new.name,
            role=new.role,
            bound_to=new.bound_to,
            linked_to=new.linked_to,
        )
    except AccountError as error:
        wrong = {error.field: str(error)}
        return _form(request, service, desk, typed, account=account, wrong=wrong)
    return _back(request, desk, account, "changed")


@router.post("/{officer_id}/block")
def block_officer(request: Request, officer_id: int, desk: At, service: StaffDep) -> Response:
    """Keep an officer out from this moment."""
    return _set_blocked(request, desk, service, officer_id, blocked=True)


@router.post("/{officer_id}/unblock")
def unblock_officer(request: Request, officer_id: int, desk: At, service: StaffDep) -> Response:
    """Let an officer in again."""
    return _set_blocked(request, desk, service, officer_id, blocked=False)


@router.post("/{officer_id}/password")
def reset_password(request: Request, officer_id: int, desk: At, service: StaffDep) -> Response:
    """Give an officer a password for one sign-in; it is shown this once."""
    account = _managed(service, desk, officer_id)
    password = service.accounts.reset_password(account.id, desk.officer.username, desk.area.scope)
    return _told_once(request, desk, account, password, added=False)


@router.post("/{officer_id}/sign-out")
def end_sessions(request: Request, officer_id: int, desk: At, service: StaffDep) -> Response:
    """End every session of an officer."""
    account = _managed(service, desk, officer_id)
    ended = service.kept_sessions.revoke_all(account.id)
    service.audit.write(
        AuditEntry(
            desk.officer.username,
            "officer.sessions_ended",
            desk.area.scope,
            f"officer:{account.username}",
            {"ended": ended},
        )
    )
    return _back(request, desk, account, "ended")


def _set_blocked(
    request: Request, desk: Desk, service: StaffService, officer_id: int, *, blocked: bool
) -> Response:
    account = _managed(service, desk, officer_id)
    by = desk.officer.username
    try:
        service.accounts.set_blocked(account.id, by, desk.area.scope, blocked=blocked)
    except AccountError as error:
        typed, wrong = _as_typed(account), {"blocked": str(error)}
        return _form(request, service, desk, typed, account=account, wrong=wrong)
    return _back(request, desk, account, "blocked" if blocked else "unblocked")


def _wanted(service: StaffService, desk: Desk, typed: Typed) -> NewAccount:
    """What was typed, as an account that this officer may make.

    Raises:
        AccountError: when it gives more than the officer has, or nothing in this area.
    """
    if typed.role not in roles_to_give(desk.officer):
        raise AccountError("role", "Không được cấp vai trò này. Chọn vai trò khác.")
    may_go = set(_areas(service, desk))
    given = tuple(scope for scope in typed.areas if scope in may_go)
    if given != typed.areas or not may_give_areas(service, desk.officer, given):
        raise AccountError("areas", "Không được giao nơi này. Chọn trong các nơi đang hiện.")
    if given and desk.area.scope != given[0] and set(given).isdisjoint(desk.area.scopes):
        raise AccountError("areas", f"Chọn ít nhất một nơi thuộc {desk.area.name}.")
    return NewAccount(typed.username, typed.name, Role(typed.role), given, typed.linked_to)


def _areas(service: StaffService, desk: Desk) -> tuple[str, ...]:
    """The scopes that this officer may give."""
    return tuple(area.scope for area in areas_of(service, desk.officer))


def _found(service: StaffService, desk: Desk, officer_id: int) -> Account:
    account = service.accounts.get(officer_id)
    if account is None or not works_in(account, desk.area):
        raise HTTPException(404, "Không có cán bộ này ở đây.")
    return account


def _managed(service: StaffService, desk: Desk, officer_id: int) -> Account:
    account = _found(service, desk, officer_id)
    if account.id == desk.officer.id:
        raise HTTPException(403, "Không tự đổi tài khoản của mình ở đây. Nhờ người quản trị khác.")
    if not may_manage(service, desk.officer, account):
        raise HTTPException(403, "Người này có vai trò hoặc nơi làm việc mà mình không quản trị.")
    return account


def _as_typed(account: Account) -> Typed:
    return Typed(
        account.username,
        account.name,
        account.role.value,
        account.bound_to,
        account.linked_to or "",
    )


def _back(request: Request, desk: Desk, account: Account, done: str) -> Response:
    base = request.scope.get("root_path", "")
    path = f"{base}/staff/{desk.area.scope}/officers/{account.id}"
    return RedirectResponse(f"{path}?done={done}", 303)


def _told_once(
    request: Request, desk: Desk, account: Account, password: str, *, added: bool
) -> Response:
    return render(
        request, "officer_password.html", desk=desk, account=account, password=password, added=added
    )


def _form(
    request: Request,
    service: StaffService,
    desk: Desk,
    typed: Typed,
    *,
    account: Account | None = None,
    wrong: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    return render(
        request,
        "officer.html",
        desk=desk,
        status=422 if wrong else 200,
        typed=typed,
        account=account,
        may_change=account is None or may_manage(service, desk.officer, account),
        own=account is not None and account.id == desk.officer.id,
        sessions=service.kept_sessions.of(account.id) if account else (),
        roles=roles_to_give(desk.officer),
        places=sorted(
            areas_of(service, desk.officer), key=lambda area: area.scope not in typed.areas
        ),
        role_permissions={role: _able(role) for role in Role},
        linkable=service.provider is not None,
        wrong=wrong or {},
        done=done,
    )


def _able(role: Role) -> str:
    if PERMISSIONS[role] == frozenset(Permission):
        given = roles_given_by(role)
        beyond = [ROLE_NAMES[one].lower() for one in Role if one not in given]
        return "mọi việc" + (f", trừ tạo {', '.join(beyond)}" if beyond else "")
    return ", ".join(PERMISSION_NAMES[one] for one in Permission if one in PERMISSIONS[role])
