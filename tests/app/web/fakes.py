"""Small stand-ins for the collaborators of the pages and the API, over the release's content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from ruamel.yaml import YAML
from sqlalchemy import StaticPool, create_engine
from sqlalchemy.orm import Session

from app.answering.answer import (
    Answer,
    AnswerStatus,
    Card,
    Citation,
    Language,
    LegalLine,
    Office,
    OnStep,
    Question,
    RecordRef,
    Step,
)
from app.answering.card import card_of
from app.answering.office import office_of
from app.records.audit import AuditHeadRow, AuditRow
from app.records.places import Place
from app.records.tables import TicketMessageRow, TicketMoveRow, TicketRow
from app.records.tickets import Tickets
from app.speech.read_aloud import ReadAloud
from app.web.service import Listening, OfflineLimits, RecordingLimits, WebLimits, WebService
from app.web.site import add_web
from knowledge_base.catalogue import CONTENT
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind, Facet, RecordKind, Topic
from knowledge_base.revisions import Base

COMMUNE = "hoa-tien"
MORNING = datetime(2026, 11, 23, 9, 0)
"""A Monday, with the counter open."""


_RECORDS = (
    "procedures/residence/dang-ky-tam-tru",
    "procedures/civil_status/dang-ky-ket-hon",
    "guides/health_insurance/muc-dong-bhyt-ho-gia-dinh",
)
_COMMUNES = ("hoa-tien", "hoa-vang", "ba-na")


def _read(name: str) -> dict[str, Any]:
    data = YAML(typ="safe", pure=False).load((CONTENT / f"{name}.yaml").read_text("utf-8"))
    made: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return made


@lru_cache(maxsize=1)
def communes() -> Mapping[str, Commune]:
    """The communes of the release, read once."""
    return {name: Commune.model_validate(_read(f"communes/da-nang/{name}")) for name in _COMMUNES}


@lru_cache(maxsize=1)
def records() -> Mapping[str, Procedure | Guide]:
    """A few records of the release, read once."""
    made: dict[str, Procedure | Guide] = {}
    for name in _RECORDS:
        model = Guide if name.startswith("guides/") else Procedure
        made[name.rsplit("/", 1)[1]] = model.model_validate(_read(name))
    return made


class FixedKnowledge:
    """The release's content; ``reason`` is why it is not ready."""

    def __init__(self, communes: tuple[str, ...] = (COMMUNE,), reason: str | None = None) -> None:
        self.switched_on = communes
        self.reason = reason
        self.replaced: dict[str, Procedure | Guide] = {}

    def communes(self) -> tuple[Commune, ...]:
        return tuple(communes()[name] for name in self.switched_on)

    def commune(self, commune_id: str) -> Commune | None:
        return communes()[commune_id] if commune_id in self.switched_on else None

    def records(self, commune_id: str) -> Mapping[str, Procedure | Guide]:
        return {**records(), **self.replaced}

    def version(self) -> str:
        return f"1-{MORNING.date()}"

    def ready(self) -> str | None:
        return self.reason


class FixedPlaces:
    """One code in use, one retired, one of a commune that is switched off."""

    def __init__(self) -> None:
        self.scanned: list[tuple[str, date]] = []
        self.known = {
            "bcd234": Place("bcd234", COMMUNE, "Bảng tin thôn", retired=False),
            "old567": Place("old567", COMMUNE, "Trụ sở cũ", retired=True),
            "off890": Place("off890", "ba-na", "Nhà văn hoá", retired=False),
        }

    def scan(self, code: str, day: date) -> Place | None:
        assert "\0" not in code, "PostgreSQL refuses it"
        self.scanned.append((code, day))
        return self.known.get(code)


class MemoryQuestionLog:
    """Keeps every question and answer."""

    def __init__(self) -> None:
        self.kept: list[tuple[Question, Answer]] = []
        self.asked_most: tuple[str, ...] = ()

    def add(self, question: Question, answer: Answer) -> None:
        self.kept.append((question, answer))

    def find(self, answer_id: str) -> Answer | None:
        assert "\0" not in answer_id, "PostgreSQL refuses it"
        return next((answer for _, answer in self.kept if answer.id == answer_id), None)

    def most_asked(
        self, commune: str, since: datetime, until: datetime, count: int
    ) -> tuple[str, ...]:
        return self.asked_most[:count]


