"""The rules that every test obeys are themselves in force."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings
from tests.conftest import NetworkClosedError

ROOT = Path(__file__).parent.parent


SKIPS = {
    "test_itself": "def test_it():\n    pytest.skip('no browser')\n",
    "test_module": "pytest.skip('no browser', allow_module_level=True)\n",
    "test_fixture": (
        "@pytest.fixture\ndef browser():\n    pytest.skip('no browser')\n"
        "def test_it(browser):\n    pass\n"
    ),
}
"""Each way to skip, by the name of its module."""


def run_with_our_rules(folder: Path, **environment: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += [
        "--continue-on-collection-errors",
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(folder),
        str(folder),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "HOIXA_NO_SKIPS": "", "PYTEST_ADDOPTS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.reaches_out
def test_another_machine_cannot_be_reached() -> None:
    with socket.socket() as stream, pytest.raises(NetworkClosedError):
        stream.connect(("203.0.113.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as datagram, pytest.raises(NetworkClosedError):
        datagram.sendto(b"?", ("203.0.113.1", 53))
    with pytest.raises(NetworkClosedError):
        socket.create_connection(("example.org", 443))


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.thorough
def test_reaching_out_fails_a_test_even_when_its_code_hides_it(tmp_path: Path) -> None:
    (tmp_path / "test_inner.py").write_text(
        "import contextlib, socket\n"
        "def test_hidden():\n"
        "    with contextlib.suppress(OSError):\n"
        "        socket.create_connection(('203.0.113.1', 80))\n"
    )

    status, printed = run_with_our_rules(tmp_path)

    assert status == 1
    assert "reached for 203.0.113.1" in printed


@pytest.mark.thorough
def test_a_skip_fails_where_nothing_may_be_skipped(tmp_path: Path) -> None:
    for name, body in SKIPS.items():
        (tmp_path / f"{name}.py").write_text(f"import pytest\n{body}")

    lenient, _ = run_with_our_rules(tmp_path)
    strict, printed = run_with_our_rules(tmp_path, HOIXA_NO_SKIPS="1")

    assert lenient == 0
    assert strict != 0
    for name in SKIPS:
        assert re.search(rf"(FAILED|ERROR) .*{name}.py", printed), name
    assert "HOIXA_NO_SKIPS is set, but this was skipped" in printed
    assert "no browser" in printed


def test_settings_of_the_developer_do_not_reach_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=9999\n")
    monkeypatch.chdir(tmp_path)

    assert Settings().port == 8000
