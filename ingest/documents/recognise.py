"""Makes a draft Procedure of a document in the official form, a draft Guide of any other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ingest.documents.blocks import (
    Block,
    Document,
    Heading,
    Items,
    Paragraph,
    Table,
    as_markdown,
    lines_of,
)
from ingest.documents.facts import (
    cell,
    channel_options,
    channels_in,
    column,
    dossier,
    fees,
    forms,
    legal_basis,
    statements,
    time_limits,
    where_to,
)
from ingest.documents.labels import Part, numberless, part_of
from ingest.draft import TO_WRITE, Draft
from ingest.portal.naming import plain_title, slug
from ingest.portal.topics import topic_of
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.source import SourceKind
from knowledge_base.syllables import fold

SOURCE = "tai-lieu"
"""The key of the document among the draft's sources."""
UNHEADED = "Nội dung chính"
"""The heading of what stands before the first one."""
_ENOUGH = 4
"""Parts of the form that make a document a procedure; fewer also stand in other papers."""
_LONGEST_TITLE = 200
_LONGEST_ANSWER = 400
_CODE = re.compile(r"(?<![\d.])(\d)\s?[.,]\s?(\d{6})(?:\.[\d.]+[A-Z0-9]*)?(?![\d.])")
_TITLE = re.compile(r"^(?:thủ tục|quy trình)\b[\s:]*(?:hành chính\b[\s:]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a document became."""

    kind: RecordKind
    draft: Draft
    found: tuple[str, ...]
    """The parts of the form that were found, or the headings of a guide."""


@dataclass(slots=True)
class _Form:
    title: list[str] = field(default_factory=list)
    """Lines before the first part."""
    parts: dict[Part, list[Block]] = field(default_factory=dict)


def recognise(document: Document, name: str, day: date) -> Recognised:
    """The draft of a document.

    Args:
        document: what was read.
        name: of the file, the last resort for a title, and told as the source's address.
        day: on which the document was brought.
    """
    form = _parted(document.blocks)
    if len(form.parts.keys() - {Part.NAME, Part.OTHER, Part.CODE, Part.FIELD}) >= _ENOUGH:
        return _procedure(document, form, name, day)
    return _guide(document, name, day)


# --- parts


def parts_of(document: Document) -> dict[Part, list[Block]]:
    """The blocks under each heading of the form, whether or not it is all there."""
    return dict(_parted(document.blocks).parts)


def title_of(document: Document, name: str) -> str:
    """What the document is called, at last by the name of its file."""
    return _title(_parted(document.blocks), document, name)


def code_of(document: Document) -> str | None:
    """The national code that the document gives for its procedure."""
    return _code(_parted(document.blocks))


def _parted(blocks: Iterable[Block]) -> _Form:
    form = _Form()
    current: list[Block] | None = None

    def begin(part: Part, rest: str) -> list[Block]:
        gathered = form.parts.setdefault(part, [])
        if rest:
            gathered.append(Paragraph(rest))
        return gathered

    def keep(block: Block) -> None:
        if current is not None:
            current.append(block)
        else:
            form.title.extend(lines_of(block))

    for block in blocks:
        match block:
            case Heading() | Paragraph():
                for line in block.text.splitlines():
                    found = part_of(line, alone=isinstance(block, Heading) or line == block.text)
                    if found:
                        current = begin(*found)
                    else:
                        keep(
                            Heading(block.level, line)
                            if isinstance(block, Heading)
                            else Paragraph(line)
                        )
            case Items():
                kept: list[str] = []
                for item in block.items:
                    if (found := part_of(item)) and found[0] is not Part.FORM:
                        if kept:
                            keep(Items(tuple(kept)))
                            kept = []
                        current = begin(*found)
                    else:
                        kept.append(item)
                if kept:
                    keep(Items(tuple(kept)))
            case Table():
                labelled = [_row_part(row) for row in block.rows]
                if sum(part is not None for part in labelled) < 2:
                    keep(block)
                    continue
                rows: list[tuple[str, ...]] = []
                for row, part in zip(block.rows, labelled, strict=True):
                    filled = tuple(filter(None, row)) if part is None else ()
                    # a table within the form, such as that of the papers
                    if _opens_case(filled):
                        filled = (": ".join(filled),)
                    goes_on = rows and filled and not filled[0].endswith(":")
                    if len(filled) > 1 or goes_on:
                        rows.append(row)
                        continue
                    if rows:
                        keep(Table(tuple(rows)))
                        rows = []
                    if part is not None:
                        current = begin(part[0], "")
                        filled = (part[1],)
                    for line in "\n".join(filled).splitlines():
                        keep(Paragraph(line))
                if rows:
                    keep(Table(tuple(rows)))
    return form


def _opens_case(filled: tuple[str, ...]) -> bool:
    return bool(filled) and filled[-1].endswith(":") and fold(filled[0]).startswith("truong hop")


def _row_part(row: tuple[str, ...]) -> tuple[Part, str] | None:
    """The part that a row of a two-column form names, and its content; a number may go before."""
    cells = list(row)
    while cells and re.fullmatch(r"\W*(?:\d{1,2}|[IVX]{1,4})?\W*", cells[0]):
        cells.pop(0)
    if len(cells) < 2:
        return None
    found = part_of(" ".join(cells[0].split()), alone=True)
    if found is None or found[1]:
        return None
    content = list(dict.fromkeys(filter(None, cells[1:])))  # merged cells say the same twice
    return found[0], "\n".join(content)


# --- procedure


def _procedure(document: Document, form: _Form, name: str, day: date) -> Recognised:
    parts = form.parts

    def part(*which: Part) -> list[Block]:
        return [block for one in which for block in parts.get(one, [])]

    methods = [block for block in part(Part.CHANNELS) if is_methods(block)]
    common, cases = dossier(part(Part.DOSSIER), SOURCE)
    limits = time_limits(part(Part.TIME_LIMIT), SOURCE)
    money = fees(part(Part.FEE), SOURCE)
    for table in methods:
        _add_methods(table, limits, money)
    papers = [*common, *(item for case in cases for item in case["dossier"])]
    legal = legal_basis(part(Part.LEGAL_BASIS), SOURCE)
    title, code = _title(form, document, name), _code(form)
    topic = topic_of(" ".join(" ".join(lines_of(block)) for block in part(Part.FIELD)))
    body: dict[str, Any] = {
        "id": slug(title) or "thu-tuc",
        "code": code,
        "title": title,
        "topic": topic.value if topic else None,
        "scope": NATIONAL,
        "summary": TO_WRITE,
        "who_can_apply": statements(part(Part.SUBJECTS), SOURCE),
        "conditions": statements(part(Part.CONDITIONS), SOURCE),
        "dossier": common,
        "cases": [
            {
                "id": slug(case["title"]),
                "title": case["title"],
                "dossier": case["dossier"],
                "source": SOURCE,
            }
            for case in cases
        ],
        "steps": statements(part(Part.STEPS), SOURCE),
        "where": where_to(part(Part.AGENCY), SOURCE),
        "channels": channel_options(part(Part.CHANNELS), SOURCE),
        "time_limits": limits,
        "fees": money,
        "result": statements(part(Part.RESULT), SOURCE),
        "forms": forms(part(Part.FORM), papers, SOURCE),
        "legal_basis": legal,
        "questions": TO_WRITE,
        "sources": {SOURCE: _source(title, name, day)},
        "checked_on": TO_WRITE,
    }
    body = {key: value for key, value in body.items() if value not in (None, [], "")}
    found = [one.value for one in parts if one is not Part.OTHER and part(one)]
    found += [Part.CODE.value] if code and Part.CODE not in parts else []
    draft = Draft(
        body,
        _missing(body, legal),
        (*document.notes, *_doubts(body)),
        {one.value: as_markdown(blocks) for one, blocks in parts.items() if blocks},
    )
    return Recognised(RecordKind.PROCEDURE, draft, tuple(found))


def is_methods(block: Block) -> bool:
    """Whether it is the portal's table of ways to hand in, with their time limits and fees."""
    return (
        isinstance(block, Table)
        and column(block, "hinh thuc", "cach thuc") is not None
        and column(block, "thoi han", "thoi gian", "le phi") is not None
    )


def _add_methods(table: Block, limits: list[dict[str, Any]], money: list[dict[str, Any]]) -> None:
    assert isinstance(table, Table)
    how = column(table, "hinh thuc", "cach thuc")
    when, much = column(table, "thoi han", "thoi gian"), column(table, "phi")
    for row in table.rows[1:]:
        channels = channels_in(cell(row, how))
        channel = {"channel": channels[0].value} if len(channels) == 1 else {}
        for facts, read, place in ((limits, time_limits, when), (money, fees, much)):
            for fact in read([Paragraph(cell(row, place))], SOURCE) if cell(row, place) else []:
                fact = {**fact, **channel}
                if fact not in facts:
                    facts.append(fact)


def _title(form: _Form, document: Document, name: str) -> str:
    named = [line for block in form.parts.get(Part.NAME, []) for line in lines_of(block)]
    if named:
        return _cased(_TITLE.sub("", named[0]))[:_LONGEST_TITLE]
    lines = [line.strip() for line in form.title if len(line.split()) > 1]
    for line in lines:
        if _TITLE.match(line) and len(_TITLE.sub("", line).split()) > 1:
            return _cased(_TITLE.sub("", line))[:_LONGEST_TITLE]
    headings = [block.text for block in document.blocks if isinstance(block, Heading)]
    for line in (*headings, *lines):
        if len(line.split()) >= 2 and len(line) <= _LONGEST_TITLE and not part_of(line, alone=True):
            return _cased(numberless(line))
    return _cased(name.rsplit(".", 1)[0].replace("_", " ").replace("-", " "))


def _cased(text: str) -> str:
    text = plain_title(" ".join(text.split()))
    return text[:1] + text[1:].lower() if text.isupper() else text


def _code(form: _Form) -> str | None:
    places = [
        *(line for block in form.parts.get(Part.CODE, []) for line in lines_of(block)),
        *form.title,
    ]
    for line in places:
        if match := _CODE.search(line):
            return f"{match.group(1)}.{match.group(2)}"
    return None


def _source(title: str, name: str, day: date) -> dict[str, Any]:
    return {
        "kind": SourceKind.SECONDARY.value,
        "publisher": "Tài liệu do cán bộ đưa vào",
        "title": title,
        "address": f"tệp {name}",
        "seen_on": day.isoformat(),
    }


def _missing(body: dict[str, Any], legal: list[dict[str, Any]]) -> tuple[str, ...]:
    gaps = (
        (Part.CODE, "code"),
        (Part.FIELD, "topic"),
        (Part.SUBJECTS, "who_can_apply"),
        (Part.CONDITIONS, "conditions"),
        (Part.STEPS, "steps"),
        (Part.AGENCY, "where"),
        (Part.CHANNELS, "channels"),
        (Part.TIME_LIMIT, "time_limits"),
        (Part.FEE, "fees"),
        (Part.RESULT, "result"),
        (Part.FORM, "forms"),
        (Part.LEGAL_BASIS, "legal_basis"),
    )
    return (
        *(part.value for part, key in gaps if key not in body),
        *(() if "dossier" in body or "cases" in body else (Part.DOSSIER.value,)),
        *(f"ngày ban hành của {text['number']}" for text in legal if "issued" not in text),
    )


def _doubts(body: dict[str, Any]) -> Iterable[str]:
    for fee in body.get("fees", []):
        if fee["amount"] is None:
            yield f"Lệ phí chưa rõ: {fee['note']}"
    limits = body.get("time_limits", [])
    if len(limits) > 1 and any(
        ("channel" not in limit and "label" not in limit) for limit in limits
    ):
        yield "Có nhiều thời hạn; ghi rõ mỗi thời hạn cho việc gì."
    words = fold(" ".join(place["text"] for place in body.get("where", [])))
    if "huyen" in words:
        yield "Còn nhắc cấp huyện, đã bỏ từ 01/7/2025."


# --- guide


def headed(document: Document) -> tuple[str, list[tuple[Heading, list[Block]]]]:
    """A document's title, as far as it names one, and its sections by heading.

    What stands before the first heading is a section too; sections without a word are left out.
    """
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    top = min((heading.level for heading in headings), default=1)
    alone = [heading for heading in headings if heading.level == top]
    first = document.blocks[0] if document.blocks else None
    title = ""
    blocks = list(document.blocks)
    if isinstance(first, Heading) and (
        len(headings) == 1 or (len(alone) == 1 and first is alone[0])
    ):
        title, blocks = first.text, blocks[1:]
    sections: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading):
            sections.append((block, []))
        elif sections:
            sections[-1][1].append(block)
        else:
            sections.append((Heading(1, UNHEADED), [block]))
    empty = [heading.text for heading, inside in sections if not inside]
    sections = [(heading, inside) for heading, inside in sections if inside]
    if not title and empty and empty[0] == next(iter(h.text for h in headings), None):
        title = empty[0]
    return title, sections


