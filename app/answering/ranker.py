"""The probability that each record answers a question, and that none does.

A conditional logit with an outside option (McFadden, “Conditional logit analysis of qualitative
choice behavior”, 1974): each record's score is linear in how well it fits, the score of “none” is
linear in what the question is like, and the probabilities are the softmax over both. The weights
are fitted by ``app.training`` and packaged in ``ranker.json``: for Vietnamese and for English, of
which only some words are known, and each with vectors and for the time when there are none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_FILE = Path(__file__).with_name("ranker.json")

RECORD_FEATURES = (
    "lexical_name",
    "lexical_question",
    "lexical_section",
    "dense_name",
    "dense_question",
    "dense_section",
    "covered",
    "named",
    "whole_name",
    "lexical_name_rank",
    "lexical_question_rank",
    "lexical_section_rank",
    "dense_rank",
    "covered_rank",
    "several_lexical",
    "several_dense",
    "facet_there",
    "practical_guide",
)
"""How well a record fits a question; see ``app.answering.features``."""

QUESTION_FEATURES = (
    "unknown",
    "best_lexical",
    "best_dense",
    "best_covered",
    "best_named",
    "outside",
    "off_topic",
    "constant",
)
"""What a question is like, whatever the record."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Fitted weights."""

    record_weights: Floats
    """Shape ``(len(RECORD_FEATURES),)``."""
    none_weights: Floats
    """Shape ``(len(QUESTION_FEATURES),)``."""

    @classmethod
    @cache
    def packaged(cls, *, vectors: bool = True, english: bool = False) -> Ranker:
        """The weights of this release, with or without vectors, for questions of a language.

        Raises:
            ValueError: when the file was fitted for other features.
        """
        data = json.loads(_FILE.read_text(encoding="utf-8"))
        weights = data[weights_name(vectors=vectors, english=english)]
        record, none = weights["record"], weights["none"]
        if tuple(record) != RECORD_FEATURES or tuple(none) != QUESTION_FEATURES:
            raise ValueError(f"{_FILE.name} was fitted for other features; run `make train`")
        return cls(np.array(list(record.values())), np.array(list(none.values())))

    def probabilities(self, records: Floats, question: Floats) -> Floats:
        """That each record answers; what is left to 1 is that none does.

        Args:
            records: shape ``(records, len(RECORD_FEATURES))``.
            question: shape ``(len(QUESTION_FEATURES),)``.
        """
        scores = records @ self.record_weights
        none = float(question @ self.none_weights)
        highest = max(none, float(scores.max(initial=none)))
        weights = np.exp(scores - highest)
        found: Floats = weights / (weights.sum() + np.exp(none - highest))
        return found


def weights_name(*, vectors: bool, english: bool) -> str:
    """The name of a set of weights in the file."""
    name = "with_vectors" if vectors else "words_alone"
    return f"english_{name}" if english else name
