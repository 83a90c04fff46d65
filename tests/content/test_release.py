"""The content of the release: enough of it, every fact sourced and dated, in plain words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import BaseModel

from ingest.sync import today
from knowledge_base.catalogue import CONTENT, Catalogue, read_content
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet, Topic, facts_of
from knowledge_base.section import day_words, sections_of
from knowledge_base.source import STRONG_SOURCES, Fact, Source
from knowledge_base.syllables import fold, nfc

Item = Procedure | Guide | Commune

SECONDS_A_DAY = 86_400
NEVER_SAID = re.compile(
    r"quý khách|quý vị|xin vui lòng|\bN/A\b|\bTODO\b|[!\U0001F000-\U0001FAFF\u2600-\u27BF]",
    re.IGNORECASE,
)
FIGURE = re.compile(
    r"\d[\d.,]*\s*(?:đồng|nghìn|triệu|tỷ|%|ngày|tuần|giờ|bản|(?:tháng|năm)(?! liên tục))(?!\w)",
    re.IGNORECASE,
)
"""An amount of money, time or papers; a date (tháng 7/2026), a law's number and an age are none."""
MONEY = re.compile(r"\d{1,3}(?:\.\d{3})* đồng")


@pytest.fixture(scope="module")
def release() -> Catalogue:
    return read_content(CONTENT)


def everything(release: Catalogue) -> dict[str, Item]:
    """Records and communes, by what a message calls them."""
    named: dict[str, Item] = {" ".join(key): item for key, item in release.records.items()}
    return named | {f"commune {key}": item for key, item in release.communes.items()}


def records_of(release: Catalogue) -> Iterator[tuple[str, Procedure | Guide]]:
    for key, record in release.records.items():
        yield " ".join(key), record


def texts_of(value: object, *, inside_facts: bool = True, path: str = "") -> Iterator[str]:
    """Every text that people read, as “path: words”; sources are named, not read."""
    if isinstance(value, str):
        yield f"{path}: {value}"
    elif (isinstance(value, Fact) and not inside_facts) or isinstance(value, Source):
        return
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in ("source", "sources"):
                part = getattr(value, name)
                yield from texts_of(part, inside_facts=inside_facts, path=f"{path}.{name}")
    elif isinstance(value, tuple):
        for place, part in enumerate(value):
            yield from texts_of(part, inside_facts=inside_facts, path=f"{path}.{place}")


def ended_facts(release: Catalogue, day: date) -> list[str]:
    """Every fact whose last day has passed, and when that was."""
    return [
        f"{name} {path}: hết hiệu lực sau {day_words(fact.effective_to)}"
        for name, item in everything(release).items()
        for path, fact in facts_of(item)
        if fact.effective_to is not None and fact.effective_to < day
    ]


def weakly_sourced(release: Catalogue) -> dict[str, list[str]]:
    """For every record, the facts to compare with the signed text: none rests on a strong source."""
    return {
        name: [
            path
            for path, fact in facts_of(item)
            if not any(item.sources[key].kind in STRONG_SOURCES for key in fact.source_keys)
        ]
        for name, item in everything(release).items()
    }


def test_there_are_enough_procedures_and_guides(release: Catalogue) -> None:
    kinds = Counter(type(release.records[key]) for key in release.records)
    ids = {kind: set[str]() for kind in (Procedure, Guide)}
    for (record_id, _), record in release.records.items():
        ids[type(record)].add(record_id)

    assert len(ids[Procedure]) >= 40, kinds
    assert len(ids[Guide]) >= 8, kinds


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_has_its_procedures(release: Catalogue, topic: Topic) -> None:
    found = {
        record.id
        for record in release.records.values()
        if isinstance(record, Procedure) and record.topic is topic
    }

    assert len(found) >= 4, found


def test_there_are_three_communes_and_each_has_records_of_every_topic(release: Catalogue) -> None:
    assert set(release.communes) == {"ba-na", "hoa-tien", "hoa-vang"}
    for commune in release.communes:
        applying = release.for_commune(commune).values()
        assert {record.topic for record in applying} == set(Topic), commune


def test_every_record_has_six_questions_that_differ(release: Catalogue) -> None:
    few = {
        name: len(different)
        for name, record in records_of(release)
        if len(different := {fold(question.text) for question in record.questions}) < 6
    }

    assert few == {}


def test_no_question_leads_to_two_records(release: Catalogue) -> None:
    leads: dict[str, set[str]] = {}
    for record in release.records.values():
        for question in record.questions:
            leads.setdefault(fold(question.text), set()).add(record.id)

    assert {text: ids for text, ids in leads.items() if len(ids) > 1} == {}


