"""Other provinces than the asker's, which the classifier of fields reads as one word.

What Cần Thơ charges no record here tells, and neither what Lạng Sơn does: a classifier that has met
the one need not have met the other. Where a name stands (“lệ phí ở …”, “quê …, tạm trú ở Hòa
Khánh”) still tells a question about that place from one of somebody who comes from there.
"""

from __future__ import annotations

import re
from functools import cache

from knowledge_base.syllables import fold, is_marked
from knowledge_base.units import FormerKind, Units, bare_province

_ELSEWHERE = "tinhkhac"
_CALLED = ("Sài Gòn", "tp HCM", "tp.HCM", "tphcm", "HCM")
"""What people call Hồ Chí Minh City."""
_OF_HCM = "ho-chi-minh"
_SYLLABLES = 2
"""A city's name of one syllable (“Vinh”) is too often another word."""


def elsewhere_as_one(words: str, near: str) -> str:
    """A question's words with the name of every other province, or of a city there, as one word.

    Args:
        words: in lower case.
        near: the slug of the asker's province; empty to leave the words as they are.
    """
    if not near:
        return words
    names, pattern = _names(near)
    plain = fold(words)
    if len(plain) != len(words):  # a letter of another script: no place of ours
        return words
    parts, end = [], 0
    for match in pattern.finditer(plain):
        written = words[match.start() : match.end()]
        # “đồng thấp” is not Đồng Tháp; bare, it may be
        if any(map(is_marked, written.split())) and written not in names:
            continue
        parts += [words[end : match.start()], _ELSEWHERE]
        end = match.end()
    return "".join(parts) + words[end:]


@cache
def _names(near: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """The names of other provinces of before and today and of their cities, and how to find one."""
    units = Units.packaged()
    found = set() if near == _OF_HCM else set(_CALLED)
    for province in units.provinces.values():
        if province.slug != near:
            found |= {province.name, *map(bare_province, province.merged_from)}
    for unit in units.by_id.values():
        if unit.province.slug != near:
            found |= {
                former.district.name
                for former in unit.merged_from
                if former.district.kind is FormerKind.CITY
                and len(former.district.name.split()) >= _SYLLABLES
            }
    names = frozenset(re.sub(r"\s+-\s+", " ", name).lower() for name in found)
    longest = sorted({fold(name) for name in names}, key=lambda name: (-len(name), name))
    # “xã Bình Dương” lies in Đà Nẵng, whatever was called Bình Dương elsewhere
    return names, re.compile(rf"(?<!\bxa )\b(?:{'|'.join(map(re.escape, longest))})\b")
