"""Places where codes are posted, and how often each is scanned a day."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.records.tables import PlaceRow, ScanRow
from knowledge_base.revisions import DatabaseUnavailableError, database_errors
from qr.link import new_code

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A posted code (điểm đặt mã QR) and the commune it leads to."""

    code: str
    commune_id: str
    """Where it is posted, and where its scans are counted."""
    label: str
    retired: bool
    to_code: str | None = None
    """The code whose place it leads to instead."""
    to_commune: str | None = None
    """The commune that it leads to instead; of ``to_code``, that place's."""

    @property
    def redirected(self) -> bool:
        """Whether it leads elsewhere than where it is posted."""
        return self.to_commune is not None


class Places:
    """The posted codes. A code is never deleted and never changes where it is counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def at(self, commune_id: str, label: str) -> Place:
        """The code of a place, made on first asking; the same place keeps the same code.

        Raises:
            DatabaseUnavailableError: when it cannot be kept.
        """
        wanted = select(PlaceRow).where(PlaceRow.commune == commune_id, PlaceRow.label == label)
        while True:
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    row = session.scalar(wanted)
                    if row is None:
                        row = PlaceRow(code=new_code(), commune=commune_id, label=label)
                        session.add(row)
                        session.flush()
                    return place_of(session, row)
            except IntegrityError:
                continue  # the code is taken, or another process made the place: look again

    def scan(self, code: str, day: date) -> Place | None:
        """Count a scan and return its place; None for an unknown code."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(PlaceRow, code)
            if row is None:
                return None
            place = place_of(session, row)
        try:
            self._count(code, day)
        except DatabaseUnavailableError:
            log.exception("a scan is not counted")
        return place

    def _count(self, code: str, day: date) -> None:
        one_more = (
            update(ScanRow)
            .where(ScanRow.code == code, ScanRow.day == day)
            .values(count=ScanRow.count + 1)
            .returning(ScanRow.count)
        )
        for _attempt in range(2):
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    if session.scalar(one_more) is None:
                        session.add(ScanRow(code=code, day=day, count=1))
                return
            except IntegrityError:
                continue  # another request counted the day's first scan just before

    def scans(self, code: str, day: date) -> int:
        """How often a code was scanned on a day."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(ScanRow, (code, day))
            return row.count if row else 0


def place_of(session: Session, row: PlaceRow) -> Place:
    """A row as a place; a redirect is followed once, so that no circle can be run around."""
    to_commune = row.to_commune
    if row.to_code is not None:
        target = session.get(PlaceRow, row.to_code)
        to_commune = target.commune if target else None
    to_code = row.to_code if to_commune else None
    return Place(row.code, row.commune, row.label, row.retired, to_code, to_commune)
