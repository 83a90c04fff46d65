"""Speaks Vietnamese with the espeak-ng library, to make recordings for training and tests."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Sound of one channel, from -1 to 1."""

_SYNCHRONOUS = 2
_UTF8 = 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_FULL_SCALE = 32768

_HEARD = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@dataclass(frozen=True, slots=True)
class Manner:
    """Who speaks, and how."""

    voice: str
    """``vi``, ``vi-vn-x-central`` or ``vi-vn-x-south``, and a variant behind a ``+``."""
    words_per_minute: int = 160
    pitch: int = 50
    """From 0 to 99."""
    intonation: int = 50
    """From 0 to 99; 0 is flat."""


class SpeakerError(RuntimeError):
    """espeak-ng could not be started, or has no such voice."""


class Speaker:
    """The library, which is one for the whole process; ``speaking`` opens it."""

    def __init__(self, library: ctypes.CDLL, rate: int) -> None:
        self.rate = rate
        """Samples a second of what is spoken."""
        self._library = library
        self._pieces: list[NDArray[np.int16]] = []
        self._callback = _HEARD(self._heard)  # kept: the library calls it later
        library.espeak_SetSynthCallback(self._callback)

    def _heard(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _: object) -> int:
        if count:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text: str, manner: Manner) -> Samples:
        """The text spoken.

        Raises:
            SpeakerError: where there is no such voice.
        """
        library = self._library
        if library.espeak_SetVoiceByName(manner.voice.encode()):
            raise SpeakerError(f"espeak-ng has no voice {manner.voice}")
        library.espeak_SetParameter(_RATE, manner.words_per_minute, 0)
        library.espeak_SetParameter(_VOLUME, 100, 0)
        library.espeak_SetParameter(_PITCH, manner.pitch, 0)
        library.espeak_SetParameter(_RANGE, manner.intonation, 0)
        self._pieces.clear()
        data = text.encode()
        library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        if not self._pieces:
            return np.zeros(0, np.float32)
        return (np.concatenate(self._pieces) / _FULL_SCALE).astype(np.float32)


@contextmanager
def speaking() -> Iterator[Speaker]:
    """The library, ready to speak until the end.

    Raises:
        SpeakerError: when it does not start.
    """
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    folder = espeakng_loader.get_data_path().encode()
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, folder, 0)
    if rate <= 0:
        raise SpeakerError("espeak-ng did not start")
    try:
        yield Speaker(library, rate)
    finally:
        library.espeak_Terminate()
