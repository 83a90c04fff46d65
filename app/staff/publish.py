"""The last look before publishing: what differs, what residents would read, who may decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from app.records.drafts import (
    OPEN,
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftState,
    DraftTooLargeError,
    UnknownDraftError,
)
from app.records.jobs import JobsFullError
from app.records.publishing import (
    NotYetShownError,
    RecordChangedError,
    ReviewNeededError,
    Standing,
    Version,
)
from app.staff.access import Permission
from app.staff.desk import allowed, may_in
from app.staff.drafting import names_of
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.trying import (
    VERDICT_LOOKS,
    VERDICT_NAMES,
    Change,
    ProblemLine,
    begin_trial,
    communes_of,
    last_trial,
    problem_lines,
)
from app.staff.view import render
from knowledge_base.catalogue import Body, ContentError, laid_over
from knowledge_base.difference import Difference, differences
from knowledge_base.labels import KIND_NAMES
from knowledge_base.record import RecordKind
from knowledge_base.revisions import RELEASE, RevisionState
from knowledge_base.section import Section, sections_of
from knowledge_base.three_way import Joined, Side, join

router = APIRouter()

ReaderDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
EditorDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
PublisherDesk = Annotated[Desk, Depends(allowed(Permission.PUBLISH))]
ReviewerDesk = Annotated[Desk, Depends(allowed(Permission.REVIEW))]
Text = Annotated[str, Form()]


async def sent(request: Request) -> dict[str, str]:
    """The fields of a form whose names depend on the record."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


SentDep = Annotated[dict[str, str], Depends(sent)]
OptionalDay = Annotated[str, Form()]

_LOOK_AGAIN = "Bản nháp hoặc hồ sơ vừa đổi. Xem lại trang này rồi công bố."
_TRY_FIRST = "Chạy thử các câu hỏi mẫu của đúng bản này trước khi công bố."
_TICK_FIRST = (
    "Có câu trả lời kém đi. Xem các câu đó, rồi đánh dấu “Tôi đã xem các câu trả lời bị đổi”."
)


@dataclass(frozen=True, slots=True)
class Residents:
    """What residents read of a record now."""

    commune: str
    path: str
    """Of their page."""
    sections: tuple[Section, ...]


@router.get("/staff/{area}/drafts/{draft_id}/publish")
def look_before_publishing(
    request: Request, draft_id: int, desk: ReaderDesk, service: StaffDep
) -> Response:
    """What differs, the result of the trial, what stands in the way; later what was published."""
    return _page(request, service, desk, draft_of(service, desk, draft_id))


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
    title = f"Chạy thử câu hỏi mẫu: {title_of(draft.data, draft.record_id)}"
    day = _day(from_day) or service.now().date()
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
    if tried is None:
        return again(_TRY_FIRST, 409)
    if tried.trial.worse and not seen:
        return again(_TICK_FIRST, 422)
    late = ""
    try:
        service.publishing.publish(
            draft.body,
            desk.officer.username,
            from_day=_day(from_day),
            last_day=_day(last_day),
            note=note.strip(),
            base=int(base) if base.isdigit() else None,
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
    live = live_version(service, draft.body)
    if live is None or form.get("live") != str(live.revision.revision_id):
        return _page(request, service, desk, draft, error=_LOOK_AGAIN, status=409)
    joined = _joined(service, draft, live, picks_of(form))
    try:
        service.drafts.save(
            draft.id,
            joined.data,
            int(version) if (version := form.get("version", "")).isdigit() else 0,
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
        title_of=lambda draft: title_of(effective(service, draft.body), draft.record_id),
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


def live_version(service: StaffService, body: Body) -> Version | None:
    """What residents see of a record now; None where they see none."""
    for version in service.publishing.history(body.key):
        if version.standing is Standing.LIVE:
            return version if version.revision.state is RevisionState.PUBLISHED else None
    return None


def effective(
    service: StaffService, body: Body | None, data: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A version laid over the wider ones of the same record: what residents read by it."""
    if body is None:
        return dict(data or {})
    wider = service.live.edition().catalogue.wider(body.kind, body.id, body.scope) or {}
    return laid_over(wider, body.data if data is None else data)


def changes_of(service: StaffService, body: Body, live: Version | None) -> tuple[Difference, ...]:
    """What a version differs in from what residents read now."""
    wider = service.live.edition().catalogue.wider(body.kind, body.id, body.scope)
    before = laid_over(wider or {}, live.revision.body.data) if live is not None else wider
    return differences(before, laid_over(wider or {}, body.data), kind=body.kind)


def residents_of(service: StaffService, request: Request, body: Body) -> Residents | None:
    """Where and what residents read of a record, in the first commune where it holds."""
    edition = service.live.edition()
    base = request.scope.get("root_path", "")
    for commune in communes_of(service, body):
        name = edition.catalogue.communes[commune].full_name
        if body.kind is RecordKind.COMMUNE:
            return Residents(name, f"{base}/c/{commune}/office", ())
        record = edition.scope(commune).records.get(body.id)
        if record is not None and record.scope == body.scope:
            sections = sections_of(record, edition.day)
            return Residents(name, f"{base}/c/{commune}/p/{body.id}", sections)
    return None


def title_of(data: Mapping[str, Any], record_id: str) -> str:
    """What a record is called."""
    named = data.get("title") or data.get("name")
    return named if isinstance(named, str) and named else record_id or "(chưa có tên)"


def picks_of(form: Mapping[str, str]) -> dict[str, Side]:
    """The fields for which somebody chose a side: ``pick.fees=theirs``."""
    return {
        name.removeprefix("pick."): Side(value)
        for name, value in form.items()
        if name.startswith("pick.") and value in list(Side)
    }


def to(request: Request, desk: Desk, path: str) -> Response:
    """On to another page of the area."""
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}{path}", 303)


def _open(draft: Draft) -> Draft:
    if draft.state not in OPEN:
        raise HTTPException(409, "Bản nháp này đã công bố hoặc đã bỏ.")
    return draft


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise HTTPException(422, f"“{text}” không phải ngày. Viết như 2026-12-01.") from None


def _moved(
    request: Request,
    service: StaffService,
    desk: Desk,
    draft_id: int,
    state: DraftState,
    note: str,
) -> Response:
    draft = draft_of(service, desk, draft_id)
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
    base = service.publishing.version(draft.base_revision_id or 0)
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
    title = title_of(effective(service, body), draft.record_id)
    shared: dict[str, Any] = {
        "desk": desk,
        "draft": draft,
        "title": title,
        "kind_name": KIND_NAMES[draft.kind],
        "error": error,
        "status": status,
    }
    if draft.state is DraftState.PUBLISHED:
        return _published(request, service, body, shared)
    live = live_version(service, body)
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
    version = service.publishing.version(draft.revision_id or 0)
    before = service.publishing.version(draft.base_revision_id or 0)
    live = version is not None and version.standing is Standing.LIVE
    open_conflict = any(one.key == body.key for one in service.publishing.conflicts([body.owner]))
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
