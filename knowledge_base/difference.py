"""What differs between two versions of a record, field by field, in the words of officers.

Items of lists are matched by what they are about (the same paper, the same fee, the same case), not
by where they stand, so a line put in between is one addition.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, partial
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from knowledge_base.commune import Commune, Counter, FormerUnit, OpeningHours, Shift, Weekday
from knowledge_base.guide import Entry, Guide, GuideSection
from knowledge_base.labels import LABELS, VALUE_NAMES, scope_name
from knowledge_base.procedure import (
    Case,
    ChannelOption,
    DossierItem,
    Fee,
    Form,
    Procedure,
    TimeLimit,
    TimeUnit,
    WhereTo,
)
from knowledge_base.record import ExampleQuestion, Facet, RecordKind
from knowledge_base.section import (
    FACET_HEADINGS,
    basis_words,
    channel_words,
    day_words,
    dossier_words,
    fee_words,
    form_words,
    money,
    time_words,
)
from knowledge_base.source import LegalBasis, Source, Statement, ToConfirm

Data = Mapping[str, Any]
_Model = type[BaseModel]
_Identity = Callable[[Data], tuple[Any, ...] | None]

_TYPES: dict[RecordKind, _Model] = {
    RecordKind.PROCEDURE: Procedure,
    RecordKind.GUIDE: Guide,
    RecordKind.COMMUNE: Commune,
}
_PROVENANCE = ("sources", "checked_on")
_ALIKE = 0.5
"""From this similarity of words on, two lines are one line with other words."""
_MARKED = 0.35
"""Texts less similar than this are shown whole, without marks."""
_LONG_NAME = 70
NO_AMOUNT = "nguồn không nói số tiền"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs."""

    path: str
    """Where it stands in the version after, or in the one before where it is gone."""
    label: str
    """Such as “Lệ phí › Nộp qua mạng › Số tiền”."""
    before: str | None
    """None where it is new."""
    after: str | None
    """None where it is gone."""
    provenance: bool = False
    """Whether it only says where facts come from, or when they were compared."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text."""

    text: str
    changed: bool


def differences(
    before: Data | None, after: Data | None, *, kind: RecordKind | None = None
) -> tuple[Difference, ...]:
    """What differs between two records in their JSON form, what is said of sources last.

    Args:
        before: None for a record that is new.
        after: None for one that is withdrawn.
        kind: told from the fields unless given; a draft may still lack the telling ones.
    """
    old, new = before or {}, after or {}
    model = _TYPES[kind or kind_of(new or old)]
    found = _Comparison(_Side(old), _Side(new)).of_model(model, old, new, "", ())
    return tuple(sorted(found, key=lambda one: one.provenance))


def kind_of(data: Data) -> RecordKind:
    """The kind of a record in its JSON form; a procedure where nothing tells."""
    if "sections" in data:
        return RecordKind.GUIDE
    if "province" in data or "counters" in data:
        return RecordKind.COMMUNE
    return RecordKind.PROCEDURE


def in_words(data: Data, kind: RecordKind | None = None) -> dict[str, tuple[str, ...]]:
    """Each field that says something, in the order of the form, as lines that officers read."""
    side = _Side(data)
    model = _TYPES[kind or kind_of(data)]
    said = {}
    for name in _names(model, data):
        value, shape = data.get(name), _shape(model, name)
        if _empty(value):
            continue
        if shape.model is not None and shape.keyed and isinstance(value, Mapping):
            lines = [f"{key}: {side.item(shape.model, one)}" for key, one in value.items()]
        elif shape.many and isinstance(value, list):
            lines = [side.words(model, name, one) for one in value]
        else:
            lines = [side.words(model, name, value)]
        said[name] = tuple(lines)
    return said


def field_names(kind: RecordKind, data: Data) -> tuple[str, ...]:
    """Every field of a record, in the order of the form, and what no record knows."""
    return _names(_TYPES[kind], data)


def field_label(name: str, kind: RecordKind) -> str:
    """What officers call a field of a record; an unknown name stays as it is."""
    return LABELS[_TYPES[kind]].get(name, name)


