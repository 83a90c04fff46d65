"""Fits whether a question goes on about the last answer's record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from app.answering.classify import TextClassifier
from app.answering.clean import clean
from app.answering.features import Floats
from app.answering.follow import FOLLOW_FEATURES, follow_features
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import understand, words_of
from app.evaluation.rows import Row, Sort
from app.training.choice import Choice, fit_choice
from app.training.classifiers import fit_classifier
from app.training.examples import COMMUNE, FOLDS, Example, Tell, folds_of, named_weights
from knowledge_base.edition import Edition
from knowledge_base.syllables import syllables

_SHORT = 9
"""A question that names no record and has no more syllables can only go on."""
_MADE = 0.2
"""The weight of a conversation put together by program, beside those that were written."""
_PUT_AFTER = 1500
"""Questions that stand alone and are put after another answer; more teach nothing new."""
_RIDGE = 0.05


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, and whether it goes on about the record that the last answer was about."""

    text: str
    about: str
    goes_on: bool
    weight: float
    kind: str


def turns_of(
    retriever: HybridRetriever, edition: Edition, rows: Sequence[Row], bare: Sequence[Example]
) -> tuple[Turn, ...]:
    """The turns to learn from.

    Args:
        retriever: with the ranker already fitted; tells what the last answer was about.
        edition: what is searched.
        rows: those with a history are conversations as they were written; the others are put after
            an answer about another record.
        bare: questions that name no record; the short ones are put after answers about any record.
    """
    found = [*_written(retriever, edition, rows), *_put_after(edition, rows)]
    return (*found, *_bare(retriever, edition, bare))


def fit_turns(turns: Sequence[Turn], tell: Tell) -> tuple[TextClassifier, tuple[float, ...]]:
    """The classifier of questions that are ``leaning`` on the last one, or ``standing`` alone.

    Returns:
        the classifier, and how ``leaning`` each turn is for one that has not seen its record.
    """
    words = [(words_of(mask(clean(turn.text)), Lexicon.packaged()), ()) for turn in turns]
    labels = ["leaning" if turn.goes_on else "standing" for turn in turns]
    weights = [turn.weight for turn in turns]
    folds = folds_of([turn.about for turn in turns])
    held_out = np.zeros(len(turns))
    for number in range(FOLDS):
        learn = np.flatnonzero(folds != number)
        model = fit_classifier(
            [words[place] for place in learn],
            [labels[place] for place in learn],
            [weights[place] for place in learn],
        )
        for place in np.flatnonzero(folds == number):
            held_out[place] = model.probabilities(*words[place])["leaning"]
    hits = [(chance >= 0.5) == turn.goes_on for chance, turn in zip(held_out, turns, strict=True)]
    tell(f"câu dựa vào câu trước: đúng {np.mean(hits):.3f} trên câu để riêng")
    return fit_classifier(words, labels, weights), tuple(held_out.tolist())


def fit_follow(
    retriever: HybridRetriever,
    edition: Edition,
    turns: Sequence[Turn],
    leaning: Sequence[float],
    outside: Mapping[str, float],
    tell: Tell,
) -> dict[str, float]:
    """The weights of ``app.answering.follow``.

    Args:
        retriever: with the ranker already fitted.
        edition: what is searched.
        turns: what to learn from.
        leaning: one a turn, by a classifier that has not seen it.
        outside: by text, how probably it is out of scope, by a classifier that has not seen it.
        tell: is told the figures.
    """
    known, choices = [], []
    for turn, leans in zip(turns, leaning, strict=True):
        features = _features(retriever, edition, turn, leans, outside.get(turn.text))
        if features is not None:
            right = np.array([float(turn.goes_on)])
            choices.append(Choice(features[None, :], right, np.ones(1), turn.weight))
            known.append(turn)
    folds = folds_of([turn.about for turn in known])
    signs = [0] * len(FOLLOW_FEATURES)
    figures: defaultdict[str, list[bool]] = defaultdict(list)
    for number in range(FOLDS):
        learn = [choices[place] for place in np.flatnonzero(folds != number)]
        weights, none = fit_choice(learn, signs, _RIDGE)
        for place in np.flatnonzero(folds == number):
            called = float(choices[place].options[0] @ weights) > float(none[0])
            figures[known[place].kind].append(called == known[place].goes_on)
    for kind, hits in sorted(figures.items()):
        tell(f"hỏi tiếp, {kind}: {len(hits)} câu, đúng {np.mean(hits):.3f}")
    weights, none = fit_choice(choices, signs, _RIDGE)
    weights[FOLLOW_FEATURES.index("constant")] -= none[0]
    return named_weights(FOLLOW_FEATURES, weights)


def _features(
    retriever: HybridRetriever,
    edition: Edition,
    turn: Turn,
    leaning: float,
    outside: float | None,
) -> Floats | None:
    understood = replace(understand(mask(clean(turn.text)), Lexicon.packaged()), leaning=leaning)
    if outside is not None:
        understood = replace(understood, outside=outside)
    candidates = retriever.candidates(Query.of(understood, COMMUNE, (turn.about,)), edition)
    same = next((found for found in candidates if found.record.id == turn.about), None)
    if same is None:
        return None
    own = retriever.names_something(understood.words, COMMUNE, edition)
    unknown = retriever.unknown(understood.subject, COMMUNE, edition)
    return follow_features(understood, candidates, same, own_subject=own, unknown=unknown)


def _written(retriever: HybridRetriever, edition: Edition, rows: Sequence[Row]) -> Iterator[Turn]:
    for row in rows:
        about = None
        for earlier in row.history:
            asked = understand(mask(clean(earlier)), Lexicon.packaged())
            found = retriever.candidates(Query.of(asked, COMMUNE), edition)
            if found and (about is None or found[0].probability >= 0.5):
                about = found[0].record.id
        if about is not None:
            goes_on = about in row.expected
            kind = "đi tiếp" if goes_on else "việc khác" if row.expected else "ra ngoài"
            yield Turn(row.question, about, goes_on, 1.0, kind)


def _put_after(edition: Edition, rows: Sequence[Row]) -> Iterator[Turn]:
    random = Random(5)  # noqa: S311 - examples, not secrets
    records = edition.scope(COMMUNE).records
    ids = sorted(records)
    alone = [row for row in rows if not row.history and row.sort is not Sort.STATUS]
    for row in random.sample(alone, min(len(alone), _PUT_AFTER)):
        near = [one for one in ids if row.topic is not None and records[one].topic is row.topic]
        about = random.choice(near if near and random.random() < 0.5 else ids)
        if about not in row.expected:
            kind = "đặt sau, việc khác" if row.expected else "đặt sau, ra ngoài"
            yield Turn(row.question, about, False, _MADE, kind)


def _bare(
    retriever: HybridRetriever, edition: Edition, examples: Sequence[Example]
) -> Iterator[Turn]:
    random = Random(5)  # noqa: S311 - examples, not secrets
    ids = sorted(edition.scope(COMMUNE).records)
    for example in examples:
        if len(syllables(example.text)) <= _SHORT:
            asked = understand(mask(clean(example.text)), Lexicon.packaged())
            if not retriever.names_something(asked.words, COMMUNE, edition):
                yield Turn(example.text, random.choice(ids), True, _MADE, "đặt sau, trống")
