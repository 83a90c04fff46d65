"""Guards of routes: signed in, allowed, in an area that exists, and not forged."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.client import came_by_https
from app.staff.access import Area, Officer, Permission
from app.staff.service import Desk, SignedIn, StaffService, staff_of
from knowledge_base.record import NATIONAL

COOKIE = "hoixa_staff"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_FIELDS = 20_000
"""Inputs of a form, far above the longest record's 1.000; what a body may weigh limits it first."""
MOST_NUMBER = 2**31 - 1
"""No row of any database is numbered higher, nor can be asked for."""
_DIGITS = 9
"""So many digits a number below that may always have."""
_HEX_ID = 32
"""Characters of ids that are no numbers, though they may by chance look like one."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NotSignedInError(Exception):
    """Nobody is signed in; pages answer it by the sign-in page, calls with 401."""


class MustChangeError(Exception):
    """The officer has to choose another password first."""


async def signed_in(request: Request) -> SignedIn:
    """Who is signed in; a request that changes something must also carry the session's token.

    Raises:
        NotSignedInError: when nobody is.
        MustChangeError: when another password has to be chosen first.
        HTTPException: 403 for a missing or wrong token.
    """
    found = await signed_in_at_all(request)
    if found.must_change:
        raise MustChangeError
    return found


async def signed_in_at_all(request: Request) -> SignedIn:
    """The same for the few pages that also serve who has to choose another password.

    Raises:
        NotSignedInError: when nobody is.
        HTTPException: 403 for a missing or wrong token, 422 for what no database can hold.
    """
    found = await _holder(request)
    if request.method not in SAFE and not await _carries(request, found.csrf):
        raise HTTPException(403, "Biểu mẫu đã cũ hoặc không phải của phiên này. Mở lại trang.")
    if "\0" in "".join([*request.query_params.values(), *await _fields(request)]):
        raise HTTPException(422, "Có ký tự không đọc được. Xóa ký tự đó, hoặc gõ lại rồi gửi.")
    return found


async def _holder(request: Request) -> SignedIn:
    """Whose session the cookie holds; looked up beside the loop that serves everybody."""
    sessions = staff_of(request).sessions
    found = await run_in_threadpool(sessions.find, request.cookies.get(COOKIE, ""))
    if found is None:
        raise NotSignedInError
    return found


SignedInDep = Annotated[SignedIn, Depends(signed_in)]
SignedInAtAllDep = Annotated[SignedIn, Depends(signed_in_at_all)]


def keep_cookie(request: Request, response: Response, cookie: str) -> None:
    """Hand the browser the cookie of a session; it forgets it when it is closed.

    ``Lax``, not ``Strict``: with that one an officer who follows a link from a message, or comes
    back from the identity provider, would look signed out. What changes anything is a POST, which
    ``Lax`` keeps from other sites, and carries the token besides.
    """
    service = staff_of(request)
    response.set_cookie(
        COOKIE,
        cookie,
        path=f"{request.scope.get('root_path', '')}/staff",
        secure=came_by_https(request, service.trusted_proxies, service.public_url),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Have the browser forget the cookie."""
    response.delete_cookie(COOKIE, path=f"{request.scope.get('root_path', '')}/staff")


async def _carries(request: Request, token: str) -> bool:
    given = request.headers.get("X-CSRF")
    if given is None and request.headers.get("Content-Type", "").startswith(_FORMS):
        field = (await request.form(max_fields=MOST_FIELDS)).get("csrf")
        given = field if isinstance(field, str) else None
    return given is not None and secrets.compare_digest(given.encode(), token.encode())


async def _fields(request: Request) -> list[str]:
    """What a form says; nothing of other requests. PostgreSQL knows no NUL."""
    sent = request.headers.get("Content-Type", "").startswith(_FORMS)
    if request.method in SAFE or not sent:
        return []
    form = await request.form(max_fields=MOST_FIELDS)
    return [value for _, value in form.multi_items() if isinstance(value, str)]


