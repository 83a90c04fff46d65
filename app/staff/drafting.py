"""Drafts in their form: shown, written, seen as residents will, closed and opened again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import Message, Scope

from app.html import moment_words
from app.records.draft import (
    OPEN,
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftState,
    DraftTooLargeError,
    Wish,
)
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import MOST_FIELDS, allowed, sending_token
from app.staff.draft_desk import (
    STATE_WORDS,
    changed_meanwhile,
    draft_here,
    drafts_path,
    may_write,
    title_of,
    to_form,
    whole_number,
    writable,
)
from app.staff.draft_form import LATER, form_of, part_of_field, part_of_section, whole_of, wider_of
from app.staff.form.nodes import Node, node_of
from app.staff.form.reading import Read, Tree, changed, read, tree_of
from app.staff.form.shape import Input, Shape, shape_of_kind
from app.staff.form.shown import shown_record
from app.staff.presence import when_words, who_words
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render

router = APIRouter()

ReadDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
EditDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
WritingDesk = Annotated[Desk, Depends(allowed(Permission.EDIT, body_last=True))]
_FORM_PATH = re.compile(r"/staff/[^/]+/drafts/\d+")


async def sent_form(request: Request, desk: WritingDesk, service: StaffDep) -> Tree:
    """The inputs of the form, as they were sent; read once it is known who sends them.

    Raises:
        HTTPException: 413 for more than a draft may be.
    """
    del desk  # the guard goes first
    body, most = bytearray(), service.knowledge.limits.form_bytes
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise HTTPException(413, f"Tối đa {most // 1000} kB. Bỏ bớt nội dung rồi lưu lại.")

    async def replay() -> Message:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    sent = await Request(request.scope, replay).form(max_fields=MOST_FIELDS)
    return tree_of((name, value) for name, value in sent.multi_items() if isinstance(value, str))


FormTree = Annotated[Tree, Depends(sent_form)]


def is_draft_form(scope: Scope) -> bool:
    """Whether a request brings a whole draft; its route guards and counts the body."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return _FORM_PATH.fullmatch(path) is not None


@router.get("/staff/{area}/drafts/{draft_id}")
def show_draft(
    request: Request,
    desk: ReadDesk,
    service: StaffDep,
    draft_id: int,
    section: Annotated[str, Query(max_length=80)] = "",
    commune: Annotated[str, Query(max_length=80)] = "",
    saved: str = "",
) -> Response:
    """The form of a draft; of a wish, the page where it is confirmed."""
    wish = service.drafts.find(draft_id)
    if wish and wish.wish is not Wish.TEXT and wish.scope in desk.area.scopes:
        return RedirectResponse(f"{drafts_path(request, desk)}/{draft_id}/wish", 303)
    draft = draft_here(service, desk, draft_id)
    if may_write(service, desk, draft):
        service.drafts.seen(draft.id, desk.officer.username)
    return _form_page(
        request, desk, service, draft, section=section, commune=commune, saved=bool(saved)
    )


@router.post("/staff/{area}/drafts/{draft_id}")
def save_draft(
    request: Request, desk: WritingDesk, service: StaffDep, draft_id: int, tree: FormTree
) -> Response:
    """Save what was typed, valid or not, and do what the button says of rows."""
    draft = writable(service, desk, draft_id)
    by_script = "application/json" in request.headers.get("Accept", "")
    what = tree.value("do")
    place = changed(tree, what) if ":" in what else ""
    got = read(shape_of_kind(draft.kind), tree, draft.data, wider=wider_of(service, draft))
    try:
        saved = service.drafts.save(
            draft.id, got.data, whole_number(tree.value("version")), desk.officer.username
        )
    except DraftChangedError as error:
        return changed_meanwhile(request, desk, service, error.theirs, by_script=by_script)
    except (DraftTooLargeError, DraftClosedError) as error:
        status = 413 if isinstance(error, DraftTooLargeError) else 409
        if by_script:
            return JSONResponse({"words": str(error)}, status)
        return _form_page(
            request, desk, service, draft, data=got.data, status=status, refused=str(error)
        )
    if by_script:
        return JSONResponse(_told(service, saved, got), headers={"Cache-Control": "no-store"})
    path = f"{drafts_path(request, desk)}/{saved.id}"
    if what == "publish":
        return RedirectResponse(f"{path}/publish", 303)
    opened = part_of_field(place) if place else tree.value("section")
    anchor = place or opened
    return RedirectResponse(f"{path}?saved=1&section={quote(opened)}#{quote(anchor)}", 303)


@router.get("/staff/{area}/drafts/{draft_id}/row")
def new_row(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    draft_id: int,
    rows: Annotated[str, Query(max_length=200)],
    key: Annotated[str, Query(pattern=r"^[a-z0-9]{1,12}$")],
) -> Response:
    """An empty row of a list, for the script that adds it without loading the form again."""
    draft = writable(service, desk, draft_id)
    shape = shape_of_kind(draft.kind)
    for part in (part for part in rows.split(".") if shape.field(part) is not None):
        shape = shape.field(part) or shape
    if shape.input not in (Input.ROWS, Input.SOURCES):
        raise HTTPException(404, "Không có danh sách này.")
    form = form_of(service, draft)
    name = f"{rows}.{key}"
    if shape.item is not None:
        row = Node(Shape(shape.item, pick=shape.pick), name, name)
    else:
        row = _renamed(node_of(Shape(Input.GROUP, fields=shape.fields), {}), name)
    if shape.input is Input.SOURCES:
        row = replace(row, key=f"nguon-{key}")
    return render(
        request,
        "draft_row.html",
        desk=desk,
        shape=shape,
        row=row,
        sources=form.sources,
        picks=form.picks,
        LATER=LATER,
    )


