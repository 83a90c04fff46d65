"""How many answers are worked on at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Gate:
    """Counts who is inside; turns the next one away at once instead of letting a queue grow."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0

    @contextmanager
    def pass_through(self, places: int) -> Iterator[bool]:
        """Whether there was room among ``places``; the place is given back at the end."""
        with self._lock:
            entered = self._inside < places
            self._inside += entered
        try:
            yield entered
        finally:
            with self._lock:
                self._inside -= entered
