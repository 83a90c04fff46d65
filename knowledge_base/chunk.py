"""What the index stores: a record's names, its sections and its residents' questions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of


class ChunkKind(StrEnum):
    """Which words of the record a chunk holds."""

    NAME = "name"
    HEADING = "heading"
    SECTION = "section"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One text that a question may be found by, and the section it leads to."""

    id: str
    """Derived from everything else, so an unchanged chunk keeps its id and its vector."""
    kind: ChunkKind
    record_id: str
    scope: str
    section: str
    case: str | None
    text: str


def _chunk(
    kind: ChunkKind, record: Procedure | Guide, section: str, case: str | None, text: str
) -> Chunk:
    parts = (kind.value, record.id, record.scope, section, case or "", text)
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
    return Chunk(digest, kind, record.id, record.scope, section, case, text)


def chunks_of(record: Procedure | Guide, day: date) -> tuple[Chunk, ...]:
    """The chunks of a record as it holds on ``day``."""
    made: dict[str, Chunk] = {}
    sections = {section.id: section for section in sections_of(record, day)}
    cases: set[str | None] = {None}
    first = next(iter(sections), Facet.SUMMARY.value)
    named = [_chunk(ChunkKind.NAME, record, first, None, record.title)]
    named += [_chunk(ChunkKind.NAME, record, first, None, alias) for alias in record.aliases]
    if isinstance(record, Procedure):
        cases |= {case.id for case in record.cases if case.in_force(day)}
        named += [
            _chunk(
                ChunkKind.NAME,
                record,
                first,
                case.id,
                f"{record.title}: {', '.join((case.title, *case.aliases))}",
            )
            for case in record.cases
            if case.id in cases
        ]
    else:
        named += [
            _chunk(ChunkKind.HEADING, record, part.id, None, f"{record.title}: {part.heading}")
            for part in record.sections
            if part.id in sections
        ]
    made.update((chunk.id, chunk) for chunk in named)
    for section in sections.values():
        text = f"{record.title}. {section.heading}.\n{section.text}"
        chunk = _chunk(ChunkKind.SECTION, record, section.id, None, text)
        made[chunk.id] = chunk
    for question in record.questions:
        if question.section in sections and question.case in cases:
            chunk = _chunk(
                ChunkKind.QUESTION, record, question.section, question.case, question.text
            )
            made[chunk.id] = chunk
    return tuple(made.values())
