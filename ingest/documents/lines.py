"""Puts lines that a page broke back together, and tells paragraphs, lists and headings apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.documents.blocks import Block, Heading, Items, Paragraph, Table

_MARKER = re.compile(
    r"^(?:[-–—+*•·○▪]\s*|\(?(?:\d{1,2}(?:\.\d{1,2}){0,3}|[a-zđA-ZĐ]|[IVX]{1,5})[.)]\s+"
    r"|Bước\s+\d|Trường hợp\s+\d|Điều\s+\d|Chương\s+[IVX\d])"
)
_BULLET = re.compile(r"^[-–—+*•·○▪]\s*")
_ENDS = re.compile(r"[.;:!?]$")
_GAP = 0.7
"""Of a line's height: a wider blank before a line begins a paragraph."""
_SHORT = 0.8
"""Of the page's text width: a line shorter than this that ends a sentence ends its paragraph."""
_HEADING = 120
"""Characters; a longer line is no heading."""
_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, its edges in any one unit, downwards."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    bold: bool = False


def unwrapped(text: str) -> str:
    """A cell's or paragraph's lines joined, but where a new point begins or a sentence ended."""
    joined: list[str] = []
    for line in text.splitlines():
        line = " ".join(line.split())
        if not line:
            continue
        if joined and not _MARKER.match(line) and not _ENDS.search(joined[-1]):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return "\n".join(joined)


def blocks_of(lines: Iterable[Line]) -> list[Block]:
    """The paragraphs, lists and headings that lines from top to bottom make."""
    found: list[Block] = []
    items: list[str] = []
    for text, bold in _paragraphs(list(lines)):
        if _BULLET.match(text):
            items.append(_BULLET.sub("", text))
            continue
        if items:
            found.append(Items(tuple(items)))
            items = []
        shouted = text.isupper() and len(text) > 3
        short = len(text) <= _HEADING and not text.endswith((".", ";"))
        found.append(Heading(_LEVEL, text) if short and (bold or shouted) else Paragraph(text))
    if items:
        found.append(Items(tuple(items)))
    return found


def _paragraphs(lines: list[Line]) -> Iterator[tuple[str, bool]]:
    if not lines:
        return
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    width = max(right - left, 1)
    gathered: list[Line] = []
    for line in lines:
        if gathered and _begins(line, gathered[-1], left, width):
            yield _joined(gathered)
            gathered = []
        gathered.append(line)
    yield _joined(gathered)


def _begins(line: Line, before: Line, left: float, width: float) -> bool:
    height = max(before.bottom - before.top, 1)
    if _MARKER.match(line.text) or line.bold != before.bold:
        return True
    if line.top - before.bottom > _GAP * height:
        return True
    full = (before.right - left) / width > _SHORT
    return not full and (_ENDS.search(before.text) is not None or line.text[:1].isupper())


def _joined(lines: list[Line]) -> tuple[str, bool]:
    return " ".join(line.text for line in lines), all(line.bold for line in lines)


def over_pages(pages: Iterable[list[Block]]) -> list[Block]:
    """The pages' blocks, with a table or sentence that goes on over the page made whole."""
    found: list[Block] = []
    for page in pages:
        blocks = list(page)
        last = found[-1] if found else None
        if (
            isinstance(last, Table)
            and blocks
            and isinstance(first := blocks[0], Table)
            and len(first.rows[0]) == len(last.rows[0])
        ):
            found[-1] = _continued(last, first)
            blocks = blocks[1:]
        elif last is not None and blocks and (whole := _sentence(last, blocks[0])):
            found[-1] = whole
            blocks = blocks[1:]
        found += blocks
    return found


def _sentence(last: Block, first: Block) -> Block | None:
    """The last block with the page's first, where that can only be the rest of its sentence."""
    if not isinstance(first, Paragraph) or first.text[:1].isupper() or _MARKER.match(first.text):
        return None
    match last:
        case Paragraph() if not _ENDS.search(last.text):
            return Paragraph(f"{last.text} {first.text}")
        case Items() if not _ENDS.search(last.items[-1]):
            return Items((*last.items[:-1], f"{last.items[-1]} {first.text}"), last.ordered)
    return None


def _continued(table: Table, more: Table) -> Table:
    rows = [row for row in more.rows if row != table.rows[0]]  # the head of a page, printed again
    above = table.rows
    if rows and not rows[0][0] and len(above) > 1:
        last = tuple("\n".join(filter(None, pair)) for pair in zip(above[-1], rows[0], strict=True))
        above, rows = (*above[:-1], last), rows[1:]
    return Table((*above, *rows))
