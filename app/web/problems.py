"""What went wrong, said to programs as RFC 9457 JSON and to people as a page that still helps."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypedDict

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.answering.answer import Language
from app.web.service import WebService, service_of
from app.web.view import render
from app.web.words import Phrase, in_language, language_of, listed, phrase
from knowledge_base.commune import Commune
from knowledge_base.record import CounterKind

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_API = re.compile(r"^(/api|/v1|/health|/metrics)(/|$)")
_OPENAI = re.compile(r"^/v1/")
_COMMUNE = re.compile(r"^/c/([a-z0-9-]{1,80})(?:/|$)")

_TITLES = {
    400: (
        phrase("Không đọc được nội dung gửi lên"),
        phrase("Nội dung gửi lên không đúng dạng JSON, UTF-8."),
    ),
    404: (
        phrase("Không có trang này"),
        phrase("Địa chỉ có thể bị gõ nhầm hoặc trang đã được gỡ."),
    ),
    405: (
        phrase("Không làm được việc này ở đây"),
        phrase("Địa chỉ này không nhận cách gửi vừa dùng."),
    ),
    500: (
        phrase("Có lỗi ở phía chúng tôi"),
        phrase("Lỗi đã được ghi lại. Hãy thử lại sau ít phút."),
    ),
}

_FINDINGS = {
    "missing": phrase("thiếu"),
    "extra_forbidden": phrase("không có trường này"),
    "string_type": phrase("phải là chữ"),
    "string_unicode": phrase("có ký tự không hợp lệ"),
    "string_too_long": phrase("quá dài"),
    "string_too_short": phrase("quá ngắn"),
    "string_pattern_mismatch": phrase("sai dạng"),
    "bool_type": phrase("phải là true hoặc false"),
    "enum": phrase("không có trong các giá trị được nhận"),
    "list_type": phrase("phải là một danh sách"),
    "too_short": phrase("quá ít mục"),
    "model_attributes_type": phrase("phải là một đối tượng JSON"),
    "dict_type": phrase("phải là một đối tượng JSON"),
}


_NOT_VALID = phrase("không hợp lệ")


OwnPage = Callable[[Request, int, str | None, Mapping[str, str]], Response]
"""Answers a refusal on paths that are not the residents': status, what to do, headers."""


class ProblemBody(TypedDict, total=False):
    """An RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]]


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {MEDIA_TYPE: {}}}
    for status, words in {
        400: "Không đọc được nội dung gửi lên.",
        404: "Không có.",
        413: "Nội dung gửi lên quá lớn.",
        415: "Chỉ nhận JSON.",
        422: "Nội dung không hợp lệ; `errors` nói trường nào.",
        429: "Gửi quá nhanh; `Retry-After` nói đợi bao lâu.",
        503: "Đang quá tải hoặc mô hình không trả lời (`answer` nói hỏi ai), hoặc xã đang tạm dừng "
        "trợ lý (`office` nói hỏi ai).",
    }.items()
}


class Problem(Exception):
    """A request that cannot be served, and what the sender can do."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Iterable[Mapping[str, str]] = (),
        answer: object = None,
        office: object = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = [dict(error) for error in errors]
        self.answer = answer
        """An answer with an ``error_…`` status, as JSON values."""
        self.office = office
        """Whom to ask instead, as JSON values."""

    def body(self, language: Language = Language.VI) -> dict[str, Any]:
        """The members of the problem."""
        made: dict[str, Any] = {
            "type": f"urn:hoixa:problem:{self.kind}",
            "title": in_language(self.title, language),
            "status": self.status,
            "detail": in_language(self.detail, language),
        }
        if self.errors:
            made["errors"] = self.errors
        if self.answer is not None:
            made["answer"] = self.answer
        if self.office is not None:
            made["office"] = self.office
        return made


def findings_words(findings: Iterable[Mapping[str, Any]]) -> Phrase:
    """What Pydantic found, with the fields but never what was sent."""
    return phrase("%(findings)s.", findings=listed(map(_finding_words, findings)))


def _finding_words(finding: Mapping[str, Any]) -> Phrase:
    field = _field(finding)
    words = _FINDINGS.get(finding["type"], _NOT_VALID)
    return phrase("%(field)s: %(finding)s", field=field, finding=words) if field else words


def _field(finding: Mapping[str, Any]) -> str:
    parts = finding["loc"][1:] if finding["loc"][:1] in (("body",), ("query",)) else finding["loc"]
    return ".".join(str(part) for part in parts)


