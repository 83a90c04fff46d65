"""How questions end, as officers count it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.answering.answer import AnswerStatus


class Outcome(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    CLARIFIED = "clarified"
    ABSTAINED = "abstained"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER = "other"
    """Greetings, calls for help, warnings of fraud, and faults."""


STATUSES: Mapping[Outcome, tuple[AnswerStatus, ...]] = {
    Outcome.ANSWERED: (AnswerStatus.ANSWERED,),
    Outcome.CLARIFIED: (AnswerStatus.CLARIFY_PROCEDURE, AnswerStatus.CLARIFY_CASE),
    Outcome.ABSTAINED: (
        AnswerStatus.ABSTAINED_NO_PASSAGE,
        AnswerStatus.ABSTAINED_LOW_CONFIDENCE,
        AnswerStatus.ABSTAINED_UNSUPPORTED,
    ),
    Outcome.OUT_OF_SCOPE: (AnswerStatus.OUT_OF_SCOPE,),
    Outcome.OTHER: (
        AnswerStatus.SMALL_TALK,
        AnswerStatus.EMERGENCY,
        AnswerStatus.SCAM_WARNING,
        AnswerStatus.ERROR_MODEL,
        AnswerStatus.ERROR_BUSY,
    ),
}
OUTCOME_OF = {status.value: outcome for outcome, found in STATUSES.items() for status in found}
