"""The guide (hướng dẫn): what is not one procedure, in headed sections."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from knowledge_base.record import Facet, Record
from knowledge_base.source import Fact, Slug, Strict, Words


class Entry(Strict):
    """One line of a section that answers a narrower question, such as a row of a rate table."""

    label: Words
    """Such as “Người thứ hai trong hộ”."""
    aliases: tuple[Words, ...] = ()
    """Words that single out this line: “người thứ 2”."""
    text: Words
    """The whole sentence shown when the question is about this line."""


class GuideSection(Fact):
    """A headed part of a guide."""

    id: Slug
    heading: Words
    facet: Facet = Facet.SUMMARY
    """What kind of question it answers."""
    answer: Words
    """One to three plain sentences that answer the heading directly."""
    entries: tuple[Entry, ...] = ()
    body: str = ""
    """Further Markdown: paragraphs, lists, tables."""


class Guide(Record):
    """A guide made of sections."""

    sections: tuple[GuideSection, ...] = Field(min_length=1)

    def section_ids(self) -> frozenset[str]:
        """The ids of the sections."""
        return frozenset(section.id for section in self.sections)

    @model_validator(mode="after")
    def _sections_are_distinct(self) -> Self:
        if len(self.section_ids()) != len(self.sections):
            raise ValueError("sections: hai mục trùng id. Đổi một id.")
        return self