def has_rows(name: str, kind: RecordKind) -> bool:
    """Whether a field of a record is a list whose items can be told from one another."""
    return _shape(_TYPES[kind], name).many


def same_rows(
    name: str,
    kind: RecordKind,
    before: Sequence[Any],
    after: Sequence[Any],
    *,
    alike: bool = True,
) -> tuple[tuple[int, int], ...]:
    """Places of the items of a list that are the same ones, before and after.

    Those that no name tells apart are matched by their words, unless ``alike`` is False.
    """
    model = _shape(_TYPES[kind], name).model
    if model is not None:
        return _matched(model, before, after, alike=alike)
    free = list(range(len(before)))
    pairs = []
    for place, value in enumerate(after):
        if (old := next((one for one in free if before[one] == value), None)) is not None:
            free.remove(old)
            pairs.append((old, place))
    return tuple(pairs)


def row_words(name: str, kind: RecordKind, data: Data, place: int) -> tuple[str, str]:
    """What an item of a list is called, and all that it says."""
    side, model = _Side(data), _TYPES[kind]
    item = data[name][place]
    said, of = side.words(model, name, item), _shape(model, name).model
    return (side.name(of, item, place) if of is not None else _shortened(said)), said


def path_label(path: str, data: Data, kind: RecordKind) -> str:
    """The words for a place such as ``fees.0.amount``: “Lệ phí › Nộp qua mạng › Số tiền”."""
    side, model, value = _Side(data), _TYPES[kind], data
    words: list[str] = []
    here: Any = value
    at: _Model | None = model
    name = ""
    for part in filter(None, path.split(".")):
        if part.isdigit() and isinstance(here, list | tuple):
            place = int(part)
            here = here[place] if place < len(here) else None
            words.append(side.name(at, here, place))
        elif name == "sources":
            here = here.get(part) if isinstance(here, Mapping) else None
            words.append(f"“{part}”")
            name = ""
        else:
            name = part
            words.append(_label(at, part))
            here = here.get(part) if isinstance(here, Mapping) else None
            at = _shape(at, part).model if at is not None else None
    return " › ".join(filter(None, words))


