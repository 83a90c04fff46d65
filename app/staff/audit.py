"""The audit log of an area: filtered, paged, and as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.records.audit import COMMAND_LINE, SYSTEM, Audited, AuditEntry, AuditFilter
from app.staff.access import Area, Permission
from app.staff.audit_words import (
    action_words,
    detail_words,
    kind_words,
    subject_words,
    value_words,
)
from app.staff.desk import allowed
from app.staff.service import Desk, StaffDep
from app.staff.view import place_name, render
from knowledge_base.day import VIETNAM
from knowledge_base.record import NATIONAL

router = APIRouter(prefix="/staff/{area}")

At = Annotated[Desk, Depends(allowed(Permission.AUDIT))]
Asked = Annotated[str, Query(max_length=200)]

_ROWS = 50
_COLUMNS = ("Số", "Lúc", "Ai", "Việc", "Mã việc", "Nơi", "Đối tượng", "Chi tiết", "Mã dòng")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Spreadsheets compute what begins so; a quotation mark before it makes it text."""
_BY_WORDS = {COMMAND_LINE: "dòng lệnh", SYSTEM: "hệ thống"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of the log asked for, as typed."""

    by: Asked = ""
    action: Asked = ""
    subject: Asked = ""
    since: Asked = ""
    until: Asked = ""

    def query(self, page: int = 0) -> str:
        """The same as the query of an address; without a page for 0."""
        asked = {
            name: getattr(self, name) for name in ("by", "action", "subject", "since", "until")
        }
        kept = {name: value for name, value in asked.items() if value}
        return urlencode(kept | ({"page": page} if page else {}))


WantedDep = Annotated[Wanted, Depends()]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the page."""

    number: int
    at: datetime
    by: str
    action: str
    place: str
    subject: str
    details: tuple[tuple[str, str, str | None], ...]
    """What, and its value; with a third value, what it was before and what after."""


@router.get("/audit")
def audit_page(
    request: Request,
    desk: At,
    service: StaffDep,
    wanted: WantedDep,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    """The entries, the newest first."""
    asked, wrong = filter_of(desk.area, wanted)
    total = service.audit.count(asked)
    pages = max(1, math.ceil(total / _ROWS))
    shown = min(page, pages)
    rows = service.audit.page(asked, (shown - 1) * _ROWS, _ROWS)
    return render(
        request,
        "audit.html",
        desk=desk,
        lines=[_line(row) for row in rows],
        total=total,
        page=shown,
        pages=pages,
        wanted=wanted,
        wrong=wrong,
        actions=_choices(service.audit.actions(asked.scopes)),
    )


@router.get("/audit.csv")
def audit_table(desk: At, service: StaffDep, wanted: WantedDep) -> Response:
    """The same entries, all of them and the oldest first, as CSV that spreadsheets open."""
    asked, _ = filter_of(desk.area, wanted)
    name = f"nhat-ky-{desk.area.scope.replace(':', '-')}-{service.now():%Y-%m-%d}.csv"
    return StreamingResponse(
        _csv(service.audit.each(asked)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def filter_of(area: Area, wanted: Wanted) -> tuple[AuditFilter, dict[str, str]]:
    """What was asked for, and which days could not be read.

    The whole deployment's log is every row, also those of communes that are switched off by now.
    """
    wrong: dict[str, str] = {}
    since, until = (_day(wanted.since, "since", wrong), _day(wanted.until, "until", wrong))
    if since and until and until < since:
        wrong["until"] = "Ngày cuối phải từ ngày đầu trở đi."
    scopes = None if area.scope == NATIONAL else area.scopes
    return (
        AuditFilter(
            scopes=scopes,
            by=_by_typed(wanted.by),
            action=wanted.action,
            subject=wanted.subject.strip(),
            since=_midnight(since) if since else None,
            before=_midnight(until + timedelta(days=1)) if until else None,
        ),
        wrong,
    )


def _day(text: str, field: str, wrong: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        wrong[field] = "Ngày không đúng dạng."
        return None
    return day if date(2000, 1, 1) <= day <= date(2999, 12, 31) else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


def _choices(actions: tuple[str, ...]) -> list[tuple[str, str]]:
    """What can be chosen: kinds of actions, each followed by its own."""
    chosen: list[tuple[str, str]] = []
    for action in actions:
        kind = action.partition(".")[0]
        if (kind, kind_words(kind)) not in chosen:
            chosen.append((kind, kind_words(kind)))
        chosen.append((action, f"– {action_words(action)}"))
    return chosen


def _line(row: Audited) -> Line:
    return Line(
        row.number,
        row.at,
        by_words(row.entry.by),
        action_words(row.entry.action),
        place_name(row.entry.scope),
        subject_words(row.entry.subject),
        tuple(_details(row.entry)),
    )


def by_words(by: str) -> str:
    """Who did it, as officers read it."""
    return _BY_WORDS.get(by, by)


def _by_typed(text: str) -> str:
    """Who is looked for, by username or in the words that the page shows."""
    typed = text.strip().casefold()
    return next((by for by, words in _BY_WORDS.items() if words == typed), typed)


def _details(entry: AuditEntry) -> Iterator[tuple[str, str, str | None]]:
    """What else there is to tell; of what changed, only the fields that did."""
    told = dict(entry.details)
    before, after = told.pop("before", None), told.pop("after", None)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            if before.get(name) != after.get(name):
                old, new = (value_words(name, one.get(name)) for one in (before, after))
                yield detail_words(name), old, new
    else:
        told |= _fields("before", before) | _fields("after", after)
    for name, value in told.items():
        if value not in _NOTHING:
            yield detail_words(name), value_words(name, value), None


def _fields(name: str, value: Any) -> dict[str, Any]:
    """The fields of what was made or removed; other values stay what they are."""
    return dict(value) if isinstance(value, Mapping) else {name: value}


_NOTHING: tuple[Any, ...] = (None, "", [], {})


def _csv(rows: Iterator[Audited]) -> Iterator[str]:
    """Lines of CSV, the first with the mark by which spreadsheets know UTF-8."""
    yield "\ufeff" + _csv_line(_COLUMNS)
    for row in rows:
        entry = row.entry
        yield _csv_line(
            (
                row.number,
                f"{row.at.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}",
                by_words(entry.by),
                action_words(entry.action),
                entry.action,
                entry.scope,
                entry.subject,
                json.dumps(entry.details, ensure_ascii=False, sort_keys=True),
                row.hash,
            )
        )


def _csv_line(values: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([_harmless(str(value)) for value in values])
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
