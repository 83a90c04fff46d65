"""Officers who are signed in, for tests of their pages."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Account, NewAccount, Role
from app.records.audit import COMMAND_LINE
from app.records.sessions import SignInMethod
from app.staff.desk import COOKIE
from app.staff.service import StaffService

PASSWORD = "con trâu đi cày 42"


def new_officer(
    app: FastAPI, role: Role, *bound_to: str, username: str = "", password: str | None = None
) -> Account:
    """An account; without a password it is linked to a name of the identity provider."""
    staff: StaffService = app.state.staff
    name = username or f"cb-{secrets.token_hex(5)}"
    link = None if password else f"{name}@thu.example"
    new = NewAccount(name, f"Cán bộ {name}", role, bound_to or ("national",), link)
    return staff.accounts.add(new, COMMAND_LINE, new.bound_to[0], password)


def client_for(app: FastAPI, account: Account) -> TestClient:
    """A browser in which an officer is signed in; it follows no redirects by itself.

    Its requests carry the session's token in ``X-CSRF`` and ask for pages.
    """
    staff: StaffService = app.state.staff
    cookie = staff.kept_sessions.open(account.id, SignInMethod.PROVIDER)
    signed = staff.sessions.find(cookie)
    assert signed is not None
    headers = {"X-CSRF": signed.csrf, "Accept": "text/html"}
    client = TestClient(app, follow_redirects=False, headers=headers)
    client.cookies.set(COOKIE, cookie, path="/staff")
    return client


def officer_client(app: FastAPI, role: Role, *bound_to: str) -> TestClient:
    """A browser of a new officer of a role, bound to some scopes; see ``client_for``."""
    return client_for(app, new_officer(app, role, *bound_to))


def sign_in_by_page(
    page: Any, address: str, username: str, password: str = PASSWORD, path: str = "/staff"
) -> None:
    """Sign in as a person does, in a Playwright page, and go to a page."""
    page.goto(f"{address}/staff/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(password)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: "/staff/sign-in" not in url)
    if path != "/staff":
        page.goto(f"{address}{path}")
