"""The questions behind a number, one by one, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Engine, Executable, func, select
from sqlalchemy.orm import Session

from app.answering.answer import AnswerStatus, Language
from app.records.asked import Chosen, Narrower
from app.records.outcome import OUTCOME_OF, STATUSES, Outcome
from app.records.tables import AnswerRow
from knowledge_base.revisions import database_errors

_CHUNK = 1000
"""Rows read at once, about."""
_LOOKS = 4000
"""Days of communes looked into at once, about."""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """One question, masked, and what became of it."""

    id: str
    commune: str
    day: date
    hour: int
    asked: str
    status: AnswerStatus
    record_id: str | None
    facet: str | None
    place: str | None
    spoken: bool
    language: Language
    helpful: bool | None
    elapsed_ms: int

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        return OUTCOME_OF[self.status.value]


class AskedRows:
    """The questions behind a number; only the days that hold some are looked into."""

    def __init__(
        self,
        engine: Engine,
        chosen: Chosen,
        narrower: Narrower,
        by_day: Mapping[tuple[str, date], int],
    ) -> None:
        """``by_day`` says how many there are, by commune and day."""
        self._engine = engine
        self._chosen = chosen
        self._narrower = narrower
        self._by_day = by_day

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self._by_day.values())

    def rows(self, skip: int = 0, most: int | None = None) -> Iterator[AskedRow]:
        """Some of them; raises ``DatabaseUnavailableError`` when they cannot be read."""
        left = self.count if most is None else most
        row = AnswerRow
        for communes, days, count in self._stretches():
            if not left:
                return
            if count <= skip:
                skip -= count
                continue
            wanted = (
                select(row.id)
                .where(
                    row.commune.in_(communes),
                    row.day.in_(days),
                    *where_asked(self._chosen),
                    *where_narrowed(self._chosen, self._narrower),
                )
                .order_by(row.day.desc(), row.made_at.desc(), row.id.desc())
                .offset(skip)
                .limit(left)
            )
            found = [one[0] for one in self._all(wanted)]
            skip, left = 0, left - len(found)
            for begin in range(0, len(found), _CHUNK):
                yield from self._asked(found[begin : begin + _CHUNK])

    def _stretches(self) -> Iterator[tuple[set[str], list[date], int]]:
        """Whole days, the newest first, some at once: communes, days, and the count of questions.

        No other commune has any on these days, so nothing but the questions wanted is met there.
        """
        communes: set[str] = set()
        days: list[date] = []
        count = 0
        newest_first = sorted(self._by_day, key=lambda pair: pair[1], reverse=True)
        for day, of_day in groupby(newest_first, key=lambda pair: pair[1]):
            for pair in of_day:
                communes.add(pair[0])
                count += self._by_day[pair]
            days.append(day)
            if count >= _CHUNK or len(communes) * len(days) >= _LOOKS:
                yield communes, days, count
                communes, days, count = set(), [], 0
        if days:
            yield communes, days, count

    def _asked(self, ids: Sequence[str]) -> tuple[AskedRow, ...]:
        row = AnswerRow
        columns = (row.id, row.commune, row.day, row.hour, row.asked, row.status, row.record_id)
        more = (row.facet, row.place, row.spoken, row.language, row.helpful, row.elapsed_ms)
        found = {
            one.id: AskedRow(
                **{
                    **one._mapping,
                    "status": AnswerStatus(one.status),
                    "language": Language(one.language),
                }
            )
            for one in self._all(select(*columns, *more).where(row.id.in_(ids)))
        }
        return tuple(found[one] for one in ids if one in found)

    def _all(self, wanted: Executable) -> Sequence[Any]:
        with database_errors(), Session(self._engine) as session:
            return session.execute(wanted).all()


def where_asked(chosen: Chosen) -> list[ColumnElement[bool]]:
    """Answers of the place and the topic chosen."""
    found: list[ColumnElement[bool]] = []
    if chosen.place is not None:
        found.append(AnswerRow.place == chosen.place)
    if chosen.topic is not None:
        found.append(AnswerRow.topic == chosen.topic.value)
    return found


def where_narrowed(chosen: Chosen, narrower: Narrower) -> list[ColumnElement[bool]]:
    """Answers behind one number."""
    row = AnswerRow
    found: list[ColumnElement[bool]] = []
    if narrower.outcome is not None:
        found.append(row.status.in_([status.value for status in STATUSES[narrower.outcome]]))
    if narrower.record_id is not None:
        found.append(row.record_id == narrower.record_id)
    if narrower.hour is not None:
        found.append(row.hour == narrower.hour)
    if narrower.weekday is not None:
        found.append(row.day.in_(_days_of(chosen, narrower.weekday)))
    if narrower.spoken is not None:
        found.append(row.spoken.is_(narrower.spoken))
    if narrower.language is not None:
        found.append(row.language == narrower.language.value)
    if narrower.helpful is not None:
        found.append(row.helpful.is_(narrower.helpful))
    if narrower.unanswered is not None:
        found.append(row.unanswered == narrower.unanswered)
    return found


def where_unanswered(chosen: Chosen) -> list[ColumnElement[bool]]:
    """Answers of what is chosen that were none."""
    row = AnswerRow
    # as an expression, so that SQLite takes the index of what was not answered, not that of days:
    # it would read every answer (20 times as slow with 200,000)
    day = func.coalesce(row.day, row.day)
    return [
        row.commune.in_(chosen.communes),
        row.unanswered.is_not(None),
        day.between(chosen.first, chosen.last),
        *where_asked(chosen),
    ]


def _days_of(chosen: Chosen, weekday: int) -> list[date]:
    every = (chosen.first + timedelta(days=number) for number in range(chosen.days))
    return [day for day in every if day.weekday() == weekday]
