"""What officers of a place keep beside the knowledge: codes, days off, notices, the switch."""

from __future__ import annotations

from dataclasses import dataclass

from app.records.closures import Closures
from app.records.notices import Notices
from app.records.place_book import PlaceBook
from app.records.switches import Switches


@dataclass(frozen=True, slots=True)
class Local:
    """The stores behind “Mã QR” and “Xã và quầy”."""

    places: PlaceBook
    closures: Closures
    notices: Notices
    switches: Switches
    posters_at_once: int
    """Most codes in one ZIP."""
