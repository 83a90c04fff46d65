"""What the form of a draft shows: its parts, the choices of its inputs, what it inherits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.records.draft import Draft
from app.staff.form.check import problems_in
from app.staff.form.nodes import Node, node_of, placed
from app.staff.form.reading import ALWAYS_OWN
from app.staff.form.shape import Input, Shape, shape_of_kind
from app.staff.form.words import PARTS, Part
from app.staff.service import StaffService
from knowledge_base.catalogue import laid_over
from knowledge_base.difference import in_words
from knowledge_base.labels import scope_name
from knowledge_base.record import Facet, RecordKind
from knowledge_base.section import FACET_HEADINGS

HAS_FORM = frozenset({RecordKind.PROCEDURE, RecordKind.GUIDE})
LATER = ("effective_from", "effective_to")
"""Fields of rows that are folded until they say something."""
_TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the record in the form."""

    node: Node
    own: bool
    """Whether it is written here; False where the wider version's holds."""
    tickable: bool
    """Whether the officer chooses if it is."""
    inherited: tuple[str, ...]
    """What the wider versions say, in words."""


@dataclass(frozen=True, slots=True)
class FormPart:
    """A part of the form."""

    part: Part
    fields: tuple[Field, ...]
    faults: int
    said: int
    """Rows of its lists; 0 where it has none."""


@dataclass(frozen=True, slots=True)
class DraftForm:
    """A draft as its form shows it."""

    parts: tuple[FormPart, ...]
    general: tuple[str, ...]
    """Problems that belong to no field."""
    faults: int
    sources: Mapping[str, str]
    """The titles of the sources that facts may name."""
    picks: Mapping[str, tuple[tuple[str, str], ...]]
    records: tuple[tuple[str, str], ...]
    narrower: str
    """Whose version of its own this is; empty where it is the whole record."""
    problems: Mapping[str, tuple[str, ...]]
    """By path, at fields that the form has."""


def wider_of(service: StaffService, draft: Draft) -> dict[str, Any] | None:
    """What the wider versions of a draft's record say; None where it is the whole record."""
    return service.live.edition().catalogue.wider(draft.kind, draft.record_id, draft.scope)


def whole_of(data: Mapping[str, Any], wider: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The record with all that it inherits."""
    return laid_over(wider, data) if wider is not None else data


def form_of(
    service: StaffService, draft: Draft, data: Mapping[str, Any] | None = None
) -> DraftForm:
    """The form of a draft; of other data than is saved where that is given."""
    data = draft.data if data is None else data
    wider = wider_of(service, draft)
    shape = shape_of_kind(draft.kind)
    titles = titles_of(service)
    found = problems_in(draft.kind, data, wider, titles)
    problems, general = placed(found, node_of(shape, data))
    root = node_of(shape, data, problems)
    whole = whole_of(data, wider)
    inherited = in_words(wider, draft.kind) if wider is not None else {}
    parts = tuple(
        part
        for part in (_part(part, root, shape, data, wider, inherited) for part in _parts_of(shape))
        if part.fields
    )
    return DraftForm(
        parts,
        general,
        root.faults + len(general),
        _source_titles(whole),
        picks_of(draft.kind, whole),
        tuple(titles.items()),
        scope_name(draft.scope) if wider is not None else "",
        problems,
    )


def titles_of(service: StaffService) -> dict[str, str]:
    """The titles of every record by id, which others may name as related."""
    records = service.live.edition().catalogue.records
    return {record_id: record.title for (record_id, _), record in sorted(records.items())}


def _parts_of(shape: Shape) -> Iterable[Part]:
    """The form's parts; a field that none of them names joins the first."""
    named = {name for part in PARTS for name in part.fields}
    more = tuple(field.name for field in shape.fields if field.name not in named)
    for place, part in enumerate(PARTS):
        fields = part.fields + more if place == 0 else part.fields
        yield Part(part.id, part.title, tuple(name for name in fields if shape.field(name)))


def _part(
    part: Part,
    root: Node,
    shape: Shape,
    data: Mapping[str, Any],
    wider: Mapping[str, Any] | None,
    inherited: Mapping[str, tuple[str, ...]],
) -> FormPart:
    known = {field.name for field in shape.fields}
    nodes = [root.child(name) for name in part.fields]
    if part is PARTS[0] or part.id == PARTS[0].id:  # keys that no type knows
        nodes += [node for node in root.children if node.shape.name not in known]
    fields = tuple(
        Field(
            node,
            wider is None
            or node.shape.name in ALWAYS_OWN
            or node.shape.name in data
            or node.shape.input is Input.FIXED,
            wider is not None
            and node.shape.name not in ALWAYS_OWN
            and node.shape.input is not Input.FIXED,
            inherited.get(node.shape.name, ()),
        )
        for node in nodes
        if node is not None
    )
    faults = sum(field.node.faults for field in fields)
    rows = sum(
        len(field.node.children)
        for field in fields
        if field.node.shape.input in (Input.ROWS, Input.SOURCES)
    )
    return FormPart(part, fields, faults, rows)


def _source_titles(whole: Mapping[str, Any]) -> dict[str, str]:
    sources = whole.get("sources")
    if not isinstance(sources, Mapping):
        return {}
    return {
        key: _short(str(source.get("title") or key)) if isinstance(source, Mapping) else key
        for key, source in sources.items()
    }


def _short(text: str) -> str:
    return text if len(text) <= _TITLE_LENGTH else f"{text[:_TITLE_LENGTH].rsplit(' ', 1)[0]} …"


def picks_of(kind: RecordKind, whole: Mapping[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What questions and notes may point at: the record's own sections and cases."""
    if kind is RecordKind.GUIDE:
        sections = _named(whole.get("sections"), "heading")
    else:
        sections = tuple((facet.value, FACET_HEADINGS[facet]) for facet in Facet)
    return {"section": sections, "case": _named(whole.get("cases"), "title")}


def _named(rows: object, by: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(rows, list):
        return ()
    return tuple(
        (row["id"], str(row.get(by) or row["id"]))
        for row in rows
        if isinstance(row, Mapping) and isinstance(row.get("id"), str)
    )


def part_of_field(name: str) -> str:
    """The part of the form that a field, or a row of it, stands in."""
    field = name.partition(".")[0]
    return next((part.id for part in PARTS if field in part.fields), PARTS[0].id)


def part_of_section(kind: RecordKind, section: str) -> str:
    """The part that a section of the record, as answers name it, is written in."""
    shape = shape_of_kind(kind)
    if any(part.id == section and any(map(shape.field, part.fields)) for part in PARTS):
        return section
    return "sections" if kind is RecordKind.GUIDE and section else ""


def fields_of_section(kind: RecordKind, section: str) -> tuple[str, ...]:
    """The fields that a section of the record is made of."""
    wanted = part_of_section(kind, section)
    shape = shape_of_kind(kind)
    return tuple(
        name
        for part in PARTS
        if part.id == wanted
        for name in part.fields
        if shape.field(name) is not None and name not in ALWAYS_OWN
    )
