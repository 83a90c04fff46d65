"""Questions that had no answer, grouped by meaning, and what officers make of a group."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.html import capital
from app.records.draft import DraftOrigin, DraftTooLargeError
from app.records.gaps import Gap, GapDecision
from app.records.tickets import TicketFilter
from app.staff.access import Permission
from app.staff.answer_shown import STATUS_WORDS
from app.staff.desk import allowed, may_in
from app.staff.question_drafts import begin_guide
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render

router = APIRouter()

ReplyDesk = Annotated[Desk, Depends(allowed(Permission.REPLY))]
EditDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
Key = Annotated[str, Form(max_length=300)]

SHOWN = {"open": "Chưa xử lý", "settled": "Đã xử lý", "all": "Tất cả"}
_DECISIONS = {
    GapDecision.DISMISSED: "Đã bỏ qua: không thuộc việc của xã",
    GapDecision.DRAFTED: "Đã thành bản nháp",
    GapDecision.PINNED: "Đã ghim câu trả lời",
}
_DONE = {
    "dismissed": "Đã bỏ qua. Có người hỏi lại thì nhóm này hiện ra.",
    "recalled": "Đã lấy lại nhóm này.",
}
_MOST_DAYS = 366
_MOST_QUESTIONS = 40


@router.get("/staff/{area}/gaps")
def gaps(
    request: Request,
    desk: ReplyDesk,
    service: StaffDep,
    days: Annotated[int, Query(ge=1, le=_MOST_DAYS)] = 0,
    commune: str = "",
    show: str = "open",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    done: str = "",
) -> Response:
    """The groups of a period, the most asked first."""
    limits = service.questions.limits
    days, show = days or limits.gap_days, show if show in SHOWN else "open"
    communes = (commune,) if commune in desk.area.commune_ids else desk.area.commune_ids
    found = service.questions.gaps.listed(desk.area.scope, communes, _since(service, days))
    wanted = [gap for gap in found if show == "all" or gap.settled == (show == "settled")]
    start = (page - 1) * limits.rows
    kept = {"days": days, "commune": commune, "show": show}
    return render(
        request,
        "gaps.html",
        desk=desk,
        gaps=wanted[start : start + limits.rows],
        count=len(wanted),
        questions=sum(gap.count for gap in wanted),
        settled=sum(gap.settled for gap in found),
        filters=kept,
        choices=SHOWN,
        decisions=_DECISIONS,
        communes={one.id: one.full_name for one in service.communes.communes()},
        page=page,
        pages=max(1, -(-len(wanted) // limits.rows)),
        more=lambda number: urlencode({**kept, "page": number}),
        link=lambda gap: urlencode({**kept, "key": gap.key}),
        said=_DONE.get(done, ""),
    )


@router.get("/staff/{area}/gaps/one")
def one_gap(
    request: Request,
    desk: ReplyDesk,
    service: StaffDep,
    key: Annotated[str, Query(max_length=300)],
    days: Annotated[int, Query(ge=1, le=_MOST_DAYS)] = 0,
    commune: str = "",
    show: str = "open",
    done: str = "",
) -> Response:
    """One group: its questions, where and when they were asked, and what can be made of it."""
    days = days or service.questions.limits.gap_days
    gap = _gap(service, desk, key, days, commune)
    drafts = service.drafts.of_origin(DraftOrigin.CLUSTER, _ref(gap))
    return render(
        request,
        "gap.html",
        desk=desk,
        gap=gap,
        shown=gap.questions[:_MOST_QUESTIONS],
        days=days,
        filters={"days": days, "commune": commune, "show": show},
        back=urlencode({"days": days, "commune": commune, "show": show}),
        decisions=_DECISIONS,
        communes={one.id: one.full_name for one in service.communes.communes()},
        drafts=drafts,
        tickets=_tickets(service, desk, gap),
        may_edit=may_in(service, desk.officer, Permission.EDIT, desk.area.scope),
        may_pin=may_in(service, desk.officer, Permission.PIN, desk.area.scope),
        said=_DONE.get(done, ""),
        statuses=STATUS_WORDS,
    )


@router.post("/staff/{area}/gaps/draft")
def draft_of_gap(
    request: Request,
    desk: EditDesk,
    service: StaffDep,
    key: Key,
    days: Annotated[int, Form(ge=1, le=_MOST_DAYS)],
    commune: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Make a draft of a guide that answers a group; its answer is still to be written."""
    gap = _gap(service, desk, key, days, commune)
    by = desk.officer.username
    try:
        draft = begin_guide(
            service,
            scope=f"commune:{commune}" if commune in desk.area.commune_ids else desk.area.scope,
            office=capital(desk.area.name),
            questions=[one.text for one in gap.questions],
            answer="",
            citations=(),
            origin=DraftOrigin.CLUSTER,
            ref=_ref(gap),
            today=service.now().date(),
            by=by,
        )
    except DraftTooLargeError as error:
        raise HTTPException(413, str(error)) from error
    service.questions.gaps.decide(desk.area.scope, gap, GapDecision.DRAFTED, by, ref=str(draft.id))
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/drafts/{draft.id}", 303)


@router.post("/staff/{area}/gaps/dismiss")
def dismiss(
    request: Request,
    desk: ReplyDesk,
    service: StaffDep,
    key: Key,
    days: Annotated[int, Form(ge=1, le=_MOST_DAYS)],
    commune: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Put a group aside as none of the commune's business, until one of it is asked again."""
    gap = _gap(service, desk, key, days, commune)
    by = desk.officer.username
    service.questions.gaps.decide(desk.area.scope, gap, GapDecision.DISMISSED, by)
    return _back(request, desk, days, commune, "dismissed")


@router.post("/staff/{area}/gaps/recall")
def recall(
    request: Request,
    desk: ReplyDesk,
    service: StaffDep,
    key: Key,
    days: Annotated[int, Form(ge=1, le=_MOST_DAYS)],
    commune: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Take a decision about a group back."""
    gap = _gap(service, desk, key, days, commune)
    service.questions.gaps.recall(desk.area.scope, gap, desk.officer.username)
    return _back(request, desk, days, commune, "recalled")


def _gap(service: StaffService, desk: Desk, key: str, days: int, commune: str) -> Gap:
    """The group that holds a question."""
    communes = (commune,) if commune in desk.area.commune_ids else desk.area.commune_ids
    found = service.questions.gaps.listed(desk.area.scope, communes, _since(service, days))
    for gap in found:
        if any(one.key == key for one in gap.questions):
            return gap
    raise HTTPException(404, "Không còn nhóm câu hỏi này trong khoảng ngày đã chọn.")


def _tickets(service: StaffService, desk: Desk, gap: Gap) -> tuple[tuple[str, str], ...]:
    """Tickets of the area that left one of the group's questions: code and question."""
    wanted = TicketFilter(desk.area.commune_ids)
    found = service.questions.tickets.listed(wanted, 0, service.questions.limits.rows)
    texts = {one.text for one in gap.questions}
    return tuple((one.code, one.question) for one in found.tickets if one.question in texts)


def _since(service: StaffService, days: int) -> datetime:
    """Midnight so many days ago, so that a day's questions stay together."""
    today = service.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


def _ref(gap: Gap) -> str:
    return gap.key[:120]


def _back(request: Request, desk: Desk, days: int, commune: str, done: str) -> Response:
    base = request.scope.get("root_path", "")
    query = f"days={days}&commune={quote(commune)}&done={done}"
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/gaps?{query}", 303)
