"""The server's voices: espeak-ng, Piper, and a server that speaks."""

from __future__ import annotations

import io
import json
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from app.answering.answer import Language
from app.speech.read_aloud import ReadAloud, ReadingLimits, VoicesBusyError
from app.speech.spoken import Sentence, sentences_of
from app.speech.voices import (
    EspeakVoice,
    Speed,
    VoiceFailedError,
    VoiceUnavailableError,
    mp3,
    voices_of,
)

FEE = sentences_of("Nộp qua mạng: 7.000 đồng/lần.\nThời hạn: 3 ngày làm việc.", Language.VI)
HELLO = sentences_of("The fee is 7.000 đồng.", Language.EN)


@dataclass(frozen=True)
class Heard:
    """A recording decoded."""

    seconds: float
    rate: int
    loudest: float
    """From 0 to 1."""


def heard(recording: bytes) -> Heard:
    with av.open(io.BytesIO(recording), "r", format="mp3") as container:
        stream = container.streams.audio[0]
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        sound = np.concatenate(frames, axis=1)
        assert stream.codec_context.layout.name == "mono"
        return Heard(sound.shape[1] / stream.rate, stream.rate, float(np.abs(sound).max()))


@pytest.fixture(scope="module")
def espeak() -> EspeakVoice:
    if not EspeakVoice.installed():
        pytest.skip("pip install 'hoixa[speak]'")
    return EspeakVoice()


def test_espeak_reads_in_both_languages(espeak: EspeakVoice) -> None:
    recording = espeak.read((*FEE, *HELLO), Speed.NORMAL, 20)

    sound = heard(recording)
    assert 4 < sound.seconds < 20
    assert sound.rate == 22_050
    assert sound.loudest > 0.1
    assert len(recording) / sound.seconds < 4200, "32 kbit/s: cheap enough for a slow network"


def test_slower_takes_longer(espeak: EspeakVoice) -> None:
    normal, slow = (heard(espeak.read(FEE, speed, 20)).seconds for speed in Speed)

    assert slow > 1.2 * normal


def test_a_voice_that_takes_too_long_is_stopped(espeak: EspeakVoice) -> None:
    with pytest.raises(VoiceFailedError, match=r"after 0\.001 seconds"):
        espeak.read(FEE, Speed.NORMAL, 0.001)


def test_espeak_has_the_voice_of_the_middle_of_the_country(espeak: EspeakVoice) -> None:
    (central,) = voices_of("espeak-ng", "vi-vn-x-central", "", "")

    assert heard(central.read(FEE, Speed.NORMAL, 20)).loudest > 0.1
    with pytest.raises(VoiceUnavailableError, match="no voice xx"):
        voices_of("espeak-ng", "xx", "", "")


def test_silence_is_no_recording() -> None:
    with pytest.raises(VoiceFailedError):
        mp3(bytes(2000), 22_050)


@pytest.mark.parametrize("setting", ["giong-nu", "/khong/co/giong.onnx"])
def test_a_voice_that_is_not_there_is_said_at_start(setting: str) -> None:
    with pytest.raises(VoiceUnavailableError, match="VOICE"):
        voices_of(setting, "", "", "")


def test_no_voice_can_be_asked_for() -> None:
    assert voices_of("none", "", "", "") == ()


