"""Every route of the officers' side as the application has it, and requests to many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts

from app.records.accounts import Account
from app.records.sessions import SignInMethod
from app.staff import desk
from app.staff.access import Permission
from app.staff.desk import COOKIE
from app.staff.service import StaffService


@dataclass(frozen=True)
class Route:
    """One staff route."""

    method: str
    path: str
    guards: tuple[Callable[..., Awaitable[Any]], ...]
    signed_in: bool
    """Whether it asks at least who is signed in."""

    @property
    def permissions(self) -> set[Permission]:
        return {guard.permission for guard in self.guards}  # type: ignore[attr-defined]

    def at(self, area: str, values: Mapping[str, str] | None = None) -> str:
        """Its path in an area; parameters without a value name nothing."""
        path = self.path.replace("{area}", area)
        for part in set(self.parameters) - {"area"}:
            path = path.replace(f"{{{part}}}", (values or {}).get(part, "999999999"))
        return path

    @property
    def parameters(self) -> list[str]:
        return [part.partition("}")[0] for part in self.path.split("{")[1:]]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes_of(app: FastAPI) -> list[Route]:
    """Every route under ``/staff``, but the static files."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = context.path or ""
        if path != "/staff" and not path.startswith("/staff/"):
            continue
        if path == "/staff/static":
            continue
        calls = list(_calls(context))
        guards = tuple(dict.fromkeys(call for call in calls if hasattr(call, "permission")))
        asks = {desk.signed_in, desk.signed_in_at_all, desk.signed_in_before_body}
        for method in sorted((context.methods or {"ANY"}) - {"HEAD"}):
            found.append(Route(method, path, guards, not asks.isdisjoint(calls)))
    return found


def _calls(context: RouteContext) -> Iterator[Callable[..., Any]]:
    def below(dependant: Any) -> Iterator[Callable[..., Any]]:
        for one in dependant.dependencies:
            yield one.call
            yield from below(one)

    dependant = getattr(context, "dependant", None)
    assert dependant is not None, f"{context.path} is no route of FastAPI's, nothing guards it"
    return below(dependant)


@dataclass(frozen=True)
class Visitor:
    """Somebody with or without a session."""

    cookie: str = ""
    csrf: str = ""
    query: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    """Of the parameters of paths."""
    form: Mapping[str, str] = field(default_factory=dict)


def visitor(app: FastAPI, account: Account) -> Visitor:
    """An officer who is signed in."""
    staff: StaffService = app.state.staff
    cookie = staff.kept_sessions.open(account.id, SignInMethod.PROVIDER)
    signed = staff.sessions.find(cookie)
    assert signed is not None
    return Visitor(cookie, signed.csrf)


Asked = tuple[Route, str, Visitor]


def statuses(app: FastAPI, asked: list[Asked]) -> list[int]:
    """What each of many requests is answered with."""

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            found = []
            for route, area, who in asked:
                headers = {"X-CSRF": who.csrf} if who.csrf else {}
                if who.cookie:
                    headers["Cookie"] = f"{COOKIE}={who.cookie}"
                path = route.at(area, who.values) + who.query
                form = who.form if route.method == "POST" else None
                told = await client.request(route.method, path, headers=headers, data=form)
                found.append(told.status_code)
            return found

    return asyncio.run(ask())
