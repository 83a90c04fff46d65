"""Deletes what has been kept long enough, while the service runs."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator

from knowledge_base.revisions import DatabaseUnavailableError

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0


@contextlib.contextmanager
def purging(purge: Callable[[], int], every_seconds: float = EVERY_SECONDS) -> Iterator[None]:
    """Call ``purge``, which says how many it deleted, at once and then ever again until the end.

    A database that fails costs one round, not the rounds after it.
    """
    ended = threading.Event()

    def rounds() -> None:
        while True:
            try:
                if deleted := purge():
                    log.info("%d past their days deleted", deleted)
            except DatabaseUnavailableError:
                log.exception("nothing is deleted this time")
            if ended.wait(every_seconds):
                return

    thread = threading.Thread(target=rounds, name="retention", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
