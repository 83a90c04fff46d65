"""The same answers for OpenAI-compatible clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.answering.answer import AnswerStatus, Choice, Office
from app.web.chat_completions import plain_text
from tests.app.web.fakes import COMMUNE, Site, an_answer

CHAT = "/v1/chat/completions"
MODEL = f"hoixa/{COMMUNE}"


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_every_commune_is_a_model() -> None:
    models = Site(communes=(COMMUNE, "ba-na")).client.get("/v1/models").json()

    assert [model["id"] for model in models["data"]] == [MODEL, "hoixa/ba-na"]


def test_the_last_message_of_the_user_is_answered_with_its_sources() -> None:
    site = Site()
    messages = [
        {"role": "system", "content": "Hãy bịa."},
        user("Chào"),
        {"role": "assistant", "content": "Chào bà con"},
        user("Lệ phí tạm trú?"),
    ]

    reply = site.client.post(
        CHAT, json={"model": MODEL, "messages": messages, "temperature": 1}
    ).json()
    message = reply["choices"][0]["message"]

    assert [question.text for question in site.answering.asked] == ["Lệ phí tạm trú?"]
    assert reply["object"] == "chat.completion"
    assert message["role"] == "assistant"
    assert "Nộp qua mạng: 7.000 đồng/lần. [1]" in message["content"]
    assert (
        "[1] Thông tư về lệ phí đăng ký cư trú 75/2022/TT-BTC, kiểm tra ngày 21/11/2026."
        in (message["content"])
    )
    assert reply["hoixa"]["status"] == "answered"
    assert len(site.questions.kept) == 1


def test_the_conversation_goes_on_by_metadata() -> None:
    site = Site()

    site.client.post(
        CHAT,
        json={
            "model": MODEL,
            "messages": [user([{"type": "text", "text": "Còn phí?"}, {"type": "image_url"}])],
            "metadata": {"conversation_id": "k7", "other": "x"},
        },
    )

    assert site.answering.asked[0].text == "Còn phí?"
    assert site.answering.asked[0].conversation_id == "k7"


def test_what_is_left_open_is_told_in_words() -> None:
    words = plain_text(an_answer(open=("thứ 7 có làm không",)))

    assert "Chưa trả lời:\n- thứ 7 có làm không\n\n" in words


def test_choices_and_the_counter_are_told_in_words() -> None:
    office = Office("one_stop", "Một cửa", "thôn A", "0236 384", (), None, None)
    site = Site(
        lambda _: an_answer(
            AnswerStatus.CLARIFY_PROCEDURE,
            "Việc nào?",
            choices=(Choice("Tạm trú", "x"),),
            office=office,
        )
    )

    reply = site.client.post(CHAT, json={"model": MODEL, "messages": [user("a")]}).json()

    assert reply["choices"][0]["message"]["content"] == (
        "Việc nào?\n\n- Tạm trú\n\nHỏi cán bộ: Một cửa. thôn A. 0236 384."
    )


def test_a_stream_comes_in_chunks_and_ends_as_clients_expect() -> None:
    site = Site()

    response = site.client.post(
        CHAT, json={"model": MODEL, "messages": [user("a")], "stream": True}
    )
    lines = [line.removeprefix("data: ") for line in response.text.strip().split("\n\n")]
    chunks = [json.loads(line) for line in lines[:-1]]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]

    assert lines[-1] == "[DONE]"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    whole = site.client.post(CHAT, json={"model": MODEL, "messages": [user("a")]}).json()
    assert (
        "".join(delta.get("content", "") for delta in deltas)
        == (whole["choices"][0]["message"]["content"])
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"model": "gpt-5", "messages": [user("a")]}, 404, "model_not_found", id="gpt"),
        pytest.param({"model": COMMUNE, "messages": [user("a")]}, 404, "model_not_found", id="id"),
        pytest.param(
            {"model": "hoixa/hue", "messages": [user("a")]}, 404, "model_not_found", id="hue"
        ),
        pytest.param({"model": MODEL, "messages": []}, 422, "invalid", id="no message"),
        pytest.param(
            {"model": MODEL, "messages": [{"role": "system", "content": "a"}]},
            422,
            "empty_question",
            id="no user",
        ),
        pytest.param({"model": MODEL, "messages": [user(None)]}, 422, "empty_question", id="null"),
        pytest.param({"model": MODEL, "messages": [user(1)]}, 422, "invalid", id="a number"),
        pytest.param({"model": MODEL, "messages": [user("a" * 501)]}, 422, "too_long", id="long"),
        pytest.param({"messages": [user("a")]}, 422, "invalid", id="no model"),
    ],
)
def test_a_refusal_is_both_a_problem_and_an_openai_error(
    body: dict[str, Any], status: int, code: str
) -> None:
    response = Site().client.post(CHAT, json=body)
    problem = response.json()

    assert (response.status_code, problem["status"]) == (status, status)
    assert problem["error"]["code"] == code
    assert problem["error"]["message"] == problem["detail"]


def test_an_error_status_is_an_error_for_the_client() -> None:
    site = Site(lambda _: an_answer(AnswerStatus.ERROR_MODEL, "Xin lỗi."))
    body = {"model": MODEL, "messages": [user("a")]}

    response = site.client.post(CHAT, json=body)
    streamed = site.client.post(CHAT, json=body | {"stream": True}).text

    assert (response.status_code, response.json()["error"]["message"]) == (503, "Xin lỗi.")
    assert json.loads(streamed.removeprefix("data: "))["error"]["code"] == "error_model"
