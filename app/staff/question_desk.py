"""What the pages of residents' questions need: tickets, gaps, reports, the sample, pins."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.gaps import Gaps
from app.records.pins import PinBoard
from app.records.question_log import QuestionLog
from app.records.reply_templates import ReplyTemplates
from app.records.reported import ReportedAnswers
from app.records.sample import Sample
from app.records.tickets import Tickets


@dataclass(frozen=True, slots=True)
class QuestionLimits:
    """How long and how much; see the settings of the same names."""

    reply_chars: int
    question_chars: int
    reply_days: int
    presence_minutes: int
    gap_days: int
    reported: int
    review_answers: int
    review_days: int
    pin_days: int
    pin_days_max: int
    rows: int


@dataclass(frozen=True, slots=True)
class QuestionDesk:
    """The stores behind the pages of questions."""

    tickets: Tickets
    answers: QuestionLog
    gaps: Gaps
    reported: ReportedAnswers
    sample: Sample
    pins: PinBoard
    templates: ReplyTemplates
    limits: QuestionLimits
