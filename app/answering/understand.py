"""What a question is: its language, its kind, the facet asked for, whether it goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.answering.answer import Language
from app.answering.facets import asked_facet, asks_online, second_facet, without_asking
from app.answering.foreign import is_foreign
from app.answering.kinds import QuestionKind, counter_of, kind_of
from app.answering.lexicon import Lexicon
from app.answering.mask import without_masks
from knowledge_base.record import CounterKind, Facet
from knowledge_base.syllables import fold, marked_share

__all__ = ["QuestionKind", "Understood", "understand"]


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as the following steps see it."""

    text: str
    """Masked, as the resident wrote it."""
    words: str
    """In the records' words, lower case; without marks if the question had none."""
    added: str
    """Today's names of what the question calls by an old or local name."""
    marked: bool
    kind: QuestionKind
    language: Language
    facet: Facet | None
    also: Facet | None
    """A second facet that the same sentence asks for, in words that leave no doubt."""
    online: bool
    """Whether it asks about handing in online."""
    subject: str
    """``words`` folded, with stops in place of the phrases that only ask."""
    continues: bool
    """Whether its words say that it goes on from the last turn."""
    counter: CounterKind | None = None
    """The counter that an office question names."""


_MARKED_ENOUGH = 0.2
"""Below this share of marked syllables a question counts as typed without marks."""
_CONTINUES = re.compile(
    r"(?:(?:à|a|ừ|u|ừa|ua|dạ|da|ờ|o) )*"
    r"(?:còn|thế|vậy|vay|rồi|roi|nhưng|nhung|nếu|neu|và|va|"
    r"con(?= (?:tam|thuong|le|phi|neu|o|lam|nop|thi|ho|thoi|giay|qua|truong|ve)\b)|"
    r"the(?= (?:con|le|phi|mat|thi|nop|o|lam|neu|may|bao lau|giay)\b))\b"
)
"""Without marks “con” may be a child and “the” a card, so what follows tells."""


def understand(text: str, lexicon: Lexicon, language: Language | None = None) -> Understood:
    """Read a masked question.

    Args:
        text: the question, masked.
        lexicon: the words to rewrite.
        language: the reply's language where the client chose it.
    """
    bare = without_masks(text)
    share = marked_share(bare)
    marked = share >= _MARKED_ENOUGH
    words, added = lexicon.rewrite(bare, marked=marked)
    plain = fold(words)
    foreign = is_foreign(bare, words, share)
    facet = asked_facet(plain)
    return Understood(
        text=text,
        words=words,
        added=added,
        marked=marked,
        kind=kind_of(words, marked, foreign),
        language=language or (Language.EN if foreign else Language.VI),
        facet=facet,
        also=second_facet(plain, facet),
        online=asks_online(plain),
        subject=without_asking(plain),
        continues=_CONTINUES.match(words) is not None,
        counter=counter_of(plain),
    )
