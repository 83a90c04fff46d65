"""A record that is not published yet, as residents would see it: for officers' pages alone."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request, Response

from app.web.guard import CONTENT_SECURITY_POLICY
from app.web.pages import record_page
from app.web.service import WebService
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure

_FRAMED = (
    (
        "Content-Security-Policy",
        CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
    ),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Cache-Control", "private, no-store"),
)
"""Our own pages may show it in a frame; it is nobody else's and is not kept."""


def preview_of(service: WebService) -> Callable[[Request, Procedure | Guide, str], Response | None]:
    """What shows a record of a commune in the page that its residents read.

    It answers None for a commune that is not switched on.
    """

    def preview(request: Request, item: Procedure | Guide, commune_id: str) -> Response | None:
        commune = service.knowledge.commune(commune_id)
        if commune is None:
            return None
        return record_page(request, commune, service, item, _FRAMED)

    return preview
