"""Every version of a record: who changed what when, level by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from app.records.draft import Wish
from app.records.versions import Standing, Version
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import allowed, may_in
from app.staff.reads import residents_of, title_of
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.catalogue import Body, laid_over
from knowledge_base.difference import differences, field_label, field_names, in_words
from knowledge_base.labels import KIND_NAMES
from knowledge_base.record import NATIONAL, RecordKind, Scope, scope_rank
from knowledge_base.revisions import RELEASE, RevisionState

router = APIRouter()

ReaderDesk = Annotated[Desk, Depends(allowed(Permission.READ))]

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
    history = service.versions.history((kind.value, record_id, scope)) if scope in seen else ()
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
        done=done,
        late=service.live.problem if done == "late" else None,
        title=title_of(service, newest),
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
        wishes=[
            draft
            for draft in service.drafts.of_record(kind, record_id, owner)
            if draft.wish is not Wish.TEXT
        ],
        review_required=service.publishing.review_required,
        levels=levels,
        level_rows=rows,
        residents=residents_of(service, request, newest) if done else None,
    )


def _seen_scopes(service: StaffService, desk: Desk) -> tuple[str, ...]:
    """The scopes whose versions an area may look at: its own and those around it, widest first."""
    provinces = (f"province:{one.province}" for one in desk.area.communes)
    scopes = dict.fromkeys((NATIONAL, *provinces, *desk.area.scopes))
    return tuple(sorted(scopes, key=scope_rank))


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
