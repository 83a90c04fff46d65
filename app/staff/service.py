"""What the officers' pages need from the rest of the service, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request, Response
from sqlalchemy import Engine

from app.records.accounts import Accounts
from app.records.audit import AuditLog
from app.records.drafts import Drafts
from app.records.files import Files
from app.records.insights import InsightLimits, Insights
from app.records.jobs import Jobs
from app.records.keeping import Keeping
from app.records.publishing import Publishing
from app.records.sessions import StaffSessions
from app.records.sign_in_tries import SignInTries
from app.records.signing_key import SigningKey
from app.records.trials import Trials
from app.records.versions import Versions
from app.staff.access import Area, Officer
from app.staff.knowledge_list import KnowledgeList
from app.staff.local import Local
from app.staff.provider import IdentityProvider
from app.staff.question_desk import QuestionDesk
from app.staff.reading import Documents
from app.staff.sending import Sendings
from ingest.live import LiveKnowledge
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure


class Communes(Protocol):
    """The communes that are switched on."""

    def communes(self) -> tuple[Commune, ...]:
        """All of them, by name."""
        ...

    def commune(self, commune_id: str) -> Commune | None:
        """One of them; None otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An officer with the session that the browser holds."""

    officer: Officer
    session_id: str
    csrf: str
    """What every form of this session carries, in a field ``csrf`` or a header ``X-CSRF``."""
    must_change: bool = False
    """Whether the officer has to choose another password before anything else."""


class Sessions(Protocol):
    """The sessions of officers, revocable on the server."""

    def find(self, cookie: str) -> SignedIn | None:
        """Who holds a cookie; None for a forged, ended or revoked one."""
        ...


Preview = Callable[[Request, Procedure | Guide, str], Response | None]
"""Shows a record, published or not, in the page that a commune's residents read; None for a
commune that is not switched on."""


@dataclass(frozen=True, slots=True)
class StaffService:
    """The collaborators of the officers' pages."""

    engine: Engine
    live: LiveKnowledge
    communes: Communes
    sessions: Sessions
    now: Callable[[], datetime]
    """The local time of every commune."""
    accounts: Accounts
    kept_sessions: StaffSessions
    """The same sessions as rows that can be begun, listed and ended."""
    tries: SignInTries
    signing_key: SigningKey
    provider: IdentityProvider | None
    """None where officers sign in with passwords alone."""
    audit: AuditLog
    drafts: Drafts
    publishing: Publishing
    versions: Versions
    trials: Trials
    knowledge: KnowledgeList
    preview: Preview
    jobs: Jobs
    files: Files
    insights: Insights
    insight_limits: InsightLimits
    keeping: Keeping
    documents: Documents
    sendings: Sendings
    questions: QuestionDesk
    local: Local
    words_kept_hours: float = 12
    """How long a browser's tab keeps what was typed and not sent; 0: not at all."""
    known_browser_days: int = 90
    """How long a browser in which an officer signed in is known; 0: none is."""
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    """Proxies that are believed who asks, and whether by https."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks, and for which area: what every page of an area is handed."""

    signed_in: SignedIn
    area: Area

    @property
    def officer(self) -> Officer:
        """The officer."""
        return self.signed_in.officer


def staff_of(request: Request) -> StaffService:
    """The service that this application was put together with."""
    service: StaffService = request.app.state.staff
    return service


StaffDep = Annotated[StaffService, Depends(staff_of)]
