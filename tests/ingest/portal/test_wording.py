from __future__ import annotations

from datetime import date

import pytest

from ingest.portal.wording import (
    LONGEST_NAME,
    cited_dates,
    form_number,
    issued_on,
    legal_number,
    one_duration,
    short_name,
    sums_of_money,
    unit_paid_for,
)
from knowledge_base.procedure import TimeUnit


@pytest.mark.parametrize(
    ("wording", "form"),
    [
        ("Tờ khai (mẫu CT01 ban hành kèm theo Thông tư số 53/2025/TT-BCA).",
         "CT01 kèm Thông tư 53/2025/TT-BCA"),
        ("Đơn theo Mẫu số 32 Phụ lục I Nghị định số 131/2021/NĐ-CP",
         "Mẫu số 32 kèm Nghị định 131/2021/NĐ-CP"),
        ("Bản khai (Mẫu số 04B ban hành kèm theo Thông tư số 136/2020/TT-BQP)",
         "Mẫu số 04B kèm Thông tư 136/2020/TT-BQP"),
        ("Tờ khai tham gia BHXH, BHYT (Mẫu TK1-TS)", "TK1-TS"),
        ("Đơn đề nghị (Mẫu số 14-HSB)", "Mẫu số 14-HSB"),
        ("Tờ khai thuế (Mẫu số 01/TCKT)", "Mẫu số 01/TCKT"),
        ("Đơn đề nghị hỗ trợ (Mẫu 1).", "Mẫu số 1"),
        ("Tờ khai đăng ký khai sinh theo mẫu", None),
        ("Tờ khai theo Mẫu số 1a hoặc Mẫu số 2b", None),
        ("Trích lục khai tử năm 2026", None),
        ("Mẫu máu xét nghiệm", None),
    ],
)  # fmt: skip
def test_the_form_that_a_paper_is_written_on_is_found_in_its_name(
    wording: str, form: str | None
) -> None:
    assert form_number(wording) == form


@pytest.mark.parametrize(
    ("wording", "name"),
    [
        ("- Tờ khai thay đổi thông tin cư trú (mẫu CT01);", "Tờ khai thay đổi thông tin cư trú"),
        ("a) Đơn đề nghị. Trường hợp nộp trực tuyến thì khai trên mạng.", "Đơn đề nghị"),
        ("(1) văn bản ủy quyền", "Văn bản ủy quyền"),
        ("* Giấy tờ phải nộp:", "Giấy tờ phải nộp"),
        ("+ Căn cước công dân hoặc hộ chiếu: bản sao", "Căn cước công dân hoặc hộ chiếu"),
        ("01 bản khai cá nhân", "01 bản khai cá nhân"),
        ("(không có gì ngoài ngoặc)", "(không có gì ngoài ngoặc)"),
    ],
)
def test_a_name_is_its_first_clause_without_bullets_and_brackets(wording: str, name: str) -> None:
    assert short_name(wording) == name


def test_a_name_without_end_is_cut_at_a_word_and_marked() -> None:
    name = short_name("giấy xác nhận " * 40)

    assert len(name) <= LONGEST_NAME + 1
    assert name.endswith(("giấy…", "xác…", "nhận…"))


@pytest.mark.parametrize(
    ("wording", "number"),
    [
        ("Nghị định số 131/2021/NĐ-CP", "131/2021/NĐ-CP"),
        ("Pháp lệnh số: 02/2020/UBTVQH14", "02/2020/UBTVQH14"),
        ("66.7/2025/NQ-CP", "66.7/2025/NQ-CP"),
        ("Luật 60/2014/QH13", "60/2014/QH13"),
        ("2222/QĐ-BHXH", "2222/QĐ-BHXH"),
        ("Hiến pháp", "Hiến pháp"),
    ],
)
def test_a_legal_number_is_taken_out_of_its_wording(wording: str, number: str) -> None:
    assert legal_number(wording) == number


def test_a_text_is_dated_by_its_own_name_and_not_by_what_it_cites() -> None:
    own = "Thông tư số 08/2025/TT-BTP ngày 12/6/2025 của Bộ Tư pháp"
    other = "Thông tư sửa đổi Thông tư số 85/2019/TT-BTC ngày 29/11/2019 của Bộ Tài chính"

    assert issued_on("08/2025/TT-BTP", own) == date(2025, 6, 12)
    assert issued_on("106/2021/TT-BTC", other) is None
    assert issued_on("68/2020/QH14", "Luật Cư trú ngày 31 tháng 11 năm 2020") is None
    assert cited_dates(other) == {"85/2019/TT-BTC": date(2019, 11, 29)}


def test_a_text_cited_with_two_dates_has_none() -> None:
    assert cited_dates("số 1/2020/NĐ-CP ngày 1/2/2020; số 1/2020/NĐ-CP ngày 1/3/2020") == {}


@pytest.mark.parametrize(
    ("wording", "duration"),
    [
        ("Không quá 03 ngày làm việc", (3, TimeUnit.WORKING_DAY)),
        ("7,5 ngày", (7.5, TimeUnit.DAY)),
        ("02 (hai) tháng", (2, TimeUnit.MONTH)),
        ("10 ngày làm việc; vùng khó khăn thêm 05 ngày làm việc", None),
        ("Theo mô tả", None),
    ],
)
def test_a_time_is_taken_only_from_words_that_name_one(
    wording: str, duration: tuple[float, TimeUnit] | None
) -> None:
    assert one_duration(wording) == duration


def test_money_and_what_it_is_paid_for() -> None:
    assert sums_of_money("Trực tiếp 8.000 đồng/bản; tối đa 200,000 đ") == (8000, 200000)
    assert sums_of_money("Thông tư 281/2016/TT-BTC, 5 bản") == ()
    assert unit_paid_for("(/trang)") == "trang"
    assert unit_paid_for("/trang") == "trang"
    assert unit_paid_for("70.000 đồng/Giấy chứng nhận") == "giấy chứng nhận"
    assert unit_paid_for("Mức thu theo Thông tư 1/2020") is None
