"""Small stand-ins for tests of the answering flow: made-up records, memory, chat models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from app.answering.chat_model import ChatComposer
from app.answering.pipeline import Pipeline, Thresholds, Turn
from app.answering.retrieve import HybridRetriever
from knowledge_base.catalogue import Body, build_catalogue
from knowledge_base.edition import Edition
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import Snapshot

DAY = date(2026, 11, 21)
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
COMMUNE = "xa-thu"
PATIENCE_SECONDS = 30
"""What never happens is waited for so long."""

Data = dict[str, Any]
THRESHOLDS = Thresholds(0.5, 0.25)

_SOURCE = {
    "kind": "gazette",
    "publisher": "Công báo",
    "title": "Thông tư thử",
    "address": "https://congbao.example.gov.vn/thu",
    "seen_on": "2026-11-21",
}
_QUESTIONS = ("cần gì", "nộp đâu", "mấy ngày", "bao nhiêu", "ai làm", "làm sao")

BEE_HIVES: Data = {
    "id": "nuoi-ong",
    "code": "9.000001",
    "title": "Đăng ký nuôi ong mật",
    "topic": "residence",
    "summary": {"text": "Đăng ký nuôi ong mật với xã. Chủ đàn ong nộp đơn.", "source": "tt"},
    "who_can_apply": [{"text": "chủ đàn ong", "source": "tt"}],
    "dossier": [
        {"item": "Tờ khai đàn ong", "form": "ONG01", "originals": 1, "source": "tt"},
        {"item": "Sơ đồ trại ong", "copies": 2, "source": "tt"},
    ],
    "steps": [
        {"text": "nộp tờ khai", "source": "tt"},
        {"text": "cán bộ đến xem trong 2 ngày", "source": "tt"},
    ],
    "where": [{"counter": "one_stop", "text": "quầy số 4 của xã", "source": "tt"}],
    "channels": [
        {"channel": "in_person", "source": "tt"},
        {"channel": "portal", "link": "https://dichvucong.gov.vn", "source": "tt"},
    ],
    "time_limits": [{"amount": 6, "unit": "working_day", "source": "tt"}],
    "fees": [
        {"amount": 31000, "channel": "in_person", "per": "đàn", "source": "tt"},
        {"amount": 17000, "channel": "online", "per": "đàn", "source": "tt"},
    ],
    "result": [{"text": "giấy xác nhận nuôi ong", "source": "tt"}],
    "forms": [{"number": "ONG01", "name": "Tờ khai đàn ong", "source": "tt"}],
    "legal_basis": [
        {
            "number": "12/2026/TT-BNN",
            "name": "Thông tư về ong mật",
            "article": "Điều 5",
            "effective_from": "2026-01-01",
            "source": "tt",
        }
    ],
    "questions": [
        {"text": f"Đăng ký nuôi ong mật {words}?", "section": "summary"} for words in _QUESTIONS
    ],
    "sources": {"tt": _SOURCE},
    "checked_on": "2026-11-20",
}
"""Has every facet."""

BOATS: Data = {
    "id": "dang-kiem-ghe",
    "title": "Đăng kiểm ghe thuyền",
    "topic": "residence",
    "summary": {"text": "Kiểm tra ghe thuyền trước khi ra sông.", "source": "tt"},
    "dossier": [{"item": "Đơn đăng kiểm", "originals": 1, "source": "tt"}],
    "cases": [
        {
            "id": "ghe-cheo",
            "title": "Ghe chèo tay",
            "aliases": ["ghe nhỏ"],
            "dossier": [{"item": "Ảnh ghe chèo", "copies": 3, "source": "tt"}],
            "time_limits": [{"amount": 4, "unit": "day", "source": "tt"}],
            "source": "tt",
        },
        {
            "id": "ghe-may",
            "title": "Ghe máy",
            "dossier": [{"item": "Giấy tờ máy nổ", "originals": 1, "source": "tt"}],
            "fees": [{"amount": 230000, "source": "tt"}],
            "source": "tt",
        },
    ],
    "where": [{"counter": "police", "text": "công an xã", "source": "tt"}],
    "questions": [
        {"text": f"Đăng kiểm ghe thuyền {words}?", "section": "summary"} for words in _QUESTIONS
    ],
    "sources": {"tt": _SOURCE},
    "checked_on": "2026-11-19",
}
"""Differs by case; says nothing of fees and time limits that hold for all."""

KITES: Data = {
    "id": "gia-ve-dieu",
    "title": "Giá vé hội thả diều",
    "topic": "social_policy",
    "sections": [
        {
            "id": "gia-ve",
            "heading": "Giá vé một người",
            "facet": "fee",
            "answer": "Vé người lớn 45.000 đồng, trẻ em 12.000 đồng.",
            "entries": [
                {"label": "người lớn", "text": "Vé người lớn 45.000 đồng."},
                {"label": "trẻ em", "aliases": ["con nít"], "text": "Vé trẻ em 12.000 đồng."},
            ],
            "source": "tt",
        },
        {
            "id": "gio-tha",
            "heading": "Giờ thả diều",
            "facet": "steps",
            "answer": "Thả diều từ 15 giờ đến 18 giờ.",
            "body": "- Mang theo nước.\n- Không thả gần đường dây điện.",
            "source": "tt",
        },
    ],
    "questions": [{"text": f"Hội thả diều {words}?", "section": "gia-ve"} for words in _QUESTIONS],
    "sources": {"tt": _SOURCE},
    "checked_on": "2026-11-18",
}

COMMUNE_DATA: Data = {
    "id": COMMUNE,
    "code": "99999",
    "kind": "xã",
    "name": "Thử",
    "province": "tinh-thu",
    "province_name": "tỉnh Thử",
    "counters": [
        {
            "kind": "one_stop",
            "name": "Trung tâm Phục vụ hành chính công xã Thử",
            "address": {"text": "thôn Một, xã Thử", "source": "ub"},
            "telephone": {"text": "0236 3000 111", "source": "ub"},
            "opening_hours": {
                "shifts": [
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "opens": "07:30",
                        "closes": "11:30",
                    },
                    {
                        "days": ["mon", "tue", "wed", "thu", "fri"],
                        "opens": "13:30",
                        "closes": "17:00",
                    },
                    {"days": ["sat"], "opens": "07:30", "closes": "11:30"},
                ],
                "source": "ub",
            },
        },
        {"kind": "police", "name": "Công an xã Thử"},
    ],
    "hotlines": [{"text": "Tổng đài 1022", "source": "ub"}],
    "sources": {"ub": _SOURCE},
    "checked_on": "2026-11-17",
}


def changed(data: Data, **changes: Any) -> Data:
    """A copy of a record's data with some fields replaced."""
    return {**deepcopy(data), **changes}


