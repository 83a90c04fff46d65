"""What officers do with posted codes: make, rename, retire, bring back, redirect, and look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, and_, case, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.records.audit import AuditEntry, AuditLog
from app.records.places import Place, place_of
from app.records.tables import PlaceRow, ScanRow
from knowledge_base.revisions import database_errors
from qr.link import is_code, new_code

LONGEST_LABEL = 80
_MONTH = timedelta(days=30)


class WrongPlaceError(ValueError):
    """What was asked for cannot be done; the message is in Vietnamese and says what can."""


class UnknownPlaceError(LookupError):
    """No such code in these communes; the message is in Vietnamese."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Không có mã {code} ở đây.")


@dataclass(frozen=True, slots=True)
class PlaceUse:
    """A posted code with how often it was scanned."""

    place: Place
    today: int
    month: int
    """In thirty days, today among them."""
    total: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which codes are looked for."""

    communes: Sequence[str]
    words: str = ""
    """A part of the label, or of the code."""
    state: str = ""
    """``used``, ``retired`` or ``redirected``; empty: any."""


@dataclass(frozen=True, slots=True)
class Totals:
    """All codes that were looked for, together."""

    places: int
    today: int
    month: int
    total: int


class PlaceBook:
    """The posted codes as officers keep them.

    Codes are never deleted. Every change is in the audit log, in one transaction.
    """

    def __init__(self, engine: Engine, audit: AuditLog, *, most_at_once: int = 200) -> None:
        """``most_at_once`` is how many codes may be made in one go."""
        self._engine = engine
        self._audit = audit
        self._most_at_once = most_at_once

    def add(self, commune: str, labels: Iterable[str], by: str) -> tuple[Place, ...]:
        """Make a code for each label that has none yet; returns those that are new.

        Raises:
            WrongPlaceError: for no labels, too many of them, or one that is too long.
        """
        wanted = list(dict.fromkeys(label for text in labels if (label := _label(text))))
        if not wanted:
            raise WrongPlaceError("Chưa ghi nơi dán nào. Ghi mỗi nơi một dòng, như “Quầy 3”.")
        if len(wanted) > self._most_at_once:
            raise WrongPlaceError(
                f"Một lần thêm nhiều nhất {self._most_at_once} nơi; danh sách có {len(wanted)}."
            )
        while True:
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    return self._made(session, commune, wanted, by)
            except IntegrityError:
                continue  # a code is taken, or another officer made one of the places: look again

    def _made(
        self, session: Session, commune: str, wanted: Sequence[str], by: str
    ) -> tuple[Place, ...]:
        there = set(
            session.scalars(
                select(PlaceRow.label).where(
                    PlaceRow.commune == commune, PlaceRow.label.in_(wanted)
                )
            )
        )
        rows = [
            PlaceRow(code=new_code(), commune=commune, label=label)
            for label in wanted
            if label not in there
        ]
        session.add_all(rows)
        session.flush()
        for row in rows:
            self._tell(session, row, by, "place.added", label=row.label)
        return tuple(place_of(session, row) for row in rows)

    def find(self, code: str, communes: Sequence[str]) -> Place:
        """A code of some communes; raises ``UnknownPlaceError``."""
        with database_errors(), Session(self._engine) as session:
            return place_of(session, self._row(session, code, communes))

    def some(self, codes: Sequence[str], communes: Sequence[str]) -> tuple[Place, ...]:
        """Those of several codes that belong to some communes, by commune and label."""
        wanted = (
            select(PlaceRow)
            .where(PlaceRow.code.in_(codes), PlaceRow.commune.in_(communes))
            .order_by(PlaceRow.commune, PlaceRow.label)
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(place_of(session, row) for row in session.scalars(wanted))

    def in_use(self, communes: Sequence[str]) -> tuple[Place, ...]:
        """Every code of some communes that is worth printing, by commune and label."""
        wanted = (
            select(PlaceRow)
            .where(PlaceRow.commune.in_(communes), PlaceRow.retired.is_(False))
            .order_by(PlaceRow.commune, PlaceRow.label)
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(place_of(session, row) for row in session.scalars(wanted))

    def rename(self, code: str, label: str, communes: Sequence[str], by: str) -> Place:
        """Give a place another name; its code, and what is printed, stay.

        Raises:
            UnknownPlaceError: where it is not of these communes.
            WrongPlaceError: for a name that is empty, too long or another place's.
        """
        wanted = _label(label)
        if not wanted:
            raise WrongPlaceError("Tên nơi dán không được để trống.")
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                row = self._row(session, code, communes)
                before, row.label = row.label, wanted
                session.flush()
                if before != wanted:
                    self._tell(session, row, by, "place.renamed", before=before, after=wanted)
                return place_of(session, row)
        except IntegrityError:
            raise WrongPlaceError(
                f"Đã có nơi dán tên “{wanted}” ở xã này. Chọn tên khác."
            ) from None

    def retire(self, code: str, communes: Sequence[str], by: str) -> Place:
        """Stop using a code; who scans it gets a page that still helps."""
        return self._set_retired(code, communes, by, retired=True)

    def bring_back(self, code: str, communes: Sequence[str], by: str) -> Place:
        """Use a retired code again."""
        return self._set_retired(code, communes, by, retired=False)

    def redirect_to_place(
        self, code: str, to_code: str, communes: Sequence[str], reachable: Sequence[str], by: str
    ) -> Place:
        """Let a code lead where another one does; its scans are still counted as its own.

        Args:
            code: what is on the wall.
            to_code: what it leads to; one that leads elsewhere itself is refused.
            communes: where the officer may change codes.
            reachable: the communes that a code may lead to.
            by: the officer.

        Raises:
            UnknownPlaceError: where the code is not of these communes.
            WrongPlaceError: for a circle, a chain, or a code that leads nowhere.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._row(session, code, communes, lock=True)
            target = (
                session.get(PlaceRow, to_code, with_for_update=True) if is_code(to_code) else None
            )
            if target is None or target.commune not in reachable:
                raise WrongPlaceError(f"Không có mã “{to_code}”. Kiểm tra lại sáu ký tự của mã.")
            if target.code == row.code:
                raise WrongPlaceError("Mã không thể chuyển tới chính nó. Chọn mã khác.")
            if target.to_code or target.to_commune:
                raise WrongPlaceError(
                    f"Mã {target.code} đã được chuyển tới nơi khác. Chọn thẳng nơi cuối cùng."
                )
            if target.retired:
                raise WrongPlaceError(
                    f"Mã {target.code} đã thôi dùng. Dùng lại mã đó trước, hoặc chọn mã khác."
                )
            self._refuse_chain(session, row)
            row.to_code, row.to_commune = target.code, None
            session.flush()
            self._tell(session, row, by, "place.redirected", to=target.code)
            return place_of(session, row)

    def redirect_to_commune(
        self, code: str, to_commune: str, communes: Sequence[str], reachable: Sequence[str], by: str
    ) -> Place:
        """Let a code lead to another commune; raises as :meth:`redirect_to_place` does."""
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._row(session, code, communes, lock=True)
            if to_commune not in reachable:
                raise WrongPlaceError("Xã, phường này không dùng Hỏi Xã ở đây. Chọn nơi khác.")
            if to_commune == row.commune:
                raise WrongPlaceError("Mã đang dẫn tới chính xã này. Chọn xã, phường khác.")
            self._refuse_chain(session, row)
            row.to_code, row.to_commune = None, to_commune
            session.flush()
            self._tell(session, row, by, "place.redirected", to=to_commune)
            return place_of(session, row)

    def lead_home(self, code: str, communes: Sequence[str], by: str) -> Place:
        """Undo a redirect: the code leads to its own commune again."""
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._row(session, code, communes)
            before = row.to_code or row.to_commune
            if before is not None:
                row.to_code = row.to_commune = None
                self._tell(session, row, by, "place.redirect_ended", before=before)
            return place_of(session, row)

    def listed(
        self, wanted: Wanted, day: date, start: int = 0, count: int = 100
    ) -> tuple[PlaceUse, ...]:
        """Codes with their scans, by commune and label."""
        scans = _scans(day)
        statement = (
            _filtered(
                select(PlaceRow, *(func.coalesce(column, 0) for column in _counts(scans))),
                wanted,
            )
            .outerjoin(scans, scans.c.code == PlaceRow.code)
            .order_by(PlaceRow.commune, PlaceRow.retired, PlaceRow.label)
            .offset(start)
            .limit(count)
        )
        with database_errors(), Session(self._engine) as session:
            return tuple(
                PlaceUse(place_of(session, row), *counts)
                for row, *counts in session.execute(statement).all()
            )

    def totals(self, wanted: Wanted, day: date) -> Totals:
        """How many codes are found, and how often they were scanned together."""
        scans = _scans(day)
        sums = (func.coalesce(func.sum(column), 0) for column in _counts(scans))
        statement = _filtered(select(func.count(PlaceRow.code), *sums), wanted).outerjoin(
            scans, scans.c.code == PlaceRow.code
        )
        with database_errors(), Session(self._engine) as session:
            return Totals(*map(int, session.execute(statement).one()))

    def _set_retired(self, code: str, communes: Sequence[str], by: str, *, retired: bool) -> Place:
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._row(session, code, communes)
            if row.retired != retired:
                row.retired = retired
                self._tell(session, row, by, "place.retired" if retired else "place.brought_back")
            return place_of(session, row)

    @staticmethod
    def _row(
        session: Session, code: str, communes: Sequence[str], *, lock: bool = False
    ) -> PlaceRow:
        row = session.get(PlaceRow, code, with_for_update=lock or None) if is_code(code) else None
        if row is None or row.commune not in communes:
            raise UnknownPlaceError(code[:12])
        return row

    @staticmethod
    def _refuse_chain(session: Session, row: PlaceRow) -> None:
        """What others lead to leads to its own commune: nobody is sent round."""
        behind = session.scalar(select(PlaceRow.code).where(PlaceRow.to_code == row.code).limit(1))
        if behind is not None:
            raise WrongPlaceError(
                f"Mã {behind} đang chuyển tới mã này, nên mã này không chuyển đi nơi khác được. "
                f"Chuyển mã {behind} trước."
            )

    def _tell(self, session: Session, row: PlaceRow, by: str, action: str, **details: Any) -> None:
        entry = AuditEntry(by, action, f"commune:{row.commune}", f"place:{row.code}", details)
        self._audit.add(session, entry)


