"""The whole way of a recording, and who waits for whom."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from app.speech.listening import Listening, Turns
from app.speech.reader import RecordingReader
from app.speech.recording import RATE, Sound
from app.speech.refusals import NotTranscribedError, Refusal
from app.speech.transcribe import Said
from tests.app.speech.sounds import music, noise, recorded, silence, speech


@dataclass
class Scripted:
    """An engine that says what it is told to, once it may."""

    engine: ClassVar[str] = "scripted"
    at_once: ClassVar[int] = 1
    says: tuple[Said, ...] = (Said("Khai sinh ở đâu?"),)
    window_seconds: float = 2.0
    may: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    given: list[tuple[Sequence[Sound], str]] = field(default_factory=list)

    def transcribe(self, windows: Sequence[Sound], prompt: str) -> tuple[Said, ...]:
        self.given.append((windows, prompt))
        self.begun.release()
        assert self.may.wait(60)
        return self.says


@pytest.fixture(scope="module")
def reader() -> Iterator[RecordingReader]:
    reader = RecordingReader(60)
    reader.start()
    yield reader
    reader.stop()


def ready(**changes: Any) -> Scripted:
    engine = Scripted(**changes)
    engine.may.set()
    return engine


def test_speech_goes_to_the_engine_without_the_silence_and_its_words_come_back(
    reader: RecordingReader,
) -> None:
    engine = ready()
    said = speech()

    transcript = Listening(reader, engine, 4, 60).listen(recorded(said), "khai sinh, khai tử")

    (windows, prompt) = engine.given[0]
    assert transcript.text == "Khai sinh ở đâu?"
    assert transcript.language == "vi"
    assert transcript.engine == "scripted"
    assert transcript.seconds == pytest.approx(len(said) / RATE, abs=0.1)
    assert set(transcript.stages) == {"wait", "decode", "activity", "transcribe"}
    assert all(seconds >= 0 for seconds in transcript.stages.values())
    assert prompt == "khai sinh, khai tử"
    assert max(len(window) for window in windows) <= 2 * RATE
    assert sum(len(window) for window in windows) < len(said)


@pytest.mark.parametrize(
    "sound", [silence(), noise(), music()], ids=["silence", "white noise", "music"]
)
def test_where_nobody_speaks_no_engine_is_asked(reader: RecordingReader, sound: Sound) -> None:
    engine = ready(says=(Said("Hãy subscribe cho kênh Ghiền Mì Gõ"),))

    with pytest.raises(NotTranscribedError) as caught:
        Listening(reader, engine, 4, 60).listen(recorded(sound))

    assert caught.value.refusal is Refusal.NOT_HEARD
    assert engine.given == []


def test_what_the_engine_made_up_is_not_handed_on(reader: RecordingReader) -> None:
    engine = ready(says=(Said("Cảm ơn các bạn đã theo dõi."),))

    with pytest.raises(NotTranscribedError) as caught:
        Listening(reader, engine, 4, 60).listen(recorded(speech()))

    assert caught.value.refusal is Refusal.NOT_HEARD


def test_neither_words_nor_sound_are_logged(
    reader: RecordingReader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    Listening(reader, ready(), 4, 60).listen(recorded(speech()))

    assert "16 characters" in caplog.text
    assert "sinh" not in caplog.text


def test_one_is_heard_some_wait_and_the_next_is_told_at_once(reader: RecordingReader) -> None:
    engine = Scripted()
    listening = Listening(reader, engine, waiting=1, patience_seconds=60)
    data = recorded(speech())
    heard: list[str] = []

    def speak() -> None:
        heard.append(listening.listen(data).text)

    first, second = threading.Thread(target=speak), threading.Thread(target=speak)
    first.start()
    engine.begun.acquire()
    second.start()
    while listening._turns._inside < 2:
        first.join(0.01)
    with pytest.raises(NotTranscribedError) as caught:
        listening.listen(data)
    at_work = len(engine.given)
    engine.may.set()
    first.join()
    second.join()

    assert caught.value.refusal is Refusal.BUSY
    assert at_work == 1
    assert len(heard) == 2
    assert listening.listen(data).text


def test_who_waited_too_long_is_told() -> None:
    turns = Turns(at_once=1, waiting=1, patience_seconds=0.01)

    with turns.turn(), pytest.raises(NotTranscribedError) as caught, turns.turn():
        pass

    assert caught.value.refusal is Refusal.BUSY
    with turns.turn():
        pass


def test_a_place_is_given_back_after_a_fault() -> None:
    turns = Turns(at_once=1, waiting=0, patience_seconds=1)

    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn():
            raise ZeroDivisionError
