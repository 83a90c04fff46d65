"""Drafts are begun: of a record, of what differs here, of an import, or of something new."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from app.records.draft import Draft, DraftOrigin, DraftTooLargeError, NewDraft, UnknownDraftError
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import MOST_NUMBER, allowed, may_in
from app.staff.draft_desk import STATE_WORDS, to_form
from app.staff.draft_form import HAS_FORM, fields_of_section
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.record import NATIONAL, RecordKind, Topic
from knowledge_base.units import slug_of

router = APIRouter()

EditDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
_LONGEST_ID = 70


@router.post("/staff/{area}/drafts")
def begin_draft(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    begin: Annotated[str, Form(max_length=20)],
    kind: Annotated[str, Form(max_length=20)] = "",
    record_id: Annotated[str, Form(max_length=80)] = "",
    scope: Annotated[str, Form(max_length=100)] = "",
    revision: Annotated[int, Form(ge=0, le=MOST_NUMBER)] = 0,
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
    return to_form(request, desk, draft, section)


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
    history = service.versions.history((kind.value, record_id, scope))
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
    return to_form(request, desk, service.drafts.begin(new, desk.officer.username))
