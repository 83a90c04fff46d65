"""Signing in through a real OpenID Connect provider on loopback, and every way it can be wrong."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from pydantic import ValidationError

from app.records.accounts import NewAccount, Role
from app.records.audit import AuditFilter
from app.settings import Settings
from app.staff.desk import COOKIE
from app.staff.provider import IdentityProvider, NotProvenError
from app.staff.service import StaffService
from app.staffing import provider_of
from tests.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    query_of,
    running_provider,
)
from tests.servers import free_port

HOME = "/staff/commune:hoa-tien"
Claims = dict[str, Any]


@pytest.fixture(scope="module")
def shared() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(shared: Provider) -> Provider:
    shared.well()
    return shared


@pytest.fixture(scope="module")
def linked(app: FastAPI) -> str:
    """The username of the officer whom the provider calls hoa-7f3a."""
    staff: StaffService = app.state.staff
    new = NewAccount("hoa.oidc", "Lê Thị Hoa", Role.EDITOR, ("commune:hoa-tien",), "hoa-7f3a")
    return staff.accounts.add(new, "x", "national").username


@pytest.fixture
def service(app: FastAPI, provider: Provider, linked: str) -> Iterator[FastAPI]:
    """The same application with the provider set."""
    del linked
    with set_provider(app, provider, "sub"):
        yield app


@contextlib.contextmanager
def set_provider(app: FastAPI, provider: Provider, claim: str) -> Iterator[None]:
    """The application with another provider, until the end."""
    plain: StaffService = app.state.staff
    made = IdentityProvider(provider.address, CLIENT_ID, CLIENT_SECRET, claim, 5)
    app.state.staff = replace(plain, provider=made)
    try:
        yield
    finally:
        app.state.staff = plain


@pytest.fixture
def browser(service: FastAPI) -> TestClient:
    return TestClient(service, follow_redirects=False, headers={"Accept": "text/html"})


def there(browser: TestClient, path: str = "/staff/oidc") -> str:
    """Go to the provider; the address by which it sends the browser back, below our host."""
    left = browser.get(path)
    assert left.status_code == 303, left.text
    back = httpx2.get(left.headers["location"]).headers["location"]
    return str(back).removeprefix("http://testserver")


def through(browser: TestClient, path: str = "/staff/oidc") -> Response:
    """There and back again."""
    return browser.get(there(browser, path))


def test_an_officer_who_is_linked_is_signed_in(
    browser: TestClient, provider: Provider, app: FastAPI
) -> None:
    page = browser.get(f"{HOME}?q=1")
    assert 'href="/staff/oidc?next=' in browser.get(page.headers["location"]).text

    back = through(browser, f"/staff/oidc?next={HOME}")

    assert (back.status_code, back.headers["location"]) == (303, HOME)
    assert browser.get(HOME).status_code == 200
    asked = provider.asked[-1]
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert "openid" in asked["scope"]
    assert len(asked["state"]) == len(asked["nonce"]) == 64
    staff: StaffService = app.state.staff
    rows = list(staff.audit.each(AuditFilter(by="hoa.oidc", action="officer.signed_in")))
    assert rows[-1].entry.details == {"method": "provider"}


def refused(browser: TestClient, back: Response, status: int = 403) -> None:
    assert back.status_code == status
    assert 'role="alert"' in back.text
    assert COOKIE not in browser.cookies
    assert browser.get(HOME).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(lambda c: c | {"nonce": "khác"}, id="another nonce"),
        pytest.param(lambda c: without(c, "nonce"), id="no nonce"),
        pytest.param(lambda c: c | {"aud": "dich-vu-khac"}, id="another audience"),
        pytest.param(lambda c: c | {"aud": []}, id="no audience"),
        pytest.param(
            lambda c: c | {"aud": [CLIENT_ID, "khac"], "azp": "khac"}, id="made for another"
        ),
        pytest.param(lambda c: c | {"exp": int(time.time()) - 3600}, id="expired"),
        pytest.param(lambda c: without(c, "exp"), id="never expires"),
        pytest.param(lambda c: c | {"iat": int(time.time()) + 3600}, id="from the future"),
        pytest.param(lambda c: c | {"iss": "https://lua-dao.example"}, id="another issuer"),
        pytest.param(lambda c: without(c, "sub"), id="nobody"),
        pytest.param(lambda c: c | {"sub": 7}, id="no name"),
        pytest.param(lambda c: c | {"sub": "nguoi-la"}, id="unknown account"),
        pytest.param(lambda c: c | {"sub": ""}, id="empty name"),
    ],
)
def test_a_token_that_does_not_prove_who_it_is_opens_nothing(
    browser: TestClient, provider: Provider, changes: Callable[[Claims], Claims]
) -> None:
    provider.changes = changes

    refused(browser, through(browser))


def without(claims: Claims, name: str) -> Claims:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize("way", ["unsigned", "signed_with_the_client_secret", "stolen key id"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    browser: TestClient, provider: Provider, way: str
) -> None:
    if way == "stolen key id":
        other = Provider(provider.address)
        other.key = other.key.__class__.generate_key(2048, {"kid": str(provider.key.kid)})
        provider.signs = other.signed
    else:
        provider.signs = getattr(provider, way)

    refused(browser, through(browser))


def test_a_key_that_the_provider_changed_is_read_anew(
    browser: TestClient, provider: Provider
) -> None:
    assert through(browser).status_code == 303
    read = provider.read_keys
    provider.new_key()

    assert through(browser).status_code == 303
    assert provider.read_keys == read + 1


def test_another_state_opens_nothing(browser: TestClient) -> None:
    back = there(browser)

    refused(browser, browser.get(back.replace("state=", "state=x")))


def test_a_code_from_another_browser_opens_nothing(browser: TestClient, service: FastAPI) -> None:
    """Else somebody could sign another in as himself."""
    back = there(browser)
    other = TestClient(service, follow_redirects=False, headers={"Accept": "text/html"})

    refused(other, other.get(back))
    there(other)
    refused(other, other.get(back))


def test_a_code_is_of_use_once(browser: TestClient, service: FastAPI) -> None:
    back = there(browser)
    kept = browser.cookies["hoixa_oidc"]
    assert browser.get(back).status_code == 303
    again = TestClient(service, follow_redirects=False, headers={"Accept": "text/html"})
    again.cookies.set("hoixa_oidc", kept, path="/staff/oidc")

    refused(again, again.get(back))


def test_a_code_is_worth_nothing_without_its_verifier(browser: TestClient, app: FastAPI) -> None:
    """What PKCE is for: a code that was seen on the way."""
    back = there(browser)
    client: IdentityProvider | None = app.state.staff.provider
    assert client is not None
    _, leaving = client.leave("http://testserver/staff/oidc/callback")

    with pytest.raises(NotProvenError, match="invalid_grant"):
        client.name_of(query_of(back)["code"], "http://testserver/staff/oidc/callback", leaving)


def test_a_forged_or_old_memory_opens_nothing(browser: TestClient) -> None:
    back = there(browser)
    kept = browser.cookies["hoixa_oidc"]
    browser.cookies.clear()
    browser.cookies.set("hoixa_oidc", "x" + kept, path="/staff/oidc")

    refused(browser, browser.get(back))


def test_a_refusal_of_the_provider_is_told(browser: TestClient) -> None:
    state = query_of(there(browser))["state"]

    told = browser.get(f"/staff/oidc/callback?error=access_denied&state={state}")

    refused(browser, told)
    assert "không xác nhận" in told.text


def test_a_blocked_officer_is_not_let_in(browser: TestClient, app: FastAPI, linked: str) -> None:
    accounts = app.state.staff.accounts
    account = accounts.find(linked)
    accounts.set_blocked(account.id, "x", "national", blocked=True)

    refused(browser, through(browser))
    accounts.set_blocked(account.id, "x", "national", blocked=False)


@pytest.mark.parametrize(
    ("verified", "status"), [(True, 303), (False, 403), (None, 403), ("true", 403)]
)
def test_an_address_counts_only_when_the_provider_has_verified_it(
    app: FastAPI, provider: Provider, linked: str, verified: object, status: int
) -> None:
    del linked
    provider.changes = lambda claims: claims | {"email": "hoa-7f3a", "email_verified": verified}

    with set_provider(app, provider, "email"):
        browser = TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})
        assert through(browser).status_code == status


def test_a_provider_that_does_not_answer_is_told(app: FastAPI) -> None:
    nobody = Provider(f"http://127.0.0.1:{free_port()}")

    with set_provider(app, nobody, "sub"):
        browser = TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})
        refused(browser, browser.get("/staff/oidc"), 503)


def test_what_describes_another_issuer_is_not_believed(app: FastAPI, provider: Provider) -> None:
    other = Provider(provider.address.replace("127.0.0.1", "localhost"))

    with set_provider(app, other, "sub"):
        browser = TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})
        refused(browser, browser.get("/staff/oidc"), 503)


def test_without_the_setting_there_is_neither_button_nor_page(app: FastAPI) -> None:
    browser = TestClient(app, follow_redirects=False, headers={"Accept": "text/html"})

    assert "oidc" not in browser.get("/staff/sign-in").text
    assert browser.get("/staff/oidc").status_code == 404
    assert browser.get("/staff/oidc/callback?code=a&state=b").status_code == 404


def test_the_settings_make_the_provider() -> None:
    made = Settings.model_validate(
        {"oidc_issuer": "https://id.example/", "oidc_client_id": "a", "oidc_claim": "email"}
    )

    assert provider_of(made) is not None
    assert provider_of(Settings()) is None
    for wrong in (
        {"oidc_issuer": "http://id.example", "oidc_client_id": "a"},
        {"oidc_issuer": "https://id.example"},
        {"oidc_claim": ""},
    ):
        with pytest.raises(ValidationError):
            Settings.model_validate(wrong)
