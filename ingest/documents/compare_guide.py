"""What a document says differently from a guide, one section at a time.

A guide is prose, so nothing is read out of it: its sections are laid beside the document's by what
they are called and by their words. Lines of a section that answer narrower questions are looked for
among the lines of the document. A person sees both and ticks what is to be taken over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count
from typing import Any

from ingest.documents.blocks import Block, Document, Items, Paragraph, Table, as_markdown
from ingest.documents.compare import (
    FROM_PICTURE,
    NEW,
    NOT_SAID,
    SECTIONS,
    SEVERAL,
    Change,
    Comparison,
    Data,
    Finding,
    finding_of,
)
from ingest.documents.labels import numberless
from ingest.documents.recognise import UNHEADED, answered, headed
from ingest.documents.said import Said, row_words
from ingest.draft import TO_WRITE
from ingest.portal.naming import slug
from knowledge_base.syllables import fold, nfc

_NAMED = 0.75
"""From this similarity on, two headings are of the same section."""
_ALIKE = 0.5
"""From this share of common words on, two texts are of the same section."""
_SAME_LINE = 0.7
"""From this share of common words on, two lines answer the same narrower question."""
_CLEAR = 0.15
"""How much nearer the nearest must be than the next."""
_WHOLE = 0.5
"""A document that speaks of so many of a guide's sections is meant as the whole guide."""
_LONGEST_HEADING = 60

BY_WORDS = "Đề mục khác nhau, ghép theo nội dung; kiểm tra có đúng mục này không."
ANSWER_KEPT = (
    "Văn bản không có câu trả lời ngắn, nên câu đang công bố được giữ; xem còn đúng không."
)

NO_BODY = "Văn bản không có phần nội dung thêm của mục này; tích thì phần đó bị bỏ."


@dataclass(frozen=True, slots=True)
class _Part:
    """A headed part of the document."""

    heading: str
    blocks: tuple[Block, ...]

    @property
    def words(self) -> Counter[str]:
        return _words(" ".join((self.heading, *_lines(self.blocks))))


def compare_sections(record: Mapping[str, Any], document: Document) -> Comparison:
    """What a document says differently from a guide.

    Args:
        record: the JSON form of the guide as it holds where the document is to count.
        document: it itself.
    """
    sections: list[Data] = [dict(one) for one in record.get(SECTIONS) or []]
    parts = _parts(document, sections)
    doubts = (FROM_PICTURE,) if document.recognised else ()
    pairs = _pairs(parts, sections)
    findings: list[Finding] = []
    same: list[Said] = []
    for number, part in enumerate(parts):
        if number not in pairs:
            after = _new(part, {str(one.get("id")) for one in sections})
            change, place = Change.ADDED, (SECTIONS,)
            findings.append(
                finding_of(
                    SECTIONS, change, place, None, after, words=part.heading, doubts=(NEW, *doubts)
                )
            )
            continue
        at, why = pairs[number]
        section = sections[at]
        after, own = _changed(part, section)
        if _plain(after) == _plain(section):
            words = part.heading or str(section.get("heading"))
            same.append(Said(SECTIONS, {"heading": section.get("heading")}, words))
            continue
        findings.append(
            finding_of(
                SECTIONS,
                Change.CHANGED,
                (SECTIONS, at),
                section,
                after,
                words=part.heading,
                doubts=(*doubts, *why, *own),
                case=str(section.get("heading")),
            )
        )
    if parts and len(pairs) >= _WHOLE * len(sections):
        findings += [
            finding_of(
                SECTIONS,
                Change.GONE,
                (SECTIONS, at),
                section,
                None,
                doubts=(NOT_SAID,),
                case=str(section.get("heading")),
            )
            for at, section in enumerate(sections)
            if at not in {place for place, _ in pairs.values()}
        ]
    return Comparison(tuple(findings), tuple(same))


def _parts(document: Document, sections: Sequence[Data]) -> list[_Part]:
    """The document's parts; a heading within a part that is of no section stays in it.

    It lies deeper, or stands within a section of the guide: many documents only have bold lines.
    """
    known = [str(one.get("heading", "")) for one in sections]
    within = [
        line.strip("# ")
        for one in sections
        for line in str(one.get("body") or "").splitlines()
        if line.startswith("#")
    ]
    found: list[_Part] = []
    level = 0
    for heading, blocks in headed(document)[1]:
        name = numberless(heading.text).strip() or heading.text
        inner = heading.level > level or _nearest(name, within) >= _NAMED
        if found and inner and _nearest(name, known) < _NAMED:
            last = found.pop()
            found.append(_Part(last.heading, (*last.blocks, heading, *blocks)))
            continue
        level = heading.level
        found.append(_Part("" if heading.text == UNHEADED else name, tuple(blocks)))
    return found


def _nearest(name: str, known: Sequence[str]) -> float:
    return max((_ratio(name, one) for one in known), default=0.0)


# --- which part is which section


def _pairs(
    parts: Sequence[_Part], sections: Sequence[Data]
) -> dict[int, tuple[int, tuple[str, ...]]]:
    """The section that each part is of, the nearest first, with what is unsure about it."""
    near: list[tuple[float, int, int, bool]] = []
    for number, part in enumerate(parts):
        for at, section in enumerate(sections):
            named = _ratio(part.heading, str(section.get("heading", "")))
            common = _common(part.words, _words(_text(section)))
            if named >= _NAMED:
                near.append((1 + named, number, at, True))
            elif common >= _ALIKE:
                near.append((common, number, at, False))
    found: dict[int, tuple[int, tuple[str, ...]]] = {}
    taken: set[int] = set()
    for score, number, at, named in sorted(near, key=lambda one: (-one[0], one[1], one[2])):
        if number in found or at in taken:
            continue
        others = [one[0] for one in near if one[1] == number and one[2] not in (at, *taken)]
        doubts = () if named else (BY_WORDS,)
        if others and score - max(others) < _CLEAR:
            doubts = (*doubts, SEVERAL)
        found[number] = (at, doubts)
        taken.add(at)
    return found


