"""The officers' queue of questions left by residents, and what is done with one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.answering.mask import mask_papers
from app.answering.office import hours_lines
from app.html import capital
from app.records.draft import DraftOrigin, DraftTooLargeError
from app.records.presence import Present
from app.records.reply_templates import ReplyTemplate
from app.records.ticket_code import read_code, shown
from app.records.tickets import (
    WAITING,
    Author,
    Ticket,
    TicketChangedError,
    TicketClosedError,
    TicketFilter,
    TicketState,
    UnknownTicketError,
)
from app.staff.access import Officer, Permission
from app.staff.answer_shown import found_answer
from app.staff.citing import Citable, citations_of, named, suggested
from app.staff.desk import allowed, may_in, province_of
from app.staff.presence import ago_words
from app.staff.question_drafts import begin_guide
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from app.staff.working_days import working_days_before
from knowledge_base.commune import Commune
from knowledge_base.record import CounterKind
from knowledge_base.section import day_words

router = APIRouter()

ReplyDesk = Annotated[Desk, Depends(allowed(Permission.REPLY))]
EditDesk = Annotated[Desk, Depends(allowed(Permission.EDIT))]
Short = Annotated[str, Form(max_length=200)]
Picks = Annotated[list[str] | None, Form(max_length=50)]

STATES = {
    TicketState.OPEN: ("Chờ trả lời", "warn"),
    TicketState.FORWARDED: ("Đã chuyển cơ quan khác", "note"),
    TicketState.ANSWERED: ("Đã trả lời", "good"),
    TicketState.CLOSED: ("Đã đóng", "note"),
}
VIEWS: Mapping[str, tuple[str, frozenset[TicketState]]] = {
    "waiting": ("Đang chờ", frozenset(TicketState(state) for state in WAITING)),
    "open": ("Chờ xã trả lời", frozenset({TicketState.OPEN})),
    "forwarded": ("Chờ cơ quan khác", frozenset({TicketState.FORWARDED})),
    "answered": ("Đã trả lời", frozenset({TicketState.ANSWERED})),
    "closed": ("Đã đóng", frozenset({TicketState.CLOSED})),
    "all": ("Tất cả", frozenset()),
    "moved": ("Đã chuyển xã khác", frozenset()),
}
ASSIGNED = {"": "Mọi người", "me": "Giao cho tôi", "nobody": "Chưa ai nhận"}
AGES = {
    "": "Mọi lúc",
    "late": "Quá hạn trả lời",
    "1": "Hơn 1 ngày",
    "3": "Hơn 3 ngày",
    "7": "Hơn 7 ngày",
}
_DONE = {
    "replied": "Đã gửi trả lời; người hỏi thấy ngay ở mã của mình.",
    "assigned": "Đã giao.",
    "moved": "Đã chuyển. Câu hỏi vẫn nằm ở mục “Đã chuyển xã khác” để theo dõi.",
    "forwarded": "Đã ghi nơi chuyển đến; người hỏi thấy tên cơ quan đó.",
    "closed": "Đã đóng câu hỏi.",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A reply as far as it is written."""

    text: str = ""
    office: str = ""
    picks: tuple[str, ...] = ()
    find: str = ""
    """Words to find further records by."""
    template: str = ""
    seen: int = 0
    """How many messages the officer has seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in the queue."""

    ticket: Ticket
    late: bool


