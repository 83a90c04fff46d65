"""From speech to words: openai-whisper in this process, or a transcription server.

Whisper gets arrays, never a path; every window is decoded by itself, so nothing that was made up in
one is carried into the next.
"""

from __future__ import annotations

import io
import json
import logging
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol
from urllib.parse import urlsplit

import httpx
import numpy as np

from app.speech.recording import RATE, Sound
from app.speech.refusals import NotTranscribedError, Refusal

if TYPE_CHECKING:
    from whisper.decoding import DecodingResult

log = logging.getLogger(__name__)

LANGUAGE: Final = "vi"

_TEMPERATURES: Final = (0.0, 0.4)
"""The second is tried once, where the likeliest words go in circles or are hardly likely."""
MOST_COMPRESSION: Final = 2.4
LEAST_LOG_PROBABILITY: Final = -1.0
"""Whisper's own limits for a window that went wrong (its ``transcribe.py``)."""

_HOP: Final = 160
_PROMPT_TOKENS: Final = 120
"""Of Whisper's 223: a longer list of terms is said back where little is heard."""
_TOKENS_A_SECOND: Final = 14
"""Fast Vietnamese has seven syllables a second, of two tokens each."""
_SPARE_TOKENS: Final = 16
_MARGIN_SECONDS: Final = 1.0
"""Whisper wants some silence behind the last word."""
_MULTILINGUAL: Final = 51_865
"""Tokens that a model for all languages knows at least; those for English know one less."""

_ANSWER_BYTES: Final = 1_000_000
_PATH: Final = "/audio/transcriptions"


class SpeechEngineUnavailableError(Exception):
    """The engine that the settings name cannot be used."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an engine understood in one window, and how sure it was; None where it does not say."""

    text: str
    log_probability: float | None = None
    """The mean over its tokens."""
    no_speech_probability: float | None = None
    compression: float | None = None
    """How many times smaller zlib makes the text; high where words repeat."""


class Transcriber(Protocol):
    """Something that turns Vietnamese speech into words."""

    engine: ClassVar[str]
    at_once: ClassVar[int]
    """How many recordings it can work on at one time."""

    @property
    def window_seconds(self) -> float:
        """The longest piece of speech it takes at once."""
        ...

    def transcribe(self, windows: Sequence[Sound], prompt: str) -> tuple[Said, ...]:
        """What is said in each window.

        Args:
            windows: speech, each no longer than ``window_seconds``.
            prompt: terms that are likely to come up, between commas.

        Raises:
            NotTranscribedError: when the engine fails or takes too long.
        """
        ...


