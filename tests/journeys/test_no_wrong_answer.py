"""No answer is better than a wrong one: what we do not know, we say, with whom to ask."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient


def ask(site: TestClient, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = site.post(
        "/api/v1/communes/hoa-tien/answers", json={"question": question}
    ).json()
    return answer


@pytest.mark.parametrize(
    "question",
    [
        "vay tiền nóng ở đâu",
        "phí giữ xe bao nhiêu",
        "mất chó phải làm sao",
        "nấu mì Quảng làm sao",
        "mua vé xe đi Huế ở đâu",
        "lịch tiêm chủng",
        "thủ tục nhập quốc tịch Mỹ",
        "mã QR là gì",
        "ai là thủ tướng",
        "2+2 bằng mấy",
        "xyzzy plugh",
    ],
)
def test_what_no_record_is_about_gets_no_record_and_the_counter(
    site: TestClient, question: str
) -> None:
    answer = ask(site, question)

    assert answer["status"] not in ("answered", "clarify_case"), answer["text"]
    assert answer["procedure"] is None and answer["citations"] == []
    assert answer["office"]["name"]


@pytest.mark.parametrize(
    "question",
    [
        "mất bao lâu?",
        "mat bao lau",
        "cần giấy tờ gì",
        "lệ phí bao nhiêu?",
        "nộp ở đâu",
        "làm răng",
        "bao nhiêu tiền rứa",
    ],
)
def test_a_question_about_nothing_in_particular_is_asked_back(
    site: TestClient, question: str
) -> None:
    answer = ask(site, question)

    assert answer["status"] == "clarify_procedure", answer["text"]
    assert answer["citations"] == []


def test_a_guide_is_not_left_for_a_procedure_that_was_not_meant(site: TestClient) -> None:
    answer = ask(site, "nộp thuế đất ở đâu")

    assert answer["status"] != "answered" or answer["confidence"] >= 0.5
