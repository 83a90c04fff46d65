"""Where a message may be cut in two."""

from __future__ import annotations

import pytest

from app.answering.split import cuts


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        pytest.param(
            "Khai sinh cần giấy gì? Thẻ bảo hiểm nộp ở đâu?",
            "Khai sinh cần giấy gì",
            "Thẻ bảo hiểm nộp ở đâu?",
            id="two sentences",
        ),
        pytest.param(
            "báo tử ở đâu với xin tiền mai táng chỗ nào",
            "báo tử ở đâu",
            "xin tiền mai táng chỗ nào",
            id="with",
        ),
        pytest.param(
            "tam tru bao nhieu, con tach ho may ngay",
            "tam tru bao nhieu",
            "con tach ho may ngay",
            id="without marks",
        ),
    ],
)
def test_a_message_is_cut_at_its_joints(text: str, first: str, second: str) -> None:
    assert (first, second) in [(cut.first, cut.second) for cut in cuts(text)]


@pytest.mark.parametrize(
    ("joint", "names"),
    [
        pytest.param("và", True, id="and"),
        pytest.param("với", True, id="with"),
        pytest.param("còn", False, id="what about"),
        pytest.param("rồi", False, id="then"),
    ],
)
def test_only_some_joints_join_two_names(joint: str, names: bool) -> None:
    (cut,) = cuts(f"sao y giấy tờ {joint} chứng thực chữ ký bao nhiêu tiền")

    assert cut.names is names


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Làm thẻ căn cước mất bao lâu", id="no joint"),
        pytest.param("Dạ, làm thẻ căn cước bao lâu", id="a half of one syllable"),
        pytest.param("vợ vàng vội vã", id="joints inside words"),
        pytest.param(", ".join(["nhà tôi ở"] * 9), id="a long story"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_message_that_is_one_question_is_not_cut(text: str) -> None:
    assert cuts(text) == ()
