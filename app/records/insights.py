"""What residents ask and what becomes of it, counted: never who asked.

Every count but those of scans and tickets is read from one index (``answer_by_day``), which holds
all that is counted by, so the answers themselves are not touched. Days and hours are Vietnam's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Executable, Integer, case, func, select
from sqlalchemy.orm import Session

from app.answering.answer import AnswerStatus, Language
from app.records.tables import (
    AnswerRow,
    PlaceRow,
    ScanRow,
    TicketMessageRow,
    TicketRow,
)
from app.records.tickets import Author
from knowledge_base.day import VIETNAM
from knowledge_base.record import Topic
from knowledge_base.revisions import database_errors
from knowledge_base.syllables import is_marked

_CHUNK = 1000
_LAST_TIMES = 8
_Key = TypeVar("_Key")


class Outcome(StrEnum):
    """How a question ended, as officers count it."""

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
COUNTED = tuple(outcome for outcome in Outcome if outcome is not Outcome.OTHER)
"""What else there is, is the rest."""
OUTCOME_OF = {status.value: outcome for outcome, found in STATUSES.items() for status in found}


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
class Posted:
    """A place (điểm đặt mã QR)."""

    code: str
    commune: str
    label: str
    retired: bool


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """Scans and questions of a place; None stands for a commune's pages opened without a scan."""

    place: Posted | None
    commune: str
    scans: int
    questions: int


@dataclass(frozen=True, slots=True)
class CommuneCount:
    """A commune beside others."""

    commune: str
    totals: Totals
    scans: int


@dataclass(frozen=True, slots=True)
class UnansweredCount:
    """One question in the same words, not answered."""

    words: str
    """Folded, as ``question_log.folded`` writes it."""
    example: str
    """As somebody typed it, masked."""
    questions: int
    last: date


@dataclass(frozen=True, slots=True)
class Times:
    """How long answers took, in milliseconds; None where there are none."""

    p50: int | None
    p95: int | None


@dataclass(frozen=True, slots=True)
class Replies:
    """How long residents waited for an officer."""

    tickets: int
    """Opened in the days chosen."""
    replied: int
    """Of these, with a reply by now."""
    median: timedelta | None
    p90: timedelta | None
    waiting: int
    """Of these, waiting now."""
    overdue: int
    """Of these, waiting for longer than is promised."""


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


@dataclass(frozen=True, slots=True)
class InsightLimits:
    """What the dashboard shows and what leaves it."""

    least: int = 5
    """Counts of a single place under this are not shown."""
    top: int = 10
    """Rows of a table of the most asked, on the page; an export has more."""
    reply_days: int = 2
    """How many working days a resident is promised to wait at most for an officer."""
    most_days: int = 731
    """Of one look."""
    export_rows: int = 100_000
    """Of one export."""


