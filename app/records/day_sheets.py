"""Reads what was asked on many days at once, from a sheet for each day that is over.

A look at a province's year would read a million answers; their sheets are some megabytes. What is
not on a sheet, or was opened since, is read answer by answer: what is read is always what the
answers say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    delete,
    func,
    insert,
    select,
    text,
)

from app.records.asked import COLUMNS, NO_WORD, NOT_SAID, Asked, Chosen, Words
from app.records.day_sheet_rows import DaySheetRow, OpenDayRow, SheetWordRow
from app.records.tables import AnswerRow
from knowledge_base.day import today
from knowledge_base.revisions import database_errors

_LOCK = 7_041_947
"""As in migration 0012."""
_READ = (
    OpenDayRow.commune,
    AnswerRow.status,
    AnswerRow.record_id,
    AnswerRow.topic,
    AnswerRow.place,
    AnswerRow.language,
    AnswerRow.elapsed_ms,
    AnswerRow.hour,
    AnswerRow.spoken,
    AnswerRow.helpful,
)
"""In the order of ``COLUMNS``; the index ``answer_by_day`` holds all that is the answers'."""
_WORDS, _NUMBERS = slice(1, 7), slice(7, 10)
"""Where they stand behind the day; what helped is neither."""


class DaySheets:
    """What was asked, day by day.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, clock: Callable[[], date] = today) -> None:
        """``clock`` gives the day that is not over yet."""
        self._engine = engine
        self._clock = clock

    def read(self, chosen: Chosen) -> Asked:
        """The questions of what is chosen."""
        days = (chosen.first, chosen.last)
        of_chosen = and_(OpenDayRow.day.between(*days), OpenDayRow.commune.in_(chosen.communes))
        with database_errors(), self._engine.connect() as connection:
            # In this order it needs no snapshot: a day that is filled meanwhile was read as open,
            # and the sheet of a day that is opened meanwhile is still what it was.
            singly = _of_open_days(connection, of_chosen)
            sheets = connection.execute(
                select(DaySheetRow.day, DaySheetRow.questions).where(DaySheetRow.day.between(*days))
            ).all()
            words = Words(_known(connection))
        answers = [row for row in singly if row.status is not None]
        packed = _packed(answers, words)
        rows = _unpacked([*(sheet for _, sheet in sheets), packed.tobytes()])

        begins = chosen.first.toordinal()
        days_of = [day.toordinal() - begins for day in (one.day for one in (*sheets, *answers))]
        each = [len(sheet) // COLUMNS.itemsize for _, sheet in sheets] + [1] * len(answers)
        on = np.repeat(np.array(days_of, dtype=np.int32), each)
        position = np.full(words.size, -1, dtype=np.int32)
        for number, commune in enumerate(chosen.communes):
            position[words.number(commune)] = number
        position[NO_WORD] = -1  # a commune that no sheet knows
        communes = position[rows["commune"]]

        kept = communes >= 0
        if singly:
            is_open = np.zeros((len(chosen.communes), chosen.days), dtype=bool)
            for day, commune in {(row.day, row.commune) for row in singly}:
                is_open[chosen.communes.index(commune), day.toordinal() - begins] = True
            sheeted = slice(0, len(rows) - len(answers))
            kept[sheeted] &= ~is_open[communes[sheeted], on[sheeted]]
        if not kept.all():
            rows, communes, on = rows[kept], communes[kept], on[kept]
        return Asked(chosen, words, communes, on, rows)

    def fill(self) -> int:
        """Write the sheets of days that are over and were opened; how many."""
        filled = 0
        while self._fill_one():
            filled += 1
        return filled

    def _fill_one(self) -> bool:
        """One day in a transaction, so that no resident's question waits long for it."""
        with database_errors(), self._engine.begin() as connection:
            if not _alone(connection):
                return False  # another process fills, or changes answers just now: next time
            day = connection.scalar(select(func.min(OpenDayRow.day)))
            if day is None or day >= self._clock():
                return False
            singly = _of_open_days(connection, OpenDayRow.day == day)
            answers = [row for row in singly if row.status is not None]
            words = Words(_taught(connection, answers))
            before = connection.scalar(select(DaySheetRow.questions).where(DaySheetRow.day == day))
            rows = _unpacked([before or b""])
            opened = {words.number(row.commune) for row in singly}
            rows = rows[~np.isin(rows["commune"], list(opened))]
            sheet = np.concatenate([rows, _packed(answers, words)]).tobytes()
            connection.execute(delete(OpenDayRow).where(OpenDayRow.day == day))
            connection.execute(delete(DaySheetRow).where(DaySheetRow.day == day))
            if sheet:
                connection.execute(insert(DaySheetRow).values(day=day, questions=sheet))
        return True


def _alone(connection: Connection) -> bool:
    """Whether nobody else changes answers or sheets until the end of the transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return True
    # no waiting: whoever changes answers would wait behind us
    lock = text("SELECT pg_try_advisory_xact_lock(:lock)")
    return bool(connection.scalar(lock, {"lock": _LOCK}))


def _of_open_days(connection: Connection, which: ColumnElement[bool]) -> Sequence[Any]:
    """Each answer of some open days, as ``_READ``; where there is none, a row without a status."""
    same = and_(AnswerRow.commune == OpenDayRow.commune, AnswerRow.day == OpenDayRow.day)
    wanted = select(OpenDayRow.day, *_READ).outerjoin(AnswerRow, same).where(which)
    found: Sequence[Any] = connection.execute(wanted).all()
    return found


def _known(connection: Connection) -> Mapping[str, int]:
    found = connection.execute(select(SheetWordRow.word, SheetWordRow.id))
    return {word: number for word, number in found}


def _taught(connection: Connection, answers: Iterable[Any]) -> Mapping[str, int]:
    """The numbers of all words, those of these answers among them."""
    known = _known(connection)
    said = {word for answer in answers for word in answer[_WORDS] if word}
    if missing := sorted(said - known.keys()):
        connection.execute(insert(SheetWordRow), [{"word": word} for word in missing])
        known = _known(connection)
    return known


def _packed(answers: Iterable[Any], words: Words) -> NDArray[np.void]:
    """Answers as numbers; a word that has none yet gets one."""
    return np.array(
        [
            (
                *map(words.taken_up, answer[_WORDS]),
                *answer[_NUMBERS],
                NOT_SAID if answer.helpful is None else answer.helpful,
            )
            for answer in answers
        ],
        dtype=COLUMNS,
    )


def _unpacked(sheets: Iterable[bytes]) -> NDArray[np.void]:
    return np.frombuffer(b"".join(sheets), dtype=COLUMNS)
