"""The day in Vietnam, by which everything begins and ends, and moments as databases give them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """The date in Vietnam."""
    return datetime.now(VIETNAM).date()


def utc(moment: datetime) -> datetime:
    """A moment in UTC; SQLite gives back UTC without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
