"""What the pages and the API need from the rest of the service, by protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from app.answering.answer import Answer, Answering, Card, Office, Question
from app.records.places import Place
from app.web.gate import Gate
from app.web.metrics import Metrics
from app.web.rate import RateLimit
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind


def vietnam_now() -> datetime:
    """The local time of every commune."""
    return datetime.now(ZoneInfo("Asia/Ho_Chi_Minh"))


class Knowledge(Protocol):
    """What is published and in force now."""

    def communes(self) -> tuple[Commune, ...]:
        """The communes that are switched on."""
        ...

    def commune(self, commune_id: str) -> Commune | None:
        """A commune that is switched on; None otherwise."""
        ...

    def records(self, commune_id: str) -> Mapping[str, Procedure | Guide]:
        """The records effective for a commune, by id."""
        ...

    def ready(self) -> str | None:
        """None when answering from a whole index, else the reason why not."""
        ...


class Places(Protocol):
    """The posted codes."""

    def scan(self, code: str, day: date) -> Place | None:
        """Count a scan and return its place; None for an unknown code."""
        ...


class QuestionLog(Protocol):
    """What was asked and answered."""

    def add(self, question: Question, answer: Answer) -> None:
        """Keep a question with its answer."""
        ...

    def find(self, answer_id: str) -> Answer | None:
        """A stored answer; None if unknown."""
        ...


class FeedbackLog(Protocol):
    """What residents say about answers."""

    def add(self, answer_id: str, helpful: bool, reason: str | None, comment: str | None) -> None:
        """Keep one piece of feedback; the log masks the comment."""
        ...


class Cards(Protocol):
    """Records and counters in the words that residents read."""

    def card(self, record: Procedure | Guide, commune: Commune) -> Card:
        """A record's facts for a commune, for the catalogue pages."""
        ...

    def office(self, commune: Commune, kind: CounterKind) -> Office | None:
        """A commune's counter of a kind; None where it has entered none."""
        ...


@dataclass(frozen=True, slots=True)
class WebLimits:
    """What one visitor may send and how much is answered at once."""

    question_chars: int = 500
    body_bytes: int = 65_536
    requests_per_minute: int = 30
    """Questions, and apart from them pieces of feedback, from one client address."""
    concurrent_answers: int = 8
    comment_chars: int = 1000
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks, such as ``10.0.0.0/8``, whose ``X-Forwarded-For`` is believed."""


@dataclass(frozen=True, slots=True)
class WebService:
    """The collaborators of the pages and the API, put together once."""

    knowledge: Knowledge
    places: Places
    answering: Answering
    question_log: QuestionLog
    feedback_log: FeedbackLog
    cards: Cards
    limits: WebLimits = WebLimits()
    now: Callable[[], datetime] = vietnam_now
    metrics: Metrics = field(default_factory=Metrics)
    gate: Gate = field(default_factory=Gate)
    rate: RateLimit = field(default_factory=RateLimit)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now().date()


def service_of(request: Request) -> WebService:
    """The service that this application was put together with."""
    service: WebService = request.app.state.service
    return service


ServiceDep = Annotated[WebService, Depends(service_of)]