async def signed_in_before_body(request: Request) -> SignedIn:
    """The same for a route that takes large bodies: nothing of one is read before all is well.

    The token stands in the header ``X-CSRF``, or for a form in the query, see ``sending_token``.

    Raises:
        NotSignedInError: when nobody is.
        MustChangeError: when another password has to be chosen first.
        HTTPException: 403 for a missing or wrong token.
    """
    found = await _holder(request)
    if found.must_change:
        raise MustChangeError
    header, query = request.headers.get("X-CSRF", ""), request.query_params.get("token", "")
    good = secrets.compare_digest(header.encode(), found.csrf.encode())
    if not good and not secrets.compare_digest(query.encode(), sending_token(found.csrf).encode()):
        raise HTTPException(403, "Biểu mẫu đã cũ hoặc không phải của phiên này. Mở lại trang.")
    return found


def sending_token(csrf: str) -> str:
    """What the address of a form with large files carries: good for sending and nothing else."""
    return hmac.new(csrf.encode(), b"sending", hashlib.sha256).hexdigest()


def allowed(permission: Permission, *, body_last: bool = False) -> Callable[..., Awaitable[Desk]]:
    """A dependency for routes under ``/staff/{area}/…``: the officer at a desk of that area.

    It answers 404 for an area that does not exist and 403 for one where the officer may not.

    Args:
        permission: what the route asks for.
        body_last: whether the route reads a large body by itself, after this.
    """
    who = signed_in_before_body if body_last else signed_in

    async def desk(request: Request, area: str, signed: SignedIn = Depends(who)) -> Desk:  # noqa: B008
        found = area_of(staff_of(request), area)
        if found is None:
            raise HTTPException(404, "Không có nơi này.")
        if not may_in(staff_of(request), signed.officer, permission, found.scope):
            raise HTTPException(403, "Tài khoản này không được làm việc đó ở đây.")
        if any(map(_beyond_all, request.path_params.values())):
            raise HTTPException(404)
        return Desk(signed, found)

    desk.permission = permission  # type: ignore[attr-defined]  # the permission matrix reads it
    return desk


def _beyond_all(part: str) -> bool:
    """Whether a part of a path is a number that no row can have."""
    return part.isdecimal() and len(part) > _DIGITS and len(part) != _HEX_ID


def may_in(service: StaffService, officer: Officer, permission: Permission, scope: str) -> bool:
    """Whether an officer may do something in a scope of this deployment."""
    return officer.may(permission, scope, province_of(service, scope))


def province_of(service: StaffService, scope: str) -> str | None:
    """The slug of the province that a commune's scope lies in; None for wider scopes."""
    if not scope.startswith("commune:"):
        return None
    commune = service.communes.commune(scope.removeprefix("commune:"))
    return commune.province if commune else None


def area_of(service: StaffService, scope: str) -> Area | None:
    """The area of a scope; None where this deployment has no such commune or province."""
    communes = service.communes.communes()
    if scope == NATIONAL:
        return Area(scope, "mọi xã, phường", communes)
    kind, _, slug = scope.partition(":")
    if kind == "province":
        within = tuple(one for one in communes if one.province == slug)
        return Area(scope, within[0].province_name, within) if within else None
    if kind == "commune" and (commune := service.communes.commune(slug)) is not None:
        return Area(scope, commune.full_name, (commune,))
    return None


def areas_of(service: StaffService, officer: Officer) -> tuple[Area, ...]:
    """Every area that an officer is bound to, the widest first."""
    communes = service.communes.communes()
    provinces = dict.fromkeys(commune.province for commune in communes)
    scopes = [
        NATIONAL,
        *(f"province:{slug}" for slug in provinces),
        *(f"commune:{commune.id}" for commune in communes),
    ]
    bound = (scope for scope in scopes if officer.is_bound(scope, province_of(service, scope)))
    return tuple(area for scope in bound if (area := area_of(service, scope)) is not None)
