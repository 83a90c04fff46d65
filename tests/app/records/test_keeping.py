"""What is past its days goes, is counted, and says so; what is not past stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.records.audit import AuditEntry, AuditFilter, AuditLog, AuditRow
from app.records.closures import ClosureRow
from app.records.draft import DraftChangedError, DraftState, NewDraft
from app.records.drafts import Drafts
from app.records.judgements import GapDecisionRow, ReportSettledRow
from app.records.keeping import Keeping, Kind, Retention
from app.records.notices import NoticeRow
from app.records.pins import PinRow
from app.records.reply_templates import ReplyTemplateRow
from app.records.switches import SwitchRow
from app.records.tables import (
    AnswerRow,
    ConversationRow,
    FeedbackRow,
    PlaceRow,
    ScanRow,
    TicketMessageRow,
    TicketRow,
)
from app.settings import Settings
from app.staffing import retention_of
from knowledge_base.day import today
from knowledge_base.record import NATIONAL, RecordKind
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
        Kind.DECISIONS: 0,
        Kind.PINS: 0,
        Kind.NOTICES: 0,
        Kind.CLOSURES: 0,
        Kind.SAVES: 0,
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

    kept = {one.kind: one.count for one in keeping.kept([HERE]) if one.count}
    purged = keeping.purge([HERE], "lan", f"commune:{HERE}")

    assert kept == {Kind.QUESTIONS: 1}
    assert purged.counts[Kind.QUESTIONS] == 1 and Kind.AUDIT not in purged.counts
    assert names(engine, AnswerRow.id) == {"dort"}


def decision(days: float, scope: str = f"commune:{HERE}") -> GapDecisionRow:
    told = {"decision": "dismissed", "heading": "?", "decided_by": "lan"}
    return GapDecisionRow(scope=scope, keys=["?"], decided_at=before(days), **told)


def settled(days: float) -> ReportSettledRow:
    told = {"subject": "?", "outcome": "fixed", "note": "", "settled_by": "lan"}
    return ReportSettledRow(scope=f"commune:{HERE}", settled_at=before(days), **told)


def pin(office: str, ends_in: int, ended: float | None = None) -> PinRow:
    return PinRow(
        scope=f"commune:{HERE}",
        question="?",
        digest="",
        text="",
        citations=[],
        office=office,
        version=1,
        pinned_by="lan",
        pinned_on=before(90).date(),
        last_day=today() + timedelta(days=ends_in),
        ended_at=before(ended) if ended is not None else None,
    )


def notice(words: str, ended: float) -> NoticeRow:
    return NoticeRow(
        scope=f"commune:{HERE}",
        level="note",
        words=words,
        starts_at=before(90),
        ends_at=before(ended),
        made_by="lan",
        made_at=before(90),
    )


def closure(words: str, ended: int) -> ClosureRow:
    return ClosureRow(
        scope=f"commune:{HERE}",
        first_day=today() - timedelta(days=ended + 1),
        last_day=today() - timedelta(days=ended),
        words=words,
        made_by="lan",
        made_at=before(90),
    )


def test_decisions_last_as_long_as_the_questions_that_they_decide(engine: Engine) -> None:
    put(engine, decision(31), decision(29), decision(31, f"commune:{THERE}"))
    put(engine, settled(31), settled(29))
    keeping = keeping_of(engine, question_days=30)

    (told,) = [one for one in keeping.kept([HERE]) if one.kind is Kind.DECISIONS]
    purged = keeping.purge([HERE], "lan", f"commune:{HERE}")

    assert (told.count, told.past) == (4, 2)
    assert told.oldest is not None and told.oldest < before(30.9)
    assert purged.counts[Kind.DECISIONS] == 2
    assert names(engine, GapDecisionRow.scope) == {f"commune:{HERE}", f"commune:{THERE}"}
    assert keeping.purge_all() == 1


def test_pins_notices_and_days_off_go_so_long_after_they_were_over_and_never_before(
    engine: Engine,
) -> None:
    put(engine, pin("holds", 1), pin("was taken away", 20, 11), pin("lately", 20, 9))
    put(engine, pin("ran out", -12), pin("ran out lately", -9))
    put(engine, notice("old", 11), notice("new", 9), notice("is shown", -1))
    put(engine, closure("old", 12), closure("new", 9), closure("comes", -3))
    keeping = keeping_of(engine, ended_days=10)

    told = {one.kind: (one.count, one.past) for one in keeping.kept([HERE]) if one.count}
    purged = keeping.purge([HERE], "lan", f"commune:{HERE}")

    assert told == {Kind.PINS: (5, 2), Kind.NOTICES: (3, 1), Kind.CLOSURES: (3, 1)}
    assert {kind: count for kind, count in purged.counts.items() if count} == {
        Kind.PINS: 2,
        Kind.NOTICES: 1,
        Kind.CLOSURES: 1,
    }
    assert names(engine, PinRow.office) == {"holds", "lately", "ran out lately"}
    assert names(engine, NoticeRow.words) == {"new", "is shown"}
    assert names(engine, ClosureRow.words) == {"new", "comes"}


def test_what_an_area_works_with_goes_by_no_age(engine: Engine) -> None:
    long_ago = before(4000)
    by = {"scope": "national", "updated_by": "lan"}
    put(engine, PlaceRow(code="bcd234", commune=HERE, label="Quầy", made_at=long_ago))
    put(
        engine,
        ScanRow(code="bcd234", day=long_ago.date(), count=3),
        ReplyTemplateRow(title="?", text="?", updated_at=long_ago, **by),
        SwitchRow(scope="national", off=True, reason="?", changed_by="lan", changed_at=long_ago),
    )

    assert keeping_of(engine).purge_all() == 0

    for column in (PlaceRow.code, ScanRow.code, ReplyTemplateRow.id, SwitchRow.scope):
        assert len(names(engine, column)) == 1


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


def test_of_a_closed_draft_the_first_the_last_and_what_stands_nowhere_else_stay(
    engine: Engine,
) -> None:
    """Who wrote in it stays known, so that a draft taken back is not published by its writer."""
    clock = [before(40)]
    audit = AuditLog(engine)
    drafts = Drafts(engine, audit, max_bytes=10_000, presence_minutes=2, clock=lambda: clock[0])

    def written(*words: tuple[str, str]) -> int:
        begun = drafts.begin(NewDraft(RecordKind.GUIDE, "", NATIONAL, {"title": "0"}), "lan")
        version = begun.version
        for by, title in words:
            version = drafts.save(begun.id, {"title": title}, version, by).version
        return begun.id

    closed = written(("lan", "1"), ("minh", "2"), ("minh", "3"), ("lan", "4"), ("lan", "5"))
    with pytest.raises(DraftChangedError):
        drafts.save(closed, {"title": "chỉ ở đây"}, 2, "an")
    still_open = written(("lan", "1"), ("lan", "2"))
    for_good = written(("lan", "1"), ("lan", "2"))
    drafts.move(closed, DraftState.DISCARDED, "lan")
    clock[0] = before(20)
    drafts.move(for_good, DraftState.DISCARDED, "lan")
    keeping = keeping_of(engine, draft_save_days=30)

    def titles(draft: int) -> list[str]:
        return [str(save.data["title"]) for save in drafts.saves(draft)]

    (told,) = [one for one in keeping.kept(None) if one.kind is Kind.SAVES]
    assert (told.count, told.past, told.lasts.days) == (13, 3, 30)
    assert Kind.SAVES not in keeping.purge([HERE], "lan", f"commune:{HERE}").counts
    assert keeping.purge(None, "lan", "national").counts[Kind.SAVES] == 3
    assert titles(closed) == ["chỉ ở đây", "5", "3", "0"]
    assert titles(still_open) == titles(for_good) == ["2", "1", "0"]
    assert drafts.writers(closed) == {"lan", "minh"}
    assert keeping.purge_all() == 0

    assert keeping_of(engine, draft_save_days=10).purge_all() == 1
    assert titles(for_good) == ["2", "0"]


def test_how_long_each_kind_is_kept_is_a_setting() -> None:
    settings = Settings(
        question_days=7, ticket_days=8, audit_days=9, draft_save_days=6, ended_days=5
    )

    lasts = retention_of(settings).lasts

    assert {kind: lasts(kind).days for kind in Kind} == {
        Kind.QUESTIONS: 7,
        Kind.TICKETS: 8,
        Kind.CONVERSATIONS: 1,
        Kind.DECISIONS: 7,
        Kind.PINS: 5,
        Kind.NOTICES: 5,
        Kind.CLOSURES: 5,
        Kind.SAVES: 6,
        Kind.AUDIT: 9,
    }
