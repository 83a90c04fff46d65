"""Builds the answer from the record: the direct sentence for the facet, then where; the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.answering.answer import Card, CardSection
from app.answering.cite import Passage
from app.answering.understand import Understood
from knowledge_base.guide import Guide, GuideSection
from knowledge_base.procedure import Case, Procedure
from knowledge_base.record import ONLINE_CHANNELS, Channel, Facet
from knowledge_base.section import FACET_HEADINGS, Line, Section, sections_of, sentence
from knowledge_base.syllables import fold, pairs, syllables

_MOST_LINES = 8
"""Lines of the asked facet in the text; the card has them all."""
_CARD_ORDER = (
    Facet.SUMMARY,
    Facet.ELIGIBILITY,
    Facet.DOSSIER,
    Facet.WHERE,
    Facet.ONLINE,
    Facet.TIME_LIMIT,
    Facet.FEE,
    Facet.STEPS,
    Facet.RESULT,
    Facet.FORM,
    Facet.LEGAL_BASIS,
)
_LEADS = {
    Facet.DOSSIER: "Cần mang:",
    Facet.STEPS: "Các bước:",
    Facet.TIME_LIMIT: "Thời hạn giải quyết:",
    Facet.FEE: "Lệ phí:",
    Facet.WHERE: "Nơi nộp:",
    Facet.ONLINE: "Cách nộp:",
    Facet.FORM: "Mẫu cần điền:",
    Facet.RESULT: "Kết quả:",
    Facet.ELIGIBILITY: "Ai được làm, điều kiện:",
    Facet.LEGAL_BASIS: "Căn cứ:",
}
_LISTS = frozenset({Facet.DOSSIER, Facet.STEPS, Facet.LEGAL_BASIS, Facet.FORM})
"""Facets whose lines are one list; of the others, the first line answers by itself."""
_IN_SHORT = (Facet.DOSSIER, Facet.WHERE, Facet.TIME_LIMIT, Facet.FEE)
"""What follows the summary where no case makes it differ."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Text with marks, and the passages that the marks number from 1."""

    text: str
    passages: tuple[Passage, ...]

    def numbered(self) -> Mapping[int, str]:
        """The words each mark may rely on."""
        return {number: passage.text for number, passage in enumerate(self.passages, start=1)}


def draft_procedure(
    record: Procedure, facet: Facet, case: str | None, understood: Understood, day: date
) -> Draft:
    """The composed answer of a procedure for a facet that it has, for a case or for all.

    Where only cases have something to say, the answer for all holds nothing of the facet.
    """
    sections = {section.facet: section for section in sections_of(record, day)}
    asked = sections[facet]
    lines = asked.for_case(case)
    if facet is Facet.ONLINE or (facet is Facet.FEE and understood.online):
        lines = _channel_first(lines, ONLINE_CHANNELS)
    passages = [Passage(record, asked, lines)] if lines else []
    words = [f"{line.text} [1]" for line in lines[:_MOST_LINES]]
    if facet is Facet.SUMMARY:
        words = words[:1]
    elif facet in _LISTS and len(lines) > 1:
        words.insert(0, _LEADS[facet])
    elif lines and lines[0].channel is None:
        words[0] = f"{_LEADS[facet]} {words[0]}"
    for extra in _IN_SHORT if facet is Facet.SUMMARY else (Facet.WHERE,):
        found = sections[extra].for_case(case) if extra in sections else ()
        if not found or extra is facet or (case is None and _by_case(sections[extra])):
            continue
        passages.append(Passage(record, sections[extra], found))
        short = found if extra is Facet.FEE else found[:1]
        words += [f"{_LEADS[extra]} {short[0].text} [{len(passages)}]"]
        words += [f"{line.text} [{len(passages)}]" for line in short[1:]]
    return Draft("\n".join(words), tuple(passages))


