"""Forms that were not taken: where the officer goes back to, and how the browser learns of others.

A browser keeps what is typed (``static/keep.js``) until the service says that it took it. A form
that it sends carries a name of its own in the address; where the service took it, a short-lived
cookie says so, whatever page comes next. A refusal says nothing, and the words stay kept.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from starlette.routing import Match
from starlette.types import Scope

TAKEN = "hoixa_taken"
"""The cookie that says which form was taken, and by which kind of answer."""
SENT = "kept"
"""The parameter of an address that names what was sent."""
UNSENT = "unsent"
"""The parameter of the sign-in page: something was sent and not taken."""
_SENT = re.compile(rf"(?:^|&){SENT}=([a-z0-9]{{8,32}})(?:&|$)")
_SECONDS = 60
_NOT_TAKEN = ("/staff/sign-in", "/staff/me")
"""Where somebody is sent who may not go on before they sign in or choose a password."""
_TOLD_ONCE = frozenset({SENT, "done", "saved"})
"""What an address says of a step that is past."""


def page_of(request: Request) -> str:
    """The page that a refused form stood on, or the nearest one above it that can be opened.

    Browsers tell it; where one does not, the form's own address is what there is to go by.
    """
    base: str = request.scope.get("root_path", "")
    told = urlsplit(request.headers.get("Referer", ""))
    path, query = told.path.removeprefix(base), told.query
    if not path.startswith("/staff/"):
        path, query = request.scope["path"].removeprefix(base), ""
    while path.count("/") > 1:
        if _opens(request, path):
            kept = [(name, value) for name, value in parse_qsl(query) if name not in _TOLD_ONCE]
            return f"{base}{path}" + (f"?{urlencode(kept)}" if kept else "")
        path, query = path.rpartition("/")[0], ""
    return f"{base}/staff"


def _opens(request: Request, path: str) -> bool:
    asked = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


def taken(scope: Scope, status: int, location: str) -> str | None:
    """The cookie for a form that was taken; None for what was refused, or names nothing.

    Args:
        scope: of the request.
        status: of the answer.
        location: where the answer leads to; empty where it is a page itself.
    """
    named = _SENT.search(scope.get("query_string", b"").decode("latin-1"))
    if scope["method"] != "POST" or named is None or status >= 400:
        return None
    base: str = scope.get("root_path", "")
    if urlsplit(location).path.removeprefix(base) in _NOT_TAKEN:
        return None
    how = "gone" if location else "shown"
    return f"{TAKEN}={named[1]}.{how}; Path={base}/staff; Max-Age={_SECONDS}; SameSite=Strict"
