"""Tickets: masked, found by their code alone, answered, and really deleted after their days."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text

from app.answering.answer import Citation, Language, LegalLine
from app.records import database
from app.records import tickets as module
from app.records.audit import AuditFilter, AuditLog
from app.records.database import migrate
from app.records.retention import purging
from app.records.ticket_code import ALPHABET, new_code, read_code, shown
from app.records.tickets import (
    Author,
    FollowUpsSpentError,
    NewTicket,
    Ticket,
    TicketChangedError,
    TicketClosedError,
    TicketFilter,
    TicketPage,
    Tickets,
    TicketState,
    UnknownTicketError,
)
from knowledge_base.revisions import DatabaseUnavailableError
from tests.app.records.kinds import only_sqlite
from tests.service import fresh_database

PERSONAL = ("048201001234", "0905123456", "a.nguyen@gmail.com")

CITATION = Citation(
    1,
    "dang-ky-tam-tru",
    "Đăng ký tạm trú",
    "Lệ phí",
    "Nộp qua mạng: 7.000 đồng/lần.",
    (LegalLine("75/2022/TT-BTC", "Thông tư", None, date(2023, 2, 5)),),
    "Thủ tục 1.004194",
    "https://dichvucong.gov.vn",
    date(2026, 11, 21),
)


def new(question: str = "Nuôi yến có phải xin phép?", sending: str = "lan-1") -> NewTicket:
    return NewTicket("hoa-tien", question, Language.VI, sending, "a1", "c1")


def later(days: float, patch: pytest.MonkeyPatch) -> None:
    """Let time pass."""
    moment = datetime.now(UTC) + timedelta(days=days)
    patch.setattr(module, "now", lambda: moment)


@pytest.fixture
def tickets(engine: Engine) -> Tickets:
    return Tickets(engine, days=90, follow_ups=2)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def first_release(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database as the release before tickets left it, with a place in it."""
    if request.param == "SQLite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        url = fresh_database(request.getfixturevalue("postgres_url"), "before_tickets")
        url = url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(database._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO place (code, commune, label, retired, made_at) "
                "VALUES ('bcd234', 'hoa-tien', 'Quầy 3', false, '2026-11-21')"
            )
        )
    yield engine
    engine.dispose()


def test_an_older_database_gets_the_tables_and_keeps_its_rows(first_release: Engine) -> None:
    assert "ticket" not in inspect(first_release).get_table_names()

    migrate(first_release)

    ticket = Tickets(first_release, 90, 2).open_ticket(new())
    assert Tickets(first_release, 90, 2).find(ticket.code) == ticket
    with first_release.connect() as connection:
        assert connection.execute(text("SELECT label FROM place")).scalar_one() == "Quầy 3"


def test_a_ticket_lives_alike_on_either_database(engine: Engine) -> None:
    tickets = Tickets(engine, 90, 2)
    opened = tickets.open_ticket(new())

    tickets.reply(opened.code, "Không phải xin phép.", "Phòng Kinh tế", (CITATION,))
    tickets.write_again(opened.code, "Còn nuôi chó?")
    found = tickets.find(opened.code)

    assert found is not None
    assert [message.author for message in found.messages] == [Author.OFFICER, Author.RESIDENT]
    assert found.messages[0].citations == (CITATION,)
    assert found.messages[0].office == "Phòng Kinh tế"
    assert found.created_at == opened.created_at <= found.updated_at
    assert found.created_at.utcoffset() == timedelta(0)
    assert abs(found.created_at - datetime.now(UTC)) < timedelta(minutes=5)
    tickets.delete(opened.code)
    assert tickets.find(opened.code) is None
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM ticket_message")).scalar_one() == 0


def test_a_fresh_ticket_waits_and_says_what_it_came_from(tickets: Tickets) -> None:
    ticket = tickets.open_ticket(new())

    assert ticket.state is TicketState.OPEN
    assert (ticket.commune, ticket.question) == ("hoa-tien", "Nuôi yến có phải xin phép?")
    assert (ticket.answer_id, ticket.conversation_id) == ("a1", "c1")
    assert (ticket.assigned_to, ticket.forwarded_to, ticket.messages) == (None, None, ())


@only_sqlite
def test_nothing_personal_reaches_any_row(tickets: Tickets, tmp_path: Path) -> None:
    ticket = tickets.open_ticket(new(f"Tôi là {', '.join(PERSONAL)}, hỏi về yến"))
    tickets.write_again(ticket.code, f"gọi {' '.join(PERSONAL)}")

    written = (tmp_path / "hoixa.db").read_bytes()
    shown_again = tickets.find(ticket.code)

    assert "[số điện thoại]".encode() in written
    for number in PERSONAL:
        assert number.encode() not in written
        assert number not in repr(shown_again)


