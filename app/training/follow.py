"""Fits which record a question after an answer is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from app.answering.classify import TextClassifier
from app.answering.clean import clean
from app.answering.follow import (
    NONE_FEATURES,
    RECORD_FEATURES,
    follow_features,
    in_context,
    nearest,
)
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.ranker import Ranker
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import words_of
from app.evaluation.rows import Row, Sort
from app.training.choice import Choice, fit_choice
from app.training.classifiers import fit_classifier
from app.training.examples import COMMUNE, FOLDS, Example, Tell, as_asked, folds_of, named_weights
from knowledge_base.edition import Edition
from knowledge_base.record import Facet
from knowledge_base.syllables import syllables

_SHORT = 9
"""A question that names no record and has no more syllables can only go on."""
_MADE = 0.2
"""The weight of a conversation put together by program, beside those that were written."""
_PUT_AFTER = 700
"""Questions that stand alone and are put after another answer; more teach nothing new."""
_RIDGE = 0.1
_SIGNS = {"alone": 1, "in_context": 1}


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the record that the last answer was about, and those that answer it."""

    text: str
    about: str
    expected: tuple[str, ...]
    weight: float
    kind: str

    @property
    def goes_on(self) -> bool:
        """Whether it goes on about the same record."""
        return self.about in self.expected


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
) -> dict[str, dict[str, float]]:
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
        choice = _choice(retriever, edition, turn, leans, outside.get(turn.text))
        if choice is not None:
            choices.append(choice)
            known.append(turn)
    folds = folds_of([turn.about for turn in known])
    signs = [_SIGNS.get(name, 0) for name in RECORD_FEATURES]
    figures: defaultdict[str, list[bool]] = defaultdict(list)
    for number in range(FOLDS):
        learn = [choices[place] for place in np.flatnonzero(folds != number)]
        ranker = Ranker(*fit_choice(learn, signs, _RIDGE))
        for place in np.flatnonzero(folds == number):
            figures[known[place].kind].append(_is_right(ranker, choices[place]))
    for kind, hits in sorted(figures.items()):
        tell(f"hỏi tiếp, {kind}: {len(hits)} câu, đúng {np.mean(hits):.3f}")
    record, none = fit_choice(choices, signs, _RIDGE)
    return {
        "record": named_weights(RECORD_FEATURES, record),
        "none": named_weights(NONE_FEATURES, none),
    }


def _is_right(ranker: Ranker, choice: Choice) -> bool:
    """Whether the most probable record is a right one, or none is where none is right."""
    found = ranker.probabilities(choice.options, choice.none)
    if found.max() < 1 - found.sum():
        return not choice.right.any()
    return bool(choice.right[int(np.argmax(found))])


def _choice(
    retriever: HybridRetriever,
    edition: Edition,
    turn: Turn,
    leaning: float,
    outside: float | None,
) -> Choice | None:
    """The records that a turn may be about, as they are weighed when answering.

    None where the last record or all the right ones are not among them.
    """
    understood = replace(as_asked(turn.text), leaning=leaning)
    if outside is not None:
        understood = replace(understood, outside=outside)
    last = edition.scope(COMMUNE).records[turn.about]
    context = retriever.chances(in_context(understood, last, COMMUNE), edition)
    candidates = retriever.candidates(
        Query.of(understood, COMMUNE, (turn.about, *nearest(context))), edition
    )
    same = next((found for found in candidates if found.record is last), None)
    right = np.array([float(found.record.id in turn.expected) for found in candidates])
    if same is None or (turn.expected and not right.any()):
        return None
    own = retriever.names_something(understood.words, COMMUNE, edition)
    unknown = retriever.unknown(understood.subject, COMMUNE, edition)
    options, none = follow_features(
        understood, candidates, same, context, own_subject=own, unknown=unknown
    )
    return Choice(options, right, none, turn.weight)


def _written(retriever: HybridRetriever, edition: Edition, rows: Sequence[Row]) -> Iterator[Turn]:
    for row in rows:
        about, _ = last_answer(retriever, edition, row)
        if about is not None:
            goes_on = about in row.expected
            kind = "đi tiếp" if goes_on else "việc khác" if row.expected else "ra ngoài"
            yield Turn(row.question, about, row.expected, 1.0, kind)


def last_answer(
    retriever: HybridRetriever, edition: Edition, row: Row
) -> tuple[str | None, Facet | None]:
    """The record, and the facet, that a row's earlier questions are about; None without any."""
    about, facet = None, None
    for earlier in row.history:
        asked = as_asked(earlier)
        found = retriever.candidates(Query.of(asked, COMMUNE), edition)
        if found and (about is None or found[0].probability >= 0.5):
            about = found[0].record.id
            facet = asked.likely_facet or facet or Facet.SUMMARY
    return about, facet


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
            yield Turn(row.question, about, row.expected, _MADE, kind)


def _bare(
    retriever: HybridRetriever, edition: Edition, examples: Sequence[Example]
) -> Iterator[Turn]:
    random = Random(5)  # noqa: S311 - examples, not secrets
    ids = sorted(edition.scope(COMMUNE).records)
    for example in examples:
        if len(syllables(example.text)) <= _SHORT:
            asked = as_asked(example.text)
            if not retriever.names_something(asked.words, COMMUNE, edition):
                about = random.choice(ids)
                yield Turn(example.text, about, (about,), _MADE, "đặt sau, trống")