@router.get("/staff/{area}/drafts/{draft_id}/preview")
def preview_draft(
    request: Request,
    desk: ReadDesk,
    service: StaffDep,
    draft_id: int,
    commune: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The residents' page of the record as the draft has it, for the frame beside the form."""
    draft = draft_here(service, desk, draft_id)
    wanted = commune or _preview_commune(desk, draft)
    if wanted not in desk.area.commune_ids:
        raise HTTPException(404, "Không có xã này ở đây.")
    whole = whole_of(draft.data, wider_of(service, draft))
    item, _ = shown_record(draft.kind, whole, service.now().date())
    shown = service.preview(request, item, wanted)
    if shown is None:
        raise HTTPException(404, "Không có xã này ở đây.")
    return shown


@router.get("/staff/{area}/drafts/{draft_id}/presence.json")
def who_is_there(desk: EditDesk, service: StaffDep, draft_id: int, version: int = 0) -> Response:
    """Who else has the draft open, and whether somebody saved it since ``version``."""
    draft = draft_here(service, desk, draft_id)
    me = desk.officer.username
    service.drafts.seen(draft.id, me)
    newer = ""
    if draft.version > version and draft.updated_by != me:
        who = names_of(service, draft.updated_by)[draft.updated_by]
        newer = f"{who} đã lưu bản khác lúc {moment_words(draft.updated_at)}."
    who, when = _presence(service, draft, me)
    told = {"who": who, "when": when, "newer": newer}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.post("/staff/{area}/drafts/{draft_id}/state")
def move_draft(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    draft_id: int,
    to: Annotated[str, Form(max_length=20)],
) -> Response:
    """Discard a draft, or take it back from the bin or from review."""
    draft = draft_here(service, desk, draft_id)
    if to not in (DraftState.DISCARDED, DraftState.EDITING):
        raise HTTPException(422, "Không chuyển bản nháp như vậy được ở đây.")
    try:
        moved = service.drafts.move(draft.id, DraftState(to), desk.officer.username)
    except DraftClosedError as error:
        raise HTTPException(409, str(error)) from error
    return to_form(request, desk, moved)


def _presence(service: StaffService, draft: Draft, me: str) -> tuple[str, str]:
    """Who else has a draft open, and since when each is quiet; both empty when nobody has."""
    others = service.drafts.others_at(draft.id, me)
    names = names_of(service, *(one.officer for one in others))
    return who_words(others, names, "bản này"), when_words(others, names, service.now())


def _form_page(
    request: Request,
    desk: Desk,
    service: StaffService,
    draft: Draft,
    *,
    data: Mapping[str, Any] | None = None,
    section: str = "",
    commune: str = "",
    status: int = 200,
    saved: bool = False,
    refused: str = "",
) -> Response:
    form = form_of(service, draft, data)
    others = tuple(
        one
        for one in service.drafts.of_record(draft.kind, draft.record_id, draft.scope)
        if one.id != draft.id and draft.record_id
    )
    who, when = _presence(service, draft, desk.officer.username)
    people = (draft.updated_by, draft.created_by, *(one.updated_by for one in others))
    fits = commune in desk.area.commune_ids
    return render(
        request,
        "draft.html",
        desk=desk,
        status=status,
        draft=draft,
        title=title_of(draft),
        form=form,
        sources=form.sources,
        picks=form.picks,
        LATER=LATER,
        opened=part_of_section(draft.kind, section),
        section=section,
        writable=may_write(service, desk, draft),
        is_open=draft.state in OPEN,
        state=STATE_WORDS[draft.state],
        draft_states=STATE_WORDS,
        others=others,
        names=names_of(service, *people),
        who=who,
        when=when,
        autosave=service.knowledge.limits.autosave_seconds,
        token=sending_token(desk.signed_in.csrf),
        commune=commune if fits else _preview_commune(desk, draft),
        saved=saved,
        refused=refused,
    )


def _preview_commune(desk: Desk, draft: Draft) -> str:
    own = draft.scope.removeprefix("commune:")
    ids = desk.area.commune_ids
    return own if own in ids else ids[0] if ids else ""


def _told(service: StaffService, saved: Draft, got: Read) -> dict[str, Any]:
    """What the script shows after a save: problems by the names of the inputs as they were sent."""
    form = form_of(service, saved)
    problems = {got.names.get(path, path): said for path, said in form.problems.items()}
    local = moment_words(saved.updated_at)
    return {
        "version": saved.version,
        "words": f"Đã lưu {local}",
        "problems": problems,
        "general": form.general,
        "faults": form.faults,
        "parts": {part.part.id: part.faults for part in form.parts},
    }


def _renamed(node: Node, name: str) -> Node:
    """A row made without a name, under the name that it gets in the form."""
    children = tuple(
        _renamed(child, f"{name}.{child.name.rpartition('.')[2]}") for child in node.children
    )
    return replace(node, name=name, path=name, children=children)