def _field(number: int, value: int | bytes) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _hum() -> bytes:
    """A network with a Piper voice's inputs whose output hums each sound's number 512 times."""
    float_, int_ = 1, 7

    def value(name: bytes, kind: int, *sizes: int) -> bytes:
        dims = b"".join(_field(1, _field(1, size) if size else _field(2, b"n")) for size in sizes)
        tensor = _field(1, kind) + _field(2, dims)
        return _field(1, name) + _field(2, _field(1, tensor))

    def node(kind: bytes, taken: list[bytes], made: bytes, attribute: bytes = b"") -> bytes:
        names = b"".join(_field(1, name) for name in taken)
        return names + _field(2, made) + _field(4, kind) + attribute

    to_float = _field(5, _field(1, b"to") + _field(3, float_) + _field(20, 2))
    scale = _field(2, float_) + _field(8, b"scale") + _field(9, struct.pack("<f", 0.005))
    times = _field(1, 2) + _field(2, int_) + _field(8, b"times")
    times += _field(9, struct.pack("<2q", 1, 512))
    graph = b"".join(
        [
            _field(1, node(b"Cast", [b"input"], b"sounds", to_float)),
            _field(1, node(b"Mul", [b"sounds", b"scale"], b"quiet")),
            _field(1, node(b"Tile", [b"quiet", b"times"], b"output")),
            _field(2, b"hum"),
            _field(5, scale),
            _field(5, times),
            _field(11, value(b"input", int_, 1, 0)),
            _field(11, value(b"input_lengths", int_, 1)),
            _field(11, value(b"scales", float_, 3)),
            _field(12, value(b"output", float_, 1, 0)),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, 15))


