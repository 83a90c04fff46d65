"""The officers' templates: Vietnamese alone, in a frame that says who works where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.html import capital, markdown, moment_words
from app.records.draft import Draft, Wish
from app.staff.access import PERMISSIONS, ROLE_NAMES, Permission
from app.staff.desk import areas_of, may_in
from app.staff.form.words import is_day, row_name
from app.staff.service import Desk, SignedIn, staff_of
from knowledge_base.difference import marked
from knowledge_base.labels import scope_name
from knowledge_base.record import NATIONAL
from knowledge_base.section import day_words

HERE = Path(__file__).parent
STATIC = HERE / "static"

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Pictures as data are what charts save; frames are the residents' page in a preview."""


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The path of a static file with its fingerprint, so that it can be kept for a year."""
    fingerprint = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/staff/static/{name}?v={fingerprint}"


def environment() -> Environment:
    """The officers' templates with what they are written in."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "moment": moment_words,
        "day": day_words,
        "capital": capital,
        "markdown": markdown,
        "role_name": ROLE_NAMES.__getitem__,
        "number": number_words,
        "place_name": place_name,
        "wish_name": wish_name,
        "row_name": row_name,
        "is_day": is_day,
    }
    environment.globals |= {
        "asset": asset,
        "Permission": Permission,
        "PERMISSIONS": PERMISSIONS,
        "marked": marked,
    }
    return environment


def place_name(scope: str) -> str:
    """Where somebody works or something was done: ``commune:hoa-tien`` → “xã Hòa Tiến”."""
    return "mọi xã, phường" if scope == NATIONAL else scope_name(scope)


def wish_name(draft: Draft) -> str:
    """What is wished of a draft: “đề nghị kết thúc sau 30/11/2026”; else the draft."""
    if draft.wish is Wish.END and draft.last_day is not None:
        return f"đề nghị kết thúc sau {day_words(draft.last_day)}"
    if draft.wish is Wish.UNDO:
        return f"đề nghị hoàn lại bản {draft.wished_id}"
    if draft.wish is Wish.CANCEL:
        return f"đề nghị huỷ lịch bản {draft.wished_id}"
    return f"bản nháp {draft.id}"


def number_words(value: float, digits: int = 0) -> str:
    """A number in Vietnamese form: ``1234.5`` with one digit → ``1.234,5``."""
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


_templates = Jinja2Templates(env=environment())


def render(
    request: Request,
    name: str,
    *,
    desk: Desk | None = None,
    signed_in: SignedIn | None = None,
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
    **context: object,
) -> Response:
    """A page.

    In it ``base`` is the path that the service is mounted under, ``here`` that of the area,
    ``may(permission)`` whether the officer may do something in the area, ``areas`` where the
    officer may go, ``csrf`` what forms carry.
    """
    service = staff_of(request)
    signed_in = desk.signed_in if desk else signed_in
    base = request.scope.get("root_path", "")

    def may(permission: Permission) -> bool:
        return desk is not None and may_in(service, desk.officer, permission, desk.area.scope)

    return _templates.TemplateResponse(
        request,
        name,
        {
            "base": base,
            "here": f"{base}/staff/{desk.area.scope}" if desk else f"{base}/staff",
            "desk": desk,
            "officer": signed_in.officer if signed_in else None,
            "session_id": signed_in.session_id if signed_in else "",
            "areas": areas_of(service, signed_in.officer) if signed_in else (),
            "csrf": signed_in.csrf if signed_in else "",
            "may": may,
            "kept_hours": service.words_kept_hours,
            **context,
        },
        status_code=status,
        headers={
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": CSP,
            **dict(headers),
        },
    )
