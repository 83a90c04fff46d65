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
from dataclasses import asdict
from pathlib import Path

from ingest.documents.blocks import Document, from_json
from ingest.documents.limits import MAX_RESULT_BYTES, Limits
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


def read_document(path: Path, limits: Limits | None = None) -> Document:
    """Read a document of any format we know.

    Raises:
        RefusedDocumentError: when it is not read, with a reason for its bringer.
    """
    limits = limits or Limits()
    try:
        if not path.is_file():
            raise RefusedDocumentError(Refusal.MISSING)
        if path.stat().st_size > limits.max_bytes:
            raise RefusedDocumentError(Refusal.TOO_LARGE)
    except OSError as error:
        raise RefusedDocumentError(Refusal.MISSING, str(error)) from error
    with tempfile.TemporaryDirectory(prefix="hoixa-") as folder:
        return _told(path, _run(path.resolve(), limits, Path(folder)))


def _run(path: Path, limits: Limits, folder: Path) -> str:
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
            status = process.wait(limits.seconds)
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


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all it started; its group is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _told(path: Path, written: str) -> Document:
    try:
        told = json.loads(written)
        if "document" in told:
            return from_json(told["document"])
        refusal, detail = Refusal[told["refusal"]], str(told["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedDocumentError(Refusal.FAULT, "not an answer of ours") from error
    if detail:
        log.info("%s refused: %s: %s", path.name, refusal.name, detail)
    raise RefusedDocumentError(refusal, detail)
