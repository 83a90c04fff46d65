"""The catalogue as residents browse it: topics, example questions, records found by a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from app.answering.answer import Language, Office
from app.answering.english_wording import named
from app.answering.replies import ASKS, TELL_ME
from app.web.service import WebService
from app.web.words import phrase
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Topic
from knowledge_base.syllables import fold

Item = Procedure | Guide

TOPIC_TITLES = {
    Topic.LAND: phrase("Đất đai, nhà ở"),
    Topic.HEALTH_INSURANCE: phrase("Bảo hiểm y tế"),
    Topic.RESIDENCE: phrase("Thường trú, tạm trú"),
    Topic.SOCIAL_POLICY: phrase("Trợ cấp, chính sách"),
    Topic.LOCAL_GOVERNMENT: phrase("Xã, phường mới"),
    Topic.CIVIL_STATUS: phrase("Khai sinh, kết hôn, khai tử"),
    Topic.CERTIFICATION: phrase("Chứng thực, sao y"),
}

_EXAMPLES = 3
_EASY_LENGTH = 64
"""Longer questions make buttons that are hard to read on a phone."""


@dataclass(frozen=True, slots=True)
class TopicEntry:
    """A topic of a commune with questions that residents really ask."""

    topic: Topic
    title: str
    count: int
    questions: tuple[str, ...]


def topics_of(
    records: Mapping[str, Item], language: Language = Language.VI
) -> tuple[TopicEntry, ...]:
    """The topics that have something, in the order of ``Topic``."""
    made = []
    for topic in Topic:
        items = in_topic(records, topic)
        if items:
            made.append(
                TopicEntry(
                    topic,
                    TOPIC_TITLES[topic],
                    len(items),
                    example_questions(items, language=language),
                )
            )
    return tuple(made)


def in_topic(records: Mapping[str, Item], topic: Topic) -> tuple[Item, ...]:
    """The records of a topic by title, procedures before guides."""
    return tuple(
        sorted(
            (item for item in records.values() if item.topic is topic),
            key=lambda item: (isinstance(item, Guide), fold(item.title)),
        )
    )


def example_questions(
    items: Iterable[Item], wanted: int = _EXAMPLES, language: Language = Language.VI
) -> tuple[str, ...]:
    """Questions of as many records as possible: each record's first, then its second.

    In Vietnamese they are residents' own, in English made of what the record has.
    """
    if language is Language.EN:
        columns = [_english_questions(item, turn) for turn, item in enumerate(items)]
    else:
        columns = [_easy_questions(item) for item in items]
    rows = zip_longest(*columns)
    return tuple(dict.fromkeys(text for row in rows for text in row if text))[:wanted]


def _easy_questions(item: Item) -> list[str]:
    easy = [one.text for one in item.questions if len(one.text) <= _EASY_LENGTH]
    return easy or [item.questions[0].text]


def _english_questions(item: Item, turn: int) -> list[str]:
    """Questions about a record's parts; each record's turn begins with another part."""
    if item.title_en is None:
        return []
    if isinstance(item, Guide):
        return [TELL_ME.format(named(item))]
    asks = [ask.format(named(item)) for facet, ask in ASKS.items() if facet in item.section_ids()]
    start = turn % len(asks)
    return [ask for ask in asks[start:] + asks[:start] if len(ask) <= _EASY_LENGTH]


def matching(items: Iterable[Item], words: str) -> tuple[Item, ...]:
    """The records of which one name, or the code, holds every word, marks or none."""
    return tuple(item for item in items if _any_holds(_names(item), words))


def _names(item: Item) -> tuple[str, ...]:
    code = item.code if isinstance(item, Procedure) else None
    return (item.title, *item.aliases, code or "")


def communes_matching(communes: Iterable[Commune], words: str) -> tuple[Commune, ...]:
    """The communes of which one present or former name holds every word, by name."""
    found = [commune for commune in communes if _any_holds(_places(commune), words)]
    return tuple(sorted(found, key=lambda commune: (commune.province, fold(commune.name))))


def _places(commune: Commune) -> tuple[str, ...]:
    former = (f"{unit.name} {unit.district or ''}" for unit in commune.merged_from)
    here = f"{commune.full_name} {commune.province_name}"
    return (here, *former, *commune.former_names)


def _any_holds(names: Iterable[str], words: str) -> bool:
    wanted = fold(words).split()
    return any(all(word in fold(name) for word in wanted) for name in names)


def summary_of(item: Item) -> str:
    """What a record is about, in a sentence or two."""
    return item.summary.text if isinstance(item, Procedure) else item.sections[0].answer


def offices_of(
    service: WebService, commune: Commune, language: Language = Language.VI
) -> tuple[Office, ...]:
    """Every counter of a commune, also where it has several of a kind."""
    made = (
        service.cards.office(
            commune.model_copy(update={"counters": (counter,)}), counter.kind, language
        )
        for counter in commune.counters
    )
    return tuple(office for office in made if office is not None)
