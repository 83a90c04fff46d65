"""Who may what: every staff route × every role × every area × every way of not being let in.

The routes are read from the application itself, with the permission that the guard of each asks
for. A route that is guarded by nothing, and not listed here as public, fails.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from app.staff.access import PERMISSIONS, Permission, Role
from app.staff.desk import sending_token
from app.staff.service import StaffService
from tests.officers import new_officer
from tests.service import ingested_copy, running, settings_in
from tests.staff_routes import Asked, Route, Visitor, routes_of, statuses, visitor
from tests.thorough import mostly_thorough

HOA_TIEN, BA_NA, BA_DINH = "commune:hoa-tien", "commune:ba-na", "commune:ba-dinh-ha-noi"
DA_NANG, HA_NOI, NATIONAL = "province:da-nang", "province:ha-noi", "national"

WITHIN = {
    NATIONAL: {NATIONAL, DA_NANG, HA_NOI, HOA_TIEN, BA_NA, BA_DINH},
    DA_NANG: {DA_NANG, HOA_TIEN, BA_NA},
    HOA_TIEN: {HOA_TIEN},
}
"""Where an officer works who is bound to a scope; nowhere else."""

PUBLIC = {
    ("GET", "/staff/sign-in"),
    ("POST", "/staff/sign-in"),
    ("GET", "/staff/oidc"),
    ("GET", "/staff/oidc/callback"),
}
"""For who is not signed in; the forms say themselves where they come from."""

OF_EVERY_OFFICER = {
    ("GET", "/staff"),
    ("GET", "/staff/me"),
    ("POST", "/staff/me/password"),
    ("POST", "/staff/me/sessions/{session_id}/end"),
    ("POST", "/staff/me/sessions/end-others"),
    ("POST", "/staff/sign-out"),
}
"""About the officer's own account alone; they show nothing of any area."""

A, E, R, P = "analyst", "editor", "reviewer", "commune_admin province_admin"
MAY = {
    Permission.SEE: f"{A} {E} {R} {P}",
    Permission.READ: f"{E} {R} {P}",
    Permission.EDIT: f"{E} {P}",
    Permission.PUBLISH: f"{E} {R} {P}",
    Permission.REPLY: f"{E} {R} {P}",
    Permission.PIN: f"{E} {R} {P}",
    Permission.REVIEW: f"{R} {P}",
    Permission.PLACES: P,
    Permission.ACCOUNTS: P,
    Permission.AUDIT: P,
    Permission.KEEP: P,
}
"""Written out once more, so that nobody gains a permission by a slip."""

PASSED = 299
"""The status by which the guard says that it let somebody in, instead of going on."""


class _PassedError(Exception):
    """The guard let somebody in."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application of its own, with communes of two provinces."""
    folder = ingested_copy(tmp_path_factory.mktemp("permissions"))
    with running(settings_in(folder, communes="hoa-tien,ba-na,00004")) as app:
        yield app


@pytest.fixture(scope="module")
def probed(app: FastAPI) -> Iterator[FastAPI]:
    """The same, whose guards answer for their routes, so that nothing is done behind them."""

    def answer(request: Request, error: Exception) -> Response:
        return Response(status_code=PASSED)

    app.add_exception_handler(_PassedError, answer)
    for route in routes_of(app):
        for guard in route.guards:
            app.dependency_overrides[guard] = _probe(guard)
    yield app
    app.dependency_overrides.clear()


