"""The voices of the server: espeak-ng, a Piper voice, or a server that speaks."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

import httpx
import numpy as np

from app.answering.answer import Language
from app.speech.espeak import RATE
from app.speech.spoken import Sentence

_KEPT: Final = ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")
_BITS_PER_SECOND: Final = 32_000
"""MP3 of speech: half of this sounds like a bad line; twice of it costs and adds nothing."""
_FRAME: Final = 1152
_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of a server's answer; at 128 kbit/s a quarter of an hour."""
_SLOWER: Final = 0.75
NONE: Final = "none"
ESPEAK: Final = "espeak-ng"


class Speed(StrEnum):
    """How fast is read."""

    NORMAL = "normal"
    SLOW = "slow"


class VoiceUnavailableError(Exception):
    """The voice that the settings name cannot be used."""


class VoiceFailedError(Exception):
    """A voice did not read a text, or not in time."""


class Voice(Protocol):
    """Somebody who reads aloud."""

    name: str
    """Changes with whatever changes what is heard."""
    languages: frozenset[Language]

    def read(self, sentences: Sequence[Sentence], speed: Speed, seconds: float) -> bytes:
        """The sentences as MP3, within so many seconds.

        Raises:
            VoiceFailedError: when it does not.
        """
        ...


class EspeakVoice:
    """espeak-ng from the extra ``speak``, in a process of its own for each reading."""

    languages = frozenset(Language)
    _WORDS_PER_MINUTE: Final = 155

    def __init__(self, vietnamese: str = "") -> None:
        """``vietnamese`` is ``vi``, ``vi-vn-x-central`` or ``vi-vn-x-south``.

        Raises:
            VoiceUnavailableError: when the extra is not installed or has no such voice.
        """
        if not EspeakVoice.installed():
            raise VoiceUnavailableError(
                "VOICE là espeak-ng nhưng chưa cài: pip install 'hoixa[speak]'"
            )
        self._voices = {Language.VI: vietnamese or "vi", Language.EN: "en"}
        self.name = f"espeak-ng {self._voices[Language.VI]}"
        if vietnamese:
            try:
                self.read([Sentence("một", Language.VI)], Speed.NORMAL, 20)
            except VoiceFailedError as error:
                raise VoiceUnavailableError(f"VOICE_NAME={vietnamese}: {error}") from error

    @staticmethod
    def installed() -> bool:
        """Whether the library is there."""
        return importlib.util.find_spec("espeakng_loader") is not None

    def read(self, sentences: Sequence[Sentence], speed: Speed, seconds: float) -> bytes:
        """See ``Voice``."""
        slower = _SLOWER if speed is Speed.SLOW else 1
        asked = {
            "words_per_minute": round(self._WORDS_PER_MINUTE * slower),
            "say": [(self._voices[each.language], each.text) for each in sentences],
        }
        sound = _spoken_by(["-m", "app.speech.espeak"], json.dumps(asked).encode(), seconds)
        return mp3(sound, RATE)


class PiperVoice:
    """A Piper voice, a file ``….onnx`` with its ``….onnx.json``, read by the extra ``piper``."""

    languages = frozenset({Language.VI})

    def __init__(self, model: Path) -> None:
        """Check that the voice is whole.

        Raises:
            VoiceUnavailableError: when a file or the extra is missing.
        """
        described = model.with_name(f"{model.name}.json")
        if importlib.util.find_spec("piper") is None:
            raise VoiceUnavailableError(
                "VOICE là một giọng Piper nhưng chưa cài Piper: pip install 'hoixa[piper]'"
            )
        if not model.is_file():
            raise VoiceUnavailableError(f"VOICE: không có tệp {model}")
        try:
            told = json.loads(described.read_text(encoding="utf-8"))
            self._rate = int(told["audio"]["sample_rate"])
            self._length = float(told.get("inference", {}).get("length_scale", 1))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise VoiceUnavailableError(f"VOICE: không đọc được {described}") from error
        self._model = model.resolve()
        self.name = f"piper {model.name} {model.stat().st_mtime_ns}"

    def read(self, sentences: Sequence[Sentence], speed: Speed, seconds: float) -> bytes:
        """See ``Voice``."""
        length = self._length / (_SLOWER if speed is Speed.SLOW else 1)
        program = ["-m", "piper", "--model", str(self._model), "--output-raw"]
        program += ["--length-scale", f"{length:.3f}", "--sentence-silence", "0.35"]
        text = " ".join(each.text for each in sentences)
        return mp3(_spoken_by(program, text.encode(), seconds), self._rate)


