"""Two changes of one text are joined field by field, and lists row by row."""

from __future__ import annotations

from copy import deepcopy

import pytest

from knowledge_base.three_way import Joined, Side, join
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
    assert [(one.field.split(".")[0], one.contested, one.taken) for one in joined.choices] == [
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


def rows(joined: Joined, field: str = "fees") -> dict[str, tuple[bool, Side]]:
    """Whose words are taken of each row that is to be chosen, and whether both changed it."""
    return {
        one.label: (one.contested, one.taken)
        for one in joined.choices
        if one.field.startswith(f"{field}.")
    }


def test_two_rows_of_one_list_that_each_side_changed_are_both_kept() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    theirs["fees"][0]["amount"] = 20000
    mine["fees"][1]["amount"] = 9000

    joined = join(base, theirs, mine)

    assert [one["amount"] for one in joined.data["fees"]] == [20000, 9000]
    assert rows(joined) == {
        "Lệ phí › Nộp trực tiếp": (False, Side.THEIRS),
        "Lệ phí › Nộp qua mạng": (False, Side.MINE),
    }


def test_of_a_row_that_both_changed_one_is_chosen_and_the_others_stay() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    for side, amounts in ((theirs, (20000, 8000)), (mine, (18000, 9000))):
        for fee, amount in zip(side["fees"], amounts, strict=True):
            fee["amount"] = amount
    first, second = (one.field for one in join(base, theirs, mine).choices)

    joined = join(base, theirs, mine, {first: Side.THEIRS, second: Side.MINE})

    assert [one["amount"] for one in joined.data["fees"]] == [20000, 9000]
    (online,) = (one for one in joined.choices if one.field == second)
    assert online.contested
    said = ("7.000 đồng", "8.000 đồng", "9.000 đồng")
    for lines, wanted in zip((online.base, online.theirs, online.mine), said, strict=True):
        assert len(lines) == 1 and wanted in lines[0]


def test_a_whole_list_may_be_taken_from_one_side() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    theirs["fees"] = theirs["fees"][:1]
    theirs["fees"][0]["amount"] = 20000
    mine["fees"][1]["amount"] = 9000

    assert join(base, theirs, mine, {"fees": Side.THEIRS}).data["fees"] == theirs["fees"]
    assert join(base, theirs, mine, {"fees": Side.MINE}).data["fees"] == mine["fees"]


def test_a_row_that_one_removed_and_the_other_changed_is_asked_about() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    del theirs["fees"][1]
    theirs["fees"][0]["amount"] = 20000
    mine["fees"][1]["amount"] = 9000

    joined = join(base, theirs, mine)

    assert [one["amount"] for one in joined.data["fees"]] == [20000, 9000]
    assert rows(joined)["Lệ phí › Nộp qua mạng"] == (True, Side.MINE)
    (online,) = (one for one in joined.choices if one.contested)
    assert (online.theirs, len(online.mine)) == ((), 1)
    gone = join(base, theirs, mine, {online.field: Side.THEIRS})
    assert [one["amount"] for one in gone.data["fees"]] == [20000]


def test_rows_that_both_added_stand_where_each_put_them_and_the_same_one_stands_once() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    paper = dict(base["dossier"][0])
    theirs["dossier"].insert(1, {**paper, "item": "Giấy của họ"})
    theirs["dossier"].append({**paper, "item": "Giấy chung"})
    mine["dossier"].append({**paper, "item": "Giấy chung"})
    mine["dossier"].append({**paper, "item": "Giấy của mình, không ai khác có"})

    items = [one["item"] for one in join(base, theirs, mine).data["dossier"]]

    old = [one["item"] for one in base["dossier"]]
    assert items == [
        old[0], "Giấy của họ", *old[1:], "Giấy chung", "Giấy của mình, không ai khác có"
    ]  # fmt: skip


def test_who_alone_put_the_rows_into_another_order_is_followed() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    theirs["fees"].reverse()
    mine["fees"][1]["amount"] = 9000

    joined = join(base, theirs, mine)

    assert [one["amount"] for one in joined.data["fees"]] == [
        9000, base["fees"][0]["amount"]
    ]  # fmt: skip


def test_a_choice_names_its_row_whatever_else_is_changed() -> None:
    base = procedure()
    theirs, mine = deepcopy(base), deepcopy(base)
    theirs["fees"][1]["amount"], mine["fees"][1]["amount"] = 8000, 9000
    (before,) = (one.field for one in join(base, theirs, mine).choices)
    theirs["fees"][0]["amount"] = 1

    assert before in {one.field for one in join(base, theirs, mine).choices}


def test_words_of_a_list_are_joined_one_by_one() -> None:
    base = {**procedure(), "aliases": ["tạm trú", "KT3"]}
    theirs = {**base, "aliases": ["tạm trú", "KT3", "sổ tạm trú"]}
    mine = {**base, "aliases": ["tạm trú", "khai báo tạm trú"]}

    joined = join(base, theirs, mine)

    assert joined.data["aliases"] == ["tạm trú", "sổ tạm trú", "khai báo tạm trú"]


@pytest.mark.parametrize("theirs", [None, []])
def test_a_list_said_to_be_nothing_is_decided_as_a_whole(theirs: list[Data] | None) -> None:
    base = procedure()
    mine = deepcopy(base)
    mine["fees"][0]["amount"] = 1

    joined = join(base, {**deepcopy(base), "fees": theirs}, mine)

    fields = {one.field.partition(".")[0] for one in joined.choices}
    assert fields == {"fees"}
    assert joined.data["fees"][0]["amount"] == 1
