"""The last look before publishing: what differs, what residents would read, who may decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response

from app.records.draft import (
    OPEN,
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftState,
    DraftTooLargeError,
    UnknownDraftError,
    Wish,
)
from app.records.jobs import JobsFullError
from app.records.publishing import NotYetShownError, RecordChangedError, ReviewNeededError
from app.records.versions import Standing, Version
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import allowed, may_in
from app.staff.draft_form import HAS_FORM
from app.staff.posting import SentDep, day_of, number_of, picks_of, to
from app.staff.reads import changes_of, residents_of, title_of
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
from knowledge_base.labels import KIND_NAMES
from knowledge_base.revisions import RELEASE
from knowledge_base.three_way import Joined, Side, join

router = APIRouter()

ReaderDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
EditorDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
PublisherDesk = Annotated[Desk, Depends(allowed(Permission.PUBLISH))]
ReviewerDesk = Annotated[Desk, Depends(allowed(Permission.REVIEW))]
Text = Annotated[str, Form()]


OptionalDay = Annotated[str, Form()]

_LOOK_AGAIN = "Bản nháp hoặc hồ sơ vừa đổi. Xem lại trang này rồi công bố."


@router.get("/staff/{area}/drafts/{draft_id}/publish")
def look_before_publishing(
    request: Request, draft_id: int, desk: ReaderDesk, service: StaffDep
) -> Response:
    """What differs, the result of the trial, what stands in the way; later what was published."""
    draft = draft_of(service, desk, draft_id)
    if draft.wish is not Wish.TEXT:
        return to(request, desk, f"/drafts/{draft.id}/wish")
    return _page(request, service, desk, draft)


@router.post("/staff/{area}/drafts/{draft_id}/publish/trial")
def try_draft(
    request: Request,
    draft_id: int,
    desk: ReaderDesk,
    service: StaffDep,
    from_day: OptionalDay = "",
) -> Response:
    """Ask the golden questions, as a job."""
    draft = _open(draft_of(service, desk, draft_id))
    back = f"/drafts/{draft.id}/publish"
    title = f"Chạy thử câu hỏi mẫu: {title_of(service, draft.body)}"
    day = day_of(from_day) or service.now().date()
    try:
        job = begin_trial(service, desk, Change(draft.body), day, title, back)
    except JobsFullError as error:
        return _page(request, service, desk, draft, error=str(error), status=503)
    return to(request, desk, f"/jobs/{job}")


@router.post("/staff/{area}/drafts/{draft_id}/publish")
def publish_draft(
    request: Request,
    draft_id: int,
    desk: PublisherDesk,
    service: StaffDep,
    version: Annotated[int, Form()],
    base: Text = "",
    from_day: OptionalDay = "",
    last_day: OptionalDay = "",
    note: Text = "",
    seen: Text = "",
) -> Response:
    """Publish, and show what residents now read."""
    draft = _open(draft_of(service, desk, draft_id))
    if not may_in(service, desk.officer, Permission.PUBLISH, draft.scope):
        raise HTTPException(403, "Bản này thuộc nơi khác: gửi cho người kiểm duyệt nơi đó.")
    entered = {"from_day": from_day, "last_day": last_day, "note": note}

    def again(error: str, status: int) -> Response:
        return _page(request, service, desk, draft, error=error, status=status, entered=entered)

    if draft.version != version:
        return again(_LOOK_AGAIN, 409)
    tried = last_trial(service, desk, Change(draft.body))
    if why := why_not(tried, seen):
        return again(*why)
    late = ""
    try:
        service.publishing.publish(
            draft.body,
            desk.officer.username,
            from_day=day_of(from_day),
            last_day=day_of(last_day),
            note=note.strip(),
            base=number_of(base),
            draft_id=draft.id,
        )
    except ContentError as error:
        lines = problem_lines(error.problems, draft.body)
        return _page(request, service, desk, draft, problems=lines, status=422, entered=entered)
    except (RecordChangedError, DraftChangedError, DraftClosedError, ReviewNeededError) as error:
        return again(str(error), 409)
    except UnknownDraftError as error:
        raise HTTPException(404, str(error)) from error
    except NotYetShownError:
        late = "?late=1"
    return to(request, desk, f"/drafts/{draft.id}/publish{late}")


@router.post("/staff/{area}/drafts/{draft_id}/publish/join")
def join_draft(
    request: Request, draft_id: int, desk: EditorDesk, service: StaffDep, form: SentDep
) -> Response:
    """Bring the draft up to what others published meanwhile, field by field as chosen."""
    draft = _open(draft_of(service, desk, draft_id))
    live = service.versions.live(draft.body.key)
    if live is None or form.get("live") != str(live.revision.revision_id):
        return _page(request, service, desk, draft, error=_LOOK_AGAIN, status=409)
    joined = _joined(service, draft, live, picks_of(form))
    try:
        service.drafts.save(
            draft.id,
            joined.data,
            number_of(form.get("version", "")) or 0,
            desk.officer.username,
            base=live.revision.revision_id,
        )
    except (DraftChangedError, DraftClosedError, DraftTooLargeError) as error:
        return _page(request, service, desk, draft, error=str(error), status=409)
    return to(request, desk, f"/drafts/{draft.id}/publish")


@router.post("/staff/{area}/drafts/{draft_id}/publish/propose")
def propose_draft(
    request: Request, draft_id: int, desk: EditorDesk, service: StaffDep, note: Text = ""
) -> Response:
    """Send a draft to who may publish it."""
    return _moved(request, service, desk, draft_id, DraftState.IN_REVIEW, note)


@router.post("/staff/{area}/drafts/{draft_id}/publish/take-back")
def take_draft_back(
    request: Request, draft_id: int, desk: EditorDesk, service: StaffDep
) -> Response:
    """Go on writing what was sent to review."""
    return _moved(request, service, desk, draft_id, DraftState.EDITING, "")


@router.post("/staff/{area}/drafts/{draft_id}/publish/return")
def return_draft(
    request: Request, draft_id: int, desk: ReviewerDesk, service: StaffDep, note: Text = ""
) -> Response:
    """Give a proposal back with a note."""
    draft = draft_of(service, desk, draft_id)
    if not may_in(service, desk.officer, Permission.REVIEW, draft.scope):
        raise HTTPException(403, "Bản này do nơi khác kiểm duyệt.")
    return _moved(request, service, desk, draft_id, DraftState.RETURNED, note)


@router.get("/staff/{area}/review/proposals")
def proposals(request: Request, desk: ReviewerDesk, service: StaffDep) -> Response:
    """What waits for a decision in the area."""
    waiting = [
        draft
        for draft in service.drafts.listed(desk.area.scopes, [DraftState.IN_REVIEW])
        if draft.scope in desk.area.scopes
        and may_in(service, desk.officer, Permission.REVIEW, draft.scope)
    ]
    return render(
        request,
        "proposals.html",
        desk=desk,
        drafts=waiting,
        names=names_of(service, *(draft.updated_by for draft in waiting)),
        kinds=KIND_NAMES,
        title_of=lambda draft: title_of(service, draft.body),
    )


def draft_of(service: StaffService, desk: Desk, draft_id: int) -> Draft:
    """A draft of the area, or one that its officers propose.

    Raises:
        HTTPException: 404 for any other.
    """
    draft = service.drafts.find(draft_id)
    if draft is None or not {draft.scope, draft.proposed_in} & set(desk.area.scopes):
        raise HTTPException(404, "Không có bản nháp này ở đây.")
    return draft


def _open(draft: Draft) -> Draft:
    if draft.wish is not Wish.TEXT:
        raise HTTPException(404, "Đây là đề nghị: xác nhận ở trang của nó.")
    if draft.state not in OPEN:
        raise HTTPException(409, "Bản nháp này đã công bố hoặc đã bỏ.")
    return draft


def _moved(
    request: Request,
    service: StaffService,
    desk: Desk,
    draft_id: int,
    state: DraftState,
    note: str,
) -> Response:
    draft = draft_of(service, desk, draft_id)
    if draft.wish is not Wish.TEXT:
        raise HTTPException(404, "Đây là đề nghị: trả lại hoặc rút ở trang của nó.")
    try:
        service.drafts.move(draft.id, state, desk.officer.username, note)
    except DraftClosedError as error:
        return _page(request, service, desk, draft, error=str(error), status=409)
    if state is DraftState.RETURNED:
        return to(request, desk, "/review/proposals")
    return to(request, desk, f"/drafts/{draft.id}/publish")


def _joined(
    service: StaffService, draft: Draft, live: Version, taken: Mapping[str, Side]
) -> Joined:
    """The draft and what was published since it was begun, side by side."""
    base = service.versions.version(draft.base_revision_id or 0)
    before = base.revision.body.data if base is not None else {}
    return join(before, live.revision.body.data, draft.data, taken, kind=draft.kind)


def _page(
    request: Request,
    service: StaffService,
    desk: Desk,
    draft: Draft,
    *,
    error: str = "",
    problems: tuple[ProblemLine, ...] | None = None,
    status: int = 200,
    entered: Mapping[str, str] | None = None,
) -> Response:
    body, catalogue = draft.body, service.live.edition().catalogue
    title = title_of(service, body)
    shared: dict[str, Any] = {
        "desk": desk,
        "draft": draft,
        "title": title,
        "kind_name": KIND_NAMES[draft.kind],
        "error": error,
        "status": status,
        "has_form": draft.kind in HAS_FORM,
    }
    if draft.state is DraftState.PUBLISHED:
        return _published(request, service, body, shared)
    live = service.versions.live(body.key)
    live_id = live.revision.revision_id if live is not None else None
    moved = live is not None and live_id != draft.base_revision_id
    tried = last_trial(service, desk, Change(body))
    begins = max(service.now().date(), _begins(draft.data))
    if problems is None:
        problems = problem_lines(service.publishing.check(body), body)
    return render(
        request,
        "publish.html",
        **shared,
        is_open=draft.state in OPEN,
        state=draft.state.value,
        differences=changes_of(service, body, live),
        narrower=live is None and catalogue.wider(body.kind, body.id, body.scope) is not None,
        live=live,
        by_release=live is not None and live.revision.author == RELEASE,
        names=names_of(service, draft.updated_by, live.revision.author if live else ""),
        joined=_joined(service, draft, live, {}) if live is not None and moved else None,
        problems=problems,
        tried=tried,
        verdicts=VERDICT_NAMES,
        looks=VERDICT_LOOKS,
        trial_at=f"/drafts/{draft.id}/publish/trial",
        may_publish=may_in(service, desk.officer, Permission.PUBLISH, draft.scope),
        by_me=service.publishing.review_required
        and desk.officer.username in service.drafts.writers(draft.id),
        may_return=may_in(service, desk.officer, Permission.REVIEW, draft.scope),
        entered={"from_day": "", "last_day": "", "note": "", **(entered or {})},
        today=service.now().date(),
        begins=begins,
    )


def _begins(data: Mapping[str, Any]) -> date:
    """The first day on which the record's own text holds."""
    try:
        return date.fromisoformat(str(data.get("effective_from")))
    except ValueError:
        return date.min


def _published(
    request: Request, service: StaffService, body: Body, shared: Mapping[str, Any]
) -> Response:
    draft: Draft = shared["draft"]
    version = service.versions.version(draft.revision_id or 0)
    before = service.versions.version(draft.base_revision_id or 0)
    live = version is not None and version.standing is Standing.LIVE
    open_conflict = any(one.key == body.key for one in service.versions.conflicts([body.owner]))
    return render(
        request,
        "published.html",
        **shared,
        version=version,
        is_live=live,
        late=service.live.problem if "late" in request.query_params else None,
        differences=changes_of(service, body, before),
        residents=residents_of(service, request, body) if live else None,
        open_conflict=open_conflict,
    )