class SpeechServer:
    """A server with OpenAI's ``POST /v1/audio/speech``."""

    languages = frozenset(Language)

    def __init__(self, address: str, model: str, voice: str, key: str) -> None:
        """``address`` ends before ``/audio/speech``, as in ``http://127.0.0.1:8880/v1``."""
        self._address = f"{address.rstrip('/')}/audio/speech"
        self._model, self._voice, self._key = model, voice, key
        self.name = f"{self._address} {model} {voice}"

    def read(self, sentences: Sequence[Sentence], speed: Speed, seconds: float) -> bytes:
        """See ``Voice``."""
        asked = {
            "model": self._model,
            "voice": self._voice,
            "input": " ".join(each.text for each in sentences),
            "response_format": "mp3",
            "speed": _SLOWER if speed is Speed.SLOW else 1,
        }
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        taken = bytearray()
        try:
            with httpx.stream(
                "POST", self._address, json=asked, headers=headers, timeout=seconds
            ) as response:
                response.raise_for_status()
                for piece in response.iter_bytes():
                    taken += piece
                    if len(taken) > _MOST_BYTES:
                        raise VoiceFailedError("the server's recording is too large")
        except httpx.HTTPError as error:
            raise VoiceFailedError(str(error) or type(error).__name__) from error
        if taken[:3] != b"ID3" and not (taken[:1] == b"\xff" and taken[1:2] >= b"\xe0"):
            raise VoiceFailedError("the server's answer is no MP3")
        return bytes(taken)


def voices_of(setting: str, name: str, model: str, key: str) -> tuple[Voice, ...]:
    """The voices that the settings ask for, the first that knows a language reads it.

    Raises:
        VoiceUnavailableError: when a voice that is named cannot be used.
    """
    if setting == NONE:
        return ()
    if setting.startswith(("http://", "https://")):
        return (SpeechServer(setting, model, name, key),)
    own = (EspeakVoice(name),) if setting == ESPEAK or EspeakVoice.installed() else ()
    if setting.endswith(".onnx"):
        return (PiperVoice(Path(setting)), *own)
    if setting not in ("", ESPEAK):
        raise VoiceUnavailableError(
            f"VOICE={setting}: phải là {ESPEAK}, {NONE}, tệp .onnx của Piper hoặc địa chỉ http"
        )
    return own


def mp3(sound: bytes, rate: int) -> bytes:
    """Samples of one channel, 16 bits, as MP3: every telephone plays it, old ones too."""
    import av  # FFmpeg's libraries: only for who listens

    samples = np.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2")
    if not samples.any():
        raise VoiceFailedError("nothing was said")
    written = io.BytesIO()
    with av.open(written, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout="mono")
        stream.bit_rate = _BITS_PER_SECOND
        for start in range(0, len(samples), _FRAME):
            piece = samples[None, start : start + _FRAME].copy()
            frame = av.AudioFrame.from_ndarray(piece, format="s16p", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return written.getvalue()


def _spoken_by(program: list[str], text: bytes, seconds: float) -> bytes:
    """What a Python program writes to stdout for a text, within so many seconds."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - programs of ours and of the extras, no shell
            [sys.executable, "-P", *program],
            input=text,
            capture_output=True,
            timeout=seconds,
            check=True,
            env={
                **kept,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "PYTHONUTF8": "1",
                "OMP_NUM_THREADS": "1",
            },
        )
    except subprocess.TimeoutExpired as error:
        raise VoiceFailedError(f"not done after {seconds:g} seconds") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise VoiceFailedError("".join(last) or f"ended with {error.returncode}") from error
    return done.stdout
