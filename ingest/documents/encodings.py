"""Text of the past: TCVN3 (ABC) and VNI fonts, VIQR, and files whose encoding nobody wrote down.

A font's name settles what its text is. Where no font is known, the whole document decides
together, since one short heading could be read several ways.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum

from ingest.documents.blocks import Block, Document, Heading, Items, Paragraph, Table, lines_of
from knowledge_base.legacy import from_tcvn3, from_vni, share_spelt
from knowledge_base.spelling import apart, is_syllable
from knowledge_base.syllables import nfc


class Encoding(StrEnum):
    """How the letters of old Vietnamese text are written."""

    TCVN3 = "TCVN3 (ABC)"
    VNI = "VNI"
    VIQR = "VIQR"


_MODERN = re.compile("[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0-\u01b0\u1ea0-\u1ef9]")
"""Letters that text written for an old font never has."""
_ENOUGH = 0.75
_SURER = 0.4
"""By how much more a reading must spell than the text as it stands."""


def encoding_of_font(name: str | None) -> Encoding | None:
    """What text in a font of this name is written in; None for a Unicode font."""
    folded = (name or "").strip().lower()
    if folded.startswith(".vn"):
        return Encoding.TCVN3
    return Encoding.VNI if folded.startswith(("vni-", "vni ")) else None


def from_font(text: str, font: str | None) -> str:
    """The text as its font showed it; ``.VnTimeH`` and its kin show capitals."""
    encoding = encoding_of_font(font)
    if encoding is None or _MODERN.search(nfc(text)):
        return text
    read = converted(text, encoding)
    capitals = encoding is Encoding.TCVN3 and (font or "").strip().endswith("H")
    return read.upper() if capitals else read


def converted(text: str, encoding: Encoding) -> str:
    """The text in NFC, read as ``encoding``."""
    return nfc(_READERS[encoding](text))


def encoding_of(texts: Iterable[str]) -> Encoding | None:
    """What a whole document is written in; None when it reads well as it stands."""
    texts = [text for text in texts if text and not _MODERN.search(nfc(text))]
    whole = "\n".join(texts)
    if not whole.strip():
        return None
    if _spells_viqr(whole):
        return Encoding.VIQR
    if whole.isascii():
        return None
    least = max(share_spelt(whole) + _SURER, _ENOUGH)
    best = max((Encoding.TCVN3, Encoding.VNI), key=lambda one: share_spelt(converted(whole, one)))
    return best if share_spelt(converted(whole, best)) >= least else None


def modern(document: Document) -> Document:
    """The document in Unicode, with a note where it was not."""
    encoding = encoding_of(line for block in document.blocks for line in lines_of(block))
    if encoding is None:
        return document

    def read(text: str) -> str:
        return text if _MODERN.search(nfc(text)) else converted(text, encoding)

    note = f"Chữ viết theo bảng mã cũ {encoding.value}, đã chuyển sang Unicode; soát lại chính tả."
    blocks = tuple(_with_text(block, read) for block in document.blocks)
    return replace(document, blocks=blocks, notes=(*document.notes, note))


def _with_text(block: Block, read: Callable[[str], str]) -> Block:
    match block:
        case Heading():
            return Heading(block.level, read(block.text))
        case Paragraph():
            return Paragraph(read(block.text))
        case Items():
            return Items(tuple(map(read, block.items)), block.ordered)
        case Table():
            return Table(tuple(tuple(map(read, row)) for row in block.rows))


_MARKS = {
    "^": "\u0302",
    "(": "\u0306",
    "+": "\u031b",
    "'": "\u0301",
    "`": "\u0300",
    "?": "\u0309",
    "~": "\u0303",
    ".": "\u0323",
}
_SHAPES = {"^": "aeo", "(": "a", "+": "ou"}
_VIQR_LETTER = re.compile(r"\\(.)|([dD][dD])|([aeiouyAEIOUY])([\^(+]?)(['`?~.]?)")
_SENTENCE_ENDS = re.compile(r"[.?](?=\s+[A-ZĐ]|\s*$)", re.MULTILINE)
_VIQR_WORD = re.compile(r"[A-Za-z][A-Za-z^(+'`?~.]*")
_VIQR_SURE = re.compile(r"dd|[ao]\^|[ou]\+|a\(|e\^|[aeiouy]['`~]", re.IGNORECASE)


def _from_viqr(text: str) -> str:
    ends = {match.start() for match in _SENTENCE_ENDS.finditer(text)}

    def read(match: re.Match[str]) -> str:
        escaped, dd, vowel, shape, tone = match.groups()
        if escaped:
            return escaped
        if dd:
            return "Đ" if dd[0] == "D" else "đ"
        if shape and vowel.lower() not in _SHAPES[shape]:
            return match.group()
        if tone and match.end() - 1 in ends:
            return nfc(vowel + _MARKS.get(shape, "")) + tone
        return nfc(vowel + _MARKS.get(shape, "") + _MARKS.get(tone, ""))

    return _VIQR_LETTER.sub(read, text)


def _spells_viqr(text: str) -> bool:
    """Whether most words with VIQR's marks become Vietnamese syllables, and there are enough."""
    words = [word for word in _VIQR_WORD.findall(text) if _VIQR_SURE.search(word)]
    if len(words) < 3 or len(words) < 0.2 * len(_VIQR_WORD.findall(text)):
        return False
    read = [_from_viqr(word.rstrip(".?'")) for word in words]
    spelt = [word for word in read if is_syllable(word) and (apart(word)[1] or not word.isascii())]
    return len(spelt) >= _ENOUGH * len(words)


_READERS: dict[Encoding, Callable[[str], str]] = {
    Encoding.TCVN3: from_tcvn3,
    Encoding.VNI: from_vni,
    Encoding.VIQR: _from_viqr,
}

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.IGNORECASE)
_DECLARED_IN = 2_048
"""Bytes at the head of a page in which its encoding may be named."""


def text_of(data: bytes) -> str:
    """The text of bytes in whatever encoding they are, in NFC.

    The byte order mark wins, then UTF-8 if the bytes are that, then what an HTML page declares;
    the rest is Windows-1258, Vietnam's own, or Windows-1252, in which the old fonts were typed.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return nfc(data[len(mark) :].decode(name, errors="replace"))
    try:
        return nfc(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(data[:_DECLARED_IN])
    if declared:
        try:
            name = codecs.lookup(declared.group(1).decode("ascii")).name
            if name not in ("utf-8", "iso8859-1", "cp1252"):
                return nfc(data.decode(name, errors="replace"))
        except (LookupError, UnicodeDecodeError):
            pass
    latin = data.decode("cp1252", errors="replace")
    vietnamese = unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))
    best = max((latin, from_tcvn3(latin), from_vni(latin), vietnamese), key=share_spelt)
    return vietnamese if best == vietnamese else latin
