"""The numbers on top of the dashboard, each beside what it was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.answering.answer import Language
from app.records.asked import Times, Totals
from app.records.insights import Replies
from app.records.outcome import Outcome
from app.staff.chosen import Choice
from app.staff.figure_words import OUTCOME_NAMES, change_words
from app.staff.tables import Hidden, hidden_under, lasting, share, value_words
from app.staff.view import number_words

_Span = TypeVar("_Span")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with what it was before."""

    title: str
    value: str
    detail: str = ""
    before: str = ""
    to: str | None = None
    """As of a cell."""
    queue: str | None = None
    """A path below the area's: the tickets behind it, for who may read them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the figures of one span are made of."""

    totals: Totals
    scans: int
    times: Times
    replies: Replies


def too_few(totals: Totals, least: int) -> bool:
    """Whether a place has too few questions for anything but the scans to be shown."""
    return 0 < totals.questions < least


class Cards:
    """The numbers of what an officer chose."""

    def __init__(self, choice: Choice, least: int, reply_days: int) -> None:
        """Counts under ``least`` are not shown; ``reply_days`` is what residents are promised."""
        self._choice = choice
        self._least = least
        self._reply_days = reply_days

    def of(self, now: Counted, before: Counted) -> tuple[Figure, ...]:
        """The numbers on top of the page."""
        made = []
        if self._choice.chosen.topic is None:
            made.append(
                Figure("Lượt quét mã", number_words(now.scans), *_beside(now, before, _scans))
            )
        if too_few(now.totals, self._least):
            return tuple(made)
        questions = now.totals.questions
        made.append(
            Figure(
                "Câu hỏi",
                number_words(questions),
                *_beside(now, before, _questions),
                self._choice.questions() if questions else None,
            )
        )
        for outcome in Outcome:
            made.append(
                self._part(OUTCOME_NAMES[outcome], now, before, _of(outcome), outcome=outcome)
            )
        made.append(self._part("Hỏi bằng giọng nói", now, before, _spoken, spoken="1"))
        made.append(self._part("Trả lời bằng tiếng Anh", now, before, _english, language="en"))
        made.append(self._helpful(now, before))
        made.append(
            Figure(
                "Máy trả lời trong",
                _seconds(now.times.p50),
                _within(95, now.times.p95, _seconds),
                _both(before.times.p50, before.times.p95, _seconds),
            )
        )
        made += self._reply_cards(now.replies, before.replies)
        return tuple(made)

    def _part(
        self,
        title: str,
        now: Counted,
        before: Counted,
        count: Callable[[Counted], int],
        **rows: object,
    ) -> Figure:
        """A part of all questions: its share with the count, and the share before."""
        found = hidden_under(count(now), self._least)
        if isinstance(found, Hidden):
            return Figure(title, str(found))
        part = share(found, now.totals.questions)
        earlier = share(count(before), before.totals.questions)
        return Figure(
            title,
            value_words(part),
            f"{number_words(found)} câu",
            value_words(earlier) if not self._least else "",
            self._choice.questions(**rows) if found else None,
        )

    def _helpful(self, now: Counted, before: Counted) -> Figure:
        rated = hidden_under(now.totals.rated, self._least)
        if isinstance(rated, Hidden):
            return Figure("Được chấm là hữu ích", str(rated))
        earlier = share(before.totals.helpful, before.totals.rated)
        return Figure(
            "Được chấm là hữu ích",
            value_words(share(now.totals.helpful, now.totals.rated)),
            f"{number_words(now.totals.helpful)} hữu ích, "
            f"{number_words(now.totals.unhelpful)} chưa, trong {number_words(rated)} câu được chấm"
            if rated
            else "chưa có câu nào được chấm",
            value_words(earlier) if not self._least else "",
            self._choice.questions(helpful="0") if now.totals.unhelpful else None,
        )

    def _reply_cards(self, now: Replies, before: Replies) -> tuple[Figure, ...]:
        tickets = hidden_under(now.tickets, self._least)
        if isinstance(tickets, Hidden):
            return (Figure("Câu hỏi gửi cán bộ", str(tickets)),)
        return (
            Figure(
                "Câu hỏi gửi cán bộ",
                number_words(tickets),
                f"{number_words(now.replied)} đã có trả lời, {number_words(now.waiting)} đang chờ",
                number_words(before.tickets),
            ),
            Figure(
                "Cán bộ trả lời sau",
                lasting(now.median),
                _within(90, now.p90, lasting),
                _both(before.median, before.p90, lasting),
            ),
            Figure(
                "Chờ quá hạn",
                number_words(now.overdue),
                f"đang chờ lâu hơn {self._reply_days} ngày làm việc",
                queue="/tickets?age=late" if now.overdue else None,
            ),
        )


def _beside(now: Counted, before: Counted, count: Callable[[Counted], int]) -> tuple[str, str]:
    earlier = count(before)
    return change_words(count(now), earlier), number_words(earlier)


def _questions(one: Counted) -> int:
    return one.totals.questions


def _scans(one: Counted) -> int:
    return one.scans


def _spoken(one: Counted) -> int:
    return one.totals.spoken


def _english(one: Counted) -> int:
    return one.totals.languages.get(Language.EN, 0)


def _of(outcome: Outcome) -> Callable[[Counted], int]:
    return lambda one: one.totals.outcomes.get(outcome, 0)


def _seconds(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "–"
    if milliseconds < 1000:
        return f"{number_words(milliseconds)} ms"
    return f"{number_words(milliseconds / 1000, 1)} giây"


def _within(percent: int, most: _Span | None, words: Callable[[_Span | None], str]) -> str:
    """What a figure of the middle says; nothing where there is none."""
    return f"một nửa số câu; {percent}% không quá {words(most)}" if most is not None else ""


def _both(middle: _Span | None, most: _Span | None, words: Callable[[_Span | None], str]) -> str:
    return f"{words(middle)}, {words(most)}" if most is not None else words(None)
