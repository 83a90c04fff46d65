"""Fits whether a question goes on about the last answer's record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from app.answering.clean import clean
from app.answering.features import Floats
from app.answering.follow import FOLLOW_FEATURES, follow_features
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import understand
from app.evaluation.rows import Row, Sort
from app.training.choice import Choice, fit_choice
from app.training.examples import Example
from knowledge_base.edition import Edition
from knowledge_base.syllables import syllables

_SHORT = 9
"""A question that names no record and has no more syllables can only go on."""
_MADE = 0.2
"""The weight of a conversation put together by program, beside those that were written."""
_RIDGE = 0.05
_GOES_OVER = ("còn", "thế còn", "vậy", "thế", "rồi còn")
_ASKS = ("thì sao?", "thì mất bao lâu?", "hết bao nhiêu tiền?", "nộp ở đâu?", "cần giấy gì?")
"""What a resident says before and after the name of another matter."""


@dataclass(frozen=True, slots=True)
class _Turn:
    features: Floats
    goes_on: bool
    weight: float
    kind: str


def fit_follow(
    retriever: HybridRetriever,
    edition: Edition,
    commune: str,
    rows: Sequence[Row],
    facets: Sequence[Example],
    strange: Sequence[Example],
    tell: Callable[[str], None],
) -> dict[str, float]:
    """The weights of ``app.answering.follow``.

    Args:
        retriever: with the ranker already fitted.
        edition: what is searched.
        commune: whose records.
        rows: development questions; those with a history are real conversations, the others are
            put after an answer about another record.
        facets: short questions that name no record; they are put after answers about any record.
        strange: questions out of scope; they do not go on about anything.
        tell: is told the figures.
    """
    turns = [*_written(retriever, edition, commune, rows)]
    turns += _made(retriever, edition, commune, rows, facets, strange)
    choices = [
        Choice(
            turn.features[None, :],
            np.array([float(turn.goes_on)]),
            np.ones(1),
            turn.weight,
        )
        for turn in turns
    ]
    signs = [0] * len(FOLLOW_FEATURES)
    figures: defaultdict[str, list[bool]] = defaultdict(list)
    for fold in range(5):
        weights, none = fit_choice(
            [choice for place, choice in enumerate(choices) if place % 5 != fold], signs, _RIDGE
        )
        for turn in turns[fold::5]:
            called = float(turn.features @ weights) > float(none[0])
            figures[turn.kind].append(called == turn.goes_on)
    for kind, hits in sorted(figures.items()):
        tell(f"hỏi tiếp, {kind}: {len(hits)} câu, đúng {np.mean(hits):.3f}")
    weights, none = fit_choice(choices, signs, _RIDGE)
    weights[FOLLOW_FEATURES.index("constant")] -= none[0]
    return {
        name: round(float(weight), 4) for name, weight in zip(FOLLOW_FEATURES, weights, strict=True)
    }


def _written(
    retriever: HybridRetriever, edition: Edition, commune: str, rows: Sequence[Row]
) -> Iterator[_Turn]:
    for row in rows:
        about = None
        for earlier in row.history:
            asked = understand(mask(clean(earlier)), Lexicon.packaged())
            found = retriever.candidates(Query.of(asked, commune), edition)
            if found and (about is None or found[0].probability >= 0.5):
                about = found[0].record.id
        if about is not None:
            right = about in row.expected
            yield from _turn(retriever, edition, commune, row.question, about, right, 1.0, "viết")


def _made(
    retriever: HybridRetriever,
    edition: Edition,
    commune: str,
    rows: Sequence[Row],
    facets: Sequence[Example],
    strange: Sequence[Example],
) -> Iterator[_Turn]:
    random = Random(5)  # noqa: S311 - examples, not secrets
    records = edition.scope(commune).records
    ids = sorted(records)
    for row in rows:
        if row.history or row.sort is Sort.STATUS:
            continue
        near = [one for one in ids if row.topic is not None and records[one].topic is row.topic]
        about = random.choice(near if near and random.random() < 0.5 else ids)
        if about not in row.expected:
            yield from _turn(
                retriever, edition, commune, row.question, about, False, _MADE, "chuyển việc"
            )
    for record_id in ids:
        name = random.choice((records[record_id].title, *records[record_id].aliases))
        text = f"{random.choice(_GOES_OVER)} {name} {random.choice(_ASKS)}"
        about = random.choice([one for one in ids if one != record_id])
        yield from _turn(retriever, edition, commune, text, about, False, _MADE, "còn việc khác")
    for example in strange:
        about = random.choice(ids)
        yield from _turn(
            retriever, edition, commune, example.text, about, False, _MADE, "ngoài phạm vi"
        )
    for example in facets:
        if len(syllables(example.text)) <= _SHORT:
            about = random.choice(ids)
            asked = understand(mask(clean(example.text)), Lexicon.packaged())
            if not retriever.names_something(asked.words, commune, edition):
                yield from _turn(
                    retriever, edition, commune, example.text, about, True, _MADE, "ngắn"
                )


def _turn(
    retriever: HybridRetriever,
    edition: Edition,
    commune: str,
    text: str,
    about: str,
    goes_on: bool,
    weight: float,
    kind: str,
) -> Iterator[_Turn]:
    understood = understand(mask(clean(text)), Lexicon.packaged())
    candidates = retriever.candidates(Query.of(understood, commune, about), edition)
    same = next((found for found in candidates if found.record.id == about), None)
    if same is not None:
        own = retriever.names_something(understood.words, commune, edition)
        unknown = retriever.unknown(understood.subject, commune, edition)
        features = follow_features(understood, candidates, same, own_subject=own, unknown=unknown)
        yield _Turn(features, goes_on, weight, kind)
