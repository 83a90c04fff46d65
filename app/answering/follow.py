"""Which record a question after an answer is about: the last one's, another, or none.

A conditional logit as in ``app.answering.ranker``: each record is weighed by how well it fits the
question as it stands and beside the last record's title, the last record also by the words that
refer back, and “none” by what the question is like. Fitted by ``app.training`` and packaged in
``follow.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from app.answering.aim import matching_case
from app.answering.facets import without_asking
from app.answering.features import Floats
from app.answering.patterns import any_of
from app.answering.ranker import Ranker
from app.answering.retrieve import Candidate, Query
from app.answering.understand import Understood
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.syllables import fold, syllables, tokens

_OF_THE_LAST = (
    "last",
    "own_subject",
    "continues",
    "points_back",
    "asks",
    "case",
    "length",
    "same_words",
    "same_meaning",
    "unknown",
    "outside",
    "leaning",
)
"""Known of the last record alone: that it is the last one; whether the words name a record, say
that they go on, point back, ask for a facet, name a case of it; the logarithm of the number of
syllables; how well its best section fits by words and by meaning; the share of words that no record
knows; how probable it is that no counter handles the matter, 0 without one; the log-odds that by
its words alone the question cannot stand without the last one."""
RECORD_FEATURES = ("alone", "in_context", "same_topic", *_OF_THE_LAST)
"""The logarithms of a record's probability for the question as it stands and beside the last
record's title; whether it is another record of the last one's topic; and what is known of the last
record alone."""
NONE_FEATURES = (
    "constant",
    "alone",
    "in_context",
    "outside",
    "unknown",
    "leaning",
    "length",
)
"""The same for “none of them”, which is no record's own."""

_FILE = Path(__file__).with_name("follow.json")
_NEAREST = 6
"""Records that are weighed because they fit the question beside the last record's title."""
_LEAST = 1e-3
"""A probability counts as no less, and its contrary too."""
_LEAST_OF_ONE = 1e-4
"""A record's probability counts as no less."""
_POINTS_BACK = any_of(
    r"(?:cai|viec|vu|khoan|giay|to|the|so|don|ho so|thu tuc|chuyen|cho|ben) "
    r"(?:do|nay|ay|kia|no|ni)",
    r"(?:thi sao|luon|them|nua|xong|roi|vay|rua|lo|neu|nho)",
    r"(?:minh|toi|tui|em) (?:lam|nop|di) (?:thay|ho|giup)",
)


def in_context(understood: Understood, last: Procedure | Guide, commune: str) -> Query:
    """What is searched for when the last record's title is taken for a part of the question."""
    title = last.title.lower()
    return replace(
        Query.of(understood, commune),
        text=f"{title} . {understood.searched}",
        subject=f"{without_asking(fold(title))} . {understood.subject}",
    )


def nearest(context: Mapping[str, float]) -> tuple[str, ...]:
    """The ids of the records that fit best by the search for ``in_context``."""
    return tuple(sorted(context, key=lambda one: -context[one])[:_NEAREST])


def follow_features(
    understood: Understood,
    candidates: Sequence[Candidate],
    same: Candidate,
    context: Mapping[str, float],
    *,
    own_subject: bool,
    unknown: float,
) -> tuple[Floats, Floats]:
    """What the records and “none” are weighed by.

    Args:
        understood: the question.
        candidates: the records weighed.
        same: the last record, one of them.
        context: how probable each record is by the search for ``in_context``, by id.
        own_subject: whether the question has words that name records.
        unknown: the share of its subject in words that no record knows.

    Returns:
        one row a candidate of ``RECORD_FEATURES``, and one number a name in ``NONE_FEATURES``.
    """
    case = isinstance(same.record, Procedure) and matching_case(same.record, understood) is not None
    length = math.log(1 + len(syllables(understood.words)))
    leaning = _log_odds(understood.leaning)
    of_the_last = (
        1.0,
        float(own_subject),
        float(understood.continues),
        float(_POINTS_BACK.search(fold(understood.words)) is not None),
        float(understood.facet is not None),
        float(case),
        length,
        max((fit.text for fit in same.sections.values()), default=0.0),
        max((fit.text_dense for fit in same.sections.values()), default=0.0),
        unknown,
        understood.outside * bool(tokens(understood.subject, marked=False)),
        leaning,
    )
    rows = [
        (
            math.log(max(found.probability, _LEAST_OF_ONE)),
            math.log(max(context.get(found.record.id, 0.0), _LEAST_OF_ONE)),
            float(found is not same and found.record.topic is same.record.topic),
            *(of_the_last if found is same else (0.0,) * len(of_the_last)),
        )
        for found in candidates
    ]
    none = (
        1.0,
        math.log(max(1.0 - sum(found.probability for found in candidates), _LEAST)),
        math.log(max(1.0 - sum(context.values()), _LEAST)),
        understood.outside,
        unknown,
        leaning,
        length,
    )
    return np.array(rows), np.array(none)


def chances(records: Floats, none: Floats) -> Floats:
    """How probable each record is, what is left to 1 being “none”; shape ``(records,)``."""
    vectors = records[:, RECORD_FEATURES.index("same_meaning")].any()
    return _ranker(vectors=bool(vectors)).probabilities(records, none)


@cache
def _ranker(*, vectors: bool) -> Ranker:
    """The weights for questions with or without vectors."""
    weights = json.loads(_FILE.read_text(encoding="utf-8"))[
        "with_vectors" if vectors else "words_alone"
    ]
    record, none = weights.get("record", {}), weights.get("none", {})
    if tuple(record) != RECORD_FEATURES or tuple(none) != NONE_FEATURES:
        raise ValueError(f"{_FILE.name} was fitted for other features; run `make train`")
    return Ranker(np.array(list(record.values())), np.array(list(none.values())))


def _log_odds(probability: float) -> float:
    return math.log(max(probability, _LEAST) / max(1 - probability, _LEAST))