def _probe(guard: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
    async def probe(**values: Any) -> None:
        await guard(**values)
        raise _PassedError

    probe.__signature__ = inspect.signature(guard, eval_str=True)  # type: ignore[attr-defined]
    return probe


def wrong(app: FastAPI, asked: list[Asked], expected: Callable[[Asked], set[int]]) -> list[str]:
    """The requests that were answered otherwise than expected."""
    assert asked
    return [
        f"{one[0]} at {one[1]}: {status}"
        for one, status in zip(asked, statuses(app, asked), strict=True)
        if status not in expected(one)
    ]


def test_every_route_is_guarded_or_listed_as_public(app: FastAPI) -> None:
    unguarded = {(r.method, r.path) for r in routes_of(app) if not r.guards}

    assert unguarded == PUBLIC | OF_EVERY_OFFICER
    for route in routes_of(app):
        name = (route.method, route.path)
        assert route.signed_in is (name not in PUBLIC), str(route)
        assert bool(route.guards) is ("{area}" in route.path), str(route)
        assert len(route.permissions) <= 1, f"{route} asks for several, of which the first counts"
    assert len(routes_of(app)) > 60


def test_nothing_of_the_staff_is_in_the_public_description(app: FastAPI) -> None:
    assert not [path for path in app.openapi()["paths"] if path.startswith("/staff")]


def test_each_role_may_what_was_written_down_and_nothing_else() -> None:
    for role in Role:
        assert PERMISSIONS[role] == {one for one, roles in MAY.items() if role in roles.split()}


def test_some_route_asks_for_each_permission(app: FastAPI) -> None:
    assert {one for route in routes_of(app) for one in route.permissions} == set(Permission)


BOUND = [
    (role, scope)
    for role in Role
    for scope in (HOA_TIEN, DA_NANG, NATIONAL)
    if (role, scope) != (Role.PROVINCE_ADMIN, HOA_TIEN)  # no such account can be made
]
BOUND.sort(key=lambda bound: bound not in {(Role.EDITOR, HOA_TIEN), (Role.PROVINCE_ADMIN, DA_NANG)})


@pytest.mark.parametrize(("role", "bound_to"), mostly_thorough(BOUND))
def test_every_route_lets_in_whom_it_should_and_nobody_else(
    probed: FastAPI, role: Role, bound_to: str
) -> None:
    who = visitor(probed, new_officer(probed, role, bound_to))
    routes = [route for route in routes_of(probed) if route.guards]
    asked = [(route, area, who) for route in routes for area in sorted(WITHIN[NATIONAL])]

    def expected(one: Asked) -> set[int]:
        (permission,) = one[0].permissions
        may = role in MAY[permission].split() and one[1] in WITHIN[bound_to]
        return {PASSED} if may else {403}

    assert wrong(probed, asked, expected) == []


@pytest.mark.thorough
def test_an_area_that_does_not_exist_is_found_by_nobody(probed: FastAPI) -> None:
    who = visitor(probed, new_officer(probed, Role.PROVINCE_ADMIN, NATIONAL))
    nowhere = ("commune:khong-co", "commune:hai-chau", "province:hue", "everything", "me2")
    asked = [(r, area, who) for r in routes_of(probed) if r.guards for area in nowhere]

    assert wrong(probed, asked, lambda _: {404}) == []


def outsiders(app: FastAPI) -> dict[str, Visitor]:
    """Everybody who holds something that is worth nothing."""
    staff: StaffService = app.state.staff
    account = new_officer(app, Role.PROVINCE_ADMIN, NATIONAL)
    good = visitor(app, account)

    signed_out, revoked = visitor(app, account), visitor(app, account)
    put_out = new_officer(app, Role.PROVINCE_ADMIN, NATIONAL)
    blocked, blocked_too = visitor(app, put_out), visitor(app, put_out)
    for ended in (signed_out, revoked):
        held = staff.sessions.find(ended.cookie)
        assert held is not None
        if ended is revoked:
            staff.kept_sessions.revoke(held.officer.id, held.session_id)
        else:
            told = httpx_post(app, "/staff/sign-out", ended)
            assert told == 303
    staff.accounts.set_blocked(put_out.id, "x", NATIONAL, blocked=True)
    return {
        "anonymous": Visitor(),
        "anonymous with somebody's token": Visitor(csrf=good.csrf),
        "made-up cookie": Visitor("made.up.cookie", good.csrf),
        "cookie without its signature": Visitor(good.cookie.split(".")[0], good.csrf),
        "cookie with another signature": Visitor(good.cookie[:-4] + "AAAA", good.csrf),
        "cookie after signing out": signed_out,
        "revoked session": revoked,
        "blocked account": blocked,
        "another session of the blocked account": blocked_too,
    }


def httpx_post(app: FastAPI, path: str, who: Visitor) -> int:
    return statuses(app, [(Route("POST", path, (), True), "", who)])[0]


def test_whoever_is_not_signed_in_is_let_in_nowhere(probed: FastAPI) -> None:
    routes = [r for r in routes_of(probed) if (r.method, r.path) not in PUBLIC]
    for name, who in outsiders(probed).items():
        asked = [(route, HOA_TIEN, who) for route in routes]

        assert wrong(probed, asked, lambda _: {401}) == [], name


def test_nothing_is_done_without_the_sessions_own_token(probed: FastAPI) -> None:
    good, other = (
        visitor(probed, new_officer(probed, Role.PROVINCE_ADMIN, NATIONAL)) for _ in range(2)
    )
    wanting = {
        "missing": Visitor(good.cookie),
        "made up": Visitor(good.cookie, "0" * 64),
        "of another session": Visitor(good.cookie, other.csrf),
        "cut short": Visitor(good.cookie, good.csrf[:-1]),
        "in the address": Visitor(good.cookie, query=f"?csrf={good.csrf}&token={good.csrf}"),
        "another's in the address": Visitor(
            good.cookie, query=f"?token={sending_token(other.csrf)}"
        ),
    }
    changing = [
        route
        for route in routes_of(probed)
        if route.method != "GET" and (route.method, route.path) not in PUBLIC
    ]
    for name, who in wanting.items():
        asked = [(route, HOA_TIEN, who) for route in changing]
        assert wrong(probed, asked, lambda _: {403}) == [], name

    asked = [(route, HOA_TIEN, good) for route in changing if route.guards]
    assert wrong(probed, asked, lambda _: {PASSED}) == []


def test_nothing_is_changed_by_following_a_link(app: FastAPI) -> None:
    assert {route.method for route in routes_of(app)} == {"GET", "POST"}
