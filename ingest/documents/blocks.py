"""A document as we hold it, whatever its format was: headings, paragraphs, lists and tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DocumentFormat(StrEnum):
    """What we read."""

    DOCX = "docx"
    PDF = "pdf"
    HTML = "html"
    MARKDOWN = "markdown"
    XLSX = "xlsx"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Heading:
    """A title inside the document; level 1 is the highest."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; lines inside a cell are parted by a line feed."""

    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Document:
    """What was read."""

    format: DocumentFormat
    blocks: tuple[Block, ...]
    pages: int | None = None
    """None where the format has none."""
    recognised: bool = False
    """Whether any of it was read from a picture, and so may be misread."""
    notes: tuple[str, ...] = ()
    """What staff should know about the reading, in Vietnamese."""

    def lines(self) -> list[str]:
        """Every line of text in order."""
        return [line for block in self.blocks for line in lines_of(block)]


def lines_of(block: Block) -> list[str]:
    """The lines of a block; a table's cells row by row."""
    match block:
        case Heading() | Paragraph():
            return block.text.splitlines()
        case Items():
            return [line for item in block.items for line in item.splitlines()]
        case Table():
            return [line for row in block.rows for cell in row for line in cell.splitlines()]


def as_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as Markdown; tables stay tables."""
    return "\n\n".join(filter(None, map(_block_as_markdown, blocks)))


def _block_as_markdown(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * min(block.level, 6)} {block.text}"
        case Paragraph():
            return block.text
        case Items():
            return "\n".join(
                f"{f'{number}.' if block.ordered else '-'} {_one_line(item)}"
                for number, item in enumerate(block.items, 1)
            )
        case Table():
            return _table_as_markdown(block)


def _table_as_markdown(table: Table) -> str:
    width = max((len(row) for row in table.rows), default=0)
    if not width:
        return ""
    rows = [
        [_one_line(cell).replace("|", "\\|") for cell in row] + [""] * (width - len(row))
        for row in table.rows
    ]
    rule = ["---"] * width
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], rule, *rows[1:]])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def to_json(document: Document) -> str:
    """The document as text, to cross from the reading process: never anything that runs."""
    return json.dumps(
        {
            "format": document.format.value,
            "pages": document.pages,
            "recognised": document.recognised,
            "notes": document.notes,
            "blocks": [_block_as_data(block) for block in document.blocks],
        },
        ensure_ascii=False,
    )


def _block_as_data(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"heading": block.text, "level": block.level}
        case Paragraph():
            return {"paragraph": block.text}
        case Items():
            return {"items": block.items, "ordered": block.ordered}
        case Table():
            return {"rows": block.rows}


def from_json(text: str) -> Document:
    """The document that :func:`to_json` wrote.

    Raises:
        ValueError: when the text is anything else.
    """
    try:
        data = json.loads(text)
        return Document(
            DocumentFormat(data["format"]),
            tuple(_block_of(block) for block in data["blocks"]),
            None if data["pages"] is None else int(data["pages"]),
            bool(data["recognised"]),
            tuple(str(note) for note in data["notes"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a document") from error


def _block_of(data: dict[str, Any]) -> Block:
    if "heading" in data:
        return Heading(int(data["level"]), str(data["heading"]))
    if "paragraph" in data:
        return Paragraph(str(data["paragraph"]))
    if "items" in data:
        return Items(tuple(str(item) for item in data["items"]), bool(data["ordered"]))
    return Table(tuple(tuple(str(cell) for cell in row) for row in data["rows"]))
