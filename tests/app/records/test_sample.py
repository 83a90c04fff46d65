"""The sample of answers that officers judge: which are drawn, and that none is seen twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.records import sample as module
from app.records.audit import AuditFilter, AuditLog
from app.records.judgements import VerdictRow
from app.records.sample import AlreadyJudgedError, Sample, Verdict
from app.records.tables import AnswerRow

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)
HERE = ("hoa-tien",)


@pytest.fixture
def sample(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Sample:
    monkeypatch.setattr(module, "now", lambda: datetime(2026, 11, 21, 3, tzinfo=UTC))
    with Session(engine) as session, session.begin():
        for number in range(40):
            status = "answered" if number < 30 else "clarify_case" if number < 39 else "emergency"
            session.add(answer(f"{number:02}", status))
        session.add(answer("old", "answered", NOON - timedelta(days=8)))
        session.add(answer("today", "answered", NOON + timedelta(days=1)))
        session.add(answer("elsewhere", "answered", commune="ba-na"))
    return Sample(engine, AuditLog(engine))


def answer(
    answer_id: str, status: str, at: datetime = NOON, commune: str = "hoa-tien"
) -> AnswerRow:
    return AnswerRow(
        id=answer_id,
        conversation_id="c",
        commune=commune,
        asked="…?",
        spoken=False,
        status=status,
        elapsed_ms=1,
        body={},
        made_at=at,
    )


def test_every_status_has_its_share_and_one_at_least(sample: Sample, engine: Engine) -> None:
    drawn = sample.drawn(HERE, TODAY, days=7, size=10)

    with Session(engine) as session:
        statuses = Counter(session.get_one(AnswerRow, one).status for one in drawn)
    assert statuses == {"answered": 7, "clarify_case": 2, "emergency": 1}
    assert {"old", "today", "elsewhere"}.isdisjoint(drawn)


def test_it_is_the_same_all_day_and_another_tomorrow(sample: Sample) -> None:
    first, again = (sample.drawn(HERE, TODAY, days=7, size=10) for _ in range(2))
    tomorrow = sample.drawn(HERE, TODAY + timedelta(days=1), days=7, size=10)

    assert first == again != tomorrow


def test_it_is_as_large_as_it_is_set(sample: Sample) -> None:
    assert [len(sample.drawn(HERE, TODAY, days=7, size=size)) for size in (1, 2, 25, 99)] == [
        1,
        2,
        25,
        40,
    ]


def test_what_was_judged_is_not_seen_again(sample: Sample) -> None:
    drawn = sample.drawn(HERE, TODAY, days=7, size=10)
    sample.judge(drawn[0], "commune:hoa-tien", Verdict.PARTLY, "thiếu phí", "lan")

    later = sample.drawn(HERE, TODAY, days=7, size=10)
    tomorrow = sample.drawn(HERE, TODAY + timedelta(days=1), days=7, size=40)

    assert later == drawn[1:]
    assert drawn[0] not in tomorrow
    with pytest.raises(AlreadyJudgedError):
        sample.judge(drawn[0], "commune:hoa-tien", Verdict.RIGHT, "", "minh")


def test_verdicts_are_counted_by_week_and_written_down(sample: Sample, engine: Engine) -> None:
    for answer_id, verdict in (("00", Verdict.RIGHT), ("01", Verdict.RIGHT), ("02", Verdict.WRONG)):
        sample.judge(answer_id, "commune:hoa-tien", verdict, "", "lan")

    (week,) = sample.weeks(HERE, 12, TODAY)

    assert week.first_day == date(2026, 11, 16)
    assert (week.total, week.share(Verdict.WRONG)) == (3, 1 / 3)
    entry = AuditLog(engine).page(AuditFilter(), 0, 1)[0].entry
    assert (entry.action, entry.subject) == ("answer.judged", "answer:02")


def test_an_answer_that_is_not_kept_has_no_verdict(sample: Sample) -> None:
    with pytest.raises(LookupError):
        sample.judge("nothing", "commune:hoa-tien", Verdict.RIGHT, "", "lan")


def test_a_note_is_kept_masked(sample: Sample, engine: Engine) -> None:
    sample.judge("00", "commune:hoa-tien", Verdict.WRONG, "bà con ở 0905123456 báo", "lan")

    with Session(engine) as session:
        kept = session.scalars(select(VerdictRow.note)).one()
    audited = AuditLog(engine).page(AuditFilter(), 0, 1)[0].entry.details["note"]
    assert kept == audited == "bà con ở [số điện thoại] báo"
