"""The program that speaks with espeak-ng, in a process of its own.

It reads JSON, ``{"words_per_minute": …, "say": [["vi", "…"], …]}``, from stdin and writes samples
to stdout: one channel, 16 bits, little-endian, ``RATE`` a second. The library keeps its state for
the whole process and is written in C; here it can be stopped, and a fault of it ends only one
reading. Its licence is the GPL: see docs/decisions/0019.
"""

from __future__ import annotations

import ctypes
import json
import sys
from typing import Final

RATE: Final = 22_050

_SYNCHRONOUS: Final = 2
_DO_NOT_EXIT: Final = 0x8000
_UTF8: Final = 0x1
_PAUSE_AT_END: Final = 0x1000
_WORDS_PER_MINUTE: Final = 1

_HEARD = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main() -> None:
    """Speak what stdin asks for; ends with an error where the library or a voice is missing."""
    import espeakng_loader

    asked = json.load(sys.stdin.buffer)
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    folder = espeakng_loader.get_data_path().encode()
    if library.espeak_Initialize(_SYNCHRONOUS, 0, folder, _DO_NOT_EXIT) != RATE:
        sys.exit("espeak-ng did not start")

    def heard(samples: ctypes._Pointer[ctypes.c_short], count: int, _: object) -> int:
        if count > 0:
            sys.stdout.buffer.write(ctypes.string_at(samples, count * 2))
        return 0

    callback = _HEARD(heard)  # kept: the library calls it later
    library.espeak_SetSynthCallback(callback)
    for voice, text in asked["say"]:
        if library.espeak_SetVoiceByName(voice.encode()):
            sys.exit(f"espeak-ng has no voice {voice}")
        library.espeak_SetParameter(_WORDS_PER_MINUTE, asked["words_per_minute"], 0)
        data = text.encode()
        library.espeak_Synth(
            data, ctypes.c_size_t(len(data) + 1), 0, 0, 0, _UTF8 | _PAUSE_AT_END, None, None
        )
        library.espeak_Synchronize()
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
