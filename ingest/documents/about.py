"""Which record a document is about: a guess that a person confirms."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ingest.documents.blocks import Document
from ingest.documents.letterhead import Letterhead
from ingest.documents.recognise import code_of, title_of
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.syllables import fold, syllables

MOST = 5
_LEAST = 0.35
"""Of the words' weight that a title must share to be offered."""
LIKELY = 0.6
_NEAR = 0.55
"""Cosine from which a record whose words are near is offered too."""


class Why(StrEnum):
    """What a guess rests on."""

    CODE = "code"
    """The national code stands in the document."""
    TITLE = "title"
    """The title is the document's own, or stands whole in what it is about."""
    WORDS = "words"
    """Many of the same words."""
    MEANING = "meaning"
    """Near in meaning, by the index."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A record that a document may be about."""

    record_id: str
    why: Why
    share: float
    """0 to 1."""

    @property
    def is_likely(self) -> bool:
        """Whether it may be taken until somebody says otherwise."""
        return self.why in (Why.CODE, Why.TITLE) or self.share >= LIKELY


def guesses(
    document: Document,
    head: Letterhead,
    name: str,
    records: Mapping[str, Procedure | Guide],
    near: Callable[[str], Mapping[str, float]],
) -> tuple[Guess, ...]:
    """The likeliest records first, ``MOST`` of them at most.

    Args:
        document: what was read.
        head: what it says of itself.
        name: of the file.
        records: those that apply where the document is to count, by id.
        near: the cosine similarity of records to a text, by id; may be empty.
    """
    found: dict[str, Guess] = {}
    code = code_of(document)
    for record_id, record in records.items():
        if code is not None and isinstance(record, Procedure) and code in record.codes:
            found[record_id] = Guess(record_id, Why.CODE, 1.0)
    about = head.subject or title_of(document, name)
    for guess in _by_title(about, records):
        found.setdefault(guess.record_id, guess)
    for record_id, cosine in sorted(near(about).items(), key=lambda pair: -pair[1]):
        if cosine >= _NEAR and record_id in records:
            found.setdefault(record_id, Guess(record_id, Why.MEANING, cosine))
    order = list(Why)
    best = sorted(found.values(), key=lambda one: (order.index(one.why), -one.share))
    return tuple(best[:MOST])


def _by_title(about: str, records: Mapping[str, Procedure | Guide]) -> Iterable[Guess]:
    """By the words of titles and other names, the rarer the weightier."""
    names = {
        record_id: [_words(one) for one in (record.title, *record.aliases)]
        for record_id, record in records.items()
    }
    known_in = Counter(
        word for spelt in names.values() for word in {word for words in spelt for word in words}
    )

    def weight(words: Iterable[str]) -> float:
        return sum(math.log((len(names) + 1) / (known_in[word] + 0.5)) for word in set(words))

    wanted = _words(about)
    line = f" {' '.join(wanted)} "
    share = {
        record_id: max(
            2 * weight(set(words) & set(wanted)) / ((weight(words) + weight(wanted)) or 1.0)
            for words in spelt
        )
        for record_id, spelt in names.items()
    }
    whole = {
        record_id: weight(spelt[0])
        for record_id, spelt in names.items()
        if len(spelt[0]) > 1 and f" {' '.join(spelt[0])} " in line
    }
    # “Xóa đăng ký tạm trú” also holds “đăng ký tạm trú”: the weightiest title that stands whole
    longest = max(whole.values(), default=0.0)
    for record_id, likeness in share.items():
        if whole.get(record_id, -1.0) == longest:
            yield Guess(record_id, Why.TITLE, min(max(likeness, LIKELY), 1.0))
        elif likeness >= _LEAST:
            yield Guess(record_id, Why.WORDS, min(likeness, 1.0))


def _words(text: str) -> list[str]:
    return syllables(fold(text))
