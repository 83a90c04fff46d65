"""The content of this release: complete enough, sourced, dated, and said as the style asks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.answering.verify import figures
from ingest.sync import today
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Topic, facts_of
from knowledge_base.section import sections_of
from knowledge_base.source import STRONG_SOURCES
from tests.fakes import DAY
from tests.service import COMMUNES, release

Record = Procedure | Guide
RECORDS = [
    pytest.param(record, id="@".join(key)) for key, record in sorted(release().records.items())
]


def said(record: Record) -> Iterator[str]:
    """Everything that residents read of a record."""
    yield record.title
    for section in sections_of(record, DAY):
        yield section.heading
        yield from (line.text for line in section.lines)
    if isinstance(record, Procedure):
        yield from (pitfall.text for pitfall in record.pitfalls)
        yield from (case.title for case in record.cases)
    yield from (note.text for note in record.to_confirm)


def test_there_are_enough_records_in_every_topic() -> None:
    national = {key: record for key, record in release().records.items()}
    procedures = {key[0]: r.topic for key, r in national.items() if isinstance(r, Procedure)}
    guides = {key[0] for key, record in national.items() if isinstance(record, Guide)}

    counts = Counter(procedures.values())

    assert len(procedures) >= 40
    assert len(guides) >= 8
    assert all(counts[topic] >= 4 for topic in Topic), counts


def test_every_commune_of_da_nang_is_there_with_what_it_was_merged_from() -> None:
    communes = release().communes

    assert set(COMMUNES) <= set(communes)
    assert Counter(commune.kind.value for commune in communes.values()) == {
        "phường": 23,
        "xã": 70,
        "đặc khu": 1,
    }
    assert all(commune.merged_from and commune.counters for commune in communes.values())


@pytest.mark.parametrize("record", RECORDS)
def test_every_fact_names_its_source_and_every_record_how_it_is_asked_for(record: Record) -> None:
    facts = list(facts_of(record))

    assert facts
    assert all(
        fact.source_keys and set(fact.source_keys) <= set(record.sources) for _, fact in facts
    )
    assert len({question.text for question in record.questions}) >= 6


@pytest.mark.parametrize("record", RECORDS)
def test_legal_bases_are_dated_and_have_not_ended(record: Record) -> None:
    ended = [
        basis.number
        for basis in record.legal_basis
        if basis.effective_to is not None and basis.effective_to < DAY
    ]

    assert ended == []
    assert all(basis.issued or basis.effective_from for basis in record.legal_basis)


@pytest.mark.parametrize("record", RECORDS)
def test_it_speaks_as_an_officer_across_the_counter(record: Record) -> None:
    for text in said(record):
        assert "quý khách" not in text.lower(), text
        assert "!" not in text, text
        assert not re.search("[\U0001f300-\U0001faff]", text), text


@pytest.mark.parametrize("record", RECORDS)
def test_what_is_to_be_confirmed_carries_no_figure_of_money_or_time(record: Record) -> None:
    figure = re.compile(r"\d[\d.]*\s*(?:đồng|ngày|tháng|giờ|%)")

    assert [note.text for note in record.to_confirm if figure.search(note.text)] == []


@pytest.mark.parametrize("record", RECORDS)
def test_nothing_that_was_said_to_be_checked_lies_in_the_future(record: Record) -> None:
    latest = today() + timedelta(days=1)

    assert record.checked_on <= latest
    assert all(source.seen_on <= latest for source in record.sources.values())


@pytest.mark.parametrize("record", RECORDS)
def test_what_an_answer_must_show_stands_in_the_record(record: Record) -> None:
    lines = " ".join(" ".join(said(record)).split()).casefold()

    missing = [
        (question.text, fact)
        for question in record.questions
        for fact in question.facts
        if " ".join(fact.split()).casefold() not in lines
    ]

    assert missing == []


def test_many_questions_name_what_their_answer_must_show() -> None:
    questions = [one for item in release().records.values() for one in item.questions]

    assert sum(bool(one.facts) for one in questions) > 90


def test_facts_on_weaker_sources_can_be_listed_for_staff() -> None:
    weak = {
        key: [
            path
            for path, fact in facts_of(record)
            if not any(record.sources[one].kind in STRONG_SOURCES for one in fact.source_keys)
        ]
        for key, record in release().records.items()
    }

    assert any(weak.values()), "nothing was read on the official portal itself yet"


@pytest.mark.parametrize("record", RECORDS)
def test_every_record_says_its_title_in_english_without_figures_of_its_own(record: Record) -> None:
    assert record.title_en is not None
    assert figures(record.title_en) <= figures(record.title)


def test_no_two_records_have_one_english_title() -> None:
    of_title: dict[str, set[str]] = {}
    for record in release().records.values():
        of_title.setdefault((record.title_en or "").lower(), set()).add(record.id)

    assert {title: ids for title, ids in of_title.items() if len(ids) > 1} == {}
