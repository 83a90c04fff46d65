"""Browsers in which an officer has signed in: those who guess from elsewhere do not slow them.

Whoever knows a username can have its account wait again and again, and with it the officer. A
browser in which the officer once signed in carries a signed cookie that says so, and its tries are
counted by themselves (OWASP: “device cookies”). It opens nothing; the password is still asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.client import came_by_https
from app.staff.service import StaffService

_COOKIE = "hoixa_known_"
_SALT = "hoixa-known-browser"
_DAY = 86_400


def known_browser(request: Request, service: StaffService, username: str) -> str:
    """What names this browser, where an officer of that username signed in before; else empty."""
    who = _who(service, username)
    try:
        held = _serializer(service).loads(
            request.cookies.get(_name(who), ""), max_age=service.known_browser_days * _DAY
        )
        of, nonce = held["of"], held["nonce"]
    except (BadSignature, KeyError, TypeError):
        return ""
    return str(nonce) if secrets.compare_digest(str(of).encode(), who.encode()) else ""


def remember_browser(
    request: Request, response: Response, service: StaffService, username: str
) -> None:
    """Have this browser say from now on that the officer has signed in here."""
    if not service.known_browser_days:
        return
    who = _who(service, username)
    nonce = known_browser(request, service, username) or secrets.token_hex(16)
    response.set_cookie(
        _name(who),
        str(_serializer(service).dumps({"of": who, "nonce": nonce})),
        max_age=service.known_browser_days * _DAY,
        path=f"{request.scope.get('root_path', '')}/staff/sign-in",
        secure=came_by_https(request, service.trusted_proxies, service.public_url),
        httponly=True,
        samesite="lax",
    )


def _name(who: str) -> str:
    """One cookie for each officer of a browser that several share."""
    return f"{_COOKIE}{who[:12]}"


def _who(service: StaffService, username: str) -> str:
    """Names an officer without telling whoever looks into the browser which."""
    key = service.signing_key.value().encode()
    return hmac.new(key, f"known:{username}".encode(), hashlib.sha256).hexdigest()[:32]


def _serializer(service: StaffService) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        service.signing_key.value(), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )
