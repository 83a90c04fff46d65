"""Drafts in their form: begin, write, see as residents will, save, settle what two people wrote."""

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
from app.records.drafts import (
    OPEN,
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftOrigin,
    DraftState,
    DraftTooLargeError,
    NewDraft,
    Save,
    UnknownDraftError,
)
from app.staff.access import Permission
from app.staff.desk import MOST_FIELDS, allowed, may_in, sending_token
from app.staff.draft_form import (
    HAS_FORM,
    LATER,
    fields_of_section,
    form_of,
    part_of_field,
    part_of_section,
    whole_of,
    wider_of,
)
from app.staff.form.nodes import Node, node_of
from app.staff.form.reading import Read, Tree, changed, read, tree_of
from app.staff.form.shape import Input, Shape, shape_of_kind
from app.staff.form.shown import shown_record
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.difference import Difference, differences, field_label
from knowledge_base.record import NATIONAL, RecordKind, Topic
from knowledge_base.units import slug_of

router = APIRouter()

ReadDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
EditDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
WritingDesk = Annotated[Desk, Depends(allowed(Permission.EDIT, body_last=True))]
EDITABLE = frozenset({DraftState.EDITING, DraftState.RETURNED})
"""What is being reviewed is taken back first; what is published or discarded is not written."""
STATE_WORDS = {
    DraftState.EDITING: ("Đang soạn", "note"),
    DraftState.IN_REVIEW: ("Chờ duyệt", "note"),
    DraftState.RETURNED: ("Bị trả lại", "warn"),
    DraftState.PUBLISHED: ("Đã công bố", "good"),
    DraftState.DISCARDED: ("Đã bỏ", "warn"),
}
_LONGEST_ID = 70
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


async def small_form(request: Request, desk: EditDesk) -> Tree:
    """The inputs of a small form."""
    del desk
    sent = await request.form()
    return tree_of((name, value) for name, value in sent.multi_items() if isinstance(value, str))


FormTree = Annotated[Tree, Depends(sent_form)]
SmallTree = Annotated[Tree, Depends(small_form)]


def is_draft_form(scope: Scope) -> bool:
    """Whether a request brings a whole draft; its route guards and counts the body."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return _FORM_PATH.fullmatch(path) is not None


@router.post("/staff/{area}/drafts")
def begin_draft(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    begin: Annotated[str, Form(max_length=20)],
    kind: Annotated[str, Form(max_length=20)] = "",
    record_id: Annotated[str, Form(max_length=80)] = "",
    scope: Annotated[str, Form(max_length=100)] = "",
    revision: Annotated[int, Form()] = 0,
    title: Annotated[str, Form(max_length=300)] = "",
    topic: Annotated[str, Form(max_length=30)] = "",
    section: Annotated[str, Form(max_length=80)] = "",
    anyway: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Begin a draft: of a record, of an import, or of something new.

    ``begin`` is ``record`` (its own or a wider version as a whole), ``own`` (what differs here),
    ``import`` (an import as it is), ``import_own`` (an import as this area's own record), ``new``.
    """
    of = _kind(kind) if begin in ("record", "own", "new") else RecordKind.PROCEDURE
    if begin == "new":
        return _begin_new(request, desk, service, of, title, topic)
    if begin in ("record", "own"):
        wanted = desk.area.scope if begin == "own" else scope
        if begin == "record":
            _proposing(service, desk, wanted)  # a scope that is none of the area's is not there
        others = service.drafts.of_record(of, record_id, wanted)
        if others and not anyway:
            return render(
                request,
                "drafts_open.html",
                desk=desk,
                drafts=others,
                names=names_of(service, *(one.updated_by for one in others)),
                again={
                    "begin": begin,
                    "kind": of.value,
                    "record_id": record_id,
                    "scope": scope,
                    "section": section,
                },
                draft_states=STATE_WORDS,
            )
    by = desk.officer.username
    try:
        if begin == "record":
            draft = service.drafts.begin_from_record(
                (of.value, record_id, scope), by, _proposing(service, desk, scope)
            )
        elif begin == "own":
            draft = service.drafts.begin(_own(service, desk, of, record_id, section), by)
        elif begin == "import":
            draft = _begin_import(desk, service, revision, own=False)
        elif begin == "import_own":
            draft = _begin_import(desk, service, revision, own=True)
        else:
            raise HTTPException(422, "Chọn cách bắt đầu bản nháp.")
    except UnknownDraftError as error:
        raise HTTPException(404, str(error)) from error
    except DraftTooLargeError as error:
        raise HTTPException(413, str(error)) from error
    return _to_form(request, desk, draft, section)


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
    """The form of a draft."""
    draft = draft_here(service, desk, draft_id)
    if _may_write(service, desk, draft):
        service.drafts.seen(draft.id, desk.officer.username)
    return _form_page(
        request, desk, service, draft, section=section, commune=commune, saved=bool(saved)
    )


@router.post("/staff/{area}/drafts/{draft_id}")
def save_draft(
    request: Request, desk: WritingDesk, service: StaffDep, draft_id: int, tree: FormTree
) -> Response:
    """Save what was typed, valid or not, and do what the button says of rows."""
    draft = _writable(service, desk, draft_id)
    by_script = "application/json" in request.headers.get("Accept", "")
    what = tree.value("do")
    place = changed(tree, what) if ":" in what else ""
    got = read(shape_of_kind(draft.kind), tree, draft.data, wider=wider_of(service, draft))
    try:
        saved = service.drafts.save(
            draft.id, got.data, _whole(tree.value("version")), desk.officer.username
        )
    except DraftChangedError as error:
        return _changed_meanwhile(request, desk, service, error.theirs, by_script=by_script)
    except (DraftTooLargeError, DraftClosedError) as error:
        status = 413 if isinstance(error, DraftTooLargeError) else 409
        if by_script:
            return JSONResponse({"words": str(error)}, status)
        return _form_page(
            request, desk, service, draft, data=got.data, status=status, refused=str(error)
        )
    if by_script:
        return JSONResponse(_told(service, saved, got), headers={"Cache-Control": "no-store"})
    path = f"{_path(request, desk)}/{saved.id}"
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
    draft = _writable(service, desk, draft_id)
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
    told = {"words": presence_words(service, draft, me), "newer": newer}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("/staff/{area}/drafts/{draft_id}/saves")
def show_saves(
    request: Request, desk: ReadDesk, service: StaffDep, draft_id: int, done: str = ""
) -> Response:
    """Every save of a draft: who, when, how much it changed."""
    draft = draft_here(service, desk, draft_id)
    saves = service.drafts.saves(draft.id)
    return render(
        request,
        "draft_saves.html",
        desk=desk,
        draft=draft,
        title=title_of(draft),
        saves=saves,
        names=names_of(service, *(save.by for save in saves)),
        writable=_may_write(service, desk, draft),
        done=bool(done),
    )


@router.get("/staff/{area}/drafts/{draft_id}/saves/{save_id}")
def show_save(
    request: Request, desk: ReadDesk, service: StaffDep, draft_id: int, save_id: int
) -> Response:
    """What differs between a save and the draft as it stands."""
    draft = draft_here(service, desk, draft_id)
    save = _save(service, draft, save_id)
    return render(
        request,
        "draft_save.html",
        desk=desk,
        draft=draft,
        title=title_of(draft),
        save=save,
        names=names_of(service, save.by),
        changes=differences(draft.data, save.data, kind=draft.kind),
        writable=_may_write(service, desk, draft),
    )


@router.post("/staff/{area}/drafts/{draft_id}/saves/{save_id}")
def bring_back(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    draft_id: int,
    save_id: int,
    version: Annotated[int, Form()],
) -> Response:
    """Make a save what the draft says again; what it says now stays among the saves."""
    draft = _writable(service, desk, draft_id)
    save = _save(service, draft, save_id)
    try:
        service.drafts.save(draft.id, save.data, version, desk.officer.username)
    except DraftChangedError as error:
        return _changed_meanwhile(request, desk, service, error.theirs, by_script=False)
    except DraftClosedError as error:
        raise HTTPException(409, str(error)) from error
    return RedirectResponse(f"{_path(request, desk)}/{draft.id}/saves?done=1", 303)


@router.get("/staff/{area}/drafts/{draft_id}/compare")
def compare(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    draft_id: int,
    save: Annotated[int, Query()] = 0,
) -> Response:
    """What the officer could not save beside what somebody else saved, field by field."""
    draft = _writable(service, desk, draft_id)
    mine = _refused(service, draft, desk.officer.username, save)
    if mine is None:
        return _to_form(request, desk, draft)
    begun = next(
        (
            one.data
            for one in service.drafts.saves(draft.id)
            if one.version == mine.version and not one.refused
        ),
        {},
    )
    return render(
        request,
        "draft_compare.html",
        desk=desk,
        draft=draft,
        title=title_of(draft),
        mine=mine,
        theirs=names_of(service, draft.updated_by)[draft.updated_by],
        fields=_sides(draft, mine, begun),
    )


@router.post("/staff/{area}/drafts/{draft_id}/compare")
def settle(
    request: Request, desk: EditDesk, service: StaffDep, draft_id: int, tree: SmallTree
) -> Response:
    """Save what the officer chose of both; all that was written stays among the saves."""
    draft = _writable(service, desk, draft_id)
    mine = _refused(service, draft, desk.officer.username, _whole(tree.value("save")))
    if mine is None:
        raise HTTPException(404, "Không có bản này.")
    chosen = tree.parts.get("pick", Tree())
    everything = tree.value("do") == "mine"
    made: dict[str, Any] = dict(mine.data) if everything else dict(draft.data)
    for field in () if everything else chosen.parts:
        if chosen.value(field) == "mine":
            made.pop(field, None)
            if field in mine.data:
                made[field] = mine.data[field]
    try:
        service.drafts.save(draft.id, made, _whole(tree.value("version")), desk.officer.username)
    except DraftChangedError as error:
        return _changed_meanwhile(request, desk, service, error.theirs, by_script=False)
    except (DraftTooLargeError, DraftClosedError) as error:
        raise HTTPException(409, str(error)) from error
    return RedirectResponse(f"{_path(request, desk)}/{draft.id}?saved=1", 303)


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
    return _to_form(request, desk, moved)


def draft_here(service: StaffService, desk: Desk, draft_id: int) -> Draft:
    """A draft of the area's own records, or one that the area proposes; 404 for others."""
    draft = service.drafts.find(draft_id)
    here = draft is not None and (
        draft.scope in desk.area.scopes or draft.proposed_in in desk.area.scopes
    )
    if draft is None or not here or draft.kind not in HAS_FORM:
        raise HTTPException(404, "Không có bản nháp này ở đây.")
    return draft


def names_of(service: StaffService, *usernames: str) -> dict[str, str]:
    """The names of officers as colleagues read them."""
    found = {}
    for username in dict.fromkeys(usernames):
        account = service.accounts.find(username)
        found[username] = account.name if account else username
    return found


def title_of(draft: Draft) -> str:
    """What a draft is called."""
    title = draft.data.get("title")
    return title if isinstance(title, str) and title.strip() else draft.record_id or "Chưa có tên"


def presence_words(service: StaffService, draft: Draft, me: str) -> str:
    """Who else has a draft open; empty when nobody has."""
    others = service.drafts.others_at(draft.id, me)
    if not others:
        return ""
    return f"{', '.join(names_of(service, *others).values())} cũng đang mở bản này."


def _path(request: Request, desk: Desk) -> str:
    return f"{request.scope.get('root_path', '')}/staff/{desk.area.scope}/drafts"


def _to_form(request: Request, desk: Desk, draft: Draft, section: str = "") -> Response:
    base = request.scope.get("root_path", "")
    here = draft.scope in desk.area.scopes or draft.proposed_in in desk.area.scopes
    area = desk.area.scope if here else draft.scope
    path = f"{base}/staff/{area}/drafts/{draft.id}"
    if section:
        path += f"?section={quote(section)}#{quote(section)}"
    return RedirectResponse(path, 303)


def _kind(kind: str) -> RecordKind:
    try:
        of = RecordKind(kind)
    except ValueError as error:
        raise HTTPException(404, "Không có loại hồ sơ này.") from error
    if of not in HAS_FORM:
        raise HTTPException(404, "Loại hồ sơ này không có ở đây.")
    return of


def _proposing(service: StaffService, desk: Desk, scope: str) -> str | None:
    """The area that proposes a change of a scope that is not its own; None for its own.

    Raises:
        HTTPException: 404 for a scope that has nothing to do with the area.
    """
    if scope in desk.area.scopes:
        return None
    around = {NATIONAL, *(f"province:{one.province}" for one in desk.area.communes)}
    if scope not in around:
        raise HTTPException(404, "Không có bản này ở đây.")
    may = may_in(service, desk.officer, Permission.PUBLISH, scope)
    return None if may else desk.area.scope


def _own(
    service: StaffService, desk: Desk, kind: RecordKind, record_id: str, section: str
) -> NewDraft:
    """A version of the area's own: what is published of it, or the section to be changed."""
    scope = desk.area.scope
    catalogue = service.live.edition().catalogue
    wider = catalogue.wider(kind, record_id, scope)
    if wider is None:
        raise UnknownDraftError("Hồ sơ này không có bản chung để sửa riêng.")
    history = service.publishing.history((kind.value, record_id, scope))
    live = next((one.revision for one in history if one.standing == "live"), None)
    if live is not None and live.state == "published":
        raise UnknownDraftError("Nơi này đã có bản riêng của hồ sơ này: mở bản đó để sửa.")
    data: dict[str, Any] = {"id": record_id, "scope": scope}
    data |= {name: wider[name] for name in fields_of_section(kind, section) if name in wider}
    return NewDraft(kind, record_id, scope, data)