def _label(text: str) -> str:
    label = " ".join(text.split())
    if len(label) > LONGEST_LABEL:
        raise WrongPlaceError(
            f"Tên nơi dán dài quá {LONGEST_LABEL} ký tự: “{label[:40]}…”. Viết ngắn lại."
        )
    return label


def _scans(day: date) -> Any:
    """Scans of each code: today, in thirty days, ever."""
    today = func.sum(case((ScanRow.day == day, ScanRow.count), else_=0))
    month = func.sum(
        case((and_(ScanRow.day > day - _MONTH, ScanRow.day <= day), ScanRow.count), else_=0)
    )
    return (
        select(
            ScanRow.code,
            today.label("today"),
            month.label("month"),
            func.sum(ScanRow.count).label("total"),
        )
        .group_by(ScanRow.code)
        .subquery()
    )


def _counts(scans: Any) -> tuple[Any, Any, Any]:
    return (scans.c.today, scans.c.month, scans.c.total)


def _filtered(statement: Any, wanted: Wanted) -> Any:
    statement = statement.where(PlaceRow.commune.in_(wanted.communes))
    redirected = or_(PlaceRow.to_code.is_not(None), PlaceRow.to_commune.is_not(None))
    if wanted.words:
        statement = statement.where(
            or_(
                PlaceRow.label.icontains(wanted.words, autoescape=True),
                PlaceRow.code == wanted.words.lower(),
            )
        )
    if wanted.state == "used":
        statement = statement.where(PlaceRow.retired.is_(False), ~redirected)
    if wanted.state == "retired":
        statement = statement.where(PlaceRow.retired.is_(True))
    if wanted.state == "redirected":
        statement = statement.where(redirected)
    return statement
