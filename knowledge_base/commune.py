"""The commune (xã, phường, đặc khu): its name, what it was merged from, its counters."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from knowledge_base.record import CounterKind, facts_of
from knowledge_base.source import Fact, Slug, Source, Statement, Strict, ToConfirm, WebLink, Words


class UnitKind(StrEnum):
    """The three kinds of commune-level unit since 1 July 2025."""

    COMMUNE = "xã"
    WARD = "phường"
    SPECIAL_ZONE = "đặc khu"


class FormerUnit(Fact):
    """A unit of before 1 July 2025 that went, whole or in part, into this one."""

    name: Words
    district: Words | None = None
    province: Words | None = None
    part: bool = False
    """True where only a part of it came here, so the resident must choose."""


class Weekday(StrEnum):
    """Days as written in content files."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Shift(Strict):
    """Opening on some weekdays from one clock time to another, local time."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time
    closes: time

    @model_validator(mode="after")
    def _closes_after_opening(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("closes phải sau opens")
        return self


class OpeningHours(Fact):
    """Weekly opening hours (giờ làm việc) of a counter."""

    shifts: tuple[Shift, ...] = Field(min_length=1)
    note: Words | None = None

    def open_at(self, moment: datetime) -> bool:
        """Whether the counter is open at a local time; holidays are not known here."""
        day = list(Weekday)[moment.weekday()]
        return any(
            day in shift.days and shift.opens <= moment.time() < shift.closes
            for shift in self.shifts
        )


class Telephone(Fact):
    """A telephone number as people dial it, with or without words beside it."""

    text: str = Field(pattern=r"\d{3}|\d{2,4}[ .-]\d{2,4}")


class Counter(Strict):
    """An office that residents go to; what is unknown is absent, never invented."""

    kind: CounterKind
    name: Words
    address: Statement | None = None
    telephone: Telephone | None = None
    opening_hours: OpeningHours | None = None
    map_link: WebLink | None = None
    note: Words | None = None


class Commune(Strict):
    """One commune-level unit."""

    id: Slug
    code: str = Field(pattern=r"^\d{5}$")
    kind: UnitKind
    name: Words
    """Without the kind: ``Hòa Tiến``."""
    province: Slug
    province_name: Words
    merged_from: tuple[FormerUnit, ...] = ()
    former_names: tuple[Words, ...] = ()
    """Old names of villages and wards by which residents name their place."""
    counters: tuple[Counter, ...] = ()
    hotlines: tuple[Statement, ...] = ()
    website: WebLink | None = None
    to_confirm: tuple[ToConfirm, ...] = ()
    sources: dict[str, Source] = Field(min_length=1)
    checked_on: date

    @property
    def full_name(self) -> str:
        """Such as ``xã Hòa Tiến``."""
        return f"{self.kind} {self.name}"

    @property
    def scopes(self) -> tuple[str, str, str]:
        """The scopes that apply here, widest first."""
        return ("national", f"province:{self.province}", f"commune:{self.id}")

    def counter(self, kind: CounterKind) -> Counter | None:
        """The first counter of a kind."""
        return next((counter for counter in self.counters if counter.kind is kind), None)

    @model_validator(mode="after")
    def _facts_name_known_sources(self) -> Self:
        for path, fact in facts_of(self):
            for key in fact.source_keys:
                if key not in self.sources:
                    raise ValueError(f"{path}: nguồn “{key}” không có trong sources.")
        return self
