"""Two questions in one message: where a message may be cut in two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from knowledge_base.syllables import syllables

_JOINT = re.compile(
    r"(?P<stop>(?:[?!;\n]|\.(?!\d)|:(?!\d))+|\s[-–+&]\s|[()])|(?P<comma>,)|(?<!\w)"
    r"(?P<word>và|với lại|với|cùng|còn|rồi|luôn|vừa|mà|vs|"
    r"va|voi lai|voi|cung|con|roi|luon|vua|ma)(?!\w)",
    re.IGNORECASE,
)
_JOINS_NAMES = frozenset(
    {"và", "với", "với lại", "cùng", "vừa", "vs", "va", "voi", "voi lai", "vua"}
)
_LEAST = 2
"""Syllables that a half has at least."""
_MOST = 8
"""Cuts that a message may have; with more it is a story, not two questions."""


class Joint(StrEnum):
    """What stands between two halves."""

    STOP = "stop"
    COMMA = "comma"
    NAMES = "names"
    """A word that also joins two names that share one question: “A và B bao nhiêu tiền”."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to see a message as two."""

    first: str
    second: str
    joint: Joint


def cuts(text: str) -> tuple[Cut, ...]:
    """The ways to cut a message in two at its joints, in order; none where there are too many."""
    found = []
    for joint in _JOINT.finditer(text):
        first, second = text[: joint.start()].strip(" ,"), text[joint.end() :].strip(" ,")
        if min(len(syllables(first)), len(syllables(second))) >= _LEAST:
            found.append(Cut(first, second, _kind(joint)))
    return tuple(found) if len(found) <= _MOST else ()


def pieces(text: str) -> tuple[str, ...]:
    """What stands between the stops and commas of a message."""
    found, start = [], 0
    for joint in _JOINT.finditer(text):
        if _kind(joint) in (Joint.STOP, Joint.COMMA):
            found.append(text[start : joint.start()])
            start = joint.end()
    found.append(text[start:])
    return tuple(stripped for one in found if (stripped := one.strip(" ,")))


def _kind(joint: re.Match[str]) -> Joint:
    word = joint["word"]
    if word is None:
        return Joint.STOP if joint["stop"] else Joint.COMMA
    return Joint.NAMES if word.lower() in _JOINS_NAMES else Joint.OTHER
