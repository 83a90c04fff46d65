"""What residents are told when a recording of theirs did not become text."""

from __future__ import annotations

from app.speech.refusals import Refusal
from app.web.problems import Problem
from app.web.words import phrase

_RETRY_SECONDS = 5

_REFUSED = {
    Refusal.EMPTY: (
        422,
        phrase("Đoạn ghi âm trống"),
        phrase("Chưa có tiếng nào trong đoạn ghi âm. Hãy ghi lại rồi gửi, hoặc gõ câu hỏi."),
    ),
    Refusal.UNREADABLE: (
        422,
        phrase("Không mở được đoạn ghi âm"),
        phrase(
            "Tệp này không phải đoạn ghi âm, hoặc đã hỏng. Nhận WebM, MP4 (M4A), OGG, WAV và MP3. "
            "Hãy ghi lại, hoặc gõ câu hỏi."
        ),
    ),
    Refusal.NOT_HEARD: (
        422,
        phrase("Chưa nghe rõ"),
        phrase(
            "Chưa nghe rõ. Hãy nói gần điện thoại hơn, ở chỗ ít ồn, rồi thử lại; hoặc gõ câu hỏi."
        ),
    ),
    Refusal.BUSY: (
        503,
        phrase("Đang có nhiều người nói"),
        phrase("Đang nghe người khác. Hãy gửi lại sau ít giây, hoặc gõ câu hỏi."),
    ),
    Refusal.UNAVAILABLE: (
        503,
        phrase("Tạm thời chưa nghe được"),
        phrase("Chưa chuyển được tiếng nói thành chữ. Hãy thử lại sau, hoặc gõ câu hỏi."),
    ),
}


def refused(refusal: Refusal) -> Problem:
    """The words for every refusal but ``TOO_LONG``."""
    status, title, detail = _REFUSED[refusal]
    headers = {"Retry-After": str(_RETRY_SECONDS)} if status == 503 else {}
    return Problem(status, refusal.value, title, detail, headers=headers)


def too_long(most_seconds: int) -> Problem:
    """The words for a recording of too many seconds."""
    return Problem(
        422,
        Refusal.TOO_LONG.value,
        phrase("Đoạn ghi âm quá dài"),
        phrase("Tối đa %(most)s giây. Hãy hỏi ngắn hơn, mỗi lần một việc.", most=most_seconds),
    )


def too_large(most_bytes: int) -> Problem:
    """The words for a recording of too many bytes."""
    return Problem(
        413,
        "too-large",
        phrase("Đoạn ghi âm quá lớn"),
        phrase("Tối đa %(most)s MB. Hãy nói ngắn hơn, hoặc gõ câu hỏi.", most=most_bytes // 10**6),
        headers={"Connection": "close"},
    )
