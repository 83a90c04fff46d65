"""What is already published, as far as an import needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from knowledge_base.catalogue import Body, text_number
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.source import LegalText

_DATES = ("issued", "effective_from", "effective_to", "replaced_by")


@dataclass(frozen=True, slots=True)
class Known:
    """Published procedures by national code, and legal texts by number."""

    procedures: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By each code they answer for. Only whole, national versions: a narrower one holds only what
    differs."""
    ids: frozenset[str] = frozenset()
    """Every id in use, by any kind of record."""
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Legal texts by number: ``name`` and what is known of its dates, as ISO strings."""
    ended: Mapping[str, LegalText] = field(default_factory=dict)
    """Those that no longer hold on the day of the import."""

    @classmethod
    def of(cls, bodies: Iterable[Body], register: Mapping[str, LegalText], day: date) -> Known:
        """What is known on a day from the published bodies and the register of legal texts."""
        procedures: dict[str, Mapping[str, Any]] = {}
        texts = {number: _registered(text) for number, text in register.items()}
        ids: set[str] = set()
        for body in bodies:
            ids.add(body.id)
            for cited in body.data.get("legal_basis") or ():
                dates = {name: str(cited[name]) for name in _DATES if cited.get(name)}
                told = texts.setdefault(text_number(str(cited.get("number"))), {})
                told.setdefault("name", cited.get("name"))
                for name, value in dates.items():
                    told.setdefault(name, value)
            if body.kind is RecordKind.PROCEDURE and body.scope == NATIONAL:
                for code in (body.data.get("code"), *(body.data.get("also_codes") or ())):
                    if code:
                        procedures[str(code)] = body.data
        ended = {
            number: text
            for number, text in register.items()
            if text.ended_on is not None and text.ended_on <= day
        }
        return cls(procedures, frozenset(ids), texts, ended)


def _registered(text: LegalText) -> dict[str, Any]:
    """A text of the register as a record cites it; its first day without it is not its last."""
    told: dict[str, Any] = {"name": text.name}
    if text.issued:
        told["issued"] = text.issued.isoformat()
    if text.effective_from:
        told["effective_from"] = text.effective_from.isoformat()
    if text.ended_on:
        told["effective_to"] = (text.ended_on - timedelta(days=1)).isoformat()
    if text.replaced_by:
        told["replaced_by"] = text.replaced_by
    return told
