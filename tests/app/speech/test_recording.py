"""What is opened, what is refused, and that nothing else is read."""

from __future__ import annotations

import io
import struct
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from app.speech.recording import RATE, container_of, decode
from app.speech.refusals import NotTranscribedError, Refusal
from tests.app.speech.sounds import likeness, noise, recorded, resampled, speech, tone

FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


@pytest.mark.parametrize(
    ("container", "codec", "rate", "channels", "options", "alike"),
    [
        pytest.param("webm", "libopus", 48_000, 1, {}, 0.95, id="Android's Chrome"),
        pytest.param("webm", "libopus", 48_000, 2, {}, 0.95, id="WebM in stereo"),
        pytest.param("matroska", "pcm_s16le", 16_000, 1, {}, 0.99, id="Chrome's PCM"),
        pytest.param("mp4", "aac", 44_100, 1, FRAGMENTED, 0.95, id="iOS Safari"),
        pytest.param("mp4", "aac", 48_000, 2, {}, 0.95, id="MP4 in stereo"),
        pytest.param("ipod", "alac", 44_100, 1, {}, 0.99, id="iOS Voice Memos, lossless"),
        pytest.param("mp4", "aac", 8_000, 1, {}, 0.9, id="an old recorder"),
        pytest.param("ogg", "libopus", 16_000, 1, {}, 0.95, id="Firefox and Zalo"),
        pytest.param("ogg", "libopus", 48_000, 2, {}, 0.95, id="Ogg in stereo"),
        pytest.param("wav", "pcm_s16le", 8_000, 1, {}, 0.9, id="WAV of a telephone line"),
        pytest.param("wav", "pcm_s16le", 44_100, 2, {}, 0.99, id="WAV in stereo"),
        pytest.param("wav", "pcm_f32le", 48_000, 1, {}, 0.99, id="WAV of floats"),
        pytest.param("mp3", "libmp3lame", 22_050, 1, {}, 0.95, id="MP3"),
    ],
)
def test_recordings_of_phones_are_heard_as_they_were_made(
    container: str, codec: str, rate: int, channels: int, options: dict[str, str], alike: float
) -> None:
    meant = speech()
    data = recorded(meant, container, codec, rate, channels, options)

    heard = decode(data, 60)

    assert heard.dtype == np.float32
    assert heard.ndim == 1
    assert len(heard) / RATE == pytest.approx(len(meant) / RATE, abs=0.25)
    # at 8 kHz only what such a recording can hold is compared
    kept = resampled(resampled(meant, RATE, rate), rate, RATE) if rate < RATE else meant
    assert likeness(heard, kept) > alike
    assert np.linalg.norm(heard) == pytest.approx(np.linalg.norm(kept), rel=0.1)


def test_loud_stereo_is_mixed_without_being_clipped() -> None:
    loud = tone() * 3

    heard = decode(recorded(loud, "wav", "pcm_s16le", 16_000, 2), 60)

    assert likeness(heard, loud) > 0.999


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.99])
@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("webm", "libopus", {}),
        ("ogg", "libopus", {}),
        ("mp4", "aac", FRAGMENTED),
        ("wav", "pcm_s16le", {}),
    ],
)
def test_of_a_recording_that_broke_off_is_heard_what_came(
    container: str, codec: str, options: dict[str, str], kept: float
) -> None:
    meant = tone(seconds=6)
    rate = 16_000 if codec == "pcm_s16le" else 48_000
    data = recorded(meant, container, codec, rate, options=options)

    heard = decode(data[: int(len(data) * kept)], 60)

    assert len(heard) / RATE == pytest.approx(6 * kept, abs=2)


def test_damaged_packets_are_left_out() -> None:
    data = bytearray(recorded(speech()))
    for at in range(len(data) // 3, len(data) // 2, 97):
        data[at] ^= 0x5A

    heard = decode(bytes(data), 60)

    assert len(heard) > RATE


def refusal_of(data: bytes, seconds: float = 60) -> Refusal:
    with pytest.raises(NotTranscribedError) as caught:
        decode(data, seconds)
    return caught.value.refusal


def zipped() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("word/document.xml", "<a/>")
    return written.getvalue()


def no_sound_track() -> bytes:
    import av

    written = io.BytesIO()
    with av.open(written, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=5)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = 16
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    return written.getvalue()


def wav_head(rate: int, channels: int, samples: bytes) -> bytes:
    block = channels * 2
    form = struct.pack("<HHIIHH", 1, channels, rate, (rate * block) % 2**32, block % 2**16, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(samples))
    return b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVE" + chunks + samples


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(b"", Refusal.EMPTY, id="nothing"),
        pytest.param(zipped(), Refusal.UNREADABLE, id="a ZIP"),
        pytest.param(b"\x1aE\xdf\xa3" + bytes(5000), Refusal.UNREADABLE, id="a WebM's first bytes"),
        pytest.param(b"\0\0\0\x18ftypmp42" + bytes(500), Refusal.UNREADABLE, id="an MP4's"),
        pytest.param(b"OggS" + bytes(500), Refusal.UNREADABLE, id="an Ogg's"),
        pytest.param(b"ID3\x04" + b"\xff" * 500, Refusal.UNREADABLE, id="an MP3's"),
        pytest.param(b"%PDF-1.7\n" + bytes(500), Refusal.UNREADABLE, id="a PDF"),
        pytest.param("Làm khai sinh ở đâu?".encode(), Refusal.UNREADABLE, id="a text"),
        pytest.param(recorded(tone(), "flac", "flac", 16_000), Refusal.UNREADABLE, id="FLAC"),
        pytest.param(
            recorded(tone(), "matroska", "flac", 16_000), Refusal.UNREADABLE, id="FLAC in WebM"
        ),
        pytest.param(no_sound_track(), Refusal.UNREADABLE, id="a film without sound"),
        pytest.param(wav_head(2**31, 1, bytes(400)), Refusal.UNREADABLE, id="2 GHz"),
        pytest.param(wav_head(16_000, 255, bytes(51_000)), Refusal.UNREADABLE, id="255 channels"),
        pytest.param(wav_head(1, 1, bytes(400)), Refusal.UNREADABLE, id="1 Hz"),
        pytest.param(wav_head(16_000, 1, b""), Refusal.EMPTY, id="a WAV of no samples"),
    ],
)
def test_what_is_no_recording_is_refused(data: bytes, refusal: Refusal) -> None:
    assert refusal_of(data) is refusal


