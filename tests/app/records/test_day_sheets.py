"""Sheets of days say what their answers say, whatever happens to the answers and when."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from app.answering.answer import AnswerStatus, Language
from app.records.asked import Asked, Chosen, Narrower, Times
from app.records.audit import AuditLog
from app.records.day_sheet_rows import DaySheetRow, OpenDayRow
from app.records.day_sheets import DaySheets
from app.records.keeping import Keeping, Retention
from app.records.outcome import OUTCOME_OF
from app.records.question_log import FeedbackLog
from app.records.tables import AnswerRow
from knowledge_base.day import VIETNAM
from knowledge_base.record import Topic
from knowledge_base.revisions import now
from tests.app.records.kinds import only_postgresql

COMMUNES = ("hoa-tien", "hoa-vang", "ba-na", "o-xa")
LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=11)
STATUSES = [status.value for status in AnswerStatus]
CHOICES = (
    Chosen(COMMUNES, FIRST, LAST),
    Chosen(COMMUNES[:1], FIRST, LAST),
    Chosen(COMMUNES[1:3], FIRST + timedelta(days=3), LAST - timedelta(days=2)),
    Chosen(COMMUNES, FIRST, LAST, topic=Topic.LAND),
    Chosen(COMMUNES[:1], FIRST, LAST, place="bcd234"),
    Chosen((), FIRST, LAST),
    Chosen(("khong-co",), FIRST, LAST),
)


class Clock:
    """The day that is not over yet."""

    def __init__(self) -> None:
        self.day = FIRST

    def __call__(self) -> date:
        return self.day


def answer(name: str, moment: datetime, **more: Any) -> AnswerRow:
    told: dict[str, Any] = {
        "conversation_id": "k",
        "commune": "hoa-tien",
        "asked": "?",
        "spoken": False,
        "status": "answered",
        "record_id": "tam-tru",
        "topic": "residence",
        "elapsed_ms": 40,
        "body": {},
    }
    return AnswerRow(id=name, made_at=moment, **{**told, **more})


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def put(engine: Engine, *rows: object) -> None:
    with Session(engine) as session, session.begin():
        session.add_all(rows)


class Traffic:
    """What happens to answers in any order, by chance."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.chance = random.Random(seed)
        self.engine = engine
        self.clock = Clock()
        self.sheets = DaySheets(engine, self.clock)
        self.made = 0

    def some_day(self) -> None:
        """A day passes; some forget to fill, so that several are open."""
        self.clock.day = min(LAST, self.clock.day + timedelta(days=self.chance.randint(1, 2)))

    def ask(self) -> None:
        """Some are asked today, a few are written days late; some about midnight."""
        for _ in range(self.chance.randint(1, 12)):
            day = self.clock.day - timedelta(days=self.chance.choice((0, 0, 0, 1, 5)))
            second = self.chance.choice((0, 1, 25_200, 43_000, 86_399))
            local = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
            record = self.chance.choice((None, "tam-tru", "dat-dai", "khai-sinh"))
            topics = {"tam-tru": "residence", "dat-dai": "land", "khai-sinh": "civil_status"}
            self.made += 1
            put(
                self.engine,
                answer(
                    f"a{self.made}",
                    (local + timedelta(seconds=second)).astimezone(UTC),
                    commune=self.chance.choice(COMMUNES),
                    status=self.chance.choice(STATUSES),
                    record_id=record,
                    topic=topics.get(record or ""),
                    place=self.chance.choice((None, "bcd234", "fgh567")),
                    language=self.chance.choice(("vi", "vi", "en")),
                    spoken=self.chance.random() < 0.3,
                    elapsed_ms=self.chance.randint(1, 90_000),
                ),
            )

    def judge(self) -> None:
        """Residents judge answers, of today and of long ago, some of them again."""
        with Session(self.engine) as session:
            ids = list(session.scalars(select(AnswerRow.id).order_by(AnswerRow.id)))
        log = FeedbackLog(self.engine)
        for name in self.chance.sample(ids, min(len(ids), 3)):
            log.add(name, self.chance.random() < 0.5, None, None)

    def purge(self) -> None:
        """What is past its days goes, to the hour."""
        keeping = Keeping(self.engine, AuditLog(self.engine), Retention())
        until = noon(self.clock.day) - timedelta(days=8, hours=self.chance.randint(0, 23))
        keeping._until = lambda kind: until  # type: ignore[method-assign]
        keeping.purge_all()

    def move(self) -> None:
        """Somebody mends a row by hand: another commune, another day."""
        with Session(self.engine) as session, session.begin():
            ids = list(session.scalars(select(AnswerRow.id)))
            if ids:
                day = self.clock.day - timedelta(days=self.chance.randint(0, 6))
                session.execute(
                    update(AnswerRow)
                    .where(AnswerRow.id == self.chance.choice(sorted(ids)))
                    .values(commune=self.chance.choice(COMMUNES), day=day)
                )

    def fill(self) -> None:
        """What is over goes on sheets."""
        self.sheets.fill()

    def step(self) -> None:
        """One of these."""
        self.chance.choice(
            (self.some_day, self.ask, self.ask, self.judge, self.fill, self.purge, self.move)
        )()