def marked(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts cut into pieces, with the words that differ marked."""
    left, right = _cut(before), _cut(after)
    matcher = difflib.SequenceMatcher(None, _bare(left), _bare(right), autojunk=False)
    if matcher.ratio() < _MARKED:
        return (Piece(before, True),), (Piece(after, True),)
    old: list[Piece] = []
    new: list[Piece] = []
    for kind, from_left, to_left, from_right, to_right in matcher.get_opcodes():
        for pieces, words in ((old, left[from_left:to_left]), (new, right[from_right:to_right])):
            if words:
                pieces.append(Piece("".join(words), kind != "equal"))
    return tuple(old), tuple(new)


def _cut(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _bare(words: Sequence[str]) -> list[str]:
    return [word.strip() for word in words]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a field of a model holds."""

    model: _Model | None = None
    """The model of its value, or of the items of its list."""
    enum: type[StrEnum] | None = None
    many: bool = False
    keyed: bool = False
    default: Any = None


@cache
def _shape(model: _Model, name: str) -> _Shape:
    info = model.model_fields.get(name)
    if info is None:
        return _Shape()
    inside = list(_flat(info.annotation))
    models = [one for one in inside if isinstance(one, type) and issubclass(one, BaseModel)]
    enums = [one for one in inside if isinstance(one, type) and issubclass(one, StrEnum)]
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    return _Shape(
        models[0] if models else None,
        enums[0] if enums else None,
        many=tuple in inside and name != "source",
        keyed=dict in inside,
        default=default.value if isinstance(default, StrEnum) else default,
    )


def _flat(annotation: Any) -> Iterator[Any]:
    origin = getattr(annotation, "__origin__", None)
    if origin in (tuple, dict):
        yield origin
    inner = get_args(annotation)
    if not inner:
        yield annotation
    for one in inner:
        yield from _flat(one)


def _label(model: _Model | None, name: str) -> str:
    return LABELS.get(model, {}).get(name, name) if model else name


def _names(model: _Model, data: Data) -> tuple[str, ...]:
    """Every field, in the order in which officers read them, and what no model knows."""
    labels = LABELS[model]
    return (*labels, *sorted(set(data) - set(labels)))


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {} or value == ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


_NAMING: dict[_Model, tuple[str, ...]] = {
    Case: ("title", "id"),
    ChannelOption: ("channel",),
    Counter: ("name",),
    DossierItem: ("item",),
    Entry: ("label",),
    ExampleQuestion: ("text",),
    FormerUnit: ("name",),
    Form: ("number", "name"),
    GuideSection: ("heading", "id"),
    LegalBasis: ("number",),
}
"""The fields by which people name an item, the first that is filled."""


def _by(*names: str) -> _Identity:
    def key(item: Data) -> tuple[Any, ...] | None:
        found = tuple(item.get(name) for name in names)
        return None if all(map(_empty, found)) else found

    return key


_IDENTITIES: dict[_Model, tuple[_Identity, ...]] = {
    Case: (_by("id"), _by("title")),
    ChannelOption: (_by("channel"),),
    Counter: (_by("kind", "name"), _by("name"), _by("kind")),
    DossierItem: (_by("item"),),
    Entry: (_by("label"),),
    ExampleQuestion: (_by("text"),),
    Fee: (lambda fee: (fee.get("label"), fee.get("channel")), _by("label"), _by("channel")),
    FormerUnit: (_by("name", "district", "province"), _by("name")),
    Form: (_by("number", "name"), _by("name"), _by("number")),
    GuideSection: (_by("id"), _by("heading")),
    LegalBasis: (_by("number"),),
    Statement: (_by("text"),),
    TimeLimit: (lambda one: (one.get("label"), one.get("channel")), _by("label"), _by("channel")),
    ToConfirm: (_by("text"),),
    WhereTo: (_by("counter", "text"), _by("text")),
}
"""What makes two items the same, the surest first; what is left is matched by its words."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One version: it says values in words, and knows its own sources, sections and cases."""

    data: Data

    def name(self, model: _Model | None, item: Any, place: int) -> str:
        """How an item of a list is called."""
        if model is not None and isinstance(item, Mapping):
            if model in (Fee, TimeLimit):
                channel = (
                    ""
                    if _empty(item.get("channel"))
                    else self.words(model, "channel", item["channel"])
                )
                label = _text(item.get("label") or "")
                if channel or label:
                    return _shortened(
                        f"{channel} ({label})" if channel and label else channel or label
                    )
            for name in _NAMING.get(model, ()):
                if not _empty(item.get(name)):
                    return _shortened(self.words(model, name, item[name]))
        return f"dòng {place + 1}"

    def words(self, model: _Model, name: str, value: Any) -> str:
        """A value, or one item of a list, in words."""
        shape = _shape(model, name)
        if name == "amount" and model is Fee:
            return _money(value)
        if shape.model is not None and isinstance(value, Mapping):
            return self.item(shape.model, value)
        if isinstance(value, list | tuple):
            several = [self.words(model, name, one) for one in value]
            return ("\n" if shape.model is not None else "; ").join(several)
        if isinstance(value, bool):
            return "có" if value else "không"
        if name == "source":
            return self._source(value)
        if name == "scope":
            return scope_name(_text(value))
        if model in (ExampleQuestion, ToConfirm) and name in ("section", "case"):
            return self._part(name, _text(value))
        if shape.enum is not None and value in list(shape.enum):
            return VALUE_NAMES[shape.enum][shape.enum(value)]
        return _day(value) or _text(value)

    def item(self, model: _Model, item: Any) -> str:
        """A whole part of a record in words: what residents read, then what they do not."""
        if not isinstance(item, Mapping):
            return _text(item)
        if model is Shift:
            return self._shift(item)
        said, covered = _sentence(model, item)
        if model is OpeningHours:
            said, covered = self.words(model, "shifts", item.get("shifts")), frozenset({"shifts"})
        rest = [
            f"{_label(model, name)}: " + self.words(model, name, item[name]).replace("\n", "; ")
            for name in _names(model, item)
            if name not in covered
            and name != "source"
            and not _empty(item.get(name))
            and item.get(name) != _shape(model, name).default
        ]
        if "source" in item and not _empty(item["source"]):
            rest.append(f"Nguồn: {self._source(item['source'])}")
        return "\n".join(filter(None, (said, *rest)))

    def _source(self, value: Any) -> str:
        sources = self.data.get("sources")
        titles = sources if isinstance(sources, Mapping) else {}
        keys = value if isinstance(value, list | tuple) else [value]
        return "; ".join(
            _text(found.get("title") or key)
            if isinstance(found := titles.get(key), Mapping)
            else _text(key)
            for key in keys
        )

    def _part(self, name: str, value: str) -> str:
        """The heading of a section, or the title of a case, that a question names by its id."""
        rows = self.data.get("cases" if name == "case" else "sections")
        for row in rows if isinstance(rows, list | tuple) else ():
            if isinstance(row, Mapping) and row.get("id") == value:
                return _text(row.get("title") or row.get("heading") or value)
        return FACET_HEADINGS[Facet(value)] if value in list(Facet) else value

    def _shift(self, item: Data) -> str:
        days = item.get("days")
        named = _spans([_text(day) for day in (days if isinstance(days, list) else [days])])
        return f"{named}: {_clock(item.get('opens'))}–{_clock(item.get('closes'))}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONG_NAME else f"{text[:_LONG_NAME].rsplit(' ', 1)[0]}…"


def _spans(days: Sequence[str]) -> str:
    """Days of the week, three and more in a row as a span: “thứ Hai – thứ Sáu”."""
    names = VALUE_NAMES[Weekday]
    order = [day.value for day in Weekday]
    spans: list[list[str]] = []
    for day in sorted(days, key=lambda one: order.index(one) if one in order else len(order)):
        follows = spans and day in order and order.index(day) > 0
        if follows and spans[-1][-1] == order[order.index(day) - 1]:
            spans[-1].append(day)
        else:
            spans.append([day])
    said = [[names[Weekday(day)] if day in order else day for day in span] for span in spans]
    return ", ".join(
        f"{span[0]} – {span[-1]}" if len(span) > 2 else ", ".join(span) for span in said
    )


def _clock(value: Any) -> str:
    return _text(value)[:5].removeprefix("0")


def _money(value: Any) -> str:
    if value is None:
        return NO_AMOUNT
    if value == 0:
        return "không mất tiền (0 đồng)"
    return money(value) if isinstance(value, int) else _text(value)


def _length(item: Data) -> str:
    """A time limit's amount and unit: “7 ngày làm việc”."""
    unit = item.get("unit")
    words = VALUE_NAMES[TimeUnit].get(unit, "") if isinstance(unit, str) else ""  # type: ignore[call-overload]
    return words if item.get("amount") is None else f"{item['amount']} {words}".strip()


def _day(value: Any) -> str | None:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return day_words(date.fromisoformat(value))
        except ValueError:
            return None
    return None


def _said_fee(fee: Fee) -> str:
    words = fee_words(fee)
    return f"{words} ({NO_AMOUNT})" if fee.amount is None else words


_SENTENCES: dict[_Model, tuple[Callable[[Any], str], tuple[str, ...]]] = {
    ChannelOption: (channel_words, ("channel", "note")),
    DossierItem: (dossier_words, ("item", "form", "originals", "copies", "note")),
    Fee: (_said_fee, ("amount", "channel", "label", "per", "exemption", "note")),
    Form: (form_words, ("number", "name")),
    LegalBasis: (basis_words, ("number", "name", "article")),
    TimeLimit: (time_words, ("amount", "unit", "channel", "label", "note")),
}
"""How residents read an item, and the fields that this says."""
_PLAIN: dict[_Model, str] = {
    Case: "title",
    Counter: "name",
    Entry: "text",
    ExampleQuestion: "text",
    FormerUnit: "name",
    GuideSection: "heading",
    Source: "title",
    Statement: "text",
    ToConfirm: "text",
    WhereTo: "text",
}
"""The field that says the most of an item."""


def _sentence(model: _Model, item: Data) -> tuple[str, frozenset[str]]:
    """What says the most of an item, and the fields that need not be said again."""
    if model in _SENTENCES:
        say, covered = _SENTENCES[model]
        try:
            return say(model.model_validate(dict(item))), frozenset(covered)
        except ValidationError:  # a draft in the making
            return "", frozenset()
    name = _PLAIN.get(model) or ("text" if "text" in model.model_fields else "")
    value = item.get(name)
    return (_text(value), frozenset({name})) if not _empty(value) else ("", frozenset())


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two versions side by side."""

    old: _Side
    new: _Side

    def of_model(
        self, model: _Model, old: Data, new: Data, path: str, label: tuple[str, ...]
    ) -> Iterator[Difference]:
        """The fields that differ, in the order of the form."""
        names = dict.fromkeys(_names(model, {**old, **new}))
        if model is TimeLimit and (_length(old), _length(new)) != ("", ""):
            yield from self._leaf(
                f"{path}amount", (*label, "Thời gian"), _length(old), _length(new)
            )
            names.pop("amount")
            names.pop("unit")
        for name in names:
            yield from self._field(model, name, old, new, path, label)

    def _field(
        self, model: _Model, name: str, old: Data, new: Data, path: str, label: tuple[str, ...]
    ) -> Iterator[Difference]:
        shape = _shape(model, name)
        # what a whole side lacks, it does not say by default either
        before = old.get(name, shape.default if old else None)
        after = new.get(name, shape.default if new else None)
        if before == after or (_empty(before) and _empty(after)):
            return
        here = f"{path}{name}"
        # a statement's own words need no name beside the statement's
        said = label if name == "text" and label else (*label, _label(model, name))
        if shape.keyed:
            yield from self._keyed(shape.model, before or {}, after or {}, here, said)
        elif shape.many and shape.model is Shift:
            yield from self._leaf(
                here,
                said,
                self.old.words(model, name, before or ()),
                self.new.words(model, name, after or ()),
            )
        elif shape.many and _is_list(before) and _is_list(after):
            items = self._items if shape.model is not None else self._values
            yield from items(model, name, list(before or ()), list(after or ()), here, said)
        elif shape.model is not None and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.of_model(shape.model, before, after, f"{here}.", said)
        else:
            yield from self._leaf(
                here,
                said,
                self._said(self.old, model, name, old, before),
                self._said(self.new, model, name, new, after),
            )

    @staticmethod
    def _said(side: _Side, model: _Model, name: str, holder: Data, value: Any) -> str:
        if model is Fee and name == "amount" and holder:
            return _money(value)
        return "" if _empty(value) else side.words(model, name, value)

    @staticmethod
    def _leaf(path: str, label: tuple[str, ...], before: str, after: str) -> Iterator[Difference]:
        if before != after:
            parts = path.split(".")
            yield Difference(
                path,
                " › ".join(label),
                before or None,
                after or None,
                provenance=parts[0] in _PROVENANCE or parts[-1] == "source",
            )

    def _keyed(
        self,
        model: _Model | None,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        path: str,
        label: tuple[str, ...],
    ) -> Iterator[Difference]:
        assert model is not None, "what is kept by key is a model"
        for key in dict.fromkeys((*after, *before)):
            old, new = before.get(key), after.get(key)
            here, said = f"{path}.{key}", (*label, f"“{key}”")
            if isinstance(old, Mapping) and isinstance(new, Mapping):
                yield from self.of_model(model, old, new, f"{here}.", said)
            else:
                yield from self._leaf(
                    here,
                    said,
                    "" if old is None else self.old.item(model, old),
                    "" if new is None else self.new.item(model, new),
                )

    def _values(
        self,
        model: _Model,
        name: str,
        before: list[Any],
        after: list[Any],
        path: str,
        label: tuple[str, ...],
    ) -> Iterator[Difference]:
        """Lists of plain values: what was added and what is gone."""
        for place, value in enumerate(after):
            if value not in before:
                yield from self._leaf(
                    f"{path}.{place}", label, "", self.new.words(model, name, value)
                )
        for place, value in enumerate(before):
            if value not in after:
                yield from self._leaf(
                    f"{path}.{place}", label, self.old.words(model, name, value), ""
                )

    def _items(
        self,
        model: _Model,
        name: str,
        before: list[Any],
        after: list[Any],
        path: str,
        label: tuple[str, ...],
    ) -> Iterator[Difference]:
        item = _shape(model, name).model
        assert item is not None
        pairs = _matched(item, before, after)
        partner = {new: old for old, new in pairs}
        for place, value in enumerate(after):
            here = f"{path}.{place}"
            if place not in partner:
                yield from self._leaf(here, label, "", self.new.item(item, value))
                continue
            other = before[partner[place]]
            named = (*label, self.new.name(item, value, place))
            if isinstance(other, Mapping) and isinstance(value, Mapping):
                yield from self.of_model(item, other, value, f"{here}.", named)
            else:
                yield from self._leaf(here, named, _text(other), _text(value))
        kept = {old for old, _ in pairs}
        for place, value in enumerate(before):
            if place not in kept:
                yield from self._leaf(f"{path}.{place}", label, self.old.item(item, value), "")
        order = [partner[place] for place in range(len(after)) if place in partner]
        if order != sorted(order) and item is not ExampleQuestion:
            yield from self._leaf(
                path,
                (*label, "Thứ tự"),
                _numbered(self.old, item, before, sorted(order)),
                _numbered(self.new, item, after, [p for p in range(len(after)) if p in partner]),
            )


def _numbered(side: _Side, model: _Model, items: Sequence[Any], places: Sequence[int]) -> str:
    def head(place: int) -> str:
        name = side.name(model, items[place], place)
        if not name.startswith("dòng "):
            return name
        return _shortened(side.item(model, items[place]).split("\n", 1)[0])

    return "\n".join(f"{number}. {head(place)}" for number, place in enumerate(places, 1))


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list | tuple)


def _matched(
    model: _Model, before: Sequence[Any], after: Sequence[Any], *, alike: bool = True
) -> tuple[tuple[int, int], ...]:
    """Places of items that are the same ones, before and after."""
    left, right = list(range(len(before))), list(range(len(after)))
    pairs: list[tuple[int, int]] = []

    def pair(old: int, new: int) -> None:
        pairs.append((old, new))
        left.remove(old)
        right.remove(new)

    def by_key(key: Callable[[Any], Any]) -> None:
        for new in list(right):
            wanted = key(after[new])
            old = next((one for one in left if key(before[one]) == wanted), None)
            if wanted is not None and old is not None:
                pair(old, new)

    by_key(_frozen)
    for identity in _IDENTITIES.get(model, ()):
        by_key(partial(_identified, identity))
    near = sorted(
        (-likeness, old, new)
        for old in left
        for new in right
        if alike
        if (likeness := _likeness(model, before[old], after[new])) >= _ALIKE
    )
    for _, old, new in near:
        if old in left and new in right:
            pair(old, new)
    return tuple(pairs)


def _identified(identity: _Identity, item: Any) -> tuple[Any, ...] | None:
    return identity(item) if isinstance(item, Mapping) else None


def _frozen(item: Any) -> str:
    return repr(sorted(item.items()) if isinstance(item, Mapping) else item)


def _likeness(model: _Model, old: Any, new: Any) -> float:
    left, right = (
        _bare(_cut(_sentence(model, one)[0] if isinstance(one, Mapping) else _text(one)))
        for one in (old, new)
    )
    if not left or not right:
        return 0.0
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()
