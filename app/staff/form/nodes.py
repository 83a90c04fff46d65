"""A record's data laid over its shape: what the form shows, input by input, problems beside them.

Data that does not fit its shape, such as a key that no type knows, is shown as JSON: whatever an
import or an earlier release left is seen and kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.staff.form.shape import Input, Shape

ROW, KEY, EMPTY, JSON = "~row", "~key", "~empty", "~json"
"""Parts of the names of inputs that carry what a plain value cannot."""

_UNTYPED = Shape(Input.LONG)
_TYPED = frozenset(
    {
        Input.TEXT,
        Input.LONG,
        Input.MARKDOWN,
        Input.LINK,
        Input.DATE,
        Input.CHOICE,
        Input.PICK,
        Input.FIXED,
    }
)
ABSENT = object()
"""No such key."""


@dataclass(frozen=True, slots=True)
class Node:
    """One input, group or list with its value."""

    shape: Shape
    name: str
    """Of the input; a row's part is its place."""
    path: str
    """Where the value stands in the data: a source's part is its key."""
    problems: tuple[str, ...] = ()
    text: str = ""
    """What stands in the input."""
    keys: tuple[str, ...] = ()
    """Of KEYS: the sources chosen."""
    empty: str = ""
    """How “nothing” is written in the data, where the key is there: ``null``, ``list``, …"""
    raw: bool = False
    """Whether the text is JSON that fits no input."""
    key: str = ""
    """Of a row of SOURCES."""
    children: tuple[Node, ...] = ()
    """The fields of a group or row, or the rows of a list."""

    @property
    def said(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.text or self.keys or any(child.said for child in self.children))

    @property
    def faults(self) -> int:
        """How many problems there are in it and below."""
        return len(self.problems) + sum(child.faults for child in self.children)

    def child(self, name: str) -> Node | None:
        """A field of a group or row."""
        return next((one for one in self.children if one.shape.name == name), None)


Problems = Mapping[str, tuple[str, ...]]


def node_of(
    shape: Shape, data: Mapping[str, Any], problems: Mapping[str, tuple[str, ...]] | None = None
) -> Node:
    """A whole record's data over its shape."""
    return _group(shape, data, "", "", problems or {})


def placed(
    found: Mapping[str, tuple[str, ...]], root: Node
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Problems at the nearest place that the form has an input for, and those without any place."""
    places = set(paths_of(root))
    at: dict[str, tuple[str, ...]] = {}
    general: tuple[str, ...] = ()
    for path, messages in found.items():
        here = path
        while here and here not in places:
            here = here.rpartition(".")[0]
        if here:
            at[here] = tuple(dict.fromkeys((*at.get(here, ()), *messages)))
        else:
            general = tuple(dict.fromkeys((*general, *messages)))
    return at, general


def paths_of(node: Node) -> list[str]:
    """The paths of a node and of all below it."""
    return [node.path, *(path for child in node.children for path in paths_of(child))]


def _node(shape: Shape, value: Any, name: str, path: str, problems: Problems) -> Node:
    here = problems.get(path, ())
    plain = Node(shape, name, path, here)
    if value is ABSENT:
        return _group(shape, {}, name, path, problems) if shape.input is Input.GROUP else plain
    if value is None:
        if shape.input is Input.GROUP or _is_list_of_one(shape):
            return _raw(shape, value, name, path, here)
        return Node(shape, name, path, here, empty="" if shape.null_when_empty else "null")
    made = _fitting(shape, value, name, path, problems)
    return made if made is not None else _raw(shape, value, name, path, here)


def _is_list_of_one(shape: Shape) -> bool:
    return not shape.name and not shape.fields


def _fitting(shape: Shape, value: Any, name: str, path: str, problems: Problems) -> Node | None:
    """None where the value does not fit the shape."""
    here, kind = problems.get(path, ()), shape.input
    if kind in _TYPED:
        if not isinstance(value, str) or "\r" in value or "\0" in value:
            return None
        return Node(shape, name, path, here, text=value, empty="" if value else "text")
    if kind is Input.WHOLE:
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            return None
        return Node(shape, name, path, here, text=whole_words(value))
    if kind is Input.KEYS:
        keys = [value] if isinstance(value, str) else value
        if not _are_lines(keys) or len(set(keys)) != len(keys):
            return None
        marker = "" if isinstance(value, str) or len(keys) > 1 else "one" if keys else "list"
        return Node(shape, name, path, here, keys=tuple(keys), empty=marker)
    if kind is Input.LINES:
        if not _are_lines(value):
            return None
        return Node(shape, name, path, here, text="\n".join(value), empty="" if value else "list")
    if kind is Input.GROUP:
        return _group(shape, value, name, path, problems) if isinstance(value, Mapping) else None
    if kind is Input.SOURCES:
        return _sources(shape, value, name, path, problems) if isinstance(value, Mapping) else None
    return _rows(shape, value, name, path, problems) if isinstance(value, list) else None


def _are_lines(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and one.strip() and not {"\r", "\n", "\0"} & set(one) for one in value
    )


def _rows(shape: Shape, value: list[Any], name: str, path: str, problems: Problems) -> Node:
    if shape.item is not None:
        item = Shape(shape.item, pick=shape.pick)
    else:
        item = Shape(Input.GROUP, fields=shape.fields)
    rows = tuple(
        _node(item, one, f"{name}.{place}", f"{path}.{place}", problems)
        for place, one in enumerate(value)
    )
    return Node(
        shape, name, path, problems.get(path, ()), empty="" if value else "list", children=rows
    )


def _sources(
    shape: Shape, value: Mapping[str, Any], name: str, path: str, problems: Problems
) -> Node:
    rows = []
    for place, (key, one) in enumerate(value.items()):
        at, where = f"{name}.{place}", f"{path}.{key}"
        row = Shape(Input.GROUP, fields=shape.fields)
        if isinstance(one, Mapping):
            made = _group(row, one, at, where, problems)
        else:
            made = _raw(row, one, at, where, problems.get(where, ()))
        rows.append(
            Node(made.shape, at, where, made.problems, made.text, raw=made.raw, key=key,
                 children=made.children)
        )  # fmt: skip
    return Node(
        shape,
        name,
        path,
        problems.get(path, ()),
        empty="" if value else "map",
        children=tuple(rows),
    )


def _group(
    shape: Shape, value: Mapping[str, Any], name: str, path: str, problems: Problems
) -> Node:
    def under(part: str, of: str) -> str:
        return f"{of}.{part}" if of else part

    known = {field.name for field in shape.fields}
    children = [
        _node(
            field,
            value.get(field.name, ABSENT),
            under(field.name, name),
            under(field.name, path),
            problems,
        )
        for field in shape.fields
    ]
    children += [
        _raw(
            Shape(Input.LONG, key, key),
            one,
            under(key, name),
            under(key, path),
            problems.get(under(key, path), ()),
        )
        for key, one in value.items()
        if key not in known
    ]
    return Node(shape, name, path, problems.get(path, ()), children=tuple(children))


def _raw(shape: Shape, value: Any, name: str, path: str, problems: tuple[str, ...]) -> Node:
    text = json.dumps(value, ensure_ascii=False)
    return Node(shape, name, path, problems, text=text, raw=True)


def whole_words(value: int | str) -> str:
    """A number as it stands in its input: ``15000`` → ``15.000``; what is no number stays."""
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else value