class Insights:
    """The counts; every method asks the database once or twice.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be asked.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def posted(self, communes: Sequence[str]) -> tuple[Posted, ...]:
        """The places of some communes, by name."""
        wanted = (
            select(PlaceRow.code, PlaceRow.commune, PlaceRow.label, PlaceRow.retired)
            .where(PlaceRow.commune.in_(communes))
            .order_by(PlaceRow.commune, PlaceRow.label, PlaceRow.code)
        )
        return tuple(Posted(*found) for found in self._all(wanted))

    def totals(self, chosen: Chosen) -> Totals:
        """All questions, by what became of them."""
        (found,) = self._all(select(*_TOTALS).where(*_where(chosen)))
        return _totals(found)

    def communes(self, chosen: Chosen) -> tuple[CommuneCount, ...]:
        """Each commune chosen, also one where nobody asked, in the order chosen."""
        counted = (
            select(AnswerRow.commune, *_TOTALS).where(*_where(chosen)).group_by(AnswerRow.commune)
        )
        found = {commune: _totals(counts) for commune, *counts in self._all(counted)}
        scanned = (
            select(PlaceRow.commune, func.sum(ScanRow.count))
            .join(ScanRow, ScanRow.code == PlaceRow.code)
            .where(*_scans(chosen))
            .group_by(PlaceRow.commune)
        )
        scans = {commune: int(count) for commune, count in self._all(scanned)}
        return tuple(
            CommuneCount(commune, found.get(commune, _NOTHING), scans.get(commune, 0))
            for commune in chosen.communes
        )

    def days(self, chosen: Chosen) -> tuple[DayCount, ...]:
        """Every day, also one without a question."""
        by = (AnswerRow.day, AnswerRow.status)
        found: dict[date, dict[Outcome, int]] = {}
        counted = select(*by, func.count()).where(*_where(chosen)).group_by(*by)
        for day, status, count in self._all(counted):
            outcomes = found.setdefault(day, {})
            outcome = OUTCOME_OF[status]
            outcomes[outcome] = outcomes.get(outcome, 0) + count
        every = (chosen.first + timedelta(days=number) for number in range(chosen.days))
        return tuple(DayCount(day, found.get(day, {})) for day in every)

    def hours(self, chosen: Chosen) -> tuple[int, ...]:
        """The questions of each hour of the day, from midnight."""
        counted = (
            select(AnswerRow.hour, func.count()).where(*_where(chosen)).group_by(AnswerRow.hour)
        )
        found = {hour: count for hour, count in self._all(counted)}
        return tuple(found.get(hour, 0) for hour in range(24))

    def weekday_hours(self, chosen: Chosen) -> Mapping[tuple[int, int], int]:
        """The questions of each hour of each day of the week; Monday is 0."""
        by = (AnswerRow.day, AnswerRow.hour)
        found: dict[tuple[int, int], int] = {}
        for day, hour, count in self._all(
            select(*by, func.count()).where(*_where(chosen)).group_by(*by)
        ):
            found[day.weekday(), hour] = found.get((day.weekday(), hour), 0) + count
        return found

    def records(self, chosen: Chosen, most: int) -> tuple[RecordCount, ...]:
        """The records asked about most, the most asked first."""
        row = AnswerRow
        counted = (
            select(
                row.record_id,
                func.max(row.topic),
                func.count(),
                _count_of(row.status == AnswerStatus.ANSWERED.value),
                _count_of(row.helpful.is_(True)),
                _count_of(row.helpful.is_(False)),
            )
            .where(*_where(chosen), row.record_id.is_not(None))
            .group_by(row.record_id)
            .order_by(func.count().desc(), row.record_id)
            .limit(most)
        )
        return tuple(RecordCount(*found) for found in self._all(counted))

    def topics(self, chosen: Chosen) -> Mapping[Topic, int]:
        """The questions of each topic; those that no record answered have none."""
        counted = (
            select(AnswerRow.topic, func.count())
            .where(*_where(chosen), AnswerRow.topic.is_not(None))
            .group_by(AnswerRow.topic)
        )
        found = {topic: count for topic, count in self._all(counted)}
        return {topic: found[topic.value] for topic in Topic if topic.value in found}

    def places(self, chosen: Chosen) -> tuple[PlaceCount, ...]:
        """Every place of the communes, the most scanned first; pages opened without one last."""
        counted = select(AnswerRow.place, func.count()).where(*_where(chosen))
        of_communes = select(AnswerRow.commune, func.count()).where(*_where(chosen))
        scanned = (
            select(ScanRow.code, func.sum(ScanRow.count))
            .join(PlaceRow, PlaceRow.code == ScanRow.code)
            .where(*_scans(chosen))
            .group_by(ScanRow.code)
        )
        known = {
            place.code: place
            for place in self.posted(chosen.communes)
            if chosen.place in (None, place.code)
        }
        questions = {code: count for code, count in self._all(counted.group_by(AnswerRow.place))}
        elsewhere = {
            commune: count for commune, count in self._all(of_communes.group_by(AnswerRow.commune))
        }
        for place in known.values():
            if place.code in questions:
                elsewhere[place.commune] -= questions[place.code]
        scans = {code: int(count) for code, count in self._all(scanned)}
        found = [
            PlaceCount(place, place.commune, scans.get(code, 0), questions.get(code, 0))
            for code, place in known.items()
        ]
        found.sort(key=lambda one: (-one.scans, -one.questions))
        without = (
            PlaceCount(None, commune, 0, elsewhere[commune])
            for commune in chosen.communes
            if elsewhere.get(commune)
        )
        return (*found, *without)

    def unanswered(self, chosen: Chosen, most: int) -> tuple[UnansweredCount, ...]:
        """What was asked most and not answered; the same words, however typed, are one."""
        row = AnswerRow
        # as an expression, so that SQLite takes the index of what was not answered, not that of
        # days: it would read every answer (20 times as slow with 200,000)
        day = func.coalesce(row.day, row.day)
        counted = (
            select(row.unanswered, func.count(), func.max(row.day))
            .where(
                row.commune.in_(chosen.communes),
                row.unanswered.is_not(None),
                day.between(chosen.first, chosen.last),
                *_where_asked(chosen),
            )
            .group_by(row.unanswered)
            .order_by(func.count().desc(), func.max(row.day).desc(), row.unanswered)
            .limit(most)
        )
        return tuple(
            UnansweredCount(words, self._example(chosen, words), count, day)
            for words, count, day in self._all(counted)
        )

    def _example(self, chosen: Chosen, words: str) -> str:
        """How a question was typed: one of the last times, rather with its marks."""
        row = AnswerRow
        typed = (
            select(row.asked)
            .where(*_where(chosen), row.unanswered == words)
            .order_by(row.day.desc(), row.id)
            .limit(_LAST_TIMES)
        )
        found: list[str] = [asked for (asked,) in self._all(typed)]
        return next(filter(is_marked, found), found[0] if found else words)

    def times(self, chosen: Chosen) -> Times:
        """How long answers took: the middle, and what 95 of 100 stay within."""
        counted = (
            select(AnswerRow.elapsed_ms, func.count())
            .where(*_where(chosen))
            .group_by(AnswerRow.elapsed_ms)
            .order_by(AnswerRow.elapsed_ms)
        )
        found = self._all(counted)
        return Times(_counted_rank(found, 50), _counted_rank(found, 95))

    def scans(self, chosen: Chosen) -> int:
        """How often codes were scanned; a scan has no topic."""
        counted = (
            select(func.sum(ScanRow.count))
            .join(PlaceRow, PlaceRow.code == ScanRow.code)
            .where(*_scans(chosen))
        )
        return int(self._all(counted)[0][0] or 0)

    def replies(self, chosen: Chosen, late_before: datetime) -> Replies:
        """How long residents waited for officers.

        A ticket belongs to the place and the topic of the answer that did not help, where there
        was one.

        Args:
            chosen: the tickets opened in these days.
            late_before: what has waited since an earlier moment is overdue.
        """
        first = (
            select(
                TicketMessageRow.ticket_id.label("ticket_id"),
                func.min(TicketMessageRow.made_at).label("at"),
            )
            .where(TicketMessageRow.author == Author.OFFICER.value)
            .group_by(TicketMessageRow.ticket_id)
            .subquery()
        )
        wanted = (
            select(TicketRow.created_at, TicketRow.waiting_since, first.c.at)
            .outerjoin(first, first.c.ticket_id == TicketRow.id)
            .where(
                TicketRow.commune.in_(chosen.communes),
                TicketRow.created_at >= _midnight(chosen.first),
                TicketRow.created_at < _midnight(chosen.last + timedelta(days=1)),
            )
        )
        if chosen.place is not None or chosen.topic is not None:
            wanted = wanted.join(AnswerRow, AnswerRow.id == TicketRow.answer_id).where(
                *_where_asked(chosen)
            )
        found = self._all(wanted)
        waited = sorted(_utc(reply) - _utc(begun) for begun, _, reply in found if reply)
        since = [_utc(moment) for _, moment, _ in found if moment]
        return Replies(
            tickets=len(found),
            replied=len(waited),
            median=_rank(waited, 50),
            p90=_rank(waited, 90),
            waiting=len(since),
            overdue=sum(moment < late_before for moment in since),
        )

    def count(self, chosen: Chosen, narrower: Narrower) -> int:
        """How many questions lie behind a number."""
        wanted = select(func.count()).where(*_where(chosen), *_narrow(chosen, narrower))
        return int(self._all(wanted.select_from(AnswerRow))[0][0])

    def rows(
        self, chosen: Chosen, narrower: Narrower, skip: int = 0, most: int | None = None
    ) -> Iterator[AskedRow]:
        """The questions behind a number, the newest first."""
        row = AnswerRow
        wanted = (
            select(row.id)
            .where(*_where(chosen), *_narrow(chosen, narrower))
            .order_by(row.day.desc(), row.made_at.desc(), row.id.desc())
            .offset(skip)
            .limit(most)
        )
        found = [one[0] for one in self._all(wanted)]
        for begin in range(0, len(found), _CHUNK):
            yield from self._asked(found[begin : begin + _CHUNK])

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


def _where(chosen: Chosen) -> list[ColumnElement[bool]]:
    return [
        AnswerRow.commune.in_(chosen.communes),
        AnswerRow.day.between(chosen.first, chosen.last),
        *_where_asked(chosen),
    ]


def _where_asked(chosen: Chosen) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.place is not None:
        found.append(AnswerRow.place == chosen.place)
    if chosen.topic is not None:
        found.append(AnswerRow.topic == chosen.topic.value)
    return found


def _scans(chosen: Chosen) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        PlaceRow.commune.in_(chosen.communes),
        ScanRow.day.between(chosen.first, chosen.last),
    ]
    if chosen.place is not None:
        found.append(PlaceRow.code == chosen.place)
    return found


def _narrow(chosen: Chosen, narrower: Narrower) -> list[ColumnElement[bool]]:
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


def _days_of(chosen: Chosen, weekday: int) -> list[date]:
    every = (chosen.first + timedelta(days=number) for number in range(chosen.days))
    return [day for day in every if day.weekday() == weekday]


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).cast(Integer)


def _of(outcome: Outcome) -> ColumnElement[int]:
    statuses = [status.value for status in STATUSES[outcome]]
    return func.count().filter(AnswerRow.status.in_(statuses))


_TOTALS: tuple[ColumnElement[int], ...] = (
    func.count(),
    *(_of(outcome) for outcome in COUNTED),
    func.count().filter(AnswerRow.spoken.is_(True)),
    func.count().filter(AnswerRow.language == Language.EN.value),
    func.count().filter(AnswerRow.helpful.is_(True)),
    func.count().filter(AnswerRow.helpful.is_(False)),
)
"""Of rows in any order: SQLite would sort them all to group by four columns."""
_NOTHING = Totals({})


def _totals(found: Sequence[int]) -> Totals:
    questions, *outcomes = found[: 1 + len(COUNTED)]
    spoken, english, helpful, unhelpful = found[1 + len(COUNTED) :]
    counts: dict[Outcome, int] = dict(zip(COUNTED, outcomes, strict=True))
    counts[Outcome.OTHER] = questions - sum(outcomes)
    languages = {Language.VI: questions - english, Language.EN: english}
    return Totals(_some(counts), spoken, _some(languages), helpful, unhelpful)


def _some(counts: Mapping[_Key, int]) -> Mapping[_Key, int]:
    return {key: count for key, count in counts.items() if count}


def _counted_rank(counts: Sequence[Any], percent: int) -> int | None:
    """The value at a rank among values given with how often they stand; nearest rank."""
    wanted = -(-sum(count for _, count in counts) * percent // 100)
    for value, count in counts:
        wanted -= count
        if wanted <= 0:
            return int(value)
    return None


def _rank(ordered: Sequence[timedelta], percent: int) -> timedelta | None:
    """The value at a rank among ordered values; nearest rank."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def _utc(moment: datetime | str) -> datetime:
    """SQLite gives back UTC without saying so."""
    made = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
