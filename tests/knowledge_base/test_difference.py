"""Differences of records are told field by field, in the words of officers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from enum import StrEnum
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from knowledge_base.commune import Commune
from knowledge_base.difference import (
    NO_AMOUNT,
    differences,
    in_words,
    kind_of,
    marked,
    path_label,
)
from knowledge_base.guide import Guide
from knowledge_base.labels import LABELS, VALUE_NAMES, scope_name
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind
from tests.knowledge_base.records import Data, commune, guide, procedure
from tests.service import release


def told(before: Data | None, after: Data | None) -> list[tuple[str, str | None, str | None]]:
    return [(one.label, one.before, one.after) for one in differences(before, after)]


def changed(make: Callable[[], Data], change: Callable[[Data], object]) -> tuple[Data, Data]:
    before = make()
    after = deepcopy(before)
    change(after)
    return before, after


def _models(model: type[BaseModel]) -> Iterator[tuple[type[BaseModel], str, Any]]:
    for name, info in model.model_fields.items():
        yield model, name, info.annotation
        stack = [info.annotation]
        while stack:
            one = stack.pop()
            stack += get_args(one)
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from _models(one)


FIELDS = {
    (model, name): annotation
    for root in (Procedure, Guide, Commune)
    for model, name, annotation in _models(root)
}


def test_every_field_of_every_record_has_its_words_and_no_words_are_of_no_field() -> None:
    assert {(model, name) for model, name in FIELDS} == {
        (model, name)
        for model, names in LABELS.items()
        for name in names
        if model in {model for model, _ in FIELDS}
    }
    assert all(label.strip() for names in LABELS.values() for label in names.values())


def test_every_value_of_every_list_of_ours_has_its_words() -> None:
    used: set[type[StrEnum]] = set()
    stack = list(FIELDS.values())
    while stack:
        one = stack.pop()
        stack += get_args(one)
        if isinstance(one, type) and issubclass(one, StrEnum):
            used.add(one)

    assert used == set(VALUE_NAMES)
    assert all(set(names) == set(enum) for enum, names in VALUE_NAMES.items())


def test_a_row_put_in_between_is_one_addition() -> None:
    def put(data: Data) -> None:
        data["fees"].insert(1, {"amount": 0, "channel": "vneid", "source": "phi"})
        data["dossier"].insert(0, {"item": "Ảnh chân dung", "copies": 2, "source": "luat"})
        data["questions"].insert(2, {"text": "tạm trú ra răng hè", "section": "summary"})

    found = told(*changed(procedure, put))

    assert found == [
        (
            "Thành phần hồ sơ",
            None,
            "Ảnh chân dung: 2 bản sao.\nNguồn: Luật Cư trú",
        ),
        (
            "Lệ phí",
            None,
            "Nộp trên VNeID: không mất tiền.\nNguồn: Thông tư 75/2022/TT-BTC",
        ),
        ("Câu hỏi mẫu", None, "tạm trú ra răng hè\nMục trả lời: Việc này là gì"),
    ]


def test_figures_are_said_as_officers_say_them() -> None:
    def change(data: Data) -> None:
        data["fees"][1]["amount"] = 8500
        data["time_limits"][0]["amount"] = 7

    assert told(*changed(procedure, change)) == [
        ("Thời hạn giải quyết › dòng 1 › Thời gian", "3 ngày làm việc", "7 ngày làm việc"),
        ("Lệ phí › Nộp qua mạng › Số tiền", "7.000 đồng", "8.500 đồng"),
    ]


def test_a_time_limit_may_change_its_unit_or_become_at_once() -> None:
    def change(data: Data) -> None:
        data["time_limits"][0] = {"unit": "at_once", "source": "luat"}

    assert told(*changed(procedure, change)) == [
        ("Thời hạn giải quyết › dòng 1 › Thời gian", "3 ngày làm việc", "giải quyết ngay")
    ]


def test_free_is_not_the_same_as_unknown() -> None:
    def free(data: Data) -> None:
        data["fees"][0]["amount"] = 0

    def unknown(data: Data) -> None:
        data["fees"][0] |= {"amount": None, "note": "hỏi tại quầy"}

    before, to_free = changed(procedure, free)
    _, to_unknown = changed(procedure, unknown)

    assert told(before, to_free)[0][2] == "không mất tiền (0 đồng)"
    assert told(before, to_unknown)[0][1:] == ("15.000 đồng", NO_AMOUNT)
    assert told(to_free, to_unknown)[0][1:] == ("không mất tiền (0 đồng)", NO_AMOUNT)


def test_nothing_said_of_fees_is_not_a_fee() -> None:
    before, after = procedure(), procedure(fees=None)

    assert [(label, after) for label, _, after in told(before, after)] == [
        ("Lệ phí", None),
        ("Lệ phí", None),
    ]
    assert told(after, {**after, "fees": []}) == []


def test_a_case_is_known_by_its_id_and_a_question_by_its_words() -> None:
    def change(data: Data) -> None:
        data["cases"].reverse()
        data["cases"][1]["title"] = "Thuê nhà"
        data["questions"][0]["section"] = "steps"
        data["questions"].reverse()

    assert told(*changed(procedure, change)) == [
        ("Trường hợp › Thuê nhà › Tên trường hợp", "Ở nhà thuê", "Thuê nhà"),
        (
            "Trường hợp › Thứ tự",
            "1. Ở nhà thuê\n2. Ở nhà của mình",
            "1. Ở nhà của mình\n2. Thuê nhà",
        ),
        ("Câu hỏi mẫu › tạm trú cần giấy tờ gì › Mục trả lời", "Cần mang gì", "Các bước"),
    ]


def test_a_section_of_a_guide_is_known_by_its_id() -> None:
    def change(data: Data) -> None:
        data["sections"][0]["heading"] = "Đóng bao nhiêu"
        data["sections"][0]["entries"][0]["text"] = "Người thứ hai đóng bằng 60%."

    assert told(*changed(guide, change)) == [
        ("Các mục › Đóng bao nhiêu › Tiêu đề", "Mỗi người đóng bao nhiêu", "Đóng bao nhiêu"),
        (
            "Các mục › Đóng bao nhiêu › Các dòng › Người thứ hai",
            "Người thứ hai đóng bằng 70%.",
            "Người thứ hai đóng bằng 60%.",
        ),
    ]


def test_a_sentence_with_other_words_is_a_change_another_sentence_is_not() -> None:
    steps = [
        {"text": "Khai trên cổng hoặc đến công an xã.", "source": "luat"},
        {"text": "Nộp lệ phí.", "source": "luat"},
    ]
    before = procedure(steps=steps)
    reworded = procedure(
        steps=[{"text": "Khai trên VNeID hoặc đến công an xã.", "source": "luat"}, steps[1]]
    )
    replaced = procedure(steps=[{"text": "Gọi số 1022 để được hẹn.", "source": "luat"}, steps[1]])

    assert [one[0] for one in told(before, reworded)] == ["Các bước › dòng 1"]
    assert [(old is None, new is None) for _, old, new in told(before, replaced)] == [
        (True, False),
        (False, True),
    ]


def test_hours_are_said_as_on_the_door() -> None:
    def change(data: Data) -> None:
        data["counters"][0]["opening_hours"]["shifts"][0]["closes"] = "12:00"

    assert told(*changed(commune, change)) == [
        (
            "Quầy tiếp nhận › Trung tâm Phục vụ hành chính công › Giờ làm việc › Ca làm việc",
            "thứ Hai – thứ Sáu: 7:30–11:30\nthứ Hai: 13:30–17:00",
            "thứ Hai – thứ Sáu: 7:30–12:00\nthứ Hai: 13:30–17:00",
        )
    ]


def test_what_is_said_of_sources_comes_last() -> None:
    def change(data: Data) -> None:
        data["checked_on"] = "2026-12-01"
        data["sources"]["luat"]["title"] = "Luật Cư trú hợp nhất"
        data["fees"][0]["source"] = ["phi", "luat"]
        data["title"] = "Đăng ký tạm trú tại xã"

    found = differences(*changed(procedure, change))

    assert [one.provenance for one in found] == [False, True, True, True]
    assert found[0].label == "Tên"
    assert ("Nguồn › “luat” › Tên nguồn", "Luật Cư trú", "Luật Cư trú hợp nhất") in [
        (one.label, one.before, one.after) for one in found
    ]


def test_a_new_record_is_all_additions_and_a_withdrawn_one_all_gone() -> None:
    added, gone = differences(None, guide()), differences(guide(), None)

    assert added
    assert all(one.before is None for one in added)
    assert [(one.label, one.after) for one in added] == [(one.label, one.before) for one in gone]


@pytest.mark.parametrize(
    "data",
    [
        {"fees": "hai mươi nghìn"},
        {"fees": ["hai mươi nghìn"]},
        {"time_limits": [{"amount": "ba", "unit": "tuần"}]},
        {"summary": "Báo nơi đang ở."},
        {"khoa-la": {"a": 1}},
        {"sources": []},
        {"cases": {"id": "a"}},
        {"dossier": [{"item": "TODO", "copies": "hai"}]},
    ],
)
def test_a_draft_that_is_no_record_yet_is_told_too(data: Data) -> None:
    found = differences(procedure(), procedure(**data))

    assert found
    assert in_words(procedure(**data))


def test_the_release_differs_from_nothing_of_itself() -> None:
    for body in release().bodies:
        assert differences(body.data, deepcopy(dict(body.data))) == ()
        assert kind_of(body.data) is body.kind or body.scope != "national"


def test_any_deletion_from_any_record_of_the_release_is_told() -> None:
    chance = random.Random(6)
    for body in release().bodies:
        told_of = [key for key, value in body.data.items() if value and value != "national"]
        name = chance.choice(told_of)
        rest = {key: value for key, value in body.data.items() if key != name}

        found = differences(body.data, rest, kind=body.kind)

        assert {one.path.split(".")[0] for one in found} == {name}
        assert all(one.before for one in found)


def test_words_that_differ_are_marked() -> None:
    old, new = marked("Nộp tại công an xã nơi ở.", "Nộp tại công an phường nơi ở.")

    assert "".join(piece.text for piece in old) == "Nộp tại công an xã nơi ở."
    assert [piece.text.strip() for piece in old if piece.changed] == ["xã"]
    assert [piece.text.strip() for piece in new if piece.changed] == ["phường"]


def test_texts_with_nothing_in_common_are_not_marked_word_by_word() -> None:
    old, new = marked("Nộp tại công an.", "Gọi số 1022 trước khi đến quầy một cửa.")

    assert [(piece.changed, piece.text) for piece in (*old, *new)] == [
        (True, "Nộp tại công an."),
        (True, "Gọi số 1022 trước khi đến quầy một cửa."),
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("fees.1.amount", "Lệ phí › Nộp qua mạng › Số tiền"),
        ("cases.0.dossier.0.copies", None),
        ("sources.luat.seen_on", "Nguồn › “luat” › Ngày xem"),
        ("questions.9.section", "Câu hỏi mẫu › dòng 10 › Mục trả lời"),
        ("", ""),
        ("khoa-la", "khoa-la"),
    ],
)
def test_a_place_has_its_words(path: str, words: str | None) -> None:
    said = path_label(path, procedure(), RecordKind.PROCEDURE)

    assert said == (
        words
        if words is not None
        else "Trường hợp › Ở nhà thuê › Thành phần hồ sơ › Hợp đồng thuê nhà › Số bản sao"
    )


def test_scopes_have_their_names() -> None:
    assert scope_name("national") == "Cả nước"
    assert scope_name("province:da-nang") == "thành phố Đà Nẵng"
    assert scope_name("commune:hoa-tien") == "xã Hòa Tiến"
    assert scope_name("commune:khong-co") == "commune:khong-co"
