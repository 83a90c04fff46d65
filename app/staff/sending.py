"""Takes files that officers send: to disk as they come, within limits, and whole or not at all."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

from fastapi import HTTPException, Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from app.answering.mask import mask_file_name

_DOCUMENTS = re.compile(r"/staff/[a-z0-9:-]{1,100}/documents")
_FIELDS = 20
_FIELD_BYTES = 10_000
_LONGEST_NAME = 200
_END = 256
"""Bytes kept of the end, in which the last boundary must stand; one has 70 at most."""
_LONGEST_NUMBER = 15
_CLOSE = {"Connection": "close"}
"""What is still coming is not waited for."""


def is_sending(scope: Scope) -> bool:
    """Whether a request brings documents; its route guards and counts the body."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return _DOCUMENTS.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class SendingLimits:
    """How much may be sent."""

    files: int = 20
    """In one sending."""
    bytes: int = 200_000_000
    """Of one sending, all files together."""
    at_once: int = 4
    """Sendings being received at one time."""


class Sendings:
    """What is being received now."""

    def __init__(self, limits: SendingLimits) -> None:
        self.limits = limits
        self._receiving = 0

    @contextlib.contextmanager
    def receiving(self) -> Iterator[None]:
        """While one is being received.

        Raises:
            HTTPException: 503 when too many are.
        """
        if self._receiving >= self.limits.at_once:
            raise HTTPException(
                503,
                "Đang có nhiều người nạp tệp cùng lúc. Đợi một phút rồi nạp lại.",
                headers=_CLOSE,
            )
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1

    async def form(self, request: Request) -> FormData:
        """The fields and files of a request; files beyond a megabyte lie on disk.

        Raises:
            HTTPException: 400 for what is no form or was cut short, 413 for too much.
        """
        announced = request.headers.get("Content-Length", "")
        if announced.isdecimal() and (
            len(announced) > _LONGEST_NUMBER or int(announced) > self.limits.bytes
        ):
            raise self._too_large()
        kind, options = parse_options_header(request.headers.get("Content-Type", ""))
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not boundary:
            raise HTTPException(400, "Biểu mẫu không đúng dạng. Mở lại trang rồi nạp lại.")
        parser = MultiPartParser(
            request.headers,
            _counted(request, self.limits.bytes, b"--" + boundary + b"--"),
            max_files=self.limits.files,
            max_fields=_FIELDS,
            max_part_size=_FIELD_BYTES,
        )
        try:
            return await parser.parse()
        except _TooLargeError as error:
            raise self._too_large() from error
        except ClientDisconnect as error:
            raise HTTPException(400, "Kết nối bị ngắt giữa chừng. Nạp lại.") from error
        except (MultiPartException, _CutShortError) as error:
            if isinstance(error, MultiPartException) and error.message.startswith("Too many files"):
                raise HTTPException(
                    413,
                    f"Mỗi lần nạp tối đa {self.limits.files} tệp. Chia làm nhiều lần.",
                    headers=_CLOSE,
                ) from error
            raise HTTPException(
                400, "Tệp chưa được gửi trọn vẹn. Kiểm tra mạng rồi nạp lại."
            ) from error

    def _too_large(self) -> HTTPException:
        return HTTPException(
            413,
            f"Mỗi lần nạp tối đa {self.limits.bytes // 1_000_000} MB, tính cả các tệp. "
            "Chia làm nhiều lần hoặc nén ảnh.",
            headers=_CLOSE,
        )


class _TooLargeError(Exception):
    """More came than is allowed."""


class _CutShortError(Exception):
    """A body ended before its form did."""


async def _counted(request: Request, most: int, last: bytes) -> AsyncGenerator[bytes, None]:
    """A body as it comes, no more of it than is allowed, and whole: its parser does not look.

    What is raised here reaches the parser, which then closes all that it has opened.
    """
    size, end = 0, b""
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise _TooLargeError
        end = (end + chunk[-_END:])[-_END:]
        yield chunk
    if last not in end:
        raise _CutShortError


def files_of(form: FormData, field: str) -> list[UploadFile]:
    """The files that somebody chose; an input left empty sends one without a name."""
    return [one for one in form.getlist(field) if isinstance(one, UploadFile) and one.filename]


def name_of(file: UploadFile) -> str:
    """A file's own name, without the path that some browsers put before it; masked."""
    last = re.split(r"[\\/]", file.filename or "")[-1]
    plain = "".join(char for char in last if char.isprintable()).strip()
    return mask_file_name(plain)[-_LONGEST_NAME:] or "tep"
