"""A record while it is written, as far as it could already be shown to residents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.staff.form.check import TYPES
from app.staff.form.shape import Input, Shape, shape_of_kind
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind, Topic
from knowledge_base.source import Statement

_UNWRITTEN = "(chưa viết)"


def shown_record(
    kind: RecordKind, data: Mapping[str, Any], day: date
) -> tuple[Procedure | Guide, tuple[str, ...]]:
    """The record with every field and row that is valid by itself, and the paths of the others.

    It is for a preview alone: nothing here makes it fit to be published.
    """
    model = TYPES[kind]
    try:
        return model.model_validate(data), ()
    except ValidationError:
        pass
    left: list[str] = []
    values: dict[str, Any] = {}
    for shape in shape_of_kind(kind).fields:
        info = model.model_fields[shape.name]
        if not info.is_required():
            values[shape.name] = info.get_default(call_default_factory=True)
        if shape.name in data:
            found = _valid(model, shape, data[shape.name], left)
            if found is not None:
                values[shape.name] = found
    unwritten = Statement.model_construct(text=_UNWRITTEN, source=())
    for name, value in {
        "id": str(data.get("id", "")),
        "title": _UNWRITTEN,
        "topic": Topic.LOCAL_GOVERNMENT,
        "summary": unwritten,
        "where": (),
        "sections": (),
        "questions": (),
        "sources": {},
        "checked_on": day,
    }.items():
        if name in model.model_fields:
            values.setdefault(name, value)
    return model.model_construct(**values), tuple(left)


def _valid(model: type[BaseModel], shape: Shape, value: Any, left: list[str]) -> Any:
    """A field's value without the rows that are not valid; None where nothing of it is."""
    annotation: Any = model.model_fields[shape.name].annotation
    if shape.input is Input.ROWS and isinstance(value, list):
        item = get_args(annotation)[0]
        if get_origin(item) is tuple:  # a list that may be absent
            item = get_args(item)[0]
        rows = [
            _checked(TypeAdapter(item), one, f"{shape.name}.{place}", left)
            for place, one in enumerate(value)
        ]
        return tuple(row for row in rows if row is not None)
    if shape.input is Input.SOURCES and isinstance(value, Mapping):
        adapter = TypeAdapter(get_args(annotation)[1])
        found = {
            key: _checked(adapter, one, f"{shape.name}.{key}", left) for key, one in value.items()
        }
        return {key: one for key, one in found.items() if one is not None}
    return _checked(TypeAdapter(annotation), value, shape.name, left)


def _checked(adapter: TypeAdapter[Any], value: Any, path: str, left: list[str]) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        left.append(path)
        return None
