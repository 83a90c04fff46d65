from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from ingest.draft import TO_WRITE, Draft, is_whole, problems_of
from ingest.portal.draft import Provenance, draft_of
from ingest.portal.known import Known
from ingest.portal.merge import filled
from ingest.portal.read import read_record
from ingest.portal.record import Form, PortalRecord
from knowledge_base.catalogue import Body
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.source import LegalText, SourceKind
from tests.ingest.portal.samples import Data, detail, fee, lines, method, paper, prose

TODAY = date(2026, 11, 21)


def record(data: Data) -> PortalRecord:
    found = read_record(lines(data), "thử")
    assert isinstance(found, PortalRecord)
    return found


def draft(data: Data, known: Known | None = None) -> Draft:
    return draft_of(record(data), "mot-thu-tuc", known)


def field(data: Data, name: str) -> Any:
    return draft(data).body.get(name)


def test_facts_are_carried_over_and_sentences_left_to_write() -> None:
    body = draft(detail()).body

    assert body["code"] == "1.004194"
    assert body["title"] == "Đăng ký tạm trú"
    assert body["topic"] == "residence"
    assert body["dossier"] == [
        {
            "item": "Tờ khai thay đổi thông tin cư trú",
            "form": "CT01 kèm Thông tư 53/2025/TT-BCA",
            "originals": 1,
            "source": "np-1.004194",
        },
        {"item": "Bản sao hợp đồng thuê nhà", "copies": 2, "source": "np-1.004194"},
    ]
    assert body["time_limits"] == [{"amount": 3, "unit": "working_day", "source": "np-1.004194"}]
    assert [place["counter"] for place in body["where"]] == ["police"]
    assert [option["channel"] for option in body["channels"]] == ["in_person", "portal"]
    assert body["legal_basis"][0]["issued"] == "2020-11-13"
    assert body["sources"]["np-1.004194"]["text_date"] == "2026-04-15"
    written = ("summary", "steps", "conditions", "pitfalls", "questions", "checked_on")
    assert {body[name] for name in written} == {TO_WRITE}


def test_the_portals_prose_stands_in_the_notes_and_not_in_the_body() -> None:
    found = draft(detail(requirementsAndConditions="Chỗ ở phải hợp pháp theo luật định."))

    assert "Chỗ ở phải hợp pháp" in found.notes["Yêu cầu, điều kiện"]
    assert "Chỗ ở phải hợp pháp" not in json.dumps(found.body, ensure_ascii=False)
    assert "Bước 1" in found.notes["Trình tự thực hiện"]


@pytest.mark.parametrize("data", [detail(), prose()])
def test_a_draft_never_passes_for_a_record_before_it_is_written(data: Data) -> None:
    found = draft(data)

    assert not is_whole(found)
    assert "summary: còn “CẦN VIẾT”." in problems_of(found)


def test_a_draft_that_someone_completed_is_whole() -> None:
    body = dict(draft_of(record(detail()), "dang-ky-tam-tru").body)
    key = "np-1.004194"
    sentence = {"text": "Báo nơi ở với Công an xã.", "source": key}
    body |= {
        "summary": sentence,
        "steps": [sentence],
        "conditions": [sentence],
        "pitfalls": [],
        "checked_on": "2026-11-21",
        "questions": [{"text": f"hỏi điều thứ {n} a", "section": "where"} for n in range(6)],
    }
    body["sources"] = {key: body["sources"][key] | {"seen_on": "2026-07-18"}}

    assert problems_of(Draft(body)) == ()


def test_a_marker_left_deep_inside_is_told() -> None:
    found = problems_of(Draft({"fees": [{"label": TO_WRITE}]}))

    assert "fees.0.label: còn “CẦN VIẾT”." in found


@pytest.mark.parametrize(
    ("given", "warned"),
    [
        pytest.param(fee(0), "mặc định", id="the portal's default"),
        pytest.param(fee(None, "Do HĐND tỉnh quy định"), "chỉ có lời", id="words"),
        pytest.param(fee(0, "8.000 đồng/bản"), "8.000 đồng", id="a sum inside words"),
        pytest.param(fee(20, "Ghi vào sổ", "USD"), "USD", id="dollars"),
        pytest.param(fee(90_000, "", "USD"), "USD", id="many dollars"),
        pytest.param(fee(90, "", None), "không rõ đơn vị tiền", id="thousands without currency"),
    ],
)
def test_a_sum_that_may_not_be_one_in_dong_is_told_and_not_carried(
    given: Data, warned: str
) -> None:
    found = draft(detail(executionMethods=[method("DIRECT", 3, "DAY", given)]))

    assert "fees" not in found.body
    assert any(warned in warning for warning in found.warnings)


def test_a_fee_of_zero_is_asked_about_and_never_free() -> None:
    found = draft(detail(executionMethods=[method("DIRECT", 3, "DAY", fee(0))]))

    assert found.body["to_confirm"] == [{"text": "mức phí, lệ phí phải nộp", "section": "fee"}]
    assert "mức phí, lệ phí" in found.missing


