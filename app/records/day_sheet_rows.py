"""The tables of what the dashboard counts by, made from the answers and never a truth of their own.

Triggers on ``answer`` (migration 0012) open a day of a commune whenever one of its answers comes,
changes or goes, whoever does it: what a sheet says of a commune whose day is not open is what its
answers say.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.revisions import Base


class OpenDayRow(Base):
    """A day of a commune whose answers are read one by one: it lasts, or changed since."""

    __tablename__ = "open_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    commune: Mapped[str] = mapped_column(String(80), primary_key=True)


class DaySheetRow(Base):
    """What was asked on a day in all communes, as numbers; nothing of what was said."""

    __tablename__ = "day_sheet"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    questions: Mapped[bytes] = mapped_column(LargeBinary)
    """Of ``asked.COLUMNS``, one after the other."""


class SheetWordRow(Base):
    """What a number in a sheet means: a commune, status, record, topic, place or language."""

    __tablename__ = "sheet_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(String(80), unique=True)
