"""Officers' accounts: passwords that are hashed and ruled, changes that are written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from app.records.accounts import (
    Account,
    AccountError,
    Accounts,
    NewAccount,
    PasswordRules,
    Role,
    one_time_password,
)
from app.records.audit import COMMAND_LINE, AuditFilter, AuditLog
from app.records.sessions import SignInMethod, StaffSessions
from app.records.signing_key import SigningKey

PASSWORD = "con trâu đi cày 42"
OTHER = "đồng lúa chín vàng 7"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class CountingHasher(PasswordHasher):
    """Counts how often a password was looked at."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.looked: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.looked.append(str(hash))
        return super().verify(hash, password)


@pytest.fixture
def audit(engine: Engine) -> AuditLog:
    return AuditLog(engine)


@pytest.fixture
def accounts(engine: Engine, audit: AuditLog) -> Accounts:
    made = Accounts(engine, audit, hasher=QUICK)
    made.add(new("quantri", role=Role.PROVINCE_ADMIN, areas=("national",)), "x", "national", OTHER)
    return made


def new(
    username: str = "hoa",
    role: Role = Role.EDITOR,
    areas: tuple[str, ...] = ("commune:hoa-tien",),
    link: str | None = None,
) -> NewAccount:
    return NewAccount(username, "Lê Thị Hoa", role, areas, link)


def added(accounts: Accounts, password: str | None = PASSWORD, **more: str) -> Account:
    return accounts.add(new(**more), COMMAND_LINE, "commune:hoa-tien", password)  # type: ignore[arg-type]


def actions(audit: AuditLog) -> list[str]:
    return [row.entry.action for row in audit.each(AuditFilter())]


def test_a_password_opens_its_account_and_no_other_word_does(accounts: Accounts) -> None:
    hoa = added(accounts)

    assert accounts.check_password("hoa", PASSWORD) == hoa
    assert accounts.check_password(" HOA ", PASSWORD) == hoa
    assert accounts.check_password("hoa", PASSWORD + " ") is None
    assert accounts.check_password("hoa", "") is None
    assert accounts.check_password("lan", PASSWORD) is None
    assert accounts.check_password("ho\0a", PASSWORD) is None


def test_the_same_letters_from_another_keyboard_are_the_same_password(accounts: Accounts) -> None:
    hoa = added(accounts)

    decomposed = "con tra\u0302u đi ca\u0300y 42"

    assert decomposed != PASSWORD
    assert accounts.check_password("hoa", decomposed) == hoa


def test_passwords_are_stored_as_argon2id_hashes_alone(accounts: Accounts, engine: Engine) -> None:
    added(accounts)

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM officer")).all()
        logged = connection.execute(text("SELECT * FROM audit_log")).all()

    assert all("$argon2id$" in str(row) for row in rows)
    assert PASSWORD not in str(rows) + str(logged)
    assert "argon2" not in str(logged)


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(
    accounts: Accounts, engine: Engine, audit: AuditLog
) -> None:
    added(accounts)
    stronger = Accounts(engine, audit, hasher=PasswordHasher(2, 16, 1))

    assert stronger.check_password("hoa", "sai mất rồi") is None
    assert "m=8,t=1" in stored_hash(engine)
    assert stronger.check_password("hoa", PASSWORD) is not None
    assert "m=16,t=2" in stored_hash(engine)
    assert stronger.check_password("hoa", PASSWORD) is not None


def stored_hash(engine: Engine) -> str:
    with engine.connect() as connection:
        asked = text("SELECT password_hash FROM officer WHERE username = 'hoa'")
        return str(connection.execute(asked).scalar_one())


def test_whoever_is_not_let_in_costs_as_much_as_a_wrong_password(
    engine: Engine, audit: AuditLog, accounts: Accounts
) -> None:
    hasher = CountingHasher()
    watched = Accounts(engine, audit, hasher=hasher)
    added(watched, username="co-that")
    blocked = added(watched, username="da-khoa")
    watched.set_blocked(blocked.id, "x", "national", blocked=True)
    added(watched, None, username="chi-oidc", link="a@b")

    for username in ("co-that", "khong-co", "da-khoa", "chi-oidc"):
        hasher.looked.clear()
        assert watched.check_password(username, PASSWORD + "!") is None
        assert len(hasher.looked) == 1, username
    assert watched.check_password("da-khoa", PASSWORD) is None


