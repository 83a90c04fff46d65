"""Patterns of whole phrases."""

from __future__ import annotations

import re


def any_of(*phrases: str) -> re.Pattern[str]:
    """A pattern for any of the phrases, each bounded by the ends of words."""
    return re.compile("|".join(rf"(?<!\w)(?:{phrase})(?!\w)" for phrase in phrases))