def test_every_question_finds_its_section_filled(release: Catalogue) -> None:
    lost = [
        f"{name}: {question.text} → {question.section}"
        for name, record in records_of(release)
        if record.in_force(record.checked_on)
        for question in record.questions
        if question.section not in {part.id for part in sections_of(record, record.checked_on)}
    ]

    assert lost == []


def test_every_procedure_says_what_to_bring_or_do_and_where(release: Catalogue) -> None:
    bare = [
        name
        for name, record in records_of(release)
        if isinstance(record, Procedure)
        and not {Facet.WHERE.value}
        <= record.section_ids()
        & ({Facet.WHERE.value} if {"dossier", "steps"} & record.section_ids() else set())
    ]

    assert bare == []


def test_every_fact_names_a_source_that_the_record_describes(release: Catalogue) -> None:
    facts = [
        (name, path, item, fact)
        for name, item in everything(release).items()
        for path, fact in facts_of(item)
    ]

    unsourced = [
        f"{name} {path}"
        for name, path, item, fact in facts
        if not fact.source_keys or any(key not in item.sources for key in fact.source_keys)
    ]

    assert len(facts) > 1000
    assert unsourced == []


def test_no_figure_stands_outside_a_sourced_fact(release: Catalogue) -> None:
    loose = [
        f"{name}{words}"
        for name, item in everything(release).items()
        for words in texts_of(item, inside_facts=False)
        if not words.startswith((".questions", ".to_confirm")) and FIGURE.search(words)
    ]

    assert loose == []


def test_money_in_a_summary_stands_in_another_section_too(release: Catalogue) -> None:
    alone = []
    for name, record in records_of(release):
        if isinstance(record, Procedure):
            parts = sections_of(record, record.checked_on)
            rest = "\n".join(part.text for part in parts if part.facet is not Facet.SUMMARY)
            alone += [
                f"{name}: {figure}"
                for figure in MONEY.findall(record.summary.text)
                if figure not in rest
            ]

    assert alone == []


def test_what_is_still_to_confirm_names_no_figure(release: Catalogue) -> None:
    told = [
        f"{name}: {note.text}"
        for name, item in everything(release).items()
        for note in item.to_confirm
        if FIGURE.search(note.text)
    ]

    assert told == []


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


def test_no_text_uses_words_that_we_never_say(release: Catalogue) -> None:
    said = [
        f"{name}{words}"
        for name, item in everything(release).items()
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


def test_every_legal_basis_is_dated_and_none_had_ended_when_it_was_checked(
    release: Catalogue,
) -> None:
    for name, record in records_of(release):
        for basis in record.legal_basis:
            assert basis.issued or basis.effective_from, (name, basis.number)
            ended = basis.effective_to is not None and basis.effective_to < record.checked_on
            assert not ended, (name, basis.number)


def test_most_procedures_name_their_law(release: Catalogue) -> None:
    named = [bool(record.legal_basis) for _, record in records_of(release)]

    assert sum(named) / len(named) > 0.9


def test_no_successor_of_an_ended_law_has_ended_itself(release: Catalogue) -> None:
    ended = set(release.ended_texts)
    chained = {
        number: text.replaced_by
        for number, text in release.ended_texts.items()
        if text.replaced_by and "".join(text.replaced_by.upper().split()) in ended
    }

    assert len(ended) > 10
    assert chained == {}


def test_nothing_had_ended_when_it_was_checked(release: Catalogue) -> None:
    newest = max(record.checked_on for record in release.records.values())

    assert ended_facts(release, newest) == []


def test_facts_that_end_are_reported_from_the_next_day_on(release: Catalogue) -> None:
    ends = sorted(
        {
            fact.effective_to
            for item in everything(release).values()
            for _, fact in facts_of(item)
            if fact.effective_to is not None
        }
    )

    assert ends, "nothing in the content has an end"
    for end in ends:
        after = date.fromordinal(end.toordinal() + 1)
        told = set(ended_facts(release, after)) - set(ended_facts(release, end))
        assert told and all(words.endswith(day_words(end)) for words in told)


def test_nothing_was_checked_or_seen_after_today(release: Catalogue) -> None:
    for name, item in everything(release).items():
        assert item.checked_on <= today(), name
        assert all(source.seen_on <= item.checked_on for source in item.sources.values()), name


def test_the_facts_that_rest_on_weak_sources_can_be_listed(release: Catalogue) -> None:
    listed = weakly_sourced(release)

    assert set(listed) == set(everything(release))
    for name, paths in listed.items():
        item = everything(release)[name]
        strong = {key for key, source in item.sources.items() if source.kind in STRONG_SOURCES}
        for path, fact in facts_of(item):
            assert (path in paths) is not bool(strong & set(fact.source_keys)), (name, path)