def _begin_import(desk: Desk, service: StaffService, revision: int, *, own: bool) -> Draft:
    found = service.knowledge.imported(revision)
    if found is None:
        raise UnknownDraftError("Không có bản nhập này.")
    by, proposed_in = desk.officer.username, _proposing(service, desk, found.scope)
    if not own:
        return service.drafts.begin_from_import(revision, by, proposed_in)
    data = {**found.draft.body, "scope": desk.area.scope}
    return service.drafts.begin(
        NewDraft(
            found.kind,
            found.record_id,
            desk.area.scope,
            data,
            None,
            DraftOrigin.IMPORT,
            str(revision),
            found.draft.missing,
            found.draft.warnings,
            found.draft.notes,
        ),
        by,
    )


def _begin_new(
    request: Request, desk: Desk, service: StaffService, kind: RecordKind, title: str, topic: str
) -> Response:
    title = " ".join(title.split())
    if not slug_of(title) or topic not in set(Topic):
        raise HTTPException(422, "Ghi tên và chọn lĩnh vực rồi tạo lại.")
    record_id = service.knowledge.free_id(slug_of(title)[:_LONGEST_ID].strip("-"))
    data: dict[str, Any] = {"id": record_id, "title": title, "topic": topic}
    if desk.area.scope != NATIONAL:
        data["scope"] = desk.area.scope
    new = NewDraft(kind, record_id, desk.area.scope, data)
    return _to_form(request, desk, service.drafts.begin(new, desk.officer.username))


def _writable(service: StaffService, desk: Desk, draft_id: int) -> Draft:
    draft = draft_here(service, desk, draft_id)
    if draft.state not in EDITABLE:
        words = STATE_WORDS[draft.state][0].lower()
        raise HTTPException(409, f"Bản nháp này {words}, không sửa được. Mở lại trang để xem.")
    return draft


def _may_write(service: StaffService, desk: Desk, draft: Draft) -> bool:
    may = may_in(service, desk.officer, Permission.EDIT, desk.area.scope)
    return may and draft.state in EDITABLE


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
        writable=_may_write(service, desk, draft),
        is_open=draft.state in OPEN,
        state=STATE_WORDS[draft.state],
        draft_states=STATE_WORDS,
        others=others,
        names=names_of(service, *people),
        presence=presence_words(service, draft, desk.officer.username),
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


def _changed_meanwhile(
    request: Request, desk: Desk, service: StaffService, theirs: Draft, *, by_script: bool
) -> Response:
    """Somebody saved in between: what was refused is kept, and both are shown side by side."""
    path = f"{_path(request, desk)}/{theirs.id}/compare"
    if not by_script:
        return RedirectResponse(path, 303)
    who = names_of(service, theirs.updated_by)[theirs.updated_by]
    words = f"{who} đã lưu bản khác lúc {moment_words(theirs.updated_at)}."
    return JSONResponse({"words": words, "compare": path}, 409)


def _save(service: StaffService, draft: Draft, save_id: int) -> Save:
    found = next((one for one in service.drafts.saves(draft.id) if one.id == save_id), None)
    if found is None:
        raise HTTPException(404, "Không có lần lưu này.")
    return found


def _refused(service: StaffService, draft: Draft, by: str, save_id: int) -> Save | None:
    """What an officer could not save; the last of it unless one is named."""
    mine = (one for one in service.drafts.saves(draft.id) if one.refused and one.by == by)
    return next((one for one in mine if save_id in (0, one.id)), None)


def _sides(
    draft: Draft, mine: Save, begun: Mapping[str, Any]
) -> tuple[tuple[str, str, str, tuple[Difference, ...]], ...]:
    """Each field that differs: its name, its label, whose is likelier meant, and how it differs."""
    found = []
    for name in dict.fromkeys((*draft.data, *mine.data)):
        old, new = draft.data.get(name), mine.data.get(name)
        if old == new:
            continue
        likely = "theirs" if mine.data.get(name) == begun.get(name) else "mine"
        changes = differences(
            {name: old} if old is not None else {},
            {name: new} if new is not None else {},
            kind=draft.kind,
        )
        found.append((name, field_label(name, draft.kind), likely, changes))
    return tuple(found)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _renamed(node: Node, name: str) -> Node:
    """A row made without a name, under the name that it gets in the form."""
    children = tuple(
        _renamed(child, f"{name}.{child.name.rpartition('.')[2]}") for child in node.children
    )
    return replace(node, name=name, path=name, children=children)
