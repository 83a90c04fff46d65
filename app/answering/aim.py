"""Which part of a record a question aims at: the facet, the case, the section, the line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from app.answering.features import Floats
from app.answering.retrieve import Candidate, SectionFit
from app.answering.understand import Understood
from knowledge_base.guide import Guide, GuideSection
from knowledge_base.procedure import Case, Procedure
from knowledge_base.record import Facet, RecordKind
from knowledge_base.section import Section
from knowledge_base.syllables import fold, pairs, syllables

SECTION_FEATURES = (
    "classified",
    "worded",
    "text",
    "text_dense",
    "question",
    "question_dense",
    "heading",
    "entry",
    "summary_unasked",
    "of_case",
    "carried",
    "carried_on",
    "carried_worded",
    "carried_length",
    *(f"of_{facet.value}" for facet in Facet),
)
"""How well a section fits a question: the logarithm of its facet's probability, whether the
question's words ask for that facet, the fit of its text, example questions and heading, whether a
line of it is named, whether it is the summary although the words ask for another facet, and whether
the named case has lines in it; whether its facet is the one last asked for, that where
the words go on, where they ask for a facet that the record has, and times the logarithm of the
number of syllables; and which facet it is of."""

_FILE = Path(__file__).with_name("aim.json")
_LEAST = 1e-3
"""A facet's probability counts as no less."""


@cache
def _weights() -> Mapping[RecordKind, Floats]:
    """By kind of record: a guide's sections are told apart by what they say, not by facet alone."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    if any(tuple(weights) != SECTION_FEATURES for weights in data.values()):
        raise ValueError(f"{_FILE.name} was fitted for other features; run `make train`")
    return {RecordKind(kind): np.array(list(weights.values())) for kind, weights in data.items()}


def section_features(
    sections: Sequence[Section],
    found: Candidate,
    understood: Understood,
    case: str | None,
    carried: Facet | None = None,
) -> Floats:
    """One row of ``SECTION_FEATURES`` for each of a record's sections."""
    length = math.log(1 + len(syllables(understood.words)))
    record = found.record
    parts = {part.id: part for part in record.sections} if isinstance(record, Guide) else {}
    worded = understood.facet in {section.facet for section in sections}
    usual = _usual(found)
    rows = []
    for section in sections:
        fit = found.sections.get(section.id, SectionFit())
        if not fit.asked:
            fit = replace(fit, question=usual.question, question_dense=usual.question_dense)
        part = parts.get(section.id)
        kept = float(section.facet is carried)
        rows.append(
            (
                math.log(max(understood.facets.get(section.facet.value, 0.0), _LEAST)),
                float(section.facet is understood.facet),
                fit.text,
                fit.text_dense,
                fit.question,
                fit.question_dense,
                fit.heading,
                float(part is not None and matching_entry(part, understood) is not None),
                float(section.facet is Facet.SUMMARY and worded),
                float(case is not None and any(line.case == case for line in section.lines)),
                kept,
                kept * understood.continues,
                kept * worded,
                kept * length,
                *(float(section.facet is facet) for facet in Facet),
            )
        )
    return np.array(rows)


def _usual(found: Candidate) -> SectionFit:
    """How well the questions of a record fit on the whole.

    For a section that no example question asks for: that nobody wrote one says nothing against it.
    """
    asked = [fit for fit in found.sections.values() if fit.asked]
    if not asked:
        return SectionFit()
    return SectionFit(
        question=sum(fit.question for fit in asked) / len(asked),
        question_dense=sum(fit.question_dense for fit in asked) / len(asked),
    )


def section_of(
    sections: Sequence[Section],
    found: Candidate,
    understood: Understood,
    case: str | None,
    carried: Facet | None = None,
) -> Section:
    """The section of a record that answers the question best.

    A conditional logit over the record's sections, fitted by ``app.training``.

    Args:
        sections: the record's.
        found: the record, and how well its sections fit.
        understood: the question.
        case: the case that the question names.
        carried: the facet that the last question asked for, where this one goes on from it.
    """
    features = section_features(sections, found, understood, case, carried)
    guide = isinstance(found.record, Guide)
    weights = _weights()[RecordKind.GUIDE if guide else RecordKind.PROCEDURE]
    return sections[int(np.argmax(features @ weights))]


def matching_entry(part: GuideSection, understood: Understood) -> str | None:
    """The one line whose label or alias stands in the question, if only one does."""
    names = {entry.text: (entry.label, *entry.aliases) for entry in part.entries}
    return _only_longest(names, understood, set())


def matching_case(record: Procedure, understood: Understood) -> Case | None:
    """The one case whose title or alias stands in the question, if only one does.

    Words that name the record itself reveal no case of it.
    """
    of_record = _pairs(record.title)
    names = {case.id: (case.title, *case.aliases) for case in record.cases}
    chosen = _only_longest(names, understood, of_record)
    return next((case for case in record.cases if case.id == chosen), None)


def _only_longest(
    names: Mapping[str, Iterable[str]], understood: Understood, without: set[str]
) -> str | None:
    asked = [fold(word) for word in syllables(f"{understood.words} . {understood.text}")]
    found = {
        key: max(len(name) for name in named)
        for key, several in names.items()
        if (named := [name for name in several if _within(name, asked, without)])
    }
    longest = [key for key, length in found.items() if length == max(found.values())]
    return longest[0] if len(longest) == 1 else None


def _within(name: str, asked: list[str], without: set[str]) -> bool:
    words = [fold(word) for word in syllables(name)]
    if len(words) == 1:
        return words[0] in asked
    named = set(pairs(words))
    return named <= set(pairs(asked)) and not named <= without


def _pairs(text: str) -> set[str]:
    return set(pairs([fold(word) for word in syllables(text)]))
