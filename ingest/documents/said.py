"""The facts of a document one by one, each with the words that say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ingest.documents.blocks import Block, Document, Paragraph, Table
from ingest.documents.facts import (
    Data,
    cell,
    channel_options,
    channels_in,
    column,
    dossier,
    fees,
    forms,
    legal_basis,
    lines_in,
    time_limits,
    where_to,
)
from ingest.documents.labels import Part
from ingest.documents.letterhead import effect_in
from ingest.documents.recognise import SOURCE, is_methods, parts_of
from knowledge_base.syllables import fold

_READERS: dict[str, tuple[Part, Callable[[Iterable[Block], str], list[Data]]]] = {
    "time_limits": (Part.TIME_LIMIT, time_limits),
    "fees": (Part.FEE, fees),
    "where": (Part.AGENCY, where_to),
    "channels": (Part.CHANNELS, channel_options),
    "legal_basis": (Part.LEGAL_BASIS, legal_basis),
}
_PAYS = re.compile(r"\b(?:le phi|phi|muc thu)\b")
_LASTS = re.compile(r"\b(?:thoi han|thoi gian) (?:giai quyet|tra ket qua|thuc hien)\b")
_FROM_TO = re.compile(
    r"\btừ\s+(?:mức\s+)?(?=[\d.,]+)[^;]*?\b(?:xuống|lên|thành|còn|sang)\b(?:\s+còn)?", re.I
)


@dataclass(frozen=True, slots=True)
class Said:
    """One fact of a document."""

    field: str
    """The record's field that holds such facts: ``fees``, ``dossier`` …"""
    fact: Data
    """In the form of content files."""
    words: str
    """The line or row that says it, as it stands there but for its numbering."""
    case: str | None = None
    """The title of the case that it is said of."""
    in_form: bool = True
    """Whether it stands under its heading; running text may speak of something else."""
    effective_from: date | None = None
    """From when on, where the same words say so."""


def said_in(document: Document) -> tuple[Said, ...]:
    """The facts that a record of a procedure holds, in the order of its fields."""
    parts = parts_of(document)
    found: list[Said] = []
    for field, (part, reader) in _READERS.items():
        found += _by_line(field, parts.get(part, []), reader)
    for block in parts.get(Part.CHANNELS, []):
        if is_methods(block):
            found += _methods(block)
    found += _papers(parts.get(Part.DOSSIER, []))
    found += _forms(parts.get(Part.FORM, []))
    if not any(one.field == "fees" for one in found):
        found += _running(document, "fees", _PAYS, fees)
    if not any(one.field == "time_limits" for one in found):
        found += _running(document, "time_limits", _LASTS, time_limits)
    if not any(one.field == "legal_basis" for one in found):
        found += _preamble(document)
    return tuple(_distinct(found))


def _preamble(document: Document) -> Iterator[Said]:
    """The texts that a decision or notice says it rests on."""
    for line in lines_in(document.blocks):
        if fold(line).startswith("can cu "):
            for fact in legal_basis([Paragraph(line)], SOURCE):
                yield Said("legal_basis", fact, line, in_form=False)


def _by_line(
    field: str, blocks: Iterable[Block], reader: Callable[[Iterable[Block], str], list[Data]]
) -> Iterator[Said]:
    for line in lines_in(block for block in blocks if not is_methods(block)):
        for fact in reader([Paragraph(_newest(line))], SOURCE):
            yield Said(field, fact, line, effective_from=effect_in(line))


def _newest(line: str) -> str:
    """The line without the sum that no longer holds: “từ 7.000 đồng xuống còn 5.000 đồng”."""
    return _FROM_TO.sub("", line)


def _methods(table: Block) -> Iterator[Said]:
    assert isinstance(table, Table)
    how = column(table, "hinh thuc", "cach thuc")
    when, much = column(table, "thoi han", "thoi gian"), column(table, "phi")
    for row in table.rows[1:]:
        words = row_words(row)
        channels = channels_in(cell(row, how))
        channel = {"channel": channels[0].value} if len(channels) == 1 else {}
        for one in channels:
            yield Said("channels", {"channel": one.value, "source": SOURCE}, words)
        for field, read, place in (("time_limits", time_limits, when), ("fees", fees, much)):
            for fact in read([Paragraph(cell(row, place))], SOURCE) if cell(row, place) else []:
                yield Said(field, {**fact, **channel}, words)


def row_words(row: Iterable[str]) -> str:
    """A row of a table as one line, as :func:`lines_in` writes it."""
    return " – ".join(filter(None, (" ".join(text.split()) for text in row)))


def _papers(blocks: list[Block]) -> Iterator[Said]:
    common, cases = dossier(blocks, SOURCE)
    lines = lines_in(blocks)
    for title, papers in ((None, common), *((case["title"], case["dossier"]) for case in cases)):
        for paper in papers:
            yield Said("dossier", paper, _line_of(paper, lines), title)


def _line_of(paper: Data, lines: list[str]) -> str:
    """The line that names a paper; its own words where none does."""
    wanted = fold(str(paper.get("note") or paper["item"])).rstrip("…")
    found = next((line for line in lines if wanted in fold(line)), None)
    found = found or next((line for line in lines if fold(paper["item"])[:40] in fold(line)), None)
    return found or str(paper["item"])


def _forms(blocks: list[Block]) -> Iterator[Said]:
    for line in lines_in(blocks):
        for fact in forms([Paragraph(line)], (), SOURCE):
            yield Said("forms", fact, line)


def _running(
    document: Document,
    field: str,
    about: re.Pattern[str],
    reader: Callable[[Iterable[Block], str], list[Data]],
) -> Iterator[Said]:
    """Facts in running text, where the line says what it speaks of and names a figure."""
    for line in lines_in(document.blocks):
        if not about.search(" ".join(fold(line).split())):
            continue
        for fact in reader([Paragraph(_newest(line))], SOURCE):
            if fact.get("amount"):
                yield Said(field, fact, line, in_form=False, effective_from=effect_in(line))


def _distinct(found: list[Said]) -> Iterator[Said]:
    """Each fact once; of a legal text the line that gives its date."""
    dated = {
        one.fact["number"] for one in found if one.field == "legal_basis" and "issued" in one.fact
    }
    seen: list[tuple[str, Data, str | None]] = []
    for one in found:
        key = (one.field, one.fact, one.case)
        if one.field == "legal_basis":
            if one.fact["number"] in dated and "issued" not in one.fact:
                continue
            key = (one.field, {"number": one.fact["number"]}, None)
        if one.field == "time_limits":  # each step of a procedure may take as long as the next
            key = (one.field, one.fact, one.words)
        if key not in seen:
            seen.append(key)
            yield one
