"""What the sources once said and no longer holds is not told as a fact.

Each row is one figure, form, place or rule that a public source still gives: most come from the
“conflicts and open points” of the fact sheets of 21 November 2026. A text may name it only where
it says in the same text that it is over (or to come), or that others still write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pytest

from knowledge_base.commune import Commune
from knowledge_base.record import Facet, Topic, facts_of
from knowledge_base.section import sections_of
from knowledge_base.source import LegalBasis
from tests.content.test_consistency import everything, texts_of

OVER = re.compile(
    r"trước (?:đây|đó|ngày|0?1/|tháng|năm)|đến (?:hết )?(?:ngày )?\d{1,2}/\d{1,2}/\d{4}"
    r"|hết (?:hiệu lực|dùng|hạn|giá trị)|(?:đã|được) (?:bỏ|bãi bỏ|thay|nâng|tăng)|không còn"
    r"|không (?:phải|cần|được bắt|bắt) ?(?:\w+ ){0,2}(?:nộp|mang|xuất trình|đổi|làm)"
    r"|không dùng|thay (?:cho|bằng)|bãi bỏ|\bcũ\b|nâng từ|tăng từ|bị thay|\bsai\b|đừng"
    r"|dự (?:kiến|thảo)|từ (?:ngày )?0?1/0?3/2027|còn ghi|(?:bỏ|xoá|xóa) (?:việc )?nộp",
    re.IGNORECASE,
)
"""Words by which a text says that the thing is over, is to come or is wrong."""


@dataclass(frozen=True)
class Superseded:
    """One thing that is told no more."""

    pattern: str
    why: str
    topics: frozenset[Topic] = frozenset(Topic)
    """Records of these topics are read; a commune is read always."""
    absolute: bool = False
    """Not even as something that is over."""


def _in(*topics: Topic) -> frozenset[Topic]:
    return frozenset(topics)


SUPERSEDED = {
    # residence.md, section 16
    "the old residence circulars": Superseded(
        r"Thông tư (?:55|56)/2021|Thông tư 66/2023",
        "Hết hiệu lực từ 01/7/2026, nay Thông tư 116/2026/TT-BCA.",
    ),
    "forms of the old residence circulars": Superseded(
        r"\bCT0[46]\b",
        "Mẫu CT04, CT06 của Thông tư 66/2023 đã hết hiệu lực; phụ lục mới chưa đọc.",
        _in(Topic.RESIDENCE),
    ),
    "a residence certificate within two days of deletion": Superseded(
        r"xo[áa] (?:đăng ký )?tạm trú[^.]{0,60}\b0?2 ngày làm việc",
        "Nghị định 58/2026 Điều 4: xoá tạm trú 3 ngày làm việc.",
        _in(Topic.RESIDENCE),
    ),
    "relatives are reported once": Superseded(
        r"(?:chỉ|cần) (?:phải )?(?:thông )?báo (?:lưu trú )?(?:một|01|1) lần",
        "Không còn ở Điều 30 mới và Điều 14 Thông tư 116/2026.",
        _in(Topic.RESIDENCE),
    ),
    "the paper household book": Superseded(
        r"(?:mang|nộp|xuất trình|kèm|photo|bản sao) (?:theo )?(?:sổ hộ khẩu|sổ tạm trú)",
        "Sổ hộ khẩu, sổ tạm trú giấy đã hết giá trị từ 01/01/2023.",
    ),
    "residence handed in at the one-stop centre": Superseded(
        r"(?:nộp|làm)[^.]{0,40}(?:thường trú|tạm trú)[^.]{0,30}"
        r"(?:Trung tâm Phục vụ hành chính công|Ủy ban nhân dân xã)",
        "Nộp ở công an xã; dữ liệu của đề tài sinh viên ghi sai.",
        _in(Topic.RESIDENCE),
    ),
    "the residence decree of 2021": Superseded(
        r"Nghị định 62/2021", "Nay Nghị định 154/2024 sửa bởi Nghị định 58/2026."
    ),
    "the penalties of 2021": Superseded(
        r"Nghị định 144/2021", "Nay Nghị định 282/2025 từ 15/12/2025."
    ),
    "identity cards by the four old codes": Superseded(
        r"1\.0140(?:5[6-9]|6[1-8])|1\.009714|1\.012563",
        "Bãi bỏ theo Quyết định 5230/QĐ-BCA-C06 ngày 18/8/2026.",
    ),
    # health_insurance.md
    "the contribution before July 2026": Superseded(
        r"1\.263\.600|105\.300|884\.520|758\.160|631\.800|505\.440",
        "Mức theo lương cơ sở 2.340.000; từ 01/7/2026 người thứ nhất 1.366.200 đồng/năm.",
    ),
    "the base salary before July 2026": Superseded(
        r"2\.340\.000|1\.800\.000 đồng(?:/tháng)? lương", "Từ 01/7/2026 là 2.530.000 đồng."
    ),
    "the co-payment line before July 2026": Superseded(
        r"351\.000|14\.040\.000", "15% và 6 tháng lương cơ sở tính theo 2.530.000 đồng."
    ),
    "thirty per cent for pupils": Superseded(
        r"(?:học sinh|sinh viên)[^.]{0,80}(?:hỗ trợ|giảm)[^.]{0,30}\b30 ?%",
        "Ít nhất 50% từ 01/7/2025.",
        _in(Topic.HEALTH_INSURANCE),
    ),
    "fifty per cent for farming households": Superseded(
        r"mức sống trung bình[^.]{0,60}\b50 ?%",
        "Ít nhất 30%; 50% là chính sách Đà Nẵng 2017.",
        _in(Topic.HEALTH_INSURANCE),
    ),
    "near-poor households at 95 per cent": Superseded(
        r"cận nghèo[^.;]{0,60}\b95 ?%|\b95 ?%[^.;]{0,60}cận nghèo",
        "100% từ 01/01/2026 theo Nghị quyết 261/2025/QH15.",
        _in(Topic.HEALTH_INSURANCE),
    ),
    "three months of interruption": Superseded(
        r"gián đoạn[^.]{0,40}(?:0?3|ba) tháng",
        "Tối đa 90 ngày (Nghị định 188/2025 Điều 18).",
        _in(Topic.HEALTH_INSURANCE),
    ),
    "the insurance decree of 2018": Superseded(
        r"Nghị định 146/2018|146/2018/NĐ-CP", "Nay Nghị định 188/2025.", absolute=True
    ),
    "district social insurance": Superseded(
        r"[Bb]ảo hiểm xã hội (?:cấp )?huyện|BHXH (?:cấp )?huyện",
        "Cấp huyện đã bỏ từ 01/7/2025; nay bảo hiểm xã hội cơ sở.",
    ),
    "reimbursement within forty days": Superseded(
        r"(?:bảo hiểm xã hội|giải quyết|trả lời|thời hạn|tối đa)[^.;]{0,60}\b40 ngày",
        "Nghị định 188/2025 Điều 56: 25 ngày.",
        _in(Topic.HEALTH_INSURANCE),
    ),
    "a rise of the contribution rate": Superseded(
        r"5,1 ?%", "Dự kiến, chưa thấy văn bản.", absolute=True
    ),
    "insurance everywhere in full": Superseded(
        r"thông tuyến (?:là )?(?:được )?(?:hưởng )?100 ?%",
        "Phải phân biệt ngoại trú, nội trú, cấp và điểm của cơ sở.",
    ),
    # social_policy.md
    "five hundred thousand a month": Superseded(
        r"(?<![\d.])500\.000 đồng(?:/| một | mỗi )tháng|\b500 ?nghìn(?: đồng)?/tháng",
        "540.000 đồng theo Nghị định 335/2026, tính từ 01/7/2026.",
        _in(Topic.SOCIAL_POLICY),
    ),
    "funeral aid of ten million": Superseded(
        r"(?<![\d.])10\.000\.000 đồng",
        "20 lần 540.000 là 10.800.000 đồng.",
        _in(Topic.SOCIAL_POLICY),
    ),
    "the aid decrees before October 2026": Superseded(
        r"Nghị định (?:20/2021|76/2024)", "Bãi bỏ từ 05/10/2026 bởi Nghị định 335/2026."
    ),
    "forms of the old aid decree": Superseded(
        r"[Mm]ẫu (?:số )?(?:0?1[a-dđ]|0?2[ab])\b(?!/)",
        "Mẫu 1a–1đ, 2a, 2b của Nghị định 20/2021; nay Mẫu 01, 02 của Nghị định 335/2026.",
        _in(Topic.SOCIAL_POLICY),
    ),
    "the standard of people with merit before July 2026": Superseded(
        r"2\.789\.000", "3.012.000 đồng theo Nghị định 321/2026."
    ),
    "labour offices": Superseded(
        r"(?:Phòng|Sở|Bộ) (?:Lao động|LĐTB)",
        "Không còn; người có công thuộc Nội vụ, bảo trợ thuộc Y tế.",
    ),
    "the decree's start in September": Superseded(
        r"Nghị định 335/2026[^.]{0,60}0?1/0?9/2026",
        "Có hiệu lực từ 05/10/2026 (Điều 32).",
        absolute=True,
    ),
    # civil_status.md
    "proof of being single for a marriage": Superseded(
        r"kết hôn[^.]{0,60}(?:phải|cần) (?:nộp|có|kèm)[^.]{0,30}"
        r"xác nhận tình trạng hôn nhân",
        "Từ 09/01/2025 cán bộ tự tra (Nghị định 07/2025).",
        _in(Topic.CIVIL_STATUS),
    ),
    "the parents' marriage certificate for a birth": Superseded(
        r"khai sinh[^.]{0,60}(?:phải|cần) (?:nộp|mang|xuất trình)[^.]{0,30}"
        r"(?:chứng nhận|đăng ký) kết hôn",
        "Từ 09/01/2025 cán bộ tự tra (công văn 481 của Bộ Tư pháp).",
        _in(Topic.CIVIL_STATUS),
    ),
    "linked procedures on paper": Superseded(
        r"2\.000986|2\.001023|05/2015/TTLT",
        "Thay bằng liên thông điện tử 3.000722 từ 01/9/2026.",
    ),
    "the registry law of 2026 as today's": Superseded(
        r"03/2026/QH16", "Luật Hộ tịch mới có hiệu lực từ 01/3/2027."
    ),
    "certified copies that expire": Superseded(
        r"bản sao (?:chứng thực|công chứng)[^.]{0,40}(?:có giá trị|thời hạn)[^.]{0,15}"
        r"(?:6|06|sáu) tháng",
        "Luật không đặt thời hạn.",
        _in(Topic.CERTIFICATION),
    ),
    # land.md
    "the district land office": Superseded(
        r"(?:Phòng Tài nguyên|[ỦU]y ban nhân dân (?:cấp )?huyện|UBND (?:cấp )?huyện|công an huyện)",
        "Cấp huyện đã bỏ từ 01/7/2025.",
    ),
    "the price tables before 2026": Superseded(
        r"09/2020/QĐ-UBND|24/2019/QĐ-UBND|Quyết định (?:09/2020|24/2019)",
        "Hết 31/12/2025; nay Nghị quyết 28/2026/NQ-HĐND.",
    ),
    "the split rules of 2018": Superseded(
        r"31/2018/QĐ-UBND|Quyết định 31/2018", "Nay Quyết định 75/2026/QĐ-UBND."
    ),
    "the building decree of 2024": Superseded(
        r"Nghị định 175/2024", "Nay Nghị định 217/2026 từ 01/7/2026."
    ),
    "the permit fees of 2016": Superseded(
        r"57/2016/NQ-HĐND|Nghị quyết 57/2016", "Nay Nghị quyết 14/2025/NQ-HĐND.", absolute=True
    ),
    "a permit within ten days": Superseded(
        r"nhà ở[^.]{0,60}\b10 ngày",
        "Nghị định 217/2026 Điều 54: 7 ngày làm việc.",
        _in(Topic.LAND),
    ),
    "the students' land figures": Superseded(
        r"\b30 ngày làm việc[^.]{0,60}(?:lần đầu|cấp sổ)|cấp lại[^.]{0,40}\b15 ngày làm việc",
        "Cơ sở dữ liệu cộng đồng Hòa Tiến, không có nguồn.",
        _in(Topic.LAND),
    ),
    "a land law of 2026": Superseded(
        r"Luật Đất đai (?:\(sửa đổi\) )?(?:năm )?2026",
        "Không có; là dữ liệu giả trong mã nguồn.",
        absolute=True,
    ),
    "commonly quoted mortgage fees": Superseded(
        r"(?<![\d.])(?:80|70)\.000 đồng",
        "Chưa có nguồn cho Đà Nẵng.",
        _in(Topic.LAND),
        absolute=True,
    ),
    "communes fining a quarter of a billion": Superseded(
        r"250 triệu|250\.000\.000", "Bản chép Nghị định 281/2026 bị hỏng.", absolute=True
    ),
    "a police note for a lost certificate": Superseded(
        r"(?:cần|phải có|nộp)[^.]{0,30}(?:công an xác nhận mất|xác nhận mất của công an)",
        "Không có trong danh mục của thủ tục 1.012786.",
        _in(Topic.LAND),
    ),
    # two_tier_government.md
    "Đà Nẵng of two and a half thousand square kilometres": Superseded(
        r"2\.500 km", "Trang cũ ghi sai; khoảng 11.859,59 km².", absolute=True
    ),
    "communes that become wards": Superseded(
        r"(?:Hòa Vang|Hòa Tiến|Bà Nà)[^.]{0,40}(?:lên|thành) phường",
        "Tin đồn, không thấy văn bản.",
        absolute=True,
    ),
    "a decree that was made up": Superseded(
        r"309/2026", "Dữ liệu giả lập của một bộ kiểm thử.", absolute=True
    ),
    "old days for taking up a complaint": Superseded(
        r"thụ lý[^.]{0,40}\b10 ngày",
        "Nghị định 155/2026 Điều 10: 7 ngày làm việc.",
        _in(Topic.LOCAL_GOVERNMENT),
    ),
    "second complaints to the district": Superseded(
        r"khiếu nại[^.]{0,60}(?:Chủ tịch )?(?:[Ủủ]y ban nhân dân )?(?:cấp )?huyện",
        "Lần hai lên Chủ tịch thành phố; không còn cấp huyện.",
        _in(Topic.LOCAL_GOVERNMENT),
    ),
    "the decree on receiving citizens of 2014": Superseded(
        r"Nghị định 64/2014", "Nay Nghị định 154/2026 từ 01/7/2026."
    ),
}


@cache
def everything_said() -> list[tuple[str, Topic | None, str]]:
    """Every text of every record and commune, fees and time limits in words among them."""
    said = []
    for name, item in everything().items():
        topic = None if isinstance(item, Commune) else item.topic
        for words in texts_of(item):
            place, _, text = words.partition(": ")
            if not place.startswith(_ASKED):
                said.append((f"{name}{place}", topic, text))
        if not isinstance(item, Commune):
            for part in sections_of(item, item.checked_on):
                if part.id != Facet.LEGAL_BASIS:
                    said += [(f"{name}.{part.id}", topic, line.text) for line in part.lines]
    return said


_ASKED = (".questions", ".to_confirm", ".aliases", ".legal_basis")
"""What is asked and not told; a legal basis that has ended is refused when the files are read."""


def told(thing: Superseded) -> list[str]:
    """Where the content tells it as if it held."""
    pattern = re.compile(thing.pattern)
    return [
        f"{place}: {text}"
        for place, topic, text in everything_said()
        if (topic is None or topic in thing.topics)
        and pattern.search(text)
        and (thing.absolute or not OVER.search(text))
    ]


@pytest.mark.parametrize("thing", SUPERSEDED.values(), ids=SUPERSEDED.keys())
def test_it_is_not_told_as_a_fact(thing: Superseded) -> None:
    assert told(thing) == [], thing.why


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("the contribution before July 2026", "Người thứ nhất đóng 1.263.600 đồng một năm."),
        ("five hundred thousand a month", "Người từ 75 tuổi nhận 500.000 đồng/tháng."),
        ("the district land office", "Nộp ở Phòng Tài nguyên và Môi trường."),
        (
            "proof of being single for a marriage",
            "Đăng ký kết hôn phải nộp giấy xác nhận tình trạng hôn nhân.",
        ),
        ("three months of interruption", "Được gián đoạn tối đa 3 tháng.".lower()),
        (
            "a residence certificate within two days of deletion",
            "Xoá tạm trú trong 02 ngày làm việc.".lower(),
        ),
    ],
)
def test_the_patterns_know_what_they_look_for(key: str, said: str) -> None:
    thing = SUPERSEDED[key]

    assert re.search(thing.pattern, said)
    assert not OVER.search(said)


def test_what_has_ended_is_no_legal_basis_of_anything() -> None:
    old = re.compile(r"(?:146/2018|20/2021|76/2024|62/2021|175/2024|64/2014)/NĐ-CP|58/2014/QH13")

    cited = [
        f"{name}: {fact.number}"
        for name, item in everything().items()
        for _, fact in facts_of(item)
        if isinstance(fact, LegalBasis) and old.search(fact.number)
    ]

    assert cited == []
