"""Reads answers aloud: only so many at once, each only so long, and none twice."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Final

from app.answering.answer import Language
from app.speech.spoken import Sentence
from app.speech.voices import Speed, Voice

log = logging.getLogger(__name__)

_THE_REST: Final = {
    Language.VI: Sentence("Phần còn lại ở trên trang.", Language.VI),
    Language.EN: Sentence("The rest is on the page.", Language.EN),
}


class VoicesBusyError(Exception):
    """As many readings as are allowed are being made."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading aloud may cost."""

    characters: int = 4000
    """Longest text; of a longer one the beginning is read, to the end of a sentence."""
    seconds: float = 20
    at_once: int = 2
    cache_bytes: int = 16 * 1024 * 1024


class ReadAloud:
    """The server's voices, and the newest recordings in memory; nothing is written to disk."""

    def __init__(self, voices: Sequence[Voice], limits: ReadingLimits | None = None) -> None:
        self._voices = tuple(voices)
        self._limits = limits or ReadingLimits()
        self._places = BoundedSemaphore(self._limits.at_once)
        self._lock = Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._making: dict[str, Future[bytes]] = {}
        """What telephones ask for several times at once is made once."""

    def can_read(self, sentences: Sequence[Sentence]) -> bool:
        """Whether there is a voice for every language of a text."""
        return bool(sentences) and self._voice_for(sentences) is not None

    def key(self, sentences: Sequence[Sentence], speed: Speed) -> str:
        """Names a recording: the same text in the same voice at the same speed."""
        voice = self._voice_for(sentences)
        told = repr((voice and voice.name, speed.value, self._shortened(sentences)))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def recording(self, sentences: Sequence[Sentence], speed: Speed) -> bytes:
        """The text as MP3; ``can_read`` must hold.

        Raises:
            VoicesBusyError: when too many are being made.
            VoiceFailedError: when the voice does not read it.
        """
        voice = self._voice_for(sentences)
        assert voice is not None
        key = self.key(sentences, speed)
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
            making, others = self._making.get(key), True
            if making is None:
                if not self._places.acquire(blocking=False):
                    raise VoicesBusyError
                making, others = self._making.setdefault(key, Future()), False
        if others:
            return making.result()
        try:
            made = voice.read(self._shortened(sentences), speed, self._limits.seconds)
        except BaseException as error:
            making.set_exception(error)
            raise
        else:
            self._keep(key, made)
            making.set_result(made)
            return made
        finally:
            with self._lock:
                del self._making[key]
            self._places.release()

    def _voice_for(self, sentences: Sequence[Sentence]) -> Voice | None:
        wanted = {sentence.language for sentence in sentences}
        return next((voice for voice in self._voices if wanted <= voice.languages), None)

    def _shortened(self, sentences: Sequence[Sentence]) -> list[Sentence]:
        taken: list[Sentence] = []
        left = self._limits.characters
        for sentence in sentences:
            left -= len(sentence.text)
            if left < 0:
                return [*taken, _THE_REST[sentence.language]]
            taken.append(sentence)
        return taken

    def _keep(self, key: str, made: bytes) -> None:
        with self._lock:
            self._kept[key] = made
            while sum(map(len, self._kept.values())) > self._limits.cache_bytes:
                self._kept.popitem(last=False)
