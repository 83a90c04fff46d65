"""Personal numbers go before anything else sees them; what a question needs stays."""

from __future__ import annotations

import unicodedata

import pytest

from app.answering.mask import (
    ACCOUNT,
    EMAIL,
    IDENTITY,
    PHONE,
    mask,
    mask_file_name,
    mask_papers,
)


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("làm lại cccd 048201001234 được không", f"làm lại cccd {IDENTITY} được không"),
        ("CCCD 048 201 001 234", f"CCCD {IDENTITY}"),
        ("căn cước: 048.201.001.234", f"căn cước: {IDENTITY}"),
        ("căn cước 0482-0100-1234", f"căn cước {IDENTITY}"),
        ("số 048201001234", f"số {IDENTITY}"),
        ("cmnd 201234567", f"cmnd {IDENTITY}"),
        ("CMND: 201 234 567", f"CMND: {IDENTITY}"),
        ("chứng minh 201.234.567 cấp 12/05/2011", f"chứng minh {IDENTITY} cấp 12/05/2011"),
        ("201234567", IDENTITY),
        ("thẻ DN4480123456789", f"thẻ {IDENTITY}"),
        ("thẻ GD 4 48 01 234 56789", f"thẻ {IDENTITY}"),
        ("bhyt ht2-480-123-456-789", f"bhyt {IDENTITY}"),
        ("mã số BHXH 4820123456", f"mã số BHXH {IDENTITY}"),
        ("số bhxh 4820 123 456", f"số bhxh {IDENTITY}"),
        ("hộ chiếu B1234567", f"hộ chiếu {IDENTITY}"),
        ("passport c12345678", f"passport {IDENTITY}"),
        ("hộ chiếu B 1234567", f"hộ chiếu {IDENTITY}"),
        ("mã số thuế 8123456789-001", f"mã số thuế {IDENTITY}"),
        ("048201001234567890123456", IDENTITY),
        ("hồ sơ H17.20.14-251121-0001", f"hồ sơ {IDENTITY}"),
    ],
)
def test_identity_numbers_are_masked(typed: str, masked: str) -> None:
    assert mask(typed) == masked


@pytest.mark.parametrize(
    "number",
    [
        "0905123456",
        "0905 123 456",
        "0905.123.456",
        "0905-123-456",
        "0905 - 123 - 456",
        "0905_123_456",
        "0905 12 34 56",
        "(0905) 123 456",
        "0 9 0 5 1 2 3 4 5 6",
        "0905\u00a0123\u00a0456",
        "0905\u200b123\u200b456",
        "+84905123456",
        "+84 905 123 456",
        "(+84) 905 123 456",
        "84.905.123.456",
        "84905123456",
        "02363846176",
        "0236-3846176",
        "(0236) 3846 176",
        "0236.3.846.176",
        "không chín không năm một hai ba bốn năm sáu",
    ],
)
def test_a_telephone_number_is_masked_however_it_is_written(number: str) -> None:
    assert mask(f"gọi tôi {number}, cảm ơn") == f"gọi tôi {PHONE}, cảm ơn"


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("sđt: 3846176", f"sđt: {PHONE}"),
        ("số điện thoại của tôi là 384 6176", f"số điện thoại của tôi là {PHONE}"),
        ("stk 0041000123456", f"stk {ACCOUNT}"),
        ("số tài khoản ngân hàng là 1234567", f"số tài khoản ngân hàng là {ACCOUNT}"),
        ("so tai khoan: 1903 4567 8901", f"so tai khoan: {ACCOUNT}"),
        ("chuyển vào số thẻ 9704 3600 1234 5678", f"chuyển vào số thẻ {ACCOUNT}"),
        ("gửi về nguyen.van.a+xa@mail.danang.gov.vn nhé", f"gửi về {EMAIL} nhé"),
    ],
)
def test_a_number_is_masked_by_the_word_that_announces_it(typed: str, masked: str) -> None:
    assert mask(typed) == masked


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        (
            "Nguyễn Văn A,0905123456,048201001234",
            f"Nguyễn Văn A,{PHONE},{IDENTITY}",
        ),
        ("sđt 0905123456/0914123456", f"sđt {PHONE}/{PHONE}"),
        (
            "ông A sinh 12/05/1950 cccd 048050001234 sđt 0905 123 456 vay 5.000.000 đồng",
            f"ông A sinh 12/05/1950 cccd {IDENTITY} sđt {PHONE} vay 5.000.000 đồng",
        ),
        ("cccd 048201001234 12/05/2021", f"cccd {IDENTITY} 12/05/2021"),
        ("0905 123 456 đồng ý nhận", f"{PHONE} đồng ý nhận"),
        ("CMND 201 234 567 đồng ý", f"CMND {IDENTITY} đồng ý"),
        ("thủ tục 1.004222 của 0905123456", f"thủ tục 1.004222 của {PHONE}"),
    ],
)
def test_several_numbers_are_each_masked_and_what_stands_between_stays(
    typed: str, masked: str
) -> None:
    assert mask(typed) == masked


