"""What went wrong, said to officers in the frame of their pages."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.staff.desk import COOKIE, area_of, province_of
from app.staff.service import Desk, SignedIn, staff_of
from app.staff.unsent import page_of, taken
from app.staff.view import CSP, render
from knowledge_base.revisions import DatabaseUnavailableError

MEDIA_TYPE = "application/problem+json"
PRIVATE = "private, no-store"

_TITLES = {
    400: "Không đọc được nội dung gửi lên",
    401: "Chưa đăng nhập",
    403: "Không được làm việc này",
    404: "Không có trang này",
    405: "Không làm được việc này ở đây",
    409: "Có người vừa sửa",
    413: "Nội dung gửi lên quá lớn",
    415: "Không nhận loại tệp này",
    422: "Nội dung gửi lên không hợp lệ",
    429: "Làm quá nhanh",
    500: "Có lỗi ở phía dịch vụ",
    503: "Dịch vụ đang bận",
}
_DETAILS = {
    400: "Mở lại trang rồi gửi lại.",
    403: "Tài khoản này không được làm việc đó ở đây. Cần thì hỏi người quản trị.",
    404: "Địa chỉ có thể bị gõ nhầm, hoặc thứ cần mở thuộc nơi khác hay đã được gỡ.",
    405: "Địa chỉ này không nhận cách gửi vừa dùng.",
    500: "Lỗi đã được ghi lại. Thử lại sau ít phút; còn lỗi thì báo người vận hành.",
    503: "Thử lại sau ít phút.",
}


def staff_problem(
    request: Request, status: int, detail: str | None, headers: Mapping[str, str]
) -> Response:
    """A refusal or a fault on an officers' path: a page for people, JSON for calls.

    Args:
        request: the request.
        status: the answer's status.
        detail: what to do, in Vietnamese; None for what is always true of the status.
        headers: more headers of the answer.
    """
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    words = detail or _DETAILS.get(status, "")
    if "text/html" not in request.headers.get("Accept", ""):
        body = {"title": title, "status": status, "detail": words}
        kept = {"Cache-Control": PRIVATE, **headers}
        return JSONResponse(body, status, kept, media_type=MEDIA_TYPE)
    signed, desk = _who_and_where(request)
    return render(
        request,
        "problem.html",
        desk=desk,
        signed_in=signed,
        status=status,
        headers=headers.items(),
        title=title,
        detail=words,
        back=page_of(request) if request.method == "POST" and signed else "",
    )


def _who_and_where(request: Request) -> tuple[SignedIn | None, Desk | None]:
    """Who is signed in, at which area's desk; nobody where that cannot be found out now."""
    service = staff_of(request)
    try:
        signed = service.sessions.find(request.cookies.get(COOKIE, ""))
    except DatabaseUnavailableError:
        return None, None
    if signed is None:
        return None, None
    path: str = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    scope = path.removeprefix("/staff/").partition("/")[0]
    area = area_of(service, scope)
    if area is None or not signed.officer.is_bound(scope, province_of(service, scope)):
        return signed, None
    return signed, Desk(signed, area)


class StaffHeaders:
    """Whatever an officers' path answers is kept by nobody and runs nothing foreign."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not is_staff_path(scope):
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", PRIVATE)
                headers.setdefault("Content-Security-Policy", CSP)
                cookie = taken(scope, message["status"], headers.get("Location", ""))
                if cookie is not None:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        await self.app(scope, receive, guarded)


def is_staff_path(scope: Scope) -> bool:
    """Whether a request is for the officers' side."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path == "/staff" or path.startswith("/staff/")
