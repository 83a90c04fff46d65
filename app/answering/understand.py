"""What a question is: its language, its kind, the facet asked for, whether it goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.answering.answer import Language
from app.answering.classify import TextClassifier
from app.answering.elsewhere import elsewhere_as_one
from app.answering.english import Titles, by_title, translate
from app.answering.facets import (
    asked_facet,
    asks_online,
    facet_clues,
    second_facet,
    without_asking,
)
from app.answering.foreign import is_foreign
from app.answering.kinds import QuestionKind, counter_of, kind_clues, kind_of
from app.answering.lexicon import Lexicon
from app.answering.mask import without_masks
from app.answering.restore import Restorer
from knowledge_base.record import CounterKind, Facet
from knowledge_base.syllables import fold, marked_share

__all__ = ["QuestionKind", "Understood", "understand", "words_of"]


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as the following steps see it."""

    text: str
    """Masked, as the resident wrote it."""
    words: str
    """In the records' words, lower case; without marks if the question had none."""
    searched: str
    """``words`` with their marks put back where a question left them out, or put right."""
    added: str
    """Today's names of what the question calls by an old or local name."""
    marked: bool
    kind: QuestionKind
    language: Language
    facet: Facet | None
    """What its words ask for."""
    facets: Mapping[str, float]
    """How probable each facet is, by all that is written."""
    also: Facet | None
    """A second facet that the same sentence asks for, in words that leave no doubt."""
    online: bool
    """Whether it asks about handing in online."""
    subject: str
    """``words`` folded, with stops in place of the phrases that only ask."""
    continues: bool
    """Whether its words say that it goes on from the last turn."""
    outside: float = 0.0
    """How probable it is that no commune's counter handles such a matter."""
    leaning: float = 0.0
    """How probable it is, by its words alone, that it cannot stand without the last question."""
    off_topic: bool = False
    """Whether it names something that no commune's counter handles."""
    counter: CounterKind | None = None
    """The counter that an office question names."""
    named: str | None = None
    """The id of the record that an English question names by its whole title."""

    @property
    def likely_facet(self) -> Facet | None:
        """The facet its words ask for, or else a telling one that is more probable than not."""
        if self.facet is not None:
            return self.facet
        best = max(self.facets, key=self.facets.__getitem__)
        telling = best != Facet.SUMMARY.value and self.facets[best] >= _LIKELY
        return Facet(best) if telling else None


_LIKELY = 0.5
_MARKED_ENOUGH = 0.2
"""Below this share of marked syllables a question counts as typed without marks."""
_CONTINUES = re.compile(
    r"(?:(?:à|a|ừ|u|ừa|ua|dạ|da|ờ|o) )*"
    r"(?:còn|thế|vậy|vay|rồi|roi|nhưng|nhung|nếu|neu|và|va|"
    r"con(?= (?:tam|thuong|le|phi|neu|o|lam|nop|thi|ho|thoi|giay|qua|truong|ve)\b)|"
    r"the(?= (?:con|le|phi|mat|thi|nop|o|lam|neu|may|bao lau|giay)\b))\b"
)
"""Without marks “con” may be a child and “the” a card, so what follows tells."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A question in the records' words, whatever language it came in."""

    bare: str
    words: str
    restored: str
    """``words`` with their marks put back where the question left them out."""
    added: str
    marked: bool
    foreign: bool
    kind: QuestionKind
    named: str | None = None
    asks: str | None = None
    """Where a record is named by its title: what is asked of it, without the title's own words."""


def words_of(text: str, lexicon: Lexicon) -> str:
    """A masked question in the records' words; ``Understood.words``."""
    return _read(text, lexicon).words


def clues_of_kind(text: str, lexicon: Lexicon) -> tuple[str, tuple[str, ...]]:
    """What the classifier of kinds looks at: a masked question's words, and the clues."""
    bare = without_masks(text)
    marked = marked_share(bare) >= _MARKED_ENOUGH
    words, _ = _in_records_words(bare, lexicon, marked)
    return words, kind_clues(words, Restorer.packaged().restore(words).text, marked)


def _in_records_words(bare: str, lexicon: Lexicon, marked: bool) -> tuple[str, str]:
    """A question as the lexicon writes it, slips mended, and further words to search for."""
    words, added = lexicon.rewrite(bare, marked=marked)
    if is_foreign(bare, words, marked_share(bare)):
        return words, added
    mended = Restorer.packaged().mended(words)
    return (words, added) if mended == words else lexicon.rewrite(mended, marked=marked)


def _read(text: str, lexicon: Lexicon, titles: Titles | None = None) -> _Read:
    bare = without_masks(text)
    share = marked_share(bare)
    marked = share >= _MARKED_ENOUGH
    words, added = _in_records_words(bare, lexicon, marked)
    restored = Restorer.packaged().restore(words).text
    foreign = is_foreign(bare, words, share)
    kind = kind_of(words, restored, marked, foreign)
    if kind is QuestionKind.FOREIGN and titles and (found := by_title(bare, titles)) is not None:
        titled, asks = found
        words = f"{titled.title}, {asks}" if asks else titled.title
        kind = QuestionKind.PROCEDURE
        return _Read(bare, words, words, "", True, foreign, kind, titled.record_id, asks)
    if kind is QuestionKind.FOREIGN and (translated := translate(bare)) is not None:
        kind = kind_of(translated, translated, marked=True, foreign=False)
        return _Read(bare, translated, translated, "", True, foreign, kind)
    return _Read(bare, words, restored, added, marked, foreign, kind)


def understand(
    text: str,
    lexicon: Lexicon,
    language: Language | None = None,
    titles: Titles | None = None,
    near: str = "",
) -> Understood:
    """Read a masked question.

    Args:
        text: the question, masked.
        lexicon: the words to rewrite.
        language: the reply's language where the client chose it.
        titles: by which an English question may name a record.
        near: the slug of the asker's province.
    """
    read = _read(text, lexicon, titles)
    plain = fold(read.words)
    asking = read.words if read.asks is None else read.asks
    # a record named without asking anything of it is to be told about
    facet = Facet.SUMMARY if read.asks == "" else asked_facet(fold(asking))
    return Understood(
        text=text,
        words=read.words,
        searched=Restorer.packaged().toned(read.restored),
        added=read.added,
        marked=read.marked,
        kind=read.kind,
        language=language or (Language.EN if read.foreign else Language.VI),
        facet=facet,
        facets=TextClassifier.packaged("facets").probabilities(asking, facet_clues(fold(asking))),
        also=second_facet(fold(asking), facet),
        online=asks_online(fold(asking)),
        subject=without_asking(plain),
        continues=_CONTINUES.match(read.words) is not None,
        outside=TextClassifier.packaged("fields").probabilities(elsewhere_as_one(read.words, near))[
            "out"
        ],
        leaning=TextClassifier.packaged("turns").probabilities(read.words)["leaning"],
        off_topic=lexicon.is_off_topic(read.bare),
        counter=counter_of(plain),
        named=read.named,
    )
