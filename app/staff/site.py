"""Puts the officers' pages onto the application that the residents' page stands on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from app.staff import (
    answer_shown,
    audit,
    conflicts,
    counters,
    documents,
    draft_begin,
    draft_history,
    drafting,
    gaps,
    home,
    insights,
    jobs,
    keeping,
    knowledge,
    me,
    office,
    officers,
    oidc,
    pinning,
    places,
    publish,
    reply_templates,
    reports,
    reviewing,
    sign_in,
    tickets,
    versions,
    wishes,
)
from app.staff.desk import MustChangeError, NotSignedInError
from app.staff.problems import StaffHeaders
from app.staff.service import StaffService
from app.staff.unsent import UNSENT, page_of
from app.staff.view import STATIC

ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    oidc.router,
    me.router,
    officers.router,
    audit.router,
    home.router,
    insights.router,
    reports.router,
    jobs.router,
    documents.router,
    keeping.router,
    knowledge.router,
    drafting.router,
    draft_begin.router,
    draft_history.router,
    reply_templates.router,
    tickets.router,
    gaps.router,
    reviewing.router,
    pinning.router,
    places.router,
    office.router,
    counters.router,
    answer_shown.router,
    publish.router,
    versions.router,
    wishes.router,
    conflicts.router,
)
"""Every router of the officers' pages; a path under ``/staff/{area}`` names the area's scope."""


NOT_KEPT = {"Cache-Control": "private, no-store"}


class Assets(StaticFiles):
    """Static files; their addresses carry a fingerprint, so they may be kept for a year."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Mapping[str, object],
        status_code: int = 200,
    ) -> Response:
        """A file with the header that lets browsers keep it."""
        response = super().file_response(full_path, stat_result, dict(scope), status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def add_staff(app: FastAPI, service: StaffService) -> None:
    """Add every officers' page to an application; before the residents' side adds its guards."""
    app.state.staff = service
    app.mount("/staff/static", Assets(directory=STATIC), name="staff-static")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.add_middleware(StaffHeaders)
    app.add_exception_handler(NotSignedInError, to_sign_in)
    app.add_exception_handler(MustChangeError, to_own_account)


def to_sign_in(request: Request, error: Exception) -> Response:
    """The sign-in page for who opens a page or sends a form, 401 for a call."""
    del error
    base = request.scope.get("root_path", "")
    if "text/html" not in request.headers.get("Accept", ""):
        return JSONResponse({"title": "Chưa đăng nhập", "status": 401}, 401, NOT_KEPT)
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        back = quote(f"{base}/{path_of(request).lstrip('/')}{query}", safe="/")
    else:
        back = f"{quote(page_of(request), safe='/')}&{UNSENT}=1"
    return RedirectResponse(f"{base}/staff/sign-in?next={back}", 303, NOT_KEPT)


def to_own_account(request: Request, error: Exception) -> Response:
    """The page where an officer chooses a password, for who opens a page; 403 for a call."""
    del error
    if "text/html" not in request.headers.get("Accept", ""):
        return JSONResponse({"title": "Phải đổi mật khẩu trước", "status": 403}, 403, NOT_KEPT)
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/me", 303, NOT_KEPT)


def path_of(request: Request) -> str:
    """The path below the one that the service is mounted under."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", "")) or "/"
