"""The identity provider that is set: OpenID Connect, by code with PKCE, through Authlib."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

_SCOPE = "openid profile email"
_ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "RS512", "ES384", "ES512", "PS384", "PS512")
"""Signatures by a key that only the provider has: never ``none``, never by our own secret."""
_DISCOVERY = "/.well-known/openid-configuration"
_KEPT_SECONDS = 3600.0
_LEEWAY_SECONDS = 60


class ProviderUnavailableError(Exception):
    """The provider does not answer, or not as OpenID Connect says."""


class NotProvenError(Exception):
    """What the provider handed over does not prove who the officer is."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What has to be remembered while the officer is at the provider."""

    state: str
    nonce: str
    verifier: str


class IdentityProvider:
    """A provider of sign-ins. Authlib is loaded when it is first asked."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        claim: str = "sub",
        timeout_seconds: float = 10,
    ) -> None:
        """Take the provider that is set.

        Args:
            issuer: its address, as in the tokens' ``iss``.
            client_id: what it calls this service.
            client_secret: what it gave this service; empty for a public client.
            claim: the claim of its tokens that an account is linked to.
            timeout_seconds: longest time that it may take to answer.
        """
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._claim = claim
        self._timeout = timeout_seconds
        self._lock = Lock()
        self._known: dict[str, Any] | None = None
        self._keys: dict[str, Any] | None = None
        self._read_at = 0.0

    def leave(self, redirect_uri: str) -> tuple[str, Leaving]:
        """Where to send the officer's browser, and what to remember meanwhile.

        Raises:
            ProviderUnavailableError: when the provider does not answer.
        """
        leaving = Leaving(*(secrets.token_urlsafe(48) for _ in range(3)))
        with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                self._about(client)["authorization_endpoint"],
                state=leaving.state,
                nonce=leaving.nonce,
                code_verifier=leaving.verifier,
            )
        return str(address), leaving

    def name_of(self, code: str, redirect_uri: str, leaving: Leaving) -> str:
        """What the provider calls the officer who came back with a code.

        Raises:
            NotProvenError: when the code or the token is not for this sign-in.
            ProviderUnavailableError: when the provider does not answer.
        """
        from authlib.integrations.base_client import OAuthError

        with self._client(redirect_uri) as client:
            try:
                answer = self._asked(
                    lambda: client.fetch_token(
                        self._about(client)["token_endpoint"],
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=leaving.verifier,
                    )
                )
            except OAuthError as error:
                raise NotProvenError(f"the code was refused: {error.error}") from error
            token = answer.get("id_token")
            if not isinstance(token, str):
                raise NotProvenError("no ID token came")
            claims = self._claims(client, token, leaving.nonce, answer.get("access_token"))
        return self._named(claims)

    def _named(self, claims: Mapping[str, Any]) -> str:
        if self._claim == "email" and claims.get("email_verified") is not True:
            raise NotProvenError("the provider has not verified the e-mail address")
        name = claims.get(self._claim)
        if not isinstance(name, str) or not name:
            raise NotProvenError(f"the token has no claim “{self._claim}”")
        return name

    def _claims(self, client: Any, token: str, nonce: str, access_token: object) -> dict[str, Any]:
        """The claims of a token that is signed by the provider, for us, for this sign-in, now."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError
        from joserfc.jwk import KeySet

        def read(keys: Any) -> Any:
            return jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(_ALGORITHMS))

        try:
            try:
                signed = read(self._key_set(client))
            except InvalidKeyIdError:  # the provider may have begun to use another key
                signed = read(self._key_set(client, anew=True))
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self._issuer_told(client)},
                    "aud": {"essential": True, "value": self._client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._client_id,
                    "access_token": access_token,
                },
            )
            claims.validate(leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotProvenError(f"the ID token is not valid: {error}") from error
        return dict(claims)

    def _client(self, redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        method = "client_secret_basic" if self._client_secret else "none"
        return OAuth2Client(
            self._client_id,
            self._client_secret or None,
            token_endpoint_auth_method=method,
            scope=_SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=self._timeout,
        )

    def _issuer_told(self, client: Any) -> str:
        return str(self._about(client)["issuer"])

    def _about(self, client: Any) -> dict[str, Any]:
        """What the provider says of itself, read anew every hour."""
        with self._lock:
            if self._known is None or time.monotonic() - self._read_at > _KEPT_SECONDS:
                told = self._read(client, f"{self._issuer}{_DISCOVERY}")
                missing = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"} - set(
                    told
                )
                if missing or str(told["issuer"]).rstrip("/") != self._issuer:
                    raise ProviderUnavailableError(
                        "OIDC_ISSUER: what stands there is not the description of that issuer"
                    )
                self._known, self._keys, self._read_at = told, None, time.monotonic()
            return self._known

    def _key_set(self, client: Any, *, anew: bool = False) -> dict[str, Any]:
        about = self._about(client)
        with self._lock:
            if self._keys is None or anew:
                self._keys = self._read(client, about["jwks_uri"])
            return self._keys

    def _read(self, client: Any, address: str) -> dict[str, Any]:
        answer = self._asked(lambda: client.request("GET", address, withhold_token=True))
        if answer.status_code != 200:
            raise ProviderUnavailableError(f"{address} answered {answer.status_code}")
        try:
            told = answer.json()
        except ValueError as error:
            raise ProviderUnavailableError(f"{address} did not answer JSON") from error
        if not isinstance(told, dict):
            raise ProviderUnavailableError(f"{address} did not answer a JSON object")
        return told

    def _asked(self, ask: Any) -> Any:
        import httpx2

        try:
            return ask()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ProviderUnavailableError(f"the identity provider: {error}") from error
