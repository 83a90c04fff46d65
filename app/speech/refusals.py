"""Why a recording does not become text."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """The reasons; each has its own sentence for residents in ``app/web/speech_in.py``."""

    EMPTY = "empty-recording"
    UNREADABLE = "unreadable-recording"
    TOO_LONG = "too-long-recording"
    NOT_HEARD = "not-heard"
    """Silence, noise or music, or words that the speaker hardly said."""
    BUSY = "speech-busy"
    UNAVAILABLE = "speech-unavailable"
    """The engine failed or took too long."""


class NotTranscribedError(Exception):
    """A recording did not become text; ``detail`` is for the log and holds nothing of it."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.detail = detail
