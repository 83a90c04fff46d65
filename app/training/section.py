"""Fits the choice of a record's section."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from app.answering.aim import SECTION_FEATURES, matching_case, section_features
from app.answering.retrieve import HybridRetriever
from app.training.choice import Choice, fit_choice
from app.training.examples import (
    FOLDS,
    Example,
    Seen,
    Tell,
    folds_of_examples,
    named_weights,
    stripped_weight,
)
from knowledge_base.edition import Edition
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind
from knowledge_base.section import sections_of

_OWN_SECTION = 0.05
"""The weight of a record's own question in the choice of a section: the embedding has learned the
section that answers it, so there it flatters the dense scores."""
_RIDGE = 0.1


def fit_aim(
    retriever: HybridRetriever, edition: Edition, seen: Iterable[Seen], tell: Tell
) -> dict[str, dict[str, float]]:
    """The weights of ``app.answering.aim``, by kind of record.

    All that was written counts alike: which section answers is not what the ranker is measured by.
    """
    by_kind: dict[RecordKind, list[tuple[Choice, Example]]] = {
        RecordKind.PROCEDURE: [],
        RecordKind.GUIDE: [],
    }
    for one in seen:
        if one.example.facets and one.example.records:
            kind, choice = _section_choice(retriever, edition, one)
            if choice.right.any():
                by_kind[kind].append((choice, one.example))
    free = ("summary", "carried", "of_")
    signs = [0 if name.startswith(free) and name != "of_case" else 1 for name in SECTION_FEATURES]
    found = {}
    for kind, pairs in by_kind.items():
        choices = [choice for choice, _ in pairs]
        folds = folds_of_examples([example for _, example in pairs])
        figures: defaultdict[str, list[float]] = defaultdict(list)
        for fold_number in range(FOLDS):
            learn = [
                one for one, number in zip(choices, folds, strict=True) if number != fold_number
            ]
            if not learn:  # all of one fold: nothing is left to learn from
                continue
            weights, _ = fit_choice(learn, signs, _RIDGE)
            for place in np.flatnonzero(folds == fold_number).tolist():
                choice, example = pairs[place]
                hit = choice.right[int(np.argmax(choice.options @ weights))]
                figures[example.kind].append(hit)
        for name, hits in sorted(figures.items()):
            tell(f"chọn mục, {kind.value}, {name}: {len(hits)} câu, đúng {np.mean(hits):.3f}")
        found[kind.value] = named_weights(SECTION_FEATURES, fit_choice(choices, signs, _RIDGE)[0])
    return found


def _section_choice(
    retriever: HybridRetriever, edition: Edition, one: Seen
) -> tuple[RecordKind, Choice]:
    """The sections of the right record, and which of them answer."""
    wanted, example = one.example.records[0], one.example
    number = one.fit.ids.index(wanted)
    found = retriever.candidate(edition, example.commune, one.fit, number, 1.0)
    record, case = found.record, None
    if isinstance(record, Procedure) and (matched := matching_case(record, one.understood)):
        case = matched.id
    sections = sections_of(record, edition.day)
    right = [
        section.id == example.section if example.section else section.facet in example.facets
        for section in sections
    ]
    return (
        RecordKind.PROCEDURE if isinstance(record, Procedure) else RecordKind.GUIDE,
        Choice(
            section_features(sections, found, one.understood, case, one.carried),
            np.array(right, dtype=np.float64),
            np.empty(0),
            _OWN_SECTION if example.kind == "own" else stripped_weight(example),
        ),
    )
