"""Real servers for tests: a free loopback port, a folder of its own, stopped at the end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

_PATIENCE = 60.0
"""Seconds until a server that does not answer has failed."""


class ServerMissingError(Exception):
    """The program of a server is not installed; the message says how to get it."""


class ServerFailedError(Exception):
    """A server ended or stayed silent; the message ends with what it printed."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running ``hoixa serve``."""

    url: str
    pid: int
    seconds_to_ready: float


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server with an empty database; yields its SQLAlchemy address.

    Raises:
        ServerMissingError: when PostgreSQL is not installed.
    """
    binaries = _postgres_binaries()
    # initdb refuses root
    user = "postgres" if os.geteuid() == 0 else None
    # not pytest's folder: that one is closed to other users
    with _folder_of(user) as folder:
        _check_call(
            [
                binaries / "initdb",
                f"--pgdata={folder / 'data'}",
                "--username=hoixa",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            folder,
            user,
        )
        port = free_port()
        command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder]
        command += ["-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off"]
        address = f"hoixa@127.0.0.1:{port}"

        def answers() -> bool:
            try:
                psycopg.connect(f"postgresql://{address}/postgres").close()
            except psycopg.OperationalError:
                return False
            return True

        with _running(command, folder, answers, user=user, stop_with=signal.SIGINT):
            with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE hoixa")
            yield f"postgresql+psycopg://{address}/hoixa"


@contextlib.contextmanager
def chroma() -> Iterator[str]:
    """A Chroma server without any collection; yields its address."""
    program = Path(sys.executable).parent / "chroma"
    if not program.exists():
        raise ServerMissingError("The `chroma` command is missing: make setup-dev")
    with _folder_of(None) as folder:
        port = free_port()
        command: list[str | Path] = [program, "run", "--path", folder / "data"]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        url = f"http://127.0.0.1:{port}"
        with _running(command, folder, lambda: _answers(f"{url}/api/v2/heartbeat")):
            yield url


@contextlib.contextmanager
def serving(folder: Path, settings: Mapping[str, str]) -> Iterator[Service]:
    """``hoixa serve`` as its own process, ready to answer; ``hoixa ingest`` was run before."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    places = {"HOST": "127.0.0.1", "PORT": str(port), "PUBLIC_URL": url}
    begun = time.perf_counter()
    with _running(
        [hoixa_command(), "serve"],
        folder,
        lambda: _answers(f"{url}/health/ready"),
        environment=places | dict(settings),
    ) as process:
        yield Service(url, process.pid, time.perf_counter() - begun)


def hoixa_command() -> Path:
    """The installed ``hoixa`` program."""
    program = Path(sys.executable).parent / "hoixa"
    if not program.exists():
        raise ServerMissingError("The `hoixa` command is missing: make setup")
    return program


def _postgres_binaries() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4])
    )
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    raise ServerMissingError("PostgreSQL is not installed: apt install postgresql")


@contextlib.contextmanager
def _folder_of(user: str | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hoixa-server-"))
    try:
        if user is not None:
            try:
                entry = pwd.getpwnam(user)
            except KeyError:
                raise ServerMissingError(f"There is no user “{user}” to run a server as.") from None
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_call(command: Sequence[str | Path], folder: Path, user: str | None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ServerFailedError(f"{command[0]} ended with {done.returncode}: {done.stderr}")


@contextlib.contextmanager
def _running(
    command: Sequence[str | Path],
    folder: Path,
    ready: Callable[[], bool],
    *,
    user: str | None = None,
    stop_with: signal.Signals = signal.SIGTERM,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that answers; ``stop_with`` ends it at the end, SIGKILL after ten seconds more."""
    printed = folder / "printed.log"
    with printed.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            env=os.environ | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                said = printed.read_text(errors="replace")[-4000:]
                raise ServerFailedError(f"{Path(command[0]).name} does not answer:\n{said}")
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(stop_with)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
