"""Drafts of guides that begin from what residents asked and officers replied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from app.answering.answer import Citation
from app.records.draft import Draft, DraftOrigin, NewDraft
from app.staff.service import StaffService
from knowledge_base.record import NATIONAL, RecordKind, Topic
from knowledge_base.section import day_words
from knowledge_base.source import SourceKind
from knowledge_base.units import slug_of

_SECTION = "tra-loi"
_OFFICE = "office"
_LONGEST_HEADING = 120
_LONGEST_ID = 70
_MOST_QUESTIONS = 30
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n")


def begin_guide(
    service: StaffService,
    *,
    scope: str,
    office: str,
    questions: Sequence[str],
    answer: str,
    citations: Sequence[Citation],
    origin: DraftOrigin,
    ref: str,
    today: date,
    by: str,
) -> Draft:
    """Begin a guide of one section that answers some questions.

    Args:
        service: the collaborators.
        scope: whose record it becomes.
        office: that answered, the publisher of what has no text behind it.
        questions: as residents asked, masked, the heading's first.
        answer: what an officer replied; empty where it is still to be written.
        citations: of that reply; their legal bases become the guide's sources.
        origin: what it begins from.
        ref: which ticket, or which group of questions.
        today: the day of the check.
        by: the officer.
    """
    heading = heading_of(questions[0])
    lines = [line.strip() for line in answer.strip().splitlines() if line.strip()]
    record_id = service.knowledge.free_id(slug_of(heading)[:_LONGEST_ID].strip("-"))
    sources = sources_of(service, citations) or {
        _OFFICE: {
            "kind": SourceKind.OFFICE.value,
            "publisher": office,
            "title": f"Trả lời của cán bộ ngày {day_words(today)}",
            "seen_on": today.isoformat(),
        }
    }
    keys = list(sources)
    data: dict[str, Any] = {
        "id": record_id,
        "title": heading,
        "topic": _topic(service, citations).value,
        "sections": [
            {
                "id": _SECTION,
                "heading": heading,
                **({"answer": lines[0], "body": "\n\n".join(lines[1:])} if lines else {}),
                "source": keys[0] if len(keys) == 1 else keys,
            }
        ],
        "questions": [
            {"text": text, "section": _SECTION}
            for text in list(dict.fromkeys(" ".join(one.split()) for one in questions))[
                :_MOST_QUESTIONS
            ]
        ],
        "legal_basis": _legal_basis(service, citations, sources),
        "sources": sources,
        "checked_on": today.isoformat(),
    }
    if scope != NATIONAL:
        data["scope"] = scope
    missing = () if lines else ("Câu trả lời: chưa ai viết.",)
    new = NewDraft(
        RecordKind.GUIDE, record_id, scope, data, origin=origin, origin_ref=ref, missing=missing
    )
    return service.drafts.begin(new, by)


def heading_of(question: str) -> str:
    """A question as a heading: its first sentence that says something, without its stop."""
    sentences = [part.strip(" .,;:!?") for part in _SENTENCE_END.split(question)]
    chosen = max((part for part in sentences if part), key=_weight, default=question.strip())
    if len(chosen) > _LONGEST_HEADING:
        chosen = chosen[:_LONGEST_HEADING].rsplit(" ", 1)[0]
    return chosen[:1].upper() + chosen[1:]


def _weight(part: str) -> int:
    """Long sentences say more than greetings do; none is worth more for being endless."""
    return min(len(part), 40)


def sources_of(service: StaffService, citations: Sequence[Citation]) -> dict[str, dict[str, Any]]:
    """The sources of the cited records that the cited words rest on, by key."""
    records = service.live.edition().catalogue.records
    found: dict[str, dict[str, Any]] = {}
    for citation in citations:
        for record in (one for (name, _), one in records.items() if name == citation.record_id):
            for key, source in record.sources.items():
                if source.title in citation.source_title:
                    found.setdefault(key, source.model_dump(mode="json", exclude_none=True))
    return found


def _legal_basis(
    service: StaffService, citations: Sequence[Citation], sources: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    records = service.live.edition().catalogue.records
    found: dict[str, dict[str, Any]] = {}
    for citation in citations:
        numbers = {line.number for line in citation.legal_basis}
        for record in (one for (name, _), one in records.items() if name == citation.record_id):
            for basis in record.legal_basis:
                if basis.number in numbers and set(basis.source_keys) <= set(sources):
                    whole = basis.model_dump(mode="json", exclude_none=True)
                    found.setdefault(basis.number, whole)
    return list(found.values())


def _topic(service: StaffService, citations: Sequence[Citation]) -> Topic:
    records = service.live.edition().catalogue.records
    cited = {citation.record_id for citation in citations}
    topics = (record.topic for (name, _), record in records.items() if name in cited)
    return next(topics, Topic.LOCAL_GOVERNMENT)
