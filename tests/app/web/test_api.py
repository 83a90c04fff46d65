"""The public API as a program uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.answering.answer import Answer, AnswerStatus, Question
from app.web.service import WebLimits
from tests.app.web.fakes import COMMUNE, Site, an_answer, records

ANSWERS = f"/api/v1/communes/{COMMUNE}/answers"
PROBLEM = "application/problem+json"


def test_a_question_gets_the_whole_answer() -> None:
    site = Site()
    body = {
        "question": "  Lệ phí\n tạm trú? ",
        "conversation_id": "k7",
        "language": "vi",
        "case": "dang-ky-tam-tru/nha-cua-minh",
        "spoken": True,
        "place": "bcd234",
    }

    response = site.client.post(ANSWERS, json=body)
    answer = response.json()

    assert response.status_code == 200
    assert site.answering.asked == [
        Question(
            "Lệ phí tạm trú?",
            COMMUNE,
            "k7",
            an_answer().language,
            "dang-ky-tam-tru/nha-cua-minh",
            spoken=True,
            place="bcd234",
        )
    ]
    assert {
        "id",
        "conversation_id",
        "status",
        "text",
        "facet",
        "confidence",
        "engine",
        "procedure",
        "case",
        "card",
        "citations",
        "office",
        "choices",
        "open",
        "suggestions",
        "disclaimer",
        "elapsed_ms",
    } <= answer.keys()
    assert answer["procedure"]["url"] == f"/c/{COMMUNE}/p/dang-ky-tam-tru"
    assert answer["citations"][0]["checked_on"] == "2026-11-21"
    assert answer["citations"][0]["legal_basis"][0]["number"] == "75/2022/TT-BTC"


@pytest.mark.parametrize("status", [each for each in AnswerStatus if "error" not in each])
def test_every_status_that_is_no_error_is_an_answer(status: AnswerStatus) -> None:
    response = Site(lambda _: an_answer(status)).client.post(ANSWERS, json={"question": "a"})

    assert (response.status_code, response.json()["status"]) == (200, status.value)


def test_an_error_status_is_a_503_that_carries_the_answer() -> None:
    site = Site(lambda _: an_answer(AnswerStatus.ERROR_MODEL, "Xin lỗi."))

    response = site.client.post(ANSWERS, json={"question": "a"})
    problem = response.json()

    assert response.status_code == 503
    assert response.headers["content-type"] == PROBLEM
    assert int(response.headers["retry-after"]) > 0
    assert (problem["status"], problem["detail"]) == (503, "Xin lỗi.")
    assert problem["answer"]["status"] == "error_model"


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        pytest.param(b"{", 400, "JSON", id="broken JSON"),
        pytest.param(b'{"question": "\xff"}', 400, "UTF-8", id="not UTF-8"),
        pytest.param(b"[" * 60_000, 400, "JSON", id="nested too deeply"),
        pytest.param(b"", 422, "thiếu", id="no body"),
        pytest.param(b"[]", 422, "đối tượng JSON", id="a list"),
        pytest.param(b"null", 422, "đối tượng JSON", id="null"),
        pytest.param(b"{}", 422, "question: thiếu", id="no question"),
        pytest.param(b'{"question": 1}', 422, "question: phải là chữ", id="a number"),
        pytest.param(b'{"question": null}', 422, "question: phải là chữ", id="null question"),
        pytest.param(b'{"question": ["a"]}', 422, "question: phải là chữ", id="a list of words"),
        pytest.param(b'{"question": "a", "quesiton": 1}', 422, "quesiton", id="a misspelt key"),
        pytest.param(b'{"question": "a", "spoken": "yes"}', 422, "spoken", id="spoken in words"),
        pytest.param(b'{"question": "a", "language": "fr"}', 422, "language", id="language"),
        pytest.param(b'{"question": "a", "case": "x"}', 422, "case: sai dạng", id="case"),
        pytest.param(b'{"question": "a", "conversation_id": "a b"}', 422, "sai dạng", id="talk"),
        pytest.param(b'{"question": ""}', 422, "gõ câu hỏi", id="empty"),
        pytest.param(b'{"question": " \\u200b\\n "}', 422, "gõ câu hỏi", id="nothing to see"),
        pytest.param(b'{"question": "a\\u0000b"}', 422, "ký tự điều khiển", id="NUL"),
        pytest.param(b'{"question": "\\u001b[31m"}', 422, "ký tự điều khiển", id="escape"),
        pytest.param(b'{"question": "\\ud800"}', 422, "", id="half a character"),
        pytest.param(
            json.dumps({"question": "a" * 501}).encode(), 422, "tối đa 500", id="too long"
        ),
    ],
)
def test_a_body_that_is_no_question_is_refused_with_the_reason(
    content: bytes, status: int, words: str
) -> None:
    site = Site()

    response = site.client.post(
        ANSWERS, content=content, headers={"content-type": "application/json"}
    )

    assert response.status_code == status
    assert response.headers["content-type"] == PROBLEM
    assert response.json()["status"] == status
    assert words in response.json()["detail"]
    assert site.answering.asked == []


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_kind_of_body_is_refused(media_type: str) -> None:
    response = Site().client.post(
        ANSWERS, content=b'{"question": "a"}', headers={"content-type": media_type}
    )

    assert (response.status_code, response.headers["content-type"]) == (415, PROBLEM)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    secret = "201234567890"

    response = Site().client.post(ANSWERS, json={"question": "a", "conversation_id": f"{secret} "})

    assert response.status_code == 422
    assert secret not in response.text


def test_the_longest_question_is_a_setting() -> None:
    site = Site(limits=WebLimits(question_chars=5))

    assert site.client.post(ANSWERS, json={"question": "abcde"}).status_code == 200
    assert site.client.post(ANSWERS, json={"question": "abcdef"}).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/khong-co", 404),
        ("GET", "/api/v1/communes/hue", 404),
        ("GET", "/api/v1/communes/ba-na/procedures", 404),
        ("GET", f"/api/v1/communes/{COMMUNE}/procedures?topic=x", 422),
        ("GET", f"/api/v1/communes/{COMMUNE}/procedures?q={'x' * 101}", 422),
        ("GET", "/api/v1/procedures/khong-co", 404),
        ("GET", "/api/v1/procedures/dang-ky-tam-tru?commune=hue", 404),
        ("GET", ANSWERS, 405),
        ("DELETE", "/api/v1/communes", 405),
    ],
)
def test_what_is_not_there_is_a_problem_in_vietnamese(method: str, path: str, status: int) -> None:
    response = Site().client.request(method, path)

    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    assert response.json()["title"] not in ("", "Not Found")
    assert response.json()["type"].startswith("urn:hoixa:problem:")


def test_an_unknown_commune_cannot_be_asked() -> None:
    response = Site().client.post("/api/v1/communes/hue/answers", json={"question": "a"})

    assert response.status_code == 404


def test_feedback_is_kept() -> None:
    site = Site()
    site.client.post(ANSWERS, json={"question": "a"})
    body = {"helpful": False, "reason": "wrong", "comment": " Sai phí. "}

    response = site.client.post("/api/v1/answers/a1/feedback", json=body)

    assert (response.status_code, response.content) == (204, b"")
    assert site.feedback.kept == [("a1", False, "wrong", "Sai phí.")]


@pytest.mark.parametrize(
    ("answer_id", "body", "status"),
    [
        ("a9", {"helpful": True}, 404),
        ("a1", {}, 422),
        ("a1", {"helpful": "yes"}, 422),
        ("a1", {"helpful": 1}, 422),
        ("a1", {"helpful": True, "reason": "rude"}, 422),
        ("a1", {"helpful": True, "comment": "x" * 1001}, 422),
        ("a1", {"helpful": True, "stars": 5}, 422),
    ],
)
def test_feedback_that_makes_no_sense_is_not_kept(
    answer_id: str, body: dict[str, Any], status: int
) -> None:
    site = Site()
    site.client.post(ANSWERS, json={"question": "a"})

    response = site.client.post(f"/api/v1/answers/{answer_id}/feedback", json=body)

    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
    assert site.feedback.kept == []


def test_the_longest_comment_is_a_setting() -> None:
    site = Site(limits=WebLimits(comment_chars=3))
    site.client.post(ANSWERS, json={"question": "a"})

    statuses = [
        site.client.post(
            "/api/v1/answers/a1/feedback", json={"helpful": True, "comment": comment}
        ).status_code
        for comment in ("abc", "abcd")
    ]

    assert statuses == [204, 422]


def test_communes_are_listed_and_shown() -> None:
    client = Site(communes=(COMMUNE, "ba-na")).client

    listed = client.get("/api/v1/communes").json()
    shown = client.get(f"/api/v1/communes/{COMMUNE}").json()

    assert [each["id"] for each in listed] == [COMMUNE, "ba-na"]
    assert shown["full_name"] == "xã Hòa Tiến"
    assert "xã Hòa Khương" in shown["merged_from"]
    assert shown["offices"][0]["hours_now"] == "đang mở"
    assert {topic["topic"]: topic["count"] for topic in shown["topics"]} == {
        "health_insurance": 1,
        "residence": 1,
        "civil_status": 1,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", set(records())),
        ("topic=residence", {"dang-ky-tam-tru"}),
        ("q=tam tru", {"dang-ky-tam-tru"}),
        ("q=Tạm Trú", {"dang-ky-tam-tru"}),
        ("q=1.004194", {"dang-ky-tam-tru"}),
        ("q=the bhyt", {"muc-dong-bhyt-ho-gia-dinh"}),
        ("q=tam tru&topic=civil_status", set()),
    ],
)
def test_records_are_found_by_topic_and_words(query: str, found: set[str]) -> None:
    listed = Site().client.get(f"/api/v1/communes/{COMMUNE}/procedures?{query}").json()

    assert {each["id"] for each in listed} == found


@pytest.mark.parametrize("query", ["", f"?commune={COMMUNE}"])
def test_a_record_is_given_in_full(query: str) -> None:
    shown = Site().client.get(f"/api/v1/procedures/dang-ky-tam-tru{query}").json()

    assert (shown["kind"], shown["code"]) == ("procedure", "1.004194")
    assert shown["record"]["legal_basis"][0]["number"] == "68/2020/QH14"
    fees = next(section for section in shown["sections"] if section["id"] == "fee")
    assert any("7.000 đồng" in line["text"] for line in fees["lines"])


def test_the_api_is_described() -> None:
    paths = Site().client.get("/openapi.json").json()["paths"]

    assert {
        "/api/v1/communes/{commune_id}/answers",
        "/api/v1/answers/{answer_id}/feedback",
        "/api/v1/answers/{answer_id}/speech",
        "/api/v1/communes",
        "/api/v1/communes/{commune_id}",
        "/api/v1/communes/{commune_id}/procedures",
        "/api/v1/communes/{commune_id}/tickets",
        "/api/v1/communes/{commune_id}/transcripts",
        "/api/v1/procedures/{record_id}",
        "/api/v1/tickets/{code}",
        "/v1/chat/completions",
        "/v1/models",
        "/health/live",
        "/health/ready",
        "/metrics",
    } == set(paths)


def test_a_fault_is_a_problem_and_not_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    def broken(question: Question) -> Answer:
        raise RuntimeError("boom")

    site = Site(broken)

    response = site.client.post(ANSWERS, json={"question": "a"})

    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert "boom" not in response.text
    assert "RuntimeError: boom" in caplog.text
    assert site.questions.kept == []
    assert "hoixa_answer_faults_total 1.0" in site.client.get("/metrics").text
