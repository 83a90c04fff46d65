"""Conflicts: records that a release changed after staff did, settled field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response

from app.records.draft import Draft, DraftOrigin, NewDraft
from app.records.jobs import JobsFullError
from app.records.publishing import NotYetShownError, RecordChangedError, UnknownRevisionError
from app.records.versions import OpenConflict, Standing
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import allowed, may_in
from app.staff.draft_form import HAS_FORM
from app.staff.posting import SentDep, picks_of, to
from app.staff.reads import title_of
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.trying import (
    VERDICT_LOOKS,
    VERDICT_NAMES,
    Change,
    ProblemLine,
    begin_trial,
    last_trial,
    problem_lines,
    why_not,
)
from app.staff.view import render
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.difference import differences
from knowledge_base.labels import KIND_NAMES
from knowledge_base.record import RecordKind, Scope
from knowledge_base.revisions import RELEASE, RevisionState
from knowledge_base.three_way import Joined, Side, join

router = APIRouter()

ReaderDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
EditorDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
PublisherDesk = Annotated[Desk, Depends(allowed(Permission.PUBLISH))]
ScopeField = Annotated[Scope, Form()]


@router.get("/staff/{area}/conflicts")
def conflicts(request: Request, desk: ReaderDesk, service: StaffDep, done: str = "") -> Response:
    """Every open conflict of the area."""
    found = service.versions.conflicts(desk.area.scopes)
    return render(
        request,
        "conflicts.html",
        desk=desk,
        conflicts=found,
        names=names_of(service, *map(_author, found)),
        kinds=KIND_NAMES,
        done=done,
        title_of=lambda one: title_of(service, one.release.revision.body),
    )


@router.get("/staff/{area}/conflicts/{kind}/{record_id}")
def conflict(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: ReaderDesk,
    service: StaffDep,
    scope: Annotated[Scope, Query()],
) -> Response:
    """The release before, the release now and ours, field by field; choices in the address."""
    found = _open(service, desk, kind, record_id, scope)
    return _page(request, service, desk, found, picks_of(dict(request.query_params)))


@router.post("/staff/{area}/conflicts/{kind}/{record_id}/trial")
def try_result(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    form: SentDep,
) -> Response:
    """Ask the golden questions of the text that the choices make, as a job."""
    found = _open(service, desk, kind, record_id, scope)
    picks = picks_of(form)
    body = _result(service, found, picks)[1]
    title = f"Chạy thử câu hỏi mẫu: {title_of(service, body)}"
    day = service.now().date()
    back = _path(found, picks)
    try:
        job = begin_trial(service, desk, Change(body), day, title, back)
    except JobsFullError as error:
        return _page(request, service, desk, found, picks, error=str(error), status=503)
    return to(request, desk, f"/jobs/{job}")


@router.post("/staff/{area}/conflicts/{kind}/{record_id}/resolve")
def resolve(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    form: SentDep,
    note: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Publish the text that the choices make, which settles the conflict.

    Where review is required it waits for a second officer, as any draft does.
    """
    found = _open(service, desk, kind, record_id, scope)
    owner = found.release.revision.body.owner
    if not may_in(service, desk.officer, Permission.PUBLISH, owner):
        raise HTTPException(403, "Bản này thuộc nơi khác.")
    picks = picks_of(form)
    body = _result(service, found, picks)[1]
    by, live = desk.officer.username, service.versions.live(found.key)
    if service.publishing.review_required:
        draft = service.drafts.ask(_new_draft(service, found, body), by, note)
        return to(request, desk, f"/drafts/{draft.id}/publish")
    if why := why_not(last_trial(service, desk, Change(body)), seen):
        return _page(request, service, desk, found, picks, error=why[0], status=why[1])
    done = "resolved"
    try:
        service.publishing.publish(
            body,
            by,
            note=note.strip(),
            base=live.revision.revision_id if live is not None else None,
            settles=found.release.revision.revision_id,
        )
    except ContentError as problem:
        lines = problem_lines(problem.problems, body)
        return _page(request, service, desk, found, picks, problems=lines, status=422)
    except (UnknownRevisionError, RecordChangedError) as problem:
        return _page(request, service, desk, found, picks, error=str(problem), status=409)
    except NotYetShownError:
        done = "late"
    return to(request, desk, f"/conflicts?done={done}")


