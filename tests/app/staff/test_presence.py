"""Who else is there is told with how long they have been quiet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.records.presence import Present
from app.staff.presence import ago_words, when_words, who_words

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
NAMES = {"lan": "Chị Lan", "minh": "Anh Minh"}


def at(officer: str, seen: float, wrote: float | None = None) -> Present:
    """An officer seen, and writing, so many minutes ago."""
    return Present(
        officer,
        NOON - timedelta(minutes=seen),
        None if wrote is None else NOON - timedelta(minutes=wrote),
    )


@pytest.mark.parametrize(
    ("others", "who", "when"),
    [
        pytest.param((), "", "", id="nobody"),
        pytest.param(
            (at("lan", 0.2, 2.5),),
            "Chị Lan cũng đang mở bản này.",
            "Gõ lần cuối 2 phút trước.",
            id="one who writes",
        ),
        pytest.param(
            (at("lan", 0.2),), "Chị Lan cũng đang mở bản này.", "Chưa gõ gì.", id="one who reads"
        ),
        pytest.param(
            (at("lan", 3, 61), at("minh", 1, 0.5)),
            "Chị Lan, Anh Minh cũng đang mở bản này.",
            "Chị Lan gõ lần cuối 1 giờ trước, mở trang lần cuối 3 phút trước; "
            "Anh Minh gõ lần cuối vừa mới đây.",
            id="one may have left",
        ),
    ],
)
def test_who_is_there_and_since_when_they_are_quiet(
    others: tuple[Present, ...], who: str, when: str
) -> None:
    assert who_words(others, NAMES, "bản này") == who
    assert when_words(others, NAMES, NOON) == when


def test_what_was_long_ago_is_told_by_its_moment() -> None:
    assert ago_words(NOON - timedelta(hours=30), NOON) == "lúc 6:00, 22/11/2026"
