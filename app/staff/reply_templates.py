"""The templates of replies: those of the release, and an area's own, which it may change."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from app.records.reply_templates import PLACES, ReplyTemplate, TemplateError
from app.staff.access import Permission
from app.staff.desk import allowed
from app.staff.service import Desk, StaffDep
from app.staff.view import render

router = APIRouter()

ReplyDesk = Annotated[Desk, Depends(allowed(Permission.REPLY))]
Text = Annotated[str, Form(max_length=20_000)]


@router.get("/staff/{area}/tickets/templates")
def templates(
    request: Request, desk: ReplyDesk, service: StaffDep, edit: str = "", done: str = ""
) -> Response:
    """All templates, and the form of one."""
    found = service.questions.templates.listed((desk.area.scope,))
    chosen = next((one for one in found if one.key == edit), None)
    return _page(request, desk, found, chosen, said="Đã ghi." if done else "")


@router.post("/staff/{area}/tickets/templates")
def keep_template(
    request: Request,
    desk: ReplyDesk,
    service: StaffDep,
    title: Annotated[str, Form(max_length=300)] = "",
    text: Text = "",
    key: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Add a template, or write one of the area's own anew."""
    try:
        service.questions.templates.keep(
            key or None, desk.area.scope, title, text, desk.officer.username
        )
    except TemplateError as error:
        found = service.questions.templates.listed((desk.area.scope,))
        typed = ReplyTemplate(key, title, text, desk.area.scope)
        return _page(request, desk, found, typed, error=str(error))
    return _go(request, desk)


@router.post("/staff/{area}/tickets/templates/{key}/delete")
def delete_template(request: Request, desk: ReplyDesk, service: StaffDep, key: str) -> Response:
    """Delete a template of the area's own."""
    try:
        service.questions.templates.delete(key, desk.area.scope, desk.officer.username)
    except TemplateError as error:
        raise HTTPException(404, str(error)) from error
    return _go(request, desk)


def _page(
    request: Request,
    desk: Desk,
    found: tuple[ReplyTemplate, ...],
    chosen: ReplyTemplate | None,
    *,
    said: str = "",
    error: str = "",
) -> Response:
    own = chosen is not None and chosen.scope == desk.area.scope
    return render(
        request,
        "reply_templates.html",
        desk=desk,
        templates=found,
        chosen=chosen,
        key=chosen.key if chosen is not None and own else "",
        places=PLACES,
        said=said,
        error=error,
        status=422 if error else 200,
    )


def _go(request: Request, desk: Desk) -> Response:
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/tickets/templates?done=1", 303)
