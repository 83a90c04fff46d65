"""How often one client may ask; kept in memory for an hour at most and nowhere else."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class RateLimit:
    """A moving window of a minute or an hour for each client and purpose."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds_to_wait(self, client: str, purpose: str, per_minute: int) -> int:
        """Count one request; 0 when it may pass, otherwise the seconds until the next may."""
        return self._counted(RateLimitItemPerMinute(per_minute), purpose, client)

    def seconds_to_wait_in_an_hour(self, client: str, purpose: str, per_hour: int) -> int:
        """The same with a window of an hour."""
        return self._counted(RateLimitItemPerHour(per_hour), purpose, client)

    def _counted(self, item: RateLimitItem, purpose: str, client: str) -> int:
        if self._limiter.hit(item, purpose, client):
            return 0
        return _seconds_left(self._limiter, item, purpose, client)


class GuessLimit:
    """Failed look-ups in a moving hour, of each client and of all clients together.

    What is found is not counted, so that a household, or a mobile network behind one address,
    reads its tickets as often as it likes.
    """

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds_to_wait(self, client: str, per_client: int, of_all: int) -> int:
        """0 when the client may look something up, otherwise the seconds until it may."""
        return max(
            0 if self._limiter.test(item, *names) else _seconds_left(self._limiter, item, *names)
            for item, names in _windows(client, per_client, of_all)
        )

    def failed(self, client: str, per_client: int, of_all: int) -> None:
        """Count one look-up that found nothing."""
        for item, names in _windows(client, per_client, of_all):
            self._limiter.hit(item, *names)


def _windows(
    client: str, per_client: int, of_all: int
) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
    return (
        (RateLimitItemPerHour(per_client), ("client", client)),
        (RateLimitItemPerHour(of_all), ("all",)),
    )


def _seconds_left(limiter: MovingWindowRateLimiter, item: RateLimitItem, *names: str) -> int:
    reset = limiter.get_window_stats(item, *names).reset_time
    return max(1, math.ceil(reset - time.time()))
