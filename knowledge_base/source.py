"""Where a fact comes from: sources, sourced facts, legal texts and notes still to be confirmed."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    model_validator,
)


class Strict(BaseModel):
    """Base of everything people write by hand: a misspelt key is an error, not a silence."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SourceKind(StrEnum):
    """How close a source stands to the signed text, strongest first."""

    GAZETTE = "gazette"
    PORTAL = "portal"
    PORTAL_COPY = "portal_copy"
    OFFICE = "office"
    """What the office itself replied to a resident (trả lời của cán bộ), with no text behind it."""
    SECONDARY = "secondary"
    PRESS = "press"


STRONG_SOURCES = frozenset({SourceKind.GAZETTE, SourceKind.PORTAL})
"""Facts resting on anything weaker are listed to staff for comparison with the original."""


class Source(Strict):
    """One text that facts of a record rest on."""

    kind: SourceKind
    publisher: str = Field(min_length=2)
    title: str = Field(min_length=2)
    address: str | None = None
    """A web address where there is one, otherwise how to find the text again."""
    text_date: date | None = None
    """The date the text itself bears."""
    seen_on: date


def _in_words(value: str) -> str:
    if not any(character.isalpha() for character in value):
        raise ValueError("phải là câu chữ")
    return value


Words = Annotated[str, Field(min_length=2), AfterValidator(_in_words)]
"""A short text in plain Vietnamese."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]

WebLink = HttpUrl

Whole = Annotated[int, Field(strict=True)]
"""A number written without a point: YAML reads ``20.000`` as twenty."""

NO_SOURCE = "số liệu không có nguồn. Thêm `source:` với một khóa trong sources."


def _names_a_source(value: object) -> object:
    keys = value if isinstance(value, list | tuple) else [value]
    named = [key for key in keys if isinstance(key, str)]
    if len(named) != len(keys):
        raise ValueError(f"phải là một khóa trong sources, hoặc danh sách khóa; đang là {value!r}.")
    if not keys or not all(key.strip() for key in named):
        raise ValueError(NO_SOURCE)
    return value


class Dated(Strict):
    """Something that holds only between two dates; open ends are None."""

    effective_from: date | None = None
    effective_to: date | None = None
    """The last day on which it holds."""

    def in_force(self, day: date) -> bool:
        """Whether it holds on ``day``."""
        started = self.effective_from is None or self.effective_from <= day
        ended = self.effective_to is not None and self.effective_to < day
        return started and not ended

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise ValueError("effective_to đứng trước effective_from")
        return self


class Fact(Dated):
    """Base of every sourced statement."""

    source: Annotated[str | tuple[str, ...], BeforeValidator(_names_a_source)]
    """Key or keys in the record's ``sources``."""

    @property
    def source_keys(self) -> tuple[str, ...]:
        """The source keys, always as a tuple."""
        return (self.source,) if isinstance(self.source, str) else self.source


class Statement(Fact):
    """One sourced statement in plain words."""

    text: Words


class LegalBasis(Fact):
    """A legal text (căn cứ pháp lý) that the record rests on, with the dates of the text itself."""

    number: str = Field(min_length=3)
    """Such as ``68/2020/QH14`` or ``75/2022/TT-BTC``."""
    name: Words
    article: str | None = None
    issued: date | None = None
    replaced_by: str | None = None

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.issued is None and self.effective_from is None:
            raise ValueError("cần issued hoặc effective_from (ngày ban hành hoặc ngày có hiệu lực)")
        return self


class LegalText(Strict):
    """One text of the register of legal texts: what it is, when it holds, what took its place."""

    number: str = Field(min_length=3)
    name: Words
    issued: date | None = None
    effective_from: date | None = None
    ended_on: date | None = None
    """The first day on which it no longer holds."""
    replaced_by: str | None = None
    source: str
    """Where this was read, in words."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        days = [day for day in (self.issued, self.ended_on) if day]
        if days != sorted(days):
            raise ValueError("ended_on đứng trước issued")
        if self.effective_from and self.ended_on and self.ended_on < self.effective_from:
            raise ValueError("ended_on đứng trước effective_from")
        return self


class ToConfirm(Strict):
    """What residents must ask about because it could not be verified; never shown as a fact."""

    text: Words
    """What to ask the officer, as a noun phrase or question without any unverified figure."""
    section: str | None = None
