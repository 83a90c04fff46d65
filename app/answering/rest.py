"""What a message asks beside what its answer tells: offered as questions of their own.

A resident who asks three things and reads an answer to one should see that two are still open.
Whether two records answer is weighed by ``app.answering.both``; here no record is looked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from app.answering.facets import asked_facet
from app.answering.lexicon import Lexicon
from app.answering.split import pieces
from knowledge_base.record import Facet
from knowledge_base.syllables import fold, marked_share, syllables

_MOST = 2
"""Open questions that are shown."""
_LEAST = 2
"""Syllables that a question has at least."""
_TAG = re.compile(r"^(?:(?:có|co|như vậy|vậy|vay) )?(?:đúng|phải|được|dung|phai|duoc|dc) \w+\W*$")
"""“…, đúng không?” asks nothing of its own."""
_PARTICLES = (
    r"(?:(?:ạ|a|vậy|vay|hả|ha|rứa|rua|nhỉ|hỉ|hi|hè|he|nha|nhé|dạ|em|anh|chị|chú|bác|cô|cán bộ|"
    r"b|ad|thế|the|đây|day|đó|nữa|nua|ta|z|v|zậy|zay|với|voi|giùm|gium)\W*)*$"
)
_COUNTED = r"(?:ngày|lâu|tiền|năm|tháng|tuổi|giờ|bản|người|đồng|tờ|lần|giấy|phí|loại|h|tr)"
_MARKED = re.compile(
    rf"\b(?:gì|chi|mô|đâu|nào|ai|mấy|nhiêu|răng|sao|không|ko|kg|hông|hong|hok|k|bn|chưa|bao)"
    rf"(?: {_COUNTED})?\W*{_PARTICLES}"
)
_PLAIN = re.compile(
    rf"\b(?:gi|nao|ai|nhieu|sao|khong|ko|kg|hong|hok|k|bn|chua|o dau|di dau|may(?= )|bao(?= ))"
    rf"(?: {fold(_COUNTED)})?\W*{fold(_PARTICLES)}"
)
"""Without marks “chi”, “mô” and “đâu” may be other words."""
_DENIES = re.compile(r"\b(?:không|chưa|chẳng|chả|ko|k|khong|chua|chang|hong|hông)\b.*\s\w+\W*$")
_ANY = re.compile(rf"\b(?:gì|chi|nào|ai|mô|đâu|gi|nao|hết|cả)\W*{_PARTICLES}")
"""“chưa lãnh trợ cấp gì” says that there is none, and asks nothing."""


def questions_of(text: str) -> tuple[str, ...]:
    """The questions of a message, in order: what leads up to each stands before it.

    A tag such as “đúng không?” belongs to the one before it.
    """
    found: list[str] = []
    led_up = ""
    for piece in pieces(text):
        led_up = f"{led_up}, {piece}" if led_up else piece
        if not _ends_asking(piece):
            continue
        tag = len(syllables(piece)) < _LEAST or _TAG.search(piece.lower()) is not None
        if not tag or not found:
            found.append(led_up)
        led_up = ""
    return tuple(found)


def left_open(text: str, told: Collection[Facet], answer: str) -> tuple[str, ...]:
    """The questions of a message that its answer does not speak of.

    Args:
        text: the message.
        told: the facets that the answer tells.
        answer: its words; where no question asks for a facet told, the answered one is that whose
            words it shares.
    """
    questions = questions_of(text)
    if len(questions) < 2:
        return ()
    rest = [one for one in questions if _facet(one) not in told]
    if len(rest) == len(questions):
        said = set(syllables(fold(answer)))
        rest.remove(max(rest, key=lambda one: _share(one, said)))
    return tuple(rest[:_MOST])


def _facet(question: str) -> Facet | None:
    words, _ = Lexicon.packaged().rewrite(question, marked=marked_share(question) > 0)
    return asked_facet(fold(words))


def _share(question: str, said: Collection[str]) -> float:
    words = set(syllables(fold(question)))
    return len(words & set(said)) / len(words)


def _ends_asking(piece: str) -> bool:
    words = piece.lower()
    if _DENIES.search(words) and _ANY.search(words):
        return False
    if marked_share(words) > 0:
        return _MARKED.search(words) is not None
    return _PLAIN.search(words) is not None
