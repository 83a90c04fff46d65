"""Which part of a record a question aims at: the facet, the case, the section, the line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from app.answering.retrieve import Candidate
from app.answering.understand import Understood
from knowledge_base.guide import Guide, GuideSection
from knowledge_base.procedure import Case, Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of
from knowledge_base.syllables import fold, pairs, syllables

_FACET_FITS = 0.25
_ENTRY_FITS = 0.35
_EXAMPLE_FITS = 1.7
"""What the facet and a line of a guide's section add to its score, and from what score on the
record's own question is nearly the same; all in shares of the question's weight."""

_OF_A_CASE = (Facet.ELIGIBILITY, Facet.DOSSIER, Facet.FEE, Facet.TIME_LIMIT)


def facet_of(
    record: Procedure, found: Candidate, understood: Understood, case: str | None, day: date
) -> Facet:
    """The facet asked for; without one, what the named case has to say, or the summary."""
    if understood.facet is not None:
        return understood.facet
    nearly_same = found.best_question is not None and found.best_question_score >= _EXAMPLE_FITS
    if found.best_question is not None and nearly_same:
        return Facet(found.best_question.section)
    if case is not None:
        own = {
            section.facet
            for section in sections_of(record, day)
            if any(line.case == case for line in section.lines)
        }
        return next((facet for facet in _OF_A_CASE if facet in own), Facet.SUMMARY)
    return Facet.SUMMARY


def section_of(
    record: Guide, found: Candidate, facet: Facet | None, understood: Understood, day: date
) -> GuideSection:
    """The guide's section whose words, facet and lines fit the question best."""
    there = {section.id for section in sections_of(record, day)}

    def fit(part: GuideSection) -> float:
        return (
            found.section_scores.get(part.id, 0.0)
            + (_FACET_FITS if part.facet is facet else 0.0)
            + (_ENTRY_FITS if matching_entry(part, understood) else 0.0)
        )

    return max((part for part in record.sections if part.id in there), key=fit)


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
