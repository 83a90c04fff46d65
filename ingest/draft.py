"""A record begun by program: typed facts that an editor completes and someone publishes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from knowledge_base.problem import explained
from knowledge_base.procedure import Procedure
from knowledge_base.revisions import content_hash

TO_WRITE = "CẦN VIẾT"
"""Stands where an editor writes. No checked record may hold it: see :func:`problems_of`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an import found; not yet, and never by itself, a record that answers."""

    body: Mapping[str, Any]
    """A Procedure in the form of content files, as far as it is known."""
    missing: tuple[str, ...] = ()
    """What was not found, for the editor."""
    warnings: tuple[str, ...] = ()
    """What was found and must not be believed unread."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """The source's own prose by heading: to read, not to publish."""

    def as_data(self) -> dict[str, Any]:
        """The JSON form that a draft revision holds."""
        return {
            "body": dict(self.body),
            "missing": list(self.missing),
            "warnings": list(self.warnings),
            "notes": dict(self.notes),
        }

    def digest(self) -> str:
        """Equal for equal content, whatever the day the source was seen."""
        data = self.as_data()
        sources = self.body.get("sources", {})
        unseen = {
            key: {name: value for name, value in source.items() if name != "seen_on"}
            for key, source in sources.items()
        }
        return content_hash({**data, "body": {**data["body"], "sources": unseen}})

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Draft:
        """The draft that a draft revision holds."""
        return cls(
            data["body"], tuple(data["missing"]), tuple(data["warnings"]), dict(data["notes"])
        )


def problems_of(draft: Draft) -> tuple[str, ...]:
    """Why the draft's body is not yet a Procedure, in words; empty when it is one."""
    left = tuple(f"{place}: còn “{TO_WRITE}”." for place in to_write(draft.body))
    try:
        Procedure.model_validate(draft.body)
    except ValidationError as error:
        found = (f"{problem.field}: {problem.message}" for problem in explained("", error))
        return tuple(dict.fromkeys((*left, *found)))
    return left


def is_whole(draft: Draft) -> bool:
    """Whether the draft's body could be published as it stands."""
    return not problems_of(draft)


def to_write(value: object, place: str = "") -> Iterator[str]:
    """The dotted places at which a body still waits for an editor's words."""
    if isinstance(value, str) and TO_WRITE in value:
        yield place
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from to_write(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from to_write(item, f"{place}.{number}")