@router.post("/staff/{area}/conflicts/{kind}/{record_id}/draft")
def make_draft(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: EditorDesk,
    service: StaffDep,
    scope: ScopeField,
    form: SentDep,
) -> Response:
    """Go on writing from the text that the choices make."""
    found = _open(service, desk, kind, record_id, scope)
    body = _result(service, found, picks_of(form))[1]
    draft = service.drafts.begin(_new_draft(service, found, body), desk.officer.username)
    return to(request, desk, _place_of(draft))


def _new_draft(service: StaffService, found: OpenConflict, body: Body) -> NewDraft:
    """A draft of the text that the choices make; publishing it settles the conflict."""
    live = service.versions.live(found.key)
    return NewDraft(
        body.kind,
        body.id,
        body.owner,
        body.data,
        live.revision.revision_id if live is not None else None,
        DraftOrigin.CONFLICT,
        str(found.release.revision.revision_id),
    )


def _place_of(draft: Draft) -> str:
    """Where a draft is gone on with, below the area's path."""
    return f"/drafts/{draft.id}" if draft.kind in HAS_FORM else f"/drafts/{draft.id}/publish"


def _author(found: OpenConflict) -> str:
    """Who published what counts meanwhile."""
    return found.counting.revision.author if found.counting is not None else ""


def _open(
    service: StaffService, desk: Desk, kind: RecordKind, record_id: str, scope: str
) -> OpenConflict:
    key = (kind.value, record_id, scope)
    for found in service.versions.conflicts(desk.area.scopes):
        if found.key == key:
            return found
    raise HTTPException(404, "Hồ sơ này không có xung đột ở đây.")


def _result(
    service: StaffService, found: OpenConflict, picks: Mapping[str, Side]
) -> tuple[Joined, Body]:
    """The three texts joined by the choices, and the record that they make."""
    released = found.release.revision.body
    ours = found.counting.revision.body.data if found.counting is not None else {}
    joined = join(_before(service, found), released.data, ours, picks, kind=released.kind)
    body = Body(released.kind, released.id, released.scope, joined.data, released.place)
    return joined, body


def _before(service: StaffService, found: OpenConflict) -> Mapping[str, object]:
    """What the release said when staff began to differ from it."""
    for version in service.versions.history(found.key):
        revision = version.revision
        if (
            revision.author == RELEASE
            and revision.state is RevisionState.PUBLISHED
            and version.standing is not Standing.CONFLICT
            and revision.revision_id < found.release.revision.revision_id
        ):
            return revision.body.data
    return {}


def _path(found: OpenConflict, picks: Mapping[str, Side]) -> str:
    kind, record_id, scope = found.key
    query = urlencode({"scope": scope, **{f"pick.{name}": side for name, side in picks.items()}})
    return f"/conflicts/{kind}/{record_id}?{query}"


def _page(
    request: Request,
    service: StaffService,
    desk: Desk,
    found: OpenConflict,
    picks: Mapping[str, Side],
    *,
    error: str = "",
    problems: tuple[ProblemLine, ...] | None = None,
    status: int = 200,
) -> Response:
    joined, body = _result(service, found, picks)
    if problems is None:
        problems = problem_lines(service.publishing.check(body), body)
    kind, record_id, scope = found.key
    counting = found.counting.revision.body.data if found.counting is not None else None
    return render(
        request,
        "conflict.html",
        desk=desk,
        status=status,
        error=error,
        problems=problems,
        conflict=found,
        author=names_of(service, _author(found))[_author(found)],
        title=title_of(service, body),
        kind_name=KIND_NAMES[RecordKind(kind)],
        scope=scope,
        path=f"/conflicts/{kind}/{record_id}",
        joined=joined,
        picks={f"pick.{one.field}": one.taken.value for one in joined.choices},
        differences=differences(counting, joined.data, kind=body.kind),
        tried=last_trial(service, desk, Change(body)),
        verdicts=VERDICT_NAMES,
        looks=VERDICT_LOOKS,
        may_publish=may_in(service, desk.officer, Permission.PUBLISH, body.owner),
        asks=service.publishing.review_required,
        today=service.now().date(),
    )
