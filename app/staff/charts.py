"""What a chart shows, before anything draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.staff.tables import Table


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart draws; its table says the same in figures."""

    table: Table
    summary: str
    """One or two sentences that say what is to be seen."""
    labels: tuple[str, ...]
    series: tuple[tuple[str, tuple[int | float | None, ...]], ...]
    """Name and values of each; None is not drawn."""
    horizontal: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """For the script that draws it."""
        return {
            "labels": self.labels,
            "series": [{"label": name, "values": values} for name, values in self.series],
            "horizontal": self.horizontal,
        }
