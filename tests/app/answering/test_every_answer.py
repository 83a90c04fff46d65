"""Every answer that the release's content can give: its figures, its marks, its scope."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from functools import cache

import pytest
from pydantic import BaseModel

from app.answering.answer import Answer, AnswerStatus, Question
from app.answering.cite import cite
from app.answering.compose import Draft, draft_guide, draft_procedure
from app.answering.lexicon import Lexicon
from app.answering.pipeline import Pipeline
from app.answering.understand import understand
from app.answering.verify import MARK, figures, verify
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure, TimeLimit
from knowledge_base.record import Facet
from knowledge_base.section import day_words, sections_of
from tests.fakes import DAY, pipeline_of
from tests.service import COMMUNES, release, release_edition

Records = list[Procedure | Guide]

FEE_ASKED, ONLINE_ASKED = (
    understand(words, Lexicon.packaged())
    for words in ("lệ phí bao nhiêu", "lệ phí nộp qua mạng bao nhiêu")
)
_FACET_WORDS = {
    Facet.SUMMARY: "là việc gì",
    Facet.ELIGIBILITY: "ai được làm",
    Facet.DOSSIER: "cần giấy tờ gì",
    Facet.STEPS: "các bước thế nào",
    Facet.WHERE: "nộp ở đâu",
    Facet.ONLINE: "nộp qua mạng được không",
    Facet.TIME_LIMIT: "mất bao lâu",
    Facet.FEE: "lệ phí bao nhiêu",
    Facet.RESULT: "kết quả là gì",
    Facet.FORM: "dùng mẫu đơn nào",
    Facet.LEGAL_BASIS: "căn cứ pháp lý nào",
}


def records_in_force() -> Records:
    return [record for record in release().records.values() if record.in_force(DAY)]


def cases_of(record: Procedure | Guide) -> list[str | None]:
    cases = record.cases if isinstance(record, Procedure) else ()
    return [None, *(case.id for case in cases if case.in_force(DAY))]


@cache
def drafts() -> list[tuple[str, Procedure | Guide, str | None, Draft]]:
    """Every draft: record by section by case; fees are asked with and without “online”."""
    return list(_drafts())


def _drafts() -> Iterator[tuple[str, Procedure | Guide, str | None, Draft]]:
    for record in records_in_force():
        for section in sections_of(record, DAY):
            if isinstance(record, Guide):
                for entry in [None, *_entries(record, section.id)]:
                    asked = understand(entry or "", Lexicon.packaged())
                    draft = draft_guide(record, section.id, asked, DAY)
                    yield f"{record.key} {section.id} {entry}", record, None, draft
                continue
            for case in cases_of(record):
                for asked in (FEE_ASKED, ONLINE_ASKED)[: 2 if section.facet is Facet.FEE else 1]:
                    draft = draft_procedure(record, section.facet, case, asked, DAY)
                    yield f"{record.key} {section.id} {case}", record, case, draft


def _entries(record: Guide, section: str) -> list[str]:
    part = next(part for part in record.sections if part.id == section)
    return [name for entry in part.entries for name in (entry.label, *entry.aliases)]


def figures_written_in(value: object) -> frozenset[str]:
    """The figures that a record's own fields hold, whatever the pages make of them."""
    if isinstance(value, TimeLimit):
        inside = figures_written_in(dict(value))
        return inside | {
            f"{value.amount} {unit}"
            for unit in ("ngày làm việc", "ngày", "tháng", "giờ")
            if value.amount
        }
    if isinstance(value, BaseModel):
        return figures_written_in(dict(value))
    if isinstance(value, dict):
        return frozenset().union(*map(figures_written_in, value.values()))
    if isinstance(value, tuple | list):
        return frozenset().union(*map(figures_written_in, value))
    if isinstance(value, bool | None):
        return frozenset()
    if isinstance(value, int):
        counted = ("đồng", "bản chính", "bản sao")
        return frozenset({str(value), *(f"{value} {unit}" for unit in counted)})
    if isinstance(value, date):
        return figures(day_words(value))
    if isinstance(value, time):
        return frozenset()
    return figures(str(value))


@pytest.mark.thorough
def test_every_draft_passes_the_number_gate_whole() -> None:
    failed = {
        name: verified.dropped
        for name, _, _, draft in drafts()
        if (verified := verify(draft.text, draft.numbered())).dropped
        or (draft.text and not verified.direct_passed)
    }

    assert not failed


@pytest.mark.thorough
def test_every_figure_of_every_draft_stands_in_the_record_as_people_wrote_it() -> None:
    written = {record.key: figures_written_in(record) for record in records_in_force()}

    invented = {
        name: sorted(figures(draft.text) - written[record.key])
        for name, record, _, draft in drafts()
        if not figures(draft.text) <= written[record.key]
    }

    assert not invented


