"""Whatever visitors send gets a clear message, and nothing is lost or let through."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

API = "/api/v1/communes/hoa-tien/answers"
PAGE = "/c/hoa-tien"
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}

NO_QUESTIONS = [
    pytest.param("", 422, id="empty"),
    pytest.param("   \n\t ", 422, id="spaces"),
    pytest.param("\u200b\u200b", 422, id="invisible"),
    pytest.param("a" * 10_000, 422, id="10,000 characters"),
    pytest.param("đăng ký\x00tạm trú", 422, id="binary"),
]


@pytest.mark.parametrize(("question", "status"), NO_QUESTIONS)
def test_what_is_no_question_is_refused_with_a_reason(
    site: TestClient, question: str, status: int
) -> None:
    by_api = site.post(API, json={"question": question})
    by_page = site.post(PAGE, data={"text": question})

    assert by_api.status_code == by_page.status_code == status
    assert by_api.headers["content-type"] == "application/problem+json"
    problem = by_api.json()
    assert problem["status"] == status and problem["title"] and problem["detail"]
    assert problem["detail"] in by_page.text
    assert 'name="text"' in by_page.text, "the box to type again is there"


@pytest.mark.parametrize(
    ("question", "status"),
    [
        pytest.param("<script>alert('x')</script>", None, id="script"),
        pytest.param("' OR 1=1; DROP TABLE answer; --", None, id="SQL"),
        pytest.param("{{ 7*7 }}${7*7}", None, id="template"),
        pytest.param("😀👍🏽👨‍👩‍👧", "abstained_no_passage", id="emoji"),
        pytest.param("Where can I register my newborn?", None, id="English"),
        pytest.param("Bonjour, je voudrais un certificat", "out_of_scope", id="French"),
        pytest.param("我想办理居住证", "out_of_scope", id="Chinese"),
        pytest.param("Ä‘Äƒng kÃ½ táº¡m trÃº", None, id="wrong encoding"),
        pytest.param("ｄang ky tam tru", None, id="full width"),
        pytest.param("a" * 500, None, id="as long as allowed"),
        pytest.param("048201001234", "abstained_no_passage", id="nothing but a number"),
    ],
)
def test_a_strange_question_is_answered_calmly_and_shown_as_text(
    site: TestClient, question: str, status: str | None
) -> None:
    answer = site.post(API, json={"question": question}).json()
    redirect = site.post(PAGE, data={"text": question})
    page = site.get(redirect.headers["location"])

    assert status in (None, answer["status"])
    assert answer["office"] is not None
    assert answer["status"] == "answered" or not answer["citations"]
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert answer["asked"].count("49") == question.count("49"), "no template was filled in"


def test_after_all_that_the_answers_are_still_there(site: TestClient) -> None:
    kept = site.post(PAGE, data={"text": "đăng ký tạm trú cần giấy tờ gì"}).headers["location"]
    site.post(PAGE, data={"text": "'; DROP TABLE answer; DROP TABLE revision; --"})

    assert site.get(kept).status_code == 200
    again = site.post(API, json={"question": "lệ phí đăng ký tạm trú"}).json()
    assert again["procedure"]["id"] == "dang-ky-tam-tru"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b"{", JSON, 400, id="broken JSON"),
        pytest.param(b"[]", JSON, 422, id="no object"),
        pytest.param(b'{"question": 5}', JSON, 422, id="a number"),
        pytest.param(b'{"question": "a", "cau_hoi": "b"}', JSON, 422, id="misspelt key"),
        pytest.param(b'{"question": "a", "case": "../../etc"}', JSON, 422, id="no case"),
        pytest.param(b'{"question": "a", "conversation_id": "a b"}', JSON, 422, id="no id"),
        pytest.param(b'{"question": "\\ud800"}', JSON, 422, id="half a character"),
        pytest.param(b'{"question": "\xff\xfe"}', JSON, 400, id="not UTF-8"),
        pytest.param(b"question=a", FORM, 415, id="a form"),
        pytest.param(b"\x89PNG\r\n" * 20_000, JSON, 413, id="a picture"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    site: TestClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    response = site.post(API, content=content, headers=headers)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param("text=đăng ký".encode("cp1258", "ignore"), 400, id="wrong encoding"),
        pytest.param(b"text=%FF%FE", 400, id="binary"),
        pytest.param(b"&".join(b"a=1" for _ in range(500)), 400, id="five hundred boxes"),
    ],
)
def test_a_form_that_cannot_be_read_gets_a_page_with_the_counter(
    site: TestClient, content: bytes, status: int
) -> None:
    response = site.post(PAGE, content=content, headers={**FORM, "accept": "text/html"})

    assert response.status_code == status
    assert "Trung tâm Phục vụ hành chính công xã Hòa Tiến" in response.text


@pytest.mark.parametrize(
    "path",
    [
        "/c/khong-co",
        "/c/hoa-tien/p/khong-co",
        "/c/hoa-tien/a/khong-co",
        "/c/hoa-tien/t/khong-co",
        "/q/khong-co",
        "/khong-co",
        "/api/v1/communes/khong-co/procedures",
        "/api/v1/procedures/khong-co",
    ],
)
def test_what_does_not_exist_is_told_on_a_page_that_helps(site: TestClient, path: str) -> None:
    page = site.get(path, headers={"accept": "text/html"})
    asked = site.get(path, headers={"accept": "application/json"})

    assert page.status_code == asked.status_code == 404
    if path.startswith("/api/"):
        assert asked.headers["content-type"] == "application/problem+json"
    else:
        assert "<h1" in page.text
        assert "/c/hoa-tien" in page.text


def test_an_answer_of_another_commune_is_not_shown_as_ours(site: TestClient) -> None:
    location = site.post(PAGE, data={"text": "đăng ký tạm trú cần giấy tờ gì"}).headers["location"]

    elsewhere = site.get(location.replace("/c/hoa-tien/", "/c/ba-na/"))

    assert elsewhere.status_code in (404, 302, 307)


def test_an_unknown_conversation_simply_begins(site: TestClient) -> None:
    answer = site.post(
        API, json={"question": "lệ phí đăng ký tạm trú", "conversation_id": "khong-ai-biet"}
    ).json()

    assert len(answer["conversation_id"]) == 32
    assert answer["procedure"]["id"] == "dang-ky-tam-tru"


def test_feedback_on_an_unknown_answer_is_refused(site: TestClient) -> None:
    response = site.post("/api/v1/answers/khong-co/feedback", json={"helpful": True})

    assert response.status_code == 404