def test_the_same_sending_twice_is_one_ticket(tickets: Tickets) -> None:
    first, again = tickets.open_ticket(new()), tickets.open_ticket(new())

    assert first == again
    assert tickets.open_ticket(new(sending="lan-2")).code != first.code


def test_the_same_sending_twice_at_once_is_one_ticket(tickets: Tickets) -> None:
    made: list[Ticket] = []
    threads = [
        threading.Thread(target=lambda: made.append(tickets.open_ticket(new()))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({ticket.code for ticket in made}) == 1
    assert len(made) == 6


def test_a_code_that_is_taken_is_drawn_again(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["D4FH7K", "D4FH7K", "D4FH7K", "QRT234"])
    monkeypatch.setattr(module, "new_code", lambda: next(drawn))

    written = [tickets.open_ticket(new(sending=f"lan-{n}")).code for n in range(2)]

    assert written == ["D4FH7K", "QRT234"]


def test_codes_are_drawn_by_secrets_from_every_character(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def first(characters: str) -> str:
        asked.append(characters)
        return characters[0]

    monkeypatch.setattr(secrets, "choice", first)

    assert new_code() == ALPHABET[0] * 6
    assert asked == [ALPHABET] * 6


def test_no_character_looks_like_another_and_none_spells_a_word() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 21
    assert not set(ALPHABET) & set("01ILOSZBGU" + "AEIOUY" + "CM")


@pytest.mark.parametrize(
    "typed",
    ["D4FH7K", "d4f h7k", " D4F-H7K ", "d 4 f h 7 k", "Đ4FH7K", "đ4f.h7k", "D4F\u00a0H7K"],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == "D4FH7K"


@pytest.mark.parametrize(
    ("typed", "meant"), [("BGSZUO", "8652VQ"), ("b05zu0", "8Q52VQ")], ids=["large", "small"]
)
def test_what_looks_alike_is_taken_for_what_is_meant(typed: str, meant: str) -> None:
    assert read_code(typed) == meant


@pytest.mark.parametrize(
    "typed", ["", "D4FH7", "D4FH7KK", "A4FH7K", "D4FH7\0", "' OR 1", "1IL1IL", "ＤＤＤＤＤＤ"]
)
def test_what_can_be_no_code_finds_nothing(tickets: Tickets, typed: str) -> None:
    assert read_code(typed) is None
    assert tickets.find(typed) is None


def test_a_code_is_shown_in_two_halves_that_are_read_back() -> None:
    assert shown("D4FH7K") == "D4F H7K"
    assert read_code(shown("D4FH7K")) == "D4FH7K"


def test_a_reply_answers_and_another_question_waits_again(tickets: Tickets) -> None:
    code = tickets.open_ticket(new()).code

    assert tickets.reply(code, "Không phải.").state is TicketState.ANSWERED
    assert tickets.waiting() == ()
    assert tickets.write_again(code, "Còn nuôi chó?").state is TicketState.OPEN
    assert [ticket.code for ticket in tickets.waiting("hoa-tien")] == [code]
    assert tickets.waiting("ba-na") == ()


def test_who_waits_longest_is_first(tickets: Tickets, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tickets.open_ticket(new(sending="1")).code
    later(1, monkeypatch)
    second = tickets.open_ticket(new(sending="2")).code
    later(2, monkeypatch)
    tickets.write_again(first, "thêm")

    assert [ticket.code for ticket in tickets.waiting()] == [first, second]


def test_a_forwarded_ticket_waits_for_that_office_until_it_is_answered(tickets: Tickets) -> None:
    code = tickets.open_ticket(new()).code

    forwarded = tickets.forward(code, "Thuế cơ sở 5")
    asked_more = tickets.write_again(code, "thêm")

    assert (forwarded.state, forwarded.forwarded_to) == (TicketState.FORWARDED, "Thuế cơ sở 5")
    assert asked_more.state is TicketState.FORWARDED
    assert [ticket.code for ticket in tickets.waiting()] == [code]
    assert tickets.reply(code, "Rồi.", "Thuế cơ sở 5").state is TicketState.ANSWERED


def test_an_officer_s_words_keep_offices_numbers_and_nobody_s_papers(tickets: Tickets) -> None:
    code = tickets.open_ticket(new()).code
    told = "CCCD 048201001234 của bà đã xong; gọi 0236 3846 123."

    replied = tickets.reply(code, told)
    forwarded = tickets.forward(code, "Công an, 0236 3846 113, hồ sơ H17.20.14-251121-0001")

    assert replied.messages[0].text == "CCCD [số giấy tờ] của bà đã xong; gọi 0236 3846 123."
    assert forwarded.forwarded_to == "Công an, 0236 3846 113, hồ sơ [số giấy tờ]"


def test_nothing_more_is_written_on_a_closed_ticket(tickets: Tickets) -> None:
    code = tickets.open_ticket(new()).code
    tickets.close(code)

    changes: tuple[Callable[[], Ticket], ...] = (
        lambda: tickets.reply(code, "a"),
        lambda: tickets.write_again(code, "a"),
        lambda: tickets.forward(code, "a"),
        lambda: tickets.close(code),
    )
    for change in changes:
        with pytest.raises(TicketClosedError):
            change()
    found = tickets.find(code)
    assert found is not None
    assert (found.state, found.messages) == (TicketState.CLOSED, ())


@pytest.mark.parametrize("follow_ups", [0, 2])
def test_a_resident_writes_again_as_often_as_is_set(engine: Engine, follow_ups: int) -> None:
    tickets = Tickets(engine, 90, follow_ups)
    code = tickets.open_ticket(new()).code
    for _ in range(follow_ups):
        tickets.write_again(code, "thêm")
    tickets.reply(code, "Rồi.")

    with pytest.raises(FollowUpsSpentError):
        tickets.write_again(code, "thêm nữa")

    found = tickets.find(code)
    assert found is not None
    assert found.follow_ups == follow_ups
    assert found.state is TicketState.ANSWERED


def test_an_unknown_code_changes_nothing(tickets: Tickets) -> None:
    for code in ("D4FH7K", "khong phai ma"):
        with pytest.raises(UnknownTicketError, match="Không có câu hỏi"):
            tickets.reply(code, "a")
        with pytest.raises(UnknownTicketError):
            tickets.delete(code)


@pytest.mark.parametrize("days", [7, 90])
def test_a_ticket_is_found_and_changed_only_within_its_days(
    engine: Engine, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = Tickets(engine, days, 2)
    code = tickets.open_ticket(new()).code

    later(days - 0.1, monkeypatch)
    within = tickets.find(code)
    later(days + 0.1, monkeypatch)

    assert within is not None
    assert tickets.find(code) is None
    assert tickets.waiting() == ()
    with pytest.raises(UnknownTicketError):
        tickets.reply(code, "muộn")


def test_something_new_gives_a_ticket_its_days_again(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tickets.open_ticket(new()).code
    later(80, monkeypatch)
    tickets.reply(code, "Rồi.")
    later(160, monkeypatch)

    assert tickets.purge() == 0
    assert tickets.find(code) is not None


@only_sqlite
def test_a_purge_deletes_what_is_past_its_days_from_the_file_itself(
    tickets: Tickets, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tickets.open_ticket(new("Câu hỏi thật cũ về yến sào", "1")).code
    tickets.reply(old, "Lời đáp thật cũ")
    tickets.close(old)
    later(60, monkeypatch)
    young = tickets.open_ticket(new("Câu hỏi còn mới", "2")).code
    later(100, monkeypatch)

    assert tickets.purge() == 1
    assert tickets.purge() == 0

    engine.dispose()
    left = (tmp_path / "hoixa.db").read_bytes()
    assert "còn mới".encode() in left
    assert "yến sào".encode() not in left
    assert "đáp thật cũ".encode() not in left
    assert tickets.find(young) is not None


def test_the_service_purges_at_its_start_and_goes_on_after_an_outage(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = set(threading.enumerate())
    rounds: list[int] = []
    enough = threading.Event()

    def purge() -> int:
        rounds.append(1)
        if len(rounds) == 1:
            raise DatabaseUnavailableError("đĩa đầy")
        if len(rounds) == 3:
            enough.set()
        return 2

    with caplog.at_level(logging.INFO), purging(purge, every_seconds=0.001):
        assert enough.wait(10)
    ended = len(rounds)

    assert "nothing is deleted this time" in caplog.text
    assert "2 past their days deleted" in caplog.text
    assert set(threading.enumerate()) <= before
    assert len(rounds) == ended


@only_sqlite
def test_a_database_that_fails_is_told(tickets: Tickets, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE ticket_message"))
        connection.execute(text("DROP TABLE ticket"))

    calls: tuple[Callable[[], object], ...] = (
        lambda: tickets.open_ticket(new()),
        lambda: tickets.find("D4FH7K"),
        lambda: tickets.reply("D4FH7K", "a"),
        tickets.purge,
        tickets.waiting,
    )
    for call in calls:
        with pytest.raises(DatabaseUnavailableError):
            call()


def of(*communes: str, **more: Any) -> TicketFilter:
    return TicketFilter(communes or ("hoa-tien",), **more)


def codes(page: TicketPage) -> list[str]:
    return [ticket.code for ticket in page.tickets]


def actions(engine: Engine) -> list[tuple[str, str, str]]:
    entries = AuditLog(engine).page(AuditFilter(), 0, 20)
    return [(one.entry.action, one.entry.by, one.entry.scope) for one in entries]


def test_a_list_shows_who_waits_longest_first_and_then_what_is_done(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tickets.open_ticket(new(sending="1")).code
    later(1, monkeypatch)
    second = tickets.open_ticket(new(sending="2")).code
    later(2, monkeypatch)
    third = tickets.open_ticket(new(sending="3")).code
    tickets.reply(first, "Không phải.")
    tickets.assign(second, "lan", by="lan")  # whoever takes it does not make it younger

    assert codes(tickets.listed(of(), 0, 10)) == [second, third, first]
    assert codes(tickets.listed(of(), 1, 1)) == [third]
    assert tickets.listed(of(), 0, 1).count == 3


def test_a_list_is_narrowed_by_state_officer_age_and_words(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tickets.open_ticket(new(sending="1", question="Xe rác chạy ngày nào?")).code
    later(3, monkeypatch)
    second = tickets.open_ticket(new(sending="2")).code
    tickets.reply(second, "Không phải.")
    tickets.assign(first, "lan", by="minh")
    waiting = frozenset({TicketState.OPEN, TicketState.FORWARDED})
    before = tickets.find(second)
    assert before is not None

    assert codes(tickets.listed(of(states=waiting), 0, 10)) == [first]
    assert codes(tickets.listed(of(assigned_to="lan"), 0, 10)) == [first]
    assert codes(tickets.listed(of(assigned_to=""), 0, 10)) == [second]
    assert codes(tickets.listed(of(words="RAC ngay"), 0, 10)) == [first]
    assert codes(tickets.listed(of(waiting_before=before.created_at), 0, 10)) == [first]
    assert tickets.count_waiting(("hoa-tien",)) == 1
    assert tickets.count_waiting(("hoa-tien",), before.created_at) == 1
    assert tickets.listed(of("ba-na"), 0, 10).count == 0


def test_a_ticket_sent_on_waits_elsewhere_and_stays_in_sight(
    tickets: Tickets, engine: Engine
) -> None:
    code = tickets.open_ticket(new()).code

    moved = tickets.move(code, "ba-na", by="lan")

    assert (moved.commune, moved.state) == ("ba-na", TicketState.OPEN)
    assert moved.moved_from == ("hoa-tien",)
    assert codes(tickets.listed(of("ba-na"), 0, 10)) == [code]
    assert codes(tickets.listed(of("hoa-tien"), 0, 10)) == []
    assert codes(tickets.listed(of("hoa-tien", moved=True), 0, 10)) == [code]
    assert actions(engine) == [("ticket.moved", "lan", "commune:hoa-tien")]


def test_a_reply_is_held_back_when_somebody_wrote_meanwhile(tickets: Tickets) -> None:
    code = tickets.open_ticket(new()).code
    tickets.reply(code, "Của Lan.", by="lan", seen=0)

    with pytest.raises(TicketChangedError) as caught:
        tickets.reply(code, "Của Minh.", by="minh", seen=0)

    assert [message.text for message in caught.value.ticket.messages] == ["Của Lan."]
    after = tickets.reply(code, "Của Minh, sau khi đọc.", by="minh", seen=1)
    assert len(after.messages) == 2


def test_officers_at_one_ticket_are_told_of_each_other(
    tickets: Tickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tickets.open_ticket(new()).code
    tickets.seen(code, "lan")
    tickets.seen(code, "minh")

    assert [one.officer for one in tickets.others_at(code, "minh", minutes=5)] == ["lan"]
    later(1, monkeypatch)
    assert tickets.others_at(code, "minh", minutes=5) == ()


def test_what_officers_do_is_in_the_audit_log_and_what_residents_do_is_not(
    tickets: Tickets, engine: Engine
) -> None:
    code = tickets.open_ticket(new()).code
    tickets.write_again(code, "thêm")
    tickets.reply(code, "Không phải.", by="lan")
    tickets.forward(code, "Thuế cơ sở 5")
    tickets.close(code, by="lan")
    tickets.delete(code, by="lan")

    assert actions(engine) == [
        ("ticket.deleted", "lan", "commune:hoa-tien"),
        ("ticket.closed", "lan", "commune:hoa-tien"),
        ("ticket.forwarded", "command-line", "commune:hoa-tien"),
        ("ticket.replied", "lan", "commune:hoa-tien"),
    ]