@pytest.mark.thorough
def test_every_mark_of_every_draft_is_cited_with_a_quote_from_its_record() -> None:
    for name, record, _, draft in drafts():
        marks = {int(mark) for mark in MARK.findall(draft.text)}
        citations = cite(draft.text, draft.passages, DAY)

        assert {citation.number for citation in citations} == marks, name
        for citation in citations:
            assert citation.record_id == record.id, name
            assert citation.quote.strip(), name
            assert citation.checked_on == record.checked_on, name


@pytest.mark.thorough
def test_a_draft_for_a_case_holds_no_line_of_another_case() -> None:
    for name, record, case, draft in drafts():
        if not isinstance(record, Procedure):
            continue
        sections = sections_of(record, DAY)
        own = {
            line.text
            for section in sections
            for line in section.lines
            if line.case is None or line.case == case
        }
        other = {line.text for section in sections for line in section.lines} - own
        shown = {line.rsplit(" [", 1)[0] for line in draft.text.splitlines()}

        assert not shown & other, name


def test_every_case_of_every_record_answers_something_of_its_own() -> None:
    for record in records_in_force():
        if not isinstance(record, Procedure):
            continue
        own = {line.case for section in sections_of(record, DAY) for line in section.lines}
        for case in record.cases:
            assert case.id in own or not case.in_force(DAY), f"{record.key} {case.id}"


@cache
def pipeline() -> Pipeline:
    return pipeline_of(release_edition())


def whole_answer(record_id: str, facet: Facet, commune: str, case: str | None) -> Answer:
    words = _FACET_WORDS[facet]
    return pipeline().answer(Question(f"{words}?", commune, case=f"{record_id}/{case or ''}"))


@pytest.mark.thorough
@pytest.mark.parametrize("commune", COMMUNES)
def test_every_record_is_answered_through_the_whole_flow_with_its_own_figures_alone(
    commune: str,
) -> None:
    """Each record once for each commune, the facets and cases taking turns."""
    records = release_edition().scope(commune).records
    facets = list(Facet)
    start = COMMUNES.index(commune) * 4
    for place, (record_id, record) in enumerate(sorted(records.items())):
        facet = facets[(start + place) % len(facets)]
        cases = cases_of(record)
        answer = whole_answer(record_id, facet, commune, cases[place % len(cases)])

        name = f"{record_id} {facet} in {commune}: {answer.text}"
        assert answer.procedure is not None and answer.procedure.id == record_id, name
        assert figures(answer.text) <= figures_written_in(record), name
        assert answer.card is not None, name
        if answer.status is AnswerStatus.ABSTAINED_UNSUPPORTED:
            assert not answer.citations and not figures(answer.text), name
            continue
        assert answer.status in (AnswerStatus.ANSWERED, AnswerStatus.CLARIFY_CASE), name
        marks = {int(mark) for mark in MARK.findall(answer.text)}
        assert marks == {citation.number for citation in answer.citations}, name
        assert marks or answer.status is AnswerStatus.CLARIFY_CASE, name
        assert answer.office is not None, name


@pytest.mark.parametrize("field", ["fees", "time_limits"])
def test_no_figure_is_made_up_for_a_record_that_gives_none(field: str) -> None:
    facet = {"fees": Facet.FEE, "time_limits": Facet.TIME_LIMIT}[field]
    silent = [
        record_id
        for record_id, record in release_edition().scope("hoa-tien").records.items()
        if isinstance(record, Procedure)
        and not any(section.facet is facet for section in sections_of(record, DAY))
    ]
    assert silent or field == "time_limits"

    for record_id in silent:
        answer = whole_answer(record_id, facet, "hoa-tien", None)

        assert answer.status is AnswerStatus.ABSTAINED_UNSUPPORTED, record_id
        assert figures(answer.text) == frozenset(), record_id
        assert answer.office is not None, record_id


def test_the_version_of_the_province_is_the_one_shown() -> None:
    overlays = [record for record in records_in_force() if record.scope == "province:da-nang"]
    assert overlays

    for overlay in overlays:
        for commune in COMMUNES:
            assert release_edition().scope(commune).records[overlay.id] == overlay


@pytest.mark.parametrize("commune", COMMUNES)
def test_da_nang_fees_are_shown_in_da_nang(commune: str) -> None:
    national = release().records["dang-ky-khai-sinh", "national"]
    local = release().records["dang-ky-khai-sinh", "province:da-nang"]
    assert isinstance(national, Procedure) and isinstance(local, Procedure)
    assert national.fees != local.fees

    answer = whole_answer("dang-ky-khai-sinh", Facet.FEE, commune, None)

    local_lines = {s.facet: s for s in sections_of(local, DAY)}[Facet.FEE].lines
    assert local_lines[0].text in answer.text
