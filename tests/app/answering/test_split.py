"""Where a message may be cut in two."""

from __future__ import annotations

import pytest

from app.answering.split import Joint, cuts


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
    ("joint", "kind"),
    [
        pytest.param(" và ", Joint.NAMES, id="and"),
        pytest.param(" với ", Joint.NAMES, id="with"),
        pytest.param(" vs ", Joint.NAMES, id="with, in teencode"),
        pytest.param(" còn ", Joint.OTHER, id="what about"),
        pytest.param(" mà ", Joint.OTHER, id="but"),
        pytest.param(", ", Joint.COMMA, id="comma"),
        pytest.param("? ", Joint.STOP, id="question mark"),
        pytest.param(" + ", Joint.STOP, id="plus"),
        pytest.param("\n- ", Joint.STOP, id="list"),
    ],
)
def test_a_cut_says_what_joins_its_halves(joint: str, kind: Joint) -> None:
    cut = cuts(f"sao y giấy tờ{joint}chứng thực chữ ký bao nhiêu tiền")[0]

    assert cut.joint is kind
    assert cut.first == "sao y giấy tờ"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Làm thẻ căn cước mất bao lâu", id="no joint"),
        pytest.param("Dạ, làm thẻ căn cước bao lâu", id="a half of one syllable"),
        pytest.param("vợ vàng vội vã", id="joints inside words"),
        pytest.param(", ".join(["nhà tôi ở"] * 10), id="a long story"),
        pytest.param("nộp lúc 7:30 được không hay 20.000 đồng một bản", id="inside numbers"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_message_that_is_one_question_is_not_cut(text: str) -> None:
    assert cuts(text) == ()