class WhisperTranscriber:
    """An openai-whisper model in this process; needs the ``voice`` extra.

    Decoding hooks into the model itself, so two recordings at once would mix.

    Args:
        model: one of Whisper's names, fetched at the first start, or the path of a ``.pt`` file.
        threads: processor threads of torch.
        seconds: when they are over, no further window is begun.

    Raises:
        SpeechEngineUnavailableError: when the extra is missing or the model cannot be loaded.
    """

    engine: ClassVar[str] = "whisper"
    at_once: ClassVar[int] = 1

    def __init__(self, model: str, threads: int = 1, seconds: float = 60.0) -> None:
        try:
            import torch
            import whisper
            from whisper import tokenizer
        except ImportError as error:
            raise SpeechEngineUnavailableError(
                "WHISPER_MODEL cần gói mở rộng “voice”. Chạy lại `make run`, hoặc "
                "`pip install torch==2.13.0`, `pip install '.[voice]'` rồi "
                "`pip install --no-deps openai-whisper`."
            ) from error
        torch.set_num_threads(threads)
        self._seconds = seconds
        self._model = _loaded(model, whisper)
        dims = self._model.dims
        if dims.n_vocab < _MULTILINGUAL:
            raise SpeechEngineUnavailableError(
                f"Mô hình “{model}” chỉ biết tiếng Anh. Đặt WHISPER_MODEL là một mô hình đa ngữ "
                "(tên không có đuôi “.en”)."
            )
        self._samples = 2 * dims.n_audio_ctx * _HOP
        self._tokenizer = tokenizer.get_tokenizer(
            multilingual=True,
            num_languages=self._model.num_languages,
            language=LANGUAGE,
            task="transcribe",
        )

    @property
    def window_seconds(self) -> float:
        """The window that the model was trained with, less a little silence at its end."""
        return float(self._samples / RATE - _MARGIN_SECONDS)

    def transcribe(self, windows: Sequence[Sound], prompt: str) -> tuple[Said, ...]:
        """See ``Transcriber``."""
        tokens = self._prompt_tokens(prompt)
        deadline = time.monotonic() + self._seconds
        try:
            return tuple(self._said(window, tokens, deadline) for window in windows)
        except (RuntimeError, MemoryError) as error:  # torch's own errors are RuntimeErrors
            log.exception("Whisper failed")
            raise NotTranscribedError(Refusal.UNAVAILABLE, type(error).__name__) from error

    def _said(self, window: Sound, prompt: list[int], deadline: float) -> Said:
        from whisper.audio import log_mel_spectrogram, pad_or_trim
        from whisper.decoding import DecodingOptions

        dims = self._model.dims
        mel = log_mel_spectrogram(pad_or_trim(window, self._samples), dims.n_mels)
        most = min(dims.n_text_ctx // 2, _SPARE_TOKENS + int(_TOKENS_A_SECOND * len(window) / RATE))
        for temperature in _TEMPERATURES:
            if time.monotonic() > deadline:
                raise NotTranscribedError(Refusal.UNAVAILABLE, "too slow")
            result = self._model.decode(
                mel,
                DecodingOptions(
                    task="transcribe",
                    language=LANGUAGE,
                    temperature=temperature,
                    sample_len=most,
                    prompt=prompt,
                    without_timestamps=True,
                    fp16=False,
                ),
            )
            if not _went_wrong(result):
                break
        return Said(
            result.text, result.avg_logprob, result.no_speech_prob, result.compression_ratio
        )

    def _prompt_tokens(self, prompt: str) -> list[int]:
        """As many of the first terms as there is room for; Whisper itself would keep the last."""
        room = min(_PROMPT_TOKENS, self._model.dims.n_text_ctx // 2 - 1)
        tokens: list[int] = []
        for term in filter(None, prompt.split(", ")):
            more: list[int] = self._tokenizer.encode(f", {term}" if tokens else f" {term}")
            if len(tokens) + len(more) > room:
                break
            tokens += more
        return tokens


def _went_wrong(result: DecodingResult) -> bool:
    repeats: bool = result.compression_ratio > MOST_COMPRESSION
    doubts: bool = result.avg_logprob < LEAST_LOG_PROBABILITY
    return repeats or doubts


def _loaded(model: str, whisper: Any) -> Any:
    """The model on the processor.

    Raises:
        SpeechEngineUnavailableError: with what the operator can do.
    """
    names = whisper.available_models()
    path = Path(model).expanduser()
    if model in names:
        advice = (
            "Máy này phải ra được openaipublic.azureedge.net, hoặc đặt WHISPER_MODEL là đường dẫn "
            "tới tệp .pt đã tải về."
        )
        log.info("loading Whisper's %s; it is fetched the first time", model)
    elif path.is_file():
        model = str(path)
        advice = (
            "Tệp phải là mô hình Whisper dạng .pt của OpenAI (có “dims” và “model_state_dict”). "
            "Kiểm tra WHISPER_MODEL."
        )
    else:
        raise SpeechEngineUnavailableError(
            f"Không có tệp “{model}”, và đó không phải tên mô hình Whisper. Đặt WHISPER_MODEL là "
            f"đường dẫn tới một tệp .pt hoặc một trong các tên: {', '.join(names)}."
        )
    try:
        return whisper.load_model(model, device="cpu")
    except Exception as error:  # a broken file fails in as many ways as pickles and zips have
        raise SpeechEngineUnavailableError(
            f"Không mở được mô hình nghe “{model}”: {_first_line(error)}. {advice}"
        ) from error


def _first_line(error: Exception) -> str:
    words = str(error).strip().split("\n", 1)[0].rstrip(".")
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


class ServerTranscriber:
    """A server that speaks OpenAI's ``/v1/audio/transcriptions``.

    Args:
        url: its address, with or without the path behind ``/v1``.
        model: the model to ask for.
        key: sent as a bearer token; empty for none.
        seconds: how long an answer may take.

    Raises:
        SpeechEngineUnavailableError: when the address is none of the web.
    """

    engine: ClassVar[str] = "server"
    at_once: ClassVar[int] = 4

    def __init__(self, url: str, model: str, key: str = "", seconds: float = 60.0) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise SpeechEngineUnavailableError(
                "SPEECH_URL phải là địa chỉ http:// hoặc https:// của máy chủ nhận dạng tiếng nói, "
                "chẳng hạn http://127.0.0.1:8000/v1."
            )
        self._url = url if parts.path.endswith(_PATH) else url.rstrip("/") + _PATH
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._seconds = seconds
        self._form = "verbose_json"
        """How the answer comes; servers that do not know this one get plain ``json``."""

    @property
    def window_seconds(self) -> float:
        """An hour: it cuts recordings by itself."""
        return 3600.0

    def transcribe(self, windows: Sequence[Sound], prompt: str) -> tuple[Said, ...]:
        """See ``Transcriber``."""
        if not windows:
            return ()
        recording = _wav(np.concatenate(windows))
        try:
            status, answer = self._post(recording, prompt)
            if status in (400, 422) and self._form != "json":
                self._form = "json"
                status, answer = self._post(recording, prompt)
            if status != httpx.codes.OK:
                raise NotTranscribedError(Refusal.UNAVAILABLE, f"status {status}")
            return _said_by_server(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotTranscribedError(Refusal.UNAVAILABLE, type(error).__name__) from error

    def _post(self, recording: bytes, prompt: str) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._seconds
        answer = bytearray()
        with (
            httpx.Client(timeout=self._seconds, follow_redirects=False) as client,
            client.stream(
                "POST",
                self._url,
                headers=self._headers,
                data={
                    "model": self._model,
                    "language": LANGUAGE,
                    "response_format": self._form,
                    "temperature": "0",
                    "prompt": prompt,
                },
                files={"file": ("question.wav", recording, "audio/wav")},
            ) as response,
        ):
            for piece in response.iter_bytes():
                answer += piece
                if len(answer) > _ANSWER_BYTES or time.monotonic() > deadline:
                    raise NotTranscribedError(Refusal.UNAVAILABLE, "too slow or too much")
            return response.status_code, bytes(answer)


def _wav(sound: Sound) -> bytes:
    """The sound as a WAV file of 16 bits."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return written.getvalue()


def _said_by_server(answer: bytes) -> tuple[Said, ...]:
    try:
        told = json.loads(answer)
        parts = told.get("segments") or [told]
        return tuple(
            Said(
                str(part["text"]),
                _number(part.get("avg_logprob")),
                _number(part.get("no_speech_prob")),
                _number(part.get("compression_ratio")),
            )
            for part in parts
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotTranscribedError(Refusal.UNAVAILABLE, "no transcript") from error


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
