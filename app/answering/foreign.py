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
_LOANS = frozenset(
    {
        "app",
        "bot",
        "chatbot",
        "covid",
        "email",
        "excel",
        "facebook",
        "file",
        "gmail",
        "google",
        "internet",
        "iphone",
        "karaoke",
        "link",
        "mail",
        "offline",
        "online",
        "otp",
        "pdf",
        "photo",
        "robot",
        "scan",
        "sim",
        "smartphone",
        "taxi",
        "video",
        "vneid",
        "web",
        "website",
        "wifi",
        "word",
        "zalo",
    }
)
"""Foreign words that are at home in Vietnamese questions."""
_FOREIGN_SHARE = 0.4


def is_foreign(text: str, words: str, share: float) -> bool:
    """Whether most letters are of another script, or many words cannot be Vietnamese."""
    letters = [character for character in text if character.isalpha()]
    if sum(fold(character) > "\u024f" for character in letters) > len(letters) / 2:
        return True
    if share > 0:
        return False
    spoken = [
        word
        for word in syllables(words)
        if word.isalpha() and word not in _LOANS and re.search("[aeiouy]", word)
    ]
    foreign = sum(_SYLLABLE.fullmatch(word) is None for word in spoken)
    return foreign >= 2 and foreign / len(spoken) >= _FOREIGN_SHARE
