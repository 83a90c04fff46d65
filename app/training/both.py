"""Fits whether a message asks two things: a few small networks that weigh each way to cut it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.answering.both import FEATURES, Reader, pairs
from app.answering.features import Floats
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import QuestionKind
from app.evaluation.rows import Row, Sort
from app.training.examples import COMMUNE, FOLDS, Tell, as_asked, folds_of
from knowledge_base.edition import Edition
from knowledge_base.syllables import fold

if TYPE_CHECKING:
    from sklearn.neural_network import MLPClassifier

_NETWORKS = 5
_HIDDEN = 12
_PENALTY = 5.0
_STEPS = 200
"""Of fitting at most; to stop before the end is no fault."""
_WRONGLY_CUT = 0.005
"""The share of messages with one question that may be cut in two: whoever gets a second answer that
was not asked for trusts the first one less."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message and the ways to cut it."""

    two: bool
    """Whether two records are asked for."""
    expected: tuple[str, ...]
    cuts: Floats
    """Shape ``(cuts, len(FEATURES))``."""
    right: Floats
    """1 where the halves find the two records expected, else 0; shape ``(cuts,)``."""
    fold: int


@dataclass(frozen=True, slots=True)
class _Fitted:
    mean: Floats
    spread: Floats
    networks: tuple[MLPClassifier, ...]

    def sureness(self, cuts: Floats) -> Floats:
        """See ``app.answering.both.sureness``."""
        scaled = (cuts - self.mean) / self.spread
        each = [one.predict_proba(scaled)[:, 1] for one in self.networks]
        mean: Floats = np.mean(each, axis=0)
        return mean


def fit_both(
    retriever: HybridRetriever, edition: Edition, rows: Sequence[Row], tell: Tell
) -> dict[str, object]:
    """The weights of ``app.answering.both``.

    A message for two records none of whose cuts finds both is not learned from: neither cutting it
    nor leaving it whole would be right. How sure is sure enough is found on messages left out.

    Args:
        retriever: with the ranker already fitted.
        edition: what is searched.
        rows: messages that ask one thing, or two: ``both``.
        tell: is told the figures, held out by the records expected.
    """
    messages = tuple(_messages(retriever, edition, rows))
    held_out = [0.0] * len(messages)
    hits = [False] * len(messages)
    for number in range(FOLDS):
        fitted = _fit([one for one in messages if one.fold != number])
        for place, one in enumerate(messages):
            if fitted is not None and one.fold == number and len(one.cuts):
                sure = fitted.sureness(one.cuts)
                held_out[place] = float(sure.max())
                hits[place] = bool(one.right[int(sure.argmax())])
    single = sorted(
        (sure for sure, one in zip(held_out, messages, strict=True) if not one.two), reverse=True
    )
    enough = _enough(single)
    cut = [sure >= enough for sure in held_out]
    two = [place for place, one in enumerate(messages) if one.two]
    tell(
        f"hai câu trong một: từ {enough:.2f}, {sum(cut[place] and hits[place] for place in two)}"
        f" đúng, {sum(cut[place] and not hits[place] for place in two)} sai trên {len(two)} câu;"
        f" cắt nhầm {sum(sure >= enough for sure in single)} trên {len(single)} câu đơn"
    )
    fitted = _fit(messages)
    if fitted is None:
        raise ValueError("no message asks for two records, or every one does")
    return _written(fitted, enough)


def _messages(
    retriever: HybridRetriever, edition: Edition, rows: Sequence[Row]
) -> Iterator[Message]:
    reader = Reader(
        as_asked,
        lambda half: retriever.names_something(half.words, COMMUNE, edition),
        lambda half: retriever.candidates(Query.of(half, COMMUNE), edition),
    )
    for row in rows:
        whole = as_asked(row.question)
        searched = whole.kind is QuestionKind.PROCEDURE and row.sort is not Sort.STATUS
        if row.history or not searched:
            continue
        found = pairs(whole, reader.search(whole), reader)
        two = row.both and len(row.expected) > 1
        right = [
            float(two and {one.record.id for one in pair.found} == set(row.expected))
            for pair in found
        ]
        (number,) = folds_of(["|".join(sorted(row.expected)) or fold(row.question)])
        cuts = np.array([pair.features for pair in found]).reshape(len(found), len(FEATURES))
        yield Message(two, row.expected, cuts, np.array(right), int(number))


def _fit(messages: Sequence[Message]) -> _Fitted | None:
    """None where nothing tells right cuts from wrong ones."""
    from sklearn.exceptions import ConvergenceWarning  # takes seconds
    from sklearn.neural_network import MLPClassifier

    learn = [one for one in messages if len(one.cuts) and one.two == one.right.any()]
    if not learn:
        return None
    cuts = np.concatenate([one.cuts for one in learn])
    right = np.concatenate([one.right for one in learn])
    if right.all() or not right.any():
        return None
    mean, spread = cuts.mean(axis=0), cuts.std(axis=0) + 1e-9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        networks = tuple(
            MLPClassifier(
                (_HIDDEN,),
                activation="tanh",
                alpha=_PENALTY,
                solver="lbfgs",
                max_iter=_STEPS,
                random_state=seed,
            ).fit((cuts - mean) / spread, right)
            for seed in range(_NETWORKS)
        )
    return _Fitted(mean, spread, networks)


def _enough(single: Sequence[float]) -> float:
    """From how sure on so few messages with one question are cut; the surest ones first."""
    allowed = int(_WRONGLY_CUT * len(single))
    least = single[allowed] if allowed < len(single) else 0.0
    # in its last digits a sureness may differ between machines
    return max(math.floor(least * 100 + 1) / 100, 0.5)


def _written(fitted: _Fitted, enough: float) -> dict[str, object]:
    """The weights as they are packaged."""

    def numbers(array: Floats) -> list[float]:
        return [round(float(one), 4) for one in array]

    scales = zip(FEATURES, fitted.mean, fitted.spread, strict=True)
    return {
        "sure": round(enough, 2),
        # a feature that never differs has no spread and counts for nothing
        "features": {
            name: [round(float(mean), 4), round(float(spread), 4) or 1.0]
            for name, mean, spread in scales
        },
        "networks": [
            {
                "hidden": [numbers(row) for row in one.coefs_[0]],
                "shift": numbers(one.intercepts_[0]),
                "out": numbers(one.coefs_[1][:, 0]),
                "bias": round(float(one.intercepts_[1][0]), 4),
            }
            for one in fitted.networks
        ],
    }
