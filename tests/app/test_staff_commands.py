"""``hoixa staff``: the first administrator, and what mends accounts from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from app.cli import app
from app.records.accounts import Accounts, Role
from app.records.audit import AuditLog
from app.records.database import open_database
from app.records.sessions import SignInMethod, StaffSessions
from app.records.signing_key import SigningKey

PASSWORD = "con trâu đi cày 42"
ADD = ["--name", "Lê Thị Hoa", "--role", "province_admin", "--area", "national"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def engine(folder: Path) -> Engine:
    return open_database(f"sqlite:///{folder / 'hoixa.db'}")


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["staff", *arguments], input=typed)


def added(username: str = "quantri", *more: str) -> Result:
    options = more or tuple(ADD)
    return run("add", username, *options, "--password-stdin", typed=f"{PASSWORD}\n")


def test_the_first_administrator_is_made_with_a_password_typed_twice(engine: Engine) -> None:
    told = run("add", "quantri", *ADD, typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert told.exit_code == 0, told.output
    assert PASSWORD not in told.output
    made = Accounts(engine, AuditLog(engine)).check_password("quantri", PASSWORD)
    assert made is not None
    assert (made.role, made.bound_to, made.must_change) == (
        Role.PROVINCE_ADMIN,
        ("national",),
        False,
    )


def test_two_passwords_that_differ_make_no_account(engine: Engine) -> None:
    told = run("add", "quantri", *ADD, typed=f"{PASSWORD}\nkhác mất rồi\n")

    assert told.exit_code != 0
    assert Accounts(engine, AuditLog(engine)).listed() == ()


def test_there_is_no_account_and_no_password_before_somebody_makes_one(engine: Engine) -> None:
    assert Accounts(engine, AuditLog(engine)).listed() == ()
    assert "0 tài khoản" in run("list").output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--name", "H", "--role", "editor", "--area", "commune:khong-co"), "commune:khong-co"),
        (("--name", "H", "--role", "editor", "--area", "hoa-tien"), "hoa-tien"),
        (("--name", "H", "--role", "editor", "--area", "province:khong-co"), "province:khong-co"),
        (("--name", " ", "--role", "editor", "--area", "national"), "Họ tên"),
        (("--name", "H", "--role", "chu-tich", "--area", "national"), "chu-tich"),
        (
            ("--name", "H", "--role", "province_admin", "--area", "commune:hoa-tien"),
            "Quản trị tỉnh",
        ),
    ],
)
def test_what_cannot_be_is_told_in_a_line(options: tuple[str, ...], words: str) -> None:
    told = added("hoa", *options)

    assert told.exit_code != 0
    assert words in told.output
    assert "Traceback" not in told.output


def test_a_weak_password_is_refused() -> None:
    told = run("add", "quantri", *ADD, "--password-stdin", typed="matkhau123456\n")

    assert told.exit_code == 1
    assert "quá phổ biến" in told.output


def test_the_least_length_of_passwords_is_as_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_MIN_CHARACTERS", "30")

    told = added()

    assert told.exit_code == 1
    assert "30 ký tự" in told.output


def test_accounts_are_listed_blocked_and_let_in_again() -> None:
    added()
    added("hoa", "--name", "Hoa", "--role", "editor", "--area", "commune:hoa-tien")

    assert run("block", "hoa").exit_code == 0
    listed = run("list").output
    assert "hoa · Hoa · Biên tập (editor) · commune:hoa-tien" in listed
    assert listed.count("đã khóa") == 1
    assert run("unblock", "hoa").exit_code == 0
    assert "đã khóa" not in run("list").output
    assert "2 tài khoản" in run("list").output


def test_the_last_administrator_is_not_blocked() -> None:
    added()

    told = run("block", "quantri")

    assert told.exit_code == 1
    assert "ít nhất một quản trị" in told.output


def test_a_new_password_ends_the_sessions(engine: Engine) -> None:
    added()
    accounts = Accounts(engine, AuditLog(engine))
    account = accounts.find("quantri")
    assert account is not None
    sessions = StaffSessions(engine, SigningKey(engine))
    cookie = sessions.open(account.id, SignInMethod.PASSWORD)

    told = run("password", "quantri", "--password-stdin", typed="đồng lúa chín vàng 7\n")

    assert told.exit_code == 0
    assert sessions.find(cookie) is None
    assert accounts.check_password("quantri", "đồng lúa chín vàng 7") is not None


def test_sessions_are_ended_from_the_command_line(engine: Engine) -> None:
    added()
    account = Accounts(engine, AuditLog(engine)).find("quantri")
    assert account is not None
    sessions = StaffSessions(engine, SigningKey(engine))
    cookie = sessions.open(account.id, SignInMethod.PASSWORD)

    assert "1 phiên" in run("sign-out", "quantri").output
    assert sessions.find(cookie) is None


@pytest.mark.parametrize("command", ["block", "unblock", "sign-out", "password"])
def test_an_unknown_account_is_told(command: str) -> None:
    told = run(command, "khong-co", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert told.exit_code == 1
    assert "Không có tài khoản" in told.output


def test_the_log_is_checked_and_its_last_seal_printed(engine: Engine) -> None:
    added()
    sealed = AuditLog(engine).check().hash

    whole = run("audit-check")
    assert whole.exit_code == 0
    assert sealed in whole.output
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_log_unchanged"))
        connection.execute(text("UPDATE audit_log SET action = 'officer.gone'"))
    broken = run("audit-check")

    assert broken.exit_code == 1
    assert "dòng số 1" in broken.output
