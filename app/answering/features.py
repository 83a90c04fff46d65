"""What the ranker looks at: how well every record of a commune fits a question."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.answering.layout import Layout
from app.answering.ranker import RECORD_FEATURES
from knowledge_base.chunk import ChunkKind
from knowledge_base.record import Facet

Floats = NDArray[np.float64]

_PARTS = ((ChunkKind.NAME, ChunkKind.HEADING), (ChunkKind.QUESTION,), (ChunkKind.SECTION,))
"""The chunks of a record that are scored apart."""
_SEVERAL = 3
"""How many of a record's best chunks count together."""
_SUREST = 0.0003
"""A classifier's word counts as no surer than this, or than all but this."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How well each chunk of an edition fits a question; each array has shape ``(chunks,)``."""

    lexical: Floats
    """The share of the question's weight that the chunk holds."""
    dense: Floats
    """Cosine similarity; the least of the nearest ones for all that are farther."""


def record_features(
    layout: Layout,
    scores: Scores,
    named: frozenset[str],
    facet: Facet | None,
    covered: Floats,
) -> Floats:
    """One row a record, one column a name in ``RECORD_FEATURES``."""
    lexical = [layout.best(scores.lexical, *kinds) for kinds in _PARTS]
    dense = [layout.best(scores.dense, *kinds) for kinds in _PARTS]
    nearest = np.max(dense, axis=0)
    there = layout.has_facet(facet)
    return np.column_stack(
        [
            *lexical,
            *dense,
            covered,
            layout.named(named),
            layout.whole_name(named),
            *map(_relative, lexical),
            _relative(nearest),
            _relative(covered),
            layout.several(scores.lexical, _SEVERAL),
            layout.several(scores.dense, _SEVERAL),
            there,
            layout.guides * (1.0 - there),
        ]
    )


def question_features(
    layout: Layout, subject: frozenset[str], records: Floats, *, outside: float, off_topic: bool
) -> Floats:
    """One number a name in ``QUESTION_FEATURES``.

    ``outside`` enters by its log-odds, so that a sure verdict weighs more than a likely one, and
    counts for less the more a record names and covers the whole question: what the classifier
    never saw may still be a new record's matter.
    """
    best = records.max(axis=0, initial=0.0)
    covered, named = (RECORD_FEATURES.index(name) for name in ("covered", "whole_name"))
    certain = float((records[:, covered] * records[:, named]).max(initial=0.0))
    return np.array(
        [
            layout.unknown(subject),
            best[:3].max(),
            best[3:6].max(),
            best[6],
            best[8],
            _log_odds(outside) * (1.0 - certain),
            float(off_topic),
            1.0,
        ]
    )


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _SUREST), 1.0 - _SUREST)
    return math.log(bounded / (1.0 - bounded))


def _relative(column: Floats) -> Floats:
    highest = column.max(initial=0.0)
    return column / highest if highest > 0 else column
