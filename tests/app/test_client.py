"""Whose proxies are believed about https, and where a form came from."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from app.client import came_by_https, from_own_page


def request_from(
    peer: str = "203.0.113.7", host: str = "xa.example", scheme: str = "http", **headers: str
) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request(
        {
            "type": "http",
            "scheme": scheme,
            "server": (host, 80),
            "path": "/staff",
            "headers": [(b"host", host.encode()), *named],
            "client": (peer, 1234),
        }
    )


@pytest.mark.parametrize(
    ("request_", "proxies", "public_url", "https"),
    [
        pytest.param(request_from(scheme="https"), (), "", True, id="by itself"),
        pytest.param(request_from(), (), "", False, id="plain"),
        pytest.param(
            request_from("10.0.0.2", x_forwarded_proto="https"),
            ("10.0.0.0/8",),
            "",
            True,
            id="proxy",
        ),
        pytest.param(
            request_from("10.0.0.2", x_forwarded_proto="https, http"),
            ("10.0.0.0/8",),
            "",
            False,
            id="the last proxy counts",
        ),
        pytest.param(
            request_from(x_forwarded_proto="https"), ("10.0.0.0/8",), "", False, id="nobody's proxy"
        ),
        pytest.param(request_from(), (), "https://xa.example", True, id="known by https"),
        pytest.param(
            request_from(host="192.168.1.5:8000"), (), "https://xa.example", False, id="by the LAN"
        ),
        pytest.param(request_from(), (), "http://xa.example", False, id="known by http"),
        pytest.param(
            request_from("10.0.0.2", x_forwarded_proto="http"),
            ("10.0.0.2",),
            "https://xa.example",
            False,
            id="the proxy knows better",
        ),
    ],
)
def test_https_is_believed_of_whom_it_may_be(
    request_: Request, proxies: tuple[str, ...], public_url: str, https: bool
) -> None:
    assert came_by_https(request_, proxies, public_url) is https


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"origin": "http://xa.example"}, True),
        ({"origin": "https://cong.example"}, True),
        ({"origin": "https://la.example"}, False),
        ({"origin": "null"}, False),
        ({"sec_fetch_site": "same-origin", "origin": "https://la.example"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site", "origin": "http://xa.example"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
    ],
)
def test_a_form_of_another_site_is_known_by_what_the_browser_says(
    headers: dict[str, str], own: bool
) -> None:
    assert from_own_page(request_from(**headers), "https://cong.example") is own
