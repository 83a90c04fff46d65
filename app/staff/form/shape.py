"""A record's type as a tree of inputs: walked once, nothing about its fields is written twice."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, HttpUrl
from pydantic.fields import FieldInfo

from app.staff.form.words import choices_of, hint_of, label_of
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind


class Input(StrEnum):
    """How a value is shown and typed."""

    FIXED = "fixed"
    """Shown, never typed: what names the record."""
    TEXT = "text"
    LONG = "long"
    MARKDOWN = "markdown"
    LINK = "link"
    WHOLE = "whole"
    DATE = "date"
    CHOICE = "choice"
    """One of a closed list."""
    PICK = "pick"
    """One of what the record itself, or the knowledge, has: a section, a case, a record."""
    LINES = "lines"
    """Short texts, one a line."""
    KEYS = "keys"
    """Sources of the record."""
    GROUP = "group"
    ROWS = "rows"
    SOURCES = "sources"
    """Rows that have a key each."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One field of a type, or the type itself."""

    input: Input
    name: str = ""
    label: str = ""
    hint: str = ""
    required: bool = False
    empty: Any = None
    """What stands for “nothing” where a narrower version says so."""
    null_when_empty: bool = False
    """Must be given, and may be None: an amount that the source does not state."""
    choices: tuple[tuple[str, str], ...] = ()
    pick: str = ""
    """Of a PICK: ``section``, ``case`` or ``record``."""
    fields: tuple[Shape, ...] = ()
    """Of a GROUP, and of the rows of ROWS and SOURCES; empty for rows of one value."""
    item: Input | None = None
    """Of ROWS of one value: how that is typed."""

    def field(self, name: str) -> Shape | None:
        """A field by name."""
        return next((one for one in self.fields if one.name == name), None)


_FIXED = {("Procedure", "id"), ("Procedure", "scope"), ("Guide", "id"), ("Guide", "scope")}
_PICKS = {
    ("ExampleQuestion", "section"): "section",
    ("ExampleQuestion", "case"): "case",
    ("ToConfirm", "section"): "section",
    ("Procedure", "related"): "record",
    ("Guide", "related"): "record",
}
_MARKDOWN = {("GuideSection", "body")}
_SHORT = frozenset(
    {
        "id", "title", "title_en", "code", "number", "form", "per", "label", "publisher", "address",
        "heading", "article", "replaced_by",
    }
)  # fmt: skip
_TYPES: dict[RecordKind, type[Procedure] | type[Guide]] = {
    RecordKind.PROCEDURE: Procedure,
    RecordKind.GUIDE: Guide,
}


def shape_of_kind(kind: RecordKind) -> Shape:
    """The shape of a kind of record that has a form."""
    return shape_of(_TYPES[kind])


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a type with all that lies in it."""
    fields = (_field(model, name, info) for name, info in model.model_fields.items())
    return Shape(Input.GROUP, fields=tuple(fields))


def _field(model: type[BaseModel], name: str, info: FieldInfo) -> Shape:
    key = (model.__name__, name)
    kind, optional = _bare(info.annotation)
    default = None if info.is_required() else info.get_default(call_default_factory=True)

    def made(of: Input, **more: Any) -> Shape:
        empty: Any = "" if default == "" else [] if default == () else None
        return Shape(
            of,
            name,
            label_of(model, name),
            hint_of(model, name),
            required=info.is_required(),
            null_when_empty=info.is_required() and optional,
            **{"empty": empty, **more},
        )

    if key in _FIXED:
        return made(Input.FIXED)
    if name == "source":
        return made(Input.KEYS)
    if get_origin(kind) is dict:
        return made(Input.SOURCES, fields=shape_of(get_args(kind)[1]).fields, empty={})
    if get_origin(kind) is tuple:
        item, _ = _bare(get_args(kind)[0])
        if isinstance(item, type) and issubclass(item, BaseModel):
            return made(Input.ROWS, fields=shape_of(item).fields)
        if key in _PICKS:
            return made(Input.ROWS, item=Input.PICK, pick=_PICKS[key])
        return made(Input.LINES)
    if key in _PICKS:
        return made(Input.PICK, pick=_PICKS[key])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return made(Input.GROUP, fields=shape_of(kind).fields)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return made(Input.CHOICE, choices=choices_of(kind))
    if kind is date:
        return made(Input.DATE)
    if kind is int:
        return made(Input.WHOLE)
    if kind is HttpUrl:
        return made(Input.LINK)
    if kind is str:
        if key in _MARKDOWN:
            return made(Input.MARKDOWN)
        return made(Input.TEXT if name in _SHORT else Input.LONG)
    raise TypeError(f"{model.__name__}.{name}: there is no input for {kind!r} yet")


def _bare(annotation: Any) -> tuple[Any, bool]:
    """A type without its constraints, and whether None is allowed."""
    optional = False
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            some = [one for one in get_args(annotation) if one is not type(None)]
            optional = optional or len(some) < len(get_args(annotation))
            if len(some) > 1:
                return annotation, optional
            annotation = some[0]
        else:
            return annotation, optional
