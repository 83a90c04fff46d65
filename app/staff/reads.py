"""What residents read of a record now, and what they would read of another text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app.records.versions import Version
from app.staff.service import StaffService
from app.staff.trying import communes_of
from knowledge_base.catalogue import Body, laid_over
from knowledge_base.difference import Difference, differences
from knowledge_base.record import RecordKind
from knowledge_base.section import Section, sections_of


@dataclass(frozen=True, slots=True)
class Residents:
    """What residents read of a record now."""

    commune: str
    path: str
    """Of their page."""
    sections: tuple[Section, ...]


def residents_of(service: StaffService, request: Request, body: Body) -> Residents | None:
    """Where and what residents read of a record, in the first commune where it holds."""
    edition = service.live.edition()
    base = request.scope.get("root_path", "")
    for commune in communes_of(service, body):
        name = edition.catalogue.communes[commune].full_name
        if body.kind is RecordKind.COMMUNE:
            return Residents(name, f"{base}/c/{commune}/office", ())
        record = edition.scope(commune).records.get(body.id)
        if record is not None and record.scope == body.scope:
            sections = sections_of(record, edition.day)
            return Residents(name, f"{base}/c/{commune}/p/{body.id}", sections)
    return None


def whole(
    service: StaffService, body: Body, data: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """What residents read where a version says ``data``: laid over the wider ones of the record.

    None for data is a version that is not there; then the wider ones hold, or nothing does.
    """
    wider = service.live.edition().catalogue.wider(body.kind, body.id, body.scope)
    return wider if data is None else laid_over(wider or {}, data)


def changes_of(service: StaffService, body: Body, live: Version | None) -> tuple[Difference, ...]:
    """What a version differs in from what residents read now."""
    before = whole(service, body, live.revision.body.data if live is not None else None)
    return differences(before, whole(service, body, body.data), kind=body.kind)


def title_of(service: StaffService, body: Body) -> str:
    """What a record is called, where it is called so."""
    read = whole(service, body, body.data) or {}
    named = read.get("title") or read.get("name")
    return named if isinstance(named, str) and named else body.id or "(chưa có tên)"
