"""What the pages and the API need from the rest of the service, by protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from app.answering.answer import Answer, Answering, Card, Language, Office, Question
from app.records.places import Place
from app.records.standing import NothingAnnounced, Standing
from app.records.tickets import NewTicket, Ticket
from app.speech.listening import Transcript
from app.speech.read_aloud import ReadAloud
from app.web.favourites import Favourites
from app.web.gate import Gate
from app.web.metrics import Metrics
from app.web.rate import GuessLimit, RateLimit
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

    def version(self) -> str:
        """Names the published state of this day; another day or another publish changes it."""
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

    def most_asked(
        self, commune: str, since: datetime, until: datetime, count: int
    ) -> tuple[str, ...]:
        """Ids of the records that answered most often in a commune, the most asked first."""
        ...


class FeedbackLog(Protocol):
    """What residents say about answers."""

    def add(self, answer_id: str, helpful: bool, reason: str | None, comment: str | None) -> None:
        """Keep one piece of feedback; the log masks the comment."""
        ...


class Tickets(Protocol):
    """Questions left for an officer; every method may raise ``DatabaseUnavailableError``."""

    def open_ticket(self, new: NewTicket) -> Ticket:
        """Keep a question, masked, under a fresh code."""
        ...

    def find(self, code: str) -> Ticket | None:
        """The ticket with a code, however it was typed; None if unknown."""
        ...

    def write_again(self, code: str, text: str) -> Ticket:
        """Add the resident's words, masked.

        Raises:
            UnknownTicketError: for a code that no ticket bears.
            TicketClosedError: when the ticket is closed.
            FollowUpsSpentError: when the resident wrote as often as is allowed.
        """
        ...


class Listening(Protocol):
    """What turns a recording into words."""

    def listen(self, data: bytes, prompt: str = "") -> Transcript:
        """What is said in a recording.

        Raises:
            NotTranscribedError: with the reason.
        """
        ...


class Cards(Protocol):
    """Records and counters in the words that residents read."""

    def card(
        self, record: Procedure | Guide, commune: Commune, language: Language = Language.VI
    ) -> Card:
        """A record's facts for a commune, for the catalogue pages."""
        ...

    def office(
        self, commune: Commune, kind: CounterKind, language: Language = Language.VI
    ) -> Office | None:
        """A commune's counter of a kind; None where it has entered none."""
        ...


class Standings(Protocol):
    """What officers announced."""

    def of(self, commune: Commune) -> Standing:
        """The notices of a commune, and why its assistant is off, if it is."""
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
    ticket_chars: int = 1000
    ticket_follow_ups: int = 3
    ticket_days: int = 90
    """After so many days without anything new a ticket is deleted; residents are told."""
    tickets_per_hour: int = 10
    """Tickets and follow-ups together, from one client address."""
    wrong_codes_per_hour: int = 20
    """Look-ups that find no ticket, from one client address."""
    wrong_codes_per_hour_of_all: int = 200
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks, such as ``10.0.0.0/8``, whose ``X-Forwarded-For`` is believed."""


@dataclass(frozen=True, slots=True)
class RecordingLimits:
    """What one visitor may say at once, and how often."""

    seconds: int = 60
    bytes: int = 10_000_000
    per_minute: int = 10
    """Recordings from one client address."""


@dataclass(frozen=True, slots=True)
class OfflineLimits:
    """What a resident's phone keeps for when there is no network."""

    cards: int = 50
    answers: int = 10
    days: int = 30
    """What was kept longer ago is no longer shown as a fact."""


@dataclass(frozen=True, slots=True)
class WebService:
    """The collaborators of the pages and the API, put together once."""

    knowledge: Knowledge
    places: Places
    answering: Answering
    question_log: QuestionLog
    feedback_log: FeedbackLog
    tickets: Tickets
    cards: Cards
    public_url: str = ""
    """What links in codes begin with, without a slash at the end; empty: as the visitor came."""
    limits: WebLimits = WebLimits()
    listening: Listening | None = None
    """None where no engine is set: then there is no microphone."""
    recording: RecordingLimits = RecordingLimits()
    offline: OfflineLimits = OfflineLimits()
    kiosk_idle_seconds: int = 60
    standings: Standings = field(default_factory=NothingAnnounced)
    read_aloud: ReadAloud = field(default_factory=lambda: ReadAloud(()))
    now: Callable[[], datetime] = vietnam_now
    metrics: Metrics = field(default_factory=Metrics)
    gate: Gate = field(default_factory=Gate)
    rate: RateLimit = field(default_factory=RateLimit)
    guesses: GuessLimit = field(default_factory=GuessLimit)
    favourites: Favourites = field(default_factory=Favourites)

    @property
    def today(self) -> date:
        """The local day."""
        return self.now().date()


def service_of(request: Request) -> WebService:
    """The service that this application was put together with."""
    service: WebService = request.app.state.service
    return service


ServiceDep = Annotated[WebService, Depends(service_of)]
