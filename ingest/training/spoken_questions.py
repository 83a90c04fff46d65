"""Recordings of known sentences as phones make them: many voices, noise, loudness, codecs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.resampler import AudioResampler

from ingest.training.espeak import Manner, Samples, Speaker

RATE = 16_000
"""Samples a second that Whisper hears."""

_VOICES = ("vi", "vi-vn-x-central", "vi-vn-x-south")
_VARIANTS = (
    *("", "+f1", "+f2", "+f3", "+f4", "+m1", "+m2", "+m3", "+m4", "+m6", "+m7"),
    *("+Alex", "+Andy", "+Annie", "+Denis", "+Lee", "+Michael", "+Mike", "+belinda", "+caleb"),
    *("+edward", "+iven", "+linda", "+max", "+steph", "+zac"),
)
_UNHEARD_VARIANTS = ("+f5", "+m5", "+m8", "+Alicia", "+Gene", "+Mario", "+adam", "+steph3")
_SPEEDS = (120, 205)
_PITCHES = (25, 75)
_NARROW_RATES = (8_000, 12_000, 22_050)
_CODECS = (("webm", "libopus", 48_000, 24_000), ("mp4", "aac", 44_100, 64_000))

Chance = np.random.Generator


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence of the list as one voice says it."""

    sentence: int
    """Its place in the list."""
    samples: Samples
    """At ``RATE``."""


def spoken(
    speaker: Speaker,
    sentences: Sequence[str],
    times: int,
    chance: Chance,
    *,
    unheard: bool = False,
) -> list[Spoken]:
    """Every sentence so many times in drawn manners; ``unheard`` variants never train."""
    variants = _UNHEARD_VARIANTS if unheard else _VARIANTS
    made: list[Spoken] = []
    for number, sentence in enumerate(sentences):
        for _ in range(times):
            manner = Manner(
                str(chance.choice(_VOICES)) + str(chance.choice(variants)),
                int(chance.integers(*_SPEEDS, endpoint=True)),
                int(chance.integers(*_PITCHES, endpoint=True)),
                int(chance.integers(*_PITCHES, endpoint=True)),
            )
            said = speaker.say(sentence, manner)
            made.append(Spoken(number, _by_phone(said, speaker.rate, chance)))
    return made


def _by_phone(samples: Samples, rate: int, chance: Chance) -> Samples:
    """The same through a codec, a narrow band, or plainly."""
    way = chance.integers(4)
    if way == 0:
        container, codec, inner, bits = _CODECS[chance.integers(len(_CODECS))]
        return decoded(encoded(samples, rate, container, codec, inner, bits))
    if way == 1:
        narrow = int(chance.choice(_NARROW_RATES))
        return resampled(resampled(samples, rate, narrow), narrow, RATE)
    return resampled(samples, rate, RATE)


def resampled(samples: Samples, rate: int, to: int) -> Samples:
    """The same sound at another rate."""
    resampler = AudioResampler(format="flt", layout="mono", rate=to)
    pieces = [
        piece.to_ndarray()[0]
        for frame in (_frame(samples, rate), None)
        for piece in resampler.resample(frame)
    ]
    return np.concatenate(pieces).astype(np.float32)


def encoded(samples: Samples, rate: int, container: str, codec: str, to: int, bits: int) -> bytes:
    """The sound as a file: a container and codec of FFmpeg, its rate, and its bits a second."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as written:
        stream = written.add_stream(codec, rate=to)
        assert isinstance(stream, av.AudioStream)
        stream.layout = av.AudioLayout("mono")
        stream.bit_rate = bits
        for frame in (_frame(samples, rate), None):
            written.mux(stream.encode(frame))
    return file.getvalue()


def decoded(data: bytes) -> Samples:
    """A file that we made, as one channel at ``RATE``."""
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(io.BytesIO(data), "r") as opened:
        frames = [piece for frame in opened.decode(audio=0) for piece in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def _frame(samples: Samples, rate: int) -> av.AudioFrame:
    """One channel as FFmpeg takes it."""
    frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
    frame.sample_rate = rate
    frame.time_base = Fraction(1, rate)
    frame.pts = 0
    return frame


def in_a_room(samples: Samples, chance: Chance, longest: int) -> tuple[Samples, int]:
    """The sound with quiet around it, softer or louder, in noise, and where the voice begins.

    No more than ``longest`` samples; the quiet is drawn from what the voice leaves of them.
    """
    left = max(0, longest - len(samples))
    before = int(chance.integers(min(left, RATE), endpoint=True))
    behind = int(chance.integers(min(left - before, RATE), endpoint=True))
    whole = np.pad(samples[:longest], (before, behind)) * 10 ** chance.uniform(-1.5, 0)
    if chance.random() < 0.8:
        loud = float(np.sqrt(np.mean(samples**2))) * float(np.abs(whole).max() or 1)
        whole = whole + noise(len(whole), chance) * loud * 10 ** (-chance.uniform(8, 35) / 20)
    return np.clip(whole, -1, 1).astype(np.float32), before


def noise(count: int, chance: Chance) -> Samples:
    """Noise of a drawn colour, from white to brown; its mean square is one."""
    whole = 1 << max(1, count - 1).bit_length()  # such lengths are quick to transform
    spectrum = np.fft.rfft(chance.standard_normal(whole))
    pitch = np.arange(len(spectrum), dtype=np.float64)
    pitch[0] = 1
    coloured = np.fft.irfft(spectrum / pitch ** chance.uniform(0, 1), whole)[:count]
    return np.asarray(coloured / (np.sqrt(np.mean(coloured**2)) or 1), np.float32)


def without_speech(count: int, chance: Chance) -> Samples:
    """Silence, noise, or chords as music has them."""
    kind = chance.integers(3)
    if kind == 0:
        return np.zeros(count, np.float32)
    if kind == 1:
        return noise(count, chance) * np.float32(10 ** chance.uniform(-3, -0.7))
    return music(count, chance)


def music(count: int, chance: Chance) -> Samples:
    """Chords of plucked tones, three or four in a second."""
    made = np.zeros(count)
    step = int(RATE / chance.uniform(2.5, 4.5))
    for start in range(0, count, step):
        time = np.arange(min(2 * step, count - start)) / RATE
        for interval in chance.choice((0, 3, 4, 5, 7, 9, 12), 3, replace=False):
            pitch = 220 * 2 ** ((int(interval) + int(chance.integers(-5, 8))) / 12)
            tone = sum(np.sin(2 * np.pi * pitch * part * time) / part for part in (1, 2, 3))
            made[start : start + len(time)] += tone * np.exp(-4 * time)
    return (made / (np.abs(made).max() or 1) * 10 ** chance.uniform(-1.5, -0.1)).astype(np.float32)
