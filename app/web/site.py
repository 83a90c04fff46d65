"""Puts the resident's page and the public API onto an application."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from fastapi import FastAPI, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web import (
    api,
    chat_completions,
    checklist,
    offline,
    operations,
    pages,
    speech_in,
    speech_out,
    ticket_pages,
    tickets,
)
from app.web.guard import BodyLimit, SecurityHeaders
from app.web.kiosk import KioskVisits
from app.web.problems import Faults, OwnPage, add_problems
from app.web.service import WebService
from app.web.view import STATIC

_WORTH_COMPRESSING = 1000


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


def add_web(
    app: FastAPI,
    service: WebService,
    own_problem_pages: Mapping[str, OwnPage] | None = None,
    streams: Callable[[Scope], bool] | None = None,
) -> None:
    """Add every page, call, guard and error page of the resident's side to an application.

    Args:
        app: the application.
        service: the collaborators.
        own_problem_pages: what answers refusals below other sides' paths, such as ``/staff``.
        streams: which requests guard and count their large bodies by themselves.
    """
    app.state.service = service
    for part in (
        pages,
        api,
        speech_out,
        chat_completions,
        operations,
        tickets,
        ticket_pages,
        checklist,
        offline,
        speech_in,
    ):
        app.include_router(part.router)
    app.include_router(speech_in.pages)
    app.mount("/static", Assets(directory=STATIC), name="static")
    add_problems(app, own_problem_pages or {})
    # the last one added stands outermost
    app.add_middleware(Faults)
    app.add_middleware(
        BodyLimit,
        most_bytes=service.limits.body_bytes,
        most_recording_bytes=service.recording.bytes if service.listening else 0,
        streams=streams,
    )
    app.add_middleware(KioskVisits)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_COMPRESSING)
    app.add_middleware(SecurityHeaders)
