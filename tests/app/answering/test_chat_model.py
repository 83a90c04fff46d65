"""A chat model words the answer, and the number gate stands between it and the resident."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from app.answering.answer import Answer, AnswerStatus, Question
from app.answering.chat_model import ChatComposer, ModelUnavailableError
from tests.fakes import (
    BEE_HIVES,
    COMMUNE,
    PATIENCE_SECONDS,
    ScriptedChat,
    composer_of,
    edition_of,
    pipeline_of,
)

EDITION = edition_of(BEE_HIVES)
ASKED = "Đăng ký nuôi ong mật lệ phí bao nhiêu?"
COMPOSED = "Nộp trực tiếp: 31.000 đồng/đàn. [1]"


def answered_with(chat: ChatComposer) -> Answer:
    return pipeline_of(EDITION, chat=chat).answer(Question(ASKED, COMMUNE, case="nuoi-ong/"))


def answered(says: str) -> Answer:
    return answered_with(composer_of(ScriptedChat(says=says)))


def test_a_supported_draft_is_shown_under_the_name_of_its_model() -> None:
    draft = "Mỗi đàn đóng 31.000 đồng nếu nộp tại quầy [1]. Bà con nộp ở quầy số 4 [2]."

    answer = answered(draft)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.text == draft
    assert answer.engine == "giả:mô-hình"
    assert [citation.section for citation in answer.citations] == ["Lệ phí", "Nộp ở đâu"]


def test_a_later_sentence_with_a_wrong_number_is_dropped() -> None:
    answer = answered("Mỗi đàn đóng 31.000 đồng [1]. Nộp trễ bị phạt 500.000 đồng [1].")

    assert answer.text == "Mỗi đàn đóng 31.000 đồng [1]."
    assert answer.engine == "giả:mô-hình"


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param("Mỗi đàn đóng 13.000 đồng [1].", id="wrong amount first"),
        pytest.param("Mỗi đàn đóng 31.000 đồng.", id="no mark"),
        pytest.param("Không mất tiền.", id="no mark and no figure"),
        pytest.param("Mỗi đàn đóng 31.000 đồng [7].", id="mark of nothing"),
        pytest.param("Mỗi đàn đóng 31.000 đồng [2].", id="mark of another passage"),
        pytest.param("Đóng ba mươi nghìn đồng [1]. Nộp ở quầy số 4 [2].", id="rounded in words"),
        pytest.param("https://lua-dao.example", id="nothing but a link"),
        pytest.param("   \n ", id="silence"),
    ],
)
def test_the_composed_answer_takes_the_place_of_a_draft_without_support(draft: str) -> None:
    answer = answered(draft)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.text.startswith(COMPOSED)
    assert answer.engine == "composed"
    assert answer.citations


def test_links_never_come_from_the_model() -> None:
    answer = answered("Đóng 31.000 đồng [1], xem https://nop-tien.example/vn và www.x.vn nhé [1].")

    assert "http" not in answer.text and "www" not in answer.text
    assert answer.text.startswith("Đóng 31.000 đồng [1]")


def test_marks_written_together_are_read_apart() -> None:
    answer = answered("Đóng 31.000 đồng ở quầy số 4 [1, 2].")

    assert answer.text == "Đóng 31.000 đồng ở quầy số 4 [1][2]."
    assert len(answer.citations) == 2


def test_a_model_that_takes_too_long_is_not_waited_for() -> None:
    enough = threading.Event()
    slow = composer_of(ScriptedChat(says="Đóng 31.000 đồng [1].", waits_for=enough), 0.05)
    begun = time.monotonic()

    answer = answered_with(slow)
    enough.set()

    assert time.monotonic() - begun < PATIENCE_SECONDS / 2
    assert answer.text.startswith(COMPOSED)
    assert answer.engine == "composed"


def test_a_model_that_fails_is_done_without() -> None:
    answer = answered_with(composer_of(ScriptedChat(fails_with=RuntimeError("quota"))))

    assert answer.text.startswith(COMPOSED)
    assert answer.engine == "composed"


def test_the_model_sees_masked_words_and_numbered_passages_alone() -> None:
    chat = ScriptedChat(says="Đóng 31.000 đồng [1].")
    pipeline = pipeline_of(EDITION, chat=composer_of(chat))

    pipeline.answer(Question(f"{ASKED} sđt 0905123456", COMMUNE, case="nuoi-ong/"))

    (messages,) = chat.asked
    asked = str(messages[1].content)
    assert "0905123456" not in asked and "[số điện thoại]" in asked
    assert "[1]\nNộp trực tiếp: 31.000 đồng/đàn." in asked
    assert "[2]\nQuầy số 4 của xã." in asked
    assert "0236" not in asked, "nothing but the passages: no office, no telephone"


def test_without_a_record_no_model_is_asked() -> None:
    chat = ScriptedChat(says="Vàng hôm nay 100 triệu [1].")

    answer = pipeline_of(EDITION, chat=composer_of(chat)).answer(
        Question("giá vàng hôm nay", COMMUNE)
    )

    assert answer.status is AnswerStatus.OUT_OF_SCOPE
    assert chat.asked == []


@pytest.mark.parametrize("name", ["khong-co:mo-hinh", "khong-ro", "ollama:khong-cai"])
def test_an_unknown_provider_is_a_clear_error(name: str) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        ChatComposer(name, 1)

    message = str(caught.value)
    assert f"CHAT_MODEL “{name}”" in message
    assert "openai:gpt-4o-mini" in message
    assert "\n" not in message


def test_a_missing_key_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ModelUnavailableError, match=r"CHAT_MODEL “openai:gpt-x”.*khóa"):
        ChatComposer("openai:gpt-x", 1)


class _Completions(BaseHTTPRequestHandler):
    """Answers every chat completion with the server's text and status."""

    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append(
            (
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                json.loads(body),
            )
        )
        self.server.may_answer.wait(PATIENCE_SECONDS)
        message = {"role": "assistant", "content": self.server.says}
        reply = json.dumps(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "thu",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ).encode()
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Completions)
        self.says, self.status = "", 200
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []

    def handle_error(self, *_: Any) -> None:
        """A client that hung up is expected."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    """A tiny OpenAI-compatible provider on this machine."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "khoa-thu")
        yield server
        server.shutdown()
        thread.join()


def test_an_openai_compatible_provider_words_the_answer(provider: _Server) -> None:
    provider.says = "Mỗi đàn đóng 31.000 đồng tại quầy [1]."

    answer = answered_with(ChatComposer("openai:thu", 5))

    assert (answer.text, answer.engine) == (provider.says, "openai:thu")
    ((path, headers, body),) = provider.asked
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == "Bearer khoa-thu"
    assert (body["model"], body["temperature"]) == ("thu", 0)
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_a_provider_that_answers_with_an_error_is_asked_once(provider: _Server) -> None:
    provider.status = 500

    answer = answered_with(ChatComposer("openai:thu", 5))

    assert answer.text.startswith(COMPOSED)
    assert len(provider.asked) == 1


def test_a_provider_that_hangs_is_not_waited_for(provider: _Server) -> None:
    provider.may_answer.clear()
    chat = ChatComposer("openai:thu", 0.2)
    begun = time.monotonic()

    answer = answered_with(chat)
    provider.may_answer.set()

    assert time.monotonic() - begun < PATIENCE_SECONDS / 2
    assert answer.text.startswith(COMPOSED)
