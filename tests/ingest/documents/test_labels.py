"""Headings of the official form are found however they are written, and sentences are not."""

from __future__ import annotations

import pytest

from ingest.documents.labels import Part, numberless, part_of


@pytest.mark.parametrize(
    ("line", "part", "rest"),
    [
        ("Trình tự thực hiện:", Part.STEPS, ""),
        ("1. Trình tự thực hiện", Part.STEPS, ""),
        ("a) Trình tự thực hiện:", Part.STEPS, ""),
        ("II.  TRÌNH TỰ THỰC HIỆN", Part.STEPS, ""),
        ("1.2. Cách thức thực hiện: Trực tiếp", Part.CHANNELS, "Trực tiếp"),
        ("- Thành phần, số lượng hồ sơ:", Part.DOSSIER, ""),
        ("Thời hạn giải quyết: 03 ngày làm việc", Part.TIME_LIMIT, "03 ngày làm việc"),
        ("Thời hạn giải quyết 03 ngày làm việc", Part.TIME_LIMIT, "03 ngày làm việc"),
        ("Thoi han giai quyet: 3 ngay", Part.TIME_LIMIT, "3 ngay"),
        ("Thời hơn giỏi quyết: 5 ngày", Part.TIME_LIMIT, "5 ngày"),
        ("Cơ quơn thực hiện", Part.AGENCY, ""),
        ("Đối tượng thực hiện thủ tục hành chính:", Part.SUBJECTS, ""),
        ("Cơ quan thực hiện thủ tục hành chính: Công an xã", Part.AGENCY, "Công an xã"),
        ("Kết quả thực hiện thủ tục hành chính:", Part.RESULT, ""),
        ("Phí, lệ phí (nếu có): Không", Part.FEE, "Không"),
        ("8. Phí: 15.000 đồng", Part.FEE, "15.000 đồng"),
        ("Lệ phí (nếu có):", Part.FEE, ""),
        ("Tên mẫu đơn, mẫu tờ khai (nếu có):", Part.FORM, ""),
        ("Yêu cầu, điều kiện thực hiện thủ tục hành chính (nếu có)", Part.CONDITIONS, ""),
        ("Căn cứ pháp lý của thủ tục hành chính:", Part.LEGAL_BASIS, ""),
        ("Căn cứ phép lý", Part.LEGAL_BASIS, ""),
        ("Mã thủ tục: 1.004194", Part.CODE, "1.004194"),
        ("b) Số lượng hồ sơ: 01 bộ", Part.OTHER, "01 bộ"),
    ],
)
def test_a_heading_of_the_form_is_found(line: str, part: Part, rest: str) -> None:
    assert part_of(line) == (part, rest)


@pytest.mark.parametrize(
    "line",
    [
        "Hồ sơ nộp tại Bộ phận một cửa được kiểm tra ngay.",
        "Phí công chứng do hai bên thỏa thuận.",
        "Kết quả được trả tại nơi nộp hồ sơ.",
        "Thủ tục đăng ký tạm trú",
        "Đối tượng là người nghèo được miễn",
        "Cán bộ kiểm tra thành phần hồ sơ và hẹn ngày trả kết quả",
        "Thời hạn giải quyết được tính từ khi nhận đủ hồ sơ hợp lệ theo quy định của pháp luật",
        "",
        ":::",
    ],
)
def test_a_sentence_is_no_heading(line: str) -> None:
    assert part_of(line) is None


def test_a_weak_word_is_a_heading_only_where_it_stands_alone() -> None:
    assert part_of("Hồ sơ") is None
    assert part_of("Hồ sơ", alone=True) == (Part.DOSSIER, "")
    assert part_of("Hồ sơ: giấy khai sinh") == (Part.DOSSIER, "giấy khai sinh")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1. Tờ khai", "Tờ khai"),
        ("- a) Tờ khai", "Tờ khai"),
        ("(2) Tờ khai", "Tờ khai"),
        ("15.000 đồng", "15.000 đồng"),
        ("1.004194", "1.004194"),
        ("iv. Tờ khai", "Tờ khai"),
    ],
)
def test_numbering_is_taken_off_and_figures_stay(text: str, plain: str) -> None:
    assert numberless(text) == plain
