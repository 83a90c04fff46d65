"""Measures the real service: answers beside a no-op of the same server, start-up time and memory.

Run by ``make bench``. One process of ours makes the load from the other core; a round measures the
no-op and the answers one after the other, and the middle one of the rounds is shown, so that what
else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop
from rich.console import Console
from rich.table import Table

# run as a file, not as a module
sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.servers import hoixa_command, serving

COMMUNE = "hoa-tien"
NO_OP = "/health/live"
QUESTIONS = (
    "Đăng ký thường trú cần giấy tờ gì?",
    "le phi dang ky tam tru online bao nhieu",
    "bhyt ho gia dinh nguoi thu 2 dong bao nhieu",
    "sổ đỏ mất làm lại răng",
    "bà nội 76 tuổi không có lương hưu được trợ cấp chi không",
    "giờ bỏ huyện rồi làm khai sinh ở mô",
    "Làm giấy khai tử trong bao lâu thì có?",
    "dang ky ket hon can nhung giay to gi",
    "tách thửa đất nộp hồ sơ ở đâu",
    "Chứng thực bản sao một trang bao nhiêu tiền?",
    "xin giấy xác nhận tình trạng hôn nhân",
    "con mới sinh làm thẻ bảo hiểm y tế ở đâu",
    "làm căn cước cho con 6 tuổi",
    "chuyển mục đích sử dụng đất vườn lên đất ở tốn bao nhiêu",
    "hộ nghèo được hỗ trợ tiền điện bao nhiêu",
    "khuyết tật nặng mỗi tháng được bao nhiêu",
    "mấy giờ ủy ban làm việc",
    "thời tiết mai thế nào",
    "chào em",
    "muốn khiếu nại quyết định của xã thì làm sao",
)
"""All topics, with and without diacritics, and a few that no record answers."""


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one kind of request at one concurrency."""

    per_second: float
    p50_ms: float
    p95_ms: float


class Client(asyncio.Protocol):
    """One kept-alive connection that waits for each response before it asks again."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._waiting: asyncio.Future[bytes] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        # uvloop's own type is no subclass
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand over a response once all of it is there."""
        self._received += data
        head, found, body = bytes(self._received).partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if found and length and len(body) >= int(length[1]) and self._waiting is not None:
            self._received.clear()
            if not head.startswith(b"HTTP/1.1 200"):
                self._waiting.set_exception(RuntimeError((head + found + body).decode()))
            else:
                self._waiting.set_result(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up ends the measurement."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("the service hung up"))

    async def ask(self, request: bytes) -> bytes:
        """The body of the response; raises for any other status than 200."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._waiting = None
            self._transport.close()


def request_for(question: str | None) -> bytes:
    """The bytes of a question, or of the no-op for None."""
    if question is None:
        return f"GET {NO_OP} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    body = json.dumps({"question": question}, ensure_ascii=False).encode()
    head = (
        f"POST /api/v1/communes/{COMMUNE}/answers HTTP/1.1\r\nHost: bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def connected(url: str) -> Client:
    """A new connection to the service."""
    host, _, port = urlsplit(url).netloc.partition(":")
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(Client, host, int(port))
    return client


async def load(url: str, requests: list[bytes], concurrency: int, seconds: float) -> Load:
    """Ask in turn over ``concurrency`` connections for some seconds."""
    clients = [await connected(url) for _ in range(concurrency)]
    took: list[float] = []
    begun = time.perf_counter()

    async def keep_asking(client: Client, first: int) -> None:
        turn = first
        while (sent := time.perf_counter()) - begun < seconds:
            await client.ask(requests[turn % len(requests)])
            took.append(time.perf_counter() - sent)
            turn += concurrency

    await asyncio.gather(*(keep_asking(client, i) for i, client in enumerate(clients)))
    elapsed = time.perf_counter() - begun
    for client in clients:
        client.close()
    cuts = statistics.quantiles(took, n=20)
    return Load(len(took) / elapsed, statistics.median(took) * 1000, cuts[-1] * 1000)


async def statuses(url: str) -> Counter[str]:
    """How each question is answered; asking them once also warms the service up."""
    client = await connected(url)
    found = [json.loads(await client.ask(request_for(question))) for question in QUESTIONS]
    client.close()
    return Counter(answer["status"] for answer in found)


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident memory of a process now and at its highest, from Linux's /proc."""
    text = Path(f"/proc/{pid}/status").read_text()
    now, most = (re.findall(rf"{name}:\s+(\d+) kB", text)[0] for name in ("VmRSS", "VmHWM"))
    return int(now) / 1024, int(most) / 1024


async def measured(url: str, rounds: int, seconds: float) -> dict[tuple[str, int], Load]:
    """The middle round of each kind and concurrency."""
    kinds = {"no-op": [request_for(None)], "answer": [request_for(text) for text in QUESTIONS]}
    found: dict[tuple[str, int], list[Load]] = {}
    for _ in range(rounds):
        for concurrency in (1, 8):
            for kind, requests in kinds.items():
                result = await load(url, requests, concurrency, seconds)
                found.setdefault((kind, concurrency), []).append(result)
    return {
        key: sorted(loads, key=lambda one: one.per_second)[len(loads) // 2]
        for key, loads in found.items()
    }


def main() -> None:
    """Ingest the content into a new folder, serve it, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    console = Console(highlight=False, soft_wrap=True)

    with tempfile.TemporaryDirectory(prefix="hoixa-bench-") as made:
        folder = Path(made)
        settings = {
            "DATA_DIR": str(folder / "data"),
            "RATE_PER_MINUTE": "1000000000",
            "LOG_LEVEL": "WARNING",
        }
        begun = time.perf_counter()
        subprocess.run(
            [hoixa_command(), "ingest"],
            cwd=folder,
            env=os.environ | settings,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ingest_seconds = time.perf_counter() - begun
        with serving(folder, settings) as service:
            idle_mib, _ = memory_mib(service.pid)
            answered = uvloop.run(statuses(service.url))
            loads = uvloop.run(measured(service.url, chosen.rounds, chosen.seconds))
            now_mib, most_mib = memory_mib(service.pid)

    table = Table(title=f"{chosen.rounds} rounds of {chosen.seconds:g} s, the middle one")
    for heading in ("connections", "request", "per second", "p50 ms", "p95 ms"):
        table.add_column(heading, justify="left" if heading == "request" else "right")
    for concurrency in (1, 8):
        no_op, answer = loads["no-op", concurrency], loads["answer", concurrency]
        for kind, one in (("no-op", no_op), ("answer", answer)):
            table.add_row(
                str(concurrency),
                kind,
                f"{one.per_second:,.0f}",
                f"{one.p50_ms:.2f}",
                f"{one.p95_ms:.2f}",
            )
        table.add_row(
            "",
            "answer / no-op",
            f"{answer.per_second / no_op.per_second:.3f}",
            f"{answer.p50_ms / no_op.p50_ms:.1f}",
            f"{answer.p95_ms / no_op.p95_ms:.1f}",
            end_section=True,
        )
    console.print(table)
    console.print(
        f"first ingest {ingest_seconds:.1f} s · start to ready {service.seconds_to_ready:.1f} s · "
        f"resident {idle_mib:.0f} MiB at first, {now_mib:.0f} after, {most_mib:.0f} at most"
    )
    console.print(
        f"{len(QUESTIONS)} questions: "
        + ", ".join(f"{count} {status}" for status, count in answered.most_common())
    )
    console.print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
