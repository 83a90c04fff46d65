"""What an area's officers look after: records, drafts and imports in one list, with their state."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.records.draft import Draft, DraftOrigin, DraftRow, DraftState
from app.records.drafts import Drafts
from app.records.versions import Versions
from app.staff.access import Area
from ingest.draft import Draft as Imported
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import Catalogue, laid_over
from knowledge_base.difference import field_label
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import NATIONAL, RecordKind, Topic, facts_of, scope_rank
from knowledge_base.revisions import (
    RELEASE,
    RevisionRow,
    RevisionState,
    database_errors,
    live_revision,
)
from knowledge_base.source import STRONG_SOURCES, LegalBasis
from knowledge_base.syllables import fold

Key = tuple[str, str, str]


class Flag(StrEnum):
    """A state of a record; several may hold at once."""

    PUBLISHED = "published"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CONFLICT = "conflict"
    SCHEDULED = "scheduled"
    EXPIRING = "expiring"
    STALE = "stale"
    WEAK = "weak"
    ENDED = "ended"
    IMPORTED = "imported"


FLAG_NAMES = {
    Flag.PUBLISHED: "Đang công bố",
    Flag.DRAFT: "Bản nháp",
    Flag.IN_REVIEW: "Chờ duyệt",
    Flag.CONFLICT: "Xung đột",
    Flag.SCHEDULED: "Chờ ngày hiệu lực",
    Flag.EXPIRING: "Sắp hết hiệu lực",
    Flag.STALE: "Lâu chưa kiểm tra",
    Flag.WEAK: "Nguồn yếu",
    Flag.ENDED: "Đã hết hiệu lực",
    Flag.IMPORTED: "Bản nhập",
}
FLAG_LOOKS = {
    Flag.PUBLISHED: "good",
    Flag.DRAFT: "note",
    Flag.IN_REVIEW: "note",
    Flag.CONFLICT: "warn",
    Flag.SCHEDULED: "note",
    Flag.EXPIRING: "warn",
    Flag.STALE: "note",
    Flag.WEAK: "note",
    Flag.ENDED: "warn",
    Flag.IMPORTED: "note",
}


class Level(StrEnum):
    """Which level a version is of."""

    NATIONAL = "national"
    PROVINCE = "province"
    COMMUNE = "commune"


LEVEL_NAMES = {
    Level.NATIONAL: "Bản chung",
    Level.PROVINCE: "Bản tỉnh",
    Level.COMMUNE: "Bản xã",
}


class Sort(StrEnum):
    """By what the list is sorted."""

    TITLE = "title"
    CHECKED = "checked"
    ENDS = "ends"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class KnowledgeLimits:
    """What counts as old or soon, and how much stands on a page."""

    soon_days: int = 30
    stale_days: int = 180
    page_rows: int = 50
    autosave_seconds: float = 2
    form_bytes: int = 2_500_000
    """The longest form of a draft, as browsers send it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record, a draft of a new one, or an import, as the list shows it."""

    kind: RecordKind
    id: str
    scope: str
    title: str
    topic: str
    codes: tuple[str, ...] = ()
    flags: frozenset[Flag] = frozenset()
    checked_on: date | None = None
    ends_on: date | None = None
    ends_what: str = ""
    """What ends then: the record, one of its facts, a legal basis."""
    weak: int = 0
    """Facts that rest on nothing stronger than a copy or digest."""
    facts: int = 0
    begins_on: date | None = None
    """When the version that is scheduled begins."""
    drafts: tuple[Draft, ...] = ()
    revision_id: int | None = None
    """Of an import."""
    note: str = ""
    """Of an import: what it was read from."""
    made_at: datetime | None = None
    by_release: bool = False
    published: bool = True
    folded: str = ""
    """All that words are looked for in, without diacritics."""

    @property
    def level(self) -> Level:
        """Which level the version is of."""
        return Level(self.scope.partition(":")[0])

    @property
    def key(self) -> Key:
        """Identifies the version."""
        return (self.kind.value, self.id, self.scope)


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the list is looked at."""

    flag: Flag | None = None
    topic: Topic | None = None
    kind: RecordKind | None = None
    level: Level | None = None
    words: str = ""
    sort: Sort = Sort.TITLE
    page: int = 1


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the list."""

    rows: tuple[Row, ...]
    total: int
    pages: int
    counts: Mapping[Flag, int]
    """Rows of each state that pass the other filters."""
    kept: int
    """Rows of records and drafts, imports left out, that pass them."""


@dataclass(frozen=True, slots=True)
class ImportedDraft:
    """An import with all that it found."""

    kind: RecordKind
    record_id: str
    scope: str
    draft: Imported
    note: str
    made_at: datetime


@dataclass(slots=True)
class _Made:
    """What was worked out for one published state."""

    version: tuple[int, date] | None = None
    rows: dict[Key, Row] = field(default_factory=dict)


class KnowledgeList:
    """The list, with what only changes when something is published or imported kept in memory.

    Every method may raise ``DatabaseUnavailableError``.
    """

    def __init__(
        self,
        engine: Engine,
        live: LiveKnowledge,
        drafts: Drafts,
        versions: Versions,
        limits: KnowledgeLimits,
    ) -> None:
        self._engine = engine
        self._live = live
        self._drafts = drafts
        self._versions = versions
        self.limits = limits
        self._made = _Made()
        self._imports: tuple[int | None, tuple[Row, ...]] = (None, ())
        self._lock = threading.Lock()

    def found(self, area: Area, filters: Filters) -> Found:
        """The rows of an area that pass the filters."""
        return page_of(self.rows(area), filters, self.limits.page_rows)

    def rows(self, area: Area) -> list[Row]:
        """Every row of an area: what holds there, its own versions, drafts and imports."""
        edition = self._live.edition()
        records = {row.key: row for row in self._of_area(edition, area)}
        for version in self._versions.scheduled(area.scopes):
            key = version.revision.body.key
            row = records.get(key) or _unpublished(version.revision.body.kind, *key[1:], {})
            data = version.revision.body.data
            if not row.published:
                row = replace(row, title=str(data.get("title", row.title)))
            records[key] = replace(
                row,
                flags=row.flags | {Flag.SCHEDULED},
                begins_on=version.revision.live_from,
            )
        for conflict in self._versions.conflicts(area.scopes):
            if (known := records.get(conflict.key)) is not None:
                records[conflict.key] = replace(known, flags=known.flags | {Flag.CONFLICT})
        open_drafts = self._drafts.listed(area.scopes)
        begun = set()
        for draft in open_drafts:
            if draft.kind is RecordKind.COMMUNE:
                continue
            if draft.origin is DraftOrigin.IMPORT:
                begun.add(draft.origin_ref)
            key = self._shown_at(draft, records)
            row = records.get(key) or _unpublished(
                draft.kind, draft.record_id, draft.scope, draft.data
            )
            flag = Flag.IN_REVIEW if draft.state is DraftState.IN_REVIEW else Flag.DRAFT
            records[key] = replace(row, flags=row.flags | {flag}, drafts=(*row.drafts, draft))
        scopes = {*area.scopes, *self._wider_of(area)}
        imports = (
            one
            for one in self.imports()
            if one.scope in scopes and str(one.revision_id) not in begun
        )
        return [*records.values(), *imports]

    def of_edition(self, edition: Edition) -> Mapping[Key, Row]:
        """Every published version of every record."""
        version = (edition.snapshot.id, edition.day)
        with self._lock:
            if self._made.version != version:
                rows = _rows_of(
                    edition.catalogue, edition.day, self.limits, self._released(edition)
                )
                rows |= {row.key: row for row in self._withdrawn(edition)}
                self._made = _Made(version, rows)
            return self._made.rows

    def imports(self) -> tuple[Row, ...]:
        """The newest import of each record by each way of reading, the newest first."""
        with database_errors(), Session(self._engine) as session:
            newest = session.scalar(
                select(func.max(RevisionRow.id)).where(
                    RevisionRow.state == RevisionState.DRAFT.value
                )
            )
            known, rows = self._imports
            if known == newest:
                return rows
            rows = tuple(_imported(session))
        self._imports = (newest, rows)
        return rows

    def imported(self, revision_id: int) -> ImportedDraft | None:
        """One import; None where there is none."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(RevisionRow, revision_id)
            if row is None or row.state != RevisionState.DRAFT.value:
                return None
            return ImportedDraft(
                RecordKind(row.kind),
                row.record_id,
                row.scope,
                Imported.of_data(row.data),
                row.note,
                row.made_at,
            )

    def free_id(self, wanted: str) -> str:
        """An id that no record, draft or import has: the one wanted, or with a number behind."""
        with database_errors(), Session(self._engine) as session:
            taken = {
                *session.scalars(select(RevisionRow.record_id).distinct()),
                *session.scalars(select(DraftRow.record_id).distinct()),
            }
        number, free = 2, wanted
        while free in taken:
            number, free = number + 1, f"{wanted}-{number}"
        return free

    def _released(self, edition: Edition) -> frozenset[Key]:
        """The versions that came with a release."""
        wanted = select(RevisionRow.kind, RevisionRow.record_id, RevisionRow.scope).where(
            RevisionRow.id.in_(edition.snapshot.revision_ids), RevisionRow.author == RELEASE
        )
        with database_errors(), Session(self._engine) as session:
            return frozenset((kind, one, scope) for kind, one, scope in session.execute(wanted))

    def _withdrawn(self, edition: Edition) -> Iterable[Row]:
        """Versions that officers ended or a release took away, so that they can be found again."""
        gone = RevisionRow.state == RevisionState.WITHDRAWN.value
        keys = select(RevisionRow.kind, RevisionRow.record_id, RevisionRow.scope).where(
            gone, RevisionRow.live_from <= edition.day
        )
        with database_errors(), Session(self._engine) as session:
            for kind, record_id, scope in session.execute(keys.distinct()).all():
                live = live_revision(session, (kind, record_id, scope), edition.day)
                if live is None or live.state is not RevisionState.WITHDRAWN:
                    continue
                if live.body.kind is not RecordKind.COMMUNE:
                    row = _unpublished(live.body.kind, record_id, scope, live.body.data)
                    yield replace(row, flags=frozenset({Flag.ENDED}), ends_on=live.live_from)

    def _of_area(self, edition: Edition, area: Area) -> Iterable[Row]:
        """The narrowest version of each record that holds in the area, and all of its own."""
        rows = self.of_edition(edition)
        if area.scope == NATIONAL:
            return rows.values()
        holding = {*self._wider_of(area), area.scope}
        narrowest: dict[tuple[str, str], Row] = {}
        for row in rows.values():
            if row.scope in holding:
                known = narrowest.get((row.kind, row.id))
                if known is None or scope_rank(row.scope) > scope_rank(known.scope):
                    narrowest[(row.kind, row.id)] = row
        own = {row.key: row for row in rows.values() if row.scope in area.scopes}
        return ({row.key: row for row in narrowest.values()} | own).values()

    def _wider_of(self, area: Area) -> tuple[str, ...]:
        """The scopes around an area's own."""
        if area.scope == NATIONAL:
            return ()
        if area.commune is not None:
            return (NATIONAL, f"province:{area.commune.province}")
        return (NATIONAL,)

    def _shown_at(self, draft: Draft, records: Mapping[Key, Row]) -> Key:
        """The row that a draft stands on: of its own version, else of the one that holds."""
        key = (draft.kind.value, draft.record_id, draft.scope)
        if key in records:
            return key
        same = [one for one in records if one[:2] == key[:2]]
        return max(same, key=lambda one: scope_rank(one[2])) if same else key


