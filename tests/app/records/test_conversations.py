"""What a follow-up inherits: in its commune, for its time, on every replica."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from app.answering.pipeline import Turn
from app.records import conversations as module
from app.records.conversations import ConversationLog
from app.records.database import open_database
from knowledge_base.record import Facet
from tests.app.records.kinds import only_sqlite
from tests.service import fresh_database

TURN = Turn("dang-ky-tam-tru", Facet.FEE, "nha-thue")


def later(minutes: float, patch: pytest.MonkeyPatch) -> None:
    """Let time pass."""
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    patch.setattr(module, "now", lambda: moment)


def test_a_turn_is_remembered_by_every_replica(engine: Engine) -> None:
    ConversationLog(engine, 30).keep("c1", "hoa-tien", TURN)

    assert ConversationLog(engine, 30).last("c1", "hoa-tien") == TURN


def test_a_turn_without_facet_or_case_is_remembered_as_such(engine: Engine) -> None:
    bare = Turn("dang-ky-tam-tru", None, None)
    conversations = ConversationLog(engine, 30)

    conversations.keep("c1", "hoa-tien", bare)

    assert conversations.last("c1", "hoa-tien") == bare


def test_what_was_offered_to_choose_from_is_remembered(engine: Engine) -> None:
    offered = Turn("tach-ho", Facet.FEE, None, ("tach-ho", "dang-ky-thuong-tru"))
    conversations = ConversationLog(engine, 30)

    conversations.keep("c1", "hoa-tien", offered)

    assert conversations.last("c1", "hoa-tien") == offered


def test_the_last_turn_takes_the_place_of_the_one_before(engine: Engine) -> None:
    conversations = ConversationLog(engine, 30)
    conversations.keep("c1", "hoa-tien", TURN)

    conversations.keep("c1", "hoa-tien", Turn("tach-ho", Facet.WHERE, None))

    assert conversations.last("c1", "hoa-tien") == Turn("tach-ho", Facet.WHERE, None)


def test_an_unknown_conversation_has_no_turn(engine: Engine) -> None:
    assert ConversationLog(engine, 30).last("khac", "hoa-tien") is None


def test_a_conversation_stays_in_its_commune(engine: Engine) -> None:
    conversations = ConversationLog(engine, 30)
    conversations.keep("c1", "hoa-tien", TURN)

    assert conversations.last("c1", "ba-na") is None


@pytest.mark.parametrize(("minutes", "passed"), [(30, 29.5), (5, 4.5), (120, 119)])
def test_a_conversation_lasts_as_long_as_is_set(
    engine: Engine, minutes: int, passed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations = ConversationLog(engine, minutes)
    conversations.keep("c1", "hoa-tien", TURN)

    later(passed, monkeypatch)
    within = conversations.last("c1", "hoa-tien")
    later(minutes + 0.5, monkeypatch)
    after = conversations.last("c1", "hoa-tien")

    assert within == TURN
    assert after is None


@only_sqlite
def test_a_database_that_fails_costs_the_follow_up_and_not_the_answer(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    conversations = ConversationLog(engine, 30)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE conversation"))

    with caplog.at_level(logging.ERROR):
        conversations.keep("c1", "hoa-tien", TURN)
        last = conversations.last("c1", "hoa-tien")

    assert last is None
    assert len(caplog.records) == 2


def test_an_id_as_long_as_clients_may_send_is_kept_on_postgresql(postgres_url: str) -> None:
    engine = open_database(fresh_database(postgres_url, "test_conversations"))
    conversations = ConversationLog(engine, 30)

    conversations.keep("c" * 64, "hoa-tien", TURN)
    last = conversations.last("c" * 64, "hoa-tien")
    engine.dispose()

    assert last == TURN
