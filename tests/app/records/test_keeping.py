"""What is past its days goes, is counted, and says so; what is not past stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.records.audit import AuditEntry, AuditFilter, AuditLog, AuditRow
from app.records.keeping import Keeping, Kind, Retention
from app.records.tables import AnswerRow, ConversationRow, FeedbackRow, TicketMessageRow, TicketRow
from app.settings import Settings
from app.staffing import retention_of
from knowledge_base.revisions import now

HERE, THERE = "hoa-tien", "ba-na"


def before(days: float) -> datetime:
    return now() - timedelta(days=days)


def answer(name: str, days: float, commune: str = HERE) -> AnswerRow:
    return AnswerRow(
        id=name,
        conversation_id="c",
        commune=commune,
        asked="?",
        spoken=False,
        status="answered",
        elapsed_ms=1,
        body={},
        made_at=before(days),
    )


def ticket(code: str, days: float, commune: str = HERE) -> TicketRow:
    return TicketRow(
        code=code,
        sending=code,
        commune=commune,
        question="?",
        language="vi",
        state="open",
        created_at=before(days),
        updated_at=before(days),
    )


def put(engine: Engine, *rows: Any) -> None:
    with Session(engine) as session, session.begin():
        session.add_all(rows)


def keeping_of(engine: Engine, **days: int) -> Keeping:
    return Keeping(engine, AuditLog(engine), Retention(**days))


def names(engine: Engine, column: Any) -> set[Any]:
    with Session(engine) as session:
        return set(session.scalars(select(column)))


def test_what_is_past_its_days_is_deleted_with_what_hangs_on_it_and_counted(
    engine: Engine,
) -> None:
    put(engine, answer("alt", 31), answer("neu", 29), ticket("AAAAAA", 11), ticket("BBBBBB", 9))
    put(engine, FeedbackRow(answer_id="alt", helpful=False))
    put(
        engine,
        TicketMessageRow(
            ticket_id=1, author="officer", text="Chào", citations=[], made_at=before(11)
        ),
        ConversationRow(id="alt", commune=HERE, offered=[], updated_at=before(2)),
        ConversationRow(id="neu", commune=HERE, offered=[], updated_at=before(0.1)),
    )
    keeping = keeping_of(engine, question_days=30, ticket_days=10)

    told = {kept.kind: kept.past for kept in keeping.kept(None)}
    purged = keeping.purge(None, "lan", "national")

    assert told == {
        Kind.QUESTIONS: 1,
        Kind.TICKETS: 1,
        Kind.CONVERSATIONS: 1,
        Kind.AUDIT: 0,
    }
    assert purged.counts == told and purged.total == 3
    assert names(engine, AnswerRow.id) == {"neu"}
    assert names(engine, TicketRow.code) == {"BBBBBB"}
    assert names(engine, ConversationRow.id) == {"neu"}
    assert names(engine, FeedbackRow.id) == names(engine, TicketMessageRow.id) == set()
    assert {kept.kind: kept.past for kept in keeping.kept(None)}[Kind.QUESTIONS] == 0


def test_a_commune_purges_only_what_is_its_own_and_not_the_audit_log(engine: Engine) -> None:
    put(engine, answer("hier", 400), answer("dort", 400, THERE))
    keeping = keeping_of(engine)

    kept = {one.kind: one.count for one in keeping.kept([HERE])}
    purged = keeping.purge([HERE], "lan", f"commune:{HERE}")

    assert kept == {Kind.QUESTIONS: 1, Kind.TICKETS: 0, Kind.CONVERSATIONS: 0}
    assert purged.counts[Kind.QUESTIONS] == 1 and Kind.AUDIT not in purged.counts
    assert names(engine, AnswerRow.id) == {"dort"}


def test_a_purge_is_told_in_the_audit_log_and_an_hourly_one_only_when_something_went(
    engine: Engine,
) -> None:
    keeping, audit = keeping_of(engine), AuditLog(engine)

    assert keeping.purge_all() == 0
    assert audit.count(AuditFilter(action="kept")) == 0

    put(engine, answer("alt", 400))
    assert keeping.purge_all() == 1
    keeping.purge(None, "lan", "national")

    entries = [one.entry for one in audit.page(AuditFilter(action="kept"), 0, 9)]
    assert [(entry.by, entry.details["questions"]) for entry in entries] == [
        ("lan", 0),
        ("system", 1),
    ]


def test_old_entries_of_the_audit_log_go_and_the_chain_of_the_rest_holds(engine: Engine) -> None:
    long_ago = AuditLog(engine, lambda: before(40))
    long_ago.write(AuditEntry("lan", "place.retired", "national", "place:1"))
    AuditLog(engine).write(AuditEntry("lan", "place.retired", "national", "place:2"))

    purged = keeping_of(engine, audit_days=30).purge(None, "minh", "national")

    assert purged.counts[Kind.AUDIT] == 1
    with Session(engine) as session:
        left = session.scalar(select(func.count()).where(AuditRow.subject == "place:1"))
    assert left == 0
    assert AuditLog(engine).check().broken_at is None


@pytest.mark.parametrize("kind", [Kind.QUESTIONS, Kind.TICKETS, Kind.AUDIT])
def test_how_long_each_kind_is_kept_is_a_setting(kind: Kind) -> None:
    settings = Settings(question_days=7, ticket_days=8, audit_days=9)

    lasts = retention_of(settings).lasts(kind)

    assert lasts.days == {Kind.QUESTIONS: 7, Kind.TICKETS: 8, Kind.AUDIT: 9}[kind]
