"""Questions to learn from: the records' own, the development questions, and those for training."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.answering.clean import clean
from app.answering.features import Floats
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.retrieve import Fit
from app.answering.understand import Understood, understand
from app.evaluation.rows import Known, QuestionsError, Row, Sort, read_questions
from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.embedding import Embedder
from knowledge_base.record import Facet
from knowledge_base.section import sections_of
from knowledge_base.syllables import fold

Tell = Callable[[str], None]
"""Is told figures, one line at a time."""

COMMUNE = "hoa-tien"
"""Whose records are learned from."""
PROVINCE = "da-nang"
"""Where it lies."""
FOLDS = 5
_OF_A_MATTER = 30
"""Questions, about so many, that are taken to be about one matter."""

_QUESTIONS = Path(__file__).parents[2] / "ingest" / "training" / "questions"
_FACETS = "facets.jsonl"
_TOLD = 20
"""Problems of rows that are named at once."""
OUT_OF_SCOPE = _QUESTIONS / "out_of_scope.jsonl"
"""What is clearly no commune's matter, or close to one that is."""
HARD = (_QUESTIONS / "abstain.jsonl",)
"""What no record answers, written to be hard."""
TWO_IN_ONE = _QUESTIONS / "two_in_one.jsonl"
"""Two questions in one message, and messages that only look like it."""
ONE = _QUESTIONS / "asked.jsonl"
"""One question in a message."""
ENGLISH = _QUESTIONS / "english.jsonl"
"""The same in English, most of which the embedding learns from."""
ASKED = (ONE, TWO_IN_ONE)
"""Questions for records, as residents ask them."""
BESIDE = tuple(_QUESTIONS / f"{kind}.jsonl" for kind in ("abuse", "emergency", "office", "scam"))
"""Messages of a kind of their own, and questions for records that use the same words."""
_WEIGHTS = {"own": 0.01, "asked": 0.15, "out": 0.5, "hard": 0.5}
"""Of kinds that are not measured: the records' own questions, which the embedding has learned by
heart, and those written for training; the others count as 1."""

STRIPPED = "/no-diacritics"
"""Ends the kind of an example that is another one's copy without marks."""
_NOT_SEARCHED = frozenset({"emergency", "scam", "abuse", "office", "chat"})
"""Kinds that are answered before any search."""


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


@dataclass(frozen=True, slots=True)
class Seen:
    """An example as the answering sees it."""

    example: Example
    understood: Understood
    fit: Fit
    carried: Facet | None = None
    """The facet of the last answer, where the question goes on from it."""


def as_asked(text: str) -> Understood:
    """A question as the answering reads it when it is asked in ``COMMUNE``."""
    return understand(mask(clean(text)), Lexicon.packaged(), near=PROVINCE)


def own_questions(edition: Edition) -> Iterator[Example]:
    """The example questions of every record."""
    scope = edition.scope(COMMUNE)
    facets = {
        (record_id, section.id): section.facet
        for record_id, record in scope.records.items()
        for section in sections_of(record, edition.day)
    }
    for chunk, allowed in zip(edition.chunks, scope.allowed, strict=True):
        if allowed and chunk.kind is ChunkKind.QUESTION:
            facet = facets[(chunk.record_id, chunk.section)]
            yield Example(
                chunk.text, COMMUNE, "own", (chunk.record_id,), (facet,), chunk.section, chunk.id
            )


def read_rows(files: Sequence[Path], edition: Edition) -> tuple[Row, ...]:
    """The rows of question files.

    Raises:
        QuestionsError: when a file or a row cannot be used, since to learn from less is no error
            that anyone would see.
    """
    read = read_questions(files, Known({COMMUNE: edition.scope(COMMUNE).records}))
    if problems := [str(problem) for file in read for problem in file.problems]:
        raise QuestionsError("\n".join(problems[:_TOLD]))
    return tuple(row for file in read for row in file.rows)


def written_files() -> tuple[Path, ...]:
    """The files of questions written for training, in the form of evaluation questions."""
    return tuple(sorted(set(_QUESTIONS.glob("*.jsonl")) - {_QUESTIONS / _FACETS}))


def of_facets() -> Iterator[Example]:
    """Questions written for training that only tell which facet they ask for."""
    for line in (_QUESTIONS / _FACETS).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Example(row["question"], COMMUNE, "facets", (), tuple(map(Facet, row["facet"])))


def standing_alone(rows: Sequence[Row], kind: str = "") -> tuple[Example, ...]:
    """The rows that are searched for and go on from nothing.

    Args:
        rows: any rows.
        kind: what to call theirs, before their own; nothing by default.
    """
    return tuple(
        Example(
            row.question,
            row.commune,
            f"{kind}/{row.kind}" if kind else row.kind,
            row.expected,
            row.facets,
        )
        for row in rows
        if not row.history and row.sort is not Sort.STATUS and row.kind not in _NOT_SEARCHED
    )


def in_talks(rows: Sequence[Row]) -> tuple[tuple[Example, Row], ...]:
    """The rows that ask a record for a facet after other questions, each beside its example."""
    return tuple(
        (Example(row.question, row.commune, "talk", row.expected, row.facets), row)
        for row in rows
        if row.history and row.expected and row.facets and row.kind not in _NOT_SEARCHED
    )


def folds_of(keys: Sequence[str]) -> NDArray[np.int64]:
    """The fold of each key; equal keys share one."""
    return np.array([zlib.crc32(key.encode()) % FOLDS for key in keys], dtype=np.int64)


def folds_of_matters(examples: Sequence[Example], embedder: Embedder) -> NDArray[np.int64]:
    """The fold of each example; those of one matter share one, whatever their records.

    Matters are groups of near questions. What must not be answered has no record to go by, and
    many ask of one thing; what a record answers is asked again in other words once it is published.
    """
    from sklearn.cluster import KMeans  # takes seconds

    texts = [fold(one.text) for one in examples]
    count = max(FOLDS, len(set(texts)) // _OF_A_MATTER)
    groups = KMeans(count, n_init=1, random_state=0).fit(np.array(embedder.embed_documents(texts)))
    return folds_of([str(label) for label in groups.labels_])


def folds_of_examples(examples: Sequence[Example]) -> NDArray[np.int64]:
    """The fold of each example; those of one record share one."""
    return folds_of([one.records[0] if one.records else fold(one.text) for one in examples])


def is_measured(example: Example) -> bool:
    """Whether an example is a development question, as it is measured, no other to learn from."""
    return example.kind.partition("/")[0] not in _WEIGHTS


def is_in_english(example: Example) -> bool:
    """Whether an example is a resident's question in English.

    The embedding has learned from none that the ranker sees; see ``is_learned``.
    """
    return example.kind.removesuffix(STRIPPED).endswith("english")


def weight_of(example: Example) -> float:
    """How much an example counts."""
    kind = example.kind.partition("/")[0]
    return _WEIGHTS.get(kind, 1.0) * stripped_weight(example)


def stripped_weight(example: Example) -> float:
    """A copy without marks counts half."""
    return 0.5 if example.kind.endswith(STRIPPED) else 1.0


def named_weights(names: Sequence[str], weights: Floats) -> dict[str, float]:
    """Fitted weights as they are written."""
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}
