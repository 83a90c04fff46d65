"""Builds the English answer of a record: a direct sentence, then where, how long, how much.

It follows the Vietnamese answer line by line and rests on the same passages, which stay Vietnamese.
"""

from __future__ import annotations

from datetime import date

from app.answering.aim import matching_entry
from app.answering.cite import Passage
from app.answering.compose import MOST_LINES, Draft, by_case, channel_first, extras_of, other_facet
from app.answering.english_wording import (
    ENGLISH,
    IN_VIETNAMESE,
    lower_first,
    named,
    titled,
    vietnamese,
)
from app.answering.understand import Understood
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import ONLINE_CHANNELS, Facet
from knowledge_base.section import Line, sections_of

_AS_USED = "in Vietnamese, as the counter uses it"
_DIRECT = {
    Facet.SUMMARY: f"What {{}} is, {_AS_USED}",
    Facet.ELIGIBILITY: f"Who may apply for {{}} and on what conditions, {_AS_USED}",
    Facet.DOSSIER: "What to bring for {}",
    Facet.STEPS: f"The steps for {{}}, {_AS_USED}",
    Facet.WHERE: "Where to apply for {}",
    Facet.ONLINE: "How to apply for {}",
    Facet.TIME_LIMIT: "Processing time for {}",
    Facet.FEE: "Fee for {}",
    Facet.RESULT: f"What you get from {{}}, {_AS_USED}",
    Facet.FORM: "Form to fill in for {}",
    Facet.LEGAL_BASIS: "Legal basis of {}, by its Vietnamese name",
}
_IN_EVERY_CASE = "What to bring in every case; the card says what each case adds"
_LEADS = {
    Facet.DOSSIER: "What to bring",
    Facet.WHERE: "Where to apply",
    Facet.TIME_LIMIT: "Processing time",
    Facet.FEE: "Fee",
}


def english_procedure(
    record: Procedure, facet: Facet, case: str | None, understood: Understood, day: date
) -> Draft:
    """The English answer of a procedure for a facet that it has, for a case or for all."""
    own = {section.facet: section for section in sections_of(record, day)}
    said = {section.facet: section for section in sections_of(record, day, ENGLISH)}
    lines, words = own[facet].for_case(case), said[facet].for_case(case)
    if facet is Facet.ONLINE or (facet is Facet.FEE and understood.online):
        lines, words = (channel_first(both, ONLINE_CHANNELS) for both in (lines, words))
    passages = [Passage(record, own[facet], lines)] if lines else []
    text: list[str] = []
    if lines and facet is Facet.SUMMARY:
        text = [f"{titled(record)}. [1]", f"{_capital(_AS_USED)}: {words[0].text} [1]"]
    elif lines:
        text = _led(_DIRECT[facet].format(named(record)), words, 1, whole=facet in IN_VIETNAMESE)
    if facet is Facet.WHERE:
        text = _asking_for(record, text, 1)
    also = other_facet(facet, understood)
    for extra in extras_of(facet, also):
        found = own[extra].for_case(case) if extra in own else ()
        whole = extra is also or extra in (Facet.FEE, Facet.DOSSIER)
        differs = case is None and extra in own and by_case(own[extra])
        if not found or (differs and not whole):
            continue
        passages.append(Passage(record, own[extra], found))
        mark, words = len(passages), said[extra].for_case(case)
        lead = _LEADS.get(extra) or _DIRECT[extra].format(named(record))
        if differs and extra is Facet.DOSSIER:
            lead = _IN_EVERY_CASE
        more = _led(lead, words if whole else words[:1], mark, whole=extra in IN_VIETNAMESE)
        text += _asking_for(record, more, mark) if extra is Facet.WHERE else more
    return Draft("\n".join(text), tuple(passages), titled=True)


def english_guide(record: Guide, section_id: str, understood: Understood, day: date) -> Draft:
    """The English frame of a guide's section, whose own words stay Vietnamese."""
    section = next(found for found in sections_of(record, day) if found.id == section_id)
    part = next(found for found in record.sections if found.id == section_id)
    entry = matching_entry(part, understood)
    shown = [entry] if entry else list(dict.fromkeys(line.text for line in section.lines))
    text = [f"{titled(record)}, {_AS_USED} [1]:"]
    text += [f"{vietnamese(words)} [1]" for words in shown[: MOST_LINES + 1]]
    return Draft("\n".join(text), (Passage(record, section, section.lines),), titled=True)


def _led(lead: str, lines: tuple[Line, ...], mark: int, *, whole: bool) -> list[str]:
    """One line as a sentence behind its lead; several, or Vietnamese ones, as a list under it."""
    if len(lines) == 1 and not whole:
        return [f"{lead}: {lower_first(lines[0].text)} [{mark}]"]
    return [f"{lead} [{mark}]:", *(f"{line.text} [{mark}]" for line in lines[:MOST_LINES])]


def _asking_for(record: Procedure, lines: list[str], mark: int) -> list[str]:
    """Where to go, and the Vietnamese name to say there."""
    end = f" [{mark}]"
    said = f"{lines[-1].removesuffix(end)} Ask for {vietnamese(record.title)}.{end}"
    return [*lines[:-1], said]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
