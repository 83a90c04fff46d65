"""Measures an embedding alone: how often the nearest text leads to the right record or article."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.training.pairs import TUNING, Pair
from knowledge_base.chunk import Chunk
from knowledge_base.syllables import fold

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Unit vectors of some texts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the names of whatever answers it."""

    text: str
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """What share of questions is answered first, among the first three, and the mean 1/rank."""

    count: int
    first: float
    among_three: float
    reciprocal: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """What may be found: texts, and whose each is; the best text of a name speaks for it."""

    texts: tuple[str, ...]
    names: tuple[str, ...]


def measured(embed: Embed, shelf: Shelf, questions: Sequence[Asked]) -> dict[str, Figures]:
    """The figures with marks and without."""
    passages = embed(shelf.texts)
    return {
        "marked": _figures(embed, passages, shelf, questions),
        "stripped": _figures(
            embed, passages, shelf, [Asked(fold(one.text), one.expected) for one in questions]
        ),
    }


def _figures(
    embed: Embed, passages: NDArray[np.float32], shelf: Shelf, questions: Sequence[Asked]
) -> Figures:
    names = sorted(set(shelf.names))
    owner = np.searchsorted(names, shelf.names)
    order = np.argsort(owner, kind="stable")
    begins = np.searchsorted(owner[order], np.arange(len(names)))
    ranks = []
    for start in range(0, len(questions), 256):
        some = questions[start : start + 256]
        scores = embed([one.text for one in some]) @ passages.T
        best = np.maximum.reduceat(scores[:, order], begins, axis=1)
        for one, row in zip(some, best, strict=True):
            right = np.array([name in one.expected for name in names])
            # an answer that is no nearer than a wrong one does not count as found
            wrong = (row[~right] >= row[right].max(initial=-np.inf)).sum()
            ranks.append(1 + int(wrong))
    found = np.array(ranks, dtype=np.float64)
    return Figures(
        len(ranks),
        float((found <= 1).mean()),
        float((found <= 3).mean()),
        float((1 / found).mean()),
    )


def residents_shelf(chunks: Sequence[Chunk]) -> Shelf:
    """Our content, found by record."""
    return Shelf(tuple(chunk.text for chunk in chunks), tuple(chunk.record_id for chunk in chunks))


def read_questions(files: Iterable[Path]) -> list[Asked]:
    """Questions of the development part: rows with ``expected``, or conversations with ``part``.

    Follow-ups are left out: alone they ask nothing.
    """
    found = []
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "turns" in row:
                if row["part"] == "development" and row["turns"][0]["records"]:
                    turn = row["turns"][0]
                    found.append(Asked(turn["text"], frozenset(turn["records"])))
            elif row.get("expected") and not row.get("history"):
                found.append(Asked(row["question"], frozenset(row["expected"])))
    return found


def law_shelf(
    folder: Path, pairs: Sequence[Pair], *, others: int = 20_000
) -> tuple[Shelf, list[Asked]]:
    """The Zalo questions that training never sees, over their articles and some others."""
    articles: dict[str, str] = {}
    questions = []
    for line in (folder / TUNING).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold = {text[:200]: text[:1600] for text in map(_stripped, row["gold_text"])}
        if gold:
            questions.append(Asked(row["question"], frozenset(gold)))
            articles |= gold
    rest = sorted({pair.positive[:200] for pair in pairs} - set(articles))
    kept = set(random.Random(5).sample(rest, min(others, len(rest))))  # noqa: S311 - no secret
    for pair in pairs:
        if pair.positive[:200] in kept:
            articles.setdefault(pair.positive[:200], pair.positive)
    return Shelf(tuple(articles.values()), tuple(articles)), questions


def _stripped(text: object) -> str:
    return str(text).strip()
