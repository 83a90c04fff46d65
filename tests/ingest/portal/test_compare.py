from __future__ import annotations

from typing import Any

from ingest.portal.compare import differences
from tests.knowledge_base.records import procedure


def portal(**changes: object) -> dict[str, Any]:
    """A draft that says what the published procedure says, but for the changes."""
    same: dict[str, Any] = {
        "code": "1.004194",
        "title": "Đăng ký tạm trú",
        "dossier": [
            {"item": "Tờ khai thay đổi thông tin", "form": "Mẫu số CT01", "originals": 1},
            {"item": "Hợp đồng thuê nhà ở", "copies": 1},
        ],
        "where": [{"counter": "police", "text": "Công an xã"}],
        "channels": [{"channel": "in_person"}, {"channel": "portal"}],
        "time_limits": [{"amount": 3, "unit": "working_day"}],
        "fees": [{"amount": 15000, "channel": "in_person"}, {"amount": 7000, "channel": "online"}],
        "forms": [{"number": "CT01 kèm Thông tư 53/2025/TT-BCA", "name": "Tờ khai"}],
        "legal_basis": [{"number": "68/2020/QH14", "name": "Luật Cư trú"}],
    }
    return same | changes


def told(**changes: object) -> list[str]:
    ours = procedure(channels=[{"channel": "in_person"}, {"channel": "vneid"}])
    return [str(found) for found in differences(ours, portal(**changes))]


def test_the_same_facts_in_other_words_are_no_difference() -> None:
    assert told() == []


def test_each_field_that_changed_is_told_with_both_sides() -> None:
    assert told(title="Khai báo tạm trú") == [
        "tên: đang công bố “Đăng ký tạm trú”; Cổng ghi “Khai báo tạm trú”"
    ]
    assert told(time_limits=[{"amount": 2, "unit": "working_day", "channel": "online"}]) == [
        "thời hạn: chỉ bản công bố có: 3 ngày làm việc (trực tiếp); 3 ngày làm việc (trực tuyến)"
        " | chỉ Cổng có: 2 ngày làm việc (trực tuyến)"
    ]
    assert told(fees=[{"amount": 15000, "channel": "in_person"}, {"amount": 10000}]) == [
        "phí, lệ phí: chỉ bản công bố có: 7.000 đồng (trực tuyến)"
        " | chỉ Cổng có: 10.000 đồng (trực tiếp); 10.000 đồng (trực tuyến)"
    ]
    assert told(legal_basis=[{"number": "1/2027/QH16", "name": "Luật"}]) == [
        "căn cứ pháp lý: chỉ bản công bố có: 68/2020/QH14 | chỉ Cổng có: 1/2027/QH16"
    ]
    assert told(forms=[{"number": "CT09", "name": "Tờ khai"}]) == ["mẫu đơn: chỉ Cổng có: CT09"]
    assert told(where=[{"counter": "one_stop", "text": "Trung tâm"}]) == [
        "nơi nộp: chỉ bản công bố có: Công an | chỉ Cổng có: một cửa"
    ]


def test_a_result_that_ours_does_not_name_is_told() -> None:
    ours = procedure(
        result=[{"text": "Thông báo kết quả đăng ký", "source": "luat"}],
        channels=[{"channel": "in_person"}, {"channel": "vneid"}],
    )

    same = differences(ours, portal(result=[{"text": "Thông báo"}]))
    other = differences(ours, portal(result=[{"text": "Sổ tạm trú"}]))

    assert [str(found) for found in same] == []
    assert [str(found) for found in other] == [
        "kết quả: đang công bố Thông báo kết quả đăng ký; Cổng ghi Sổ tạm trú"
    ]


def test_papers_are_compared_by_name_and_count() -> None:
    found = told(
        dossier=[
            {"item": "Tờ khai", "form": "CT01", "originals": 2},
            {"item": "Giấy khám sức khỏe", "originals": 1},
        ]
    )

    assert found == [
        "giấy tờ: chỉ bản công bố có: Hợp đồng thuê nhà | chỉ Cổng có: Giấy khám sức khỏe",
        "số bản chính của “Tờ khai”: đang công bố 1; Cổng ghi 2",
    ]


def test_what_the_import_did_not_carry_over_says_nothing_against_ours() -> None:
    assert told(fees=None, time_limits=None, legal_basis=None, forms=None, dossier=None) == []


def test_free_is_not_told_against_the_portals_silence() -> None:
    ours = procedure(fees=[{"amount": 0, "source": "phi"}], channels=[{"channel": "in_person"}])

    found = differences(ours, portal(channels=[{"channel": "in_person"}], fees=None))

    assert found == ()


def test_for_a_further_code_only_what_ours_lacks_is_told() -> None:
    found = told(
        code="1.004195",
        title="Đăng ký tạm trú theo danh sách",
        dossier=[{"item": "Danh sách người tạm trú"}],
        fees=[{"amount": 15000, "channel": "in_person"}],
    )

    assert found == ["giấy tờ: chỉ Cổng có: Danh sách người tạm trú"]
