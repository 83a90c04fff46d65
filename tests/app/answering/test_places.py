"""Questions that name a place: what became of it, and who handles the matter there now."""

from __future__ import annotations

import pytest

from app.answering.answer import Answer, AnswerStatus, Question
from app.answering.asked import Thresholds
from app.answering.mention import mention_of
from app.answering.verify import MARK
from knowledge_base.unit_names import Found
from tests.fakes import pipeline_of
from tests.service import release_edition


def answer(text: str, commune: str = "hoa-tien") -> Answer:
    pipeline = pipeline_of(release_edition(), thresholds=Thresholds(0.6, 0.25))
    return pipeline.answer(Question(text, commune))


def named(text: str, *, marked: bool = True) -> str | None:
    mention = mention_of(text, "da-nang", marked=marked)
    return mention.words if mention else None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Tôi ở Hòa Khương cũ", "hòa khương"),
        ("phường Hòa Cường Bắc giờ thuộc phường nào", "phường hòa cường bắc"),
        ("huyện Hòa Vang bỏ rồi thì nộp đất đai ở đâu", "huyện hòa vang"),
        ("Hòa Khươg cũ giờ là xã nào", "hòa khươg"),
        ("Hòa Phước nhập vào đâu rồi", "hòa phước"),
        ("quê ở phường 5, quận 3, TP.HCM cũ giờ thuộc phường nào", "phường 5, quận 3, tp.hcm"),
        ("làm khai sinh cho con ở xã Hòa Phong", "xã hòa phong"),
    ],
)
def test_the_place_in_a_question_is_seen(text: str, words: str) -> None:
    assert named(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "bảo hiểm xã hội tự nguyện đóng bao nhiêu",
        "sổ hộ khẩu cũ còn dùng được không",
        "giấy khai sinh cũ bị mất",
        "cơ quan công an nào cấp căn cước",
        "tôi ở trọ thì đăng ký tạm trú ở đâu",
        "xã mình mấy giờ mở cửa",
        "quận nào cũng được à",
        "con tôi ở nước ngoài muốn làm khai sinh",
        "đổi căn cước cũ sang mới",
        "bản hợp đồng cũ có cần đem theo không",
        "mang giấy ra xã cho cán bộ đóng dấu được không",
        "năm nay ở quê làm ruộng thì được xếp hộ nghèo không",
        "tôi ở Sài Gòn muốn từ chối thừa kế",
    ],
)
def test_what_is_no_place_is_not_taken_for_one(text: str) -> None:
    assert named(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "tram y te xa nam o duong nao",
        "ban xe may ra xa ky hop dong dem giay to gi",
        "bao hiem xa hoi hang thang",
        "so ho khau cu con dung duoc khong",
        "quan he vo chong",
    ],
)
def test_without_marks_too(text: str) -> None:
    assert named(text, marked=False) is None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "Tôi ở Hòa Khương cũ",
            "Xã Hòa Khương cũ nay thuộc xã Hòa Tiến. [1]",
        ),
        (
            "phường Hòa Cường Bắc giờ thuộc phường nào",
            "Phường Hòa Cường Bắc (quận Hải Châu) cũ nay thuộc phường Hòa Cường, thành phố "
            "Đà Nẵng, từ 1/7/2025. [1]",
        ),
        (
            "phuong hoa cuong bac gio thuoc phuong nao",
            "Phường Hòa Cường Bắc (quận Hải Châu) cũ nay thuộc phường Hòa Cường, thành phố "
            "Đà Nẵng, từ 1/7/2025. [1]",
        ),
    ],
)
def test_a_former_place_is_told_with_its_unit_of_today(text: str, first: str) -> None:
    told = answer(text)

    assert told.status is AnswerStatus.ANSWERED
    assert told.text.split("\n")[0] == first
    assert "vietnamadminunits" in told.citations[0].source_title


