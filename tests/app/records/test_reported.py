"""Answers that residents reported: grouped, settled, and open again when reported again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records import reported as module
from app.records.audit import AuditFilter, AuditLog
from app.records.reported import ReportedAnswers, ReportOutcome
from app.records.tables import AnswerRow, FeedbackRow

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)
AREA = (("commune:hoa-tien", "province:da-nang", "national"), ("hoa-tien",))


@pytest.fixture
def reported(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> ReportedAnswers:
    monkeypatch.setattr(module, "now", lambda: NOW + timedelta(hours=1))
    return ReportedAnswers(engine, AuditLog(engine))


def report(
    engine: Engine,
    answer_id: str,
    record_id: str | None,
    reason: str | None = "wrong",
    *,
    commune: str = "hoa-tien",
    helpful: bool = False,
    at: datetime = NOW,
) -> None:
    with Session(engine) as session, session.begin():
        if session.get(AnswerRow, answer_id) is None:
            session.add(
                AnswerRow(
                    id=answer_id,
                    conversation_id="c",
                    commune=commune,
                    asked="Sân bóng thuê bao nhiêu?",
                    spoken=False,
                    status="answered",
                    record_id=record_id,
                    elapsed_ms=1,
                    body={},
                    made_at=at,
                )
            )
            session.flush()
        session.add(
            FeedbackRow(
                answer_id=answer_id, helpful=helpful, reason=reason, comment=None, made_at=at
            )
        )


def test_reports_are_grouped_by_the_record_that_answered(
    engine: Engine, reported: ReportedAnswers
) -> None:
    report(engine, "a", "dang-ky-tam-tru", "wrong")
    report(engine, "b", "dang-ky-tam-tru", "outdated", at=NOW + timedelta(minutes=1))
    report(engine, "c", None, "incomplete")
    report(engine, "d", "dang-ky-tam-tru", helpful=True)
    report(engine, "e", "dang-ky-tam-tru", commune="ba-na")

    first, second = reported.listed(*AREA, limit=50)

    assert first.record_id == "dang-ky-tam-tru"
    assert [one.answer_id for one in first.reports] == ["b", "a"]
    assert first.reasons == {"outdated": 1, "wrong": 1}
    assert second.record_id is None and second.subject == "question:san bong thue bao nhieu"


def test_what_is_settled_opens_when_it_is_reported_again(
    engine: Engine, reported: ReportedAnswers
) -> None:
    report(engine, "a", "dang-ky-tam-tru")
    reported.settle(
        "commune:hoa-tien", "record:dang-ky-tam-tru", ReportOutcome.FIXED, "lan", "Sửa phí", 12
    )

    (settled,) = reported.listed(*AREA, limit=50)
    report(engine, "b", "dang-ky-tam-tru", at=NOW + timedelta(hours=2))
    (again,) = reported.listed(*AREA, limit=50)

    assert settled.open == () and settled.settled is not None
    assert (settled.settled.outcome, settled.settled.revision_id) == (ReportOutcome.FIXED, 12)
    assert [one.answer_id for one in again.open] == ["b"] and len(again.reports) == 2
    (entry,) = AuditLog(engine).page(AuditFilter(), 0, 5)
    assert (entry.entry.action, entry.entry.subject) == (
        "report.settled",
        "record:dang-ky-tam-tru",
    )


def test_a_note_is_kept_masked(engine: Engine, reported: ReportedAnswers) -> None:
    report(engine, "a", "dang-ky-tam-tru")
    reported.settle(
        "commune:hoa-tien",
        "record:dang-ky-tam-tru",
        ReportOutcome.NOT_A_FAULT,
        "lan",
        "đã gọi 0905123456, CCCD 048201001234",
    )

    (one,) = reported.listed(*AREA, limit=50)

    words = "đã gọi [số điện thoại], CCCD [số giấy tờ]"
    assert one.settled is not None and one.settled.note == words
    assert AuditLog(engine).page(AuditFilter(), 0, 1)[0].entry.details["note"] == words


def test_another_commune_s_settlement_settles_nothing_here(
    engine: Engine, reported: ReportedAnswers
) -> None:
    report(engine, "a", "dang-ky-tam-tru")
    reported.settle("commune:ba-na", "record:dang-ky-tam-tru", ReportOutcome.NOT_A_FAULT, "minh")

    (one,) = reported.listed(*AREA, limit=50)

    assert one.settled is None and len(one.open) == 1


def test_only_so_many_of_the_newest_reports_are_looked_at(
    engine: Engine, reported: ReportedAnswers
) -> None:
    report(engine, "a", "cu", at=NOW - timedelta(days=1))
    report(engine, "b", "moi")

    assert [one.record_id for one in reported.listed(*AREA, limit=1)] == ["moi"]
