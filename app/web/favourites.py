"""Which records a phone keeps for when there is no network: the most asked, then the most useful.

What is asked most is counted up to last Monday, so that every replica chooses the same and a phone
fetches again only when something it shows has changed, or once a week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from threading import Lock

from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Topic
from knowledge_base.syllables import fold

_WEEKS = 12
"""So far back questions are counted: a season, so that school and tax times come and go."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The records for one commune's phones."""

    ids: tuple[str, ...]
    version: str
    """Changes when anything that those records show has changed."""


class Favourites:
    """What was chosen for each commune, kept until the published state or the day is another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._chosen: dict[str, tuple[str, Chosen]] = {}

    def of(self, commune_id: str, state: str, choose: Callable[[], Chosen]) -> Chosen:
        """What ``choose`` gives, asked once for each ``state`` of a commune."""
        with self._lock:
            known = self._chosen.get(commune_id)
        if known is not None and known[0] == state:
            return known[1]
        made = choose()
        with self._lock:
            self._chosen[commune_id] = (state, made)
        return made


def counted_weeks(moment: datetime) -> tuple[datetime, datetime]:
    """From when until when questions are counted: whole weeks that have ended."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    return monday - timedelta(weeks=_WEEKS), monday


def choose_ids(
    records: Mapping[str, Procedure | Guide], asked: Iterable[str], count: int
) -> tuple[str, ...]:
    """Ids of ``count`` records: those asked, most asked first, filled up from every topic in turn.

    Within a topic procedures come before guides, and those that residents have most ways to ask
    for come first.
    """
    columns = [
        sorted((item for item in records.values() if item.topic is topic), key=_usefulness)
        for topic in Topic
    ]
    filling = (item.id for row in zip_longest(*columns) for item in row if item is not None)
    known = (record_id for record_id in asked if record_id in records)
    return tuple(dict.fromkeys((*known, *filling)))[:count]


def _usefulness(item: Procedure | Guide) -> tuple[bool, int, str]:
    return (isinstance(item, Guide), -len(item.questions) - len(item.aliases), fold(item.title))
