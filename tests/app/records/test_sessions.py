"""Officers' sessions: signed, hashed, ended by idleness, by age and at will."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, event, text

from app.records.accounts import Accounts, NewAccount, Role
from app.records.audit import AuditLog
from app.records.sessions import (
    SessionLimits,
    SignInMethod,
    StaffSessions,
    device_of,
)
from app.records.signing_key import SigningKey
from tests.app.records.kinds import only_sqlite

KEY = "một chìa khóa đủ dài để thử phiên đăng nhập"


class Clock:
    """Begins now: the signature carries the real time."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(engine: Engine, clock: Clock) -> StaffSessions:
    limits = SessionLimits(timedelta(minutes=30), timedelta(hours=8))
    return StaffSessions(engine, SigningKey(engine, KEY), limits, clock)


@pytest.fixture
def officer(engine: Engine) -> int:
    return officer_named(engine, "hoa")


def officer_named(engine: Engine, name: str) -> int:
    accounts = Accounts(engine, AuditLog(engine), hasher=PasswordHasher(1, 8, 1))
    new = NewAccount(name, name, Role.EDITOR, ("commune:hoa-tien",), f"{name}@xa")
    return accounts.add(new, "x", "national").id


def opened(sessions: StaffSessions, officer: int, agent: str = "") -> str:
    return sessions.open(officer, SignInMethod.PASSWORD, agent)


def test_a_cookie_finds_its_session(sessions: StaffSessions, officer: int) -> None:
    cookie = opened(sessions, officer)

    held = sessions.find(cookie)

    assert held is not None
    assert held.session.officer_id == officer
    assert held.session.method is SignInMethod.PASSWORD
    assert len(held.csrf) == 64


def test_each_sign_in_has_another_cookie_and_another_token(
    sessions: StaffSessions, officer: int
) -> None:
    cookies = [opened(sessions, officer) for _ in range(3)]
    held = [sessions.find(cookie) for cookie in cookies]

    assert len(set(cookies)) == 3
    assert len({one.csrf for one in held if one}) == 3
    assert len({one.session.id for one in held if one}) == 3


def test_the_database_holds_nothing_that_opens_a_session(
    sessions: StaffSessions, officer: int, engine: Engine
) -> None:
    cookie = opened(sessions, officer)
    held = sessions.find(cookie)
    assert held is not None

    with engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM staff_session")).all())

    token = cookie.split(".")[0]
    assert len(token) >= 43  # 256 bits
    assert token not in stored
    assert held.csrf not in stored


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda cookie: "", id="none"),
        pytest.param(lambda cookie: cookie.split(".")[0], id="unsigned"),
        pytest.param(lambda cookie: "A" + cookie[1:], id="another token"),
        pytest.param(lambda cookie: cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), id="seal"),
        pytest.param(lambda cookie: cookie + "x" * 400, id="long"),
        pytest.param(lambda cookie: "đ.ă.â", id="other letters"),
        pytest.param(lambda cookie: cookie.replace(".", "..", 1), id="dots"),
    ],
)
def test_a_forged_cookie_finds_nothing(
    sessions: StaffSessions, officer: int, forge: object
) -> None:
    assert sessions.find(forge(opened(sessions, officer))) is None  # type: ignore[operator]


def test_a_cookie_signed_with_another_key_finds_nothing(
    sessions: StaffSessions, officer: int, engine: Engine
) -> None:
    cookie = opened(sessions, officer)

    assert StaffSessions(engine, SigningKey(engine, KEY + "!")).find(cookie) is None


def test_without_a_key_that_is_set_every_replica_takes_the_one_in_the_database(
    engine: Engine, officer: int
) -> None:
    one, other = (StaffSessions(engine, SigningKey(engine)) for _ in range(2))

    assert other.find(opened(one, officer)) is not None
    assert SigningKey(engine).value() == SigningKey(engine).value()
    assert len(SigningKey(engine).value()) == 64


def test_an_idle_session_ends_and_a_used_one_goes_on(
    sessions: StaffSessions, officer: int, clock: Clock
) -> None:
    idle, used = opened(sessions, officer), opened(sessions, officer)

    clock.pass_by(minutes=29)
    assert sessions.find(used) is not None
    clock.pass_by(minutes=1)

    assert sessions.find(idle) is None
    assert sessions.find(used) is not None


def test_a_used_session_still_ends_with_its_hours(
    sessions: StaffSessions, officer: int, clock: Clock
) -> None:
    cookie = opened(sessions, officer)
    for _ in range(23):
        clock.pass_by(minutes=20)
        assert sessions.find(cookie) is not None

    clock.pass_by(minutes=20)

    assert sessions.find(cookie) is None


def test_what_has_ended_is_deleted_at_the_next_sign_in(
    sessions: StaffSessions, officer: int, clock: Clock, engine: Engine
) -> None:
    opened(sessions, officer)
    clock.pass_by(hours=1)
    opened(sessions, officer)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM staff_session")).scalar_one() == 1


def test_reading_pages_writes_once_a_minute_at_most(
    sessions: StaffSessions, officer: int, clock: Clock, engine: Engine
) -> None:
    cookie = opened(sessions, officer)
    written: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: (
            None if statement.startswith("SELECT") else written.append(statement)
        ),
    )

    for _ in range(50):
        sessions.find(cookie)
    assert written == []
    clock.pass_by(seconds=61)
    for _ in range(50):
        sessions.find(cookie)

    assert len(written) == 1


@only_sqlite
def test_a_database_that_is_only_read_costs_nobody_the_session(
    sessions: StaffSessions, officer: int, clock: Clock, engine: Engine
) -> None:
    cookie = opened(sessions, officer)
    clock.pass_by(minutes=2)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA query_only=ON"))

    assert sessions.find(cookie) is not None


def test_a_revoked_session_is_gone_at_once_and_no_other(
    sessions: StaffSessions, officer: int, engine: Engine
) -> None:
    lan = officer_named(engine, "lan")
    mine, also_mine, hers = (opened(sessions, who) for who in (officer, officer, lan))
    held = sessions.find(mine)
    assert held is not None

    assert not sessions.revoke(lan, held.session.id)
    assert sessions.revoke(officer, held.session.id)

    assert sessions.find(mine) is None
    assert sessions.find(also_mine) is not None
    assert sessions.find(hers) is not None
    assert not sessions.revoke(officer, held.session.id)


def test_all_but_one_end(sessions: StaffSessions, officer: int) -> None:
    cookies = [opened(sessions, officer) for _ in range(3)]
    kept = sessions.find(cookies[1])
    assert kept is not None

    assert sessions.revoke_all(officer, but=kept.session.id) == 2

    assert [sessions.find(cookie) is not None for cookie in cookies] == [False, True, False]
    assert sessions.of(officer) == (kept.session,)
    assert sessions.revoke_all(officer) == 1


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/131.0.0.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "coc_coc_browser/128.0.0 Chrome/122.0.0.0 Safari/537.36",
            "Cốc Cốc, Windows",
        ),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_of_a_browser_only_its_kind_is_kept(
    sessions: StaffSessions, officer: int, agent: str, device: str
) -> None:
    opened(sessions, officer, agent)

    assert device_of(agent) == device
    assert sessions.of(officer)[0].device == device
