"""The day changes at midnight in Vietnam, wherever the machine stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import pytest

from knowledge_base import day
from knowledge_base.day import VIETNAM, utc


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 30, 16, 59, 59, tzinfo=UTC), date(2026, 11, 30)),
        (datetime(2026, 11, 30, 17, 0, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_vietnam(
    monkeypatch: pytest.MonkeyPatch, moment: datetime, expected: date
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls.fromtimestamp(moment.timestamp(), tz or UTC)

        @classmethod
        def utcnow(cls) -> Clock:
            return cls.now(UTC)

    monkeypatch.setattr(day, "datetime", Clock)

    assert day.today() == expected


def test_moments_of_databases_are_utc_said_or_not() -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)

    assert utc(noon.replace(tzinfo=None)) == noon
    assert utc(noon.astimezone(timezone(timedelta(hours=7)))) == noon
    assert utc(noon.astimezone(VIETNAM)).tzinfo is UTC
