"""Text of the past becomes Unicode, and text of today stays."""

from __future__ import annotations

import unicodedata

import pytest

from ingest.documents.blocks import Document, DocumentFormat, Heading, Items, Paragraph, Table
from ingest.documents.encodings import (
    Encoding,
    converted,
    encoding_of,
    encoding_of_font,
    from_font,
    modern,
    text_of,
)
from knowledge_base.syllables import nfc
from tests.ingest.documents.made import in_tcvn3

TODAY = "Thủ tục đăng ký tạm trú: thời hạn giải quyết ba ngày làm việc, lệ phí mười nghìn đồng."
VNI = "Thuû tuïc ñaêng kyù taïm truù: thôøi haïn giaûi quyeát ba ngaøy laøm vieäc."
VIQR = "Thu? tu.c dda(ng ky' ta.m tru': tho+`i ha.n gia?i quye^'t ba nga`y la`m vie^.c."
READ = "Thủ tục đăng ký tạm trú: thời hạn giải quyết ba ngày làm việc."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(in_tcvn3(READ), Encoding.TCVN3, id="TCVN3"),
        pytest.param(VNI, Encoding.VNI, id="VNI"),
        pytest.param(VIQR, Encoding.VIQR, id="VIQR"),
    ],
)
def test_old_text_is_recognised_and_converted(text: str, encoding: Encoding) -> None:
    assert encoding_of([text]) is encoding
    assert converted(text, encoding) == READ


@pytest.mark.parametrize(
    "text",
    [
        TODAY,
        "Thu tuc dang ky tam tru, thoi han giai quyet ba ngay lam viec.",
        "The résumé of a naïve café owner, déjà vu, façade.",
        "What? Really? No. It's 5'4\" (approx.) - isn't it? I'd say so.",
        "Mã: 1.004194; CT01; a+b; x^2; f(x)",
        "",
    ],
)
def test_text_that_reads_well_stays(text: str) -> None:
    assert encoding_of([text]) is None


def test_a_font_settles_what_its_text_is() -> None:
    assert encoding_of_font(".VnTime") is Encoding.TCVN3
    assert encoding_of_font("VNI-Times") is Encoding.VNI
    assert encoding_of_font("Times New Roman") is None
    assert from_font("LÖ phÝ", ".VnTime") == "Lệ phí"
    assert from_font("thñ tôc", ".VnTimeH") == "THỦ TỤC"
    assert from_font("Lệ phí", ".VnTime") == "Lệ phí"  # the font was changed, the text was not


def test_a_document_is_converted_as_a_whole_with_a_note() -> None:
    old = Document(
        DocumentFormat.DOCX,
        (
            Heading(1, in_tcvn3("Thời hạn")),
            Paragraph(in_tcvn3(READ)),
            Items((in_tcvn3("bản chính"),)),
            Table(((in_tcvn3("lệ phí"), "15.000"),)),
        ),
    )

    read = modern(old)

    assert read.lines() == ["Thời hạn", READ, "bản chính", "lệ phí", "15.000"]
    assert "TCVN3" in read.notes[0]
    assert modern(read) is read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_the_bytes_of_a_file_are_read_in_its_own_encoding(encoding: str) -> None:
    written = _as_1258(TODAY) if encoding == "cp1258" else TODAY

    data = written.encode(encoding)

    assert nfc(text_of(data)) == TODAY


def _as_1258(text: str) -> str:
    """Letters with hat, breve and horn whole, tones apart, as Windows-1258 has them."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    written = []
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        tone = "".join(mark for mark in parts if mark in tones)
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in tones))
        written.append(base + tone)
    return "".join(written)


def test_a_page_that_names_its_encoding_is_believed() -> None:
    head = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1258">'

    assert "đăng" in text_of((head + _as_1258("đăng ký")).encode("cp1258"))