def edition_of(*records: Data, day: date = DAY, commune: Data = COMMUNE_DATA) -> Edition:
    """An edition of made-up records and one commune."""
    bodies = [
        Body(
            RecordKind.GUIDE if "sections" in data else RecordKind.PROCEDURE,
            data["id"],
            data.get("scope", NATIONAL),
            data,
            data["id"],
        )
        for data in records
    ]
    bodies.append(Body(RecordKind.COMMUNE, commune["id"], NATIONAL, commune, commune["id"]))
    return Edition.load(Snapshot(1, 1, "none", frozenset()), build_catalogue(bodies), day)


class FixedKnowledge:
    """One edition, found by words alone."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition

    def edition(self) -> Edition:
        return self._edition

    def nearest(self, *_: object) -> Mapping[str, float]:
        return {}


class MemoryConversations:
    """The last turns, in memory."""

    def __init__(self) -> None:
        self.turns: dict[tuple[str, str], Turn] = {}

    def last(self, conversation_id: str, commune: str) -> Turn | None:
        return self.turns.get((conversation_id, commune))

    def keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        self.turns[conversation_id, commune] = turn


class ScriptedChat(BaseChatModel):
    """A chat model that says what it is told to, once an event has happened, or fails."""

    says: str = ""
    waits_for: Any = None
    fails_with: Any = None
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.asked.append(messages)
        if self.waits_for is not None:
            self.waits_for.wait(PATIENCE_SECONDS)
        if self.fails_with is not None:
            raise self.fails_with
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.says))])


def composer_of(chat: BaseChatModel, timeout_seconds: float = 5) -> ChatComposer:
    """A chat composer of a stand-in model."""
    return ChatComposer.of(chat, "giả:mô-hình", timeout_seconds)


def pipeline_of(
    edition: Edition,
    *,
    thresholds: Thresholds = THRESHOLDS,
    chat: ChatComposer | None = None,
    conversations: MemoryConversations | None = None,
    clock: Callable[[], datetime] = lambda: MONDAY_MORNING,
) -> Pipeline:
    """The real pipeline over one edition, without vectors or a database."""
    return Pipeline(
        HybridRetriever(knowledge=FixedKnowledge(edition)),
        conversations or MemoryConversations(),
        thresholds,
        clock,
        chat=chat,
    )
