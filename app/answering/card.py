"""The card: every section of a record for this commune and case, folded on the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.answering.answer import Card, CardSection, Language
from app.answering.english_wording import titled, vietnamese, wording_of
from knowledge_base.guide import Guide
from knowledge_base.procedure import Case, Procedure
from knowledge_base.record import Facet
from knowledge_base.section import Section, sections_of, sentence

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


def card_of(
    record: Procedure | Guide,
    case: str | None,
    asked: Facet | str | None,
    day: date,
    language: Language = Language.VI,
) -> Card:
    """Every section of a record for a case, the asked one marked.

    In English, what stands between “ ” is Vietnamese.
    """
    english = language is Language.EN
    own = vietnamese if english else str
    sections = sections_of(record, day, wording_of(language))
    if isinstance(record, Procedure):
        sections = tuple(sorted(sections, key=lambda section: _CARD_ORDER.index(section.facet)))
    chosen = _case(record, case)
    return Card(
        title=titled(record) if english else record.title,
        case=own(chosen.title) if chosen else None,
        sections=tuple(_card_section(record, section, case, asked, own) for section in sections),
        pitfalls=tuple(
            own(sentence(pitfall.text)) for pitfall in record.pitfalls if pitfall.in_force(day)
        )
        if isinstance(record, Procedure)
        else (),
        to_confirm=tuple(own(note.text) for note in record.to_confirm),
    )


def _case(record: Procedure | Guide, case: str | None) -> Case | None:
    if not isinstance(record, Procedure):
        return None
    return next((found for found in record.cases if found.id == case), None)


def _card_section(
    record: Procedure | Guide,
    section: Section,
    case: str | None,
    asked: Facet | str | None,
    own: Callable[[str], str],
) -> CardSection:
    lines = [line.text for line in section.for_case(case)]
    if isinstance(record, Procedure) and case is None:
        for other in record.cases:
            said = [line.text for line in section.lines if line.case == other.id]
            if said:
                lines += [f"{own(other.title)}: {' '.join(said)}"]
    heading = section.heading
    if section.facet is Facet.DOSSIER and case is not None:
        heading = f"{section.heading} ({len(lines)})"
    return CardSection(section.facet, heading, tuple(lines), asked in (section.id, section.facet))
