"""Reads text whose bytes were taken for another encoding: UTF-8, TCVN3, VNI and Windows-1258.

Questions pasted from old files and the old files themselves both come through here.
"""

from __future__ import annotations

import re
import unicodedata

from knowledge_base.spelling import is_syllable
from knowledge_base.syllables import nfc

# The tables are those of TCVN 5712:1993 (VN3, the fonts named .Vn…) and of the VNI-Windows fonts;
# both were written for fonts and put into the upper half of what a browser takes for Latin-1.
_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
_VNI_ALONE = str.maketrans("ñÑôÔöÖæÆóÓòÒîÎ", "đĐơƠưƯỉỈĩĨịỊỵỴ")
_VNI_MARKS = {
    **dict(zip("ùøûõï", "\u0301\u0300\u0309\u0303\u0323", strict=True)),
    **{
        char: "\u0302" + tone
        for char, tone in zip(
            "âáàåãä", ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True
        )
    },
    **{
        char: "\u0306" + tone
        for char, tone in zip(
            "êéèúüë", ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"), strict=True
        )
    },
}
_VNI = re.compile(f"([aeouyôö])([{''.join(_VNI_MARKS)}])", re.IGNORECASE)

_LATIN = {
    **{chr(byte): byte for byte in range(0x80, 0x100)},
    **{
        bytes([byte]).decode("cp1252"): byte
        for byte in range(0x80, 0xA0)
        if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    },
    **{"Ă": 0xC3, "Đ": 0xD0, "Ơ": 0xD5, "Ư": 0xDD, "ă": 0xE3},
}
"""The byte behind each character, read as Latin-1, Windows-1252 or Windows-1258."""
_NEXT = "".join(char for char, byte in _LATIN.items() if byte < 0xC0)
_UTF8 = re.compile(
    "".join(
        (
            f"[Â-ßĂ][{re.escape(_NEXT)}]",
            f"|[à-ïă][{re.escape(_NEXT)}]{{2}}",
            f"|[ð-ô][{re.escape(_NEXT)}]{{3}}",
        )
    )
)
_LOST_BLANK = re.compile(r"(\w*)[ÃĂ](?: ([^\W\d_]*)|$)")
"""The second byte of “à” is a blank that does not break, and often became an ordinary one."""
_CHUNK = re.compile(r"[^\s!-/:-@\[-`{-~\u2010-\u206f]+")
_MODERN = re.compile("[\u0128\u0129\u0168\u0169\u1ea0-\u1ef9]")
"""Letters that only text read rightly has."""
_ENOUGH = 0.75


def decoded(text: str) -> str:
    """The text as its writer saw it; one that was read rightly stays.

    A reading counts as right when its words are spelt as Vietnamese is: the other must spell far
    more of them.
    """
    if text.isascii():
        return text
    for _ in range(3):
        again = _utf8(text)
        if again == text:
            break
        text = again
    composed = nfc(text)
    if _MODERN.search(composed) or any(
        char > "\xff" and unicodedata.category(char)[0] == "L" for char in composed
    ):
        return text
    least = max(share_spelt(text) + 0.4, _ENOUGH)
    readings = (from_tcvn3(text), from_vni(text), _windows_1258(text))
    best = max(readings, key=share_spelt)
    return best if share_spelt(best) >= least else text


def _utf8(text: str) -> str:
    if _MODERN.search(text) or not _UTF8.search(text):
        return text
    # “à” whose blank was lost can only be told after what is certain.
    return _LOST_BLANK.sub(_with_a_grave, _UTF8.sub(_as_utf8, text))


def _with_a_grave(match: re.Match[str]) -> str:
    before, after = match.group(1), match.group(2)
    joined = f"{before}à{after or ''}"
    return joined if not after or is_syllable(joined) else f"{before}à {after}"


def _as_utf8(match: re.Match[str]) -> str:
    try:
        return bytes(_LATIN[char] for char in match.group()).decode()
    except UnicodeDecodeError:
        return match.group()


def from_tcvn3(text: str) -> str:
    """Text typed for a TCVN3 (ABC) font, ``Thñ tôc`` → ``Thủ tục``."""
    return text.translate(_TCVN3)


def from_vni(text: str) -> str:
    """Text typed for a VNI-Windows font, ``Thuû tuïc`` → ``Thủ tục``."""

    def marked(match: re.Match[str]) -> str:
        base, mark = match.groups()
        return nfc(base.translate(_VNI_ALONE) + _VNI_MARKS[mark.lower()])

    # Letters that already took their mark must not be read once more as letters of the table.
    parts, end = [], 0
    for match in _VNI.finditer(text):
        parts += [text[end : match.start()].translate(_VNI_ALONE), marked(match)]
        end = match.end()
    return "".join(parts) + text[end:].translate(_VNI_ALONE)


def _windows_1258(text: str) -> str:
    try:
        return nfc(text.encode("cp1252").decode("cp1258"))
    except UnicodeError:
        return text


def share_spelt(text: str) -> float:
    """The share of Vietnamese syllables among the words that are not of bare letters."""
    words = [
        chunk
        for chunk in _CHUNK.findall(text)
        if not chunk.isascii() and re.search("[A-Za-z]", unicodedata.normalize("NFD", chunk))
    ]
    return sum(map(is_syllable, words)) / len(words) if words else 1.0