def test_fees_keep_their_channel_where_channels_differ() -> None:
    found = field(
        detail(
            executionMethods=[
                method("DIRECT", 3, "WORKING_DAY", fee(15000)),
                method("ONLINE", 3, "WORKING_DAY", fee(7000, "/lần")),
            ]
        ),
        "fees",
    )

    assert found == [
        {"amount": 15000, "channel": "in_person", "source": "np-1.004194"},
        {"amount": 7000, "per": "lần", "channel": "online", "source": "np-1.004194"},
    ]


def test_two_sums_for_one_channel_need_a_label() -> None:
    fees = field(
        detail(
            executionMethods=[method("DIRECT", 3, "DAY", fee(8000, "Bản sao trích lục"), fee(5000))]
        ),
        "fees",
    )

    assert [entry["label"] for entry in fees] == ["Bản sao trích lục", TO_WRITE]


@pytest.mark.parametrize(
    ("time", "unit", "warned"),
    [
        pytest.param(7, "OTHER", "không có đơn vị", id="no unit"),
        pytest.param("7", "OTHER", "không có đơn vị", id="no unit, as text"),
        pytest.param(0, "OTHER", "ghi 0", id="zero"),
        pytest.param(7.5, "WORKING_DAY", "không tròn", id="half a day"),
        pytest.param("Theo mô tả", "OTHER", "chỉ có lời", id="words"),
    ],
)
def test_a_time_that_is_not_certain_is_told_and_not_carried(
    time: object, unit: str, warned: str
) -> None:
    found = draft(detail(executionMethods=[method("DIRECT", time, unit)]))

    assert "time_limits" not in found.body
    assert any(warned in warning for warning in found.warnings)
    assert "thời hạn" in found.missing


def test_the_prose_form_gives_the_same_kinds_of_facts() -> None:
    body = draft(
        prose(
            time_limit=[
                {"channel": "Trực tiếp", "time": "5 ngày làm việc"},
                {"channel": "Trực tuyến", "time": "3 (đơn vị không nêu)"},
            ],
            fee=[
                {"channel": "Trực tiếp", "fee": "30000 VNĐ (/giao dịch) | 20 VNĐ"},
                {"channel": "Trực tuyến", "fee": "0 VNĐ"},
            ],
        )
    ).body

    assert body["time_limits"] == [
        {"amount": 5, "unit": "working_day", "channel": "in_person", "source": "np-2.000815"}
    ]
    assert body["fees"] == [
        {"amount": 30000, "per": "giao dịch", "channel": "in_person", "source": "np-2.000815"}
    ]
    assert body["who_can_apply"][0]["text"] == (
        "Công dân Việt Nam; Tổ chức (không bao gồm doanh nghiệp, HTX)"
    )
    assert body["to_confirm"][0]["section"] == "time_limit"


def test_headings_that_only_name_kinds_of_paper_make_no_cases() -> None:
    body = draft(
        detail(
            executionCases=[
                {"name": "* Giấy tờ phải nộp:", "profileComponents": [paper("Tờ khai", 1)]},
                {"name": "Giấy tờ phải xuất trình", "profileComponents": [paper("Hộ chiếu", 1)]},
                {"name": "* Lưu ý:", "profileComponents": [paper("Mang theo bút")]},
            ]
        )
    ).body

    assert "cases" not in body
    assert [item["item"] for item in body["dossier"]] == ["Tờ khai", "Hộ chiếu"]
    assert body["dossier"][1]["note"] == "Xuất trình, không phải nộp."


def test_papers_that_are_counted_under_a_remark_are_papers() -> None:
    body = draft(
        detail(
            executionCases=[
                {"name": "Lưu ý: xã tự tra lý lịch", "profileComponents": [paper("Đơn xin", 1)]}
            ]
        )
    ).body

    assert [item["item"] for item in body["dossier"]] == ["Đơn xin"]


def test_situations_become_cases_with_their_own_papers() -> None:
    body = draft(
        detail(
            executionCases=[
                {"name": "", "profileComponents": [paper("Tờ khai", 1)]},
                {"name": "a) Ở nhà thuê", "profileComponents": [paper("Hợp đồng thuê", 1)]},
                {"name": "b) Ở nhà mình", "profileComponents": [paper("Sổ đỏ", 0, 1)]},
            ]
        )
    ).body

    assert [item["item"] for item in body["dossier"]] == ["Tờ khai"]
    assert [(case["id"], case["title"]) for case in body["cases"]] == [
        ("o-nha-thue", "Ở nhà thuê"),
        ("o-nha-minh", "Ở nhà mình"),
    ]
    assert body["cases"][1]["dossier"][0]["copies"] == 1


