"""Results that are kept while they are used."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

_KEY = TypeVar("_KEY", bound=Hashable)
_VALUE = TypeVar("_VALUE")

_SPARE = 500
"""Results kept beside those of two whole states: those of drafts that are tried."""


class Recent(Generic[_KEY, _VALUE]):
    """The results used last, for several threads."""

    def __init__(self) -> None:
        self._found: OrderedDict[_KEY, _VALUE] = OrderedDict()
        self._room = _SPARE
        self._lock = threading.Lock()

    def expect(self, count: int) -> None:
        """Have room for the results of a state of so many things, and of the one before."""
        with self._lock:
            self._room = max(self._room, 2 * count + _SPARE)

    def get(self, key: _KEY) -> _VALUE | None:
        """A result; None where it is not kept."""
        with self._lock:
            if key not in self._found:
                return None
            self._found.move_to_end(key)
            return self._found[key]

    def put(self, key: _KEY, value: _VALUE) -> None:
        """Keep a result, and forget the one used longest ago where there is no room."""
        with self._lock:
            self._found[key] = value
            self._found.move_to_end(key)
            if len(self._found) > self._room:
                self._found.popitem(last=False)

    def __len__(self) -> int:
        return len(self._found)
