"""What was typed is mended where it is broken, and only there."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Iterator

import pytest

from app.answering.clean import clean
from knowledge_base.catalogue import read_content
from knowledge_base.spelling import ordinary

SENTENCES = (
    "Đăng ký tạm trú cho con ở đâu?",
    "Thẻ bảo hiểm y tế hết hạn thì đổi ở chỗ nào ạ",
    "sổ đỏ bị mất, ba tôi muốn làm lại",
    "Người cao tuổi được hưởng trợ cấp những gì, ở xã Hòa Tiến",
    "cửa, lãi, tỉnh, lịch, nghĩa, quỹ, dễ, kỵ, thủy lợi, ủy quyền",
)
# Letters of VNI-Windows in the order: bare, sắc, huyền, hỏi, ngã, nặng.
VNI = {
    "a": "a aù aø aû aõ aï",
    "â": "aâ aá aà aå aã aä",
    "ă": "aê aé aè aú aü aë",
    "e": "e eù eø eû eõ eï",
    "ê": "eâ eá eà eå eã eä",
    "o": "o où oø oû oõ oï",
    "ô": "oâ oá oà oå oã oä",
    "ơ": "ô ôù ôø ôû ôõ ôï",
    "u": "u uù uø uû uõ uï",
    "ư": "ö öù öø öû öõ öï",
    "i": "i í ì æ ó ò",
    "y": "y yù yø yû yõ î",
}
# The same of TCVN 5712:1993, third character set, lower case.
TCVN3 = {
    "a": "a¸µ¶·¹",
    "â": "©ÊÇÈÉË",
    "ă": "¨¾»¼½Æ",
    "e": "eÐÌÎÏÑ",
    "ê": "ªÕÒÓÔÖ",
    "o": "oãßáâä",
    "ô": "«èåæçé",
    "ơ": "¬íêëìî",
    "u": "uóïñòô",
    "ư": "\xadøõö÷ù",
    "i": "iÝ×ØÜÞ",
    "y": "yýúûüþ",
}
TONES = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")


def in_font(text: str, table: dict[str, list[str]], d: str) -> str:
    letters = {
        unicodedata.normalize("NFC", base + tone): shown
        for base, shapes in table.items()
        for tone, shown in zip(TONES, shapes, strict=True)
    } | {"đ": d}
    return "".join(letters.get(char, char) for char in text.lower())


def read_as(text: str, encoding: str) -> str:
    """UTF-8 bytes taken for another encoding, as browsers read the bytes it does not define."""
    shown = []
    for byte in text.encode():
        try:
            shown.append(bytes([byte]).decode(encoding))
        except UnicodeDecodeError:
            shown.append(chr(byte))
    return "".join(shown)


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_utf8_taken_for_a_western_encoding_is_read(sentence: str, encoding: str) -> None:
    wrong = read_as(sentence, encoding)

    assert clean(wrong) == sentence
    assert clean(wrong.replace("\xa0", " ")) == sentence
    assert clean(read_as(wrong, "latin-1")) == sentence


@pytest.mark.parametrize("sentence", SENTENCES[:3])
def test_utf8_taken_for_the_old_vietnamese_windows_encoding_is_read(sentence: str) -> None:
    assert clean(read_as(sentence, "cp1258")) == sentence


@pytest.mark.parametrize("sentence", SENTENCES)
def test_text_in_a_tcvn3_font_is_read(sentence: str) -> None:
    table = {base: list(shapes) for base, shapes in TCVN3.items()}

    assert clean(in_font(sentence, table, "®")) == sentence.lower()


@pytest.mark.parametrize("sentence", SENTENCES)
def test_text_in_a_vni_font_is_read(sentence: str) -> None:
    table = {base: shapes.split() for base, shapes in VNI.items()}

    assert clean(in_font(sentence, table, "ñ")) == sentence.lower()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("®¨ng ký t¹m tró", "đăng ký tạm trú"),
        ("ñaêng kyù taïm truù", "đăng ký tạm trú"),
        ("ÑAÊNG KYÙ TAÏM TRUÙ", "ĐĂNG KÝ TẠM TRÚ"),
        ("Ä‘Äƒng kÃ½", "đăng ký"),
        ("giÊy", "giấy"),
    ],
)
def test_short_texts_of_wrong_encoding_are_read(wrong: str, right: str) -> None:
    assert clean(wrong) == right


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (unicodedata.normalize("NFD", "sổ đỏ bị mất"), "sổ đỏ bị mất"),
        ("a\u0323\u0302 a\u0301\u0302 u\u031b\u0323", "ậ ấ ự"),
        ("đăng\u00a0ký\u200b tạm\u00ad trú\ufeff", "đăng ký tạm trú"),
        ("tạm\ttrú\x00 \x07ở\r\nđâu", "tạm trú ở\nđâu"),
        ("ＣＣＣＤ　１２３", "CCCD 123"),
        ("chào 😀👍🏽 cho hỏi 1️⃣ ạ ❤️", "chào cho hỏi 1 ạ"),
        ("100 m² – 50% 20.000đ/bản ₫ 30° & Hộ-Khẩu", "100 m² – 50% 20.000đ/bản ₫ 30° & Hộ-Khẩu"),
        ("ơiiiiii bao nhiêuuuuu tiền?????", "ơi bao nhiêu tiền?"),
        ("rồoooi không!?!!", "rồi không!"),
        ("hộ khẩuu giấyy", "hộ khẩu giấy"),
        ("hoà thuỷ khoẻ, kí tên, lí lịch, quí vị", "hòa thủy khỏe, ký tên, lý lịch, quý vị"),
        ("😀", ""),
    ],
)
def test_characters_are_mended(typed: str, meant: str) -> None:
    assert clean(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dduowjc", "được"),
        ("ddang ky tamj trus o ddaau", "đang ky tạm trú o đâu"),
        ("giaays tờ ddất đai", "giấy tờ đất đai"),
        ("thur tucj hanhf chinhs", "thủ tục hành chính"),
        ("ngươif đi vơis tôi", "người đi với tôi"),
        ("Truwowfng hojc", "Trường học"),
        ("coong an xa", "công an xa"),
        ("d9ang8 ky1 ta5m tru1 o73 d9a6u", "đăng ký tạm trú ở đâu"),
    ],
)
def test_keystrokes_left_undone_are_read(typed: str, meant: str) -> None:
    assert clean(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "lam the can cuoc cho con het bao nhieu tien",
        "mẫu CT01, kt3, A1, lop1, quy 1, o1 o2",
        "xin visa, đi bus, đóng tax, mua box, Down",
        "khoản III, viii, TT-BTTTT, PPP, www.hoixa.vn/ttt",
        "email moox@gmail.com hay http://hoixa.vn/ddaau",
        "ubnd hđnd gcn qsdđ bhyt cccd ko dc hok",
        "hội nghị OJT của AJ",
        "có ba lá cà ngó lò",
        "à á ạ",
        "«cá» và café",
        "I need two rooms and books, has she done it?",
        "How much does it cost to register a birth? Is the room on the first floor?",
        "Where do I go if my wife and I both lost our land papers in the flood?",
        "She was born in Hue; does our son still need a visa for the tax office?",
    ],
)
def test_right_text_stays(text: str) -> None:
    assert clean(text) == text


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings(part)


@pytest.mark.thorough
def test_every_text_of_our_records_stays() -> None:
    texts = {text for body in read_content().bodies[::3] for text in strings(body.data)}

    changed = [
        text
        for text in texts
        if re.sub(r"\s+", " ", clean(text)) != re.sub(r"\s+", " ", ordinary(text)).strip()
    ]

    assert len(texts) > 2000
    assert changed == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 2000,
        "ab" * 1000,
        "?!" * 1000,
        "dduowcj" * 285,
        "d9" * 1000,
        "Ã " * 1000,
        "á»" * 1000,
        "\u0301" * 2000,
        " \n" * 1000,
        "ơ" * 2000,
        "®" * 2000,
        "a." * 1000,
    ],
)
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()

    clean(text)

    assert time.process_time() - start < 0.5
