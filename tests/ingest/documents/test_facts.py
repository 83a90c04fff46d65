"""Figures are read as the words say them, and what is not sure is not taken for a figure."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.documents.blocks import Block, Heading, Items, Paragraph, Table
from ingest.documents.facts import dossier, fees, forms, legal_basis, time_limits, where_to

S = "tai-lieu"


def _one(facts: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(facts) == 1, facts
    return {key: value for key, value in facts[0].items() if key != "source"}


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("03 ngày làm việc kể từ khi nhận đủ", {"amount": 3, "unit": "working_day"}),
        ("03 (ba) ngày làm việc", {"amount": 3, "unit": "working_day"}),
        ("Không quá 30 ngày", {"amount": 30, "unit": "day"}),
        ("08 giờ làm việc", {"amount": 8, "unit": "hour"}),
        ("02 tháng", {"amount": 2, "unit": "month"}),
        ("Ngừng từ 90 ngày trở lên: 30 ngày", {"amount": 30, "unit": "day"}),
        ("Giải quyết ngay trong ngày", {"unit": "at_once"}),
        ("Trực tuyến: 5 ngày", {"amount": 5, "unit": "day", "channel": "online"}),
    ],
)
def test_a_time_limit(line: str, fact: dict[str, Any]) -> None:
    assert _one(time_limits([Paragraph(line)], S)) == fact


@pytest.mark.parametrize("line", ["Không quy định", "Theo phiếu hẹn", "0 ngày"])
def test_no_time_limit_is_made_up(line: str) -> None:
    assert time_limits([Paragraph(line)], S) == []


@pytest.mark.parametrize(
    ("line", "fact"),
    [
        ("15.000 đồng/lần", {"amount": 15000, "per": "lần"}),
        ("Trực tuyến: 7.000đ", {"amount": 7000, "channel": "online"}),
        ("Hộ gia đình: 10,000 VNĐ", {"amount": 10000, "label": "Hộ gia đình"}),
        ("Miễn lệ phí", {"amount": 0}),
        ("Không", {"amount": 0}),
        (
            "Theo Nghị quyết của HĐND thành phố",
            {"amount": None, "note": "Theo Nghị quyết của HĐND thành phố"},
        ),
    ],
)
def test_a_fee(line: str, fact: dict[str, Any]) -> None:
    assert _one(fees([Paragraph(line)], S)) == fact


@pytest.mark.parametrize("line", ["0 VNĐ", "Phí: 0 đồng", "7.0000 đồng"])
def test_a_doubtful_fee_is_asked_about_and_never_free(line: str) -> None:
    fact = _one(fees([Paragraph(line)], S))

    assert fact["amount"] is None
    assert fact["note"]


def test_papers_of_the_portals_table() -> None:
    table = Table(
        (
            ("Tên giấy tờ", "Mẫu đơn, tờ khai", "Số lượng"),
            ("- Tờ khai thay đổi thông tin cư trú", "CT01", "Bản chính: 1\nBản sao: 0"),
            ("Giấy khai sinh", "", "Bản chính: 0\nBản sao: 2"),
        )
    )

    common, cases = dossier([table], S)

    assert cases == []
    assert [(item["item"], item.get("form")) for item in common] == [
        ("Tờ khai thay đổi thông tin cư trú", "CT01"),
        ("Giấy khai sinh", None),
    ]
    assert (common[0]["originals"], common[1]["copies"]) == (1, 2)
    assert "copies" not in common[0]
    assert forms([], common, S)[0]["number"] == "CT01"


def test_papers_by_case() -> None:
    blocks: list[Block] = [
        Items(("Tờ khai: 01 bản chính",)),
        Heading(3, "Trường hợp 1: Nhà thuê"),
        Items(("Hợp đồng thuê nhà (02 bản sao)",)),
        Paragraph("Trường hợp nhà của mình:"),
        Items(("Giấy tờ về nhà ở",)),
    ]

    common, cases = dossier(blocks, S)

    assert [item["item"] for item in common] == ["Tờ khai"]
    assert [case["title"] for case in cases] == ["Nhà thuê", "Nhà của mình"]
    assert cases[0]["dossier"][0]["copies"] == 2


def test_a_single_case_is_no_case() -> None:
    common, cases = dossier([Paragraph("Trường hợp ủy quyền:"), Items(("Giấy ủy quyền",))], S)

    assert cases == []
    assert common[0]["item"] == "Giấy ủy quyền"


@pytest.mark.parametrize(
    ("line", "number", "issued"),
    [
        ("Luật Cư trú số 68/2020/QH14 ngày 13/11/2020", "68/2020/QH14", "2020-11-13"),
        ("Thông tư 75/2022/TT-BTC ngày 22 tháng 12 năm 2022", "75/2022/TT-BTC", "2022-12-22"),
        ("Nghị định số 154/2024/NÐ-CP", "154/2024/NĐ-CP", None),
        ("Nghị định số 154 / 2024 / ND-CP", "154/2024/NĐ-CP", None),
        ("Thông tư 116/2026/TT - BCA", "116/2026/TT-BCA", None),
    ],
)
def test_a_legal_text(line: str, number: str, issued: str | None) -> None:
    fact = _one(legal_basis([Paragraph(line)], S))

    assert fact["number"] == number
    assert fact.get("issued") == issued


@pytest.mark.parametrize(
    ("line", "counter"),
    [
        ("Công an xã", "police"),
        ("Trung tâm Phục vụ hành chính công xã", "one_stop"),
        ("Chi nhánh Văn phòng đăng ký đất đai", "land_branch"),
        ("Bảo hiểm xã hội cơ sở", "social_insurance"),
        ("Phòng công chứng", "other"),
    ],
)
def test_a_counter(line: str, counter: str) -> None:
    assert _one(where_to([Paragraph(line)], S)) == {"counter": counter, "text": line}
