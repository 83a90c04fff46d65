"""Questions to learn from: the records' own, the development questions, and out-of-scope ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.evaluation.rows import Known, Row, Sort, read_questions
from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.record import Facet
from knowledge_base.section import sections_of

_QUESTIONS = Path(__file__).parents[2] / "ingest" / "training" / "questions"

_NOT_SEARCHED = frozenset({"emergency", "scam", "abuse", "office", "english", "chat"})
"""Kinds that are answered, or put in other words, before any search."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question and what it is about."""

    text: str
    commune: str
    kind: str
    records: tuple[str, ...]
    """Any of them answers; empty where none does."""
    facets: tuple[Facet, ...] = ()
    section: str | None = None
    """The id of the section that answers, where it is known exactly."""
    own_chunk: str | None = None
    """The chunk that is the question itself: it must not be found when learning from it."""


def own_questions(edition: Edition, commune: str) -> Iterator[Example]:
    """The example questions of every record of a commune."""
    scope = edition.scope(commune)
    facets = {
        (record_id, section.id): section.facet
        for record_id, record in scope.records.items()
        for section in sections_of(record, edition.day)
    }
    for chunk, allowed in zip(edition.chunks, scope.allowed, strict=True):
        if allowed and chunk.kind is ChunkKind.QUESTION:
            facet = facets[(chunk.record_id, chunk.section)]
            yield Example(
                chunk.text, commune, "own", (chunk.record_id,), (facet,), chunk.section, chunk.id
            )


def development_rows(files: Sequence[Path], edition: Edition, commune: str) -> tuple[Row, ...]:
    """The rows of question files.

    Raises:
        QuestionsError: when a file cannot be used.
    """
    known = Known({commune: edition.scope(commune).records})
    return tuple(row for file in read_questions(files, known) for row in file.rows)


def standing_alone(rows: Sequence[Row]) -> tuple[Example, ...]:
    """The rows that are searched for and go on from nothing."""
    return tuple(_example(row) for row in rows if _stands_alone(row))


def out_of_scope(commune: str) -> Iterator[Example]:
    """Questions written for training that no record answers."""
    for row in _rows("out_of_scope.jsonl"):
        yield Example(row["question"], commune, f"out/{row['kind']}", ())


def of_facets(commune: str) -> Iterator[Example]:
    """Questions written for training that tell which facet they ask for."""
    for row in _rows("facets.jsonl"):
        yield Example(row["question"], commune, "facets", (), tuple(map(Facet, row["facet"])))


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (_QUESTIONS / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _stands_alone(row: Row) -> bool:
    return not row.history and row.sort is not Sort.STATUS and row.kind not in _NOT_SEARCHED


def _example(row: Row) -> Example:
    return Example(row.question, row.commune, row.kind, row.expected, row.facets)
