"""Opens recordings, each in a process of its own that is limited, thrown away and kept ready."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, Final

import numpy as np

from app.speech.activity import Span
from app.speech.recording import RATE, SPARE_SECONDS, Sound
from app.speech.refusals import NotTranscribedError, Refusal

log = logging.getLogger(__name__)

_SECONDS: Final = 45.0
"""Of the wall clock; then the process is ended. It limits its processor time itself."""
_HEAD_BYTES: Final = 65_536
_WORKER = ("-P", "-m", "app.speech.worker")
_KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was opened."""

    sound: Sound
    spans: tuple[Span, ...]
    """Where somebody speaks; empty for silence, noise and music."""
    decode_seconds: float
    activity_seconds: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.sound) / RATE

    @property
    def speech_seconds(self) -> float:
        """How much of it is speech, with a little around it."""
        return sum(end - start for start, end in self.spans) / RATE


class RecordingReader:
    """Opens recordings of at most so many seconds.

    Between ``start`` and ``stop`` one process waits with its libraries loaded, since loading takes
    longer than a question's decoding; each opens one recording and ends.
    """

    def __init__(self, most_seconds: float) -> None:
        self._most_seconds = most_seconds
        self._lock = threading.Lock()
        self._keeps_one = False
        self._spare: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Keep a process ready from now on."""
        with self._lock:
            self._keeps_one = True
            self._spare = self._spare or self._begin()

    def stop(self) -> None:
        """Keep none any more."""
        with self._lock:
            self._keeps_one = False
            spare, self._spare = self._spare, None
        if spare is not None:
            _end(spare)

    def read(self, data: bytes) -> Recording:
        """Open a recording.

        Raises:
            NotTranscribedError: when it is empty, too long, or cannot be opened.
        """
        process = self._take()
        try:
            written = self._exchange(process, data)
        finally:
            _end(process)
            self._renew()
        return _told(written)

    def _take(self) -> subprocess.Popen[bytes]:
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None:
            if spare.poll() is None:
                return spare
            _end(spare)
        return self._begin()

    def _renew(self) -> None:
        with self._lock:
            if self._keeps_one and self._spare is None:
                self._spare = self._begin()

    def _begin(self) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, *_WORKER, str(self._most_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **kept,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONUTF8": "1",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
            start_new_session=True,
        )

    def _exchange(self, process: subprocess.Popen[bytes], data: bytes) -> bytes:
        """Give the recording, take what the process writes, and no more than a reading can be."""
        most = int((self._most_seconds + SPARE_SECONDS) * RATE) * 4 + _HEAD_BYTES
        timer = threading.Timer(_SECONDS, process.kill)
        timer.start()
        try:
            given, taken = _pipes(process)
            # It reads all before it writes anything, so neither side waits for the other.
            with contextlib.suppress(BrokenPipeError):
                given.write(data)
                given.close()
            return taken.read(most)
        finally:
            timer.cancel()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in _pipes(process):
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
    process.wait()


def _told(written: bytes) -> Recording:
    """What a reading process wrote, believed only as far as it makes sense."""
    head, _, rest = written.partition(b"\n")
    try:
        told = json.loads(head)
        if "refusal" in told:
            refusal, detail = Refusal(told["refusal"]), str(told["detail"])[:200]
            raise NotTranscribedError(refusal, detail)
        sound: Sound = np.frombuffer(rest, dtype="<f4").astype(np.float32)
        spans = tuple(Span(int(start), int(end)) for start, end in told["spans"])
        recording = Recording(
            sound, spans, float(told["decode_seconds"]), float(told["activity_seconds"])
        )
    except (ValueError, KeyError, TypeError) as error:
        # killed for time or memory, or fallen over a fault of a library
        log.warning("a recording ended the process that opened it")
        raise NotTranscribedError(Refusal.UNREADABLE, "no answer") from error
    edges = [edge for span in spans for edge in span]
    if edges != sorted(edges) or (edges and not 0 <= edges[0] < edges[-1] <= len(sound)):
        raise NotTranscribedError(Refusal.UNREADABLE, "no answer of ours")
    return recording
