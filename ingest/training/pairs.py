"""Reads what the models are trained on: the pairs, the text, and the questions of our content."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from knowledge_base.catalogue import CONTENT, read_content
from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.edition import chunks_on

PAIRS = "pairs_open.jsonl.gz"
TUNING = "zalo_dev.jsonl"
TEXT = "corpus_text_open.txt.gz"

_BY_PEOPLE = frozenset({"zalo2021_train", "alqac2025", "moh_faq"})


class Source(StrEnum):
    """Where a pair comes from; the value is how the model card names it."""

    LAW = "titles and texts of law articles"
    PORTAL = "names and sections of national portal records"
    PEOPLE = "questions that people wrote"
    CONTENT = "questions, names and headings of our content"


class TrainingDataError(Exception):
    """The folder of training data lacks something."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage that answers it."""

    query: str
    positive: str
    negative: str
    """A passage that is near and does not answer it, or nothing."""
    group: str
    """Pairs of one group answer each other; none is a wrong answer to another."""
    source: Source
    copies: float
    """How often it is shown in one round: questions that people wrote are few and worth more.

    Below one it is the chance to be shown.
    """


_COPIES = {Source.LAW: 0.4, Source.PORTAL: 0.7, Source.PEOPLE: 4.0}


def check_data(folder: Path) -> None:
    """Make sure that the folder holds everything that training reads.

    Raises:
        TrainingDataError: naming what is missing.
    """
    missing = [name for name in (PAIRS, TUNING, TEXT) if not (folder / name).is_file()]
    if missing:
        raise TrainingDataError(
            f"Thư mục dữ liệu “{folder}” thiếu {', '.join(missing)}. "
            "Ghi đúng thư mục: make train DATA=<thư mục chứa ba tệp đó>."
        )


def read_pairs(folder: Path) -> list[Pair]:
    """The pairs of the training set."""
    found = []
    with gzip.open(folder / PAIRS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            source = _source(row["source"])
            found.append(
                Pair(
                    row["query"],
                    row["positive"],
                    row.get("hard_negative") or "",
                    row["positive"][:200],
                    source,
                    _COPIES[source],
                )
            )
    return found


def _source(name: str) -> Source:
    if name in _BY_PEOPLE:
        return Source.PEOPLE
    return Source.PORTAL if name.startswith("dvc:") else Source.LAW


def read_text(folder: Path) -> Iterator[str]:
    """The lines of legal and administrative Vietnamese."""
    with gzip.open(folder / TEXT, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield line.rstrip("\n")


def content_chunks(content: Path = CONTENT, day: date | None = None) -> tuple[Chunk, ...]:
    """The chunks of the content that goes with the code."""
    return chunks_on(read_content(content), day or date.today())


def content_pairs(chunks: Sequence[Chunk]) -> list[Pair]:
    """Our own questions, names and headings, with the texts of the index that answer them.

    A question goes with its section's text, with the record's title and with the next question of
    the same section, since the index holds residents' questions too.
    """
    sections = {
        (chunk.record_id, chunk.section): chunk.text
        for chunk in chunks
        if chunk.kind is ChunkKind.SECTION
    }
    titles: dict[str, str] = {}
    asked: dict[tuple[str, str], list[str]] = {}
    for chunk in chunks:
        if chunk.kind is ChunkKind.NAME:
            titles.setdefault(chunk.record_id, chunk.text)
        if chunk.kind is ChunkKind.QUESTION:
            asked.setdefault((chunk.record_id, chunk.section), []).append(chunk.text)
    made: dict[tuple[str, str], Pair] = {}
    for chunk in chunks:
        if chunk.kind is ChunkKind.SECTION:
            continue
        others = [(sections.get((chunk.record_id, chunk.section), ""), 3.0)]
        others.append((titles[chunk.record_id], 2.0))
        if chunk.kind is ChunkKind.QUESTION:
            siblings = asked[chunk.record_id, chunk.section]
            following = siblings[(siblings.index(chunk.text) + 1) % len(siblings)]
            others.append((following, 2.0))
        for positive, copies in others:
            if positive and positive != chunk.text:
                shown = copies if chunk.kind is ChunkKind.QUESTION else 0.5
                pair = Pair(chunk.text, positive, "", chunk.record_id, Source.CONTENT, shown)
                made.setdefault((pair.query, pair.positive), pair)
    return list(made.values())
