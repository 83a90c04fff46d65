"""Answers that residents reported, and a random sample of answers for officers to judge."""

from __future__ import annotations

import contextlib
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.records.reported import Reported, ReportOutcome
from app.records.sample import AlreadyJudgedError, Verdict
from app.staff.access import Permission
from app.staff.answer_shown import ShownAnswer, found_answer
from app.staff.desk import allowed
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.guide import Guide
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import Key

router = APIRouter()

ReviewDesk = Annotated[Desk, Depends(allowed(Permission.REVIEW))]

REASONS = {
    "wrong": "Sai",
    "outdated": "Cũ",
    "incomplete": "Thiếu",
    "unclear": "Khó hiểu",
    "other": "Lý do khác",
    "": "Không ghi lý do",
}
OUTCOMES = {
    ReportOutcome.FIXED: "Đã sửa",
    ReportOutcome.NOT_A_FAULT: "Không phải lỗi",
    ReportOutcome.DUPLICATE: "Trùng việc khác",
}
VERDICTS = {
    Verdict.RIGHT: ("Đúng", "good"),
    Verdict.PARTLY: ("Đúng một phần", "note"),
    Verdict.WRONG: ("Sai", "warn"),
}
SHOWN = {"open": "Chưa xử lý", "settled": "Đã xử lý", "all": "Tất cả"}
_WEEKS = 12
_MOST_ANSWERS = 5
_LONGEST_NOTE = 1000


@router.get("/staff/{area}/review")
def review(request: Request, desk: ReviewDesk, service: StaffDep, done: str = "") -> Response:
    """The next answer of today's sample, and how the last weeks were judged."""
    questions, today = service.questions, service.now().date()
    waiting = questions.sample.drawn(
        desk.area.commune_ids, today, questions.limits.review_days, questions.limits.review_answers
    )
    shown = next(
        (one for answer_id in waiting if (one := found_answer(service, desk, answer_id))), None
    )
    return render(
        request,
        "review.html",
        desk=desk,
        shown=shown,
        left=len(waiting),
        size=questions.limits.review_answers,
        days=questions.limits.review_days,
        weeks=questions.sample.weeks(desk.area.commune_ids, _WEEKS, today),
        verdicts=VERDICTS,
        said="Đã ghi nhận xét." if done else "",
        reported=sum(bool(one.open) for one in _reported(service, desk)),
    )


@router.post("/staff/{area}/review/{answer_id}")
def judge(
    request: Request,
    answer_id: str,
    desk: ReviewDesk,
    service: StaffDep,
    verdict: Annotated[str, Form(max_length=16)] = "",
    note: Annotated[str, Form(max_length=_LONGEST_NOTE)] = "",
) -> Response:
    """Keep an officer's verdict on an answer of the sample."""
    shown = found_answer(service, desk, answer_id)
    if shown is None:
        raise HTTPException(404, "Không có câu trả lời này ở đây.")
    if verdict not in set(Verdict):
        raise HTTPException(422, "Chọn một trong ba: đúng, đúng một phần, sai.")
    # somebody may have been quicker: then the next one is shown
    with contextlib.suppress(AlreadyJudgedError):
        service.questions.sample.judge(
            answer_id,
            f"commune:{shown.commune}",
            Verdict(verdict),
            note.strip(),
            desk.officer.username,
        )
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/review?done=1", 303)


