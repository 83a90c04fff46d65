"""Reads what the models are trained on: the pairs, the text, and the questions of our content."""

from __future__ import annotations

import gzip
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product
from pathlib import Path

from knowledge_base.catalogue import CONTENT, read_content
from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.edition import chunks_on
from knowledge_base.english_words import telling

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
    ENGLISH = "English questions and titles of our content"


ENGLISH = Path(__file__).with_name("questions") / "english.jsonl"
_KEPT_APART = 5
"""Of so many English questions one is kept from the embedding, for the weights that rely on it."""


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


def is_learned(question: str) -> bool:
    """Whether the embedding learns from an English question; the others see it as it is."""
    return zlib.crc32(question.encode()) % _KEPT_APART != 0


def english_pairs(
    chunks: Sequence[Chunk], titles: Mapping[str, str], file: Path = ENGLISH
) -> list[Pair]:
    """English questions and titles, with the Vietnamese texts of the index that answer them.

    A question goes with its section's text, its record's title, and a question of residents.

    Args:
        chunks: of the index.
        titles: the English title of each record that has one.
        file: rows of questions; see docs/evaluation.md.
    """
    texts: dict[tuple[str, str], str] = {}
    names: dict[str, str] = {}
    asked: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for chunk in chunks:
        if chunk.kind is ChunkKind.SECTION:
            texts[chunk.record_id, chunk.section] = chunk.text
        if chunk.kind is ChunkKind.NAME:
            names.setdefault(chunk.record_id, chunk.text)
        if chunk.kind is ChunkKind.QUESTION:
            asked[chunk.record_id, chunk.section].append(chunk.text)
    made = [
        Pair(telling(title), names[record_id], "", record_id, Source.ENGLISH, 2.0)
        for record_id, title in titles.items()
        if record_id in names
    ]
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        question = telling(row["question"])
        if not question or not is_learned(row["question"]):
            continue
        facet = row.get("facet", ())
        facets = [facet] if isinstance(facet, str) else facet
        for record_id, facet in product(row["expected"] or (), facets):
            section = (record_id, facet)
            others = asked[section] or [names.get(record_id, "")]
            positives = (
                (texts.get(section, ""), 2.0),
                (names.get(record_id, ""), 2.0),
                (others[number % len(others)], 2.0),
            )
            made += [
                Pair(question, positive, "", record_id, Source.ENGLISH, copies)
                for positive, copies in dict(positives).items()
                if positive
            ]
    return made


def english_titles(content: Path = CONTENT) -> dict[str, str]:
    """The English titles of the content that goes with the code, by record."""
    records = read_content(content).records.values()
    return {record.id: record.title_en for record in records if record.title_en}
