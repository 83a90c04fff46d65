"""Where a request comes from: its client's address, by https or not, from a page of ours or not."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from starlette.requests import Request

_IPV6_SITE_BITS = 64
"""One household holds a whole /64, so single IPv6 addresses say nothing."""


def client_of(request: Request, trusted_proxies: tuple[str, ...]) -> str:
    """The address a request comes from; a proxy's word counts only where it is trusted.

    ``X-Forwarded-For`` is read from the right: the first address that is no trusted proxy of ours
    is the client, whatever stands further left was written by that client.
    """
    address = request.client.host if request.client else ""
    hops = _listed(request, "x-forwarded-for")
    while hops and _trusted(address, trusted_proxies):
        hop = hops.pop()
        if not _is_address(hop):
            break
        address = hop
    return _site(address)


def came_by_https(request: Request, trusted_proxies: tuple[str, ...], public_url: str) -> bool:
    """Whether the visitor's browser speaks https with us, perhaps through a proxy.

    A trusted proxy says so in ``X-Forwarded-Proto``. Where none is named, the address that the
    service is known under counts, if it is the one that was asked for.
    """
    if request.url.scheme == "https":
        return True
    if _trusted(request.client.host if request.client else "", trusted_proxies):
        told = _listed(request, "x-forwarded-proto")
        if told:
            return told[-1].casefold() == "https"
    public = urlsplit(public_url)
    return public.scheme == "https" and public.netloc.casefold() == request.url.netloc.casefold()


def from_own_page(request: Request, public_url: str) -> bool:
    """Whether a form came from a page of ours, as far as the browser says where it came from.

    For the one form that is sent before there is a session whose token it could carry. Browsers
    say it by https in ``Sec-Fetch-Site``, otherwise in ``Origin``.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    own = {request.url.netloc.casefold(), urlsplit(public_url).netloc.casefold()}
    return urlsplit(origin).netloc.casefold() in own - {""}


def _listed(request: Request, header: str) -> list[str]:
    return [value.strip() for line in request.headers.getlist(header) for value in line.split(",")]


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