def test_a_recording_is_as_long_as_is_set_give_or_take_a_moment() -> None:
    data = recorded(tone(seconds=12), "wav", "pcm_s16le", 8_000)

    assert len(decode(data, 12)) == 12 * RATE
    assert len(decode(data, 11.5)) == 12 * RATE
    assert refusal_of(data, 10) is Refusal.TOO_LONG


def test_ten_minutes_are_refused_without_being_decoded_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 600))
    seen = 0
    from app.speech import recording

    plain = recording._samples

    def counted(frames: object) -> object:
        nonlocal seen
        for piece in plain(frames):  # type: ignore[arg-type]
            seen += len(piece)
            yield piece

    monkeypatch.setattr(recording, "_samples", counted)

    assert refusal_of(written.getvalue()) is Refusal.TOO_LONG
    assert seen < 70 * RATE


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("#EXTM3U\n#EXTINF:9,\nfile://{path}\n", id="HLS"),
        pytest.param("ffconcat version 1.0\nfile '{path}'\n", id="concat"),
        pytest.param(
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
            "<BaseURL>{path}</BaseURL></Period></MPD>",
            id="DASH",
        ),
        pytest.param("v=0\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n", id="SDP"),
        pytest.param("subfile,,start,0,end,9,,:{path}", id="a protocol"),
    ],
)
@pytest.mark.parametrize("disguise", [b"", b"\x1aE\xdf\xa3", b"ID3\x04\0\0\0\0\0\0", b"OggS"])
def test_a_playlist_in_disguise_reads_no_file(head: str, disguise: bytes, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(recorded(speech(), "wav", "pcm_s16le", 16_000))
    data = disguise + head.format(path=secret).encode()

    assert refusal_of(data) is Refusal.UNREADABLE


def test_an_mp4_that_points_to_another_file_does_not_have_it_read(tmp_path: Path) -> None:
    own = recorded(speech(), "mov", "pcm_s16le", 16_000)
    secret = tmp_path / "secret.mov"
    secret.write_bytes(own)
    # its one reference to data says “in this file”; now it is an alias of that other file
    path = str(secret).encode() + bytes(len(str(secret)) % 2)
    alias = bytes(4) + bytes(10 + 28 + 12 + 64 + 16) + b"\xff\xff\xff\xff" + bytes(16)
    alias += struct.pack(">HH", 2, len(path)) + path + b"\xff\xff\0\0"
    elsewhere = struct.pack(">I", 8 + len(alias)) + b"alis" + alias
    entry = own.index(b"url ", own.index(b"dref")) - 4
    size = struct.unpack(">I", own[entry : entry + 4])[0]
    data = bytearray(own[:entry] + elsewhere + own[entry + size :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = data.rindex(box, 0, entry) - 4
        longer = struct.unpack(">I", data[start : start + 4])[0] + len(elsewhere) - size
        data[start : start + 4] = struct.pack(">I", longer)

    assert refusal_of(bytes(data)) is Refusal.EMPTY


@pytest.mark.parametrize(
    ("first", "container"),
    [
        (b"\x1aE\xdf\xa3", "matroska"),
        (b"\0\0\0\x20ftypisom", "mov"),
        (b"OggS\0\x02", "ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
        (b"ID3\x03", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf1\x50\x80", None),
        (b"RIFF\x24\0\0\0AVI LIST", None),
        (b"fLaC\0", None),
        (b"\xff", None),
    ],
)
def test_the_first_bytes_choose_the_container(first: bytes, container: str | None) -> None:
    assert container_of(first) == container


def test_nothing_heard_lies_outside_the_scale() -> None:
    loud = (noise(1, 3.0) * 4).astype(np.float32)
    loud[100] = np.nan

    heard = decode(recorded(loud, "wav", "pcm_f32le", 16_000), 60)

    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1
