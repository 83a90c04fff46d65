"""Tells Vietnamese typed without marks from other languages, by how its syllables are spelt."""

from __future__ import annotations

import re

from knowledge_base.syllables import fold, syllables

_SYLLABLE = re.compile(
    r"(?:b|c(?![eiy])|ch|d|g(?!e)|gh(?=[ei])|gi|h|k(?=[eiy])|kh|l|m|n|ng(?![ei])|ngh(?=[ei])|"
    r"nh|p|ph|"
    r"q(?=u)|r|s|t|th|tr|v|x)?"
    r"(?:a[iouy]?|e[ou]?|i(?:a|eu?|u)?|o(?:a[ioy]?|eo?|i|o)?|u(?:a[iuy]?|eo?|i|o[iu]?|u|y[aeu]?)?|"
    r"y(?:eu?)?)(?:ch?|m|n[gh]?|p|t)?"
)
"""How a syllable is spelt without marks (Vietnamese has no other)."""
LOANS = frozenset(
    {
        "alo",
        "apk",
        "app",
        "atm",
        "bot",
        "box",
        "camera",
        "chatbot",
        "check",
        "chip",
        "click",
        "covid",
        "dak",
        "email",
        "evn",
        "excel",
        "facebook",
        "file",
        "game",
        "gas",
        "gmail",
        "google",
        "homestay",
        "hotline",
        "internet",
        "iphone",
        "karaoke",
        "lak",
        "link",
        "mail",
        "messenger",
        "offline",
        "online",
        "otp",
        "pdf",
        "photo",
        "post",
        "robot",
        "scan",
        "shipper",
        "sim",
        "smartphone",
        "taxi",
        "telegram",
        "tick",
        "tiktok",
        "video",
        "visa",
        "vneid",
        "web",
        "website",
        "wifi",
        "word",
        "youtube",
        "zalo",
        "đắk",
        "lắk",
    }
)
"""Foreign words that are at home in Vietnamese questions."""
_FOREIGN_SHARE = 0.4
_MARKED_PLACES = 0.2
"""A foreign question may name “Hòa Vang” with its marks; Vietnamese has more of them, or none."""


def is_spelt(word: str) -> bool:
    """Whether a folded word is spelt as a Vietnamese syllable without its marks."""
    return _SYLLABLE.fullmatch(word) is not None


def is_foreign(text: str, words: str, share: float) -> bool:
    """Whether most letters are of another script, or many words cannot be Vietnamese."""
    letters = [character for character in text if character.isalpha()]
    if sum(fold(character) > "\u024f" for character in letters) > len(letters) / 2:
        return True
    if share > _MARKED_PLACES:
        return False
    spoken = [
        word
        for word in syllables(words)
        if word.isalpha() and word not in LOANS and re.search("[aeiouy]", word)
    ]
    foreign = sum(not is_spelt(word) for word in spoken)
    return foreign >= 2 and foreign / len(spoken) >= _FOREIGN_SHARE
