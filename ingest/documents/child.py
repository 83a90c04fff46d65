"""Reads a document in a process of its own, which is ended when it takes too long or too much."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ingest.documents.blocks import Document, from_json
from ingest.documents.limits import MAX_PICTURE_BYTES, MAX_RESULT_BYTES, PROGRESS, Limits
from ingest.documents.refusals import Refusal, RefusedDocumentError

log = logging.getLogger(__name__)

_KEPT = ("PATH", "LANG", "TESSDATA_PREFIX", "SYSTEMROOT")
_TAIL = 2_000
"""Characters of a failed reading's own words that go to the log."""
_ENDED_BY = {
    signal.SIGXCPU: Refusal.TOO_SLOW,
    signal.SIGKILL: Refusal.TOO_HEAVY,
    signal.SIGABRT: Refusal.TOO_HEAVY,  # what C++ does when memory is refused
    signal.SIGXFSZ: Refusal.TOO_HEAVY,
}


Watch = Callable[[int, int], None]
"""Called a few times a second with the pages done and their number; what it raises ends all."""
_LOOK_SECONDS = 0.3
_PICTURE = b"\xff\xd8\xff"
"""How a JPEG begins."""


def read_document(path: Path, limits: Limits | None = None, watch: Watch | None = None) -> Document:
    """Read a document of any format we know.

    Raises:
        RefusedDocumentError: when it is not read, with a reason for its bringer.
    """
    limits = limits or Limits()
    _check(path, limits)
    with tempfile.TemporaryDirectory(prefix="hoixa-") as folder:
        return _told(path, _run(path.resolve(), limits, Path(folder), "read", watch))


def page_pictures(path: Path, limits: Limits | None = None) -> list[bytes]:
    """The first pages of a PDF or picture as JPEG, to be looked at; none of any other format.

    Raises:
        RefusedDocumentError: when they cannot be painted.
    """
    limits = limits or Limits()
    _check(path, limits)
    with tempfile.TemporaryDirectory(prefix="hoixa-") as folder:
        answer = _answer(path, _run(path.resolve(), limits, Path(folder), "pictures", None))
        count = answer.get("pictures")
        if not isinstance(count, int) or count > limits.max_pictures:
            raise RefusedDocumentError(Refusal.FAULT, "not an answer of ours")
        return [_picture(Path(folder) / f"{number}.jpg") for number in range(count)]


def _picture(path: Path) -> bytes:
    """What the process painted, if it is a plain picture of a likely size."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            found = file.read(MAX_PICTURE_BYTES + 1)
    except OSError as error:
        raise RefusedDocumentError(Refusal.FAULT, str(error)) from error
    if not found.startswith(_PICTURE) or len(found) > MAX_PICTURE_BYTES:
        raise RefusedDocumentError(Refusal.FAULT, "not a picture of ours")
    return found


def _check(path: Path, limits: Limits) -> None:
    try:
        if not path.is_file():
            raise RefusedDocumentError(Refusal.MISSING)
        if path.stat().st_size > limits.max_bytes:
            raise RefusedDocumentError(Refusal.TOO_LARGE)
    except OSError as error:
        raise RefusedDocumentError(Refusal.MISSING, str(error)) from error


def _run(path: Path, limits: Limits, folder: Path, wanted: str, watch: Watch | None) -> str:
    """What the reading process wrote."""
    written, said = folder / "written", folder / "said"
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = {
        **kept,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
        "TMPDIR": str(folder),
    }
    command = [
        sys.executable,
        "-P",  # nothing is imported from the folder it runs in
        "-m",
        "ingest.documents.worker",
        str(path),
        json.dumps(asdict(limits)),
        wanted,
    ]
    with written.open("wb") as out, said.open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        try:
            status = _wait(process, limits.seconds, folder / PROGRESS, watch)
        except subprocess.TimeoutExpired as error:
            raise RefusedDocumentError(Refusal.TOO_SLOW) from error
        finally:
            _end(process)
    if status:
        words = said.read_text(encoding="utf-8", errors="replace")[-_TAIL:]
        refusal = Refusal.FAULT
        if status < 0:
            refusal = _ENDED_BY.get(signal.Signals(-status), Refusal.FAULT)
        elif "MemoryError" in words:
            refusal = Refusal.TOO_HEAVY
        log.error("reading %s ended with %s: %s", path.name, status, words)
        raise RefusedDocumentError(refusal, words)
    if written.stat().st_size >= MAX_RESULT_BYTES:
        raise RefusedDocumentError(Refusal.TOO_HEAVY)
    return written.read_text(encoding="utf-8")


def _wait(
    process: subprocess.Popen[bytes], seconds: float, progress: Path, watch: Watch | None
) -> int:
    """The status with which it ended.

    Raises:
        subprocess.TimeoutExpired: when it did not within its time.
    """
    if watch is None:
        return process.wait(seconds)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > _LOOK_SECONDS:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(_LOOK_SECONDS)
        done, total = 0, 0
        with contextlib.suppress(OSError, ValueError):  # not yet there, or half written
            done, total = map(int, progress.read_text(encoding="ascii")[:40].split())
        watch(done, total)
    return process.wait(max(left, 0.0))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started; its group is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _told(path: Path, written: str) -> Document:
    """The document that the process read."""
    try:
        return from_json(str(_answer(path, written)["document"]))
    except (ValueError, KeyError) as error:
        raise RefusedDocumentError(Refusal.FAULT, "not an answer of ours") from error


def _answer(path: Path, written: str) -> dict[str, object]:
    """What the process found, unless it refused."""
    try:
        found: dict[str, object] = json.loads(written)
        if "refusal" not in found:
            return found
        refusal, detail = Refusal[str(found["refusal"])], str(found["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedDocumentError(Refusal.FAULT, "not an answer of ours") from error
    if detail:
        log.info("%s refused: %s: %s", path.name, refusal.name, detail)
    raise RefusedDocumentError(refusal, detail)
