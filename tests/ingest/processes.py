"""Real processes that start at once: forked from a server that has already imported our modules.

Starting Python and importing Chroma takes seconds; these tests end dozens of processes.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

_PATIENCE = 60.0
"""Seconds until a process that says nothing has failed."""

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["pytest", "app.cli", "tests.ingest.interrupted"])


def in_another_process(work: Callable[_P, _T], *arguments: _P.args, **options: _P.kwargs) -> _T:
    """What ``work`` returns when another process does it; its failure is told here."""
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, work, arguments, options))
    process.start()
    theirs.close()
    try:
        assert ours.poll(_PATIENCE), "The other process does not answer."
        result, failure = ours.recv()
    finally:
        ours.close()
        process.join(1)
        process.kill()
        process.join()
        process.close()
    assert failure is None, failure
    returned: _T = result
    return returned


def _send(
    pipe: Connection,
    work: Callable[..., object],
    arguments: tuple[object, ...],
    options: dict[str, object],
) -> None:
    try:
        pipe.send((work(*arguments, **options), None))
    except Exception:
        pipe.send((None, traceback.format_exc()))
    pipe.close()