@pytest.mark.parametrize(
    "password",
    [
        pytest.param("ngắn thôi", id="nine characters"),
        pytest.param("matkhau123456", id="common"),
        pytest.param("MatKhau123456", id="common in other letters"),
        pytest.param("aaaaaabbbbbb", id="two letters"),
        pytest.param("hoa-và-mật-khẩu", id="holds the username"),
        pytest.param("x" * 501, id="endless"),
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(AccountError) as caught:
        added(accounts, password)

    assert caught.value.field == "password"
    assert accounts.find("hoa") is None


def test_the_list_of_common_passwords_holds_what_rules_alone_would_accept() -> None:
    path = Path(__file__).parents[3] / "app/records/common_passwords.txt"
    listed = path.read_text("utf-8").split()

    assert len(listed) == len(set(listed)) > 150
    assert all(word == word.casefold() and len(word) >= 8 for word in listed)
    assert sum(len(word) >= PasswordRules().min_characters for word in listed) > 60


def test_the_least_length_is_the_one_that_is_set() -> None:
    PasswordRules(12).check("mười hai đây", "hoa")

    with pytest.raises(AccountError, match="13"):
        PasswordRules(13).check("mười hai đây", "hoa")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (new("ho"), "username"),
        (new("hòa"), "username"),
        (new("a" * 41), "username"),
        (new("-hoa"), "username"),
        (new("ho\0a"), "username"),
        (NewAccount("hoa", "Hoa\0", Role.EDITOR, ("national",)), "name"),
        (new(link="a\0b"), "linked_to"),
        (new("quantri"), "username"),
        (new(areas=()), "areas"),
        (new(role=Role.PROVINCE_ADMIN), "role"),
        (NewAccount("hoa", "  ", Role.EDITOR, ("national",)), "name"),
        (NewAccount("hoa", "n" * 81, Role.EDITOR, ("national",)), "name"),
        (new(link="a" * 256), "linked_to"),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_field(
    accounts: Accounts, wrong: NewAccount, field: str
) -> None:
    with pytest.raises(AccountError) as caught:
        accounts.add(wrong, "x", "national", PASSWORD)

    assert caught.value.field == field


def test_an_account_without_a_password_must_be_linked(accounts: Accounts) -> None:
    with pytest.raises(AccountError):
        added(accounts, None)

    linked = added(accounts, None, link="hoa@xa.example")

    assert not linked.has_password
    assert accounts.linked("hoa@xa.example") == linked
    assert accounts.linked("") is None
    with pytest.raises(AccountError) as caught:
        added(accounts, None, username="lan", link="hoa@xa.example")
    assert caught.value.field == "linked_to"


def test_a_password_for_one_sign_in_has_to_be_changed(accounts: Accounts) -> None:
    made, password = accounts.add_with_one_time_password(new(), "quantri", "national")

    assert made.must_change
    assert accounts.check_password("hoa", password) == made

    accounts.set_password(made.id, PASSWORD, "hoa", "commune:hoa-tien")

    assert accounts.check_password("hoa", password) is None
    changed = accounts.check_password("hoa", PASSWORD)
    assert changed is not None and not changed.must_change
    assert accounts.reset_password(made.id, "quantri", "national") != password
    assert len({one_time_password() for _ in range(50)}) == 50


def test_every_change_is_in_the_audit_log_with_before_and_after(
    accounts: Accounts, audit: AuditLog
) -> None:
    hoa = added(accounts)
    change(accounts, hoa, role=Role.REVIEWER)
    accounts.set_blocked(hoa.id, "quantri", "national", blocked=True)
    accounts.set_blocked(hoa.id, "quantri", "national", blocked=False)
    accounts.reset_password(hoa.id, "quantri", "national")
    accounts.set_password(hoa.id, OTHER, "hoa", "commune:hoa-tien")

    assert actions(audit)[1:] == [
        "officer.added",
        "officer.changed",
        "officer.blocked",
        "officer.unblocked",
        "officer.password_reset",
        "officer.password_changed",
    ]
    changed = next(audit.each(AuditFilter(action="officer.changed"))).entry
    assert changed.subject == "officer:hoa"
    assert changed.details["before"]["role"] == "editor"
    assert changed.details["after"]["role"] == "reviewer"


def change(accounts: Accounts, account: Account, **more: object) -> Account:
    wanted = {
        "name": account.name,
        "role": account.role,
        "bound_to": account.bound_to,
        "linked_to": account.linked_to,
        **more,
    }
    return accounts.change(account.id, "quantri", "national", **wanted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ends", "what"),
    [
        (True, lambda a, o: change(a, o, role=Role.ANALYST)),
        (True, lambda a, o: change(a, o, bound_to=("commune:ba-na",))),
        (True, lambda a, o: change(a, o, linked_to="khac@xa")),
        (False, lambda a, o: change(a, o, name="Tên mới")),
        (True, lambda a, o: a.set_blocked(o.id, "x", "national", blocked=True)),
        (True, lambda a, o: a.set_password(o.id, OTHER, "x", "national")),
        (True, lambda a, o: a.reset_password(o.id, "x", "national")),
    ],
)
def test_what_makes_a_session_untrue_ends_it(
    accounts: Accounts, engine: Engine, ends: bool, what: object
) -> None:
    hoa, lan = added(accounts), added(accounts, username="lan")
    sessions = StaffSessions(engine, SigningKey(engine))
    cookies = [sessions.open(one.id, SignInMethod.PASSWORD) for one in (hoa, lan)]

    what(accounts, hoa)  # type: ignore[operator]

    assert (sessions.find(cookies[0]) is None) is ends
    assert sessions.find(cookies[1]) is not None


def test_the_last_who_administers_everything_stays(accounts: Accounts, audit: AuditLog) -> None:
    first = accounts.find("quantri")
    assert first is not None

    attempts: tuple[Callable[[], Account], ...] = (
        lambda: accounts.set_blocked(first.id, "x", "national", blocked=True),
        lambda: change(accounts, first, role=Role.EDITOR),
        lambda: change(accounts, first, bound_to=("province:da-nang",)),
    )
    for attempt in attempts:
        with pytest.raises(AccountError, match="ít nhất một"):
            attempt()
    assert accounts.find("quantri") == first
    assert actions(audit) == ["officer.added"]

    second = accounts.add(
        new("pho", role=Role.PROVINCE_ADMIN, areas=("national",)), "x", "national", PASSWORD
    )
    assert accounts.set_blocked(first.id, "x", "national", blocked=True).blocked
    with pytest.raises(AccountError, match="ít nhất một"):
        change(accounts, second, role=Role.ANALYST)


def test_areas_are_listed_the_widest_first_and_once(accounts: Accounts) -> None:
    areas = ("commune:ba-na", "province:da-nang", "commune:ba-na", "national")

    made = added(accounts, areas=areas)  # type: ignore[arg-type]

    assert made.bound_to == ("national", "province:da-nang", "commune:ba-na")
    assert accounts.listed()[0] == made
    assert made.created_at.tzinfo is UTC
    assert isinstance(made.created_at, datetime)