def check(engine: Engine, sheets: DaySheets) -> None:
    """Every count against plain counting of the rows."""
    with Session(engine) as session:
        rows = session.scalars(select(AnswerRow)).all()
    for chosen in CHOICES:
        own = [
            row
            for row in rows
            if row.commune in chosen.communes
            and chosen.first <= row.day <= chosen.last
            and chosen.place in (None, row.place)
            and (chosen.topic is None or row.topic == chosen.topic.value)
        ]
        same(sheets.read(chosen), chosen, own)


def same(asked: Asked, chosen: Chosen, rows: list[AnswerRow]) -> None:
    totals = asked.totals()
    assert totals.outcomes == Counter(OUTCOME_OF[row.status] for row in rows)
    assert totals.spoken == sum(row.spoken for row in rows)
    assert totals.languages == Counter(Language(row.language) for row in rows)
    assert totals.helpful == sum(row.helpful is True for row in rows)
    assert totals.unhelpful == sum(row.helpful is False for row in rows)
    assert {one.day: one.questions for one in asked.days() if one.questions} == Counter(
        row.day for row in rows
    )
    hours = Counter(row.hour for row in rows)
    assert asked.hours() == tuple(hours[hour] for hour in range(24))
    assert asked.weekday_hours() == Counter((row.day.weekday(), row.hour) for row in rows)
    assert asked.topics() == Counter(Topic(row.topic) for row in rows if row.topic)
    by_commune = {name: one.questions for name, one in asked.communes().items() if one.questions}
    assert by_commune == Counter(row.commune for row in rows)
    assert asked.places() == Counter(row.place for row in rows if row.place)
    assert {(one.record_id, one.questions, one.answered) for one in asked.records(99)} == {
        (record, len(of), sum(row.status == "answered" for row in of))
        for record in {row.record_id for row in rows if row.record_id}
        if (of := [row for row in rows if row.record_id == record])
    }
    took = sorted(row.elapsed_ms for row in rows)
    ranks = [took[-(-len(took) * part // 100) - 1] if took else None for part in (50, 95)]
    assert asked.times() == Times(*ranks)
    unhelpful = Counter((row.commune, row.day) for row in rows if row.helpful is False)
    assert asked.by_day(Narrower(helpful=False)) == unhelpful


def count(engine: Engine, table: Any) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("seed", range(3))
def test_sheets_say_what_the_answers_say_whatever_happened(engine: Engine, seed: int) -> None:
    traffic = Traffic(engine, seed)

    for _ in range(30):
        traffic.step()
        check(engine, traffic.sheets)
    traffic.clock.day = LAST + timedelta(days=1)
    traffic.fill()

    check(engine, traffic.sheets)
    assert count(engine, OpenDayRow) == 0 and count(engine, DaySheetRow) > 3


def test_a_day_that_lasts_stays_open_and_one_that_is_over_is_read_from_its_sheet(
    engine: Engine,
) -> None:
    clock = Clock()
    clock.day = LAST
    sheets = DaySheets(engine, clock)
    put(engine, answer("a1", noon(LAST)), answer("a2", noon(FIRST)))

    assert sheets.fill() == 1

    with Session(engine) as session, session.begin():
        assert session.scalars(select(OpenDayRow.day)).all() == [LAST]
        # no answer changes without its day being opened: only the sheet itself can say less
        session.execute(update(DaySheetRow).values(questions=b""))
    assert sheets.read(CHOICES[0]).totals().questions == 1


def test_a_day_of_vietnam_is_over_at_its_midnight(engine: Engine) -> None:
    put(engine, answer("a1", now()))
    sheets = DaySheets(engine)

    assert sheets.fill() == 0


def test_when_the_last_answer_of_a_day_goes_its_sheet_goes(engine: Engine) -> None:
    clock = Clock()
    clock.day = LAST
    sheets = DaySheets(engine, clock)
    put(engine, answer("a1", noon(FIRST)))
    sheets.fill()

    with Session(engine) as session, session.begin():
        session.execute(delete(AnswerRow))
    sheets.fill()

    assert count(engine, DaySheetRow) == count(engine, OpenDayRow) == 0


@only_postgresql
def test_a_change_that_is_not_yet_written_is_not_lost_on_a_sheet(engine: Engine) -> None:
    """PostgreSQL has several writers: who fills would not see what another is about to write."""
    clock = Clock()
    clock.day = LAST
    sheets = DaySheets(engine, clock)
    put(engine, answer("a1", noon(FIRST)))

    with Session(engine) as session, session.begin():
        session.execute(update(AnswerRow).values(helpful=True))
        assert sheets.fill() == 0
    filled = sheets.fill()

    assert filled == 1
    assert sheets.read(CHOICES[0]).totals().helpful == 1


def test_what_is_asked_while_sheets_are_filled_and_read_is_counted_once(engine: Engine) -> None:
    clock = Clock()
    clock.day = LAST
    sheets = DaySheets(engine, clock)
    days = [FIRST + timedelta(days=number) for number in range(8)]
    put(engine, *(answer(f"a{n}-{day}", noon(day)) for day in days for n in range(20)))
    ended = threading.Event()
    log = FeedbackLog(engine)

    def fills() -> None:
        while not ended.is_set():
            sheets.fill()
            log.add(f"a0-{days[3]}", True, None, None)

    thread = threading.Thread(target=fills)
    thread.start()
    try:
        found = {sheets.read(CHOICES[0]).totals().questions for _ in range(60)}
    finally:
        ended.set()
        thread.join()

    assert found == {160}