def page_of(rows: Iterable[Row], filters: Filters, per_page: int) -> Found:
    """The page of the rows that pass the filters, with how many there are of each state."""
    wanted = fold(filters.words).split()
    passing = [
        row
        for row in rows
        if (filters.topic is None or row.topic == filters.topic)
        and (filters.kind is None or row.kind is filters.kind)
        and (filters.level is None or row.level is filters.level)
        and all(word in row.folded for word in wanted)
    ]
    counts = Counter(flag for row in passing for flag in row.flags)
    kept = [row for row in passing if Flag.IMPORTED not in row.flags]
    shown = kept if filters.flag is None else [row for row in passing if filters.flag in row.flags]
    shown.sort(key=_ORDERS[filters.sort])
    pages = max(1, -(-len(shown) // per_page))
    first = (min(max(filters.page, 1), pages) - 1) * per_page
    return Found(tuple(shown[first : first + per_page]), len(shown), pages, counts, len(kept))


_LAST_DAY = date.max
_ORDERS: dict[Sort, Callable[[Row], tuple[object, ...]]] = {
    Sort.TITLE: lambda row: (fold(row.title), row.scope),
    Sort.CHECKED: lambda row: (row.checked_on or _LAST_DAY, fold(row.title), row.scope),
    Sort.ENDS: lambda row: (row.ends_on or _LAST_DAY, fold(row.title), row.scope),
    Sort.TOPIC: lambda row: (row.topic, fold(row.title), row.scope),
}


def _rows_of(
    catalogue: Catalogue, day: date, limits: KnowledgeLimits, released: frozenset[Key]
) -> dict[Key, Row]:
    rows = {}
    for body in catalogue.bodies:
        if body.kind is RecordKind.COMMUNE:
            continue
        record = catalogue.records.get((body.id, body.scope))
        if record is None:
            wider = catalogue.wider(body.kind, body.id, body.scope) or {}
            row = _unpublished(body.kind, body.id, body.scope, laid_over(wider, body.data))
            begins = _day(body.data.get("effective_from"))
            coming = begins is not None and begins > day
            flag = Flag.SCHEDULED if coming else Flag.ENDED
            row = replace(
                row, flags=frozenset({flag}), begins_on=begins if coming else None, published=True
            )
        else:
            row = _row(body.kind, body.scope, record, day, limits)
        rows[body.key] = replace(row, by_release=body.key in released)
    return rows


def _row(
    kind: RecordKind, scope: str, record: Procedure | Guide, day: date, limits: KnowledgeLimits
) -> Row:
    soon = day + timedelta(days=limits.soon_days)
    ends_on, ends_what = _end_of(record, day, soon)
    weak = facts = 0
    for _, fact in facts_of(record):
        facts += 1
        weak += all(record.sources[key].kind not in STRONG_SOURCES for key in fact.source_keys)
    flags = {Flag.PUBLISHED}
    if ends_on is not None and ends_on <= soon:
        flags.add(Flag.EXPIRING)
    if record.checked_on < day - timedelta(days=limits.stale_days):
        flags.add(Flag.STALE)
    if weak:
        flags.add(Flag.WEAK)
    codes = record.codes if isinstance(record, Procedure) else ()
    return Row(
        kind,
        record.id,
        scope,
        record.title,
        record.topic,
        codes,
        frozenset(flags),
        record.checked_on,
        ends_on,
        ends_what,
        weak,
        facts,
        folded=fold(" ".join((record.title, *record.aliases, *codes, record.id))),
    )


def _end_of(record: Procedure | Guide, day: date, soon: date) -> tuple[date | None, str]:
    """When the first of the record, its facts and legal bases ends; facts long over are past."""
    ends = [(record.effective_to, "cả hồ sơ")] if record.effective_to else []
    for path, fact in facts_of(record):
        if fact.effective_to is None:
            continue
        if isinstance(fact, LegalBasis):
            ends.append((fact.effective_to, f"căn cứ {fact.number}"))
        elif day <= fact.effective_to <= soon:
            kind = RecordKind.PROCEDURE if isinstance(record, Procedure) else RecordKind.GUIDE
            part = field_label(path.split(".", 1)[0], kind)
            ends.append((fact.effective_to, f"một dòng ở “{part}”"))
    return min(ends, default=(None, ""), key=lambda end: end[0])


def _unpublished(kind: RecordKind, record_id: str, scope: str, data: Mapping[str, object]) -> Row:
    title = data.get("title")
    title = title if isinstance(title, str) and title else record_id or "(chưa có tên)"
    codes = tuple(code for code in (data.get("code"),) if isinstance(code, str))
    checked = data.get("checked_on")
    ends = data.get("effective_to")
    return Row(
        kind,
        record_id,
        scope,
        title,
        str(data.get("topic", "")),
        codes,
        checked_on=_day(checked),
        ends_on=_day(ends),
        published=False,
        folded=fold(" ".join((title, *codes, record_id))),
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _imported(session: Session) -> Iterable[Row]:
    """The imports without their text: only what the list shows is read out of each."""
    draft = RevisionRow.state == RevisionState.DRAFT.value
    newest = (
        select(func.max(RevisionRow.id))
        .where(draft)
        .group_by(
            RevisionRow.kind,
            RevisionRow.record_id,
            RevisionRow.scope,
            RevisionRow.author,
            RevisionRow.note,
        )
    )
    body = RevisionRow.data["body"]
    wanted = (
        select(
            RevisionRow.id,
            RevisionRow.kind,
            RevisionRow.record_id,
            RevisionRow.scope,
            RevisionRow.note,
            RevisionRow.made_at,
            body["title"].as_string(),
            body["topic"].as_string(),
            body["code"].as_string(),
        )
        .where(RevisionRow.id.in_(newest))
        .order_by(RevisionRow.id.desc())
    )
    for revision, kind, record_id, scope, note, made_at, title, topic, code in session.execute(
        wanted
    ):
        data = {"title": title, "topic": topic or "", "code": code}
        row = _unpublished(RecordKind(kind), record_id, scope, data)
        yield replace(
            row,
            flags=frozenset({Flag.IMPORTED}),
            revision_id=revision,
            note=note,
            made_at=made_at,
        )
