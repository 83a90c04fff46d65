"""How often one client may ask; kept in memory for an hour at most and nowhere else."""

from __future__ import annotations

import math
import time
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

_IPV6_SITE_BITS = 64
"""One household holds a whole /64, so single IPv6 addresses say nothing."""


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


def client_of(request: Request, trusted_proxies: tuple[str, ...]) -> str:
    """The address a request comes from; a proxy's word counts only where it is trusted.

    ``X-Forwarded-For`` is read from the right: the first address that is no trusted proxy of ours
    is the client, whatever stands further left was written by that client.
    """
    address = request.client.host if request.client else ""
    hops = [
        hop.strip()
        for header in request.headers.getlist("x-forwarded-for")
        for hop in header.split(",")
    ]
    while hops and _trusted(address, trusted_proxies):
        hop = hops.pop()
        if not _is_address(hop):
            break
        address = hop
    return _site(address)


def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    return _is_address(address) and any(
        ip_address(address) in network for network in _networks(proxies)
    )


@lru_cache(maxsize=16)
def _networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(proxy, strict=False) for proxy in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _site(address: str) -> str:
    if not _is_address(address):
        return address
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), _IPV6_SITE_BITS), strict=False).network_address)
