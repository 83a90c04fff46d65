from __future__ import annotations

from datetime import date
from pathlib import Path

from knowledge_base.catalogue import read_content
from knowledge_base.chunk import Chunk, ChunkKind, chunks_of
from knowledge_base.edition import chunks_on
from tests.knowledge_base.records import (
    TODAY,
    Data,
    a_guide,
    a_procedure,
    procedure,
    put,
    small_catalogue,
)


def chunks(**changes: object) -> set[Chunk]:
    return chunks_on_day(TODAY, **changes)


def chunks_on_day(day: date, **changes: object) -> set[Chunk]:
    return set(chunks_of(a_procedure(**changes), day))


def changed(**changes: object) -> set[tuple[ChunkKind, str]]:
    """What kinds of chunk, of which sections, differ after a change."""
    return {(chunk.kind, chunk.section) for chunk in chunks(**changes) ^ chunks()}


def of_kind(kind: ChunkKind, found: set[Chunk]) -> set[str]:
    return {chunk.text for chunk in found if chunk.kind is kind}


def test_a_procedure_is_found_by_its_names_its_cases_its_sections_and_its_questions() -> None:
    found = chunks()

    assert of_kind(ChunkKind.NAME, found) == {
        "Đăng ký tạm trú",
        "làm KT3",
        "Đăng ký tạm trú: Ở nhà thuê, ở trọ",
        "Đăng ký tạm trú: Ở nhà của mình",
    }
    assert len(of_kind(ChunkKind.SECTION, found)) == 6
    assert len(of_kind(ChunkKind.QUESTION, found)) == 6
    assert {chunk.record_id for chunk in found} == {"dang-ky-tam-tru"}


def test_a_section_is_stored_with_its_records_title_and_its_heading() -> None:
    (limit,) = (chunk for chunk in chunks() if (chunk.kind, chunk.section) == LIMIT)

    assert limit.text == "Đăng ký tạm trú. Bao lâu có.\n3 ngày làm việc."


LIMIT = (ChunkKind.SECTION, "time_limit")


def test_a_question_leads_to_its_section_and_its_case() -> None:
    (rented,) = (chunk for chunk in chunks() if chunk.text == "ở trọ thì tạm trú cần gì")

    assert (rented.section, rented.case) == ("dossier", "nha-thue")


def test_a_guides_headings_lead_to_their_sections() -> None:
    found = {chunk.text: chunk.section for chunk in chunks_of(a_guide(), TODAY)}

    assert found["Mức đóng bảo hiểm y tế hộ gia đình: Đóng ở đâu"] == "dong-o-dau"


def test_the_same_record_has_the_same_chunks_every_time() -> None:
    first, again = chunks_of(a_procedure(), TODAY), chunks_of(a_procedure(), TODAY)

    assert first == again
    assert len({chunk.id for chunk in first}) == len(first)


def test_a_new_price_changes_the_fee_section_alone() -> None:
    fees = [{"amount": 20000, "source": "phi"}]

    assert changed(fees=fees) == {(ChunkKind.SECTION, "fee")}


def test_what_residents_do_not_read_changes_no_chunk() -> None:
    sources: Data = procedure()["sources"]
    sources["moi"] = sources["luat"]

    assert not changed(checked_on="2026-11-20", sources=sources, to_confirm=[{"text": "giờ mở"}])


def test_the_same_text_in_two_scopes_is_two_chunks() -> None:
    province = chunks_of(a_procedure(scope="province:da-nang"), TODAY)

    assert not {chunk.id for chunk in province} & {chunk.id for chunk in chunks()}


def test_a_title_that_is_also_an_alias_is_one_chunk() -> None:
    assert chunks(aliases=["làm KT3", "Đăng ký tạm trú"]) == chunks()


def test_a_dated_fact_is_in_the_chunks_of_its_days_only() -> None:
    fees = [{"amount": 25000, "effective_to": "2026-12-31", "source": "phi"}]

    last, after = (
        {chunk.section for chunk in chunks_on_day(day, fees=fees)}
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    )

    assert last - after == {"fee"}


def test_a_case_that_has_ended_is_neither_named_nor_asked_for() -> None:
    rented, owned = procedure()["cases"]

    found = chunks(cases=[rented | {"effective_to": "2026-11-20"}, owned])

    assert {chunk.case for chunk in found} == {None, "nha-minh"}
    assert "ở trọ thì tạm trú cần gì" not in of_kind(ChunkKind.QUESTION, found)


def test_a_record_that_does_not_hold_is_not_chunked(tmp_path: Path) -> None:
    small_catalogue(tmp_path)
    ended = procedure(id="cap-so-ho-khau", effective_to="2026-11-20")
    to_come = procedure(id="cap-so-moi", effective_from="2026-11-22")
    put(tmp_path, "procedures/residence/cap-so-ho-khau.yaml", ended)
    put(tmp_path, "procedures/residence/cap-so-moi.yaml", to_come)
    catalogue = read_content(tmp_path)

    found = {
        day: {chunk.record_id for chunk in chunks_on(catalogue.in_force(day), day)}
        for day in (date(2026, 11, 20), TODAY, date(2026, 11, 22))
    }

    always = {"dang-ky-tam-tru", "muc-dong-bhyt"}
    assert list(found.values()) == [always | {"cap-so-ho-khau"}, always, always | {"cap-so-moi"}]
