"""What stands around every request: the body's size and the headers that protect the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.speech.refusals import Refusal
from app.web.problems import Problem, path_of, problem_response
from app.web.unheard import refused, too_large
from app.web.words import phrase

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_LONGEST_NUMBER = 15

_RECORDING = re.compile(
    r"/(?:api/v1/communes/[a-z0-9-]{1,80}/transcripts|c/[a-z0-9-]{1,80}/recording)"
)
_RECORDINGS_AT_ONCE = 8
"""So many of the largest are held; small ones are more."""


class BodyLimit:
    """Reads a body before anything parses it, and answers 413 once it is larger than allowed.

    The length that a client announces is only believed when it is too large; chunked bodies are
    counted as they come, so no more than the limit is ever held.

    Recordings, and they alone, may be larger, by ``most_recording_bytes`` each and by eight such
    for all that are being received or worked on; 0 where nobody listens to them.

    Requests that ``streams`` names are left alone: their route lets nobody in, and reads nothing,
    before it knows who asks, and counts what comes by itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        most_bytes: int,
        most_recording_bytes: int = 0,
        streams: Callable[[Scope], bool] | None = None,
    ) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.most_recording_bytes = most_recording_bytes
        self.streams = streams
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or (self.streams is not None and self.streams(scope)):
            await self.app(scope, receive, send)
            return
        recording = bool(self.most_recording_bytes) and _is_recording(scope)
        most = self.most_bytes + self.most_recording_bytes * recording
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and (len(announced) > _LONGEST_NUMBER or int(announced) > most):
            await self._refuse(self._too_large(recording), scope, receive, send)
            return
        body = bytearray()
        try:
            await self._serve(body, most, recording, scope, receive, send)
        finally:
            self._held -= len(body) * recording

    async def _serve(
        self,
        body: bytearray,
        most: int,
        recording: bool,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Fill ``body`` and serve the request with it."""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunk = message.get("body", b"")
            body += chunk
            self._held += len(chunk) * recording
            if len(body) > most:
                await self._refuse(self._too_large(recording), scope, receive, send)
                return
            if self._held > _RECORDINGS_AT_ONCE * self.most_recording_bytes and recording:
                await self._refuse(refused(Refusal.BUSY), scope, receive, send)
                return
            if not message.get("more_body", False):
                break

        replayed = False

        async def replay() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.app(scope, replay, send)

    def _too_large(self, recording: bool) -> Problem:
        if recording:
            return too_large(self.most_recording_bytes)
        return Problem(
            413,
            "too-large",
            phrase("Nội dung gửi lên quá lớn"),
            phrase("Tối đa %(most)s byte. Hãy viết ngắn lại.", most=self.most_bytes),
            headers={"Connection": "close"},
        )

    async def _refuse(self, problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
        response = problem_response(Request(scope), problem)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


def _is_recording(scope: Scope) -> bool:
    return scope["method"] == "POST" and bool(_RECORDING.fullmatch(path_of(Request(scope))))


class SecurityHeaders:
    """Adds the protecting headers that a response does not set by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, guarded)
