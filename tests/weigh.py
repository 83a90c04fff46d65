"""Weighs the page and times the first answer over a link as slow as 2G: ``python -m tests.weigh``.

Everything between Chromium and the service crosses a link of this module: 50 kB a second down and
up, 400 ms there and back, shared by all connections. So every byte is counted and slowed down:
headers, the service worker's own fetches, what the browser asks for by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Table

from tests.servers import free_port, hoixa_command, serving

BYTES_PER_SECOND = 50_000
ROUND_TRIP_SECONDS = 0.4
_PIECE = 1460
"""Bytes that cross at a time, as a packet does."""

PATH = "/c/hoa-tien"
QUESTION = "lệ phí đăng ký tạm trú"
PHONE = {"width": 360, "height": 740}


class Link:
    """A slow link in front of a service; ``bytes_down`` counts what came to the browser."""

    def __init__(self, target: str, port: int) -> None:
        self.bytes_down = 0
        self._host, _, number = urlsplit(target).netloc.partition(":")
        self._target_port, self._port = int(number), port
        self._free = {"down": 0.0, "up": 0.0}

    async def serve(self, ready: threading.Event) -> None:
        """Pass bytes on until cancelled."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connected(
        self, browser_in: asyncio.StreamReader, browser_out: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(ROUND_TRIP_SECONDS)  # TCP's handshake
        service_in, service_out = await asyncio.open_connection(self._host, self._target_port)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.gather(
                self._pass(browser_in, service_out, "up"),
                self._pass(service_in, browser_out, "down"),
            )

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: str
    ) -> None:
        loop = asyncio.get_running_loop()
        flying: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def land() -> None:
            while True:
                due, piece = await flying.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not piece:
                    break
                sink.write(piece)
                await sink.drain()
            sink.close()

        landing = asyncio.create_task(land())
        while piece := await source.read(_PIECE):
            if way == "down":
                self.bytes_down += len(piece)
            begun = max(loop.time(), self._free[way])
            self._free[way] = begun + len(piece) / BYTES_PER_SECOND
            flying.put_nowait((self._free[way] + ROUND_TRIP_SECONDS / 2, piece))
        flying.put_nowait((loop.time() + ROUND_TRIP_SECONDS / 2, b""))
        await landing


@contextlib.contextmanager
def slow_link(target: str) -> Iterator[tuple[str, Link]]:
    """The address of a slow link to a service, and the link."""
    port = free_port()
    link = Link(target, port)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    task = loop.create_task(link.serve(ready))

    def run() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        open_still = asyncio.all_tasks(loop)
        for one in open_still:
            one.cancel()
        loop.run_until_complete(asyncio.gather(*open_still, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{port}", link
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


@dataclass(frozen=True, slots=True)
class Weighed:
    """One visit of a new phone: bytes that crossed the link, seconds that passed."""

    first_bytes: int
    worker_bytes: int
    cards_bytes: int
    answer_bytes: int
    repeat_bytes: int
    first_seconds: float
    """From the address to the words on the screen."""
    answer_seconds: float
    """From the tap on “Hỏi” to the answer on the screen."""
    repeat_seconds: float


def visit(browser: Any, target: str) -> Weighed:
    """Open the page on a new phone, ask, and come back."""
    with slow_link(target) as (url, link):
        context = browser.new_context(viewport=PHONE, locale="vi-VN", service_workers="allow")
        context.set_default_timeout(120_000)
        page = context.new_page()

        page.goto(f"{url}{PATH}", wait_until="load")
        first_seconds = _painted(page)
        # the worker begins after `load`; what came before is what the resident waits for
        first_bytes = link.bytes_down
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        _settled(link)
        worker_bytes = link.bytes_down - first_bytes

        before = link.bytes_down
        page.get_by_role("textbox").first.fill(QUESTION)
        begun = time.perf_counter()
        page.get_by_role("button", name="Hỏi", exact=True).click()
        page.wait_for_url("**/a/*", wait_until="commit")
        page.locator("#tra-loi").wait_for()
        answer_seconds = time.perf_counter() - begun
        _settled(link)
        answer_bytes = link.bytes_down - before

        before = link.bytes_down
        page.evaluate("navigator.serviceWorker.controller.postMessage('idle')")
        _settled(link, quiet_seconds=3)
        cards_bytes = link.bytes_down - before

        page.close()
        before = link.bytes_down
        page = context.new_page()
        page.goto(f"{url}{PATH}", wait_until="load")
        repeat_seconds = _painted(page)
        _settled(link)
        repeat_bytes = link.bytes_down - before
        context.close()
    return Weighed(
        first_bytes,
        worker_bytes,
        cards_bytes,
        answer_bytes,
        repeat_bytes,
        first_seconds,
        answer_seconds,
        repeat_seconds,
    )


def _painted(page: Any) -> float:
    """Seconds from the address to the first words, as the browser tells them."""
    told = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)"
    page.wait_for_function(f"{told}.length")
    milliseconds: float = page.evaluate(told)[0]
    return milliseconds / 1000


def _settled(link: Link, quiet_seconds: float = 2.0) -> None:
    """Wait until nothing more comes down the link."""
    last, since = link.bytes_down, time.perf_counter()
    while time.perf_counter() - since < quiet_seconds:
        time.sleep(0.1)
        if link.bytes_down != last:
            last, since = link.bytes_down, time.perf_counter()


@contextlib.contextmanager
def _service(url: str) -> Iterator[str]:
    """A service that runs already, or a new one on the content of this release."""
    if url:
        yield url.rstrip("/")
        return
    with tempfile.TemporaryDirectory(prefix="hoixa-weigh-") as made:
        folder = Path(made)
        settings = {"DATA_DIR": str(folder / "data"), "LOG_LEVEL": "WARNING"}
        subprocess.run(
            [hoixa_command(), "ingest"],
            cwd=folder,
            env=os.environ | settings,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with serving(folder, settings) as service:
            yield service.url


def main() -> None:
    """Weigh some visits and print the middle of each figure."""
    from playwright.sync_api import sync_playwright

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="", help="of a running service; else one is started")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with _service(chosen.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        visits = [visit(browser, url) for _ in range(chosen.rounds)]
        version = browser.version
        browser.close()

    def middle(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in visits))

    table = Table(
        title=f"{BYTES_PER_SECOND // 1000} kB/s, {ROUND_TRIP_SECONDS * 1000:.0f} ms, "
        f"Chromium {version}, the middle of {chosen.rounds} visits"
    )
    table.add_column("")
    table.add_column("kB over the link", justify="right")
    table.add_column("seconds", justify="right")
    for words, weight, seconds in (
        ("first load, until the words are there", "first_bytes", "first_seconds"),
        ("the worker with counter and files, afterwards", "worker_bytes", ""),
        ("a question, until its answer is there", "answer_bytes", "answer_seconds"),
        ("fifty cards, when idle", "cards_bytes", ""),
        ("repeat load", "repeat_bytes", "repeat_seconds"),
    ):
        table.add_row(
            words,
            f"{middle(weight) / 1000:.1f}",
            f"{middle(seconds):.2f}" if seconds else "",
        )
    Console(highlight=False).print(table)


if __name__ == "__main__":
    main()