def draft_guide(record: Guide, section_id: str, understood: Understood, day: date) -> Draft:
    """The composed answer of a guide's section: the line asked for, or the section's answer."""
    section = next(found for found in sections_of(record, day) if found.id == section_id)
    part = next(found for found in record.sections if found.id == section_id)
    passage = Passage(record, section, section.lines)
    entry = matching_entry(part, understood)
    words = [f"{entry or part.answer} [1]"]
    if entry is None:
        shown = {part.answer} | {line.text for line in section.lines if line.text == part.answer}
        words += [f"{line.text} [1]" for line in section.lines if line.text not in shown][
            :_MOST_LINES
        ]
    return Draft("\n".join(words), (passage,))


def matching_entry(part: GuideSection, understood: Understood) -> str | None:
    """The one entry whose label or alias stands in the question, if only one does."""
    question = fold(f"{understood.words} {understood.text}")
    found = {
        entry.text: max(len(name) for name in named)
        for entry in part.entries
        if (named := [name for name in (entry.label, *entry.aliases) if _within(name, question)])
    }
    if not found:
        return None
    longest = max(found.values())
    best = [text for text, length in found.items() if length == longest]
    return best[0] if len(best) == 1 else None


def matching_case(record: Procedure, understood: Understood) -> Case | None:
    """The one case whose title or alias stands in the question, if only one does."""
    question = fold(f"{understood.words} {understood.text}")
    found = {
        case.id: max(len(name) for name in named)
        for case in record.cases
        if (named := [name for name in (case.title, *case.aliases) if _within(name, question)])
    }
    if not found:
        return None
    longest = max(found.values())
    best = [case_id for case_id, length in found.items() if length == longest]
    return next(case for case in record.cases if case.id == best[0]) if len(best) == 1 else None


def _within(name: str, question: str) -> bool:
    words, asked = fold(name).split(), [fold(word) for word in syllables(question)]
    if len(words) == 1:
        return words[0] in asked
    return set(pairs(words)) <= set(pairs(asked))


def _channel_first(lines: tuple[Line, ...], channels: frozenset[Channel]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: line.channel not in channels))


def card_of(
    record: Procedure | Guide, case: str | None, asked: Facet | str | None, day: date
) -> Card:
    """Every section of a record for a case, the asked one marked."""
    sections = sections_of(record, day)
    if isinstance(record, Procedure):
        sections = tuple(sorted(sections, key=lambda section: _CARD_ORDER.index(section.facet)))
    chosen = _case(record, case)
    return Card(
        title=record.title,
        case=chosen.title if chosen else None,
        sections=tuple(_card_section(record, section, case, asked) for section in sections),
        pitfalls=tuple(
            sentence(pitfall.text) for pitfall in record.pitfalls if pitfall.in_force(day)
        )
        if isinstance(record, Procedure)
        else (),
        to_confirm=tuple(note.text for note in record.to_confirm),
    )


def _case(record: Procedure | Guide, case: str | None) -> Case | None:
    if not isinstance(record, Procedure):
        return None
    return next((found for found in record.cases if found.id == case), None)


def _card_section(
    record: Procedure | Guide, section: Section, case: str | None, asked: Facet | str | None
) -> CardSection:
    lines = [line.text for line in section.for_case(case)]
    if isinstance(record, Procedure) and case is None:
        for other in record.cases:
            own = [line.text for line in section.lines if line.case == other.id]
            if own:
                lines += [f"{other.title}: {' '.join(own)}"]
    heading = section.heading
    if section.facet is Facet.DOSSIER and case is not None:
        heading = f"{FACET_HEADINGS[Facet.DOSSIER]} ({len(lines)})"
    return CardSection(section.facet, heading, tuple(lines), asked in (section.id, section.facet))


def cases_of(record: Procedure, facet: Facet, day: date) -> tuple[Case, ...]:
    """The cases in force that have something of their own to say about a facet."""
    own = {
        line.case
        for section in sections_of(record, day)
        if section.facet is facet
        for line in section.lines
    }
    return tuple(case for case in record.cases if case.in_force(day) and case.id in own)


def _by_case(section: Section) -> bool:
    return any(line.case is not None for line in section.lines)
