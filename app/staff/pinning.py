"""Answers that officers pin to a question: listed, made, changed, taken away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.answering.answer import Citation
from app.answering.pins import changed
from app.html import capital
from app.records.gaps import GapDecision
from app.records.pins import KeptPin, NewPin, PinChangedError
from app.records.question_log import folded
from app.staff.access import Permission
from app.staff.answer_shown import found_answer
from app.staff.citing import Citable, citations_of, named, picks_of, suggested
from app.staff.desk import MOST_NUMBER, allowed
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.tickets import ticket_here
from app.staff.view import render
from knowledge_base.record import NATIONAL

router = APIRouter()

PinDesk = Annotated[Desk, Depends(allowed(Permission.PIN))]
Text = Annotated[str, Form(max_length=20_000)]
Short = Annotated[str, Form(max_length=300)]
Picks = Annotated[list[str] | None, Form(max_length=50)]
Version = Annotated[int, Form(ge=0, le=MOST_NUMBER)]

_MOST_PINS = 500
_DONE = {
    "pinned": "Đã ghim. Câu hỏi đúng như vậy được trả lời bằng câu này ngay từ bây giờ.",
    "ended": "Đã gỡ câu ghim.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A pin as far as it is written."""

    question: str = ""
    text: str = ""
    picks: tuple[str, ...] = ()
    own_word: bool = False
    last_day: str = ""
    find: str = ""


@dataclass(frozen=True, slots=True)
class PinShown:
    """A pin in the list."""

    kept: KeptPin
    changed: tuple[Citation, ...]
    """What it cites that does not stand there any more: it is not shown until that is settled."""
    over: bool


@router.get("/staff/{area}/pins")
def pins(
    request: Request,
    desk: PinDesk,
    service: StaffDep,
    show: str = "",
    done: str = "",
) -> Response:
    """The pins of an area: in force, those that end first before the others, then those over."""
    ended, today = show == "ended", service.now().date()
    found = service.questions.pins.listed(desk.area.scopes, today, ended=ended, count=_MOST_PINS)
    return render(
        request,
        "pins.html",
        desk=desk,
        pins=[_shown(service, desk, one, today) for one in found],
        show=show,
        names={one.username: one.name for one in service.accounts.listed()},
        said=_DONE.get(done, ""),
    )


