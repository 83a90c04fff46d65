"""Other provinces are one word to the classifier of fields; the asker's own stays."""

from __future__ import annotations

import pytest

from app.answering.elsewhere import elsewhere_as_one
from app.answering.lexicon import Lexicon
from app.answering.understand import understand


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("lệ phí hộ tịch ở cần thơ", "lệ phí hộ tịch ở tinhkhac"),
        ("le phi ho tich o can tho", "le phi ho tich o tinhkhac"),
        ("bảng giá đất bình định", "bảng giá đất tinhkhac"),  # a province of before
        ("công an phường ở nha trang", "công an phường ở tinhkhac"),  # a city of one
        ("tp.hcm trợ cấp, sài gòn trợ cấp", "tinhkhac trợ cấp, tinhkhac trợ cấp"),
        ("bà rịa vũng tàu", "tinhkhac"),
    ],
)
def test_the_name_of_another_province_is_one_word(words: str, read: str) -> None:
    assert elsewhere_as_one(words, "da-nang") == read


@pytest.mark.parametrize(
    "words",
    [
        "bảng giá đất đà nẵng",
        "quê ở quảng nam",  # merged into the asker's
        "chợ hội an",
        "ghi giá trong hợp đồng thấp",  # bare it would be Đồng Tháp
        "xã bình dương ở đâu",  # a commune of the asker's province too
        "nhà ở hòa tiến",
    ],
)
def test_what_is_near_or_only_sounds_alike_stays(words: str) -> None:
    assert elsewhere_as_one(words, "da-nang") == words


def test_which_province_is_elsewhere_depends_on_the_asker() -> None:
    assert elsewhere_as_one("lệ phí ở cần thơ", "can-tho") == "lệ phí ở cần thơ"
    assert elsewhere_as_one("lệ phí ở đà nẵng", "can-tho") == "lệ phí ở tinhkhac"
    assert elsewhere_as_one("lệ phí ở đà nẵng", "") == "lệ phí ở đà nẵng"


def test_provinces_that_were_never_read_of_count_like_those_that_were() -> None:
    def outside(place: str) -> float:
        text = f"hội đồng nhân dân tỉnh {place} quy định lệ phí này bao nhiêu"
        return understand(text, Lexicon.packaged(), near="da-nang").outside

    assert outside("Cao Bằng") == outside("Bạc Liêu") > outside("Đà Nẵng")
