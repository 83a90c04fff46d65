"""How long a resident has waited, in days on which offices work."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from app.staff.working_days import is_working, working_days_before
from knowledge_base.day import VIETNAM


def at(day: int, hour: int = 16, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        pytest.param(date(2026, 11, 20), True, id="Friday"),
        pytest.param(date(2026, 11, 21), False, id="Saturday"),
        pytest.param(date(2026, 4, 30), False, id="a holiday"),
    ],
)
def test_offices_work_from_monday_to_friday_without_holidays(day: date, working: bool) -> None:
    assert is_working(day) is working


@pytest.mark.parametrize(
    ("now", "before"),
    [
        pytest.param(at(19), at(17), id="within a week"),
        pytest.param(at(17), at(13), id="a weekend between"),
        pytest.param(at(22), at(18), id="asked on a Sunday"),
        pytest.param(at(4, month=5), at(28, month=4), id="holidays between"),
    ],
)
def test_two_working_days_ago(now: datetime, before: datetime) -> None:
    assert working_days_before(now, 2) == before