@router.get("/staff/{area}/review/reported")
def reported(
    request: Request,
    desk: ReviewDesk,
    service: StaffDep,
    show: str = "open",
    reason: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """What residents called wrong, by the record that answered."""
    show = show if show in SHOWN else "open"
    found = [
        one
        for one in _reported(service, desk)
        if (show == "all" or bool(one.open) == (show == "open"))
        and (reason not in REASONS or reason == "" or reason in one.reasons)
    ]
    rows, kept = service.questions.limits.rows, {"show": show, "reason": reason}
    return render(
        request,
        "reported.html",
        desk=desk,
        rows=[(one, _titled(service, one)) for one in found[(page - 1) * rows : page * rows]],
        count=len(found),
        filters=kept,
        choices=SHOWN,
        reasons=REASONS,
        outcomes=OUTCOMES,
        page=page,
        pages=max(1, -(-len(found) // rows)),
        more=lambda number: urlencode({**kept, "page": number}),
    )


@router.get("/staff/{area}/review/reported/one")
def one_reported(
    request: Request,
    desk: ReviewDesk,
    service: StaffDep,
    subject: Annotated[str, Query(max_length=120)],
    done: str = "",
) -> Response:
    """Everything said against one record, with the answers as residents saw them."""
    found = _one(service, desk, subject)
    answers: list[ShownAnswer] = []
    for answer_id in dict.fromkeys(one.answer_id for one in found.reports):
        shown = found_answer(service, desk, answer_id) if len(answers) < _MOST_ANSWERS else None
        answers += [shown] if shown is not None else []
    kind = _kind(service, found)
    return render(
        request,
        "reported_one.html",
        desk=desk,
        reported=found,
        title=_titled(service, found),
        kind=kind.value if kind else "",
        answers=answers,
        reasons=REASONS,
        outcomes=OUTCOMES,
        revisions=_revisions(service, desk, found),
        communes={one.id: one.full_name for one in service.communes.communes()},
        names={one.username: one.name for one in service.accounts.listed()},
        said="Đã ghi cách xử lý. Có người báo nữa thì việc này mở lại." if done else "",
    )


@router.post("/staff/{area}/review/reported/one")
def settle(
    request: Request,
    desk: ReviewDesk,
    service: StaffDep,
    subject: Annotated[str, Form(max_length=120)],
    outcome: Annotated[str, Form(max_length=16)] = "",
    revision: Annotated[int, Form(ge=0)] = 0,
    note: Annotated[str, Form(max_length=_LONGEST_NOTE)] = "",
) -> Response:
    """Settle what was reported so far."""
    found = _one(service, desk, subject)
    if outcome not in set(ReportOutcome):
        raise HTTPException(422, "Chọn cách xử lý.")
    known = {number for number, _ in _revisions(service, desk, found)}
    if outcome == ReportOutcome.FIXED.value and revision and revision not in known:
        raise HTTPException(422, "Chọn một lần công bố của hồ sơ này.")
    service.questions.reported.settle(
        desk.area.scope,
        found.subject,
        ReportOutcome(outcome),
        desk.officer.username,
        note.strip(),
        revision if outcome == ReportOutcome.FIXED.value and revision else None,
    )
    base = request.scope.get("root_path", "")
    query = urlencode({"subject": found.subject, "done": 1})
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/review/reported/one?{query}", 303)


def open_reports(service: StaffService, desk: Desk) -> tuple[Reported, ...]:
    """What was reported of an area's answers and is not settled."""
    return tuple(one for one in _reported(service, desk) if one.open)


def _reported(service: StaffService, desk: Desk) -> tuple[Reported, ...]:
    above = {NATIONAL, *(f"province:{one.province}" for one in desk.area.communes)}
    if desk.area.scope == NATIONAL:
        above = {NATIONAL}
    return service.questions.reported.listed(
        tuple(sorted(above | set(desk.area.scopes))),
        desk.area.commune_ids,
        service.questions.limits.reported,
    )


def _one(service: StaffService, desk: Desk, subject: str) -> Reported:
    for one in _reported(service, desk):
        if one.subject == subject:
            return one
    raise HTTPException(404, "Không có gì được báo về mục này ở đây.")


def _kind(service: StaffService, reported: Reported) -> RecordKind | None:
    records = service.live.edition().catalogue.records
    found = (one for (name, _), one in records.items() if name == reported.record_id)
    record = next(found, None)
    if record is None:
        return None
    return RecordKind.GUIDE if isinstance(record, Guide) else RecordKind.PROCEDURE


def _titled(service: StaffService, reported: Reported) -> str:
    records = service.live.edition().catalogue.records
    titles = (one.title for (name, _), one in records.items() if name == reported.record_id)
    return next(titles, reported.reports[0].asked)


def _revisions(
    service: StaffService, desk: Desk, reported: Reported
) -> tuple[tuple[int, str], ...]:
    """The newest revisions of the record that answered: their number and their note."""
    kind = _kind(service, reported)
    if kind is None or reported.record_id is None:
        return ()
    scopes = dict.fromkeys(
        [
            *desk.area.scopes,
            *(f"province:{one.province}" for one in desk.area.communes),
            NATIONAL,
        ]
    )
    keys: list[Key] = [(kind.value, reported.record_id, scope) for scope in scopes]
    versions = [one for key in keys for one in service.versions.history(key)]
    newest = sorted(versions, key=lambda one: -one.revision.revision_id)[:10]
    return tuple((one.revision.revision_id, one.revision.note or "") for one in newest)