def test_a_single_case_is_joined_with_the_common_papers_and_told() -> None:
    found = draft(
        detail(executionCases=[{"name": "Ở thuê", "profileComponents": [paper("Hợp đồng", 1)]}])
    )

    assert "cases" not in found.body
    assert any("Ở thuê" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    "remark",
    [
        paper("Trường hợp không tra được thì công dân xuất trình giấy tờ"),
        paper("Chứng cứ chứng minh quan hệ gồm:"),
        paper("- Lưu ý: nộp trực tuyến thì khỏi tờ khai", 1),
        paper("Thành phần hồ sơ 4", 1),
    ],
)
def test_a_remark_between_papers_is_a_note_and_no_paper(remark: Data) -> None:
    found = draft(
        detail(executionCases=[{"name": "", "profileComponents": [paper("Tờ khai", 1), remark]}])
    )

    assert len(found.body["dossier"]) == 1
    assert remark["name"].lstrip("- ") in found.notes["Thành phần hồ sơ"]


def test_an_ended_text_is_told_and_not_cited() -> None:
    ended = LegalText(
        number="68/2020/QH14",
        name="Luật Cư trú",
        ended_on=date(2026, 7, 1),
        replaced_by="1/2026/QH16",
        source="thử",
    )
    found = draft(detail(), Known.of((), {"68/2020/QH14": ended}, TODAY))

    assert "legal_basis" not in found.body
    assert "Căn cứ 68/2020/QH14 đã hết hiệu lực từ 01/07/2026. Dùng 1/2026/QH16." in found.warnings


def test_a_text_that_still_holds_is_cited_with_the_last_day_known() -> None:
    ending = LegalText(
        number="68/2020/QH14", name="Luật Cư trú", ended_on=date(2027, 3, 1), source="thử"
    )
    found = draft(detail(), Known.of((), {"68/2020/QH14": ending}, TODAY))

    assert found.body["legal_basis"][0]["effective_to"] == "2027-02-28"


def test_dates_of_texts_come_from_the_register_and_from_published_records() -> None:
    body = Body(
        RecordKind.GUIDE,
        "mot-cam-nang",
        NATIONAL,
        {
            "legal_basis": [
                {"number": "2/2020/NĐ-CP", "name": "Nghị định hai", "issued": "2020-02-02"}
            ]
        },
        "thử",
    )
    register = {
        "1/2020/NĐ-CP": LegalText(
            number="1/2020/NĐ-CP", name="Nghị định một", issued=date(2020, 1, 1), source="thử"
        )
    }
    texts = [
        {"code": code, "name": "Tên trên Cổng"}
        for code in ("1/2020/NĐ-CP", "2/2020/NĐ-CP", "3/2020/NĐ-CP")
    ]
    found = draft(detail(legalBasisesDetails=texts), Known.of([body], register, TODAY))

    assert [(text["name"], text.get("issued")) for text in found.body["legal_basis"]] == [
        ("Nghị định một", "2020-01-01"),
        ("Nghị định hai", "2020-02-02"),
        ("Tên trên Cổng", None),
    ]
    assert "ngày ban hành của 3/2020/NĐ-CP" in found.missing


def test_flags_of_the_copy_and_stale_words_are_warned_of() -> None:
    found = draft(
        prose(
            quality_flags=["conditions_leading_letters_lost"],
            currency_notes=["Bị thay thế bởi 3.000722."],
            steps="Nộp ở Ủy ban nhân dân huyện.",
        )
    )

    assert "Yêu cầu, điều kiện bị mất chữ đầu câu: xem lại trên Cổng." in found.warnings
    assert "Bị thay thế bởi 3.000722." in found.warnings
    assert "Còn nhắc cấp huyện, đã bỏ từ 01/7/2025." in found.warnings


def test_a_record_of_one_province_is_for_that_province_only() -> None:
    found = draft(detail(departmentPromulgateName="UBND tỉnh Gia Lai"))

    assert found.body["scope"] == "province:gia-lai"
    assert any("UBND tỉnh Gia Lai" in warning for warning in found.warnings)


def test_a_copy_is_a_copy_and_what_the_commune_took_itself_is_the_portals() -> None:
    copied = draft(detail()).body["sources"]["np-1.004194"]
    taken = draft_of(
        record(detail()), "x", None, Provenance(SourceKind.PORTAL, date(2026, 11, 20))
    ).body["sources"]["np-1.004194"]

    assert copied["kind"] == "portal_copy"
    assert "seen_on" not in copied
    assert (taken["kind"], taken["seen_on"]) == ("portal", "2026-11-20")


def test_the_detail_form_leads_and_the_prose_form_fills() -> None:
    one = record(detail(code="2.000815", categoriesDetails=[], resultsDetails=[]))
    other = record(prose(quality_flags=["no_dossier"]))

    found = filled(one, other)

    assert found.form is Form.BOTH
    assert found.name == "Thủ tục đăng ký tạm trú"
    assert found.results == ("Bản sao được chứng thực",)
    assert found.topic == other.topic
    assert found.seen_on == date(2026, 7, 17)
    assert found.flags == other.flags


def test_a_draft_comes_back_whole_from_its_stored_form() -> None:
    found = draft(prose())

    assert Draft.of_data(json.loads(json.dumps(found.as_data()))) == found
