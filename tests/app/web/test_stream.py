"""Answers as server-sent events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.answering.answer import Answer, AnswerStatus, Question
from app.web.service import WebLimits
from app.web.stream import sentences
from tests.app.web.fakes import COMMUNE, Site, an_answer

ANSWERS = f"/api/v1/communes/{COMMUNE}/answers"


def events_of(site: Site, **body: Any) -> list[tuple[str, Any]]:
    response = site.client.post(
        ANSWERS, json={"question": "a", **body}, headers={"accept": "text/event-stream"}
    )
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    made = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        made.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return made


def test_events_come_in_order_and_end_with_the_whole_answer() -> None:
    site = Site()

    events = events_of(site, conversation_id="k7")
    names = [name for name, _ in events]

    assert names == ["start", "step", "step", "delta", "delta", "delta", "citation", "done"]
    assert events[0][1] == {"commune": COMMUNE, "conversation_id": "k7"}
    assert [data["step"] for name, data in events if name == "step"] == ["understand", "retrieve"]
    assert events[-1][1]["status"] == "answered"
    assert events[-2][1] == events[-1][1]["citations"][0]


def test_the_deltas_together_are_the_checked_text() -> None:
    events = events_of(Site())

    told = "".join(data["text"] for name, data in events if name == "delta")
    assert told == events[-1][1]["text"]


@pytest.mark.parametrize(
    "text",
    [
        "Một câu.",
        "Nộp 7.000 đồng. [1] Nộp tại xã. [2]\nXong.",
        "TP. Đà Nẵng; điều 1. khoản 2…",
        "- một\n- hai\n\n- ba",
        "",
        " đầu và cuối ",
    ],
)
def test_sentences_joined_again_are_the_same_text(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_a_mark_stays_with_its_sentence() -> None:
    assert sentences("Nộp 7.000 đồng. [1] Miễn cho trẻ em [2].") == [
        "Nộp 7.000 đồng. [1] ",
        "Miễn cho trẻ em [2].",
    ]


def test_the_streamed_answer_is_kept_and_counted() -> None:
    site = Site()

    events_of(site)

    assert len(site.questions.kept) == 1
    assert 'hoixa_answers_total{status="answered"} 1.0' in site.client.get("/metrics").text


def test_no_text_is_streamed_for_an_error_status() -> None:
    site = Site(lambda _: an_answer(AnswerStatus.ERROR_MODEL, "Xin lỗi."))

    events = events_of(site)

    assert [name for name, _ in events] == ["start", "step", "step", "error"]
    assert events[-1][1]["answer"]["status"] == "error_model"


def test_a_busy_service_says_so_in_the_stream() -> None:
    events = events_of(Site(limits=WebLimits(concurrent_answers=0)))

    assert [name for name, _ in events] == ["start", "error"]
    assert events[-1][1]["answer"]["status"] == "error_busy"


def test_a_fault_ends_the_stream_with_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def broken(question: Question) -> Answer:
        raise RuntimeError("boom")

    events = events_of(Site(broken))

    assert [name for name, _ in events] == ["start", "step", "step", "error"]
    assert "boom" not in str(events)
    assert "RuntimeError: boom" in caplog.text


def test_a_question_that_is_none_is_refused_before_the_stream() -> None:
    response = Site().client.post(
        ANSWERS, json={"question": " "}, headers={"accept": "text/event-stream"}
    )

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
