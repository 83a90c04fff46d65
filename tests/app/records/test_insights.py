"""The dashboard's counts are what plain counting of the same rows gives, on both databases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.answering.answer import Answer, AnswerStatus, Language, Question
from app.records import tables
from app.records.asked import Chosen, Narrower, Times
from app.records.database import open_database
from app.records.insights import Insights
from app.records.outcome import OUTCOME_OF, Outcome
from app.records.question_log import FeedbackLog, QuestionLog, folded
from app.records.tables import AnswerRow, PlaceRow
from knowledge_base.day import VIETNAM
from knowledge_base.record import Topic
from tests.service import fresh_database
from tests.traffic import Made, Plan, Subject, make_traffic

FIRST, LAST = date(2026, 8, 20), date(2026, 11, 20)
COMMUNES = ("hoa-tien", "hoa-vang", "ba-na")
SUBJECTS = tuple(
    Subject(f"viec-{number}", f"Việc {number}", list(Topic)[number % 7], (f"làm việc {number}",))
    for number in range(25)
)
MIGRATIONS = Path(tables.__file__).parent / "migrations"
LATE = datetime(2026, 11, 19, 3, tzinfo=UTC)
PLANS = [Plan(600, FIRST, LAST, COMMUNES, SUBJECTS, seed=seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module", params=PLANS, ids=lambda plan: f"seed {plan.seed}")
def busy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Insights, Made]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('busy') / 'hoixa.db'}"
    yield from _busy(url, request.param)


@pytest.fixture(scope="module")
def busy_postgres(postgres_url: str) -> Iterator[tuple[Insights, Made]]:
    yield from _busy(fresh_database(postgres_url, "test_insights"), PLANS[0])


def _busy(url: str, plan: Plan) -> Iterator[tuple[Insights, Made]]:
    engine = open_database(url)
    made = make_traffic(engine, plan)
    yield Insights(engine), made
    engine.dispose()


def _choices(made: Made) -> Iterator[Chosen]:
    """All, one commune, a few days, one day, a topic, a place, a place and a topic."""
    yield Chosen(COMMUNES, FIRST, LAST)
    yield Chosen(COMMUNES[:1], FIRST, LAST)
    yield Chosen(COMMUNES[1:], date(2026, 10, 1), date(2026, 10, 31))
    yield Chosen(COMMUNES, date(2026, 11, 9), date(2026, 11, 9))
    yield Chosen(COMMUNES, FIRST, LAST, topic=Topic.LAND)
    yield Chosen(COMMUNES, FIRST, LAST, place=made.places[0]["code"])
    yield Chosen(COMMUNES, FIRST, LAST, made.places[0]["code"], Topic.RESIDENCE)
    yield Chosen((), FIRST, LAST)
    yield Chosen(COMMUNES, date(2020, 1, 1), date(2020, 1, 31))


def _asked(made: Made, chosen: Chosen) -> list[dict[str, Any]]:
    """The plain way to the same rows; the day is read from the moment anew."""
    return [
        row
        for row in made.answers
        if row["commune"] in chosen.communes
        and chosen.first <= row["made_at"].astimezone(VIETNAM).date() <= chosen.last
        and chosen.place in (None, row["place"])
        and (chosen.topic is None or row["topic"] == chosen.topic.value)
    ]


def _scanned(made: Made, chosen: Chosen) -> Counter[str]:
    of = {place["code"]: place["commune"] for place in made.places}
    found: Counter[str] = Counter()
    for scan in made.scans:
        if (
            of[scan["code"]] in chosen.communes
            and chosen.first <= scan["day"] <= chosen.last
            and chosen.place in (None, scan["code"])
        ):
            found[scan["code"]] += scan["count"]
    return found


def _outcomes(rows: list[dict[str, Any]]) -> Mapping[Outcome, int]:
    return Counter(OUTCOME_OF[row["status"]] for row in rows)


def check_all(insights: Insights, made: Made) -> None:
    """Every count of every choice, against plain counting."""
    for chosen in _choices(made):
        rows, scans = _asked(made, chosen), _scanned(made, chosen)
        _check_totals(insights, chosen, rows)
        _check_spread(insights, chosen, rows)
        _check_lists(insights, chosen, rows, scans, made)
        assert insights.scans(chosen) == scans.total()


def _check_totals(insights: Insights, chosen: Chosen, rows: list[dict[str, Any]]) -> None:
    asked = insights.asked(chosen)
    totals = asked.totals()
    assert totals.outcomes == _outcomes(rows)
    assert totals.questions == len(rows)
    assert totals.spoken == sum(row["spoken"] for row in rows)
    assert totals.languages == Counter(Language(row["language"]) for row in rows)
    assert (totals.helpful, totals.unhelpful) == (
        sum(row["helpful"] is True for row in rows),
        sum(row["helpful"] is False for row in rows),
    )
    took = sorted(row["elapsed_ms"] for row in rows)
    ranks = [took[-(-len(took) * part // 100) - 1] if took else None for part in (50, 95)]
    assert asked.times() == Times(*ranks)


def _check_spread(insights: Insights, chosen: Chosen, rows: list[dict[str, Any]]) -> None:
    local = [row["made_at"].astimezone(VIETNAM) for row in rows]
    asked = insights.asked(chosen)
    days = asked.days()
    assert [one.day for one in days] == [
        chosen.first + timedelta(days=number) for number in range(chosen.days)
    ]
    for one in days:
        of_day = [row for row, at in zip(rows, local, strict=True) if at.date() == one.day]
        assert one.outcomes == _outcomes(of_day)
    hours = Counter(at.hour for at in local)
    assert asked.hours() == tuple(hours[hour] for hour in range(24))
    both = Counter((at.weekday(), at.hour) for at in local)
    assert asked.weekday_hours() == both
    topics = Counter(row["topic"] for row in rows if row["topic"])
    assert {topic.value: count for topic, count in asked.topics().items()} == topics


def _check_lists(
    insights: Insights,
    chosen: Chosen,
    rows: list[dict[str, Any]],
    scans: Counter[str],
    made: Made,
) -> None:
    asked = insights.asked(chosen)
    by_commune = insights.communes(asked)
    assert [one.commune for one in by_commune] == list(chosen.communes)
    for one in by_commune:
        own = [row for row in rows if row["commune"] == one.commune]
        assert one.totals.outcomes == _outcomes(own)
        codes = {place["code"] for place in made.places if place["commune"] == one.commune}
        assert one.scans == sum(count for code, count in scans.items() if code in codes)

    records = asked.records(1000)
    assert {one.record_id: one.questions for one in records} == Counter(
        row["record_id"] for row in rows if row["record_id"]
    )
    for record in records:
        own = [row for row in rows if row["record_id"] == record.record_id]
        assert record.topic == own[0]["topic"]
        assert record.answered == sum(row["status"] == "answered" for row in own)
        assert (record.helpful, record.unhelpful) == (
            sum(row["helpful"] is True for row in own),
            sum(row["helpful"] is False for row in own),
        )
    counts = [one.questions for one in records]
    assert counts == sorted(counts, reverse=True)
    assert asked.records(3) == records[:3]

    places = insights.places(asked)
    at_places = Counter(row["place"] for row in rows)
    for place in places:
        if place.place is not None:
            assert place.scans == scans[place.place.code]
            assert place.questions == at_places[place.place.code]
    assert sum(one.questions for one in places) == len(rows)
    assert sum(one.scans for one in places) == scans.total()

    gaps = insights.unanswered(chosen, 1000)
    missing = [row for row in rows if row["status"].startswith("abstained")]
    assert {one.words: one.questions for one in gaps} == Counter(
        folded(row["asked"]) for row in missing
    )
    for gap in gaps:
        assert folded(gap.example) == gap.words
        same = [row for row in missing if folded(row["asked"]) == gap.words]
        assert gap.last == max(row["made_at"].astimezone(VIETNAM).date() for row in same)


def _check_replies(insights: Insights, made: Made) -> None:
    answers = {row["id"]: row for row in made.answers}
    replies: dict[int, datetime] = {}
    for message in made.messages:
        if message["author"] == "officer":
            known = replies.get(message["ticket_id"], message["made_at"])
            replies[message["ticket_id"]] = min(known, message["made_at"])
    for chosen in _choices(made):
        tickets = [
            one
            for one in made.tickets
            if one["commune"] in chosen.communes
            and chosen.first <= one["created_at"].astimezone(VIETNAM).date() <= chosen.last
            and (
                (chosen.place is None and chosen.topic is None)
                or (
                    (row := answers.get(one["answer_id"])) is not None
                    and chosen.place in (None, row["place"])
                    and (chosen.topic is None or row["topic"] == chosen.topic.value)
                )
            )
        ]
        waited = sorted(
            replies[one["id"]] - one["created_at"] for one in tickets if one["id"] in replies
        )
        waiting = [one for one in tickets if one["state"] in ("open", "forwarded")]

        found = insights.replies(chosen, LATE)

        assert (found.tickets, found.replied, found.waiting) == (
            len(tickets),
            len(waited),
            len(waiting),
        )
        assert found.overdue == sum(one["created_at"] < LATE for one in waiting)
        ranks = [waited[-(-len(waited) * part // 100) - 1] if waited else None for part in (50, 90)]
        assert [found.median, found.p90] == ranks


def _check_rows(insights: Insights, made: Made) -> None:
    narrowed = [
        Narrower(),
        *(Narrower(outcome=outcome) for outcome in Outcome),
        Narrower(record_id="viec-0"),
        Narrower(hour=9),
        Narrower(weekday=0),
        Narrower(weekday=6, spoken=True),
        Narrower(spoken=False, language=Language.EN),
        Narrower(helpful=False),
        Narrower(unanswered=folded("nuôi chim yến trên mái nhà có phải xin phép không")),
    ]
    chosen = Chosen(COMMUNES[:2], date(2026, 9, 1), date(2026, 10, 31))
    for one in narrowed:
        wanted = [row for row in _asked(made, chosen) if _is(row, one)]
        wanted.sort(key=lambda row: (row["made_at"], row["id"]), reverse=True)

        behind = insights.behind(chosen, one)
        found = list(behind.rows())

        assert [row.id for row in found] == [row["id"] for row in wanted]
        assert behind.count == len(wanted)
        assert [row.asked for row in found] == [row["asked"] for row in wanted]
        assert list(behind.rows(3, 4)) == found[3:7]


def _is(row: Mapping[str, Any], narrower: Narrower) -> bool:
    local = row["made_at"].astimezone(VIETNAM)
    return all(
        (
            narrower.outcome in (None, OUTCOME_OF[row["status"]]),
            narrower.record_id in (None, row["record_id"]),
            narrower.hour in (None, local.hour),
            narrower.weekday in (None, local.weekday()),
            narrower.spoken in (None, row["spoken"]),
            narrower.language in (None, Language(row["language"])),
            narrower.helpful in (None, row["helpful"]),
            narrower.unanswered in (None, row["unanswered"]),
        )
    )


def test_every_count_is_what_plain_counting_gives(busy: tuple[Insights, Made]) -> None:
    check_all(*busy)


def test_how_long_residents_waited_is_what_plain_counting_gives(
    busy: tuple[Insights, Made],
) -> None:
    _check_replies(*busy)


def test_the_questions_behind_a_number_are_those_that_it_counts(
    busy: tuple[Insights, Made],
) -> None:
    _check_rows(*busy)


@pytest.mark.thorough
def test_postgresql_counts_the_same(busy_postgres: tuple[Insights, Made]) -> None:
    check_all(*busy_postgres)
    _check_replies(*busy_postgres)
    _check_rows(*busy_postgres)


def test_traffic_of_a_seed_is_the_same_each_time_and_masked(tmp_path: Path) -> None:
    made = []
    for name in "ab":
        engine = open_database(f"sqlite:///{tmp_path / name}.db")
        made.append(make_traffic(engine, PLANS[0]))
        engine.dispose()
    texts = " ".join(chain((row["asked"] for row in made[0].answers), ("",)))

    assert made[0].answers == made[1].answers
    assert "0905" not in texts and "0482" not in texts
    assert "[số điện thoại]" in texts
    assert {row["status"] for row in made[0].answers} >= {"answered", "abstained_no_passage"}


def test_every_status_belongs_to_one_outcome() -> None:
    assert set(OUTCOME_OF) == {status.value for status in AnswerStatus}


@pytest.mark.parametrize(
    ("moment", "day", "hour"),
    [
        pytest.param("2026-11-21T16:59:59+00:00", date(2026, 11, 21), 23, id="before midnight"),
        pytest.param("2026-11-21T17:00:00+00:00", date(2026, 11, 22), 0, id="midnight in Vietnam"),
        pytest.param("2026-11-21T23:59:59+00:00", date(2026, 11, 22), 6, id="before UTC's"),
        pytest.param("2026-12-31T20:00:00+00:00", date(2027, 1, 1), 3, id="the next year"),
    ],
)
def test_days_and_hours_are_those_of_vietnam(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, moment: str, day: date, hour: int
) -> None:
    monkeypatch.setattr("app.records.question_log.now", lambda: datetime.fromisoformat(moment))
    answer = Answer("a1", "k1", AnswerStatus.SMALL_TALK, "Chào bà con.", "chào em")
    QuestionLog(engine).add(Question("chào em", "hoa-tien"), answer)
    insights = Insights(engine)

    (found,) = insights.behind(Chosen(("hoa-tien",), day, day), Narrower()).rows()

    assert (found.day, found.hour) == (day, hour)
    assert insights.asked(Chosen(("hoa-tien",), day, day)).hours()[hour] == 1


def test_a_question_counts_for_a_place_only_of_its_own_commune(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.add(PlaceRow(code="bcd234", commune="hoa-tien", label="Quầy 3"))
        session.add(PlaceRow(code="fgh567", commune="ba-na", label="Chợ"))
    log = QuestionLog(engine)
    for number, place in enumerate(("bcd234", "fgh567", "zzz999", None)):
        answer = Answer(f"a{number}", "k1", AnswerStatus.SMALL_TALK, "Chào.", "chào em")
        log.add(Question("chào em", "hoa-tien", place=place), answer)

    with Session(engine) as session:
        kept = {row.id: row.place for row in session.query(AnswerRow)}

    assert kept == {"a0": "bcd234", "a1": None, "a2": None, "a3": None}


def test_the_last_word_on_an_answer_is_kept_with_it(engine: Engine) -> None:
    answer = Answer("a1", "k1", AnswerStatus.ANSWERED, "Có. [1]", "tạm trú?")
    QuestionLog(engine).add(Question("tạm trú?", "hoa-tien"), answer)
    feedback = FeedbackLog(engine)

    feedback.add("a1", False, "wrong", None)
    feedback.add("a1", True, None, None)

    with Session(engine) as session:
        assert session.get_one(AnswerRow, "a1").helpful is True


def test_what_was_kept_before_is_counted_too(tmp_path: Path) -> None:
    """The migration reads day, hour, topic, language and feedback from what older rows hold."""
    engine = open_database(f"sqlite:///{tmp_path / 'old.db'}")
    log = QuestionLog(engine)
    log.add(
        Question("x", "hoa-tien"),
        Answer("a1", "k1", AnswerStatus.ABSTAINED_NO_PASSAGE, "?", "Nuôi CHIM yến?", Language.EN),
    )
    FeedbackLog(engine).add("a1", False, None, None)
    with Session(engine) as session:
        row = session.get_one(AnswerRow, "a1")
        before = (row.day, row.hour, row.topic, row.language, row.unanswered, row.helpful)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
        columns = [row[1] for row in connection.execute(text("PRAGMA table_info(answer)"))]
        command.upgrade(config, "head")

    with Session(engine) as session:
        row = session.get_one(AnswerRow, "a1")
        after = (row.day, row.hour, row.topic, row.language, row.unanswered, row.helpful)
        feedback = session.execute(text("SELECT count(*) FROM feedback")).scalar_one()
    engine.dispose()

    assert "unanswered" not in columns
    assert before == after
    assert (after[3], after[4], after[5]) == ("en", "nuoi chim yen", False)
    assert feedback == 1
