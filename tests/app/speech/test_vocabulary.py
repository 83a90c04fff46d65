"""The terms that engines are told to expect come from the names of records."""

from __future__ import annotations

from app.speech.vocabulary import prompt_of

BEES = (("Đăng ký nuôi ong mật",), ("Trại nuôi ong mật",), ("Giấy nuôi ong mật", "nuôi ong mật"))


def test_the_commonest_terms_come_first_and_none_twice() -> None:
    boats = (("Đăng ký ghe", "đăng ký ghe chèo"), ("Đăng ký tàu cá",), ("Đăng ký xe máy",))

    assert prompt_of(BEES + boats) == "đăng ký, nuôi ong mật"


def test_no_term_begins_or_ends_with_a_joining_word() -> None:
    names = tuple((f"cấp sổ cho {kind}",) for kind in ("con", "mẹ", "cha", "dâu"))

    assert prompt_of(names) == "cấp sổ"


def test_what_few_records_name_is_no_term() -> None:
    assert prompt_of((("Nuôi ong mật",), ("Đăng kiểm ghe",))) == ""


def test_a_longer_term_stands_for_the_shorter_one_within_it() -> None:
    names = tuple((f"thẻ bảo hiểm y tế {kind}",) for kind in ("trẻ em", "người già", "hộ nghèo"))

    assert prompt_of(names) == "thẻ bảo hiểm y tế"


def test_there_are_only_so_many_terms() -> None:
    assert prompt_of(BEES, 1) == "nuôi ong mật"
