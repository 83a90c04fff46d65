"""What a form sent becomes a record's data again: nothing typed is dropped, valid or not."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.staff.form.nodes import ABSENT, EMPTY, JSON, KEY, ROW
from app.staff.form.shape import Input, Shape
from knowledge_base.syllables import nfc
from knowledge_base.units import slug_of

OWN = "~own"
"""The input that names the fields in which a narrower version differs."""
ALWAYS_OWN = frozenset({"questions", "sources"})
"""What a narrower version adds to instead of replacing; see ``knowledge_base.catalogue``."""
_NOTHING: dict[str, Any] = {"null": None, "list": [], "text": "", "map": {}}
_WHOLE = re.compile(r"-?\d{1,3}(?:\.\d{3})+|-?\d+")
_NAMED_FOR = {"id": ("title", "heading")}
"""Fields that are made of another one where they are left empty."""
_LONGEST_ID = 60


@dataclass(slots=True)
class Tree:
    """The inputs of a form, by the parts of their names, in the order in which they came."""

    values: list[str] = field(default_factory=list)
    parts: dict[str, Tree] = field(default_factory=dict)

    def at(self, name: str) -> Tree | None:
        """The tree under a name."""
        here: Tree | None = self
        for part in name.split("."):
            here = here.parts.get(part) if here else None
        return here

    def value(self, name: str) -> str:
        """The last value of an input; empty where there is none."""
        found = self.parts.get(name)
        return found.values[-1] if found and found.values else ""


@dataclass(frozen=True, slots=True)
class Read:
    """What a form said."""

    data: dict[str, Any]
    names: Mapping[str, str]
    """The name of the input of each path, where they differ: rows moved by the browser."""


def tree_of(items: Iterable[tuple[str, str]]) -> Tree:
    """The inputs of a form, as they were sent."""
    root = Tree()
    for name, value in items:
        here = root
        for part in name.split("."):
            here = here.parts.setdefault(part, Tree())
        plain = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        here.values.append(nfc(plain))
    return root


def changed(tree: Tree, what: str) -> str:
    """Do what a button of a row or list says: ``add:fees``, ``remove:fees.1``, ``up:fees.1``.

    Returns:
        The name of the row or list to look at next; empty where the button says nothing of rows.
    """
    verb, _, name = what.partition(":")
    if verb == "add":
        rows = tree
        for part in name.split("."):
            rows = rows.parts.setdefault(part, Tree())
        place = str(len(rows.parts))
        while place in rows.parts:
            place = f"{place}n"
        rows.parts[place] = Tree(parts={ROW: Tree(["1"])})
        return f"{name}.{place}"
    above, _, last = name.rpartition(".")
    found = tree.at(above) if above else None
    if verb not in ("remove", "up", "down") or found is None or last not in found.parts:
        return ""
    order = [part for part in found.parts if not part.startswith("~")]
    at = order.index(last)
    if verb == "remove":
        del found.parts[last]
        return above
    other = at - 1 if verb == "up" else at + 1
    if 0 <= other < len(order):
        order[at], order[other] = order[other], order[at]
        marks = {part: sub for part, sub in found.parts.items() if part.startswith("~")}
        found.parts = marks | {part: found.parts[part] for part in order}
    return name


def read(
    shape: Shape,
    tree: Tree,
    before: Mapping[str, Any],
    *,
    wider: Mapping[str, Any] | None = None,
) -> Read:
    """The data that a form holds.

    Args:
        shape: of the record.
        tree: what was sent.
        before: the data that the form was made of; what names the record is taken from it, and
            the order of keys.
        wider: what the wider versions say, where this one holds only what differs.
    """
    reader = _Reader()
    found: dict[str, Any] = {}
    own = _own(tree)
    for one in shape.fields:
        if one.input is Input.FIXED:
            if one.name in before:
                found[one.name] = before[one.name]
            continue
        part = tree.parts.get(one.name)
        if wider is None or one.name in ALWAYS_OWN:
            value = reader.value(one, part, one.name, one.name)
        elif one.name not in own:
            continue
        elif part is None:  # ticked just now: begin with what holds so far
            value = wider.get(one.name, one.empty)
        else:
            value = reader.value(one, part, one.name, one.name)
            value = one.empty if value is ABSENT else value
        if value is not ABSENT:
            found[one.name] = value
    found |= reader.unknown(shape, tree)
    return Read(_ordered(found, before), reader.names)


def _own(tree: Tree) -> Collection[str]:
    ticked = tree.parts.get(OWN)
    return frozenset(ticked.values) if ticked else frozenset()


def _ordered(new: Any, old: Any) -> Any:
    """The same data with the keys that were there before in their order, then the new ones."""
    if isinstance(new, dict):
        was = old if isinstance(old, Mapping) else {}
        names = [name for name in was if name in new]
        names += [name for name in new if name not in was]
        return {name: _ordered(new[name], was.get(name)) for name in names}
    if isinstance(new, list):
        was_list = old if isinstance(old, list) else []
        rest = [None] * (len(new) - len(was_list))
        return [_ordered(one, was) for one, was in zip(new, [*was_list, *rest], strict=False)]
    return new


class _Reader:
    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def value(self, shape: Shape, tree: Tree | None, name: str, path: str) -> Any:
        """A field's value, or ABSENT."""
        if name != path:
            self.names[path] = name
        if tree is None:
            return ABSENT
        if (raw := tree.parts.get(JSON)) is not None:
            return _unpacked(raw.values[-1])
        if shape.input is Input.GROUP:
            group = self.group(shape, tree, name, path)
            return group if group or ROW in tree.parts else _nothing(shape, tree)
        if shape.input is Input.SOURCES:
            sources = self.sources(shape, tree, name, path)
            return sources or _nothing(shape, tree)
        if shape.input is Input.ROWS:
            return self.rows(shape, tree, name, path) or _nothing(shape, tree)
        if shape.input is Input.KEYS:
            keys = list(dict.fromkeys(filter(None, tree.values)))
            if len(keys) == 1 and tree.value(EMPTY) != "one":
                return keys[0]
            return keys or _nothing(shape, tree)
        text = tree.values[-1] if tree.values else ""
        if shape.input is Input.LINES:
            lines = [line for line in text.split("\n") if line.strip()]
            return lines or _nothing(shape, tree)
        if not text:
            return _nothing(shape, tree)
        if shape.input is Input.WHOLE and _WHOLE.fullmatch(text.strip()):
            return int(text.replace(".", ""))
        return text

    def group(self, shape: Shape, tree: Tree, name: str, path: str) -> dict[str, Any]:
        """The fields of a group or row that say something."""
        found = {}
        for one in shape.fields:
            value = self.value(
                one, tree.parts.get(one.name), f"{name}.{one.name}", f"{path}.{one.name}"
            )
            if value is not ABSENT:
                found[one.name] = value
        return found | self.unknown(shape, tree)

    def unknown(self, shape: Shape, tree: Tree) -> dict[str, Any]:
        """What the type does not know, kept as it was."""
        known = {one.name for one in shape.fields}
        return {
            part: _unpacked(raw.values[-1])
            for part, sub in tree.parts.items()
            if part not in known and (raw := sub.parts.get(JSON)) is not None
        }

    def rows(self, shape: Shape, tree: Tree, name: str, path: str) -> list[Any]:
        """The rows of a list, in the order in which they were sent."""
        item = (
            Shape(shape.item) if shape.item is not None else Shape(Input.GROUP, fields=shape.fields)
        )
        found: list[Any] = []
        for part, sub in tree.parts.items():
            if not part.startswith("~"):
                value = self.value(item, sub, f"{name}.{part}", f"{path}.{len(found)}")
                if value is not ABSENT:
                    found.append(value)
        if shape.item is None:
            _name_rows(found, shape)
        return found

    def sources(self, shape: Shape, tree: Tree, name: str, path: str) -> dict[str, Any]:
        """The sources by key; one without a key, or with another's, gets a new one."""
        row = Shape(Input.GROUP, fields=shape.fields)
        found: dict[str, Any] = {}
        wanted = {sub.value(KEY).strip() for sub in tree.parts.values()}
        for part, sub in tree.parts.items():
            if part.startswith("~"):
                continue
            key = sub.value(KEY).strip()
            if not key or key in found:
                key = _free(key or "nguon", {*found, *wanted})
            value = self.value(row, sub, f"{name}.{part}", f"{path}.{key}")
            if value is not ABSENT:
                found[key] = value
        return found


def _nothing(shape: Shape, tree: Tree) -> Any:
    """What an empty input means: no key, unless the data said “nothing” in words of its own."""
    marker = tree.value(EMPTY)
    if marker in _NOTHING:
        return _NOTHING[marker]
    if marker == "one":
        return ABSENT
    return None if shape.null_when_empty else ABSENT


def _unpacked(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _name_rows(rows: list[Any], shape: Shape) -> None:
    """Give rows that have an id and were left without one the name of their title."""
    for made, of in _NAMED_FOR.items():
        if shape.field(made) is None:
            continue
        taken = {row[made] for row in rows if isinstance(row, dict) and made in row}
        for row in rows:
            if not isinstance(row, dict) or row.get(made):
                continue
            title = next((row[one] for one in of if isinstance(row.get(one), str)), "")
            if wanted := slug_of(title)[:_LONGEST_ID].strip("-"):
                row[made] = _free(wanted, taken) if wanted in taken else wanted
                taken.add(row[made])


def _free(wanted: str, taken: Collection[str]) -> str:
    number = 2 if wanted in taken or wanted != "nguon" else 1
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"
