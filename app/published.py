"""What is published and in force now, in the form that the pages ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.answering.answer import Card, Language, Office
from app.answering.asked import Calendars, public_holidays
from app.answering.card import card_of
from app.answering.office import office_of
from ingest.live import LiveKnowledge
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import CounterKind
from knowledge_base.register import ids_of


class UnknownCommuneError(Exception):
    """The settings switch on a commune that no record describes."""


class PublishedKnowledge:
    """The communes switched on, and their records."""

    def __init__(self, live: LiveKnowledge, switched_on: tuple[str, ...]) -> None:
        catalogue = live.edition().catalogue
        wanted = ids_of(switched_on, catalogue)
        if unknown := [commune for commune in wanted if commune not in catalogue.communes]:
            raise UnknownCommuneError(
                f"COMMUNES có xã chưa biết: {', '.join(unknown)}. "
                "Chạy `hoixa commune TÊN` để tìm mã của một xã, phường."
            )
        self._live = live
        self._switched_on = frozenset(wanted)

    def communes(self) -> tuple[Commune, ...]:
        """The communes that are switched on, by name."""
        found = self._live.edition().catalogue.communes.values()
        return tuple(sorted(filter(self._on, found), key=lambda commune: commune.name))

    def commune(self, commune_id: str) -> Commune | None:
        """A commune that is switched on; None otherwise."""
        found = self._live.edition().catalogue.communes.get(commune_id)
        return found if found is not None and self._on(found) else None

    def records(self, commune_id: str) -> Mapping[str, Procedure | Guide]:
        """The records effective for a commune, by id."""
        return self._live.edition().scope(commune_id).records

    def version(self) -> str:
        """Names the published state of this day; another day or another publish changes it."""
        edition = self._live.edition()
        return f"{edition.snapshot.id}-{edition.day}"

    def ready(self) -> str | None:
        """None when the newest published state answers, else the reason why not."""
        return self._live.problem

    def _on(self, commune: Commune) -> bool:
        return not self._switched_on or commune.id in self._switched_on


class PublishedCards:
    """Records and counters in the words that residents read."""

    def __init__(
        self,
        live: LiveKnowledge,
        clock: Callable[[], datetime],
        calendars: Calendars = public_holidays,
    ) -> None:
        self._live = live
        self._clock = clock
        self._calendars = calendars

    def card(
        self, record: Procedure | Guide, commune: Commune, language: Language = Language.VI
    ) -> Card:
        """A record's facts for a commune."""
        return card_of(record, None, None, self._live.edition().day, language)

    def office(
        self, commune: Commune, kind: CounterKind, language: Language = Language.VI
    ) -> Office | None:
        """A commune's counter of a kind; None where it has entered none."""
        return office_of(commune, kind, self._clock(), language, self._calendars(commune))
