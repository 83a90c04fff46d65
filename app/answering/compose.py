"""Builds the answer from the record: the direct sentence for the facet, then where; the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.answering.aim import matching_entry
from app.answering.cite import Passage
from app.answering.understand import Understood
from knowledge_base.guide import Guide
from knowledge_base.procedure import Case, Procedure
from knowledge_base.record import ONLINE_CHANNELS, Channel, Facet
from knowledge_base.section import Line, Section, sections_of

MOST_LINES = 8
"""Lines of the asked facet in the text; the card has them all."""
_LEADS = {
    Facet.DOSSIER: "Cần mang:",
    Facet.STEPS: "Các bước:",
    Facet.TIME_LIMIT: "Thời hạn giải quyết:",
    Facet.FEE: "Lệ phí:",
    Facet.WHERE: "Nơi nộp:",
    Facet.ONLINE: "Cách nộp:",
    Facet.FORM: "Mẫu cần điền:",
    Facet.RESULT: "Kết quả:",
    Facet.LEGAL_BASIS: "Căn cứ:",
}
_LISTS = frozenset({Facet.DOSSIER, Facet.STEPS, Facet.LEGAL_BASIS, Facet.FORM})
"""Facets whose lines are one list; of the others, the first line answers by itself."""
_AFTER = {
    Facet.SUMMARY: (Facet.DOSSIER, Facet.WHERE, Facet.TIME_LIMIT, Facet.FEE),
    Facet.STEPS: (Facet.WHERE, Facet.TIME_LIMIT),
}
"""What follows a facet where no case makes it differ; after the others, where to go."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Text with marks, and the passages that the marks number from 1."""

    text: str
    passages: tuple[Passage, ...]
    titled: bool = False
    """Whether its sentences name the records, so that a title's figures may stand in them."""

    def numbered(self) -> Mapping[int, str]:
        """The words each mark may rely on."""
        return {
            number: f"{passage.record.title}\n{passage.text}" if self.titled else passage.text
            for number, passage in enumerate(self.passages, start=1)
        }


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
        lines = channel_first(lines, ONLINE_CHANNELS)
    passages = [Passage(record, asked, lines)] if lines else []
    words = [f"{line.text} [1]" for line in lines[:MOST_LINES]]
    if facet is Facet.SUMMARY:
        words = words[:1]
    elif facet in _LISTS and len(lines) > 1:
        words.insert(0, _LEADS[facet])
    elif lines and lines[0].channel is None and facet is not Facet.ELIGIBILITY:
        words[0] = f"{_LEADS[facet]} {words[0]}"
    also = other_facet(facet, understood)
    for extra in extras_of(facet, also):
        found = sections[extra].for_case(case) if extra in sections else ()
        whole = extra is also or extra is Facet.FEE
        if not found or (case is None and not whole and by_case(sections[extra])):
            continue
        passages.append(Passage(record, sections[extra], found))
        short = found[:MOST_LINES] if whole or (case and extra is Facet.DOSSIER) else found[:1]
        words += [f"{_LEADS[extra]} {short[0].text} [{len(passages)}]"]
        words += [f"{line.text} [{len(passages)}]" for line in short[1:]]
    return Draft("\n".join(words), tuple(passages))


def other_facet(facet: Facet, understood: Understood) -> Facet | None:
    """The other of two facets that one question asks for."""
    if understood.also is None:
        return None
    return understood.also if understood.also is not facet else understood.facet


def extras_of(facet: Facet, also: Facet | None) -> tuple[Facet, ...]:
    """What follows the asked facet: the second one asked for, and where to go."""
    follow = _AFTER.get(facet, (Facet.WHERE,))
    wanted = (also, *follow) if also is not None else follow
    return tuple(dict.fromkeys(extra for extra in wanted if extra is not facet))


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
            :MOST_LINES
        ]
    return Draft("\n".join(words), (passage,))


def channel_first(lines: tuple[Line, ...], channels: frozenset[Channel]) -> tuple[Line, ...]:
    """The lines with those of some channels before the others."""
    return tuple(sorted(lines, key=lambda line: line.channel not in channels))


def cases_of(record: Procedure, facet: Facet, day: date) -> tuple[Case, ...]:
    """The cases in force that have something of their own to say about a facet."""
    own = {
        line.case
        for section in sections_of(record, day)
        if section.facet is facet
        for line in section.lines
    }
    return tuple(case for case in record.cases if case.in_force(day) and case.id in own)


def by_case(section: Section) -> bool:
    """Whether any line holds for one case alone."""
    return any(line.case is not None for line in section.lines)
