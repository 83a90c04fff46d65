"""The process that opens one recording: it comes on stdin, sound and spans go out.

Whatever a recording makes FFmpeg's libraries do happens here, where memory and processor time are
limited and, once everything needed is loaded, no file and no connection can be opened any more.
``reader.py`` starts and ends it.
"""

from __future__ import annotations

import importlib
import io
import json
import resource
import sys
import time
import wave
from pathlib import Path
from typing import BinaryIO, Final

_MORE_MEMORY: Final = 256 * 1024 * 1024
"""What a recording may take beyond the loaded libraries."""
_CPU_SECONDS: Final = 30
"""Of processor time: a minute of sound takes two here."""


def main() -> None:
    """Read the recording from stdin to its end; ``argv[1]`` is the most seconds of it."""
    from app.speech.activity import load_detector, speech_in
    from app.speech.recording import decode
    from app.speech.refusals import NotTranscribedError, Refusal

    _load_all()
    detector = load_detector()
    confine()

    most_seconds = float(sys.argv[1])
    data = sys.stdin.buffer.read()
    try:
        begun = time.perf_counter()
        sound = decode(data, most_seconds)
        decoded = time.perf_counter()
        spans = speech_in(sound, detector)
        told = {
            "spans": spans,
            "decode_seconds": decoded - begun,
            "activity_seconds": time.perf_counter() - decoded,
        }
        _write(sys.stdout.buffer, told, sound.astype("<f4", copy=False).tobytes())
    except NotTranscribedError as error:
        _write(sys.stdout.buffer, {"refusal": error.refusal, "detail": error.detail})
    except MemoryError:
        _write(sys.stdout.buffer, {"refusal": Refusal.UNREADABLE, "detail": "too heavy"})


def _load_all() -> None:
    """Make PyAV and the detector load all they ever need: some of it comes at the first use."""
    from app.speech.activity import FRAME, load_detector
    from app.speech.recording import decode

    for kind in ("audio", "subtitles", "video"):
        importlib.import_module(f"av.{kind}.stream")
    said = io.BytesIO()
    with wave.open(said, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    decode(said.getvalue(), 1)
    load_detector()([0.0] * FRAME)


def _write(out: BinaryIO, told: object, sound: bytes = b"") -> None:
    out.write(json.dumps(told).encode() + b"\n" + sound)
    out.flush()


def confine() -> None:
    """Limit this process for good."""
    statm = Path("/proc/self/statm")
    if statm.exists():  # elsewhere the kernel does not limit addresses anyway
        pages = int(statm.read_text(encoding="ascii").split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + _MORE_MEMORY)
    _limit(resource.RLIMIT_CPU, _CPU_SECONDS)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
