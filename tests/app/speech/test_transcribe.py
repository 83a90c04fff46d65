"""Whisper with real (random) weights, and a transcription server over real HTTP."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.speech.recording import RATE
from app.speech.refusals import NotTranscribedError, Refusal
from app.speech.transcribe import (
    Said,
    ServerTranscriber,
    SpeechEngineUnavailableError,
    WhisperTranscriber,
)
from tests.app.speech.sounds import noise, tone
from tests.speech_server import SpeechServer, speech_server

PROMPT = "đăng ký, khai sinh, bảo hiểm y tế"


def checkpoint(folder: Path, **changes: int) -> Path:
    """A Whisper of the smallest shape with random weights, in the official format."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    shape: dict[str, int] = {
        "n_mels": 80,
        "n_audio_ctx": 100,
        "n_audio_state": 8,
        "n_audio_head": 1,
        "n_audio_layer": 1,
        "n_vocab": 51865,
        "n_text_ctx": 48,
        "n_text_state": 8,
        "n_text_head": 1,
        "n_text_layer": 1,
        **changes,
    }
    torch.manual_seed(1)
    model = Whisper(ModelDimensions(**shape))
    # Whisper leaves some of its parameters as the memory was
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    path = folder / "random.pt"
    torch.save({"dims": shape, "model_state_dict": model.state_dict()}, path)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("whisper"))


@dataclass
class Decoded:
    """What Whisper would say; a result of its ``decode``."""

    text: str = "khai sinh ở đâu"
    avg_logprob: float = -0.2
    no_speech_prob: float = 0.01
    compression_ratio: float = 1.0


