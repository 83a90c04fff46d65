"""The release's content agrees with itself, and what has ended can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from pydantic import BaseModel

from knowledge_base.catalogue import CONTENT
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet, Topic, facts_of
from knowledge_base.section import day_words, sections_of
from knowledge_base.source import Fact, Source
from knowledge_base.syllables import fold, nfc
from tests.service import release

Record = Procedure | Guide

NEVER_SAID = re.compile(
    r"quý khách|quý vị|xin vui lòng|\bN/A\b|\bTODO\b|[!\U0001F000-\U0001FAFF\u2600-\u27BF]",
    re.IGNORECASE,
)
FIGURE = re.compile(
    r"\d[\d.,]*\s*(?:đồng|nghìn|triệu|tỷ|%|ngày|tuần|giờ|bản|(?:tháng|năm)(?! liên tục))(?!\w)",
    re.IGNORECASE,
)
"""An amount of money, time or papers; a date, a law's number and an age are none."""
MONEY = re.compile(r"\d{1,3}(?:\.\d{3})* đồng")


def records() -> dict[str, Record]:
    """Every version of every record, by what a message calls it."""
    return {" ".join(key): record for key, record in release().records.items()}


def everything() -> dict[str, Record | Commune]:
    """Records and communes."""
    return records() | {f"commune {key}": item for key, item in release().communes.items()}


def texts_of(value: object, *, inside_facts: bool = True, path: str = "") -> Iterator[str]:
    """Every text that people read, as “path: words”; sources are named, not read."""
    if isinstance(value, str):
        yield f"{path}: {value}"
    elif isinstance(value, Source) or (isinstance(value, Fact) and not inside_facts):
        return
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in ("source", "sources"):
                part = getattr(value, name)
                yield from texts_of(part, inside_facts=inside_facts, path=f"{path}.{name}")
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from texts_of(part, inside_facts=inside_facts, path=f"{path}.{place}")


def ended_facts(day: date) -> list[str]:
    """Every fact whose last day has passed, and when that was."""
    return [
        f"{name} {path}: hết hiệu lực sau {day_words(fact.effective_to)}"
        for name, item in everything().items()
        for path, fact in facts_of(item)
        if fact.effective_to is not None and fact.effective_to < day
    ]


def test_every_commune_has_records_of_every_topic() -> None:
    for commune in release().communes:
        applying = release().for_commune(commune).values()

        assert {record.topic for record in applying} == set(Topic), commune


def test_no_question_leads_to_two_records() -> None:
    leads: dict[str, set[str]] = {}

    for record in records().values():
        for question in record.questions:
            leads.setdefault(fold(question.text), set()).add(record.id)

    assert {text: ids for text, ids in leads.items() if len(ids) > 1} == {}


def test_every_question_finds_its_section_filled_on_the_day_it_was_checked() -> None:
    lost = [
        f"{name}: {question.text} → {question.section}"
        for name, record in records().items()
        if record.in_force(record.checked_on)
        for question in record.questions
        if question.section not in {part.id for part in sections_of(record, record.checked_on)}
    ]

    assert lost == []


def test_every_procedure_says_what_to_bring_or_what_to_do() -> None:
    bare = [
        name
        for name, record in records().items()
        if isinstance(record, Procedure)
        and not {Facet.DOSSIER.value, Facet.STEPS.value} & record.section_ids()
    ]

    assert bare == []


def test_no_figure_stands_outside_a_sourced_fact() -> None:
    loose = [
        f"{name}{words}"
        for name, item in everything().items()
        for words in texts_of(item, inside_facts=False)
        if not words.startswith((".questions", ".to_confirm")) and FIGURE.search(words)
    ]

    assert loose == []


def test_money_in_a_summary_stands_in_another_section_too() -> None:
    alone = []

    for name, record in records().items():
        if isinstance(record, Procedure):
            parts = sections_of(record, record.checked_on)
            rest = "\n".join(part.text for part in parts if part.facet is not Facet.SUMMARY)
            figures = MONEY.findall(record.summary.text)
            alone += [f"{name}: {figure}" for figure in figures if figure not in rest]

    assert alone == []


@pytest.mark.parametrize(
    ("words", "has_figure"),
    [
        ("lệ phí 15.000 đồng", True),
        ("thời hạn 3 ngày làm việc", True),
        ("giảm 50%", True),
        ("ngày trả phần chênh lệch từ tháng 7/2026", False),
        ("giấy tờ của trẻ dưới 14 tuổi", False),
        ("Nghị định 320/2026/NĐ-CP", False),
        ("khi đủ 5 năm liên tục", False),
    ],
)
def test_a_figure_is_told_from_a_date_an_age_and_a_laws_number(
    words: str, has_figure: bool
) -> None:
    assert bool(FIGURE.search(words)) is has_figure


def test_what_is_still_to_confirm_names_no_figure_in_communes_either() -> None:
    told = [
        f"{name}: {note.text}"
        for name, item in everything().items()
        for note in item.to_confirm
        if FIGURE.search(note.text)
    ]

    assert told == []


def test_no_text_at_all_uses_words_that_we_never_say() -> None:
    said = [
        f"{name}{words}"
        for name, item in everything().items()
        for words in texts_of(item)
        if NEVER_SAID.search(words)
    ]

    assert said == []


def test_every_text_is_in_one_unicode_form() -> None:
    other = [
        path.name
        for path in CONTENT.rglob("*.yaml")
        if (text := path.read_text(encoding="utf-8")) != nfc(text)
    ]

    assert other == []


def test_no_successor_of_an_ended_law_has_ended_itself() -> None:
    ended = {key: text for key, text in release().legal_texts.items() if text.ended_on}

    chained = {
        number: text.replaced_by
        for number, text in ended.items()
        if text.replaced_by and "".join(text.replaced_by.upper().split()) in ended
    }

    assert len(ended) > 10
    assert chained == {}


def test_nothing_had_ended_when_it_was_checked() -> None:
    newest = max(record.checked_on for record in records().values())

    assert ended_facts(newest) == []


def test_facts_that_end_are_reported_from_the_next_day_on() -> None:
    facts = [fact for item in everything().values() for _, fact in facts_of(item)]
    ends = sorted({fact.effective_to for fact in facts if fact.effective_to is not None})

    for end in ends:
        told = set(ended_facts(end + timedelta(days=1))) - set(ended_facts(end))

        assert told and all(words.endswith(day_words(end)) for words in told)
    assert ends, "nothing in the content has an end"