class MemoryFeedbackLog:
    """Keeps every piece of feedback."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, bool, str | None, str | None]] = []

    def add(self, answer_id: str, helpful: bool, reason: str | None, comment: str | None) -> None:
        self.kept.append((answer_id, helpful, reason, comment))


def memory_tickets(days: int = 90, follow_ups: int = 3) -> Tickets:
    """The real tickets on a database in memory."""
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    tables: Any = tuple(
        row.__table__
        for row in (TicketRow, TicketMessageRow, TicketMoveRow, AuditRow, AuditHeadRow)
    )
    Base.metadata.create_all(engine, tables)
    with Session(engine) as session, session.begin():
        nothing_yet = {"purged_to": 0, "purged_hash": "", "purging_to": 0}
        session.add(AuditHeadRow(id=1, number=0, hash="", **nothing_yet))
    return Tickets(engine, days, follow_ups)


class MorningCards:
    """The real cards and counters at a fixed moment."""

    def card(
        self, record: Procedure | Guide, commune: Commune, language: Language = Language.VI
    ) -> Card:
        return card_of(record, None, None, MORNING.date(), language)

    def office(
        self, commune: Commune, kind: CounterKind, language: Language = Language.VI
    ) -> Office | None:
        return office_of(commune, kind, MORNING, language)


class ScriptedAnswering:
    """Answers from a script; goes through two steps first."""

    def __init__(self, script: Callable[[Question], Answer]) -> None:
        self.script = script
        self.asked: list[Question] = []

    def answer(self, question: Question, on_step: OnStep | None = None) -> Answer:
        self.asked.append(question)
        for step in (Step.UNDERSTAND, Step.RETRIEVE):
            if on_step:
                on_step(step)
        return replace(
            self.script(question),
            id=f"a{len(self.asked)}",
            conversation_id=question.conversation_id or "k1",
            asked=question.text,
        )


TAM_TRU = RecordRef(
    "dang-ky-tam-tru",
    RecordKind.PROCEDURE,
    "1.004194",
    "Đăng ký tạm trú",
    Topic.RESIDENCE,
    f"/c/{COMMUNE}/p/dang-ky-tam-tru",
)

CITATION = Citation(
    1,
    "dang-ky-tam-tru",
    "Đăng ký tạm trú",
    "Lệ phí",
    "Nộp qua mạng: 7.000 đồng/lần.",
    (LegalLine("75/2022/TT-BTC", "Thông tư về lệ phí đăng ký cư trú", None, date(2023, 2, 5)),),
    "Thủ tục 1.004194 – Đăng ký tạm trú (Cổng Dịch vụ công quốc gia)",
    "https://dichvucong.gov.vn",
    date(2026, 11, 21),
)


def an_answer(
    status: AnswerStatus = AnswerStatus.ANSWERED, text: str = "", **more: object
) -> Answer:
    """An answer of a status; an ``answered`` one tells the fee and cites it."""
    plain = Answer("a1", "k1", status, text or "Việc này cần hỏi lại.", "")
    if status is AnswerStatus.ANSWERED:
        record = records()["dang-ky-tam-tru"]
        plain = replace(
            plain,
            text=text
            or "Lệ phí:\nNộp qua mạng: 7.000 đồng/lần. [1]\nNộp trực tiếp: 15.000 đồng/lần. [1]",
            facet=Facet.FEE,
            confidence=0.93,
            procedure=TAM_TRU,
            card=card_of(record, None, Facet.FEE, MORNING.date()),
            citations=(CITATION,),
            suggestions=("Làm tạm trú mấy ngày thì xong?",),
            disclaimer="Trợ lý AI, thông tin tham khảo; cán bộ quyết định.",
        )
    return replace(plain, **more)  # type: ignore[arg-type]


@dataclass
class Site:
    """A running application and everything it was put together with."""

    script: Callable[[Question], Answer] = field(default=lambda _: an_answer())
    limits: WebLimits = field(default_factory=lambda: WebLimits(requests_per_minute=1000))
    communes: tuple[str, ...] = (COMMUNE,)
    tickets: Tickets = field(default_factory=memory_tickets)
    public_url: str = ""
    offline: OfflineLimits = field(default_factory=OfflineLimits)
    kiosk_idle_seconds: int = 60
    read_aloud: ReadAloud = field(default_factory=lambda: ReadAloud(()))
    listening: Listening | None = None
    recording: RecordingLimits = field(default_factory=lambda: RecordingLimits(per_minute=1000))

    def __post_init__(self) -> None:
        self.knowledge = FixedKnowledge(self.communes)
        self.places = FixedPlaces()
        self.answering = ScriptedAnswering(self.script)
        self.questions = MemoryQuestionLog()
        self.feedback = MemoryFeedbackLog()
        self.service = WebService(
            knowledge=self.knowledge,
            places=self.places,
            answering=self.answering,
            question_log=self.questions,
            feedback_log=self.feedback,
            tickets=self.tickets,
            public_url=self.public_url,
            offline=self.offline,
            kiosk_idle_seconds=self.kiosk_idle_seconds,
            read_aloud=self.read_aloud,
            listening=self.listening,
            recording=self.recording,
            cards=MorningCards(),
            limits=self.limits,
            now=lambda: MORNING,
        )
        self.app = FastAPI(title="Hỏi Xã", docs_url=None, redoc_url=None)
        add_web(self.app, self.service)
        self.client = TestClient(self.app, follow_redirects=False, raise_server_exceptions=False)

    def ask(self, text: str = "Lệ phí tạm trú bao nhiêu?", **more: str) -> str:
        """Ask on the page, follow to the answer and return it as HTML."""
        response = self.client.post(f"/c/{COMMUNE}", data={"text": text, **more})
        assert response.status_code == 303, response.text
        return self.client.get(response.headers["location"]).text
