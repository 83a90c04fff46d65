"""What an area's residents are told of its offices: days off, notices, the assistant's switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response

from app.answering.answer import Language
from app.answering.office import describe
from app.records.closures import Closure, NewClosure, UnknownClosureError, WrongClosureError
from app.records.notices import Level, NewNotice, UnknownNoticeError, WrongNoticeError
from app.records.switches import NoReasonError
from app.staff.access import Permission
from app.staff.commune_form import (
    DAY_NAMES,
    lacking,
    missing,
)
from app.staff.desk import allowed
from app.staff.draft_desk import STATE_WORDS
from app.staff.posting import to
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.commune import Weekday
from knowledge_base.day import VIETNAM
from knowledge_base.holidays import LAST_YEAR, SpecialDay, holidays_of
from knowledge_base.record import NATIONAL, RecordKind

router = APIRouter()

OfficeDesk = Annotated[Desk, Depends(allowed(Permission.PLACES))]
Text = Annotated[str, Form()]

_A_PAGE = 100
_YEAR = timedelta(days=365)
LEVEL_NAMES = {
    Level.NOTE: "Thông báo",
    Level.WARNING: "Cảnh báo",
    Level.DANGER: "Khẩn cấp",
}
_NO_CLOSURE = dict.fromkeys(("first_day", "last_day", "words", "english", "works_as"), "")
_NO_NOTICE = {
    "level": Level.WARNING.value,
    **dict.fromkeys(("words", "english", "starts_at", "ends_at"), ""),
}
_SAID = {
    "closure": "Đã ghi ngày nghỉ. Trang của bà con đã theo lịch mới.",
    "removed": "Đã bỏ ngày nghỉ.",
    "restored": "Đã lấy lại ngày nghỉ.",
    "notice": "Thông báo đã đăng.",
    "ended": "Thông báo đã gỡ.",
    "off": "Trợ lý đã tạm dừng. Trang còn danh mục, nơi làm việc, điện thoại và hỏi cán bộ.",
    "on": "Trợ lý đã chạy lại.",
    "late": "Đã công bố, nhưng bà con còn thấy bản cũ; bản mới hiện ra ngay khi chỉ mục làm được.",
    "published": "Đã công bố. Bà con thấy thông tin mới ngay từ câu trả lời kế tiếp.",
}


@router.get("/staff/{area}/office")
def overview(
    request: Request,
    desk: OfficeDesk,
    service: StaffDep,
    said: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """What is announced, when it is closed, and the counters or the communes of an area."""
    return _overview(request, service, desk, said=_SAID.get(said, ""), page=page)


@router.post("/staff/{area}/office/closures")
def add_closure(
    request: Request,
    desk: OfficeDesk,
    service: StaffDep,
    first_day: Text = "",
    last_day: Text = "",
    words: Text = "",
    english: Text = "",
    works_as: Text = "",
) -> Response:
    """Keep days on which the weekly hours do not hold."""
    entered = {
        "first_day": first_day,
        "last_day": last_day,
        "words": words,
        "english": english,
        "works_as": works_as,
    }
    try:
        first = _day(first_day)
        new = NewClosure(
            desk.area.scope,
            first,
            _day(last_day) if last_day else first,
            words,
            english or None,
            Weekday(works_as) if works_as in set(Weekday) else None,
        )
        service.local.closures.add(new, desk.officer.username)
    except WrongClosureError as error:
        return _overview(request, service, desk, error=str(error), closure=entered)
    return _to(request, desk, "closure#ngay-nghi")


@router.post("/staff/{area}/office/closures/{closure_id}/remove")
def remove_closure(
    request: Request, closure_id: int, desk: OfficeDesk, service: StaffDep
) -> Response:
    """Take days back."""
    try:
        service.local.closures.remove(closure_id, [desk.area.scope], desk.officer.username)
    except UnknownClosureError as error:
        raise HTTPException(404, str(error)) from error
    return _to(request, desk, "removed#ngay-nghi")


@router.post("/staff/{area}/office/closures/{closure_id}/restore")
def restore_closure(
    request: Request, closure_id: int, desk: OfficeDesk, service: StaffDep
) -> Response:
    """Undo taking days back."""
    try:
        service.local.closures.restore(closure_id, [desk.area.scope], desk.officer.username)
    except UnknownClosureError as error:
        raise HTTPException(404, str(error)) from error
    return _to(request, desk, "restored#ngay-nghi")


@router.post("/staff/{area}/office/notices")
def add_notice(
    request: Request,
    desk: OfficeDesk,
    service: StaffDep,
    level: Annotated[Level, Form()] = Level.WARNING,
    words: Text = "",
    english: Text = "",
    starts_at: Text = "",
    ends_at: Text = "",
    step: Text = "preview",
) -> Response:
    """Show a notice as residents will see it; when it is agreed to, show it to them."""
    entered = {
        "level": level.value,
        "words": words,
        "english": english,
        "starts_at": starts_at,
        "ends_at": ends_at,
    }
    if step == "edit":
        return _overview(request, service, desk, notice=entered)
    try:
        new = NewNotice(
            desk.area.scope,
            level,
            words,
            english or None,
            _moment(starts_at) if starts_at else service.now(),
            _moment(ends_at),
        )
        fit = service.local.notices.checked(new)
        if step != "publish":
            return _overview(request, service, desk, notice=entered, preview=fit)
        service.local.notices.add(new, desk.officer.username)
    except WrongNoticeError as error:
        return _overview(request, service, desk, error=str(error), notice=entered)
    return _to(request, desk, "notice")


@router.post("/staff/{area}/office/notices/{notice_id}/end")
def end_notice(request: Request, notice_id: int, desk: OfficeDesk, service: StaffDep) -> Response:
    """Stop showing a notice."""
    try:
        service.local.notices.end(notice_id, [desk.area.scope], desk.officer.username)
    except UnknownNoticeError as error:
        raise HTTPException(404, str(error)) from error
    return _to(request, desk, "ended")


@router.post("/staff/{area}/office/switch")
def turn(
    request: Request,
    desk: OfficeDesk,
    service: StaffDep,
    to: Text = "",
    reason: Text = "",
    english: Text = "",
) -> Response:
    """Turn the assistant of the area off, with a reason, or back on."""
    switches, by = service.local.switches, desk.officer.username
    if to == "on":
        switches.turn_on(desk.area.scope, by)
        return _to(request, desk, "on")
    try:
        switches.turn_off(desk.area.scope, reason, english or None, by)
    except NoReasonError as error:
        return _overview(request, service, desk, error=str(error), reason=reason)
    return _to(request, desk, "off")


def _overview(
    request: Request,
    service: StaffService,
    desk: Desk,
    *,
    said: str = "",
    error: str = "",
    page: int = 1,
    closure: Mapping[str, str] | None = None,
    notice: Mapping[str, str] | None = None,
    preview: NewNotice | None = None,
    reason: str = "",
) -> Response:
    local, area, moment = service.local, desk.area, service.now()
    scopes = _around(desk)
    closures = local.closures.listed(scopes)
    commune = area.commune
    by_lack = sorted(area.communes, key=lambda one: (-lacking(one), one.name))
    calendar = local.closures.calendar(commune) if commune else None
    off = {one.scope: one for one in local.switches.of([*scopes, *area.scopes])}
    return render(
        request,
        "office.html",
        desk=desk,
        status=422 if error else 200,
        commune=commune,
        offices=[describe(one, moment, Language.VI, calendar) for one in commune.counters]
        if commune and calendar
        else [],
        missing=missing(commune) if commune else (),
        communes=[
            (one, missing(one), off.get(f"commune:{one.id}"))
            for one in by_lack[(page - 1) * _A_PAGE : page * _A_PAGE]
        ]
        if not commune
        else [],
        lacking=sum(1 for one in area.communes if lacking(one)),
        page=page,
        pages=-(-len(area.communes) // _A_PAGE),
        closures=closures,
        holidays=_holidays(moment.date()),
        unsure=_unsure(moment.date(), closures),
        notices=local.notices.listed(scopes),
        moment=moment,
        levels=LEVEL_NAMES,
        most_characters=local.notices.most_characters,
        off=[off[scope] for scope in scopes if scope in off],
        said=said,
        error=error,
        days=DAY_NAMES,
        closure=closure or _NO_CLOSURE,
        notice=notice or _NO_NOTICE,
        preview=preview,
        reason=reason,
        drafts=[
            draft
            for draft in service.drafts.listed(desk.area.scopes)
            if draft.kind is RecordKind.COMMUNE
        ],
        draft_states=STATE_WORDS,
        local_moment=lambda utc: utc.astimezone(VIETNAM),
    )


def _around(desk: Desk) -> tuple[str, ...]:
    """The scopes whose days, notices and switch hold in the whole area."""
    area = desk.area
    if area.commune:
        return area.commune.scopes
    return (NATIONAL,) if area.scope == NATIONAL else (NATIONAL, area.scope)


def _holidays(day: date) -> list[tuple[date, SpecialDay]]:
    """The public holidays of the coming year that are working days otherwise."""
    years = [year for year in (day.year, day.year + 1) if year <= LAST_YEAR]
    return [
        (one, special)
        for year in years
        for one, special in holidays_of(year).items()
        if day <= one <= day + _YEAR and one.weekday() < 6
    ]


def _unsure(day: date, closures: Sequence[Closure]) -> list[tuple[date, SpecialDay]]:
    """The days of which nobody has said yet whether counters are closed."""
    told = [one.entered for one in closures if not one.removed]
    return [
        (one, special)
        for one, special in _holidays(day)
        if not special.certain
        and not any(entered.first_day <= one <= entered.last_day for entered in told)
    ]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongClosureError("Chọn ngày nghỉ.") from None


def _moment(text: str) -> datetime:
    """A moment of a form, in the time of every commune."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    except ValueError:
        raise WrongNoticeError("Chọn ngày, giờ hết của thông báo.") from None


def _to(request: Request, desk: Desk, said: str) -> Response:
    return to(request, desk, f"/office?said={said}")
