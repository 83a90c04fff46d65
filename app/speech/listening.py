"""The way from a recording's bytes to a question's words, and who waits for whom."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.speech.activity import levelled, windows
from app.speech.heard import believable
from app.speech.reader import RecordingReader
from app.speech.refusals import NotTranscribedError, Refusal
from app.speech.transcribe import LANGUAGE, Transcriber

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, for the speaker to correct; it is kept nowhere."""

    text: str
    seconds: float
    """How long the recording is."""
    engine: str
    stages: Mapping[str, float]
    """Seconds spent waiting, decoding, finding speech and transcribing."""
    language: str = LANGUAGE


class Turns:
    """Lets some in at once and some wait; turns others away at once."""

    def __init__(self, at_once: int, waiting: int, patience_seconds: float) -> None:
        self._places = at_once + waiting
        self._patience = patience_seconds
        self._turn = threading.Semaphore(at_once)
        self._lock = threading.Lock()
        self._inside = 0

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it.

        Raises:
            NotTranscribedError: when all places are taken, or the wait was too long.
        """
        with self._lock:
            if self._inside >= self._places:
                raise NotTranscribedError(Refusal.BUSY)
            self._inside += 1
        try:
            if not self._turn.acquire(timeout=self._patience):
                raise NotTranscribedError(Refusal.BUSY, "waited too long")
            try:
                yield
            finally:
                self._turn.release()
        finally:
            with self._lock:
                self._inside -= 1


class Listening:
    """Opens recordings, finds the speech in them and has it transcribed.

    Args:
        reader: opens recordings.
        transcriber: the engine.
        waiting: recordings that may wait while the engine is at work.
        patience_seconds: how long one may wait.
    """

    def __init__(
        self,
        reader: RecordingReader,
        transcriber: Transcriber,
        waiting: int,
        patience_seconds: float,
    ) -> None:
        self._reader = reader
        self._transcriber = transcriber
        self._turns = Turns(transcriber.at_once, waiting, patience_seconds)

    def start(self) -> None:
        """Have the opening of recordings ready."""
        self._reader.start()

    def stop(self) -> None:
        """Give back what ``start`` took."""
        self._reader.stop()

    def listen(self, data: bytes, prompt: str = "") -> Transcript:
        """What is said in a recording.

        Args:
            data: the recording as it was sent.
            prompt: terms that are likely to come up, between commas.

        Raises:
            NotTranscribedError: with the reason.
        """
        arrived = time.perf_counter()
        with self._turns.turn():
            begun = time.perf_counter()
            recording = self._reader.read(data)
            if not recording.spans:
                raise NotTranscribedError(Refusal.NOT_HEARD, "no speech")
            opened = time.perf_counter()
            pieces = windows(
                levelled(recording.sound), recording.spans, self._transcriber.window_seconds
            )
            said = self._transcriber.transcribe(pieces, prompt)
            done = time.perf_counter()
        text = believable(said, recording.speech_seconds, prompt)
        log.info(
            "%d bytes, %.1f s, %.1f s of speech, %d characters",
            *(len(data), recording.seconds, recording.speech_seconds, len(text)),
        )
        if not text:
            raise NotTranscribedError(Refusal.NOT_HEARD, "not believable")
        return Transcript(
            text,
            recording.seconds,
            self._transcriber.engine,
            {
                "wait": begun - arrived,
                "decode": opened - begun - recording.activity_seconds,
                "activity": recording.activity_seconds,
                "transcribe": done - opened,
            },
        )