@router.get("/staff/{area}/tickets")
def queue(
    request: Request,
    desk: ReplyDesk,
    service: StaffDep,
    view: str = "waiting",
    commune: str = "",
    assigned: str = "",
    age: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The tickets of an area, the longest waiting first."""
    store, limits = service.questions.tickets, service.questions.limits
    view = view if view in VIEWS else "waiting"
    age = age if age in AGES else ""
    now = service.now()
    overdue = working_days_before(now, limits.reply_days)
    before = overdue if age == "late" else now - timedelta(days=int(age)) if age else None
    communes = (commune,) if commune in desk.area.commune_ids else desk.area.commune_ids
    wanted = TicketFilter(
        communes,
        VIEWS[view][1],
        {"me": desk.officer.username, "nobody": ""}.get(assigned),
        before,
        q,
        moved=view == "moved",
    )
    found = store.listed(wanted, (page - 1) * limits.rows, limits.rows)
    kept = {"view": view, "commune": commune, "assigned": assigned, "age": age, "q": q}
    pages = max(1, -(-found.count // limits.rows))
    return render(
        request,
        "tickets.html",
        desk=desk,
        rows=[
            Row(one, one.waiting_since is not None and one.waiting_since < overdue)
            for one in found.tickets
        ],
        count=found.count,
        waiting=store.count_waiting(communes),
        overdue=store.count_waiting(communes, overdue),
        reply_days=limits.reply_days,
        views=VIEWS,
        assigned_choices=ASSIGNED,
        ages=AGES,
        filters=kept,
        names=_officer_names(service),
        states=STATES,
        shown=shown,
        communes={one.id: one.full_name for one in service.communes.communes()},
        page=page,
        pages=pages,
        more=lambda number: urlencode({**kept, "page": number}),
        late_link=urlencode({"view": "waiting", "commune": commune, "age": "late"}),
    )


@router.get("/staff/{area}/tickets/{code}")
def one_ticket(
    request: Request, code: str, desk: ReplyDesk, service: StaffDep, done: str = ""
) -> Response:
    """A ticket, what came before it, and the form of a reply."""
    ticket = ticket_here(service, desk, code, sent_on=True)
    written = Written(office=_offices(service, ticket)[0], seen=len(ticket.messages))
    return _page(request, desk, service, ticket, written, said=_DONE.get(done, ""))


@router.post("/staff/{area}/tickets/{code}/reply")
def write_reply(
    request: Request,
    code: str,
    desk: ReplyDesk,
    service: StaffDep,
    step: Short = "preview",
    text: Annotated[str, Form(max_length=20_000)] = "",
    office: Short = "",
    find: Short = "",
    template: Short = "",
    seen: Annotated[int, Form(ge=0)] = 0,
    cite: Picks = None,
) -> Response:
    """One step of writing a reply: take a template, find records, look at it, send it."""
    ticket = ticket_here(service, desk, code)
    if ticket.state is TicketState.CLOSED:
        raise HTTPException(409, f"{TicketClosedError()} Chưa gửi gì.")
    offices = _offices(service, ticket)
    office = office if office in offices else offices[0]
    written = Written(text.strip(), office, tuple(cite or ()), find, template, seen)
    if step == "template":
        return _page(request, desk, service, ticket, _with_template(service, desk, ticket, written))
    if step in ("find", "edit"):
        return _page(request, desk, service, ticket, written)
    limit = service.questions.limits.reply_chars
    if not 1 <= len(written.text) <= limit:
        words = f"Lời trả lời phải có từ 1 đến {limit} ký tự; đang có {len(written.text)}."
        return _page(request, desk, service, ticket, written, error=words)
    if "[điền " in written.text:
        words = "Trong lời trả lời còn chỗ “[điền …]” chưa viết."
        return _page(request, desk, service, ticket, written, error=words)
    written = replace(written, text=mask_papers(written.text))  # as it is kept, and so looked at
    if len(ticket.messages) > seen:
        return _changed(request, desk, service, ticket, written)
    if step != "send":
        return _page(request, desk, service, ticket, written, preview=True)
    citations = citations_of(service.live.edition(), ticket.commune, written.picks)
    try:
        service.questions.tickets.reply(
            ticket.code,
            written.text,
            written.office,
            citations,
            by=desk.officer.username,
            seen=seen,
        )
    except TicketChangedError as error:
        return _changed(request, desk, service, error.ticket, written)
    except (TicketClosedError, UnknownTicketError) as error:
        raise HTTPException(409, f"{error} Chưa gửi gì.") from error
    return _go(request, desk, ticket, "replied")


@router.post("/staff/{area}/tickets/{code}/assign")
def assign(
    request: Request, code: str, desk: ReplyDesk, service: StaffDep, to: Short = ""
) -> Response:
    """Give a ticket to a colleague, to oneself, or to nobody."""
    ticket = ticket_here(service, desk, code)
    if to and to not in {one.username for one in _colleagues(service, ticket)}:
        raise HTTPException(422, "Người này không trả lời câu hỏi ở xã này.")
    _act(lambda: service.questions.tickets.assign(code, to or None, by=desk.officer.username))
    return _go(request, desk, ticket, "assigned")


@router.post("/staff/{area}/tickets/{code}/forward")
def forward(
    request: Request,
    code: str,
    desk: ReplyDesk,
    service: StaffDep,
    commune: Short = "",
    office: Short = "",
) -> Response:
    """Send a ticket to another commune of the deployment, or to another office."""
    ticket = ticket_here(service, desk, code)
    tickets, by = service.questions.tickets, desk.officer.username
    if commune:
        if service.communes.commune(commune) is None or commune == ticket.commune:
            raise HTTPException(422, "Chọn một xã khác.")
        _act(lambda: tickets.move(code, commune, by=by))
        return _go(request, desk, ticket, "moved")
    name = " ".join(office.split())
    if not any(character.isalpha() for character in name):
        raise HTTPException(422, "Chọn một xã, hoặc ghi tên cơ quan nhận.")
    _act(lambda: tickets.forward(code, name, by=by))
    return _go(request, desk, ticket, "forwarded")


@router.post("/staff/{area}/tickets/{code}/close")
def close(request: Request, code: str, desk: ReplyDesk, service: StaffDep) -> Response:
    """End a ticket; the resident still reads it until it is deleted."""
    ticket = ticket_here(service, desk, code)
    _act(lambda: service.questions.tickets.close(code, by=desk.officer.username))
    return _go(request, desk, ticket, "closed")


@router.post("/staff/{area}/tickets/{code}/draft")
def make_draft(
    request: Request,
    code: str,
    desk: EditDesk,
    service: StaffDep,
    message: Annotated[int, Form(ge=0)],
) -> Response:
    """Make a draft of a guide from a reply; it opens in the form of drafts."""
    ticket = ticket_here(service, desk, code)
    chosen = ticket.messages[message] if message < len(ticket.messages) else None
    if chosen is None or chosen.author is not Author.OFFICER:
        raise HTTPException(422, "Chọn một lời trả lời của cán bộ.")
    commune = _commune(service, ticket)
    asked = [ticket.question]
    asked += [one.text for one in ticket.messages[:message] if one.author is Author.RESIDENT]
    gaps = service.questions.gaps
    since = service.now() - timedelta(days=service.questions.limits.gap_days)
    asked += gaps.alike(ticket.question, (ticket.commune,), since)
    try:
        draft = begin_guide(
            service,
            scope=f"commune:{ticket.commune}",
            office=chosen.office or capital(commune.full_name),
            questions=asked,
            answer=chosen.text,
            citations=chosen.citations,
            origin=DraftOrigin.TICKET,
            ref=ticket.code,
            today=service.now().date(),
            by=desk.officer.username,
        )
    except DraftTooLargeError as error:
        raise HTTPException(413, str(error)) from error
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/drafts/{draft.id}", 303)


def ticket_here(service: StaffService, desk: Desk, code: str, *, sent_on: bool = False) -> Ticket:
    """The ticket with a code, of this area.

    Args:
        service: the collaborators.
        desk: who asks.
        code: as it stands in the address.
        sent_on: whether one that the area sent on to another commune may be looked at.
    """
    ticket = service.questions.tickets.find(code) if read_code(code) else None
    if ticket is not None and ticket.commune in desk.area.commune_ids:
        return ticket
    if ticket is not None and sent_on and set(ticket.moved_from) & set(desk.area.commune_ids):
        return ticket
    raise HTTPException(404, "Không có câu hỏi mang mã này ở đây, hoặc đã quá hạn lưu giữ.")


def places_of(service: StaffService, commune: Commune) -> dict[str, str]:
    """What fills the places of a template, as far as it is known of a commune."""
    counter = commune.counter(CounterKind.ONE_STOP)
    hours = counter.opening_hours if counter else None
    return {
        "xã": capital(commune.full_name),
        "nơi tiếp nhận": counter.name if counter else "",
        "địa chỉ": counter.address.text if counter and counter.address else "",
        "điện thoại": counter.telephone.text if counter and counter.telephone else "",
        "giờ làm việc": "; ".join(hours_lines(hours)) if hours else "",
        "hôm nay": day_words(service.now().date()),
    }


def _page(
    request: Request,
    desk: Desk,
    service: StaffService,
    ticket: Ticket,
    written: Written,
    *,
    preview: bool = False,
    said: str = "",
    error: str = "",
    newer: int | None = None,
) -> Response:
    own = ticket.commune in desk.area.commune_ids
    questions = service.questions
    others: tuple[Present, ...] = ()
    if own:
        minutes = questions.limits.presence_minutes
        others = questions.tickets.others_at(ticket.code, desk.officer.username, minutes)
        questions.tickets.seen(ticket.code, desk.officer.username)
    edition = service.live.edition()
    citables: list[Citable] = []
    if own and not preview and ticket.state is not TicketState.CLOSED:
        asked = [one.text for one in ticket.messages if one.author is Author.RESIDENT]
        found = [*named(edition, ticket.commune, written.find)]
        for question in (*asked[-1:], ticket.question):
            found += suggested(service.live, question, ticket.commune)
        citables = list({one.record.id: one for one in found}.values())
        known = {one.record.id for one in citables}
        picked = dict.fromkeys(pick.partition("#")[0] for pick in written.picks)
        records = edition.scope(ticket.commune).records
        citables += [
            one
            for record_id in picked
            if record_id not in known and record_id in records
            for one in named(edition, ticket.commune, records[record_id].title)
            if one.record.id == record_id
        ]
    commune = _commune(service, ticket)
    names = _officer_names(service)
    drafts = service.drafts.of_origin(DraftOrigin.TICKET, ticket.code)
    waits = TicketFilter(desk.area.commune_ids, VIEWS["waiting"][1])
    others_wait = [
        one.code for one in questions.tickets.listed(waits, 0, 2).tickets if one.code != ticket.code
    ]
    return render(
        request,
        "ticket.html",
        desk=desk,
        ticket=ticket,
        own=own,
        commune=commune,
        code=shown(ticket.code),
        state=STATES[ticket.state],
        late=ticket.waiting_since is not None
        and ticket.waiting_since < working_days_before(service.now(), questions.limits.reply_days),
        answer=found_answer(service, desk, ticket.answer_id) if ticket.answer_id else None,
        written=written,
        preview=preview,
        cited=citations_of(edition, ticket.commune, written.picks),
        citables=citables,
        templates=_templates(service, desk, ticket),
        offices=_offices(service, ticket),
        colleagues=_colleagues(service, ticket),
        communes=[one for one in service.communes.communes() if one.id != ticket.commune],
        commune_names={one.id: one.full_name for one in service.communes.communes()},
        names=names,
        others=[
            f"{names.get(one.officer, one.officer)} ({ago_words(one.seen_at, service.now())})"
            for one in others
        ],
        drafts=drafts,
        waiting=questions.tickets.count_waiting(desk.area.commune_ids),
        next_code=others_wait[0] if others_wait else "",
        may_edit=may_in(service, desk.officer, Permission.EDIT, desk.area.scope),
        may_pin=may_in(service, desk.officer, Permission.PIN, desk.area.scope),
        said=said,
        error=error,
        newer=newer,
        limit=questions.limits.reply_chars,
        status=409 if newer is not None else 422 if error else 200,
    )


def _changed(
    request: Request, desk: Desk, service: StaffService, ticket: Ticket, written: Written
) -> Response:
    """What was written meanwhile, above the reply that was not sent."""
    now_seen = replace(written, seen=len(ticket.messages))
    return _page(request, desk, service, ticket, now_seen, newer=written.seen)


def _with_template(service: StaffService, desk: Desk, ticket: Ticket, written: Written) -> Written:
    chosen = next(
        (one for one in _templates(service, desk, ticket) if one.key == written.template), None
    )
    if chosen is None:
        return written
    filled = chosen.filled(places_of(service, _commune(service, ticket)))
    text = f"{written.text}\n{filled}" if written.text else filled
    return replace(written, text=text, template="")


def _templates(service: StaffService, desk: Desk, ticket: Ticket) -> tuple[ReplyTemplate, ...]:
    commune = _commune(service, ticket)
    return service.questions.templates.listed((*commune.scopes, desk.area.scope))


def _offices(service: StaffService, ticket: Ticket) -> tuple[str, ...]:
    """What a reply may be signed with: the commune or one of its counters, never a person."""
    commune = _commune(service, ticket)
    names = [capital(commune.full_name), *(counter.name for counter in commune.counters)]
    return tuple(dict.fromkeys(names))


def _commune(service: StaffService, ticket: Ticket) -> Commune:
    commune = service.communes.commune(ticket.commune)
    if commune is None:
        raise HTTPException(404, "Xã của câu hỏi này đã tắt.")
    return commune


def _colleagues(service: StaffService, ticket: Ticket) -> tuple[Officer, ...]:
    """The officers who may reply to a ticket."""
    scope = f"commune:{ticket.commune}"
    province = province_of(service, scope)
    found = (
        Officer(one.id, one.username, one.name, one.role, one.bound_to)
        for one in service.accounts.listed()
        if not one.blocked
    )
    return tuple(one for one in found if one.may(Permission.REPLY, scope, province))


def _officer_names(service: StaffService) -> dict[str, str]:
    return {one.username: one.name for one in service.accounts.listed()}


def _act(change: Callable[[], Ticket]) -> None:
    try:
        change()
    except (TicketClosedError, UnknownTicketError) as error:
        raise HTTPException(409, f"{error} Chưa đổi gì.") from error


def _go(request: Request, desk: Desk, ticket: Ticket, done: str) -> Response:
    base = request.scope.get("root_path", "")
    path = f"{base}/staff/{desk.area.scope}/tickets/{ticket.code}?done={done}"
    return RedirectResponse(f"{path}#noi-dung", 303)  # or the form's own place would be gone to
