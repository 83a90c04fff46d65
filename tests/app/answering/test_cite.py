"""Citations quote the lines an answer rests on, with their source and the law in force."""

from __future__ import annotations

from datetime import date

from app.answering.cite import Passage, cite
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet
from knowledge_base.section import sections_of
from tests.fakes import BEE_HIVES, DAY, Data, changed


def passages_of(data: Data, *facets: Facet) -> tuple[Passage, ...]:
    record = Procedure.model_validate(data)
    sections = {section.facet: section for section in sections_of(record, DAY)}
    return tuple(Passage(record, sections[facet], sections[facet].lines) for facet in facets)


def test_each_mark_becomes_a_citation_once_in_order() -> None:
    passages = passages_of(BEE_HIVES, Facet.FEE, Facet.WHERE, Facet.STEPS)

    citations = cite("Một [3].\nHai [1].\nBa [3][1].", passages, DAY)

    assert [citation.number for citation in citations] == [1, 3]
    assert [citation.section for citation in citations] == ["Lệ phí", "Các bước"]


def test_marks_that_name_no_passage_cite_nothing() -> None:
    passages = passages_of(BEE_HIVES, Facet.FEE)

    assert cite("Một [2]. Hai [0]. Ba [99]. Không dấu.", passages, DAY) == ()


def test_a_citation_quotes_the_record_and_tells_where_it_was_read() -> None:
    (citation,) = cite("Mất 17.000 đồng [1].", passages_of(BEE_HIVES, Facet.FEE), DAY)

    assert citation.quote == "Nộp trực tiếp: 31.000 đồng/đàn.\nNộp qua mạng: 17.000 đồng/đàn."
    assert (citation.record_id, citation.title) == ("nuoi-ong", "Đăng ký nuôi ong mật")
    assert citation.source_title == "Thông tư thử (Công báo)"
    assert citation.source_url == "https://congbao.example.gov.vn/thu"
    assert citation.checked_on == date(2026, 11, 20)
    assert [(line.number, line.article) for line in citation.legal_basis] == [
        ("12/2026/TT-BNN", "Điều 5")
    ]


def test_only_law_in_force_is_cited() -> None:
    ended = {**BEE_HIVES["legal_basis"][0], "number": "11/2025/TT-BNN", "effective_from": None}
    ended |= {"issued": "2025-01-01", "effective_to": "2026-11-20"}
    coming = {**BEE_HIVES["legal_basis"][0], "number": "13/2027/TT-BNN"}
    coming |= {"effective_from": "2027-01-01"}
    data = changed(
        BEE_HIVES,
        checked_on="2026-11-20",
        legal_basis=[ended, *BEE_HIVES["legal_basis"], coming],
    )

    (citation,) = cite("Có [1].", passages_of(data, Facet.WHERE), DAY)

    assert [line.number for line in citation.legal_basis] == ["12/2026/TT-BNN"]


def test_a_source_without_a_web_address_has_no_link() -> None:
    source = {**BEE_HIVES["sources"]["tt"], "address": "data/ong.json trong kho thử"}
    data = changed(BEE_HIVES, sources={"tt": source})

    (citation,) = cite("Có [1].", passages_of(data, Facet.WHERE), DAY)

    assert citation.source_url is None


def test_the_law_that_a_figure_comes_from_is_named_first() -> None:
    key = next(iter(BEE_HIVES["sources"]))
    of_the_fee = {**BEE_HIVES["legal_basis"][0], "number": "75/2022/TT-BTC", "source": [key, "phi"]}
    data = changed(
        BEE_HIVES,
        sources={**BEE_HIVES["sources"], "phi": BEE_HIVES["sources"][key]},
        legal_basis=[*BEE_HIVES["legal_basis"], of_the_fee],
        fees=[{**fee, "source": [key, "phi"]} for fee in BEE_HIVES["fees"]],
    )

    fee, where = cite("Một [1]. Hai [2].", passages_of(data, Facet.FEE, Facet.WHERE), DAY)

    assert [line.number for line in fee.legal_basis] == ["75/2022/TT-BTC", "12/2026/TT-BNN"]
    assert [line.number for line in where.legal_basis] == ["12/2026/TT-BNN", "75/2022/TT-BTC"]
