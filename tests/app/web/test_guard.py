"""What protects the service and its visitors: sizes, rates, places, headers, faults."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Request

from app.answering.answer import Answer, Question
from app.client import client_of
from app.web.rate import RateLimit
from app.web.service import WebLimits
from tests.app.web.fakes import COMMUNE, Site, an_answer

HOME = f"/c/{COMMUNE}"
ANSWERS = f"/api/v1/communes/{COMMUNE}/answers"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("path", [ANSWERS, "/api/v1/answers/a1/feedback", "/v1/chat/completions"])
def test_a_body_over_the_limit_is_refused_before_it_is_parsed(path: str) -> None:
    response = Site().client.post(path, content=b"{" * 65_537, headers=JSON)

    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_a_form_over_the_limit_gets_a_page_with_the_counter() -> None:
    response = Site().client.post(HOME, data={"text": "x" * 70_000})

    assert response.status_code == 413
    assert "Trung tâm Phục vụ hành chính công" in response.text
    assert "content-security-policy" in response.headers


def test_the_largest_body_is_a_setting() -> None:
    site = Site(limits=WebLimits(body_bytes=40))

    assert site.client.post(ANSWERS, json={"question": "a"}).status_code == 200
    assert site.client.post(ANSWERS, json={"question": "a" * 40}).status_code == 413


def sent_in_chunks(site: Site, chunks: Iterator[bytes]) -> tuple[int, int]:
    """The status for a body without an announced length, and how many chunks were taken."""
    taken = 0
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        chunk = next(chunks, b"")
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": ANSWERS,
        "raw_path": ANSWERS.encode(),
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")],
        "client": ("192.0.2.1", 1),
        "server": ("localhost", 80),
    }
    asyncio.run(site.app(scope, receive, send))
    return statuses[0], taken


def test_a_chunked_body_is_cut_off_at_the_limit() -> None:
    endless = iter(lambda: b"x" * 1000, None)

    status, taken = sent_in_chunks(Site(), endless)

    assert status == 413
    assert taken == 66


def test_a_small_chunked_body_is_read_whole() -> None:
    status, _ = sent_in_chunks(Site(), iter([b'{"ques', b'tion": "a"}']))

    assert status == 200


@pytest.mark.parametrize("length", ["9" * 5000, "99999999"])
def test_an_announced_length_over_the_limit_is_enough(length: str) -> None:
    response = Site().client.post(ANSWERS, content=b"{}", headers=JSON | {"content-length": length})

    assert response.status_code == 413


@pytest.mark.parametrize(
    "path", [HOME, "/", "/khong-co", "/api/v1/communes", "/static/hoixa.css", "/q/zzz999"]
)
def test_every_response_is_protected(path: str) -> None:
    headers = Site().client.get(path).headers
    policy = headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=(self)"


def test_questions_over_the_rate_are_refused_with_the_time_to_wait() -> None:
    site = Site(limits=WebLimits(requests_per_minute=2))

    responses = [site.client.post(ANSWERS, json={"question": "a"}) for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert 1 <= int(responses[-1].headers["retry-after"]) <= 60
    assert len(site.answering.asked) == 2


def test_one_rate_holds_for_the_page_and_both_apis_but_not_for_feedback() -> None:
    site = Site(limits=WebLimits(requests_per_minute=2))
    chat = {"model": f"hoixa/{COMMUNE}", "messages": [{"role": "user", "content": "a"}]}

    statuses = [
        site.client.post(HOME, data={"text": "a"}).status_code,
        site.client.post(ANSWERS, json={"question": "a"}).status_code,
        site.client.post("/v1/chat/completions", json=chat).status_code,
        site.client.post(HOME, data={"text": "a"}).status_code,
        site.client.post(f"{HOME}/a/a1/feedback", data={"helpful": "yes"}).status_code,
    ]

    assert statuses == [303, 200, 429, 429, 303]


def test_a_visitor_over_the_rate_gets_a_page_with_the_counter() -> None:
    site = Site(limits=WebLimits(requests_per_minute=1))
    site.ask()

    response = site.client.post(HOME, data={"text": "a"})

    assert response.status_code == 429
    assert "giây rồi thử lại" in response.text
    assert "Trung tâm Phục vụ hành chính công" in response.text


def request_from(address: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": (address, 1)})


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "client"),
    [
        pytest.param("192.0.2.1", ("8.8.8.8",), (), "192.0.2.1", id="nobody is trusted"),
        pytest.param("10.0.0.1", ("8.8.8.8",), ("10.0.0.0/8",), "8.8.8.8", id="one proxy"),
        pytest.param(
            "10.0.0.1", ("1.1.1.1, 8.8.8.8",), ("10.0.0.1",), "8.8.8.8", id="a forged first hop"
        ),
        pytest.param(
            "10.0.0.1", ("8.8.8.8, 10.0.0.2",), ("10.0.0.0/8",), "8.8.8.8", id="two proxies"
        ),
        pytest.param(
            "10.0.0.1", ("1.1.1.1", "8.8.8.8"), ("10.0.0.1",), "8.8.8.8", id="two headers"
        ),
        pytest.param("10.0.0.1", (), ("10.0.0.1",), "10.0.0.1", id="no header"),
        pytest.param("10.0.0.1", ("unknown",), ("10.0.0.1",), "10.0.0.1", id="not an address"),
        pytest.param("2001:db8:1:2:3::4", (), (), "2001:db8:1:2::", id="one household"),
        pytest.param("::ffff:192.0.2.1", (), (), "192.0.2.1", id="IPv4 in IPv6"),
        pytest.param("testclient", ("8.8.8.8",), ("10.0.0.1",), "testclient", id="a name"),
    ],
)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(
    address: str, forwarded: tuple[str, ...], proxies: tuple[str, ...], client: str
) -> None:
    assert client_of(request_from(address, *forwarded), proxies) == client


def test_clients_are_counted_apart() -> None:
    rate = RateLimit()

    waits = [rate.seconds_to_wait(client, "question", 1) for client in ("a", "b", "a")]

    assert waits[:2] == [0, 0]
    assert waits[2] > 0


def test_trusted_proxies_are_a_setting() -> None:
    def asked_by(*clients: str, proxies: tuple[str, ...]) -> list[int]:
        site = Site(limits=WebLimits(requests_per_minute=1, trusted_proxies=proxies))
        site.client._transport.client = ("10.0.0.1", 1)  # type: ignore[attr-defined]
        return [
            site.client.post(
                ANSWERS, json={"question": "a"}, headers={"x-forwarded-for": client}
            ).status_code
            for client in clients
        ]

    assert asked_by("8.8.8.8", "9.9.9.9", proxies=()) == [200, 429]
    assert asked_by("8.8.8.8", "9.9.9.9", proxies=("10.0.0.1",)) == [200, 200]


@pytest.mark.parametrize(("places", "inner"), [(1, 503), (2, 200)])
def test_only_so_many_answers_are_made_at_once(places: int, inner: int) -> None:
    seen: list[Any] = []

    def asks_meanwhile(question: Question) -> Answer:
        if question.text == "ngoài":
            seen.append(site.client.post(ANSWERS, json={"question": "trong"}))
        return an_answer()

    site = Site(asks_meanwhile, WebLimits(concurrent_answers=places))
    outer = site.client.post(ANSWERS, json={"question": "ngoài"})
    after = site.client.post(ANSWERS, json={"question": "sau"})

    assert (outer.status_code, seen[0].status_code, after.status_code) == (200, inner, 200)
    if inner == 503:
        assert seen[0].json()["answer"]["status"] == "error_busy"
        assert seen[0].json()["answer"]["office"]["name"].startswith("Trung tâm")
        assert seen[0].headers["retry-after"]


def test_a_busy_page_says_so_and_keeps_the_question_to_try_again() -> None:
    site = Site(limits=WebLimits(concurrent_answers=0))

    response = site.client.post(HOME, data={"text": "Tạm trú?"})

    assert response.status_code == 503
    assert 'name="text" value="Tạm trú?"' in response.text
    assert "Thử lại" in response.text
    assert site.questions.kept == []
    assert 'hoixa_answers_total{status="error_busy"} 1.0' in site.client.get("/metrics").text


def test_a_place_is_given_back_after_a_fault() -> None:
    def once_broken(question: Question) -> Answer:
        if question.text == "hỏng":
            raise RuntimeError
        return an_answer()

    site = Site(once_broken, WebLimits(concurrent_answers=1))

    statuses = [
        site.client.post(ANSWERS, json={"question": text}).status_code for text in ("hỏng", "lành")
    ]

    assert statuses == [500, 200]
    assert "hoixa_answers_in_flight 0.0" in site.client.get("/metrics").text


def test_a_fault_on_a_page_shows_the_counter() -> None:
    def broken(question: Question) -> Answer:
        raise RuntimeError("boom")

    response = Site(broken).client.post(HOME, data={"text": "a"})

    assert response.status_code == 500
    assert "Trung tâm Phục vụ hành chính công" in response.text
    assert "boom" not in response.text
    assert "content-security-policy" in response.headers


def test_when_even_the_error_page_breaks_there_are_still_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site()

    def broken(commune_id: str) -> None:
        raise OSError("disk")

    monkeypatch.setattr(site.knowledge, "commune", broken)
    response = site.client.get(HOME)

    assert response.status_code == 500
    assert response.text.startswith("Có lỗi ở phía chúng tôi")
