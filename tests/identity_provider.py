"""A small real OpenID Connect provider on loopback, which can be told to do wrong."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import uvicorn
from fastapi import FastAPI, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from tests.servers import free_port

CLIENT_ID, CLIENT_SECRET = "hoi-xa", "bi-mat-cua-dich-vu-7a1c"


@dataclass
class Provider:
    """What the provider knows, and how it errs."""

    address: str
    person: str = "hoa-7f3a"
    """Whom its next visitor is."""
    changes: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    """Applied to the claims before they are signed."""
    signs: Callable[[dict[str, Any]], str] | None = None
    """Signs instead of the provider's key."""
    forgets_pkce: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    """The queries of its visitors."""
    read_keys: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.new_key()

    def new_key(self) -> None:
        """Sign with another key from now on."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def well(self) -> None:
        """Do nothing wrong any more."""
        self.changes, self.signs, self.person = lambda claims: claims, None, "hoa-7f3a"

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token with the provider's own key."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def signed_with_the_client_secret(self, claims: dict[str, Any]) -> str:
        """An ID token that whoever knows the client's secret could make."""
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET))

    def unsigned(self, claims: dict[str, Any]) -> str:
        """An ID token that anybody could make."""
        signed = self.signed(claims).split(".")
        head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        return f"{head}.{signed[1]}."

    def app(self) -> FastAPI:
        """The provider's site."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def about() -> dict[str, Any]:
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }

        @app.get("/jwks")
        def keys() -> Any:
            self.read_keys += 1
            return KeySet([self.key]).as_dict(private=False)

        @app.get("/authorize")
        def authorize(request: Request) -> Response:
            asked = dict(request.query_params)
            self.asked.append(asked)
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked
            answer = urlencode({"code": code, "state": asked["state"]})
            return RedirectResponse(f"{asked['redirect_uri']}?{answer}", 302)

        @app.post("/token")
        def token(
            request: Request,
            code: Annotated[str, Form()],
            redirect_uri: Annotated[str, Form()],
            code_verifier: Annotated[str, Form()] = "",
        ) -> Response:
            asked = self._codes.pop(code, None)
            kind, _, told = request.headers.get("Authorization", "").partition(" ")
            known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
            digest = hashlib.sha256(code_verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if (kind, told) != ("Basic", known):
                return JSONResponse({"error": "invalid_client"}, 401)
            if asked is None or redirect_uri != asked["redirect_uri"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            if challenge != asked.get("code_challenge"):
                return JSONResponse({"error": "invalid_grant"}, 400)
            now = int(time.time())
            claims = {
                "iss": self.address,
                "sub": self.person,
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
            }
            signed = (self.signs or self.signed)(self.changes(claims))
            body = {"access_token": "a", "token_type": "Bearer", "id_token": signed}
            return JSONResponse(body)

        return app


@contextlib.contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that answers until the end."""
    port = free_port()
    provider = Provider(f"http://127.0.0.1:{port}")
    server = uvicorn.Server(uvicorn.Config(provider.app(), "127.0.0.1", port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()


def query_of(address: str) -> dict[str, str]:
    """The query of an address, each name once."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
