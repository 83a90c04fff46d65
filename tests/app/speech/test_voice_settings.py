"""Each setting of reading aloud changes what is read."""

from __future__ import annotations

from typing import Any

import pytest

from app.answering.answer import Language
from app.main import read_aloud_of
from app.settings import Settings
from app.speech.read_aloud import ReadAloud, VoicesBusyError
from app.speech.spoken import Sentence, sentences_of
from app.speech.voices import EspeakVoice, Speed, VoiceFailedError, VoiceUnavailableError
from tests.app.speech.test_voices import speaking

FEE = sentences_of("Nộp qua mạng: 7.000 đồng/lần.", Language.VI)
LONG = sentences_of("Nộp qua mạng: 7.000 đồng/lần.\n" * 40, Language.VI)


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not EspeakVoice.installed():
        pytest.skip("pip install 'hoixa[speak]'")


def aloud(**changes: object) -> ReadAloud:
    return read_aloud_of(Settings.model_validate(changes))


def test_by_itself_what_is_installed_reads() -> None:
    assert aloud().can_read(FEE)
    assert not aloud(voice="none").can_read(FEE)
    with pytest.raises(VoiceUnavailableError):
        aloud(voice="giong-nu")


def test_the_voice_has_a_name() -> None:
    central = aloud(voice_name="vi-vn-x-central")

    assert central.key(FEE, Speed.NORMAL) != aloud().key(FEE, Speed.NORMAL)


def test_a_server_gets_the_model_the_voice_and_the_key_that_are_set() -> None:
    with speaking(b"ID3") as server:
        settings = {"voice_model": "m", "voice_name": "v", "voice_key": "k"}
        aloud(voice=server.address, **settings).recording(FEE, Speed.NORMAL)

    assert (server.asked[0]["model"], server.asked[0]["voice"]) == ("m", "v")
    assert server.keys == ["Bearer k"]


def test_the_longest_text_is_as_long_as_is_set() -> None:
    short, long = aloud(voice_max_characters=100), aloud()

    assert short.key(LONG, Speed.NORMAL) != long.key(LONG, Speed.NORMAL)
    assert short.key(FEE, Speed.NORMAL) == long.key(FEE, Speed.NORMAL)


def test_a_recording_may_take_as_long_as_is_set() -> None:
    with pytest.raises(VoiceFailedError):
        aloud(voice_seconds=0.001).recording(FEE, Speed.NORMAL)


@pytest.mark.parametrize(("places", "busy"), [(1, True), (2, False)])
def test_as_many_are_made_at_once_as_is_set(
    places: int, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[bool] = []

    def read(self: object, sentences: Any, speed: Speed, seconds: float) -> bytes:
        if speed is Speed.NORMAL:
            try:
                reader.recording([Sentence("hai", Language.VI)], Speed.SLOW)
                refused.append(False)
            except VoicesBusyError:
                refused.append(True)
        return b"x"

    monkeypatch.setattr(EspeakVoice, "read", read)
    reader = aloud(voice_at_once=places)
    reader.recording(FEE, Speed.NORMAL)

    assert refused == [busy]


@pytest.mark.parametrize(("megabytes", "kept"), [(0, False), (1, True)])
def test_recordings_are_kept_in_as_much_memory_as_is_set(megabytes: int, kept: bool) -> None:
    reader = aloud(voice_cache_mb=megabytes)

    first, second = (reader.recording(FEE, Speed.NORMAL) for _ in range(2))

    assert (first is second) is kept
