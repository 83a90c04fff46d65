"""Signing in through the identity provider that is set: there, and back again."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import asdict

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.client import came_by_https
from app.records.sessions import SignInMethod
from app.staff.provider import (
    IdentityProvider,
    Leaving,
    NotProvenError,
    ProviderUnavailableError,
)
from app.staff.service import StaffDep, StaffService
from app.staff.sign_in import begin_session, sign_in_form, way_on

log = logging.getLogger(__name__)

router = APIRouter(prefix="/staff/oidc")

_COOKIE = "hoixa_oidc"
_SALT = "hoixa-oidc"
_SECONDS = 600
"""So long an officer may take at the provider."""


@router.get("")
def leave(request: Request, service: StaffDep, next: str = "") -> Response:
    """To the provider, with what must come back kept in a signed cookie of this browser."""
    try:
        address, leaving = _provider(service).leave(_redirect_uri(request, service))
    except ProviderUnavailableError:
        log.exception("nobody can sign in through the identity provider")
        return _refused(request, service, 503, "Nơi đăng nhập chung không trả lời. Thử lại sau.")
    response = RedirectResponse(address, 303)
    response.set_cookie(
        _COOKIE,
        _serializer(service).dumps({**asdict(leaving), "next": way_on(request, next)}),
        max_age=_SECONDS,
        path=f"{request.scope.get('root_path', '')}/staff/oidc",
        secure=came_by_https(request, service.trusted_proxies, service.public_url),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback")
def come_back(
    request: Request, service: StaffDep, code: str = "", state: str = "", error: str = ""
) -> Response:
    """From the provider: a session for the account that is linked to what it says."""
    provider = _provider(service)
    try:
        kept = _serializer(service).loads(request.cookies.get(_COOKIE, ""), max_age=_SECONDS)
        leaving = Leaving(kept["state"], kept["nonce"], kept["verifier"])
    except (BadSignature, KeyError, TypeError):
        return _refused(request, service, 403, "Lần đăng nhập này đã quá lâu. Đăng nhập lại.")
    if not secrets.compare_digest(state.encode(), leaving.state.encode()):
        return _refused(request, service, 403, "Lần đăng nhập này không khớp. Đăng nhập lại.")
    if error or not code:
        return _refused(request, service, 403, "Nơi đăng nhập chung không xác nhận.")
    try:
        name = provider.name_of(code, _redirect_uri(request, service), leaving)
    except NotProvenError as wrong:
        log.warning("a sign-in through the identity provider is refused: %s", wrong)
        return _refused(request, service, 403, "Nơi đăng nhập chung không xác nhận đúng cách.")
    except ProviderUnavailableError:
        log.exception("a sign-in through the identity provider could not be checked")
        return _refused(request, service, 503, "Nơi đăng nhập chung không trả lời. Thử lại sau.")
    account = service.accounts.linked(name)
    if account is None or account.blocked:
        return _refused(
            request,
            service,
            403,
            f"“{name[:80]}” chưa được gắn với tài khoản cán bộ nào đang dùng được ở đây. "
            "Hỏi người quản trị của xã hoặc tỉnh.",
        )
    response = begin_session(request, service, account, SignInMethod.PROVIDER, kept["next"])
    _forget(request, response)
    return response


def _provider(service: StaffService) -> IdentityProvider:
    if service.provider is None:
        raise HTTPException(404)
    return service.provider


def _redirect_uri(request: Request, service: StaffService) -> str:
    base = service.public_url or str(request.base_url).rstrip("/")
    return f"{base}/staff/oidc/callback"


def _refused(request: Request, service: StaffService, status: int, words: str) -> Response:
    response = sign_in_form(request, service, status, words)
    _forget(request, response)
    return response


def _forget(request: Request, response: Response) -> None:
    response.delete_cookie(_COOKIE, path=f"{request.scope.get('root_path', '')}/staff/oidc")


def _serializer(service: StaffService) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        service.signing_key.value(), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )
