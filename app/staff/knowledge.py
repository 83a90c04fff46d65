"""The knowledge of an area: the list, and one record as it is published with what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from app.records.draft import Draft
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import allowed, may_in
from app.staff.draft_desk import STATE_WORDS
from app.staff.draft_form import HAS_FORM, part_of_section
from app.staff.form.words import PARTS
from app.staff.knowledge_list import (
    FLAG_LOOKS,
    FLAG_NAMES,
    LEVEL_NAMES,
    Filters,
    Flag,
    Level,
    Row,
    Sort,
)
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.catalogue import Body, laid_over
from knowledge_base.difference import field_label, in_words
from knowledge_base.labels import KIND_NAMES, TOPIC_NAMES, scope_name
from knowledge_base.record import NATIONAL, RecordKind, Topic, facts_of, scope_rank
from knowledge_base.source import STRONG_SOURCES

router = APIRouter()

ReadDesk = Annotated[Desk, Depends(allowed(Permission.READ))]
_Choice = TypeVar("_Choice", bound=StrEnum)
_SHOWN_FLAGS = (
    Flag.CONFLICT,
    Flag.IN_REVIEW,
    Flag.DRAFT,
    Flag.SCHEDULED,
    Flag.EXPIRING,
    Flag.STALE,
    Flag.WEAK,
    Flag.ENDED,
    Flag.PUBLISHED,
    Flag.IMPORTED,
)
"""The states as links, what waits for somebody first."""
_KINDS = tuple((kind, KIND_NAMES[kind]) for kind in RecordKind if kind in HAS_FORM)
_FIELD_PARTS = {field: part.id for part in PARTS for field in part.fields}


@router.get("/staff/{area}/knowledge")
def show_list(
    request: Request,
    desk: ReadDesk,
    service: StaffDep,
    state: Annotated[str, Query(max_length=20)] = "",
    topic: Annotated[str, Query(max_length=30)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    level: Annotated[str, Query(max_length=20)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Every record, draft and import of the area that passes the filters."""
    filters = Filters(
        _one(Flag, state),
        _one(Topic, topic),
        _one(RecordKind, kind),
        _one(Level, level),
        q.strip(),
        _one(Sort, sort) or Sort.TITLE,
        page,
    )
    found = service.knowledge.found(desk.area, filters)

    def link(**changed: object) -> str:
        """The address of this list with other filters; from its first page."""
        asked = {
            "state": filters.flag,
            "topic": filters.topic,
            "kind": filters.kind,
            "level": filters.level,
            "q": filters.words,
            "sort": filters.sort if filters.sort is not Sort.TITLE else "",
            "page": "",
        } | changed
        query = urlencode({name: str(value) for name, value in asked.items() if value})
        return f"?{query}" if query else "?"

    return render(
        request,
        "knowledge.html",
        desk=desk,
        found=found,
        filters=filters,
        link=link,
        page=min(page, found.pages),
        flags=[(flag, FLAG_NAMES[flag], found.counts[flag]) for flag in _SHOWN_FLAGS],
        flag_names=FLAG_NAMES,
        flag_looks=FLAG_LOOKS,
        levels=tuple(LEVEL_NAMES.items()),
        level_names=LEVEL_NAMES,
        kinds=_KINDS,
        kind_names=KIND_NAMES,
        topics=tuple(TOPIC_NAMES.items()),
        topic_names={topic.value: words for topic, words in TOPIC_NAMES.items()},
        draft_states=STATE_WORDS,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of a record, as officers read it."""

    name: str
    label: str
    lines: tuple[str, ...]
    level: str
    """Whose version says so; empty where there is only one."""
    anchor: str
    """The part that answers name."""


@router.get("/staff/{area}/knowledge/{kind}/{record_id}")
def show_record(
    request: Request,
    desk: ReadDesk,
    service: StaffDep,
    kind: str,
    record_id: str,
    scope: Annotated[str, Query(max_length=100)] = "",
    section: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """A record as it is published here, where each part of it comes from, and what can be done."""
    of = _one(RecordKind, kind)
    if of not in HAS_FORM:
        raise HTTPException(404, "Không có loại hồ sơ này ở đây.")
    assert of is not None
    versions = _versions(service, desk, of, record_id)
    drafts = _drafts(service, desk, of, record_id)
    chosen = next(
        (body for body in versions if body.scope == scope), versions[-1:] and versions[-1]
    )
    if not chosen:
        return _unpublished(request, desk, service, of, record_id, drafts)
    catalogue = service.live.edition().catalogue
    wider = catalogue.wider(of, record_id, chosen.scope)
    whole = laid_over(wider, chosen.data) if wider is not None else dict(chosen.data)
    record = catalogue.records.get((record_id, chosen.scope))
    row = service.knowledge.of_edition(service.live.edition()).get(chosen.key)
    history = service.versions.history(chosen.key)
    live = next((one for one in history if one.standing == "live"), None)
    return render(
        request,
        "knowledge_record.html",
        desk=desk,
        kind=of,
        kind_name=KIND_NAMES[of],
        record_id=record_id,
        chosen=chosen,
        versions=[(body.scope, scope_name(body.scope)) for body in versions],
        whole=whole,
        in_force=record is not None,
        shown=_shown(of, whole, [body for body in versions if _reaches(body, chosen)]),
        sections=_sections(of, whole),
        weak=_weak(record),
        row=row,
        flag_names=FLAG_NAMES,
        flag_looks=FLAG_LOOKS,
        live=live,
        drafts=drafts,
        draft_states=STATE_WORDS,
        names=names_of(
            service,
            *(draft.updated_by for draft in drafts),
            *((live.revision.author,) if live else ()),
        ),
        actions=_actions(service, desk, chosen, versions),
        section=section,
        opened=part_of_section(of, section),
        scope_name=scope_name,
        commune=_commune_of(desk, chosen),
    )


@router.get("/staff/{area}/imports/{revision}")
def show_import(request: Request, desk: ReadDesk, service: StaffDep, revision: int) -> Response:
    """What an import found, before anybody makes a draft of it."""
    found = service.knowledge.imported(revision)
    around = {NATIONAL, *(f"province:{one.province}" for one in desk.area.communes)}
    if found is None or found.scope not in around | set(desk.area.scopes):
        raise HTTPException(404, "Không có bản nhập này ở đây.")
    known = {record_id for _, record_id, _ in service.knowledge.of_edition(service.live.edition())}
    return render(
        request,
        "knowledge_import.html",
        desk=desk,
        found=found,
        revision=revision,
        kind_name=KIND_NAMES[found.kind],
        lines=in_words(found.draft.body, found.kind),
        label=lambda name: field_label(name, found.kind),
        known=found.record_id in known,
        is_own=found.scope in desk.area.scopes,
        scope_name=scope_name,
    )


@dataclass(frozen=True, slots=True)
class Actions:
    """What an officer may begin with a version of a record."""

    edit: bool
    """Write the version itself, which is the area's own or theirs to publish."""
    propose: bool
    """Propose a change of a wider version."""
    own: str
    """The name of the area that gets its own version; empty where it has one or cannot."""


def _actions(service: StaffService, desk: Desk, chosen: Body, versions: list[Body]) -> Actions:
    if not may_in(service, desk.officer, Permission.EDIT, desk.area.scope):
        return Actions(edit=False, propose=False, own="")
    publishes = may_in(service, desk.officer, Permission.PUBLISH, chosen.scope)
    mine = chosen.scope in desk.area.scopes
    has_own = any(body.scope == desk.area.scope for body in versions)
    return Actions(
        mine or publishes,
        not mine and not publishes,
        "" if has_own or desk.area.scope == NATIONAL else desk.area.name,
    )


def _versions(service: StaffService, desk: Desk, kind: RecordKind, record_id: str) -> list[Body]:
    """The published versions that concern the area, the widest first."""
    around = {NATIONAL, *desk.area.scopes}
    around |= {f"province:{one.province}" for one in desk.area.communes}
    found = [
        body
        for body in service.live.edition().catalogue.bodies
        if body.kind is kind and body.id == record_id and body.scope in around
    ]
    own = [body for body in found if body.scope == desk.area.scope]
    others = [body for body in found if body.scope != desk.area.scope]
    below = [body for body in others if scope_rank(body.scope) > scope_rank(desk.area.scope)]
    above = [body for body in others if body not in below]
    above.sort(key=lambda body: scope_rank(body.scope))
    return [*below, *above, *own]


def _reaches(body: Body, chosen: Body) -> bool:
    return body.scope == chosen.scope or scope_rank(body.scope) < scope_rank(chosen.scope)


def _shown(kind: RecordKind, whole: Mapping[str, Any], versions: list[Body]) -> tuple[Shown, ...]:
    """Each field in words, in the order of the form, with the narrowest version that has it."""
    lines = in_words(whole, kind)
    order = [name for part in PARTS for name in part.fields]
    names = sorted(lines, key=lambda name: order.index(name) if name in order else -1)
    found, seen = [], set()
    for name in names:
        if name in ("id", "scope", "sections"):
            continue
        having = [body.scope for body in versions if name in body.data]
        level = scope_name(max(having, key=scope_rank)) if len(versions) > 1 and having else ""
        anchor = _FIELD_PARTS.get(name, "general")
        found.append(
            Shown(
                name, field_label(name, kind), lines[name], level, "" if anchor in seen else anchor
            )
        )
        seen.add(anchor)
    return tuple(found)


def _sections(kind: RecordKind, whole: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if kind is not RecordKind.GUIDE:
        return []
    return [one for one in whole.get("sections") or () if isinstance(one, Mapping)]


def _weak(record: Any) -> tuple[int, int]:
    """How many facts rest on nothing stronger than a copy or digest, of how many."""
    if record is None:
        return 0, 0
    facts = [fact for _, fact in facts_of(record)]
    weak = sum(
        all(record.sources[key].kind not in STRONG_SOURCES for key in fact.source_keys)
        for fact in facts
    )
    return weak, len(facts)


def _drafts(service: StaffService, desk: Desk, kind: RecordKind, record_id: str) -> list[Draft]:
    return [
        draft
        for draft in service.drafts.listed(desk.area.scopes)
        if draft.kind is kind and draft.record_id == record_id
    ]


def _unpublished(
    request: Request,
    desk: Desk,
    service: StaffService,
    kind: RecordKind,
    record_id: str,
    drafts: list[Draft],
) -> Response:
    """A record that is not published here: withdrawn, still a draft, or unknown."""
    rows: list[Row] = [
        row
        for row in service.knowledge.rows(desk.area)
        if row.kind is kind and row.id == record_id and Flag.IMPORTED not in row.flags
    ]
    if not rows and not drafts:
        raise HTTPException(404, "Không có hồ sơ này ở đây.")
    return render(
        request,
        "knowledge_gone.html",
        desk=desk,
        kind=kind,
        record_id=record_id,
        rows=rows,
        drafts=drafts,
        flag_names=FLAG_NAMES,
        flag_looks=FLAG_LOOKS,
        draft_states=STATE_WORDS,
        names=names_of(service, *(draft.updated_by for draft in drafts)),
    )


def _commune_of(desk: Desk, chosen: Body) -> str:
    """The commune whose residents' page is linked."""
    own = chosen.scope.removeprefix("commune:")
    ids = desk.area.commune_ids
    if own in ids:
        return own
    for commune in desk.area.communes:
        if chosen.scope in (NATIONAL, f"province:{commune.province}"):
            return commune.id
    return ""


def _one(kind: type[_Choice], text: str) -> _Choice | None:
    """A value of a closed list; None where the text is none of it."""
    return next((one for one in kind if one.value == text), None)
