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
    known = {"words", "means", "adds", "unmarked", "reason", "source", "examples", "not"}
    known |= {"not_before", "not_after", "before", "after"}
    for entry in entries():
        assert set(entry) <= known, entry
        assert entry["reason"]
        assert ("means" in entry) != ("adds" in entry), entry
        assert isinstance(entry["unmarked"], bool)
        assert all(word == word.lower() for word in entry["words"]), entry


FORMS = [
    pytest.param(entry, folded, id=f"{entry['words'][0]} {'plain' if folded else 'marked'}")
    for entry in entries()
    for folded in ((False, True) if entry["unmarked"] else (False,))
]


@pytest.mark.parametrize(("entry", "folded"), FORMS)
def test_an_entry_fires_in_its_examples_and_not_in_its_counter_examples(
    entry: dict[str, Any], folded: bool
) -> None:
    rule = module._rule(entry, folded=folded)

    def fires(text: str) -> bool:
        text = fold(text) if folded else text
        return rule.fires(text, frozenset(re.findall(r"\w+", text)))

    assert entry["examples"] and entry["not"]
    assert [text for text in entry["examples"] if not fires(text)] == []
    assert [text for text in entry["not"] if fires(text)] == []


def test_a_source_is_a_legal_text() -> None:
    texts = ("Luật", "Bộ luật", "Pháp lệnh", "Nghị định", "Thông tư", "Nghị quyết")
    sources = [entry["source"] for entry in entries() if "source" in entry]

    assert sources
    assert all(source.startswith(texts) for source in sources)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("h mún nhập khẩu cho vk thì cần j", "giờ muốn nhập khẩu cho vợ thì cần gì"),
        ("e mất cccd r, h phải làm sao z", "em mất căn cước rồi, giờ phải làm sao vậy"),
        ("trước mấy h thì nộp đc", "trước mấy giờ thì nộp được"),
        ("nhà ck có 4 ng", "nhà chồng có 4 người"),
        ("ký không đặng thì mần răng", "ký không được thì làm sao"),
        ("xin giấy đặng đi vay", "xin giấy để đi vay"),
        ("bữa ni xã có mần việc không", "hôm nay xã có làm việc không"),
        ("biểu thằng bạn ra xã", "bảo thằng bạn ra xã"),
        ("cài vê nờ eid", "cài vneid"),
        ("ra xã chứng thật chữ kí", "ra xã chứng thực chữ ký"),
        ("đủ đk chưa, đk tạm trú ở đâu", "đủ điều kiện chưa, đăng ký tạm trú ở đâu"),
        ("bhyt hs lớp 3 nộp hs ở đâu", "bảo hiểm y tế học sinh lớp 3 nộp hồ sơ ở đâu"),
    ],
)
def test_hasty_and_local_questions_are_read(said: str, meant: str) -> None:
    assert LEXICON.rewrite(said, marked=True)[0] == meant


@pytest.mark.parametrize(
    "text",
    [
        "lô k khu e",
        "vitamin e",
        "50 k một bản",
        "nhóm máu o",
        "chương v",
        "đại biểu hội đồng",
        "biểu lệ phí",
        "vô gia cư",
        "ông đặng văn a",
        "ảnh thẻ",
        "giấy chứng minh thu nhập",
        "vỉa hè",
        "cho rằng",
        "minh mẫn",
        "hư hỏng",
        "gửi tới chủ tịch",
    ],
)
def test_letters_and_words_in_their_ordinary_sense_stay(text: str) -> None:
    assert rewritten(text) == (text, fold(text))


def test_whole_words_match_the_longest_phrase_and_never_a_part_of_a_word() -> None:
    pattern = re.compile(whole_words(["sổ", "sổ đỏ"]))

    assert pattern.findall("sổ đỏ, sổ; sổđỏ") == ["sổ đỏ", "sổ"]
