"""How near a question is to what the officers of its commune wrote themselves.

The classifiers and the ranker were fitted on the records of the release, and what those do not
speak of they were taught to refuse: rubbish carts, the football ground, the night market. An
officer who publishes a record on such a matter says that it is the commune's after all. So a
record that the release never had is weighed once more, by itself, against the question: how near
its residents' questions, its name and its text are, and how much of the question's words it holds.

A logistic regression on nine features, fitted on ``tests/evaluation/office.yaml`` (development
part: 10 records asked in 40 other ways, 20 neighbours that must not be answered; once with the
heading that an officer gives, once with the resident's question as heading) together with all of
``tests/evaluation/development.jsonl``, which none of those records answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from app.answering.features import Scores
from app.answering.layout import Layout
from knowledge_base.chunk import ChunkKind
from knowledge_base.edition import Edition
from knowledge_base.record import NATIONAL
from knowledge_base.source import SourceKind
from knowledge_base.syllables import tokens

WITH_VECTORS = (-3.32, 1.16, 2.33, 2.71, 3.4, 6.7, 0.53, 7.37, 4.82, -1.56)
WORDS_ALONE = (-2.84, 0.0, 0.0, 3.28, 5.72, 0.0, 1.27, 9.35, 7.05, -1.41)
"""The constant, then the weights of the features in the order of ``own_nearness``."""


@dataclass(frozen=True, slots=True)
class _Own:
    """A record of the commune's own."""

    number: int
    """In the layout."""
    asked: NDArray[np.int64]
    """Places of its names, headings and residents' questions."""
    text: NDArray[np.int64]
    """Places of its sections."""
    questions: tuple[frozenset[str], ...]
    """The words of each name and question."""


_OWN: WeakKeyDictionary[Edition, dict[str, tuple[_Own, ...]]] = WeakKeyDictionary()


def has_own(edition: Edition, commune: str, layout: Layout) -> bool:
    """Whether a commune has records that the release never had."""
    return bool(_own_records(edition, commune, layout))


def own_nearness(
    edition: Edition,
    commune: str,
    layout: Layout,
    scores: Scores,
    subject: frozenset[str],
    covered: NDArray[np.float64],
    outside: float,
) -> Mapping[int, float]:
    """How probable it is that each of the commune's own records answers, by its number.

    Args:
        edition: what is published.
        commune: the id of the commune asked in.
        layout: of that commune.
        scores: how well each chunk fits the question.
        subject: the folded words that the question is about.
        covered: the share of those words that each record holds; shape ``(records,)``.
        outside: how probable it is that no commune's counter handles such a matter.
    """
    own = _own_records(edition, commune, layout)
    if not own or not subject:
        return {}
    weights = {word: max(layout.rarity(word), 0.0) for word in subject}
    total = sum(weights.values()) or 1.0
    numbers = np.array([one.number for one in own])
    others = layout.record_of >= 0
    for one in own:
        others[one.asked] = others[one.text] = False
    dense, lexical = (
        float(found[others].max(initial=0.0)) for found in (scores.dense, scores.lexical)
    )
    best_covered = float(np.delete(covered, numbers).max(initial=0.0))
    numbers_of = {word: frozenset(layout.vocabulary.get(word).tolist()) for word in subject}
    only_own = [word for word in subject if numbers_of[word] <= frozenset(numbers.tolist())]
    fitted = np.array(WITH_VECTORS if scores.dense.any() else WORDS_ALONE)
    found = {}
    for one in own:
        asked, text = (
            float(scores.dense[places].max(initial=0.0)) for places in (one.asked, one.text)
        )
        every = np.concatenate([one.asked, one.text])
        features = (
            1.0,
            asked,
            text,
            float(covered[one.number]),
            max(_back(layout, words, subject) for words in one.questions),
            max(asked, text) - dense,
            sum(weights[word] for word in only_own if one.number in numbers_of[word]) / total,
            float(covered[one.number]) - best_covered,
            float(scores.lexical[every].max(initial=0.0)) - lexical,
            outside,
        )
        found[one.number] = 1 / (1 + math.exp(-float(fitted @ np.array(features))))
    return found


def _back(layout: Layout, words: frozenset[str], subject: frozenset[str]) -> float:
    """The share of a record's question that the question asked holds."""
    weights = {word: max(layout.rarity(word), 0.0) for word in words}
    return sum(weight for word, weight in weights.items() if word in subject) / (
        sum(weights.values()) or 1.0
    )


def _own_records(edition: Edition, commune: str, layout: Layout) -> tuple[_Own, ...]:
    known = _OWN.setdefault(edition, {})
    if commune not in known:
        known[commune] = tuple(_arranged(edition, commune, layout))
    return known[commune]


def _arranged(edition: Edition, commune: str, layout: Layout) -> list[_Own]:
    records = edition.scope(commune).records
    found = []
    for number, record_id in enumerate(layout.ids):
        record = records[record_id]
        wider = any(
            (record_id, scope) in edition.catalogue.records
            for scope in (NATIONAL, f"province:{edition.catalogue.communes[commune].province}")
            if scope != record.scope
        )
        by_staff = any(one.kind is SourceKind.OFFICE for one in record.sources.values())
        if wider or not (record.scope.startswith("commune:") or by_staff):
            continue  # a narrower version of a record that the release knows is ranked with it
        places = np.flatnonzero(layout.record_of == number)
        texts = [place for place in places if edition.chunks[place].kind is ChunkKind.SECTION]
        asked = [place for place in places if place not in texts]
        questions = tuple(
            frozenset(tokens(edition.chunks[place].text, marked=False))
            for place in asked
            if edition.chunks[place].kind in (ChunkKind.NAME, ChunkKind.QUESTION)
        )
        found.append(
            _Own(
                number,
                np.array(asked, dtype=np.int64),
                np.array(texts, dtype=np.int64),
                questions,
            )
        )
    return found