@router.get("/staff/{area}/pins/new")
def new_pin(
    request: Request,
    desk: PinDesk,
    service: StaffDep,
    question: Annotated[str, Query(max_length=2000)] = "",
    ticket: Annotated[str, Query(max_length=40)] = "",
    message: Annotated[int, Query(ge=0)] = 0,
    answer: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The form of a new pin: empty, or from a ticket's reply, or from an answer."""
    typed = Typed(question=question, last_day=_default_day(service).isoformat())
    if ticket:
        found = ticket_here(service, desk, ticket)
        reply = found.messages[message] if message < len(found.messages) else None
        edition = service.live.edition()
        citations = reply.citations if reply else ()
        typed = Typed(
            found.question,
            reply.text if reply else "",
            picks_of(edition, found.commune, citations),
            own_word=reply is not None and not citations,
            last_day=typed.last_day,
        )
    elif answer and (shown := found_answer(service, desk, answer)) is not None:
        typed = Typed(shown.answer.asked, last_day=typed.last_day)
    return _form(request, desk, service, typed)


@router.post("/staff/{area}/pins")
def make_pin(
    request: Request,
    desk: PinDesk,
    service: StaffDep,
    question: Text = "",
    text: Text = "",
    last_day: Short = "",
    find: Short = "",
    step: Short = "",
    own_word: Short = "",
    cite: Picks = None,
) -> Response:
    """Pin an answer to a question."""
    typed = Typed(
        " ".join(question.split()), text.strip(), tuple(cite or ()), bool(own_word), last_day, find
    )
    if step == "find":
        return _form(request, desk, service, typed)
    error = _wrong(service, desk, typed)
    if error:
        return _form(request, desk, service, typed, error=error)
    by, today = desk.officer.username, service.now().date()
    pin_id = service.questions.pins.pin(_new(service, desk, typed), by, today)
    _settle_gap(service, desk, typed.question, pin_id, by)
    return _go(request, desk, "pinned")


@router.get("/staff/{area}/pins/{pin_id}")
def one_pin(request: Request, pin_id: int, desk: PinDesk, service: StaffDep) -> Response:
    """The form of a pin that is there."""
    kept = _kept(service, desk, pin_id)
    edition, commune = service.live.edition(), _commune(desk)
    typed = Typed(
        kept.pin.question,
        kept.pin.text,
        picks_of(edition, commune, kept.pin.citations),
        not kept.pin.citations,
        kept.pin.last_day.isoformat(),
    )
    return _form(request, desk, service, typed, kept=kept)


@router.post("/staff/{area}/pins/{pin_id}")
def change_pin(
    request: Request,
    pin_id: int,
    desk: PinDesk,
    service: StaffDep,
    version: Version,
    text: Text = "",
    last_day: Short = "",
    find: Short = "",
    step: Short = "",
    own_word: Short = "",
    cite: Picks = None,
) -> Response:
    """Write a pin anew; its question stays."""
    kept = _kept(service, desk, pin_id)
    typed = Typed(
        kept.pin.question, text.strip(), tuple(cite or ()), bool(own_word), last_day, find
    )
    if step == "find":
        return _form(request, desk, service, typed, kept=kept)
    error = _wrong(service, desk, typed)
    if error:
        return _form(request, desk, service, typed, kept=kept, error=error)
    by, today = desk.officer.username, service.now().date()
    try:
        service.questions.pins.change(pin_id, _new(service, desk, typed), by, today, version)
    except PinChangedError as problem:
        return _form(request, desk, service, typed, kept=kept, error=str(problem), status=409)
    return _go(request, desk, "pinned")


@router.post("/staff/{area}/pins/{pin_id}/end")
def end_pin(
    request: Request,
    pin_id: int,
    desk: PinDesk,
    service: StaffDep,
    version: Version,
) -> Response:
    """Take a pin away; the records answer again from the next question on."""
    _kept(service, desk, pin_id)
    try:
        service.questions.pins.end(pin_id, desk.officer.username, version)
    except PinChangedError as error:
        raise HTTPException(409, str(error)) from error
    return _go(request, desk, "ended")


def _form(
    request: Request,
    desk: Desk,
    service: StaffService,
    typed: Typed,
    *,
    kept: KeptPin | None = None,
    error: str = "",
    status: int = 0,
) -> Response:
    edition, commune = service.live.edition(), _commune(desk)
    found = [*named(edition, commune, typed.find), *_picked(service, commune, typed.picks)]
    if typed.question:
        found += suggested(service.live, typed.question, commune)
    limits = service.questions.limits
    return render(
        request,
        "pin.html",
        desk=desk,
        typed=typed,
        kept=kept,
        gone=changed(kept.pin.citations, edition, commune) if kept else (),
        citables=list({one.record.id: one for one in found}.values()),
        office=capital(desk.area.name),
        error=error,
        limit=limits.reply_chars,
        question_chars=limits.question_chars,
        first_day=service.now().date().isoformat(),
        longest=_longest_day(service).isoformat(),
        longest_day=_longest_day(service),
        status=status or (422 if error else 200),
    )


def _picked(service: StaffService, commune: str, picks: tuple[str, ...]) -> list[Citable]:
    edition = service.live.edition()
    records = edition.scope(commune).records
    ids = dict.fromkeys(pick.partition("#")[0] for pick in picks)
    return [
        one
        for record_id in ids
        if record_id in records
        for one in named(edition, commune, records[record_id].title)
        if one.record.id == record_id
    ]


def _wrong(service: StaffService, desk: Desk, typed: Typed) -> str:
    """What keeps a pin from being made; empty for nothing."""
    limits = service.questions.limits
    if not folded(typed.question) or len(typed.question) > limits.question_chars:
        return f"Câu hỏi cần có chữ và không quá {limits.question_chars} ký tự."
    if not 1 <= len(typed.text) <= limits.reply_chars:
        return f"Câu trả lời phải có từ 1 đến {limits.reply_chars} ký tự."
    citations = citations_of(service.live.edition(), _commune(desk), typed.picks)
    if not citations and not typed.own_word:
        return "Chọn căn cứ từ hồ sơ đã công bố, hoặc đánh dấu đây là lời của cơ quan."
    if citations and typed.own_word:
        return "Đã chọn căn cứ thì bỏ dấu “lời của cơ quan”, hoặc ngược lại."
    try:
        last = date.fromisoformat(typed.last_day)
    except ValueError:
        return "Ghi ngày cuối còn hiệu lực."
    if not service.now().date() <= last <= _longest_day(service):
        return f"Ngày cuối từ hôm nay đến nhiều nhất {limits.pin_days_max} ngày nữa."
    return ""


def _new(service: StaffService, desk: Desk, typed: Typed) -> NewPin:
    edition = service.live.edition()
    return NewPin(
        desk.area.scope,
        typed.question,
        typed.text,
        citations_of(edition, _commune(desk), typed.picks),
        capital(desk.area.name) if desk.area.scope != NATIONAL else "Cơ quan quản lý",
        date.fromisoformat(typed.last_day),
    )


def _settle_gap(service: StaffService, desk: Desk, question: str, pin_id: int, by: str) -> None:
    """A group of unanswered questions that holds this one is settled by the pin."""
    days = timedelta(days=service.questions.limits.gap_days)
    midnight = service.now().replace(hour=0, minute=0, second=0, microsecond=0)
    gaps, scope = service.questions.gaps, desk.area.scope
    for gap in gaps.listed(scope, desk.area.commune_ids, midnight - days):
        if any(one.key == folded(question) for one in gap.questions):
            gaps.decide(scope, gap, GapDecision.PINNED, by, ref=str(pin_id))


def _shown(service: StaffService, desk: Desk, kept: KeptPin, today: date) -> PinShown:
    gone = changed(kept.pin.citations, service.live.edition(), _commune(desk, kept.pin.scope))
    return PinShown(kept, gone, kept.pin.last_day < today)


def _kept(service: StaffService, desk: Desk, pin_id: int) -> KeptPin:
    kept = service.questions.pins.kept(pin_id)
    if kept is None or kept.pin.scope not in desk.area.scopes or kept.ended_at is not None:
        raise HTTPException(404, "Không có câu ghim này ở đây.")
    return kept


def _commune(desk: Desk, scope: str = "") -> str:
    """The commune whose records a pin of an area cites: its own, or the first of several."""
    wanted = (scope or desk.area.scope).removeprefix("commune:")
    ids = desk.area.commune_ids
    return wanted if wanted in ids else ids[0] if ids else ""


def _default_day(service: StaffService) -> date:
    limits = service.questions.limits
    days = min(limits.pin_days, limits.pin_days_max)
    return service.now().date() + timedelta(days=days)


def _longest_day(service: StaffService) -> date:
    return service.now().date() + timedelta(days=service.questions.limits.pin_days_max)


def _go(request: Request, desk: Desk, done: str) -> Response:
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/pins?done={done}", 303)
