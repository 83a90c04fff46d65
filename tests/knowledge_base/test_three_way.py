"""Two changes of one text are joined field by field."""

from __future__ import annotations

from copy import deepcopy

from knowledge_base.three_way import Side, join
from tests.knowledge_base.records import Data, procedure


def sides() -> tuple[Data, Data, Data]:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    theirs["title"] = "Đăng ký tạm trú (mới)"
    theirs["fees"][0]["amount"] = 20000
    theirs["sources"]["moi"] = {**theirs["sources"]["phi"], "title": "Thông tư mới"}
    theirs["checked_on"] = "2026-12-02"
    mine["fees"][0]["amount"] = 18000
    mine["where"][0]["text"] = "Công an xã, tầng 2"
    mine["sources"]["rieng"] = {**mine["sources"]["phi"], "title": "Công văn riêng"}
    mine["checked_on"] = "2026-12-01"
    return base, theirs, mine


def test_what_one_side_changed_is_taken_and_of_what_both_did_mine() -> None:
    joined = join(*sides())

    assert joined.data["title"] == "Đăng ký tạm trú (mới)"
    assert joined.data["where"][0]["text"] == "Công an xã, tầng 2"
    assert joined.data["fees"][0]["amount"] == 18000
    assert [(one.field, one.contested, one.taken) for one in joined.choices] == [
        ("fees", True, Side.MINE),
        ("title", False, Side.THEIRS),
        ("where", False, Side.MINE),
    ]


def test_a_choice_decides() -> None:
    taken = {"fees": Side.THEIRS, "title": Side.MINE}

    joined = join(*sides(), taken)

    assert joined.data["fees"][0]["amount"] == 20000
    assert joined.data["title"] == "Đăng ký tạm trú"


def test_sources_of_both_are_kept_and_the_later_day_holds() -> None:
    joined = join(*sides())

    assert set(joined.data["sources"]) == {"luat", "phi", "moi", "rieng"}
    assert joined.data["checked_on"] == "2026-12-02"


def test_a_source_that_one_side_corrected_is_corrected() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    mine["sources"]["phi"]["title"] = "Thông tư 75, bản đã sửa"

    assert join(base, theirs, mine).data["sources"]["phi"]["title"] == "Thông tư 75, bản đã sửa"


def test_both_saying_the_same_leaves_nothing_to_decide() -> None:
    base = procedure()
    both = {**deepcopy(base), "title": "Tên mới"}

    joined = join(base, both, deepcopy(both))

    assert joined.choices == ()
    assert joined.data == both


def test_a_field_that_one_side_removed_is_gone() -> None:
    base = procedure()
    theirs = {name: value for name, value in deepcopy(base).items() if name != "time_limits"}

    joined = join(base, theirs, deepcopy(base))

    assert "time_limits" not in joined.data


def test_a_field_said_to_be_nothing_stays_said_so() -> None:
    base = procedure()
    mine = {**deepcopy(base), "fees": None}

    joined = join(base, deepcopy(base), mine)

    assert joined.data["fees"] is None
