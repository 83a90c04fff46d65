"""Two questions in one message: where a message may be cut in two."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_base.syllables import syllables

_JOINT = re.compile(
    r"(?P<stop>[.?!;\n]+)|(?P<comma>,)|(?<!\w)(?P<word>và|với lại|với|cùng|còn|rồi|luôn|vừa|"
    r"va|voi lai|voi|cung|con|roi|luon|vua)(?!\w)",
    re.IGNORECASE,
)
_JOINS_NAMES = frozenset({"và", "với", "với lại", "cùng", "vừa", "va", "voi", "voi lai", "vua"})
_LEAST = 2
"""Syllables that a half has at least."""
_MOST = 6
"""Cuts that are tried; a longer list is a story, not two questions."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to see a message as two."""

    first: str
    second: str
    names: bool
    """Whether the joint also joins two names that share one question: “A và B bao nhiêu tiền”."""


def cuts(text: str) -> tuple[Cut, ...]:
    """The ways to cut a message in two at its joints, in order; none where there are too many."""
    found = []
    for joint in _JOINT.finditer(text):
        first, second = text[: joint.start()].strip(" ,"), text[joint.end() :].strip(" ,")
        if min(len(syllables(first)), len(syllables(second))) >= _LEAST:
            names = (joint["word"] or "").lower() in _JOINS_NAMES
            found.append(Cut(first, second, names))
    return tuple(found) if len(found) <= _MOST else ()
