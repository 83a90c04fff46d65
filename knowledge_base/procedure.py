"""The procedure (thủ tục hành chính): what to bring, where, how long, how much."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from knowledge_base.record import (
    ONLINE_CHANNELS,
    Channel,
    CounterKind,
    Facet,
    Record,
    Statement,
)
from knowledge_base.source import Fact, Slug, WebLink, Whole, Words


class TimeUnit(StrEnum):
    """The unit of a time limit."""

    WORKING_DAY = "working_day"
    DAY = "day"
    MONTH = "month"
    HOUR = "hour"
    AT_ONCE = "at_once"


class Provider(StrEnum):
    """Who brings a dossier item."""

    APPLICANT = "applicant"
    OFFICE = "office"
    """The office looks it up itself; the applicant brings nothing unless asked."""
    OTHER = "other"


class DossierItem(Fact):
    """One paper of the dossier (thành phần hồ sơ)."""

    item: Words
    form: str | None = None
    """The form's number, such as ``CT01``."""
    originals: Whole | None = Field(None, ge=0)
    copies: Whole | None = Field(None, ge=0)
    """None means the source does not say how many."""
    provided_by: Provider = Provider.APPLICANT
    note: Words | None = None


class TimeLimit(Fact):
    """How long the office may take (thời hạn giải quyết)."""

    amount: Whole | None = Field(None, ge=1)
    unit: TimeUnit
    channel: Channel | None = None
    """None means every channel."""
    label: Words | None = None
    """What it is for, where there are several."""
    note: Words | None = None

    @model_validator(mode="after")
    def _amount_fits_unit(self) -> Self:
        if (self.amount is None) != (self.unit is TimeUnit.AT_ONCE):
            raise ValueError("amount phải có, trừ khi unit là at_once (giải quyết ngay)")
        return self


class Fee(Fact):
    """What the applicant pays (lệ phí hoặc phí)."""

    amount: Whole | None = Field(ge=0)
    """In đồng. None means the source does not give an amount; zero means free."""
    channel: Channel | None = None
    label: Words | None = None
    """What it is for, where there are several."""
    per: Words | None = None
    """The unit paid for: ``lần``, ``bản``, ``trang``, ``người``."""
    exemption: Words | None = None
    """Who pays nothing."""
    note: Words | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.amount is None and self.note is None and self.exemption is None:
            raise ValueError("amount để trống thì phải có note nói cách tính hoặc phải hỏi ai")
        return self


class WhereTo(Fact):
    """Which counter receives the application."""

    counter: CounterKind
    text: Words


class ChannelOption(Fact):
    """One way to hand in the application."""

    channel: Channel
    link: WebLink | None = None
    note: Words | None = None


class Form(Fact):
    """A form to fill in (mẫu đơn, tờ khai)."""

    number: str | None = None
    name: Words
    link: WebLink | None = None


class Case(Fact):
    """A situation in which the answer differs (trường hợp): own house, rented, newborn."""

    id: Slug
    title: Words
    """Completes “Trường hợp: …”, short enough for a button."""
    aliases: tuple[Words, ...] = ()
    """Words by which a resident reveals the case: “ở trọ”, “con mới đẻ”."""
    conditions: tuple[Statement, ...] = ()
    dossier: tuple[DossierItem, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    fees: tuple[Fee, ...] = ()
    note: Words | None = None


NationalCode = Annotated[str, Field(pattern=r"^\d\.\d{6}$")]
"""A procedure's number in the national database, such as ``1.004222``."""


class Procedure(Record):
    """One procedure as the counter handles it."""

    code: NationalCode | None = None
    """The national code; None where the State has published none."""
    also_codes: tuple[NationalCode, ...] = ()
    """Further national codes that this record answers for: the State counts them as procedures of
    their own, a resident meets them as one errand with cases."""
    summary: Statement
    """Two plain sentences: what it is, and who does it where."""
    who_can_apply: tuple[Statement, ...] = ()
    conditions: tuple[Statement, ...] = ()
    dossier: tuple[DossierItem, ...] = ()
    """What every case needs; a case adds its own."""
    cases: tuple[Case, ...] = ()
    steps: tuple[Statement, ...] = ()
    where: tuple[WhereTo, ...] = Field(min_length=1)
    channels: tuple[ChannelOption, ...] = ()
    time_limits: tuple[TimeLimit, ...] = ()
    """Empty means the source does not say; a case may add its own."""
    fees: tuple[Fee, ...] | None = None
    """None means the source does not speak of fees; free is a fee of 0."""
    result: tuple[Statement, ...] = ()
    forms: tuple[Form, ...] = ()
    pitfalls: tuple[Statement, ...] = ()
    """Mistakes that send people home from the counter."""

    def section_ids(self) -> frozenset[str]:
        """The facets that this procedure can answer."""
        filled = {
            Facet.SUMMARY: True,
            Facet.ELIGIBILITY: self.who_can_apply
            or self.conditions
            or any(case.conditions for case in self.cases),
            Facet.DOSSIER: self.dossier or any(case.dossier for case in self.cases),
            Facet.STEPS: self.steps,
            Facet.WHERE: True,
            Facet.ONLINE: self.channels,
            Facet.TIME_LIMIT: self.time_limits or any(case.time_limits for case in self.cases),
            Facet.FEE: self.fees or any(case.fees for case in self.cases),
            Facet.RESULT: self.result,
            Facet.FORM: self.forms,
            Facet.LEGAL_BASIS: self.legal_basis,
        }
        return frozenset(facet.value for facet, full in filled.items() if full)

    def case_ids(self) -> frozenset[str]:
        """The ids of the cases."""
        return frozenset(case.id for case in self.cases)

    @property
    def codes(self) -> tuple[str, ...]:
        """Every national code that this record answers for, its own first."""
        return ((self.code,) if self.code else ()) + self.also_codes

    @property
    def online(self) -> bool:
        """Whether any online channel is known."""
        return any(option.channel in ONLINE_CHANNELS for option in self.channels)

    @model_validator(mode="after")
    def _codes_are_distinct(self) -> Self:
        if self.also_codes and self.code is None:
            raise ValueError("also_codes: có mã thêm thì phải có mã chính ở code")
        if len(set(self.codes)) != len(self.codes):
            raise ValueError("also_codes: một mã viết hai lần. Xoá một.")
        return self

    @model_validator(mode="after")
    def _cases_are_distinct(self) -> Self:
        if len(self.case_ids()) != len(self.cases):
            raise ValueError("cases: hai trường hợp trùng id. Đổi một id.")
        if len(self.cases) == 1:
            raise ValueError("cases: chỉ có một trường hợp thì ghi thẳng vào hồ sơ chung")
        return self
