"""Guessing passwords gets slower and slower; the clock is the test's own."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from app.records.sign_in_tries import SignInTries, TryLimits
from app.records.signing_key import SigningKey

HERE = "203.0.113.7"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tries_on(engine: Engine, clock: Clock, **limits: int) -> SignInTries:
    longest = timedelta(seconds=limits.pop("longest", 900))
    return SignInTries(engine, SigningKey(engine), TryLimits(longest=longest, **limits), clock)


def waits(tries: SignInTries, clock: Clock, count: int, username: str = "hoa") -> list[int]:
    """How long each of so many wrong tries had to wait, each made as soon as it might."""
    waited = []
    for _ in range(count):
        told = tries.begin(username, HERE).seconds_to_wait
        waited.append(told)
        if told:
            clock.pass_by(told)
            assert tries.begin(username, HERE).seconds_to_wait == 0
    return waited


def test_the_wait_doubles_with_each_wrong_try_up_to_the_longest(
    engine: Engine, clock: Clock
) -> None:
    tries = tries_on(engine, clock, free=3, free_of_client=1000, longest=100)

    assert waits(tries, clock, 12) == [0, 0, 0, 2, 4, 8, 16, 32, 64, 100, 100, 100]


def test_a_thousand_guesses_take_days(engine: Engine, clock: Clock) -> None:
    tries = tries_on(engine, clock)

    waited = sum((tries.wait_after(count, 5) for count in range(1000)), timedelta())

    assert waited > timedelta(days=10)


def test_what_comes_during_a_wait_is_not_looked_at_and_does_not_lengthen_it(
    engine: Engine, clock: Clock
) -> None:
    tries = tries_on(engine, clock, free=1)
    tries.begin("hoa", HERE)

    assert [tries.begin("hoa", HERE).seconds_to_wait for _ in range(20)] == [2] * 20
    clock.pass_by(2)
    assert tries.begin("hoa", HERE).seconds_to_wait == 0


def test_it_holds_from_other_addresses_on_other_replicas_and_after_a_restart(
    engine: Engine, clock: Clock
) -> None:
    tries_on(engine, clock, free=1).begin("hoa", HERE)

    other = tries_on(engine, clock, free=1)

    assert other.begin("hoa", "198.51.100.1").seconds_to_wait == 2
    assert other.begin("lan", "198.51.100.1").seconds_to_wait == 0


def test_one_address_that_tries_many_accounts_waits_too(engine: Engine, clock: Clock) -> None:
    tries = tries_on(engine, clock, free=5, free_of_client=4)

    told = [tries.begin(f"ten-{number}", HERE).seconds_to_wait for number in range(6)]

    assert told == [0, 0, 0, 0, 2, 2]
    assert tries.begin("ten-9", "198.51.100.1").seconds_to_wait == 0


def test_an_unknown_username_waits_as_a_known_one_does(engine: Engine, clock: Clock) -> None:
    tries = tries_on(engine, clock, free=2, free_of_client=1000)

    assert waits(tries, clock, 5, "khong-co") == waits(tries, clock, 5, "hoa")


def test_the_right_password_forgets_the_account_but_not_the_address(
    engine: Engine, clock: Clock
) -> None:
    tries = tries_on(engine, clock, free=3, free_of_client=6)
    for _ in range(2):
        tries.begin("hoa", HERE)
    tries.begin("hoa", HERE)
    tries.succeeded("hoa", HERE)

    assert tries.begin("hoa", HERE).count == 1
    told = [tries.begin(f"ten-{number}", HERE).seconds_to_wait for number in range(4)]
    assert told == [0, 0, 0, 2]  # two wrong ones of hoa's, one more, three others


def test_a_right_password_now_and_then_buys_no_free_guesses(engine: Engine, clock: Clock) -> None:
    """Who has an account cannot use it to guess at others' from one address for free."""
    tries = tries_on(engine, clock, free=100, free_of_client=3)
    for number in range(3):
        tries.begin(f"ten-{number}", HERE)
    clock.pass_by(2)
    assert tries.begin("cua-toi", HERE).seconds_to_wait == 0
    tries.succeeded("cua-toi", HERE)

    assert tries.begin("ten-9", HERE).seconds_to_wait == 0
    assert tries.begin("ten-9", HERE).seconds_to_wait == 4


def test_after_a_day_without_tries_the_count_begins_anew(engine: Engine, clock: Clock) -> None:
    tries = tries_on(engine, clock, free=1)
    tries.begin("hoa", HERE)
    clock.pass_by(24 * 3600 + 1)

    tries.begin("lan", HERE)

    with engine.connect() as connection:
        left = connection.execute(text("SELECT count(*) FROM sign_in_try")).scalar_one()
    assert left == 2  # lan, and the address anew


def test_the_table_tells_neither_usernames_nor_addresses(engine: Engine, clock: Clock) -> None:
    tries_on(engine, clock).begin("mat khau go nham cho", HERE)

    with engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM sign_in_try")).all())

    assert "mat khau" not in stored
    assert HERE not in stored


def test_many_at_once_are_no_way_around(engine: Engine, clock: Clock) -> None:
    tries = tries_on(engine, clock, free=5, free_of_client=1000)
    looked_at: list[bool] = []

    def guess() -> None:
        for _ in range(5):
            looked_at.append(tries.begin("hoa", HERE).seconds_to_wait == 0)

    threads = [threading.Thread(target=guess) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(looked_at) == 30
    assert sum(looked_at) == 5


def test_who_guesses_from_elsewhere_keeps_nobody_from_a_browser_that_is_known(
    engine: Engine, clock: Clock
) -> None:
    tries = tries_on(engine, clock, free=2, free_of_client=3)
    for guess in range(9):
        tries.begin("hoa" if guess < 4 else f"ai-{guess}", HERE)

    assert tries.begin("hoa", "198.51.100.1").seconds_to_wait > 0, "the account waits"
    assert tries.begin("ai-do", HERE).seconds_to_wait > 0, "the address waits"
    assert tries.begin("hoa", HERE, "a known browser").seconds_to_wait == 0

    tries.succeeded("hoa", HERE, "a known browser")
    assert tries.begin("hoa", "198.51.100.1").seconds_to_wait > 0, "and goes on waiting"


def test_a_known_browser_is_slowed_by_its_own_tries_at_that_account(
    engine: Engine, clock: Clock
) -> None:
    tries = tries_on(engine, clock, free=2)

    told = [tries.begin("hoa", HERE, "known").seconds_to_wait for _ in range(3)]

    assert told == [0, 0, 2]
    assert tries.begin("minh", HERE, "known").seconds_to_wait == 0
    assert tries.begin("hoa", HERE, "another").seconds_to_wait == 0
