"""How a commune stands at this moment: what residents must be told, and whether we answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.records.notices import Notice, Notices
from app.records.switches import SwitchedOff, Switches
from knowledge_base.commune import Commune
from knowledge_base.revisions import DatabaseUnavailableError, now

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What officers have announced for a commune, its province or everywhere."""

    notices: tuple[Notice, ...] = ()
    """The most urgent first."""
    off: SwitchedOff | None = None
    """Why the assistant does not answer; None where it does."""


class Standings:
    """Asks the database at each request, so that every replica obeys at once."""

    def __init__(
        self, notices: Notices, switches: Switches, clock: Callable[[], datetime] = now
    ) -> None:
        self._notices = notices
        self._switches = switches
        self._clock = clock

    def of(self, commune: Commune) -> Standing:
        """How a commune stands; while the database cannot be asked, nothing is announced."""
        try:
            return Standing(
                self._notices.showing(commune.scopes, self._clock()),
                self._switches.off(commune.scopes),
            )
        except DatabaseUnavailableError:
            log.exception("what officers announced is not known")
            return Standing()


class NothingAnnounced:
    """For a service without officers."""

    def of(self, commune: Commune) -> Standing:
        """Nothing."""
        del commune
        return Standing()