@pytest.mark.parametrize(
    "text",
    [
        "đóng 1.366.200 đồng một năm",
        "đóng 1 366 200 đồng",
        "5.310.000đ với 15.500.000 VNĐ",
        "vay 2 tỷ 500 triệu",
        "vay 1.500.000.000 mua đất",
        "thu nhập 2500000000 đồng",
        "từ 01/07/2025 đến 31/12/2025",
        "01.07.2025 - 31.12.2025",
        "sinh ngày 12-05-1950",
        "sinh năm 1950, 1955 và 1960",
        "các năm 2024 2025 2026",
        "154/2024/NĐ-CP, 68/2020/QH14 và 53/2025/TT-BCA",
        "thủ tục 1.004222 và 2.000815",
        "mã 1.004222.000.00.00.H17",
        "bà 76 tuổi, ông 80 tuổi",
        "nhà ở mặt tiền đường ĐT 605",
        "thửa 123 tờ bản đồ 45 rộng 250,5 m2",
        "300 m2 đất ở, 5000 m2 đất vườn",
        "7:30-11:30, 13:30-17:00",
        "gọi 113 114 115 hay 1022",
        "tổng đài 1900 1009, 19001009 và 1800 599 920",
        "mẫu CT01, TK1-TS",
        "tài khoản định danh mức 2",
        "không một hai ba",
    ],
)
def test_what_a_question_needs_stays(text: str) -> None:
    assert mask(text) == text


def test_letters_typed_apart_from_their_marks_are_put_together() -> None:
    apart = unicodedata.normalize("NFD", "đăng ký tạm trú")

    assert mask(apart) == "đăng ký tạm trú"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("CCCD 048091001234 đã nhận", f"CCCD {IDENTITY} đã nhận"),
        ("CMND 201 234 567", f"CMND {IDENTITY}"),
        ("thẻ BHYT DN4480123456789", f"thẻ BHYT {IDENTITY}"),
        ("hồ sơ H17.20.14-251121-0001 đã xong", f"hồ sơ {IDENTITY} đã xong"),
        ("gọi 0236 3846 113, 0905 123 456 hoặc 1900 1022", None),
        ("viết tới ubnd@danang.gov.vn, tại 12 Trần Phú", None),
        ("nộp vào số tài khoản 371301234567 của Kho bạc", None),
        ("https://dichvucong.gov.vn/p/chi-tiet.html?ma=123456789012", None),
        ("7.000.000 đồng theo Thông tư 75/2022/TT-BTC, mã 1.004222", None),
        ("sáng 7:30–11:30, chiều 13:30–17:00, từ 1/7/2026", None),
    ],
)
def test_officers_words_lose_numbers_of_papers_and_nothing_of_offices(
    written: str, kept: str | None
) -> None:
    assert mask_papers(written) == (kept if kept is not None else written)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("CCCD_048091001234 Nguyen Van A.pdf", f"CCCD_{IDENTITY} Nguyen Van A.pdf"),
        ("cmnd201512012.png", f"cmnd{IDENTITY}.png"),
        ("Zalo 0905123456.jpg", f"Zalo {PHONE}.jpg"),
        ("IMG_20251120_093012.jpg", None),
        ("Scan20251120093012.pdf", None),
        ("2025-12-01 1234.pdf", None),
        ("Thông tư 75-2022-TT-BTC.docx", None),
        ("1.004222.000.00.00.H17.docx", None),
    ],
)
def test_names_of_files_lose_numbers_of_people_and_keep_days(name: str, kept: str | None) -> None:
    assert mask_file_name(name) == (kept if kept is not None else name)
