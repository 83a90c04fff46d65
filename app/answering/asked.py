"""One question on its way through the steps, with what is known about it so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.answering.answer import Language, OnStep, Question
from app.answering.understand import Understood
from knowledge_base.commune import Commune
from knowledge_base.edition import Edition
from knowledge_base.holidays import Calendar, holiday_on
from knowledge_base.record import Facet


@dataclass(frozen=True, slots=True)
class Turn:
    """What the last answer of a conversation was about."""

    record_id: str
    """Of several that were offered, the likeliest."""
    facet: Facet | None
    case: str | None
    offered: tuple[str, ...] = ()
    """The records that the resident was asked to choose from; none where one was answered."""


class Conversations(Protocol):
    """Remembers the last turn of each conversation."""

    def last(self, conversation_id: str, commune: str) -> Turn | None:
        """The last turn, or None when it is unknown, elsewhere or too old."""
        ...

    def keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        """Remember a turn."""
        ...


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to answer, when to ask back; probabilities from 0 to 1."""

    answer: float
    clarify: float


Calendars = Callable[[Commune], Calendar]
"""The days on which a commune's weekly hours do not hold."""


def public_holidays(_: Commune) -> Calendar:
    """The calendar of a commune that has entered nothing of its own."""
    return holiday_on


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read, in its commune and conversation."""

    question: Question
    understood: Understood
    commune: Commune
    edition: Edition
    turn: Turn | None
    conversation_id: str
    moment: datetime
    on_step: OnStep
    calendars: Calendars = public_holidays

    @property
    def language(self) -> Language:
        """The language of the reply."""
        return self.understood.language
