"""What was saved of a draft, and what two people wrote at once: shown, brought back, settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.records.draft import Draft, DraftChangedError, DraftClosedError, DraftTooLargeError
from app.records.draft_saves import Save
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import allowed
from app.staff.draft_desk import (
    changed_meanwhile,
    draft_here,
    drafts_path,
    may_write,
    title_of,
    to_form,
    whole_number,
    writable,
)
from app.staff.posting import SentDep, picks_of
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.difference import differences
from knowledge_base.three_way import Joined, Side, join

router = APIRouter()

ReadDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
EditDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]


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
        writable=may_write(service, desk, draft),
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
        writable=may_write(service, desk, draft),
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
    draft = writable(service, desk, draft_id)
    save = _save(service, draft, save_id)
    try:
        service.drafts.save(draft.id, save.data, version, desk.officer.username)
    except DraftChangedError as error:
        return changed_meanwhile(request, desk, service, error.theirs, by_script=False)
    except DraftClosedError as error:
        raise HTTPException(409, str(error)) from error
    return RedirectResponse(f"{drafts_path(request, desk)}/{draft.id}/saves?done=1", 303)


@router.get("/staff/{area}/drafts/{draft_id}/compare")
def compare(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    draft_id: int,
    save: Annotated[int, Query()] = 0,
) -> Response:
    """What the officer could not save beside what somebody else saved, row by row."""
    draft = writable(service, desk, draft_id)
    mine = _refused(service, draft, desk.officer.username, save)
    if mine is None:
        return to_form(request, desk, draft)
    return render(
        request,
        "draft_compare.html",
        desk=desk,
        draft=draft,
        title=title_of(draft),
        mine=mine,
        theirs=names_of(service, draft.updated_by)[draft.updated_by],
        joined=_joined(service, draft, mine, {}),
    )


@router.post("/staff/{area}/drafts/{draft_id}/compare")
def settle(
    request: Request, desk: EditDesk, service: StaffDep, draft_id: int, form: SentDep
) -> Response:
    """Save what the officer chose of both; all that was written stays among the saves."""
    draft = writable(service, desk, draft_id)
    mine = _refused(service, draft, desk.officer.username, whole_number(form.get("save", "")))
    if mine is None:
        raise HTTPException(404, "Không có bản này.")
    everything = form.get("do") == "mine"
    made = mine.data if everything else _joined(service, draft, mine, picks_of(form)).data
    version = whole_number(form.get("version", ""))
    try:
        service.drafts.save(draft.id, made, version, desk.officer.username)
    except DraftChangedError as error:
        return changed_meanwhile(request, desk, service, error.theirs, by_script=False)
    except (DraftTooLargeError, DraftClosedError) as error:
        raise HTTPException(409, str(error)) from error
    return RedirectResponse(f"{drafts_path(request, desk)}/{draft.id}?saved=1", 303)


def _save(service: StaffService, draft: Draft, save_id: int) -> Save:
    found = next((one for one in service.drafts.saves(draft.id) if one.id == save_id), None)
    if found is None:
        raise HTTPException(404, "Không có lần lưu này.")
    return found


def _refused(service: StaffService, draft: Draft, by: str, save_id: int) -> Save | None:
    """What an officer could not save; the last of it unless one is named."""
    mine = (one for one in service.drafts.saves(draft.id) if one.refused and one.by == by)
    return next((one for one in mine if save_id in (0, one.id)), None)


def _joined(service: StaffService, draft: Draft, mine: Save, taken: Mapping[str, Side]) -> Joined:
    """What an officer could not save and what was saved meanwhile, since both began."""
    begun = next(
        (
            one.data
            for one in service.drafts.saves(draft.id)
            if one.version == mine.version and not one.refused
        ),
        {},
    )
    return join(begun, draft.data, mine.data, taken, kind=draft.kind)
