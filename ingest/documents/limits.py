"""How much of a document is read at most."""

from __future__ import annotations

from dataclasses import dataclass

MAX_ZIP_ENTRIES = 5_000
"""A long Word file with many pictures has some hundreds."""
MAX_CELLS = 200_000
"""Of one workbook; a sheet may claim a billion rows in a few bytes."""
MAX_POINTS = 60_000_000
"""Of one picture: an A3 page at 400 dpi, or the largest photograph of an ordinary telephone."""
MAX_RESULT_BYTES = 64_000_000
"""What a reading may hand back."""
PROGRESS = "progress"
"""The file in which a reading says how many pages it has done, of how many."""
MAX_PICTURE_BYTES = 3_000_000
"""Of one painted page."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What can be set of them; ``app/settings.py`` has the defaults' reasons."""

    max_bytes: int = 50_000_000
    max_unzipped_bytes: int = 300_000_000
    max_pages: int = 500
    max_scanned_pages: int = 60
    """Pages that need character recognition, which takes seconds each."""
    seconds: float = 600
    """Wall-clock time of one document."""
    memory_bytes: int = 1_500_000_000
    """Address space of the reading process, and of the recognition it starts."""
    max_pictures: int = 20
    """Pages painted, to be looked at beside what was read."""
