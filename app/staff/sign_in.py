"""Signing in and out."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from app.client import client_of, from_own_page
from app.records.accounts import Account, normal_username, width_of
from app.records.audit import SYSTEM, AuditEntry
from app.records.sessions import SignInMethod
from app.staff.desk import COOKIE, SignedInAtAllDep, drop_cookie, keep_cookie
from app.staff.known_browsers import known_browser, remember_browser
from app.staff.service import StaffDep, StaffService
from app.staff.view import render

router = APIRouter()

_NEXT = re.compile(r"/staff(?:[/?][^\s\\\x00-\x1f]*)?")
_FIELD_CHARACTERS = 600


@router.get("/staff/sign-in")
def sign_in_page(
    request: Request, service: StaffDep, next: str = "", unsent: bool = False
) -> Response:
    """The form, or the way on for who is signed in already."""
    if service.sessions.find(request.cookies.get(COOKIE, "")):
        return RedirectResponse(way_on(request, next), 303)
    return sign_in_form(request, service, next=next, unsent=unsent)


@router.post("/staff/sign-in")
def sign_in(
    request: Request,
    service: StaffDep,
    username: Annotated[str, Form(max_length=_FIELD_CHARACTERS)] = "",
    password: Annotated[str, Form(max_length=_FIELD_CHARACTERS)] = "",
    next: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Begin a session for who knows the password."""
    if not from_own_page(request, service.public_url):
        raise HTTPException(403, "Biểu mẫu không phải của trang này. Mở lại trang đăng nhập.")
    name = normal_username(username)
    if not name or not password:
        return sign_in_form(
            request, service, 422, "Ghi tên đăng nhập và mật khẩu.", next=next, username=username
        )
    client = client_of(request, service.trusted_proxies)
    browser = known_browser(request, service, name)
    counted = service.tries.begin(name, client, browser)
    if counted.seconds_to_wait:
        return sign_in_form(
            request,
            service,
            429,
            f"Đã thử sai nhiều lần. Thử lại sau {_span_words(counted.seconds_to_wait)}.",
            retry_after=counted.seconds_to_wait,
            next=next,
            username=username,
        )
    account = service.accounts.check_password(name, password)
    if account is None:
        if counted.count == service.tries.free:
            _tell_of_guessing(service, name, counted.count)
        return sign_in_form(
            request,
            service,
            403,
            "Tên đăng nhập hoặc mật khẩu không đúng.",
            next=next,
            username=username,
        )
    service.tries.succeeded(name, client, browser)
    response = begin_session(request, service, account, SignInMethod.PASSWORD, next)
    remember_browser(request, response, service, name)
    return response


def begin_session(
    request: Request, service: StaffService, account: Account, method: SignInMethod, next: str
) -> Response:
    """A new session, whatever the browser brought along, and on to where the officer wanted."""
    if held := service.sessions.find(request.cookies.get(COOKIE, "")):
        service.kept_sessions.revoke(held.officer.id, held.session_id)
    cookie = service.kept_sessions.open(account.id, method, request.headers.get("User-Agent", ""))
    _write(service, account, account.username, "officer.signed_in", method=method.value)
    response = RedirectResponse(way_on(request, next), 303)
    keep_cookie(request, response, cookie)
    return response


@router.post("/staff/sign-out")
def sign_out(request: Request, service: StaffDep, signed: SignedInAtAllDep) -> Response:
    """End this session."""
    service.kept_sessions.revoke(signed.officer.id, signed.session_id)
    account = service.accounts.get(signed.officer.id)
    if account is not None:
        _write(service, account, account.username, "officer.signed_out")
    base = request.scope.get("root_path", "")
    response = RedirectResponse(f"{base}/staff/sign-in?out=1", 303)
    drop_cookie(request, response)
    return response


def way_on(request: Request, wanted: str) -> str:
    """Where to go after signing in: a page of ours that was asked for, else the first one."""
    base: str = request.scope.get("root_path", "")
    path = wanted.removeprefix(base)
    if not _NEXT.fullmatch(path) or path.startswith(("/staff/sign-", "/staff/oidc")):
        path = "/staff"
    return f"{base}{path}"


def sign_in_form(
    request: Request,
    service: StaffService,
    status: int = 200,
    wrong: str = "",
    *,
    next: str = "",
    username: str = "",
    unsent: bool = False,
    retry_after: int = 0,
) -> Response:
    """The page of signing in, with what was wrong and what was typed.

    ``unsent`` says that a form was sent after the session had ended, and was not taken.
    """
    return render(
        request,
        "sign_in.html",
        status=status,
        headers=[("Retry-After", str(retry_after))] if retry_after else [],
        wrong=wrong,
        next=next,
        username=username,
        unsent=unsent,
        by_provider=service.provider is not None,
        signed_out="out" in request.query_params,
    )


def _tell_of_guessing(service: StaffService, name: str, count: int) -> None:
    account = service.accounts.find(name)
    if account is not None:
        _write(service, account, SYSTEM, "officer.tries_slowed", tries=count)


def _write(
    service: StaffService, account: Account, by: str, action: str, **details: object
) -> None:
    scope = min(account.bound_to, key=width_of)
    subject = f"officer:{account.username}"
    service.audit.write(AuditEntry(by, action, scope, subject, details))


def _span_words(seconds: int) -> str:
    return f"{seconds} giây" if seconds < 90 else f"{-(-seconds // 60)} phút"
