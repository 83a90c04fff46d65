"""The text of a document as harmless HTML, with the lines marked in which facts stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from ingest.documents.blocks import Block, Document, Heading, Items, Paragraph, Table
from ingest.documents.labels import numberless
from ingest.documents.said import row_words

_MOST_BLOCKS = 2_000
"""A longer document is shown as far as this; the file itself is a click away."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line in which a fact stands."""

    number: int
    differs: bool


class _Marker:
    """Marks lines, and gives each mark its anchor once."""

    def __init__(self, marks: Mapping[str, Mark]) -> None:
        self._marks = marks
        self._placed: set[int] = set()

    def line(self, text: str) -> Markup:
        """A line, marked where a fact stands in it."""
        return self._marked(numberless(text).strip(), escape(text))

    def row(self, cells: tuple[str, ...]) -> Mark | None:
        """The mark of a whole row, where it is a fact."""
        mark = self._marks.get(numberless(row_words(cells)).strip())
        mark = mark or self._marks.get(row_words(cells))
        if mark is not None:
            self._placed.add(mark.number)
        return mark

    def _marked(self, words: str, inside: Markup) -> Markup:
        mark = self._marks.get(words)
        if mark is None:
            return inside
        name = Markup(' id="noi-{}"').format(mark.number) if mark.number not in self._placed else ""
        self._placed.add(mark.number)
        kind = "differs" if mark.differs else "same"
        return Markup('<mark{} class="{}">{}</mark>').format(name, kind, inside)


def as_html(document: Document, marks: Mapping[str, Mark]) -> Markup:
    """The blocks of a document."""
    marker = _Marker(marks)
    shown = Markup("\n").join(
        piece for block in document.blocks[:_MOST_BLOCKS] for piece in _block(block, marker)
    )
    if len(document.blocks) > _MOST_BLOCKS:
        shown += Markup("<p><em>Văn bản còn dài; mở tệp gốc để xem tiếp.</em></p>")
    return shown


def _block(block: Block, marker: _Marker) -> Iterator[Markup]:
    match block:
        case Heading():  # not one of the page's: its outline is not the document's
            yield Markup("<p><strong>{}</strong></p>").format(_lines(block.text, marker))
        case Paragraph():
            yield Markup("<p>{}</p>").format(_lines(block.text, marker))
        case Items():
            tag = "ol" if block.ordered else "ul"
            inside = Markup("").join(
                Markup("<li>{}</li>").format(_lines(item, marker)) for item in block.items
            )
            yield Markup("<{0}>{1}</{0}>").format(tag, inside)
        case Table():
            rows = Markup("").join(_row(row, marker) for row in block.rows)
            yield Markup(
                '<div class="scroll" tabindex="0" role="region" aria-label="Bảng trong văn bản">'
                "<table><tbody>{}</tbody></table></div>"
            ).format(rows)


def _lines(text: str, marker: _Marker) -> Markup:
    return Markup("<br>").join(marker.line(line) for line in text.splitlines())


def _row(row: tuple[str, ...], marker: _Marker) -> Markup:
    mark = marker.row(row)
    cells = Markup("").join(Markup("<td>{}</td>").format(_lines(cell, marker)) for cell in row)
    if mark is None:
        return Markup("<tr>{}</tr>").format(cells)
    kind = "differs" if mark.differs else "same"
    return Markup('<tr id="noi-{}" class="{}">{}</tr>').format(mark.number, kind, cells)