@pytest.fixture(scope="module")
def humming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole, if poor, Piper voice."""
    pytest.importorskip("piper", reason="pip install 'hoixa[piper]'")
    model = tmp_path_factory.mktemp("piper") / "hum.onnx"
    model.write_bytes(_hum())
    sounds = "_^$ abcdefghijklmnopqrstuvwxyzɔəɛɪʊŋɲɣʂʈʐɗɓɯɤăâ1234567ˈˌː."
    described = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "vi"},
        "inference": {"noise_scale": 0.6, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "num_symbols": len(sounds),
        "num_speakers": 1,
        "phoneme_id_map": {sound: [number] for number, sound in enumerate(sounds)},
    }
    model.with_name("hum.onnx.json").write_text(json.dumps(described), encoding="utf-8")
    return model


def test_a_piper_voice_reads_vietnamese(humming: Path) -> None:
    piper = voices_of(str(humming), "", "", "")[0]

    sound = heard(piper.read(FEE, Speed.NORMAL, 60))

    assert piper.languages == {Language.VI}
    assert sound.rate == 16_000
    assert sound.seconds > 1
    assert sound.loudest > 0.05


def test_a_piper_voice_without_its_description_is_said_at_start(
    humming: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(humming.read_bytes())

    with pytest.raises(VoiceUnavailableError, match=r"alone\.onnx\.json"):
        voices_of(str(alone), "", "", "")


@dataclass
class Speaking:
    """A server that speaks, and what it was asked."""

    address: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def speaking(body: bytes, status: int = 200) -> Iterator[Speaking]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            told.asked.append({"path": self.path, **json.loads(self.rfile.read(length))})
            told.keys.append(self.headers["Authorization"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told = Speaking(f"http://127.0.0.1:{server.server_port}/v1")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield told
        server.shutdown()
        thread.join()


def _tone() -> bytes:
    wave = np.sin(np.arange(22_050) / 20) * 9000
    return mp3(wave.astype("<i2").tobytes(), 22_050)


def test_a_server_is_asked_as_openai_describes_it() -> None:
    with speaking(_tone()) as server:
        (voice,) = voices_of(server.address, "co-giao", "giong-1", "bi-mat")
        recording = voice.read(FEE, Speed.SLOW, 20)

    assert heard(recording).seconds > 0.9
    assert server.keys == ["Bearer bi-mat"]
    assert server.asked == [
        {
            "path": "/v1/audio/speech",
            "model": "giong-1",
            "voice": "co-giao",
            "input": "Nộp qua mạng: bảy nghìn đồng một lần. Thời hạn: ba ngày làm việc.",
            "response_format": "mp3",
            "speed": 0.75,
        }
    ]


@pytest.mark.parametrize(
    ("body", "status"), [(b"<html>", 200), (b"", 200), (b"ID3", 500), (b"ID3", 401)]
)
def test_what_a_server_says_amiss_is_a_failure(body: bytes, status: int) -> None:
    with speaking(body, status) as server, pytest.raises(VoiceFailedError):
        voices_of(server.address, "", "tts-1", "")[0].read(FEE, Speed.NORMAL, 20)


def test_a_server_that_is_away_is_a_failure() -> None:
    with pytest.raises(VoiceFailedError):
        voices_of("http://127.0.0.1:9/v1", "", "tts-1", "")[0].read(FEE, Speed.NORMAL, 5)


class Whispering:
    """A voice that counts, and waits where it is told to."""

    languages = frozenset({Language.VI})

    def __init__(self, name: str = "a", wait: threading.Event | None = None) -> None:
        self.name = name
        self.wait = wait
        self.began = threading.Event()
        self.read_out: list[str] = []

    def read(self, sentences: Any, speed: Speed, seconds: float) -> bytes:
        self.read_out.append(" ".join(sentence.text for sentence in sentences))
        self.began.set()
        assert self.wait is None or self.wait.wait(30)
        return b"x" * 100


def vietnamese(*texts: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(text, Language.VI) for text in texts)


def test_what_was_read_is_kept_and_the_oldest_is_forgotten() -> None:
    voice = Whispering()
    aloud = ReadAloud([voice], ReadingLimits(cache_bytes=250))

    for text in ("một", "hai", "một", "ba", "một", "hai"):
        aloud.recording(vietnamese(text), Speed.NORMAL)

    assert voice.read_out == ["một", "hai", "ba", "hai"]


def test_without_room_nothing_is_kept() -> None:
    voice = Whispering()
    aloud = ReadAloud([voice], ReadingLimits(cache_bytes=0))

    for _ in range(2):
        aloud.recording(vietnamese("một"), Speed.NORMAL)

    assert len(voice.read_out) == 2


def test_only_so_many_are_read_at_once() -> None:
    go_on = threading.Event()
    voice = Whispering(wait=go_on)
    aloud = ReadAloud([voice], ReadingLimits(at_once=1))
    first = threading.Thread(target=aloud.recording, args=(vietnamese("một"), Speed.NORMAL))
    first.start()
    assert voice.began.wait(30)

    with pytest.raises(VoicesBusyError):
        aloud.recording(vietnamese("hai"), Speed.NORMAL)
    go_on.set()
    first.join()

    assert aloud.recording(vietnamese("hai"), Speed.NORMAL)


def test_what_is_asked_for_twice_at_once_is_read_once() -> None:
    again: list[Future[bytes]] = []

    class Asked(Whispering):
        def read(self, sentences: Any, speed: Speed, seconds: float) -> bytes:
            again.append(pool.submit(aloud.recording, vietnamese("một"), Speed.NORMAL))
            pool.submit(aloud.can_read, FEE).result()  # the one place of the pool is taken
            return super().read(sentences, speed, seconds)

    voice = Asked()
    aloud = ReadAloud([voice], ReadingLimits(at_once=1, cache_bytes=0))
    with ThreadPoolExecutor(2) as pool:
        first = aloud.recording(vietnamese("một"), Speed.NORMAL)

        assert again[0].result() == first
    assert voice.read_out == ["một"]


def test_of_a_long_text_the_beginning_is_read() -> None:
    voice = Whispering()
    aloud = ReadAloud([voice], ReadingLimits(characters=10))

    aloud.recording(vietnamese("một hai.", "ba bốn.", "năm."), Speed.NORMAL)

    assert voice.read_out == ["một hai. Phần còn lại ở trên trang."]


def test_a_recording_is_named_by_text_voice_and_speed() -> None:
    one = vietnamese("một")
    aloud, other = ReadAloud([Whispering("a")]), ReadAloud([Whispering("b")])

    names = {
        aloud.key(one, Speed.NORMAL),
        aloud.key(one, Speed.SLOW),
        aloud.key(vietnamese("hai"), Speed.NORMAL),
        other.key(one, Speed.NORMAL),
    }

    assert len(names) == 4
    assert aloud.key(one, Speed.NORMAL) == aloud.key(vietnamese("một"), Speed.NORMAL)


def test_a_text_is_read_by_a_voice_that_knows_all_its_languages() -> None:
    aloud = ReadAloud([Whispering()])

    assert aloud.can_read(FEE)
    assert not aloud.can_read((*FEE, *HELLO))
    assert not aloud.can_read(())
