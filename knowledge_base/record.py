"""What the kinds of record share: topics, scopes, facets, residents' questions, provenance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticKnownError

from knowledge_base.source import (
    Dated,
    Fact,
    LegalBasis,
    Slug,
    Source,
    Statement,
    Strict,
    ToConfirm,
    Words,
)


class RecordKind(StrEnum):
    """The kinds of record."""

    PROCEDURE = "procedure"
    GUIDE = "guide"
    COMMUNE = "commune"


class Topic(StrEnum):
    """What residents ask about (lĩnh vực)."""

    LAND = "land"
    HEALTH_INSURANCE = "health_insurance"
    RESIDENCE = "residence"
    SOCIAL_POLICY = "social_policy"
    LOCAL_GOVERNMENT = "local_government"
    CIVIL_STATUS = "civil_status"
    CERTIFICATION = "certification"


class Facet(StrEnum):
    """The part of a procedure that a question asks for; also the sections of a procedure."""

    SUMMARY = "summary"
    ELIGIBILITY = "eligibility"
    DOSSIER = "dossier"
    STEPS = "steps"
    WHERE = "where"
    ONLINE = "online"
    TIME_LIMIT = "time_limit"
    FEE = "fee"
    RESULT = "result"
    FORM = "form"
    LEGAL_BASIS = "legal_basis"


class Channel(StrEnum):
    """How an application may be handed in."""

    IN_PERSON = "in_person"
    POST = "post"
    ONLINE = "online"
    PORTAL = "portal"
    VNEID = "vneid"
    APP = "app"
    PHONE = "phone"
    EMAIL = "email"


ONLINE_CHANNELS = frozenset({Channel.ONLINE, Channel.PORTAL, Channel.VNEID, Channel.APP})


class CounterKind(StrEnum):
    """Who receives the application."""

    ONE_STOP = "one_stop"
    POLICE = "police"
    LAND_BRANCH = "land_branch"
    SOCIAL_INSURANCE = "social_insurance"
    HEALTH_STATION = "health_station"
    TAX = "tax"
    OTHER = "other"


NATIONAL = "national"

Scope = Annotated[str, Field(pattern=r"^(national|(province|commune):[a-z0-9]+(-[a-z0-9]+)*)$")]
"""``national``, ``province:<slug>`` or ``commune:<slug>``."""


def scope_rank(scope: str) -> int:
    """0 for national, 1 for a province, 2 for a commune: the higher rank is the narrower."""
    return {"national": 0, "province": 1, "commune": 2}[scope.split(":", 1)[0]]


EnglishTitle = Annotated[str, Field(pattern=r"^[A-Z][ -~–]{2,}[^\s.?!:]$", max_length=120)]
"""English words in plain letters, the first one large, without a stop at the end."""


class ExampleQuestion(Strict):
    """How a resident asks, in their own words, and the section (and case) that answers."""

    text: Words
    section: str
    case: Slug | None = None
    facts: tuple[Words, ...] = ()
    """What the answer must show, as it stands in the record: “7.000 đồng”."""


_NATIONAL_QUESTIONS = 6


class Record(Dated, ABC):
    """What a procedure and a guide share."""

    id: Slug
    title: Words
    title_en: EnglishTitle | None = None
    """What the title says in plain English, a noun phrase shown beside it; not an official name."""
    topic: Topic
    aliases: tuple[Words, ...] = ()
    """Other names of the same thing: short forms, old names, what people call it."""
    scope: Scope = NATIONAL
    legal_basis: tuple[LegalBasis, ...] = ()
    related: tuple[Slug, ...] = ()
    questions: tuple[ExampleQuestion, ...] = Field(min_length=1)
    """Six or more in a national record; an office may publish what was asked only once."""
    to_confirm: tuple[ToConfirm, ...] = ()
    sources: dict[str, Source] = Field(min_length=1)
    checked_on: date

    @property
    def key(self) -> tuple[str, str]:
        """Identifies the record among all versions by scope: (id, scope)."""
        return (self.id, self.scope)

    @abstractmethod
    def section_ids(self) -> frozenset[str]:
        """The sections that have something to say."""

    def case_ids(self) -> frozenset[str]:
        """The cases that questions may name; empty where the record has none."""
        return frozenset()

    @field_validator("questions")
    @classmethod
    def _asked_in_many_ways(
        cls, value: tuple[ExampleQuestion, ...], info: ValidationInfo
    ) -> tuple[ExampleQuestion, ...]:
        if info.data.get("scope", NATIONAL) == NATIONAL and len(value) < _NATIONAL_QUESTIONS:
            raise PydanticKnownError(
                "too_short",
                {
                    "field_type": "Tuple",
                    "min_length": _NATIONAL_QUESTIONS,
                    "actual_length": len(value),
                },
            )
        return value

    @model_validator(mode="after")
    def _facts_name_known_sources(self) -> Self:
        for path, fact in facts_of(self):
            for key in fact.source_keys:
                if key not in self.sources:
                    raise ValueError(
                        f"{path}: nguồn “{key}” không có trong sources. "
                        f"Thêm nó vào sources hoặc sửa lại tên."
                    )
        return self

    @model_validator(mode="after")
    def _questions_point_at_sections(self) -> Self:
        sections, cases = self.section_ids(), self.case_ids()
        for place, question in enumerate(self.questions):
            if question.section not in sections:
                raise ValueError(
                    f"questions.{place}.section: mục “{question.section}” không có nội dung. "
                    f"Các mục có: {', '.join(sorted(sections))}."
                )
            if question.case is not None and question.case not in cases:
                raise ValueError(
                    f"questions.{place}.case: trường hợp “{question.case}” không có trong cases."
                )
        for place, note in enumerate(self.to_confirm):
            if note.section is not None and note.section not in sections | set(Facet):
                raise ValueError(f"to_confirm.{place}.section: không có mục “{note.section}”.")
        return self


def facts_of(value: object, path: str = "") -> Iterator[tuple[str, Fact]]:
    """Every sourced fact inside a record, with its dotted path."""
    if isinstance(value, Fact):
        yield path, value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from facts_of(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from facts_of(item, f"{path}.{place}")


__all__ = [
    "NATIONAL",
    "ONLINE_CHANNELS",
    "Channel",
    "CounterKind",
    "ExampleQuestion",
    "Facet",
    "Record",
    "RecordKind",
    "Scope",
    "Statement",
    "Topic",
    "facts_of",
    "scope_rank",
]
