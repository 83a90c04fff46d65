"""The device at the counter (``?mode=kiosk``), which many people use one after another.

The first page begins a visit: a number in a cookie of the session, and the same number in every
link of the visit. A page whose number is not the visit's leads back to the first page, so that
after “Xong” the browser's history shows nothing, with JavaScript or without. The number says
nothing about anyone, and nothing else is kept on the device.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MODE = "mode"
KIOSK = "kiosk"
VISIT = "v"
_COOKIE = "hoixa_visit"

_START = re.compile(r"/c/[^/]+/?")
_COMMUNE = re.compile(r"/c/([^/]+)(/.*)?")
_OUTWARD = re.compile(r"""<a\b[^>]*\bhref="(?:[a-z]+:|//)[^"]*"[^>]*>(.*?)</a>""", re.DOTALL)


class KioskVisits:
    """Begins visits, and leads pages of earlier ones back to the first page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        commune = _COMMUNE.fullmatch(path)
        if query.get(MODE) != [KIOSK] or commune is None:
            await self.app(scope, receive, send)
            return

        request = Request(scope)
        begins = _START.fullmatch(path) is not None and scope["method"] in ("GET", "HEAD")
        visit = secrets.token_hex(8) if begins else request.cookies.get(_COOKIE, "")
        if not begins and (not visit or query.get(VISIT) != [visit]):
            kept = {MODE: KIOSK, **({"lang": query["lang"][-1]} if "lang" in query else {})}
            start = f"{scope.get('root_path', '')}/c/{commune[1]}?{urlencode(kept)}"
            leave = RedirectResponse(start, 303, headers={"Cache-Control": "no-store"})
            await leave(scope, receive, send)
            return
        scope.setdefault("state", {})["visit"] = visit

        async def unkept(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Cache-Control"] = "no-store"
                if begins:
                    headers.append("Set-Cookie", _cookie(request, visit))
            await send(message)

        await self.app(scope, receive, unkept)


def visit_of(request: Request) -> str:
    """The number of the visit that a kiosk's page belongs to; empty anywhere else."""
    visit: str = getattr(request.state, "visit", "")
    return visit


def close_outward(response: Response) -> None:
    """Make links to other sites and telephone numbers plain words: the device has nowhere to go."""
    html = bytes(response.body).decode("utf-8")
    response.body = _OUTWARD.sub(r"<span>\1</span>", html).encode()
    response.headers["Content-Length"] = str(len(response.body))


def _cookie(request: Request, visit: str) -> str:
    """For this session, unseen by scripts, never sent by another site's link."""
    path = request.scope.get("root_path") or "/"
    secure = "; Secure" if request.url.scheme == "https" else ""
    return f"{_COOKIE}={visit}; Path={path}; HttpOnly; SameSite=Strict{secure}"
