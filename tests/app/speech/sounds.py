"""Recordings as telephones and browsers make them, and sounds that are no speech."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cache

import av
import numpy as np

from app.speech.recording import RATE, Sound
from ingest.training.espeak import Manner, speaking

SENTENCE = "Đăng ký khai sinh cho con cần giấy tờ gì?"


@cache
def speech(voice: str = "vi") -> Sound:
    """The sentence, spoken by espeak-ng, with half a second of silence around it."""
    with speaking() as speaker:
        said = resampled(speaker.say(SENTENCE, Manner(voice)) * 0.9, speaker.rate, RATE)
    quiet = np.zeros(RATE // 2, np.float32)
    return np.concatenate([quiet, np.clip(said, -1, 1), quiet])


def tone(hertz: float = 440, seconds: float = 3, rate: int = RATE) -> Sound:
    """One pitch."""
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(
        np.float32
    )


def silence(seconds: float = 3) -> Sound:
    """Nothing at all."""
    return np.zeros(int(seconds * RATE), np.float32)


def noise(seconds: float = 4, level: float = 0.1) -> Sound:
    """White noise."""
    return np.random.default_rng(1).normal(0, level, int(seconds * RATE)).astype(np.float32)


def music(seconds: float = 6) -> Sound:
    """Chords of plucked strings over a drum."""
    random = np.random.default_rng(2)
    times = np.arange(RATE // 2) / RATE
    beat = random.normal(0, 0.2, len(times)) * np.exp(-60 * times)
    bars = []
    for chord in ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294)):
        strings = sum(
            np.sin(2 * np.pi * hertz * part * times) / part for hertz in chord for part in (1, 2, 3)
        )
        bars.append(0.08 * strings * np.exp(-2 * times) + beat)
    song = np.concatenate(bars * (int(seconds) // 2 + 1))[: int(seconds * RATE)]
    return np.clip(song, -1, 1).astype(np.float32)


def resampled(sound: Sound, rate: int, wanted: int) -> Sound:
    """The sound at another rate."""
    frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), format="fltp", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler("fltp", "mono", wanted)
    pieces = resampler.resample(frame) + resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


def recorded(
    sound: Sound,
    container: str = "webm",
    codec: str = "libopus",
    rate: int = 48_000,
    channels: int = 1,
    options: Mapping[str, str] | None = None,
) -> bytes:
    """A sound of ``RATE`` as a file of a container, codec, rate and number of channels."""
    layout = {1: "mono", 2: "stereo"}[channels]
    written = io.BytesIO()
    with av.open(written, "w", format=container, options=dict(options or {})) as output:
        stream = output.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.layout = av.AudioLayout(layout)
        wanted = resampled(sound, RATE, rate)
        frame = av.AudioFrame.from_ndarray(
            np.tile(wanted, (channels, 1)), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            stream.format.name, layout, rate, frame_size=stream.codec_context.frame_size or 960
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux([packet for packet in stream.encode(None) if packet.size])
    return written.getvalue()


def likeness(heard: Sound, meant: Sound) -> float:
    """How like two sounds are: 1 for the same, also where one starts a little later."""
    length = len(heard) + len(meant)
    crossed = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(meant, length)), length)
    return float(crossed.max() / (np.linalg.norm(heard) * np.linalg.norm(meant)))
