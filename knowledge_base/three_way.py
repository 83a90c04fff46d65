"""Two changes of one text, field by field: what each side changed, and the text that joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from knowledge_base.difference import Data, field_label, field_names, in_words, kind_of
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
    """A field that one side changed, or both."""

    field: str
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
    """Contested fields first, then in the order of the form."""
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
    changed, mine is. Sources are brought together; of two dates of checking the later one holds.
    """
    kind = kind or kind_of(mine or theirs)
    said = [in_words(one, kind) for one in (base, theirs, mine)]
    choices, data = [], {}
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
        else:
            by_them, by_me = other != old, own != old
            usual = Side.MINE if by_me else Side.THEIRS
            side = (taken or {}).get(name, usual)
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
