"""Published records that speak of a question, and citations picked from their sections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.answering.answer import Citation
from app.answering.cite import Passage, cite
from app.answering.clean import clean
from app.answering.lexicon import Lexicon
from app.answering.mask import mask
from app.answering.retrieve import HybridRetriever, Query
from app.answering.understand import understand
from ingest.live import LiveKnowledge
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind
from knowledge_base.section import Section, sections_of
from knowledge_base.syllables import fold, nfc

MOST_SUGGESTED = 5
_LEAST = 0.02
"""A record less probable than this is no help."""
_SEPARATOR = "#"


@dataclass(frozen=True, slots=True)
class Citable:
    """A record with the sections that a reply may cite."""

    record: Procedure | Guide
    sections: tuple[Section, ...]

    @property
    def kind(self) -> RecordKind:
        """Which kind of record."""
        return RecordKind.GUIDE if isinstance(self.record, Guide) else RecordKind.PROCEDURE

    def pick(self, section: Section) -> str:
        """What a form sends for a section; see ``citations_of``."""
        return f"{self.record.id}{_SEPARATOR}{section.id}"


def suggested(live: LiveKnowledge, question: str, commune: str) -> tuple[Citable, ...]:
    """The records of a commune that may speak of a question, the likeliest first."""
    edition = live.edition()
    understood = understand(mask(clean(question)), Lexicon.packaged())
    query = Query.of(understood, commune)
    found = HybridRetriever(knowledge=live).candidates(query, edition)
    likely = sorted(found, key=lambda one: -max(one.probability, one.own))
    return tuple(
        _citable(one.record, edition)
        for one in likely[:MOST_SUGGESTED]
        if max(one.probability, one.own) >= _LEAST
    )


def named(edition: Edition, commune: str, words: str) -> tuple[Citable, ...]:
    """The records of a commune whose names hold all of some words, in alphabetical order."""
    asked = fold(nfc(words)).lower().split()
    if not asked:
        return ()
    found = [record for record in edition.scope(commune).records.values() if _holds(record, asked)]
    found.sort(key=lambda record: fold(record.title))
    return tuple(_citable(record, edition) for record in found[:MOST_SUGGESTED])


def citations_of(edition: Edition, commune: str, picks: Iterable[str]) -> tuple[Citation, ...]:
    """Citations as residents see them, numbered from 1; what is not published is left out."""
    records = edition.scope(commune).records
    passages = []
    for pick in dict.fromkeys(picks):
        record_id, _, section_id = pick.partition(_SEPARATOR)
        record = records.get(record_id)
        if record is None:
            continue
        found = [one for one in sections_of(record, edition.day) if one.id == section_id]
        passages += [Passage(record, section, section.lines) for section in found]
    marks = " ".join(f"[{number}]" for number in range(1, len(passages) + 1))
    return cite(marks, tuple(passages), edition.day)


def picks_of(edition: Edition, commune: str, citations: Sequence[Citation]) -> tuple[str, ...]:
    """What a form would have sent for citations, as far as their sections are still there."""
    records = edition.scope(commune).records
    found = []
    for citation in citations:
        record = records.get(citation.record_id)
        section = section_cited(record, citation, edition) if record is not None else None
        if section is not None:
            found.append(f"{citation.record_id}{_SEPARATOR}{section.id}")
    return tuple(found)


def section_cited(
    record: Procedure | Guide, citation: Citation, edition: Edition
) -> Section | None:
    """The section of a record that a citation names; None where it has none of that name."""
    sections = sections_of(record, edition.day)
    exact = (one for one in sections if one.heading == citation.section)
    return next(exact, None)


def renumbered(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations numbered from 1."""
    return tuple(replace(one, number=number) for number, one in enumerate(citations, start=1))


def _citable(record: Procedure | Guide, edition: Edition) -> Citable:
    return Citable(record, sections_of(record, edition.day))


def _holds(record: Procedure | Guide, asked: Sequence[str]) -> bool:
    code = record.code or "" if isinstance(record, Procedure) else ""
    words = fold(nfc(" ".join((record.title, *record.aliases, code)))).lower()
    return all(word in words for word in asked)
