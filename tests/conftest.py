"""What every test gets: a closed network, settings of its own, and real servers when it asks."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Generator, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests import servers
from tests.run import remove_run_folder

# Before anything imports a library that reads them: see "threads" in the README.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ["HF_HUB_OFFLINE"] = "1"
# A developer's own settings do not reach the tests.
for _name in Settings.model_fields:
    os.environ.pop(_name.upper(), None)
    os.environ.pop(_name, None)
Settings.model_config["env_file"] = None

_SLOW = [Path(__file__).parent / name for name in ("ingest", "journeys")]
_NO_SKIPS = bool(os.environ.get("HOIXA_NO_SKIPS"))
CHROMIUM_FLAGS = (
    "--no-sandbox",  # root cannot use it; the pages are ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Of several such lists the last one counts: first what Playwright itself turns off, and
    # then pages of the address bar, which no test sees and each new window loads at great cost.
    "--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,"
    "ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,"
    "NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
)


class NetworkClosedError(ConnectionRefusedError):
    """A test reached for another machine."""


_reached: list[str] = []


def _is_near(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_far(host: object) -> None:
    if not _is_near(host):
        _reached.append(str(host))
        raise NetworkClosedError(f"The network is closed in tests, “{host}” was reached for.")


@pytest.fixture(autouse=True, scope="session")
def _closed_network() -> Iterator[None]:
    """Sockets of this process reach this machine only.

    Connecting a datagram socket sends nothing; it only asks which address of ours would be used.
    """
    plain = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    look_up = socket.getaddrinfo

    def guarded(name: str) -> Any:
        def call(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]
            asks_only = name != "sendto" and self.type == socket.SOCK_DGRAM
            if self.family in (socket.AF_INET, socket.AF_INET6) and not asks_only:
                _refuse_far(address[0])
            return plain[name](self, *arguments)

        return call

    def guarded_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if not _is_numeric(host):
            _refuse_far(host)
        return look_up(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name in plain:
            patch.setattr(socket.socket, name, guarded(name))
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


def _is_numeric(host: object) -> bool:
    try:
        ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True)
def _nobody_reached_out(request: pytest.FixtureRequest) -> Iterator[None]:
    """A refusal that the tested code swallowed still fails its test."""
    _reached.clear()
    yield
    reached = sorted(set(_reached))
    assert not reached or request.node.get_closest_marker("reaches_out"), (
        f"The network is closed in tests, but this one reached for {', '.join(reached)}."
    )


@pytest.fixture(autouse=True, scope="session")
def _routes_read_once() -> Iterator[None]:
    """FastAPI reads the function behind a route once, and not again for each application.

    Many tests have an application of their own; reading it is half a second of each.
    """
    from fastapi import routing

    name = "_build_dependant_with_parameterless_dependencies"
    read = getattr(routing, name, None)
    if read is None:  # another release of FastAPI: the tests only take longer
        yield
        return

    @cache
    def once(path: str, call: Any, dependencies: tuple[Any, ...]) -> Any:
        return read(path=path, call=call, dependencies=dependencies)

    def remembered(*, path: str, call: Any, dependencies: Sequence[Any]) -> Any:
        return once(path, call, tuple(dependencies))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, name, remembered)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy address of a database on a real PostgreSQL server, empty at first."""
    try:
        with servers.postgres() as url:
            yield url
    except servers.ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def chroma_url() -> Iterator[str]:
    """The address of a real Chroma server, empty at first."""
    try:
        with servers.chroma() as url:
            yield url
    except servers.ServerMissingError as missing:
        pytest.skip(str(missing))


def chromium_program() -> str:
    """Where Chromium is; the test is skipped without one."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed: apt install chromium")
    return program


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium, as Playwright's ``Browser``.

    It lives for one module: Playwright keeps an event loop running in the thread of the tests.
    """
    program = chromium_program()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow modules first, so that no process waits for another at the end."""
    items.sort(key=lambda item: not any(map(item.path.is_relative_to, _SLOW)))


def pytest_sessionfinish() -> None:
    """Whoever began the run cleans up behind it."""
    remove_run_folder()


def _without_skip(report: Any) -> Any:
    """Where nothing may be skipped, a skipped test is a failed one and says why."""
    if _NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"HOIXA_NO_SKIPS is set, but this was skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """See ``_without_skip``."""
    return _without_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """See ``_without_skip``."""
    return _without_skip((yield))
