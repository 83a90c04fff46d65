"""What officers are told of colleagues who are at the same draft or ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from app.html import capital, moment_words
from app.records.presence import Present

_HERE = timedelta(seconds=90)
"""Pages say every 30 seconds that they are open; who was silent for longer may have left."""


def who_words(others: Sequence[Present], names: Mapping[str, str], what: str) -> str:
    """Who is there: “Lan, Minh cũng đang mở bản này.”; empty where nobody is."""
    if not others:
        return ""
    return f"{', '.join(names[one.officer] for one in others)} cũng đang mở {what}."


def when_words(others: Sequence[Present], names: Mapping[str, str], moment: datetime) -> str:
    """Since when each has been quiet: “Gõ lần cuối 2 phút trước.”; by name where there are more."""
    if len(others) == 1:
        return f"{capital(_quiet(others[0], moment))}."
    told = [f"{names[one.officer]} {_quiet(one, moment)}" for one in others]
    return f"{'; '.join(told)}." if told else ""


def _quiet(one: Present, moment: datetime) -> str:
    wrote = "chưa gõ gì"
    if one.wrote_at is not None:
        wrote = f"gõ lần cuối {ago_words(one.wrote_at, moment)}"
    if moment - one.seen_at < _HERE:
        return wrote
    return f"{wrote}, mở trang lần cuối {ago_words(one.seen_at, moment)}"


def ago_words(then: datetime, moment: datetime) -> str:
    """How long ago something was: “2 phút trước”; from a day on, the moment itself."""
    seconds = (moment - then).total_seconds()
    if seconds < 60:
        return "vừa mới đây"
    if seconds < 3600:
        return f"{int(seconds // 60)} phút trước"
    if seconds < 86400:
        return f"{int(seconds // 3600)} giờ trước"
    return f"lúc {moment_words(then)}"
