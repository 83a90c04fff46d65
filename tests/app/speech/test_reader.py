"""Recordings are opened in a process that can do nothing else; the service outlives them all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from app.speech import reader as module
from app.speech.reader import RecordingReader
from app.speech.recording import RATE
from app.speech.refusals import NotTranscribedError, Refusal
from tests.app.speech.sounds import music, noise, recorded, silence, speech, tone


@pytest.fixture(scope="module")
def reader() -> Iterator[RecordingReader]:
    reader = RecordingReader(60)
    reader.start()
    yield reader
    reader.stop()


def refusal_of(reader: RecordingReader, data: bytes) -> Refusal:
    with pytest.raises(NotTranscribedError) as caught:
        reader.read(data)
    return caught.value.refusal


def test_speech_is_found_and_comes_back_as_it_was(reader: RecordingReader) -> None:
    meant = speech()

    found = reader.read(recorded(meant, "wav", "pcm_s16le", 16_000))

    assert np.abs(found.sound - meant).max() < 0.001
    assert found.seconds == pytest.approx(len(meant) / RATE)
    assert 1 < found.speech_seconds < found.seconds
    assert found.spans[0].start < RATE // 2 < found.spans[-1].end
    assert found.decode_seconds > 0
    assert found.activity_seconds > 0


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(silence(), id="silence"),
        pytest.param(noise(), id="white noise"),
        pytest.param(noise(level=0.001), id="a quiet room"),
        pytest.param(music(), id="music"),
        pytest.param(tone(), id="a tone"),
    ],
)
def test_what_is_no_speech_has_no_spans(reader: RecordingReader, sound: Any) -> None:
    assert reader.read(recorded(sound)).spans == ()


def test_refusals_come_through_and_the_next_recording_is_opened(reader: RecordingReader) -> None:
    long = recorded(tone(seconds=70), "wav", "pcm_s16le", 8_000)

    refusals = [refusal_of(reader, data) for data in (b"", b"PK\3\4" + bytes(99), long)]

    assert refusals == [Refusal.EMPTY, Refusal.UNREADABLE, Refusal.TOO_LONG]
    assert reader.read(recorded(tone())).seconds == pytest.approx(3, abs=0.1)


def test_the_reading_process_cannot_open_files_or_connections_nor_take_much_memory() -> None:
    attempt = (
        "import socket\n"
        "from app.speech.worker import _load_all, confine\n"
        "_load_all(); confine()\n"
        "for attempt in (lambda: open('/etc/hostname'), socket.socket, lambda: bytearray(10**9)):\n"
        "    try:\n"
        "        attempt()\n"
        "    except (OSError, MemoryError) as error:\n"
        "        print(type(error).__name__, getattr(error, 'errno', None))\n"
    )

    told = subprocess.run(
        [sys.executable, "-c", attempt],
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told.split("\n")[:3] == ["OSError 24", "OSError 24", "MemoryError None"]


def test_a_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.2)
    monkeypatch.setattr(module, "_WORKER", ("-c", "import time; time.sleep(600)"))

    assert refusal_of(RecordingReader(60), recorded(tone())) is Refusal.UNREADABLE


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("import os; os.abort()", id="falls over"),
        pytest.param("print('{}')", id="says nothing of use"),
        pytest.param(
            "import sys; sys.stdin.buffer.read(); b = bytes(2**20)\n"
            "while True: sys.stdout.buffer.write(b)",
            id="never stops writing",
        ),
        pytest.param(
            'print(\'{"spans": [[0, 999]], "decode_seconds": 1, "activity_seconds": 1}\')',
            id="says what cannot be",
        ),
    ],
)
def test_a_process_gone_mad_is_a_refusal(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WORKER", ("-c", program))

    assert refusal_of(RecordingReader(60), recorded(tone())) is Refusal.UNREADABLE


def test_when_the_waiting_process_was_killed_another_one_is_used() -> None:
    reader = RecordingReader(60)
    reader.start()
    assert reader._spare is not None
    os.kill(reader._spare.pid, signal.SIGKILL)
    reader._spare.wait()

    assert reader.read(recorded(tone())).seconds == pytest.approx(3, abs=0.1)
    reader.stop()


def test_nothing_is_left_running() -> None:
    reader = RecordingReader(60)
    reader.start()
    readers = [threading.Thread(target=reader.read, args=(recorded(tone()),)) for _ in range(3)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    spare = reader._spare
    assert spare is not None

    reader.stop()

    assert spare.returncode is not None
    assert reader._spare is None