def problem_response(request: Request, problem: Problem) -> Response:
    """The problem as this path's visitors read it: JSON for programs, a page for people."""
    path = path_of(request)
    if own := _own_page(request):
        general = _TITLES.get(problem.status, ("", ""))[1]
        detail = None if problem.detail in ("", general) else problem.detail
        return own(request, problem.status, detail, problem.headers)
    headers = {"Cache-Control": "no-store", **problem.headers}
    if not _API.match(path):
        return _page(request, problem, headers)
    body = problem.body(language_of(request))
    if _OPENAI.match(path):
        body["error"] = {
            "message": problem.detail,
            "type": "server_error" if problem.status >= 500 else "invalid_request_error",
            "code": problem.kind.replace("-", "_"),
            "param": None,
        }
    return JSONResponse(body, problem.status, headers, media_type=MEDIA_TYPE)


def _own_page(request: Request) -> OwnPage | None:
    path = path_of(request)
    pages: Mapping[str, OwnPage] = getattr(request.app.state, "own_problem_pages", {})
    return next(
        (page for start, page in pages.items() if path == start or path.startswith(f"{start}/")),
        None,
    )


def path_of(request: Request) -> str:
    """The path below the one that the service is mounted under."""
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", "")) or "/"


def _page(request: Request, problem: Problem, headers: Mapping[str, str]) -> Response:
    service = service_of(request)
    commune = _commune_of(request, service)
    language = language_of(request)
    return render(
        request,
        "problem.html",
        status=problem.status,
        headers=headers.items(),
        problem=problem,
        commune=commune,
        office=service.cards.office(commune, CounterKind.ONE_STOP, language) if commune else None,
        communes=() if commune else service.knowledge.communes(),
    )


def _commune_of(request: Request, service: WebService) -> Commune | None:
    found = _COMMUNE.match(path_of(request))
    return service.knowledge.commune(found[1]) if found else None


def handle_problem(request: Request, error: Exception) -> Response:
    """Answer a ``Problem``."""
    assert isinstance(error, Problem)
    return problem_response(request, error)


def handle_http(request: Request, error: Exception) -> Response:
    """Answer what the framework refuses: no such path, no such method, an unreadable body."""
    assert isinstance(error, HTTPException)
    if own := _own_page(request):
        said = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
        return own(request, error.status_code, said, error.headers or {})
    title, detail = _TITLES.get(error.status_code, (HTTPStatus(error.status_code).phrase, ""))
    kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return problem_response(
        request,
        Problem(error.status_code, kind, title, detail or title, headers=error.headers),
    )


def handle_invalid(request: Request, error: Exception) -> Response:
    """Answer a request whose fields are wrong: 400 for broken JSON, 422 for the rest."""
    assert isinstance(error, RequestValidationError)
    findings = error.errors()
    if any(finding["type"] == "json_invalid" for finding in findings):
        return problem_response(
            request,
            Problem(400, "malformed", _TITLES[400][0], phrase("Nội dung gửi lên không phải JSON.")),
        )
    return problem_response(
        request,
        Problem(
            422,
            "invalid",
            phrase("Nội dung gửi lên không hợp lệ"),
            findings_words(findings),
            errors=[
                {
                    "field": _field(finding),
                    "detail": _FINDINGS.get(finding["type"], _NOT_VALID),
                }
                for finding in findings
            ],
        ),
    )


class Faults:
    """Turns whatever nobody named into a logged traceback and a page with the counter on it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("fault in %s %r", scope["method"], scope["path"])
            if started:
                raise
            response = self._response(Request(scope))
            await response(scope, receive, send)

    def _response(self, request: Request) -> Response:
        problem = Problem(500, "fault", *_TITLES[500])
        try:
            return problem_response(request, problem)
        except Exception:  # the page itself may need what is broken; its words need nothing
            log.exception("no error page")
            return Response(
                f"{problem.title}. {problem.detail}",  # in Vietnamese: nothing more may break
                problem.status,
                media_type="text/plain; charset=utf-8",
            )


def add_problems(app: FastAPI, own_pages: Mapping[str, OwnPage]) -> None:
    """Answer every refusal of this application as a problem.

    Args:
        app: the application.
        own_pages: what answers below a path, such as ``/staff``, instead of the residents' page.
    """
    app.state.own_problem_pages = own_pages
    app.add_exception_handler(Problem, handle_problem)
    app.add_exception_handler(HTTPException, handle_http)
    app.add_exception_handler(RequestValidationError, handle_invalid)
