"""From the bytes of a recording to sound: a fixed list of containers and codecs, nothing else.

PyAV brings FFmpeg's libraries, which read hundreds of formats, some of which name other files to
read. So the first bytes choose one of five containers, the demuxer is told that one and not asked
to guess, opening anything beside the given bytes is refused, and decoding stops at the limit. All
of it runs in a process of its own: see ``worker.py``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from app.speech.refusals import NotTranscribedError, Refusal

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

Sound = NDArray[np.float32]
"""One channel at ``RATE``, one number a sample, between -1 and 1."""

RATE: Final = 16_000
"""Samples a second that voice detection and Whisper want."""

SPARE_SECONDS: Final = 1.0
"""A page stops recording at the limit, give or take a timer and a last packet."""

_CODECS = frozenset(
    (
        *("opus", "libopus", "vorbis", "libvorbis", "aac", "aac_fixed", "alac"),
        *("mp3", "mp3float", "mp2", "mp2float", "amrnb", "amrwb"),
        *("pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s32le", "pcm_f32le"),
        *("pcm_alaw", "pcm_mulaw"),
    )
)
"""What telephones and browsers put into those containers. FLAC is not among them: half a megabyte
of it can hold an hour of nothing."""

_OPTIONS = {
    "codec_whitelist": ",".join(sorted(_CODECS)),
    "protocol_whitelist": "none",
    "max_streams": "8",
    "probesize": "500000",
    "analyzeduration": "5000000",
    "use_absolute_path": "0",
    "enable_drefs": "0",
}
_MPEG_SYNC = 0xE0
_MPEG_LAYER = 0x06
_RATES = range(4_000, 192_001)
_MOST_CHANNELS = 8
_MOST_CHANGES = 50
"""Of the rate or the channels within a recording; each makes a new resampler."""


def container_of(data: bytes) -> str | None:
    """The demuxer for the container that these first bytes begin; None for any other."""
    if data.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if data[4:8] == b"ftyp":
        return "mov"
    if data.startswith(b"OggS"):
        return "ogg"
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return "wav"
    if data.startswith(b"ID3") or (
        len(data) > 1
        and data[0] == 0xFF
        and data[1] & _MPEG_SYNC == _MPEG_SYNC
        and data[1] & _MPEG_LAYER
    ):
        return "mp3"
    return None


def decode(data: bytes, most_seconds: float) -> Sound:
    """The sound of a recording; of a damaged one, what can still be heard.

    Raises:
        NotTranscribedError: empty, unreadable, or longer than ``most_seconds``.
    """
    if not data:
        raise NotTranscribedError(Refusal.EMPTY)
    container = container_of(data)
    if container is None:
        raise NotTranscribedError(Refusal.UNREADABLE, "no container of ours")
    import av

    most = int((most_seconds + SPARE_SECONDS) * RATE)
    pieces: list[Sound] = []
    total = 0
    try:
        with av.open(
            io.BytesIO(data),
            "r",
            format=container,
            options=_OPTIONS,
            io_open=_nothing_else,
            metadata_errors="ignore",
        ) as opened:
            for piece in _resampled(_frames(opened)):
                total += len(piece)
                if total > most:
                    raise NotTranscribedError(Refusal.TOO_LONG)
                pieces.append(piece)
    except (av.FFmpegError, ValueError, IndexError, LookupError) as error:
        # the last three: what PyAV itself says of streams that make no sense
        if not total:
            raise NotTranscribedError(Refusal.UNREADABLE, type(error).__name__) from error
    if not total:
        raise NotTranscribedError(Refusal.EMPTY, "no samples")
    sound: Sound = np.concatenate(pieces)
    return np.clip(np.nan_to_num(sound), -1.0, 1.0)


def _nothing_else(url: str, flags: int, options: object) -> object:
    raise PermissionError("a recording is read from its own bytes only")


def _frames(opened: InputContainer) -> Iterator[AudioFrame]:
    """The frames of the first audio stream; packets that cannot be decoded are left out."""
    import av

    if not opened.streams.audio:
        raise NotTranscribedError(Refusal.UNREADABLE, "no sound track")
    stream = opened.streams.audio[0]
    if stream.codec_context.name not in _CODECS:  # the option above counts for probing alone
        raise NotTranscribedError(Refusal.UNREADABLE, "no codec of ours")
    stream.codec_context.thread_count = 1
    for packet in opened.demux(stream):
        try:
            yield from packet.decode()
        except av.InvalidDataError:
            continue


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[Sound]:
    """Pieces of sound at our rate, in one channel."""
    from av.audio.resampler import AudioResampler

    shape: tuple[str, str, int] | None = None
    resampler: AudioResampler | None = None
    changes = 0
    for frame in frames:
        if frame.sample_rate not in _RATES or not 1 <= frame.layout.nb_channels <= _MOST_CHANNELS:
            raise NotTranscribedError(Refusal.UNREADABLE, "rate or channels")
        seen = (frame.format.name, frame.layout.name, frame.sample_rate)
        if seen != shape:
            if resampler is not None:
                yield from _samples(resampler.resample(None))
            changes += 1
            if changes > _MOST_CHANGES:
                raise NotTranscribedError(Refusal.UNREADABLE, "changes too often")
            shape, resampler = seen, AudioResampler("fltp", frame.layout, RATE)
        assert resampler is not None
        frame.pts = None  # gaps between packets are not filled
        yield from _samples(resampler.resample(frame))
    if resampler is not None:
        yield from _samples(resampler.resample(None))


def _samples(frames: list[AudioFrame]) -> Iterator[Sound]:
    for frame in frames:
        # the mean: FFmpeg's own mix of two like channels is 1.4 times too loud and is clipped
        yield frame.to_ndarray().mean(axis=0, dtype=np.float32)