def _guide(document: Document, name: str, day: date) -> Recognised:
    title, found = headed(document)
    sections = [(heading.text, blocks) for heading, blocks in found]
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    title = _cased(title or _title(_Form(), document, name))[:_LONGEST_TITLE]
    body = {
        "id": slug(title) or "huong-dan",
        "title": title,
        "scope": NATIONAL,
        "sections": list(_sections(sections)),
        "questions": TO_WRITE,
        "sources": {SOURCE: _source(title, name, day)},
        "checked_on": TO_WRITE,
    }
    missing = ["lĩnh vực", *(() if sections else ("nội dung",))]
    if not headings:
        missing.append("đề mục")
    draft = Draft(body, tuple(missing), document.notes, {"Toàn văn": as_markdown(document.blocks)})
    return Recognised(RecordKind.GUIDE, draft, tuple(heading for heading, _ in sections))


def answered(blocks: Sequence[Block]) -> tuple[str, Sequence[Block]]:
    """What answers a section's heading, where it begins with something short, and the rest."""
    first = blocks[0] if blocks else None
    if isinstance(first, Paragraph) and len(first.text) <= _LONGEST_ANSWER:
        return " ".join(lines_of(first)), blocks[1:]
    return "", blocks


def _sections(sections: list[tuple[str, list[Block]]]) -> Iterable[dict[str, Any]]:
    taken: set[str] = set()
    for number, (heading, blocks) in enumerate(sections, 1):
        identity = slug(numberless(heading)) or f"muc-{number}"
        identity = identity if identity not in taken else f"{identity}-{number}"
        taken.add(identity)
        answer, rest = answered(blocks)
        section = {
            "id": identity,
            "heading": numberless(heading) or heading,
            "answer": answer or TO_WRITE,
            "body": as_markdown(rest),
            "source": SOURCE,
        }
        yield {key: value for key, value in section.items() if value}
