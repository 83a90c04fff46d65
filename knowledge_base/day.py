"""The day in Vietnam, by which everything begins and ends."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """The date in Vietnam."""
    return datetime.now(VIETNAM).date()
