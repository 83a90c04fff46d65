"""A setting that changes the answers changes them in the whole service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app import main
from app.answering.chat_model import ModelUnavailableError
from app.answering.features import Floats
from app.answering.rerank import RerankerUnavailableError
from app.main import Stores, build_app
from app.published import UnknownCommuneError
from app.records import conversations
from app.settings import Settings
from ingest.live import LiveKnowledge
from tests.service import ingested_copy, running, settings_in

Visit = Callable[..., TestClient]


@pytest.fixture
def visit(settings: Settings, stores: Stores, live: LiveKnowledge) -> Visit:
    """The service with some settings changed."""

    def changed(**changes: object) -> TestClient:
        checked = Settings.model_validate({**settings.model_dump(), **changes})
        return TestClient(build_app(checked, stores.engine, live), follow_redirects=False)

    return changed


def ask(site: TestClient, question: str, **more: str) -> dict[str, Any]:
    answer: dict[str, Any] = site.post(
        "/api/v1/communes/hoa-tien/answers", json={"question": question, **more}
    ).json()
    return answer


def test_the_answer_threshold_decides_between_an_answer_and_a_question_back(visit: Visit) -> None:
    bold, shy = visit(answer_threshold=0.0), visit(answer_threshold=1.0)
    question = "lệ phí tạm trú bao nhiêu"

    assert ask(bold, question)["status"] == "answered"
    assert ask(shy, question)["status"] == "clarify_procedure"


def test_the_clarify_threshold_decides_whether_anything_is_offered(visit: Visit) -> None:
    question = "xin phép nuôi chim yến trên mái nhà"
    offering = visit(answer_threshold=1.0, clarify_threshold=0.0)
    silent = visit(answer_threshold=1.0, clarify_threshold=1.0)

    assert ask(offering, question)["choices"]
    assert ask(silent, question)["status"].startswith("abstained")


@pytest.mark.parametrize(("minutes", "inherits"), [(1, False), (120, True)])
def test_a_follow_up_inherits_only_within_the_minutes_set(
    visit: Visit, minutes: int, inherits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = visit(conversation_minutes=minutes)
    first = ask(site, "đăng ký tạm trú cần giấy tờ gì?")
    later = datetime.now(UTC) + timedelta(minutes=30)
    monkeypatch.setattr(conversations, "now", lambda: later)

    second = ask(site, "mất bao lâu?", conversation_id=first["conversation_id"])

    assert (second["procedure"] is not None) is inherits


def test_only_the_communes_switched_on_answer(visit: Visit) -> None:
    site = visit(communes="ba-na")

    assert site.get("/c/ba-na").status_code == 200
    assert site.get("/c/hoa-tien").status_code == 404
    assert [commune["id"] for commune in site.get("/api/v1/communes").json()] == ["ba-na"]
    with pytest.raises(UnknownCommuneError, match="khong-co"):
        visit(communes="khong-co")


def test_a_commune_that_no_file_describes_is_switched_on_by_its_code(tmp_path: Path) -> None:
    settings = settings_in(ingested_copy(tmp_path), communes="00004,ba-na")

    with running(settings) as app, TestClient(app) as site:
        page = site.get("/c/ba-dinh-ha-noi")
        told = site.post(
            "/api/v1/communes/ba-dinh-ha-noi/answers",
            json={"question": "công an phường Trúc Bạch cũ ở đâu"},
        ).json()
        office = site.get("/c/ba-dinh-ha-noi/office").text

    assert page.status_code == 200
    assert "hường Ba Đình" in page.text
    assert told["office"]["name"] == "Công an phường Ba Đình"
    assert told["office"]["address"] is None
    assert "chưa cập nhật" in told["text"]
    assert "chưa cập nhật" in office
    assert "Trúc Bạch cũ" in office


def test_the_longest_question_is_as_long_as_is_set(visit: Visit) -> None:
    site = visit(question_max_characters=40)
    path = "/api/v1/communes/hoa-tien/answers"

    assert site.post(path, json={"question": "a" * 40}).status_code == 200
    assert site.post(path, json={"question": "a" * 41}).status_code == 422


def test_a_visitor_may_ask_as_often_as_is_set(visit: Visit) -> None:
    site = visit(rate_per_minute=2)
    path = "/api/v1/communes/hoa-tien/answers"

    statuses = [site.post(path, json={"question": "xin chào"}).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_a_chat_model_that_cannot_be_used_stops_the_start_with_a_clear_error(visit: Visit) -> None:
    with pytest.raises(ModelUnavailableError, match="CHAT_MODEL"):
        visit(chat_model="khong-co:mo-hinh")


def test_a_reranking_model_that_is_not_there_stops_the_start_with_a_clear_error(
    visit: Visit,
) -> None:
    with pytest.raises(
        RerankerUnavailableError, match=r"(?s)“/khong/co/mo-hinh”.*Kiểm tra RERANKER_MODEL"
    ):
        visit(reranker_model="/khong/co/mo-hinh")


class _LikesTheLast:
    """A re-ranker for which the record that came last is the likeliest."""

    opened: list[str] = []  # noqa: RUF012 - read by one test

    def __init__(self, model: str) -> None:
        self.opened.append(model)

    def log_odds(self, question: str, passages: Sequence[str]) -> Floats:
        return np.linspace(0.0, 60.0, len(passages))


def test_the_reranking_model_that_is_set_reads_the_records_again(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "CrossEncoderReranker", _LikesTheLast)
    question = "lệ phí đăng ký tạm trú bao nhiêu"

    plain = ask(visit(), question)
    assert _LikesTheLast.opened == []
    reread = ask(visit(reranker_model="mo-hinh", answer_threshold=0.0), question)

    assert _LikesTheLast.opened == ["mo-hinh"]
    assert plain["procedure"]["id"] == "dang-ky-tam-tru"
    assert reread["procedure"]["id"] != "dang-ky-tam-tru"


def test_with_the_thresholds_of_the_release_what_is_named_is_answered_and_no_more(
    visit: Visit,
) -> None:
    site = visit()

    assert ask(site, "đăng ký tạm trú cần giấy tờ gì")["procedure"]["id"] == "dang-ky-tam-tru"
    assert ask(site, "xin phép nuôi chim yến trên mái nhà")["procedure"] is None


def test_what_phones_keep_and_how_long_a_kiosk_waits_are_settings(visit: Visit) -> None:
    site = visit(offline_cards=2, offline_answers=4, offline_days=9, kiosk_idle_seconds=7)

    worker = site.get("/c/hoa-tien/sw.js").text
    kept = site.get("/c/hoa-tien/offline").text

    assert '"answers": 4' in worker and '"days": 9' in worker
    assert kept.count('class="fold kept-card"') == 2
    assert 'data-idle="7"' in site.get("/c/hoa-tien?mode=kiosk").text
