"""Ending a record, undoing a change of it, calling one back: looked at, tried, then done.

Where review is required, what one officer wishes waits for another to confirm or return it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response

from app.records.draft import (
    Draft,
    DraftClosedError,
    DraftOrigin,
    DraftState,
    NewDraft,
    Wish,
)
from app.records.jobs import JobsFullError
from app.records.publishing import (
    NotYetShownError,
    RecordChangedError,
    ReviewNeededError,
    UnknownRevisionError,
)
from app.records.versions import Standing, Version
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import MOST_NUMBER, allowed, may_in
from app.staff.posting import day_of, number_of, to
from app.staff.reads import title_of, whole
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
from knowledge_base.revisions import Key, RevisionState

router = APIRouter()

ReaderDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
PublisherDesk = Annotated[Desk, Depends(allowed(Permission.PUBLISH))]
Text = Annotated[str, Form()]
ScopeField = Annotated[Scope, Form()]

_ONE_DAY = timedelta(days=1)
_LOOK_AGAIN = "Hồ sơ này vừa đổi. Xem lại điều sẽ đổi rồi làm lại."
_GONE = {
    Wish.END: "Hồ sơ này không còn bản đang công bố.",
    Wish.CANCEL: "Bản này không còn chờ ngày hiệu lực. Đã có hiệu lực thì hoàn lại bản trước.",
}


@dataclass(frozen=True, slots=True)
class Wished:
    """What is wished of a published record, and what it would change."""

    wish: Wish
    body: Body
    """What would end, come back or be called back."""
    withdraws: bool
    """Whether residents would then see nothing of this version."""
    live: Version | None
    """What they read now."""
    last_day: date | None = None
    revision_id: int | None = None
    begins: date | None = None
    """From when on, of what would be called back."""
    obsolete: str = ""
    """Why it can no longer be done; empty where it can."""

    @property
    def title(self) -> str:
        """As officers say it."""
        if self.wish is Wish.END and self.last_day is not None:
            return f"Kết thúc sau ngày {self.last_day:%-d/%-m/%Y}"
        does = "Huỷ lịch" if self.wish is Wish.CANCEL else "Hoàn lại"
        return f"{does} bản {self.revision_id}"

    @property
    def base(self) -> int | None:
        """The revision that residents read now."""
        return self.live.revision.revision_id if self.live is not None else None

    @property
    def change(self) -> Change | None:
        """What the golden questions are asked of; none for what nobody reads yet."""
        if self.wish is Wish.CANCEL:
            return None
        return Change(self.body, withdrawn=self.withdraws)


@router.get("/staff/{area}/knowledge/{kind}/{record_id}/versions/change")
def look_before_change(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: Annotated[Scope, Query()],
    revision: str = "",
    last_day: str = "",
) -> Response:
    """What an undo or an end would change, and what residents would then read."""
    key = _own(service, desk, kind, record_id, scope)
    return _before(request, service, desk, _wanted(service, key, revision, last_day))


@router.post("/staff/{area}/knowledge/{kind}/{record_id}/versions/trial")
def try_change(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    revision: Text = "",
    last_day: Text = "",
    from_day: Text = "",
) -> Response:
    """Ask the golden questions of an undo or an end, as a job."""
    key = _own(service, desk, kind, record_id, scope)
    wanted = _wanted(service, key, revision, last_day)
    back = (
        f"/knowledge/{kind}/{record_id}/versions/change"
        f"?scope={scope}&revision={revision}&last_day={last_day}"
    )
    try:
        job = _try(service, desk, wanted, from_day, back)
    except JobsFullError as error:
        return _before(request, service, desk, wanted, error=str(error), status=503)
    return to(request, desk, f"/jobs/{job}")


@router.post("/staff/{area}/knowledge/{kind}/{record_id}/versions/undo")
def undo(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    revision: Text,
    base: Text = "",
    note: Text = "",
    seen: Text = "",
) -> Response:
    """Make an earlier version the one that residents read, or wish so."""
    key = _own(service, desk, kind, record_id, scope)
    wanted = _wanted(service, key, revision, "")
    return _do(request, service, desk, wanted, base, note, seen)


@router.post("/staff/{area}/knowledge/{kind}/{record_id}/versions/end")
def end(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    last_day: Text,
    base: Text = "",
    note: Text = "",
    seen: Text = "",
) -> Response:
    """Withdraw the record after a day, or wish so."""
    key = _own(service, desk, kind, record_id, scope)
    wanted = _wanted(service, key, "", last_day)
    return _do(request, service, desk, wanted, base, note, seen)


@router.post("/staff/{area}/knowledge/{kind}/{record_id}/versions/cancel")
def cancel(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    revision: Annotated[int, Form(ge=0, le=MOST_NUMBER)],
) -> Response:
    """Call back what has not begun, or wish so."""
    key = _own(service, desk, kind, record_id, scope)
    wanted = _of_revision(service, key, Wish.CANCEL, revision)
    if wanted.obsolete:
        return _before(request, service, desk, wanted, status=409)
    if service.publishing.review_required:
        return _ask(request, service, desk, wanted, "")
    try:
        service.publishing.cancel(revision, desk.officer.username)
    except (ContentError, UnknownRevisionError) as error:
        return _before(request, service, desk, wanted, error=str(error), status=409)
    return to(request, desk, f"{_versions(wanted.body)}&done=cancelled")


@router.get("/staff/{area}/drafts/{draft_id}/wish")
def look_at_wish(request: Request, draft_id: int, desk: ReaderDesk, service: StaffDep) -> Response:
    """What a colleague wishes, and what it would change."""
    return _waiting(request, service, desk, _found(service, desk, draft_id))


@router.post("/staff/{area}/drafts/{draft_id}/wish/trial")
def try_wish(
    request: Request, draft_id: int, desk: PublisherDesk, service: StaffDep, from_day: Text = ""
) -> Response:
    """Ask the golden questions of what is wished, as a job."""
    draft = _found(service, desk, draft_id)
    wanted = _of_draft(service, draft)
    try:
        job = _try(service, desk, wanted, from_day, f"/drafts/{draft.id}/wish")
    except JobsFullError as error:
        return _waiting(request, service, desk, draft, error=str(error), status=503)
    return to(request, desk, f"/jobs/{job}")


@router.post("/staff/{area}/drafts/{draft_id}/wish/confirm")
def confirm(
    request: Request,
    draft_id: int,
    desk: PublisherDesk,
    service: StaffDep,
    base: Text = "",
    note: Text = "",
    seen: Text = "",
) -> Response:
    """Do what a colleague wished."""
    draft = _found(service, desk, draft_id)
    _may_decide(service, desk, draft)
    wanted = _of_draft(service, draft)

    def again(error: str, status: int, problems: tuple[ProblemLine, ...] = ()) -> Response:
        return _waiting(
            request, service, desk, draft, error=error, status=status, problems=problems
        )

    if wanted.obsolete:
        return again(wanted.obsolete, 409)
    if wanted.change and (why := why_not(last_trial(service, desk, wanted.change), seen)):
        return again(*why)
    done = "confirmed"
    try:
        service.publishing.confirm(draft, desk.officer.username, note.strip(), base=number_of(base))
    except ContentError as error:
        return again("", 422, problem_lines(error.problems, wanted.body))
    except RecordChangedError:
        return again(_LOOK_AGAIN, 409)
    except (DraftClosedError, ReviewNeededError, UnknownRevisionError) as error:
        return again(str(error), 409)
    except NotYetShownError:
        done = "late"
    return to(request, desk, f"{_versions(draft.body)}&done={done}")


@router.post("/staff/{area}/drafts/{draft_id}/wish/return")
def return_wish(
    request: Request, draft_id: int, desk: PublisherDesk, service: StaffDep, note: Text = ""
) -> Response:
    """Give a wish back with a note."""
    return _moved(request, service, desk, draft_id, DraftState.RETURNED, note)


@router.post("/staff/{area}/drafts/{draft_id}/wish/again")
def wish_again(
    request: Request, draft_id: int, desk: PublisherDesk, service: StaffDep, note: Text = ""
) -> Response:
    """Send a wish again that was returned."""
    return _moved(request, service, desk, draft_id, DraftState.IN_REVIEW, note)


@router.post("/staff/{area}/drafts/{draft_id}/wish/withdraw")
def withdraw_wish(
    request: Request, draft_id: int, desk: PublisherDesk, service: StaffDep
) -> Response:
    """Drop a wish."""
    return _moved(request, service, desk, draft_id, DraftState.DISCARDED, "")


def _versions(body: Body) -> str:
    """The page of a record's versions, below the area's."""
    return f"/knowledge/{body.kind}/{body.id}/versions?scope={body.scope}"


def _own(service: StaffService, desk: Desk, kind: RecordKind, record_id: str, scope: str) -> Key:
    """The key of a version that the officer may change here.

    Raises:
        HTTPException: 404 outside the area, 403 where the officer may not.
    """
    owner = Body(kind, record_id, scope, {}, "").owner
    if owner not in desk.area.scopes:
        raise HTTPException(404, "Hồ sơ này không thuộc nơi này.")
    if not may_in(service, desk.officer, Permission.PUBLISH, owner):
        raise HTTPException(403, "Bản này thuộc nơi khác: soạn đề nghị để nơi đó quyết định.")
    return (kind.value, record_id, scope)


def _found(service: StaffService, desk: Desk, draft_id: int) -> Draft:
    """A wish about a record of the area.

    Raises:
        HTTPException: 404 for any other draft.
    """
    draft = service.drafts.find(draft_id)
    if draft is None or draft.wish is Wish.TEXT or draft.scope not in desk.area.scopes:
        raise HTTPException(404, "Không có đề nghị này ở đây.")
    return draft


def _may_decide(service: StaffService, desk: Desk, draft: Draft) -> None:
    if not may_in(service, desk.officer, Permission.PUBLISH, draft.scope):
        raise HTTPException(403, "Đề nghị này thuộc nơi khác.")


def _wanted(service: StaffService, key: Key, revision: str, last_day: str) -> Wished:
    """The undo or the end that a form asks for.

    Raises:
        HTTPException: 404 for a version that the record never had, 422 for what is no date.
    """
    if (day := day_of(last_day)) is None:
        return _of_revision(service, key, Wish.UNDO, number_of(revision))
    live = service.versions.live(key)
    if live is None:
        raise HTTPException(404, _GONE[Wish.END])
    return Wished(Wish.END, live.revision.body, withdraws=True, live=live, last_day=day)


def _of_revision(service: StaffService, key: Key, wish: Wish, revision: int | None) -> Wished:
    version = service.versions.version(revision) if revision is not None else None
    if version is None or version.revision.body.key != key:
        raise HTTPException(404, "Hồ sơ này không có bản đó.")
    found = version.revision
    if wish is Wish.UNDO and version.standing in (Standing.CONFLICT, Standing.CANCELLED):
        raise HTTPException(404, "Bản đó chưa từng có hiệu lực.")
    over = wish is Wish.CANCEL and version.standing is not Standing.SCHEDULED
    return Wished(
        wish,
        found.body,
        withdraws=found.state is RevisionState.WITHDRAWN,
        live=service.versions.live(key),
        revision_id=found.revision_id,
        begins=found.live_from,
        obsolete=_GONE[wish] if over else "",
    )


def _of_draft(service: StaffService, draft: Draft) -> Wished:
    """What a draft wishes."""
    key = draft.body.key
    if draft.wish is not Wish.END:
        return _of_revision(service, key, draft.wish, draft.wished_id)
    live = service.versions.live(key)
    return Wished(
        Wish.END,
        live.revision.body if live is not None else draft.body,
        withdraws=True,
        live=live,
        last_day=draft.last_day,
        obsolete="" if live is not None else _GONE[Wish.END],
    )


def _try(service: StaffService, desk: Desk, wanted: Wished, from_day: str, back: str) -> str:
    """Begin the trial of a wish.

    Raises:
        HTTPException: 404 for a wish that no question is asked of.
        JobsFullError: when too many jobs wait already.
    """
    if wanted.change is None:
        raise HTTPException(404, "Việc này không cần chạy thử: người dân chưa đọc bản đó.")
    day = day_of(from_day) or service.now().date()
    title = f"{wanted.title}: {title_of(service, wanted.body)}"
    return begin_trial(service, desk, wanted.change, day, title, back)


def _ask(
    request: Request, service: StaffService, desk: Desk, wanted: Wished, note: str
) -> Response:
    """Leave what is wished to a second officer."""
    body = wanted.body
    new = NewDraft(
        body.kind,
        body.id,
        body.owner,
        body.data,
        wanted.base,
        DraftOrigin.RECORD,
        None if wanted.base is None else str(wanted.base),
        wish=wanted.wish,
        last_day=wanted.last_day,
        wished_id=wanted.revision_id,
    )
    draft = service.drafts.ask(new, desk.officer.username, note)
    return to(request, desk, f"/drafts/{draft.id}/wish")


def _do(
    request: Request,
    service: StaffService,
    desk: Desk,
    wanted: Wished,
    base: str,
    note: str,
    seen: str,
) -> Response:
    """Undo or end, or wish so where review is required: that needs no trial before it waits."""
    publishing, by, key = service.publishing, desk.officer.username, wanted.body.key
    if publishing.review_required:
        return _ask(request, service, desk, wanted, note)
    assert wanted.change is not None, "an undo and an end are tried"
    if why := why_not(last_trial(service, desk, wanted.change), seen):
        return _before(request, service, desk, wanted, error=why[0], status=why[1])
    done = "ended" if wanted.wish is Wish.END else "undone"
    was = number_of(base)
    try:
        if wanted.last_day is not None:
            publishing.end(key, wanted.last_day, by, note.strip(), base=was)
        elif wanted.revision_id is not None:
            publishing.undo(key, wanted.revision_id, by, note.strip(), base=was)
    except ContentError as error:
        lines = problem_lines(error.problems, wanted.body)
        return _before(request, service, desk, wanted, problems=lines, status=422)
    except RecordChangedError:
        return _before(request, service, desk, wanted, error=_LOOK_AGAIN, status=409)
    except UnknownRevisionError as error:
        return _before(request, service, desk, wanted, error=str(error), status=409)
    except NotYetShownError:
        done = "late"
    return to(request, desk, f"{_versions(wanted.body)}&done={done}")


def _moved(
    request: Request,
    service: StaffService,
    desk: Desk,
    draft_id: int,
    state: DraftState,
    note: str,
) -> Response:
    draft = _found(service, desk, draft_id)
    _may_decide(service, desk, draft)
    try:
        service.drafts.move(draft.id, state, desk.officer.username, note)
    except DraftClosedError as error:
        return _waiting(request, service, desk, draft, error=str(error), status=409)
    return to(request, desk, f"/drafts/{draft.id}/wish")


def _before(
    request: Request,
    service: StaffService,
    desk: Desk,
    wanted: Wished,
    *,
    error: str = "",
    problems: tuple[ProblemLine, ...] = (),
    status: int = 200,
) -> Response:
    """The page before it is done or wished."""
    body = wanted.body
    fields = {"scope": body.scope, "base": "" if wanted.base is None else str(wanted.base)}
    if wanted.last_day is not None:
        fields["last_day"] = wanted.last_day.isoformat()
    else:
        fields["revision"] = str(wanted.revision_id)
    path = f"/knowledge/{body.kind}/{body.id}/versions"
    return _page(
        request,
        service,
        desk,
        wanted,
        draft=None,
        error=error or wanted.obsolete,
        problems=problems,
        status=status,
        fields=fields,
        trial_at=f"{path}/trial",
        act_at=f"{path}/{'end' if wanted.last_day is not None else 'undo'}",
        asks=service.publishing.review_required,
        may_decide=False,
        by_me=False,
        names={},
    )


def _waiting(
    request: Request,
    service: StaffService,
    desk: Desk,
    draft: Draft,
    *,
    error: str = "",
    problems: tuple[ProblemLine, ...] = (),
    status: int = 200,
) -> Response:
    """The page of a wish that somebody sent."""
    wanted = _of_draft(service, draft)
    strict, me = service.publishing.review_required, desk.officer.username
    at = f"/drafts/{draft.id}/wish"
    return _page(
        request,
        service,
        desk,
        wanted,
        draft=service.drafts.find(draft.id) or draft,
        error=error,
        problems=problems,
        status=status,
        fields={"base": "" if wanted.base is None else str(wanted.base)},
        trial_at=f"{at}/trial",
        act_at=f"{at}/confirm",
        asks=False,
        may_decide=may_in(service, desk.officer, Permission.PUBLISH, draft.scope),
        by_me=strict and me in service.drafts.writers(draft.id),
        names=names_of(service, draft.created_by),
    )


def _page(
    request: Request, service: StaffService, desk: Desk, wanted: Wished, **more: Any
) -> Response:
    body, today = wanted.body, service.now().date()
    before, after = _sides(service, wanted)
    first = wanted.last_day + _ONE_DAY if wanted.last_day is not None else today
    return render(
        request,
        "wish.html",
        desk=desk,
        **more,
        wanted=wanted,
        calls_back=wanted.wish is Wish.CANCEL,
        title=title_of(service, body),
        kind_name=KIND_NAMES[body.kind],
        scope=body.owner,
        versions=_versions(body),
        differences=differences(before, after, kind=body.kind),
        gone=after is None,
        tried=last_trial(service, desk, wanted.change) if wanted.change else None,
        trial_day=max(today, first),
        verdicts=VERDICT_NAMES,
        looks=VERDICT_LOOKS,
    )


def _sides(
    service: StaffService, wanted: Wished
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """What residents read without it, and with it."""
    body = wanted.body
    said = whole(service, body, None if wanted.withdraws else body.data)
    if wanted.wish is Wish.CANCEL and wanted.begins is not None:
        instead = service.versions.on(body.key, wanted.begins, without=wanted.revision_id)
        return said, whole(service, body, instead.revision.body.data if instead else None)
    live = wanted.live.revision.body.data if wanted.live is not None else None
    return whole(service, body, live), said
