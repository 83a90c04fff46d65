"""Dialect, short forms and old names, beside the same words in their ordinary sense."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.answering import lexicon as module
from app.answering.lexicon import Lexicon, whole_words
from knowledge_base.syllables import fold

LEXICON = Lexicon.packaged()


def rewritten(text: str) -> tuple[str, str]:
    """The words as rewritten with marks, and without."""
    marked, _ = LEXICON.rewrite(text, marked=True)
    unmarked, _ = LEXICON.rewrite(fold(text), marked=False)
    return marked, unmarked


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("làm chi rứa", "làm gì vậy"),
        ("cần giấy tờ chi", "cần giấy tờ gì"),
        ("mang theo chi", "mang theo gì"),
        ("sổ đỏ mất làm răng", "sổ đỏ mất làm sao"),
        ("răng mà lâu rứa", "sao mà lâu vậy"),
        ("nộp ở mô", "nộp ở đâu"),
        ("cấp ở chỗ mô", "cấp ở chỗ nào"),
        ("khi mô có", "khi nào có"),
        ("giấy ni mần răng", "giấy này làm sao"),
        ("ba mạ tôi", "cha mẹ tôi"),
        ("bhyt hgd", "bảo hiểm y tế hộ gia đình"),
        ("CCCD", "căn cước"),
        ("ubnd xã", "ủy ban nhân dân xã"),
        ("gcn qsdđ", "giấy chứng nhận quyền sử dụng đất"),
        ("có mất tiền ko", "có mất tiền không"),
        ("nộp on line đc k", "nộp online được không"),
        ("lệ phí bn", "lệ phí bao nhiêu"),
    ],
)
def test_dialect_and_short_forms_become_the_words_of_records(said: str, meant: str) -> None:
    assert rewritten(said) == (meant, fold(meant))


@pytest.mark.parametrize(
    "text",
    [
        "chi phí mai táng",
        "chi nhánh đất đai",
        "chi trả trợ cấp",
        "chi tiết hồ sơ",
        "thu chi của xã",
        "địa chỉ thường trú",
        "anh chị ruột",
        "chứng chỉ nghề",
        "tiêu chí hộ nghèo",
        "răng hàm mặt",
        "nhổ răng",
        "mô hình kinh tế",
        "quy mô đàn ong",
        "trẻ mồ côi",
        "thăm mộ liệt sĩ",
        "mở cửa mấy giờ",
        "mở tài khoản",
        "bữa ăn học đường",
        "nghỉ hè",
    ],
)
def test_the_same_letters_keep_their_ordinary_sense(text: str) -> None:
    assert rewritten(text) == (text, fold(text))


@pytest.mark.parametrize(
    ("said", "added"),
    [
        ("mất sổ đỏ", "giấy chứng nhận quyền sử dụng đất"),
        ("nhập khẩu cho vợ", "đăng ký thường trú"),
        ("làm KT3", "đăng ký tạm trú"),
        ("xin tiền già", "trợ cấp hưu trí xã hội"),
        ("ba tôi qua đời", "đăng ký khai tử"),
        ("vợ mới sinh", "đăng ký khai sinh"),
        ("giấy độc thân", "xác nhận tình trạng hôn nhân"),
    ],
)
def test_old_names_are_searched_for_by_the_name_of_today_too(said: str, added: str) -> None:
    words, beside = LEXICON.rewrite(said, marked=True)
    plain, plain_beside = LEXICON.rewrite(fold(said), marked=False)

    assert (words, plain) == (said.lower(), fold(said))
    assert added in beside
    assert fold(added) in plain_beside


@pytest.mark.parametrize(
    "text", ["nhập khẩu hàng hóa", "mẹ mất sổ hộ khẩu", "tôi chưa cưới vợ", "đuối nước"]
)
def test_an_old_name_in_another_sense_adds_nothing_of_its_own(text: str) -> None:
    _, beside = LEXICON.rewrite(text, marked=True)

    assert not {"đăng ký thường trú", "đăng ký khai tử", "đăng ký kết hôn"} & {beside}


def test_what_is_already_said_is_not_added() -> None:
    _, beside = LEXICON.rewrite("qua đời thì đăng ký khai tử", marked=True)

    assert beside == ""


@pytest.mark.parametrize(
    "text", ["thời tiết mai thế nào", "gia vang hom nay", "Kể chuyện cười đi", "chơi game gì hay"]
)
def test_what_no_counter_handles_is_off_topic(text: str) -> None:
    assert LEXICON.is_off_topic(text)


@pytest.mark.parametrize("text", ["đăng ký tạm trú", "giá đất", "mua vàng mã", "thời hạn tạm trú"])
def test_what_a_counter_handles_is_on_topic(text: str) -> None:
    assert not LEXICON.is_off_topic(text)


def entries() -> list[dict[str, Any]]:
    data = YAML(typ="safe").load(module._FILE.read_text(encoding="utf-8"))
    return [entry for group in ("dialect", "short", "old") for entry in data[group]]


def test_every_entry_gives_a_reason_and_one_meaning_and_no_unknown_key() -> None:
    known = {"words", "means", "adds", "unmarked", "not_before", "not_after", "reason"}
    for entry in entries():
        assert set(entry) <= known, entry
        assert entry["reason"]
        assert ("means" in entry) != ("adds" in entry), entry
        assert isinstance(entry["unmarked"], bool)
        assert all(word == word.lower() for word in entry["words"]), entry


def test_every_word_is_rewritten_where_it_stands_alone() -> None:
    for entry in entries():
        for word in entry["words"]:
            words, beside = LEXICON.rewrite(word, marked=True)
            adds = entry.get("adds", "")
            assert words != word or beside or adds in word, f"“{word}” changes nothing"


def test_whole_words_match_the_longest_phrase_and_never_a_part_of_a_word() -> None:
    pattern = re.compile(whole_words(["sổ", "sổ đỏ"]))

    assert pattern.findall("sổ đỏ, sổ; sổđỏ") == ["sổ đỏ", "sổ"]
