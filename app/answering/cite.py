"""Citations: the places of the record that the shown sentences rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from app.answering.answer import Citation, Language, LegalLine
from app.answering.english_wording import wording_of
from app.answering.verify import MARK
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.section import Line, Section
from knowledge_base.source import LegalBasis

_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Passage:
    """A section of a record, with the lines that apply to the resident's case."""

    record: Procedure | Guide
    section: Section
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The lines, one below the other."""
        return "\n".join(line.text for line in self.lines)


def cite(
    text: str, passages: tuple[Passage, ...], day: date, language: Language = Language.VI
) -> tuple[Citation, ...]:
    """The citations that the marks of a text name; passages count from 1.

    Their quotes are the record's own words in every language; the section's name is translated.
    """
    return tuple(
        _citation(number, passages[number - 1], day, language)
        for number in sorted({int(mark) for mark in MARK.findall(text)})
        if 1 <= number <= len(passages)
    )


def _citation(number: int, passage: Passage, day: date, language: Language) -> Citation:
    record = passage.record
    section = passage.section
    keys = dict.fromkeys(key for line in passage.lines for key in line.sources)
    sources = [record.sources[key] for key in keys]
    addresses = [source.address for source in sources if source.address]
    return Citation(
        number=number,
        record_id=record.id,
        title=record.title,
        section=wording_of(language).heading(section.facet)
        if isinstance(record, Procedure)
        else section.heading,
        quote=passage.text,
        legal_basis=tuple(
            LegalLine(basis.number, basis.name, basis.article, basis.effective_from, basis.issued)
            for basis in _nearest_first(record, keys, day)
        ),
        source_title="; ".join(f"{source.title} ({source.publisher})" for source in sources),
        source_url=next((one for one in addresses if one.startswith(_WEB)), None),
        checked_on=record.checked_on,
    )


def _nearest_first(record: Procedure | Guide, keys: Collection[str], day: date) -> list[LegalBasis]:
    """The texts in force, first those that the cited lines rest on more than on the others.

    A source that many texts of the record share, such as the portal's page, tells little about
    which of them a fee comes from; one that a single circular has, tells all.
    """
    bases = [basis for basis in record.legal_basis if basis.in_force(day)]
    shared = Counter(key for basis in bases for key in set(basis.source_keys))
    return sorted(
        bases,
        key=lambda basis: -sum(1 / shared[key] for key in set(basis.source_keys) & set(keys)),
    )
