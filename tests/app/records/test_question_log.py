"""What is kept of questions, answers and feedback: everything shown, nothing personal."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.answering.answer import Answer, AnswerStatus, Question
from app.records import question_log
from app.records.database import open_database
from app.records.question_log import FeedbackLog, QuestionLog
from app.records.tables import AnswerRow, FeedbackRow
from knowledge_base.revisions import DatabaseUnavailableError
from tests.app.records.kinds import only_sqlite
from tests.fakes import BEE_HIVES, BOATS, COMMUNE, edition_of, pipeline_of

PERSONAL = ("048201001234", "0905123456", "0905 123 456", "a.nguyen@gmail.com", "DN4480123456789")
ASKED = f"Đăng kiểm ghe thuyền cho tôi, {', '.join(PERSONAL)}, cần giấy tờ gì?"


def answered(text: str = ASKED, case: str | None = "dang-kiem-ghe/") -> tuple[Question, Answer]:
    question = Question(text, COMMUNE, case=case, spoken=True)
    return question, pipeline_of(edition_of(BEE_HIVES, BOATS)).answer(question)


def stored(engine: Engine) -> str:
    """Every row of every table, as text."""
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        return "\n".join(
            str(tuple(row))
            for (table,) in tables.all()
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
        )


def test_an_answer_is_found_again_as_it_was_shown(engine: Engine) -> None:
    question, answer = answered()
    QuestionLog(engine).add(question, answer)

    assert answer.status is AnswerStatus.CLARIFY_CASE
    assert QuestionLog(engine).find(answer.id) == answer


def test_an_unknown_answer_is_not_found(engine: Engine) -> None:
    assert QuestionLog(engine).find("khong-co") is None


def test_a_row_tells_what_staff_look_for(engine: Engine) -> None:
    question, answer = answered()
    QuestionLog(engine).add(question, answer)

    with Session(engine) as session:
        row = session.get_one(AnswerRow, answer.id)

    assert (row.commune, row.status, row.record_id, row.facet, row.spoken) == (
        COMMUNE,
        "clarify_case",
        "dang-kiem-ghe",
        "dossier",
        True,
    )
    assert row.asked == answer.asked


@only_sqlite
def test_nothing_personal_reaches_any_row(engine: Engine) -> None:
    question, answer = answered()
    QuestionLog(engine).add(question, answer)
    FeedbackLog(engine).add(answer.id, False, "wrong", f"Gọi lại tôi: {' '.join(PERSONAL)}")

    rows = stored(engine)

    assert answer.id in rows and "[số điện thoại]" in rows
    for number in PERSONAL:
        assert number not in rows
        assert number not in repr(answer)


def test_feedback_is_kept_with_its_comment_masked(engine: Engine) -> None:
    question, answer = answered()
    QuestionLog(engine).add(question, answer)

    FeedbackLog(engine).add(answer.id, False, "outdated", "phí cũ, gọi 0905123456")
    FeedbackLog(engine).add(answer.id, True, None, None)

    with Session(engine) as session:
        rows = session.query(FeedbackRow).order_by(FeedbackRow.id).all()
    assert [(row.answer_id, row.helpful, row.reason, row.comment) for row in rows] == [
        (answer.id, False, "outdated", "phí cũ, gọi [số điện thoại]"),
        (answer.id, True, None, None),
    ]


@only_sqlite
def test_an_answer_that_cannot_be_kept_is_still_found_among_the_newest(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    question, answer = answered()
    log = QuestionLog(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE feedback"))
        connection.execute(text("DROP TABLE answer"))

    with caplog.at_level(logging.ERROR):
        log.add(question, answer)

    assert log.find(answer.id) == answer
    assert "an answer is not kept" in caplog.text


@only_sqlite
def test_feedback_that_cannot_be_kept_is_told(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE feedback"))

    with pytest.raises(DatabaseUnavailableError):
        FeedbackLog(engine).add("a1", True, None, None)


def test_only_the_newest_answers_stay_in_memory(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(question_log, "_RECENT", 3)
    log = QuestionLog(engine)
    question, answer = answered()
    log.add(question, answer)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM answer"))
    in_memory = log.find(answer.id)

    for _ in range(3):
        log.add(*answered("xin chào", None))

    assert in_memory == answer
    assert log.find(answer.id) is None


def test_a_full_disk_costs_the_log_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'hoixa.db'}")
    question, answer = answered()
    log = QuestionLog(engine)
    log.add(question, answer)
    with engine.begin() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            log.add(*answered())

    assert "Đĩa đã đầy" in caplog.text
    assert log.find(answer.id) == answer
    engine.dispose()


def test_the_most_asked_records_of_a_commune_in_a_span_of_time(engine: Engine) -> None:
    log = QuestionLog(engine)
    for text_asked in ("Nuôi ong cần giấy tờ gì?", ASKED, ASKED):
        log.add(*answered(text_asked, "nuoi-ong/" if "ong" in text_asked else "dang-kiem-ghe/"))
    begun = datetime.now(UTC) - timedelta(hours=1)
    ended = begun + timedelta(hours=2)

    assert log.most_asked(COMMUNE, begun, ended, 5)[0] == "dang-kiem-ghe"
    assert len(log.most_asked(COMMUNE, begun, ended, 1)) == 1
    assert log.most_asked("ba-na", begun, ended, 5) == ()
    assert log.most_asked(COMMUNE, begun - timedelta(days=9), begun, 5) == ()
    vietnam = timezone(timedelta(hours=7))
    assert log.most_asked(COMMUNE, begun.astimezone(vietnam), ended.astimezone(vietnam), 5)


def test_what_is_asked_most_is_unknown_while_the_database_cannot_be_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'gone.db'}")
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE feedback"))
        connection.execute(text("DROP TABLE answer"))

    with caplog.at_level(logging.CRITICAL):
        found = QuestionLog(engine).most_asked(
            COMMUNE, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 5
        )

    assert found == ()
    engine.dispose()
