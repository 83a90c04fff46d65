"""What operators see."""

from __future__ import annotations

from tests.app.web.fakes import COMMUNE, Site

ANSWERS = f"/api/v1/communes/{COMMUNE}/answers"


def test_a_running_process_is_live() -> None:
    assert Site().client.get("/health/live").json() == {"status": "live"}


def test_a_whole_index_is_ready() -> None:
    assert Site().client.get("/health/ready").json() == {"status": "ready"}


def test_without_a_whole_index_it_is_not_ready_and_says_why() -> None:
    site = Site()
    site.knowledge.reason = "Chưa dựng xong chỉ mục."

    response = site.client.get("/health/ready")

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "Chưa dựng xong chỉ mục."


def test_answers_are_counted_by_status_and_timed() -> None:
    site = Site()
    site.client.post(ANSWERS, json={"question": "a"})
    site.ask()

    numbers = site.client.get("/metrics").text

    assert 'hoixa_answers_total{status="answered"} 2.0' in numbers
    assert "hoixa_answer_seconds_count 2.0" in numbers
    assert "hoixa_answers_in_flight 0.0" in numbers


def test_the_numbers_hold_no_word_of_a_question() -> None:
    site = Site()
    site.ask("chuyện riêng 0905123456")

    numbers = site.client.get("/metrics").text

    assert "riêng" not in numbers
    assert "0905123456" not in numbers


def test_two_applications_count_apart() -> None:
    first, second = Site(), Site()
    first.ask()

    assert 'status="answered"' not in second.client.get("/metrics").text
