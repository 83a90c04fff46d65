"""Whether a question goes on about the record that the last answer was about.

A logistic function of how well the question stands by itself and of the words that refer back;
fitted by ``app.training`` and packaged in ``follow.json``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from app.answering.aim import matching_case
from app.answering.features import Floats
from app.answering.patterns import any_of
from app.answering.retrieve import Candidate
from app.answering.understand import Understood
from knowledge_base.procedure import Procedure
from knowledge_base.syllables import fold, syllables, tokens

FOLLOW_FEATURES = (
    "best",
    "best_named",
    "same",
    "same_of_best",
    "none",
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
    "constant",
)
"""The best record's probability, whether it is named in full, the last record's own probability and
its share of the best one's, how probable no record is; whether the words name a record, say that
they go on, point back, ask for a facet, name a case of the last record; the logarithm of the number
of syllables; how well the last record's best section fits by words and by meaning; the share of
words that no record knows; how probable it is that no counter handles the matter, 0 without one;
the log-odds that by its words alone it cannot stand without the last question."""

_FILE = Path(__file__).with_name("follow.json")
_LEAST = 0.01
"""A probability counts as no less, and its contrary too."""
_POINTS_BACK = any_of(
    r"(?:cai|viec|vu|khoan|giay|to|the|so|don|ho so|thu tuc|chuyen|cho|ben) "
    r"(?:do|nay|ay|kia|no|ni)",
    r"(?:thi sao|luon|them|nua|xong|roi|vay|rua|lo|neu|nho)",
    r"(?:minh|toi|tui|em) (?:lam|nop|di) (?:thay|ho|giup)",
)


def follow_features(
    understood: Understood,
    candidates: Sequence[Candidate],
    same: Candidate,
    *,
    own_subject: bool,
    unknown: float,
) -> Floats:
    """One number a name in ``FOLLOW_FEATURES``; ``candidates`` come best first."""
    best = candidates[0]
    case = isinstance(same.record, Procedure) and matching_case(same.record, understood) is not None
    return np.array(
        [
            best.probability,
            float(best.named_in_full),
            same.probability,
            same.probability / max(best.probability, 1e-9),
            max(0.0, 1.0 - sum(found.probability for found in candidates)),
            float(own_subject),
            float(understood.continues),
            float(_POINTS_BACK.search(fold(understood.words)) is not None),
            float(understood.facet is not None),
            float(case),
            math.log(1 + len(syllables(understood.words))),
            max((fit.text for fit in same.sections.values()), default=0.0),
            max((fit.text_dense for fit in same.sections.values()), default=0.0),
            unknown,
            understood.outside * bool(tokens(understood.subject, marked=False)),
            math.log(max(understood.leaning, _LEAST) / max(1 - understood.leaning, _LEAST)),
            1.0,
        ]
    )


def goes_on(features: Floats) -> float:
    """The probability that the question goes on about the same record."""
    vectors = features[FOLLOW_FEATURES.index("same_meaning")] != 0
    return 1.0 / (1.0 + math.exp(-float(features @ _weights(vectors=bool(vectors)))))


@cache
def _weights(*, vectors: bool) -> Floats:
    """For questions with or without vectors."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    weights = data["with_vectors" if vectors else "words_alone"]
    if tuple(weights) != FOLLOW_FEATURES:
        raise ValueError(f"{_FILE.name} was fitted for other features; run `make train`")
    return np.array(list(weights.values()))
