"""An officer's own account: password and sessions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Request, Response
from fastapi.responses import RedirectResponse

from app.client import client_of
from app.records.accounts import Account, AccountError, width_of
from app.records.audit import AuditEntry
from app.records.sessions import SignInMethod
from app.staff.desk import SignedInAtAllDep, SignedInDep, keep_cookie
from app.staff.service import SignedIn, StaffDep, StaffService
from app.staff.view import render

router = APIRouter(prefix="/staff/me")

_FIELD_CHARACTERS = 600
_DONE = {
    "password": "Đã đổi mật khẩu. Mọi phiên đăng nhập khác đã kết thúc.",
    "ended": "Đã kết thúc phiên đăng nhập.",
}

SessionId = Annotated[str, Path(pattern=r"^[0-9a-z]{1,40}$")]
Password = Annotated[str, Form(max_length=_FIELD_CHARACTERS)]


@router.get("")
def own_account(
    request: Request, service: StaffDep, signed: SignedInAtAllDep, done: str = ""
) -> Response:
    """Who one is here, where one is signed in, and another password."""
    return _page(request, service, signed, done=_DONE.get(done, ""))


@router.post("/password")
def change_password(
    request: Request,
    service: StaffDep,
    signed: SignedInAtAllDep,
    current: Password = "",
    new: Password = "",
    again: Password = "",
) -> Response:
    """Choose another password; every session ends, and a new one begins here."""
    account = _own(service, signed)
    client = client_of(request, service.trusted_proxies)
    # by the session: what others try at the account from elsewhere must not stand in the way
    counted = service.tries.begin(account.username, client, signed.session_id)
    if counted.seconds_to_wait:
        words = f"Đã thử sai nhiều lần. Thử lại sau {counted.seconds_to_wait} giây."
        return _page(request, service, signed, 429, wrong={"current": words})
    if service.accounts.check_password(account.username, current) is None:
        words = "Mật khẩu hiện tại không đúng."
        return _page(request, service, signed, 422, wrong={"current": words})
    service.tries.succeeded(account.username, client, signed.session_id)
    wrong = {}
    if new != again:
        wrong["again"] = "Hai lần nhập không giống nhau."
    elif new == current:
        wrong["new"] = "Mật khẩu mới phải khác mật khẩu hiện tại."
    else:
        try:
            scope = min(account.bound_to, key=width_of)
            service.accounts.set_password(account.id, new, account.username, scope)
        except AccountError as error:
            wrong["new"] = str(error)
    if wrong:
        return _page(request, service, signed, 422, wrong=wrong)
    agent = request.headers.get("User-Agent", "")
    cookie = service.kept_sessions.open(account.id, SignInMethod.PASSWORD, agent)
    response = _back(request, "password")
    keep_cookie(request, response, cookie)
    return response


@router.post("/sessions/{session_id}/end")
def end_session(
    request: Request, session_id: SessionId, service: StaffDep, signed: SignedInDep
) -> Response:
    """End one of the own sessions, such as one that was left open elsewhere."""
    if not service.kept_sessions.revoke(signed.officer.id, session_id):
        raise HTTPException(404, "Phiên này đã kết thúc.")
    _write(service, signed, 1)
    return _back(request, "ended")


@router.post("/sessions/end-others")
def end_others(request: Request, service: StaffDep, signed: SignedInDep) -> Response:
    """End every own session but this one."""
    ended = service.kept_sessions.revoke_all(signed.officer.id, but=signed.session_id)
    _write(service, signed, ended)
    return _back(request, "ended")


def _own(service: StaffService, signed: SignedIn) -> Account:
    account = service.accounts.get(signed.officer.id)
    assert account is not None, "an account is never deleted"
    return account


def _write(service: StaffService, signed: SignedIn, ended: int) -> None:
    name = signed.officer.username
    scope = min(signed.officer.bound_to, key=width_of)
    entry = AuditEntry(name, "officer.sessions_ended", scope, f"officer:{name}", {"ended": ended})
    service.audit.write(entry)


def _back(request: Request, done: str) -> Response:
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/me?done={done}", 303)


def _page(
    request: Request,
    service: StaffService,
    signed: SignedIn,
    status: int = 200,
    *,
    wrong: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    return render(
        request,
        "me.html",
        signed_in=signed,
        status=status,
        account=_own(service, signed),
        sessions=service.kept_sessions.of(signed.officer.id),
        min_characters=service.accounts.rules.min_characters,
        wrong=wrong or {},
        done=done,
    )