def _ratio(one: str, other: str) -> float:
    first, second = fold(one).lower().strip(" .:?"), fold(other).lower().strip(" .:?")
    if not first or not second:
        return 0.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+(?:[.,]\w+)*", nfc(text).lower()))


def _common(one: Counter[str], other: Counter[str]) -> float:
    """The share of words that two texts have in common (Dice)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _text(section: Mapping[str, Any]) -> str:
    entries = [
        f"{one.get('label', '')} {one.get('text', '')}" for one in section.get("entries") or []
    ]
    return " ".join(
        (
            section.get("heading") or "",
            section.get("answer") or "",
            *entries,
            section.get("body") or "",
        )
    )


def _plain(section: Mapping[str, Any]) -> tuple[list[str], ...]:
    """What a section says, but for its heading and how its Markdown is laid out."""
    said = [
        section.get("answer") or "",
        section.get("body") or "",
        *(str(one.get("text", "")) for one in section.get("entries") or []),
    ]
    return tuple(sorted(_words(text).elements()) for text in said)


# --- what becomes of a section


def _changed(part: _Part, section: Data) -> tuple[Data, list[str]]:
    """The section with the document's words, and what must be looked at.

    Its id, its heading and what it is about stay: questions point at them.
    """
    doubts: list[str] = []
    entries, blocks, unseen = _with_entries(part.blocks, section.get("entries") or [])
    answer, rest = answered(blocks)
    after = {name: value for name, value in section.items() if name not in ("body", "source")}
    if entries:
        after["entries"] = entries
    if answer:
        after["answer"] = _laid_out(answer, section.get("answer"))
    elif blocks:
        doubts.append(ANSWER_KEPT)
    if body := as_markdown(rest):
        after["body"] = _laid_out(body, section.get("body"))
    elif section.get("body"):
        doubts.append(NO_BODY)
    if unseen:
        names = ", ".join(f"“{name}”" for name in unseen)
        doubts.append(f"Giữ nguyên {len(unseen)} dòng không thấy trong văn bản: {names}.")
    if (unseen or not answer) and section.get("source"):
        after["source"] = section["source"]  # part of it still rests on them
    return after, doubts


def _laid_out(text: str, before: str | None) -> str:
    """The document's text; as it is published where both say the same words."""
    return before if before and _words(before) == _words(text) else text


def _with_entries(
    blocks: Sequence[Block], entries: Sequence[Data]
) -> tuple[list[Data], list[Block], list[str]]:
    """The entries as the document says them, the blocks without those lines, entries not found."""
    lines = _lines(blocks)
    near = sorted(
        (
            (-_common(_words(line), _words(_entry_text(entry))), number, at)
            for number, line in enumerate(lines)
            for at, entry in enumerate(entries)
        ),
    )
    line_of: dict[int, str] = {}
    used: set[int] = set()
    for score, number, at in near:
        if -score >= _SAME_LINE and number not in used and at not in line_of:
            line_of[at] = lines[number]
            used.add(number)
    found = [
        {**entry, "text": _without_label(line_of[at], entry)} if at in line_of else dict(entry)
        for at, entry in enumerate(entries)
    ]
    gone = {lines[number] for number in used}
    unseen = [str(one.get("label")) for at, one in enumerate(entries) if at not in line_of]
    return found, [one for block in blocks if (one := _but(block, gone)) is not None], unseen


def _entry_text(entry: Mapping[str, Any]) -> str:
    label, text = str(entry.get("label", "")), str(entry.get("text", ""))
    return text if _words(label) <= _words(text) else f"{label} {text}"


def _without_label(line: str, entry: Data) -> str:
    """The line as the entry's sentence: without its label where that stood before it."""
    label, text = str(entry.get("label", "")), str(entry.get("text", ""))
    for mark in (" – ", ": "):
        before, found, after = line.partition(mark)
        if found and _ratio(before, label) >= _NAMED and not text.startswith(before + mark):
            line = after
            break
    return text if _words(line) == _words(text) else line


def _lines(blocks: Sequence[Block]) -> list[str]:
    """Each paragraph, item and row as one line."""
    found: list[str] = []
    for block in blocks:
        match block:
            case Items():
                found += [" ".join(item.split()) for item in block.items]
            case Table():
                found += [row_words(row) for row in block.rows]
            case _:
                found += [" ".join(line.split()) for line in block.text.splitlines()]
    return [line for line in found if line]


def _but(block: Block, gone: set[str]) -> Block | None:
    """A block without some of its lines; None where nothing of it is left but a table's head."""
    match block:
        case Items():
            items = tuple(item for item in block.items if " ".join(item.split()) not in gone)
            return Items(items, block.ordered) if items else None
        case Table():
            rows = tuple(row for row in block.rows if row_words(row) not in gone)
            if len(rows) == len(block.rows):
                return block
            return Table(rows) if len(rows) > 1 else None
        case Paragraph():
            left = [line for line in block.text.splitlines() if " ".join(line.split()) not in gone]
            return Paragraph("\n".join(left)) if left else None
        case _:
            return block


def _new(part: _Part, taken: set[str]) -> Data:
    heading = part.heading or UNHEADED
    wanted = slug(heading, _LONGEST_HEADING) or "muc"
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    answer, rest = answered(part.blocks)
    section = {
        "id": next(name for name in names if name not in taken),
        "heading": heading,
        "answer": answer or TO_WRITE,
        "body": as_markdown(rest),
    }
    return {name: value for name, value in section.items() if value}