@pytest.fixture
def asked(model: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[WhisperTranscriber, list[Any]]:
    """A transcriber whose model keeps what it is asked and gives results of a list."""
    transcriber = WhisperTranscriber(str(model))
    calls: list[Any] = []

    def decode(mel: Any, options: Any) -> Decoded:
        calls.append((mel, options))
        return Decoded()

    monkeypatch.setattr(transcriber._model, "decode", decode)
    return transcriber, calls


def test_a_real_model_decodes_arrays_within_its_bounds(model: Path) -> None:
    transcriber = WhisperTranscriber(str(model))

    said = transcriber.transcribe([tone(seconds=0.9), noise(0.5)], PROMPT)

    assert transcriber.window_seconds == 1.0
    assert len(said) == 2
    for part in said:
        assert part.log_probability is not None
        assert part.log_probability < 0
        assert 0 <= (part.no_speech_probability or 0) <= 1


def test_every_window_is_decoded_alike_and_by_itself(
    asked: tuple[WhisperTranscriber, list[Any]],
) -> None:
    transcriber, calls = asked

    transcriber.transcribe([tone(seconds=0.5), tone(seconds=0.7)], PROMPT)

    first, second = (options for _, options in calls)
    assert first.prompt == second.prompt != []
    for options in (first, second):
        assert (options.language, options.task) == ("vi", "transcribe")
        assert options.temperature == 0
        assert options.fp16 is False
        assert options.without_timestamps
    assert first.sample_len == 16 + 7
    assert second.sample_len == 16 + 8  # no more than half of what the model can hold
    assert {tuple(mel.shape) for mel, _ in calls} == {(80, 200)}


def test_the_prompt_keeps_its_first_terms_whole_where_there_is_little_room(
    asked: tuple[WhisperTranscriber, list[Any]],
) -> None:
    transcriber, calls = asked
    long = ", ".join([PROMPT, *("giấy chứng nhận quyền sử dụng đất",) * 10])

    transcriber.transcribe([tone(seconds=0.5)], long)
    transcriber.transcribe([tone(seconds=0.5)], "")

    kept = transcriber._tokenizer.decode(calls[0][1].prompt)
    assert kept.startswith(" đăng ký, khai sinh")
    assert long.startswith(kept.strip())
    assert not long[len(kept.strip()) :].startswith(tuple("abcdefghijklmnopqrstuvwxyz"))
    assert len(calls[0][1].prompt) < 24
    assert calls[1][1].prompt == []


@pytest.mark.parametrize(
    "wrong", [Decoded(compression_ratio=9.0), Decoded(avg_logprob=-1.5)], ids=["circles", "unsure"]
)
def test_a_window_that_went_wrong_is_tried_once_more_and_not_again(
    asked: tuple[WhisperTranscriber, list[Any]],
    wrong: Decoded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transcriber, _ = asked
    temperatures: list[float] = []

    def decode(mel: Any, options: Any) -> Decoded:
        temperatures.append(options.temperature)
        return wrong

    monkeypatch.setattr(transcriber._model, "decode", decode)
    said = transcriber.transcribe([tone(seconds=0.5)], "")

    assert temperatures == [0.0, 0.4]
    assert said == (Said(wrong.text, wrong.avg_logprob, 0.01, wrong.compression_ratio),)


def test_when_the_time_is_over_no_further_window_is_begun(
    asked: tuple[WhisperTranscriber, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    transcriber, calls = asked
    clock = iter([0.0, 1.0, 61.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))

    with pytest.raises(NotTranscribedError) as caught:
        transcriber.transcribe([tone(seconds=0.5)] * 2, "")

    assert caught.value.refusal is Refusal.UNAVAILABLE
    assert len(calls) == 1


def test_a_fault_of_torch_is_a_refusal(
    asked: tuple[WhisperTranscriber, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    transcriber, _ = asked

    def broken(mel: Any, options: Any) -> Decoded:
        raise RuntimeError("shapes")

    monkeypatch.setattr(transcriber._model, "decode", broken)
    with pytest.raises(NotTranscribedError) as caught:
        transcriber.transcribe([tone(seconds=0.5)], "")

    assert caught.value.refusal is Refusal.UNAVAILABLE


def test_threads_are_as_many_as_are_set(model: Path) -> None:
    import torch

    WhisperTranscriber(str(model), threads=2)
    assert torch.get_num_threads() == 2
    WhisperTranscriber(str(model), threads=1)
    assert torch.get_num_threads() == 1


def broken(folder: Path, content: bytes) -> str:
    path = folder / "model.pt"
    path.write_bytes(content)
    return str(path)


def no_checkpoint(folder: Path) -> str:
    import torch

    torch.save({"state": torch.zeros(2)}, folder / "other.pt")
    return str(folder / "other.pt")


@pytest.mark.parametrize(
    ("model_in", "words"),
    [
        pytest.param(lambda folder: "/khong/co.pt", r"Không có tệp “/khong/co\.pt”.*tiny", id="no"),
        pytest.param(lambda folder: str(folder), "Không có tệp", id="a folder"),
        pytest.param(lambda folder: "tinny", "không phải tên mô hình Whisper.*tiny", id="no name"),
        pytest.param(lambda folder: broken(folder, b""), r"Không mở được.*\.pt của", id="empty"),
        pytest.param(
            lambda folder: broken(folder, b"<html>404</html>"), r"Không mở được.*\.pt", id="a page"
        ),
        pytest.param(no_checkpoint, r"Không mở được.*“dims”", id="other weights"),
        pytest.param(
            lambda folder: str(checkpoint(folder, n_vocab=51864)),
            "chỉ biết tiếng Anh",
            id="English",
        ),
    ],
)
def test_a_model_that_cannot_be_used_is_told_at_once_with_what_to_do(
    model_in: Callable[[Path], str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(SpeechEngineUnavailableError, match=f"(?s){words}"):
        WhisperTranscriber(model_in(tmp_path))


@pytest.mark.reaches_out
def test_a_name_that_cannot_be_fetched_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(
        SpeechEngineUnavailableError, match=r"(?s)“tiny”.*openaipublic.*WHISPER_MODEL.*\.pt"
    ):
        WhisperTranscriber("tiny")


def test_without_the_extra_the_way_to_install_it_is_told(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "whisper", None)

    with pytest.raises(SpeechEngineUnavailableError, match=r"“voice”.*make run.*openai-whisper"):
        WhisperTranscriber(str(model))


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with speech_server() as server:
        yield server


def test_a_server_gets_a_wav_and_what_helps_it(server: SpeechServer) -> None:
    server.answers = [
        (
            200,
            {
                "text": "Khai sinh ở đâu?",
                "segments": [
                    {
                        "text": " Khai sinh ở đâu?",
                        "avg_logprob": -0.2,
                        "no_speech_prob": 0.1,
                        "compression_ratio": 0.9,
                    }
                ],
            },
        )
    ]
    transcriber = ServerTranscriber(server.url, "whisper-lớn", "bí-mật".encode().hex())

    said = transcriber.transcribe([tone(seconds=1), tone(seconds=0.5)], PROMPT)

    assert said == (Said(" Khai sinh ở đâu?", -0.2, 0.1, 0.9),)
    asked = server.asked[0]
    assert server.paths == ["/v1/audio/transcriptions"]
    assert server.headers[0]["Authorization"] == f"Bearer {'bí-mật'.encode().hex()}"
    assert asked["language"] == b"vi"
    assert asked["model"].decode() == "whisper-lớn"
    assert asked["prompt"].decode() == PROMPT
    with wave.open(io.BytesIO(asked["file"])) as file:
        assert file.getparams()[:4] == (1, 2, RATE, int(1.5 * RATE))
        sent = np.frombuffer(file.readframes(RATE), "<i2") / 32767
    assert np.abs(sent - tone(seconds=1)).max() < 0.001


def test_a_server_that_knows_only_plain_json_is_asked_for_that_from_then_on(
    server: SpeechServer,
) -> None:
    server.answers = [(400, {"error": {}}), (200, {"text": "một"}), (200, {"text": "hai"})]
    transcriber = ServerTranscriber(f"{server.url}/audio/transcriptions", "m")

    said = [transcriber.transcribe([tone()], "") for _ in range(2)]

    assert said == [(Said("một"),), (Said("hai"),)]
    forms = [asked["response_format"] for asked in server.asked]
    assert forms == [b"verbose_json", b"json", b"json"]
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        pytest.param(500, {"error": {}}, id="fails"),
        pytest.param(401, {"error": {}}, id="wrong key"),
        pytest.param(302, b"", id="leads elsewhere"),
        pytest.param(200, b"<html>", id="no JSON"),
        pytest.param(200, {"words": "khai sinh"}, id="no text"),
        pytest.param(200, [1], id="no object"),
        pytest.param(200, b'"' + b"x" * 2_000_000 + b'"', id="too much"),
    ],
)
def test_a_server_that_does_not_answer_well_is_a_refusal(
    server: SpeechServer, status: int, answer: object
) -> None:
    server.answers = [(status, answer)]

    with pytest.raises(NotTranscribedError) as caught:
        ServerTranscriber(server.url, "m").transcribe([tone()], "")

    assert caught.value.refusal is Refusal.UNAVAILABLE
    assert len(server.paths) == 1


def test_a_server_that_takes_too_long_is_a_refusal(server: SpeechServer) -> None:
    server.seconds = 30
    server.answers = [(200, {"text": "muộn"})]

    with pytest.raises(NotTranscribedError) as caught:
        ServerTranscriber(server.url, "m", seconds=0.1).transcribe([tone()], "")

    assert caught.value.refusal is Refusal.UNAVAILABLE


def test_a_server_that_is_not_there_is_a_refusal() -> None:
    with pytest.raises(NotTranscribedError):
        ServerTranscriber("http://127.0.0.1:9/v1", "m").transcribe([tone()], "")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/v1", "127.0.0.1:8000", "http://", "http://[", "x"]
)
def test_only_addresses_of_the_web_are_servers(url: str) -> None:
    with pytest.raises(SpeechEngineUnavailableError, match="SPEECH_URL"):
        ServerTranscriber(url, "m")


def test_without_speech_no_server_is_asked(server: SpeechServer) -> None:
    assert ServerTranscriber(server.url, "m").transcribe([], PROMPT) == ()
    assert server.paths == []
