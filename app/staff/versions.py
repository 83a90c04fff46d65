"""Every version of a record: who changed what when, level by level, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response

from app.records.jobs import JobsFullError
from app.records.publishing import (
    NotYetShownError,
    Standing,
    UnknownRevisionError,
    Version,
)
from app.staff.access import Permission
from app.staff.desk import allowed, may_in
from app.staff.drafting import names_of
from app.staff.publish import effective, live_version, residents_of, title_of, to
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.trying import (
    VERDICT_LOOKS,
    VERDICT_NAMES,
    Change,
    ProblemLine,
    begin_trial,
    last_trial,
    problem_lines,
)
from app.staff.view import render
from knowledge_base.catalogue import Body, ContentError, laid_over
from knowledge_base.difference import differences, field_label, field_names, in_words
from knowledge_base.labels import KIND_NAMES
from knowledge_base.record import NATIONAL, RecordKind, Scope, scope_rank
from knowledge_base.revisions import RELEASE, Key, RevisionState

router = APIRouter()

ReaderDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
PublisherDesk = Annotated[Desk, Depends(allowed(Permission.PUBLISH))]
Text = Annotated[str, Form()]
ScopeField = Annotated[Scope, Form()]

STANDING_NAMES = {
    Standing.LIVE: "đang dùng",
    Standing.SCHEDULED: "chờ ngày hiệu lực",
    Standing.PAST: "bản cũ",
    Standing.CANCELLED: "đã huỷ lịch",
    Standing.CONFLICT: "bản phát hành, xung đột",
}
STANDING_LOOKS = {Standing.LIVE: "good", Standing.SCHEDULED: "note", Standing.CONFLICT: "warn"}
_ONE_DAY = timedelta(days=1)
_LEFT_OUT = ("id", "scope", "sources")
"""Fields that the levels are not compared by."""


@dataclass(frozen=True, slots=True)
class Level:
    """A version of the record that holds at one level."""

    scope: str
    said: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LevelRow:
    """What each level says of one field."""

    label: str
    cells: tuple[tuple[str, ...], ...]
    """In the order of the levels; empty where a level says nothing of its own."""
    shown: int
    """The place of the level whose words residents read; -1 where several are joined."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change that an officer is about to make."""

    change: Change
    title: str
    action: str
    """Where the form goes, below the page of the versions."""
    fields: Mapping[str, str]
    """What it carries."""


@router.get("/staff/{area}/knowledge/{kind}/{record_id}/versions")
def versions(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: ReaderDesk,
    service: StaffDep,
    scope: Annotated[Scope | None, Query()] = None,
    a: int | None = None,
    b: int | None = None,
    done: str = "",
) -> Response:
    """Every version, two of them compared, and the levels side by side."""
    return _page(request, service, desk, (kind, record_id, scope), a=a, b=b, done=done)


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
    return _change_page(request, service, desk, key, revision, last_day)


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
    day = _day(from_day) if from_day else service.now().date()
    try:
        job = begin_trial(service, desk, wanted.change, day, wanted.title, back)
    except JobsFullError as error:
        return _change_page(request, service, desk, key, revision, last_day, str(error), 503)
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
    note: Text = "",
    seen: Text = "",
) -> Response:
    """Make an earlier version the one that residents read."""
    key = _own(service, desk, kind, record_id, scope)
    if refused := _refused(request, service, desk, key, revision, "", seen):
        return refused

    def act() -> None:
        service.publishing.undo(key, int(revision), desk.officer.username, note.strip())

    return _acted(request, service, desk, key, (revision, ""), act, "undone")


@router.post("/staff/{area}/knowledge/{kind}/{record_id}/versions/end")
def end(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    last_day: Text,
    note: Text = "",
    seen: Text = "",
) -> Response:
    """Withdraw the record after a day."""
    key = _own(service, desk, kind, record_id, scope)
    if refused := _refused(request, service, desk, key, "", last_day, seen):
        return refused

    def act() -> None:
        service.publishing.end(key, _day(last_day), desk.officer.username, note.strip())

    return _acted(request, service, desk, key, ("", last_day), act, "ended")


@router.post("/staff/{area}/knowledge/{kind}/{record_id}/versions/cancel")
def cancel(
    request: Request,
    kind: RecordKind,
    record_id: str,
    desk: PublisherDesk,
    service: StaffDep,
    scope: ScopeField,
    revision: Annotated[int, Form()],
) -> Response:
    """Call back what has not begun."""
    key = _own(service, desk, kind, record_id, scope)
    version = service.publishing.version(revision)
    if version is None or version.revision.body.key != key:
        raise HTTPException(404, "Hồ sơ này không có bản đó.")
    try:
        service.publishing.cancel(revision, desk.officer.username)
    except (ContentError, UnknownRevisionError) as error:
        return _page(request, service, desk, (kind, record_id, scope), error=str(error), status=409)
    return to(request, desk, f"{_path(key)}&done=cancelled")


def _path(key: Key) -> str:
    kind, record_id, scope = key
    return f"/knowledge/{kind}/{record_id}/versions?scope={scope}"


def _seen_scopes(service: StaffService, desk: Desk) -> tuple[str, ...]:
    """The scopes whose versions an area may look at: its own and those around it, widest first."""
    provinces = (f"province:{one.province}" for one in desk.area.communes)
    scopes = dict.fromkeys((NATIONAL, *provinces, *desk.area.scopes))
    return tuple(sorted(scopes, key=scope_rank))


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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise HTTPException(422, f"“{text}” không phải ngày. Viết như 2026-12-01.") from None


def _wanted(service: StaffService, key: Key, revision: str, last_day: str) -> Wanted:
    """The undo or the end that a form asks for.

    Raises:
        HTTPException: 404 for a version that the record never had, 422 for what is no date.
    """
    live = _live(service, key)
    if last_day:
        if live is None:
            raise HTTPException(404, "Hồ sơ này không có bản đang công bố.")
        title = f"Kết thúc sau ngày {_day(last_day):%-d/%-m/%Y}"
        return Wanted(
            Change(live.revision.body, withdrawn=True), title, "end", {"last_day": last_day}
        )
    version = service.publishing.version(int(revision)) if revision.isdigit() else None
    if version is None or version.revision.body.key != key:
        raise HTTPException(404, "Hồ sơ này không có bản đó.")
    withdrawn = version.revision.state is RevisionState.WITHDRAWN
    return Wanted(
        Change(version.revision.body, withdrawn=withdrawn),
        f"Hoàn lại bản {version.revision.revision_id}",
        "undo",
        {"revision": revision},
    )


def _live(service: StaffService, key: Key) -> Version | None:
    return live_version(service, Body(RecordKind(key[0]), key[1], key[2], {}, ""))


def _refused(
    request: Request,
    service: StaffService,
    desk: Desk,
    key: Key,
    revision: str,
    last_day: str,
    seen: str,
) -> Response | None:
    """The page again, where the questions were not tried or what got worse was not looked at."""
    tried = last_trial(service, desk, _wanted(service, key, revision, last_day).change)
    error = ""
    if tried is None:
        error = "Chạy thử các câu hỏi mẫu trước."
    elif tried.trial.worse and not seen:
        error = "Có câu trả lời kém đi. Xem các câu đó rồi đánh dấu là đã xem."
    if error:
        return _change_page(request, service, desk, key, revision, last_day, error, 409)
    return None


def _acted(
    request: Request,
    service: StaffService,
    desk: Desk,
    key: Key,
    asked: tuple[str, str],
    act: Any,
    done: str,
) -> Response:
    try:
        act()
    except ContentError as error:
        lines = problem_lines(error.problems, _wanted(service, key, *asked).change.body)
        return _change_page(request, service, desk, key, *asked, "", 422, lines)
    except UnknownRevisionError as error:
        return _change_page(request, service, desk, key, *asked, str(error), 409)
    except NotYetShownError:
        done = "late"
    return to(request, desk, f"{_path(key)}&done={done}")


def _change_page(
    request: Request,
    service: StaffService,
    desk: Desk,
    key: Key,
    revision: str,
    last_day: str,
    error: str = "",
    status: int = 200,
    problems: tuple[ProblemLine, ...] = (),
) -> Response:
    wanted = _wanted(service, key, revision, last_day)
    body, live = wanted.change.body, _live(service, key)
    wider = service.live.edition().catalogue.wider(body.kind, body.id, body.scope)
    before = laid_over(wider or {}, live.revision.body.data) if live is not None else wider
    after = wider if wanted.change.withdrawn else laid_over(wider or {}, body.data)
    today = service.now().date()
    return render(
        request,
        "version_change.html",
        desk=desk,
        status=status,
        error=error,
        problems=problems,
        wanted=wanted,
        title=title_of(effective(service, body), body.id),
        back=_path(key),
        path=f"/knowledge/{body.kind}/{body.id}/versions",
        scope=body.scope,
        fields={"scope": body.scope, **wanted.fields},
        differences=differences(before, after, kind=body.kind),
        tried=last_trial(service, desk, wanted.change),
        trial_day=max(today, _day(last_day) + _ONE_DAY) if last_day else today,
        verdicts=VERDICT_NAMES,
        looks=VERDICT_LOOKS,
    )


def _page(
    request: Request,
    service: StaffService,
    desk: Desk,
    named: tuple[RecordKind, str, str | None],
    *,
    a: int | None = None,
    b: int | None = None,
    done: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    kind, record_id, scope = named
    catalogue = service.live.edition().catalogue
    seen = _seen_scopes(service, desk)
    if kind is RecordKind.COMMUNE and record_id not in desk.area.commune_ids:
        raise HTTPException(404, "Xã này không thuộc nơi này.")
    bodies = {
        one.scope: one
        for one in catalogue.bodies
        if one.kind is kind and one.id == record_id and one.scope in seen
    }
    if scope is None:
        own = [one for one in bodies if one == desk.area.scope]
        scope = next(iter(own or sorted(bodies, key=scope_rank, reverse=True)), NATIONAL)
    history = service.publishing.history((kind.value, record_id, scope)) if scope in seen else ()
    if not history:
        raise HTTPException(404, "Hồ sơ này không có bản nào ở đây.")
    newest = history[0].revision.body
    compared = _compared(history, a, b)
    owner = newest.owner
    levels, rows = _levels(kind, bodies, desk.area.scope)
    return render(
        request,
        "versions.html",
        desk=desk,
        status=status,
        error=error,
        done=done,
        late=service.live.problem if done == "late" else None,
        title=title_of(effective(service, newest), record_id),
        kind=kind,
        kind_name=KIND_NAMES[kind],
        record_id=record_id,
        scope=scope,
        scopes=tuple(sorted({*bodies, scope}, key=scope_rank)),
        path=f"/knowledge/{kind}/{record_id}/versions",
        history=history,
        names=STANDING_NAMES,
        looks=STANDING_LOOKS,
        officers=names_of(service, *(one.revision.author for one in history)),
        release=RELEASE,
        withdrawn=RevisionState.WITHDRAWN,
        standing=Standing,
        compared=compared,
        differences=differences(
            None if compared[0] is None else _data_of(compared[0]),
            _data_of(compared[1]),
            kind=kind,
        ),
        may_change=owner in desk.area.scopes
        and may_in(service, desk.officer, Permission.PUBLISH, owner),
        is_live=any(
            one.standing is Standing.LIVE and one.revision.state is RevisionState.PUBLISHED
            for one in history
        ),
        today=service.now().date(),
        yesterday=service.now().date() - _ONE_DAY,
        levels=levels,
        level_rows=rows,
        residents=residents_of(service, request, newest) if done else None,
    )


def _data_of(version: Version) -> Mapping[str, Any] | None:
    """What a version says; None of one that withdraws the record."""
    revision = version.revision
    return None if revision.state is RevisionState.WITHDRAWN else revision.body.data


def _compared(
    history: tuple[Version, ...], a: int | None, b: int | None
) -> tuple[Version | None, Version]:
    """The two versions to compare: those asked for, or the one in use and the one before it.

    Raises:
        HTTPException: 404 for one that the record never had.
    """
    by_id = {one.revision.revision_id: one for one in history}
    if {a, b} - {None} - set(by_id):
        raise HTTPException(404, "Hồ sơ này không có bản đó.")
    live = next((one for one in history if one.standing is Standing.LIVE), history[0])
    after = by_id[b] if b is not None else live
    if a is not None:
        return by_id[a], after
    older = [one for one in history if one.revision.revision_id < after.revision.revision_id]
    return next((one for one in older if one.standing is Standing.PAST), None), after


def _levels(
    kind: RecordKind, bodies: Mapping[str, Body], area: str
) -> tuple[tuple[Level, ...], tuple[LevelRow, ...]]:
    """The versions of each level side by side, where there are several."""
    ordered = sorted(bodies.values(), key=lambda one: scope_rank(one.scope))
    if len(ordered) < 2:
        return (), ()
    merged: dict[str, Any] = {}
    levels = []
    for body in ordered:
        # a narrower version names the sources of the wider ones too
        merged = laid_over(merged, body.data)
        data = {**body.data, "sources": merged.get("sources", {})}
        levels.append(Level(body.scope, in_words(data, kind)))
    holding = [one for one in ordered if one.scope == area or scope_rank(one.scope) < 2]
    rows = []
    for name in field_names(kind, merged):
        cells = tuple(level.said.get(name, ()) for level in levels)
        if name in _LEFT_OUT or not any(cells):
            continue
        own = [place for place, body in enumerate(ordered) if name in body.data and body in holding]
        joined = name == "questions" and len(own) > 1
        rows.append(LevelRow(field_label(name, kind), cells, -1 if joined or not own else own[-1]))
    return tuple(levels), tuple(rows)
