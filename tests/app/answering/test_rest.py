"""What a message asks beside what its answer tells."""

from __future__ import annotations

import pytest

from app.answering.rest import left_open, questions_of
from knowledge_base.record import Facet

WHERE_AND_PAPERS = frozenset({Facet.DOSSIER, Facet.WHERE})


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("Đăng ký tạm trú cần giấy tờ gì?", ["Đăng ký tạm trú cần giấy tờ gì"]),
        (
            "Ông nội tui mất hôm qua, giờ khai tử thế nào, có tiền mai táng không?",
            ["Ông nội tui mất hôm qua, giờ khai tử thế nào", "có tiền mai táng không"],
        ),
        (
            "ong nha toi mat hom qua o nha, gio khai tu the nao, co tien mai tang khong",
            ["ong nha toi mat hom qua o nha, gio khai tu the nao", "co tien mai tang khong"],
        ),
        (
            "mang theo gì ạ, bn tiền, thứ 7 có làm k",
            ["mang theo gì ạ", "bn tiền", "thứ 7 có làm k"],
        ),
        (
            "Mẹ tui chưa lãnh trợ cấp gì, giờ làm răng",
            ["Mẹ tui chưa lãnh trợ cấp gì, giờ làm răng"],
        ),
        ("Vậy nộp ở xã, đúng không?", ["Vậy nộp ở xã, đúng không"]),
        ("Khai sinh cho con ở đâu, đúng không?", ["Khai sinh cho con ở đâu"]),
        ("Tôi muốn làm khai sinh", []),
        ("", []),
    ],
)
def test_questions_are_told_by_how_they_end(text: str, questions: list[str]) -> None:
    assert list(questions_of(text)) == questions


def test_what_the_answer_tells_is_not_open() -> None:
    text = "Khai tử cần giấy tờ gì, nộp ở đâu, có tiền mai táng không?"

    assert left_open(text, WHERE_AND_PAPERS, "") == ("có tiền mai táng không",)


def test_teencode_is_read_too() -> None:
    assert left_open("sao y mang theo gi, bn tien", (Facet.FEE,), "") == ("sao y mang theo gi",)


def test_where_no_facet_tells_the_one_that_shares_words_with_the_answer_is_answered() -> None:
    text = "Có ai tới nhà làm căn cước cho bà không, hồ sơ hộ nghèo xét lại ra sao?"

    assert left_open(text, (), "Xét hộ nghèo: hồ sơ xét lại hằng năm.") == (
        "Có ai tới nhà làm căn cước cho bà không",
    )


def test_one_question_leaves_nothing_open() -> None:
    assert left_open("Khai tử cần giấy tờ gì?", (), "Lệ phí: không.") == ()


def test_at_most_two_are_left_open() -> None:
    text = ", ".join(
        f"việc thứ {number} có được làm không" for number in ("một", "hai", "ba", "tư")
    )

    assert len(left_open(text, (), "")) == 2
