"""What residents ask and what becomes of it, beside where codes hang and how long officers took.

The questions themselves are counted in ``asked``, from the sheets of ``day_sheets``; this adds what
no sheet holds: scans, tickets, and the words of what was not answered. Days are Vietnam's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Engine, Executable, func, select
from sqlalchemy.orm import Session

from app.records.asked import Asked, Chosen, Narrower, Totals
from app.records.asked_rows import AskedRows, where_asked, where_narrowed, where_unanswered
from app.records.day_sheets import DaySheets
from app.records.tables import AnswerRow, PlaceRow, ScanRow, TicketMessageRow, TicketRow
from app.records.tickets import Author
from knowledge_base.day import VIETNAM, today, utc
from knowledge_base.revisions import database_errors
from knowledge_base.syllables import is_marked

_LAST_TIMES = 8
_LATELY = timedelta(days=6)


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
    """What is known of questions, codes and tickets.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be asked.
    """

    def __init__(self, engine: Engine, clock: Callable[[], date] = today) -> None:
        """``clock`` gives the day that is not over yet."""
        self._engine = engine
        self._sheets = DaySheets(engine, clock)

    def fill(self) -> int:
        """Make ready for looks at many days what is over; how many days of communes."""
        return self._sheets.fill()

    def asked(self, chosen: Chosen) -> Asked:
        """The questions of what is chosen, to be counted."""
        return self._sheets.read(chosen)

    def posted(self, communes: Sequence[str]) -> tuple[Posted, ...]:
        """The places of some communes, by name."""
        wanted = (
            select(PlaceRow.code, PlaceRow.commune, PlaceRow.label, PlaceRow.retired)
            .where(PlaceRow.commune.in_(communes))
            .order_by(PlaceRow.commune, PlaceRow.label, PlaceRow.code)
        )
        return tuple(Posted(*found) for found in self._all(wanted))

    def scans(self, chosen: Chosen) -> int:
        """How often codes were scanned; a scan has no topic."""
        return sum(self._scanned(chosen).values())

    def communes(self, asked: Asked) -> tuple[CommuneCount, ...]:
        """Each commune chosen, also one where nobody asked, in the order chosen."""
        scans = self._scanned(asked.chosen)
        of_commune: Counter[str] = Counter()
        for place in self.posted(asked.chosen.communes):
            of_commune[place.commune] += scans.get(place.code, 0)
        return tuple(
            CommuneCount(commune, totals, of_commune[commune])
            for commune, totals in asked.communes().items()
        )

    def places(self, asked: Asked) -> tuple[PlaceCount, ...]:
        """Every place of the communes, the most scanned first; pages opened without one last."""
        chosen = asked.chosen
        questions = asked.places()
        scans = self._scanned(chosen)
        found = []
        for place in self.posted(chosen.communes):
            if chosen.place in (None, place.code):
                counts = (scans.get(place.code, 0), questions.get(place.code, 0))
                found.append(PlaceCount(place, place.commune, *counts))
        at_places: Counter[str] = Counter()
        for one in found:
            at_places[one.commune] += one.questions
        found.sort(key=lambda one: (-one.scans, -one.questions))
        without = (
            PlaceCount(None, commune, 0, elsewhere)
            for commune, totals in asked.communes().items()
            if (elsewhere := totals.questions - at_places[commune])
        )
        return (*found, *without)

    def unanswered(self, chosen: Chosen, most: int) -> tuple[UnansweredCount, ...]:
        """What was asked most and not answered; the same words, however typed, are one."""
        row = AnswerRow
        counted = (
            select(row.unanswered, func.count(), func.max(row.day))
            .where(*where_unanswered(chosen))
            .group_by(row.unanswered)
            .order_by(func.count().desc(), func.max(row.day).desc(), row.unanswered)
            .limit(most)
        )
        return tuple(
            UnansweredCount(words, self._example(chosen, words, day), count, day)
            for words, count, day in self._all(counted)
        )

    def _example(self, chosen: Chosen, words: str, last: date) -> str:
        """How a question was typed: one of the last times, rather with its marks."""
        row = AnswerRow
        found: list[str] = []
        # what is asked every day was asked often enough in the last days
        for first in (max(chosen.first, last - _LATELY), chosen.first):
            typed = (
                select(row.asked)
                .where(
                    *where_unanswered(replace(chosen, first=first, last=last)),
                    row.unanswered == words,
                )
                .order_by(row.day.desc(), row.id)
                .limit(_LAST_TIMES)
            )
            found = [asked for (asked,) in self._all(typed)]
            if len(found) == _LAST_TIMES:
                break
        return next(filter(is_marked, found), found[0] if found else words)

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
                *where_asked(chosen)
            )
        found = self._all(wanted)
        waited = sorted(reply - begun for begun, _, reply in found if reply)
        since = [utc(moment) for _, moment, _ in found if moment]
        return Replies(
            tickets=len(found),
            replied=len(waited),
            median=_rank(waited, 50),
            p90=_rank(waited, 90),
            waiting=len(since),
            overdue=sum(moment < late_before for moment in since),
        )

    def behind(self, chosen: Chosen, narrower: Narrower) -> AskedRows:
        """The questions behind a number."""
        if narrower.unanswered is None:
            by_day = self.asked(chosen).by_day(narrower)
        else:  # no sheet holds words of residents
            row = AnswerRow
            counted = (
                select(row.commune, row.day, func.count())
                .where(*where_unanswered(chosen), *where_narrowed(chosen, narrower))
                .group_by(row.commune, row.day)
            )
            by_day = {(commune, day): count for commune, day, count in self._all(counted)}
        return AskedRows(self._engine, chosen, narrower, by_day)

    def _scanned(self, chosen: Chosen) -> Mapping[str, int]:
        """How often each code was scanned."""
        codes = select(PlaceRow.code).where(PlaceRow.commune.in_(chosen.communes))
        if chosen.place is not None:
            codes = codes.where(PlaceRow.code == chosen.place)
        counted = (
            select(ScanRow.code, func.sum(ScanRow.count))
            .where(
                ScanRow.code.in_(codes),
                ScanRow.day.between(chosen.first, chosen.last),
            )
            .group_by(ScanRow.code)
        )
        return {code: int(count) for code, count in self._all(counted)}

    def _all(self, wanted: Executable) -> Sequence[Any]:
        with database_errors(), Session(self._engine) as session:
            return session.execute(wanted).all()


def _rank(ordered: Sequence[timedelta], percent: int) -> timedelta | None:
    """The value at a rank among ordered values; nearest rank."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)
