"""Who else is at something that officers work on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Present:
    """An officer at a draft or a ticket."""

    officer: str
    """The username."""
    seen_at: datetime
    """When their browser last said that they are there, UTC."""
    wrote_at: datetime | None = None
    """When they last wrote there, UTC; None where they did not."""
