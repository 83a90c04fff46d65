"""Two changes of one text, field by field and row by row, and the text that joins them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from knowledge_base.difference import (
    Data,
    field_label,
    field_names,
    has_rows,
    in_words,
    kind_of,
    row_words,
    same_rows,
)
from knowledge_base.record import RecordKind

_UNITED = ("sources",)
"""Fields whose entries are brought together: a fact of either side finds its source."""
_LATER = ("checked_on",)


class Side(StrEnum):
    """Whose words are taken."""

    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Choice:
    """A field, or a row of one, that one side changed, or both."""

    field: str
    """``title``; of a row, with a name of the row behind it: ``fees.1f0c9a2e``."""
    label: str
    base: tuple[str, ...]
    """What it said before, in lines that officers read; empty where it said nothing."""
    theirs: tuple[str, ...]
    mine: tuple[str, ...]
    by_them: bool
    by_me: bool
    taken: Side

    @property
    def contested(self) -> bool:
        """Whether both changed it, each in their way."""
        return self.by_them and self.by_me


@dataclass(frozen=True, slots=True)
class Joined:
    """What is left to decide, and the text that the decisions make."""

    choices: tuple[Choice, ...]
    """Contested ones first, then in the order of the form."""
    data: dict[str, Any]


def join(
    base: Data,
    theirs: Data,
    mine: Data,
    taken: Mapping[str, Side] | None = None,
    *,
    kind: RecordKind | None = None,
) -> Joined:
    """Join two changes of ``base``.

    What only one side changed is taken from it unless ``taken`` says otherwise; of what both
    changed, mine is. A list that both changed is joined row by row, where ``taken`` may name a row
    or the whole list. Sources are brought together; of two dates of checking the later one holds.
    """
    kind = kind or kind_of(mine or theirs)
    taken = taken or {}
    said = [in_words(one, kind) for one in (base, theirs, mine)]
    choices: list[Choice] = []
    data: dict[str, Any] = {}
    for name in field_names(kind, {**base, **theirs, **mine}):
        if not any(name in one for one in (theirs, mine)):
            continue
        old, other, own = (one.get(name) for one in (base, theirs, mine))
        if name in _UNITED:
            value = _united(old, other, own)
        elif name in _LATER and other != own:
            value = max(filter(None, (other, own)), key=_day, default=None)
        elif other == own:
            value = own
        elif old not in (other, own) and _in_rows(name, kind, old, other, own):
            rows = _Rows(name, kind, (base, theirs, mine))
            value, found = rows.joined(taken)
            choices += found
        else:
            by_them, by_me = other != old, own != old
            side = taken.get(name, _usual(by_me=by_me))
            value = own if side is Side.MINE else other
            before, released, own_words = (one.get(name, ()) for one in said)
            label = field_label(name, kind)
            choices.append(Choice(name, label, before, released, own_words, by_them, by_me, side))
        if value is not None:
            data[name] = value
        elif any(name in one and one[name] is None for one in (theirs, mine)):
            data[name] = None
    choices.sort(key=lambda choice: not choice.contested)
    return Joined(tuple(choices), data)


def _usual(*, by_me: bool) -> Side:
    return Side.MINE if by_me else Side.THEIRS


def _in_rows(name: str, kind: RecordKind, old: Any, theirs: Any, mine: Any) -> bool:
    """Whether a field is a list on both sides; said to be nothing, it is decided as a whole."""
    lists = isinstance(theirs, list) and isinstance(mine, list)
    return lists and isinstance(old, list | None) and has_rows(name, kind)


_Row = tuple[int | None, int | None, int | None]
"""The places of one row before, in theirs and in mine; None where it is not there."""


class _Rows:
    """The rows of a list that both sides changed, matched by what they are about."""

    def __init__(self, name: str, kind: RecordKind, sides: tuple[Data, Data, Data]) -> None:
        """Match the rows of ``name`` in the text before, in theirs and in mine."""
        self._name = name
        self._kind = kind
        self._sides = sides
        self._lists: list[list[Any]] = [list(one.get(name) or ()) for one in sides]
        self._rows = self._matched()

    def joined(self, taken: Mapping[str, Side]) -> tuple[list[Any], list[Choice]]:
        """The list that the choices make, and what is to be chosen."""
        values: dict[_Row, Any] = {}
        choices = []
        keys: dict[str, int] = {}
        for row in self._rows:
            old, other, own = (self._value(side, row) for side in range(3))
            if other == own:
                values[row] = own
                continue
            key = self._key(row, keys)
            by_them, by_me = other != old, own != old
            side = taken.get(key, taken.get(self._name, _usual(by_me=by_me)))
            values[row] = own if side is Side.MINE else other
            before, released, mine = (self._words(place, row) for place in range(3))
            choices.append(
                Choice(key, self._label(row), before, released, mine, by_them, by_me, side)
            )
        return [values[row][0] for row in self._in_order() if values[row]], choices

    def _matched(self) -> list[_Row]:
        base, theirs, mine = self._lists
        in_theirs = dict(same_rows(self._name, self._kind, base, theirs))
        in_mine = dict(same_rows(self._name, self._kind, base, mine))
        rows: list[_Row] = [
            (place, in_theirs.get(place), in_mine.get(place)) for place in range(len(base))
        ]
        new_theirs = [one for one in range(len(theirs)) if one not in in_theirs.values()]
        new_mine = [one for one in range(len(mine)) if one not in in_mine.values()]
        both = same_rows(
            self._name,
            self._kind,
            [theirs[one] for one in new_theirs],
            [mine[one] for one in new_mine],
            alike=False,  # two new rows that only read alike are two, and nobody's is lost
        )
        partner = {new_theirs[left]: new_mine[right] for left, right in both}
        rows += [(None, one, partner.get(one)) for one in new_theirs]
        rows += [(None, None, one) for one in new_mine if one not in partner.values()]
        return rows

    def _in_order(self) -> list[_Row]:
        """The rows as mine has them, or as theirs does where only they moved any.

        What only the other side has follows the row that it follows there.
        """
        orders = [
            sorted((row for row in self._rows if row[side] is not None), key=_by(side))
            for side in range(3)
        ]
        base, theirs, mine = orders
        first, second = (theirs, mine) if _moved(base, theirs, mine) else (mine, theirs)
        ordered = list(first)
        last: _Row | None = None
        for row in second:
            if row not in ordered:
                ordered.insert(ordered.index(last) + 1 if last is not None else 0, row)
            last = row
        return ordered

    def _value(self, side: int, row: _Row) -> tuple[Any] | None:
        """What a side says of a row; None where it has none."""
        place = row[side]
        return None if place is None else (self._lists[side][place],)

    def _words(self, side: int, row: _Row) -> tuple[str, ...]:
        place = row[side]
        if place is None:
            return ()
        return (row_words(self._name, self._kind, self._sides[side], place)[1],)

    def _label(self, row: _Row) -> str:
        side, place = next((side, row[side]) for side in (2, 1, 0) if row[side] is not None)
        assert place is not None
        named = row_words(self._name, self._kind, self._sides[side], place)[0]
        return f"{field_label(self._name, self._kind)} › {named}"

    def _key(self, row: _Row, known: dict[str, int]) -> str:
        """Names a row by what it said first, so that a choice never falls on another row."""
        said = next(filter(None, (self._value(side, row) for side in range(3))))
        plain = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
        key = f"{self._name}.{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
        known[key] = known.get(key, 0) + 1
        return key if known[key] == 1 else f"{key}-{known[key]}"


def _by(side: int) -> Any:
    return lambda row: row[side]


def _moved(base: Sequence[_Row], theirs: Sequence[_Row], mine: Sequence[_Row]) -> bool:
    """Whether they alone put the rows into another order."""

    def keeps(rows: Sequence[_Row]) -> bool:
        return [row for row in base if row in rows] == [row for row in rows if row in base]

    return keeps(mine) and not keeps(theirs)


def _united(old: Any, theirs: Any, mine: Any) -> Any:
    """Entries of both sides; of one that both have, whichever was changed, the release's first."""
    sides = [one if isinstance(one, Mapping) else {} for one in (old, theirs, mine)]
    before, other, own = sides
    united = {**other, **own}
    for key in other.keys() & own.keys():
        united[key] = own[key] if other[key] == before.get(key) else other[key]
    return united or None


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return date.min
