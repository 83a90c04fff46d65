"""The questions of some communes and days as columns, and every count that is made of them.

A question is a few numbers here: when, where, about what, how it ended; never its words nor who
asked. What is a word (a status, a record, a topic, a place, a language) stands as a number whose
meaning ``Words`` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.answering.answer import AnswerStatus, Language
from app.records.outcome import OUTCOME_OF, Outcome
from knowledge_base.record import Topic

Numbers = NDArray[np.integer[Any]]

COLUMNS = np.dtype(
    [
        ("commune", "<i4"),
        ("status", "<i4"),
        ("record", "<i4"),
        ("topic", "<i4"),
        ("place", "<i4"),
        ("language", "<i4"),
        ("elapsed_ms", "<i4"),
        ("hour", "u1"),
        ("spoken", "u1"),
        ("helpful", "i1"),
    ]
)
"""One question. Sheets that are kept are made of these: whoever changes them has a migration delete
the sheets and open every day.
"""

NO_WORD = 0
NOT_SAID = -1
"""``helpful``, where no resident said."""
_OUTCOMES = tuple(Outcome)
_NOBODY = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which questions are counted: of some communes, between two days that both count."""

    communes: tuple[str, ...]
    first: date
    last: date
    place: str | None = None
    """The code of a place; None: wherever they were asked."""
    topic: Topic | None = None

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Narrower:
    """What the questions behind one number have in common, beside what is chosen."""

    outcome: Outcome | None = None
    record_id: str | None = None
    hour: int | None = None
    weekday: int | None = None
    spoken: bool | None = None
    language: Language | None = None
    helpful: bool | None = None
    unanswered: str | None = None
    """A question as ``question_log.folded`` writes it."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many questions, by what became of them."""

    outcomes: Mapping[Outcome, int]
    spoken: int = 0
    languages: Mapping[Language, int] = field(default_factory=dict)
    helpful: int = 0
    unhelpful: int = 0

    @property
    def questions(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def rated(self) -> int:
        """Those of which a resident said whether the answer helped; the last word counts."""
        return self.helpful + self.unhelpful


@dataclass(frozen=True, slots=True)
class DayCount:
    """The questions of a day."""

    day: date
    outcomes: Mapping[Outcome, int]

    @property
    def questions(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class RecordCount:
    """How often a record was what the question was about."""

    record_id: str
    topic: str | None
    questions: int
    answered: int
    helpful: int
    unhelpful: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long answers took, in milliseconds; None where there are none."""

    p50: int | None
    p95: int | None


class Words:
    """The numbers of words; ``NO_WORD`` is none."""

    def __init__(self, known: Mapping[str, int]) -> None:
        self._numbers = dict(known)
        self._words = {number: word for word, number in self._numbers.items()}
        self.size = max(self._words, default=NO_WORD) + 1
        """One more than the highest number."""

    def number(self, word: str | None) -> int:
        """The number of a word; ``NO_WORD`` for one that nobody used."""
        return self._numbers.get(word, NO_WORD) if word else NO_WORD

    def taken_up(self, word: str | None) -> int:
        """The number of a word, a new one where it has none."""
        if not word:
            return NO_WORD
        number = self._numbers.get(word)
        if number is None:
            number = self._numbers[word] = self.size
            self._words[number] = word
            self.size += 1
        return number

    def word(self, number: int) -> str | None:
        """What a number means."""
        return self._words.get(number)


class Asked:
    """The questions of what is chosen, ready to be counted in many ways."""

    def __init__(
        self,
        chosen: Chosen,
        words: Words,
        communes: Numbers,
        days: Numbers,
        rows: NDArray[np.void],
    ) -> None:
        """Keep those of the place and the topic chosen.

        Args:
            chosen: which they are.
            words: what the numbers in ``rows`` mean.
            communes: of each question, the position of its commune among those chosen.
            days: of each question, how many days after the first it was asked.
            rows: of ``COLUMNS``, in any order.
        """
        for name, wanted in (("place", chosen.place), ("topic", chosen.topic)):
            if wanted is not None:
                number = words.number(str(wanted))
                kept = rows[name] == number if number else np.zeros(len(rows), dtype=bool)
                communes, days, rows = communes[kept], days[kept], rows[kept]
        self.chosen = chosen
        self._words = words
        self._communes = communes
        self._days = days
        self._rows = rows

    def totals(self) -> Totals:
        """All questions, by what became of them."""
        return self._totals(np.zeros(len(self._rows), dtype=np.int64), 1)[0]

    def communes(self) -> Mapping[str, Totals]:
        """Each commune chosen, also one where nobody asked, in the order chosen."""
        totals = self._totals(self._communes, len(self.chosen.communes))
        return dict(zip(self.chosen.communes, totals, strict=True))

    def days(self) -> tuple[DayCount, ...]:
        """Every day, also one without a question."""
        counts = self._outcomes_by(self._days, self.chosen.days)
        return tuple(
            DayCount(self.chosen.first + timedelta(days=number), _outcomes(row))
            for number, row in enumerate(counts)
        )

    def hours(self) -> tuple[int, ...]:
        """The questions of each hour of the day, from midnight."""
        return tuple(_counts(self._rows["hour"], 24).tolist())

    def weekday_hours(self) -> Mapping[tuple[int, int], int]:
        """The questions of each hour of each day of the week; Monday is 0."""
        counts = _counts(self._weekdays * 24 + self._rows["hour"], 7 * 24).tolist()
        return {divmod(number, 24): count for number, count in enumerate(counts) if count}

    def records(self, most: int) -> tuple[RecordCount, ...]:
        """The records asked about most, the most asked first."""
        rows = self._rows[self._rows["record"] != NO_WORD]
        number, size = rows["record"], self._words.size
        asked = _counts(number, size)
        answered = self._words.number(AnswerStatus.ANSWERED.value)
        parts = [
            _counts(number[condition], size)
            for condition in (
                rows["status"] == answered,
                rows["helpful"] == 1,
                rows["helpful"] == 0,
            )
        ]
        topics = np.zeros(size, dtype=np.int32)
        topics[number] = rows["topic"]
        found = [
            RecordCount(
                self._words.word(one) or "",
                self._words.word(int(topics[one])),
                int(asked[one]),
                *(int(part[one]) for part in parts),
            )
            for one in np.flatnonzero(asked).tolist()
        ]
        found.sort(key=lambda one: (-one.questions, one.record_id))
        return tuple(found[:most])

    def topics(self) -> Mapping[Topic, int]:
        """The questions of each topic; those that no record answered have none."""
        counts = _counts(self._rows["topic"], self._words.size)
        counts[NO_WORD] = 0
        found = {topic: int(counts[self._words.number(topic.value)]) for topic in Topic}
        return {topic: count for topic, count in found.items() if count}

    def places(self) -> Mapping[str, int]:
        """The questions of each place, by its code; those asked without a scan have none."""
        counts = _counts(self._rows["place"], self._words.size)
        counts[NO_WORD] = 0
        found = np.flatnonzero(counts).tolist()
        return {self._words.word(place) or "": int(counts[place]) for place in found}

    def times(self) -> Times:
        """How long answers took: the middle, and what 95 of 100 stay within; nearest rank."""
        took = self._rows["elapsed_ms"]
        ranks = [-(-len(took) * percent // 100) - 1 for percent in (50, 95)]
        if not len(took):
            return Times(None, None)
        parted = np.partition(took, ranks)
        return Times(*(int(parted[rank]) for rank in ranks))

    def by_day(self, narrower: Narrower) -> Mapping[tuple[str, date], int]:
        """The questions behind a number, by commune and day; ``unanswered`` is not known here."""
        kept = self._kept(narrower)
        communes, days = self.chosen.communes, self.chosen.days
        every = [self.chosen.first + timedelta(days=number) for number in range(days)]
        counts = _counts(self._communes[kept] * days + self._days[kept], len(communes) * days)
        some = np.flatnonzero(counts)
        return {
            (communes[number // days], every[number % days]): count
            for number, count in zip(some.tolist(), counts[some].tolist(), strict=True)
        }

    def _kept(self, narrower: Narrower) -> NDArray[np.bool_]:
        rows = self._rows
        kept = np.ones(len(rows), dtype=bool)
        if narrower.outcome is not None:
            kept &= self._outcome == _OUTCOMES.index(narrower.outcome)
        for name, word in (("record", narrower.record_id), ("language", narrower.language)):
            if word is not None:
                number = self._words.number(str(word))
                kept &= (rows[name] == number) & (number != NO_WORD)
        if narrower.hour is not None:
            kept &= rows["hour"] == narrower.hour
        if narrower.weekday is not None:
            kept &= self._weekdays == narrower.weekday
        if narrower.spoken is not None:
            kept &= rows["spoken"] == narrower.spoken
        if narrower.helpful is not None:
            kept &= rows["helpful"] == narrower.helpful
        return kept

    def _totals(self, group: Numbers, groups: int) -> list[Totals]:
        rows = self._rows
        english = rows["language"] == self._words.number(Language.EN.value)
        parts = (rows["spoken"] == 1, english, rows["helpful"] == 1, rows["helpful"] == 0)
        counted = [_counts(group[part], groups).tolist() for part in parts]
        found = []
        for outcomes, *one in zip(self._outcomes_by(group, groups), *counted, strict=True):
            spoken, in_english, helpful, unhelpful = one
            languages = {
                Language.VI: int(outcomes.sum()) - in_english,
                Language.EN: in_english,
            }
            some = {language: count for language, count in languages.items() if count}
            found.append(Totals(_outcomes(outcomes), spoken, some, helpful, unhelpful))
        return found

    def _outcomes_by(self, group: Numbers, groups: int) -> Numbers:
        every = len(_OUTCOMES)
        return _counts(group * every + self._outcome, groups * every).reshape(groups, every)

    @cached_property
    def _outcome(self) -> Numbers:
        """Of each question, the position of its outcome among all."""
        of_word = np.zeros(self._words.size, dtype=np.int32)
        for status, outcome in OUTCOME_OF.items():
            if number := self._words.number(status):
                of_word[number] = _OUTCOMES.index(outcome)
        return np.asarray(of_word[self._rows["status"]])

    @cached_property
    def _weekdays(self) -> Numbers:
        return np.asarray((self._days + self.chosen.first.weekday()) % 7)


def _counts(numbers: NDArray[Any], size: int) -> Numbers:
    """How often each number from 0 stands there."""
    return np.bincount(numbers, minlength=size) if size else _NOBODY


def _outcomes(counts: Numbers) -> Mapping[Outcome, int]:
    found = zip(_OUTCOMES, counts.tolist(), strict=True)
    return {outcome: count for outcome, count in found if count}