def test_every_line_rests_on_the_citation_that_it_names() -> None:
    told = answer("phường Hòa Cường Bắc giờ thuộc phường nào")

    numbers = {citation.number: citation for citation in told.citations}
    for line in told.text.split("\n"):
        number = int(MARK.findall(line)[0])
        assert MARK.sub("", line).strip() in numbers[number].quote
    # the committee's address is the commune's own fact, not the register's
    assert "388 đường Núi Thành" in numbers[2].quote
    assert "danangmoi" in numbers[2].source_title or "Đà Nẵng" in numbers[2].source_title


def test_a_district_that_ended_names_its_successors_beside_the_answer() -> None:
    told = answer("huyện Hòa Vang bỏ rồi thì nộp đất đai ở đâu")

    assert told.status is AnswerStatus.ANSWERED
    assert told.procedure is not None and told.procedure.id == "nop-ho-so-dat-dai-o-dau"
    assert "Huyện Hòa Vang không còn từ 1/7/2025, nay là: " in told.text
    assert "xã Bà Nà" in [choice.label for choice in told.choices]
    assert [citation.number for citation in told.citations] == [1, 2]


def test_a_matter_at_another_place_names_that_places_counter_and_what_is_unknown() -> None:
    told = answer("xã Hòa Phong cũ làm căn cước ở đâu")

    assert told.procedure is not None and "can-cuoc" in told.procedure.id
    assert told.office is not None and told.office.name == "Công an xã Hòa Vang"
    assert "Nơi nhận: Công an xã Hòa Vang. Địa chỉ, điện thoại: chưa cập nhật." in told.text


def test_a_place_that_may_be_another_persons_moves_no_office() -> None:
    told = answer("Con học ở Liên Chiểu, đăng ký tạm trú cho con cần giấy tờ gì")

    assert told.office is None or "Liên Chiểu" not in told.office.name
    assert "Nơi nhận:" not in told.text


def test_a_place_far_away_is_known_and_its_details_are_honestly_not() -> None:
    told = answer("quê ở phường 5 quận 3 tphcm cũ giờ thuộc phường nào")

    assert "nay thuộc phường Bàn Cờ, thành phố Hồ Chí Minh" in told.text
    assert "chưa cập nhật" in told.text
    assert told.office is not None and told.office.address is None


def test_a_split_commune_offers_its_successors_and_no_office_that_may_be_wrong() -> None:
    told = answer("tôi ở xã Hòa Liên cũ giờ thuộc phường nào")

    assert {choice.label for choice in told.choices} == {"phường Liên Chiểu", "phường Hải Vân"}
    assert told.office is None


def test_a_button_asks_the_same_matter_of_the_chosen_unit() -> None:
    told = answer("toi o hoa lien cu thi nop ho so dang ky tam tru o dau")
    chosen = next(choice for choice in told.choices if choice.label == "phường Liên Chiểu")

    after = answer(chosen.question)

    assert after.procedure is not None and after.procedure.id == "dang-ky-tam-tru"
    assert after.office is not None and after.office.name == "Công an phường Liên Chiểu"
    assert after.office.address == "66 đường Lạc Long Quân, phường Liên Chiểu"


def test_many_places_of_one_name_are_asked_about() -> None:
    told = answer("xã Tân Phú nay là xã nào")

    assert told.status is AnswerStatus.CLARIFY_CASE
    assert "huyện, tỉnh cũ" in told.text


def test_an_office_elsewhere_is_that_places_own() -> None:
    told = answer("công an xã Hòa Phong cũ ở đâu")

    assert told.office is not None and told.office.name == "Công an xã Hòa Vang"
    assert "chưa cập nhật" in told.text


def test_the_scanned_commune_by_its_own_name_changes_nothing() -> None:
    told = answer("công an xã Hòa Tiến ở đâu")

    assert "nay thuộc" not in told.text
    assert told.office is not None and told.office.name == "Công an xã Hòa Tiến"


def test_the_askers_province_decides_between_places_of_one_name() -> None:
    mention = mention_of("xã Hòa Phong cũ", "da-nang", marked=True)

    assert mention is not None and isinstance(mention.place, Found)
    assert mention.place.unit.full_name == "xã Hòa Vang"
