"""What a question is: its language, its kind, the facet asked for, whether it goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.answering.answer import Language
from app.answering.classify import TextClassifier
from app.answering.elsewhere import elsewhere_as_one
from app.answering.english import Titles, by_title, english_clues, matter, translate
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
from knowledge_base.syllables import fold, marked_share, tokens

__all__ = ["QuestionKind", "Reading", "Understood", "read", "understand", "words_of"]


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
    english: str = ""
    """The words of an English question that tell what it is about; nothing for Vietnamese."""

    @property
    def likely_facet(self) -> Facet | None:
        """The facet its words ask for, or else a telling one that is more probable than not."""
        if self.facet is not None:
            return self.facet
        best = max(self.facets, key=self.facets.__getitem__)
        telling = best != Facet.SUMMARY.value and self.facets[best] >= _LIKELY
        return Facet(best) if telling else None


_ENGLISH_RUNS, _TELLING_RUNS = 3, 2
"""The longest runs of English words that the classifiers of facets and of fields look at."""
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
class Reading:
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
    english: str = ""
    """The question itself where it is English and names no record by its title."""

    @property
    def asking(self) -> str:
        """The words that ask."""
        return self.words if self.asks is None else self.asks

    def of_facet(self) -> tuple[str, tuple[str, ...]]:
        """What the classifier of facets looks at: words, and clues."""
        runs = english_clues(self.english, _ENGLISH_RUNS)
        return self.asking, (*facet_clues(fold(self.asking)), *runs)

    def of_field(self, near: str) -> tuple[str, tuple[str, ...]]:
        """The same for what no commune's counter handles; ``near`` is the asker's province."""
        runs = english_clues(matter(self.english), _TELLING_RUNS)
        return elsewhere_as_one(self.words, near), runs


def words_of(text: str, lexicon: Lexicon) -> str:
    """A masked question in the records' words; ``Understood.words``."""
    return read(text, lexicon).words


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


def read(text: str, lexicon: Lexicon, titles: Titles | None = None) -> Reading:
    """Put a masked question into the records' words; ``titles`` as for ``understand``."""
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
        return Reading(bare, words, words, "", True, foreign, kind, titled.record_id, asks)
    if kind is QuestionKind.FOREIGN and (translated := translate(bare)) is not None:
        if not translated and not matter(bare):
            return Reading(bare, words, restored, added, marked, foreign, kind)
        kind = QuestionKind.PROCEDURE
        if translated:
            kind = kind_of(translated, translated, marked=True, foreign=False)
        return Reading(bare, translated, translated, "", True, foreign, kind, english=bare)
    return Reading(bare, words, restored, added, marked, foreign, kind)


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
    found = read(text, lexicon, titles)
    plain, asking = fold(found.words), fold(found.asking)
    subject, english = without_asking(plain), matter(found.english)
    restorer = Restorer.packaged()
    # a record named without asking anything of it is to be told about
    facet = Facet.SUMMARY if found.asks == "" else asked_facet(asking)
    return Understood(
        text=text,
        words=found.words,
        # what only asks finds nothing beside the English words that tell
        searched="" if english and not tokens(subject) else restorer.toned(found.restored),
        added=found.added,
        marked=found.marked,
        kind=found.kind,
        language=language or (Language.EN if found.foreign else Language.VI),
        facet=facet,
        facets=TextClassifier.packaged("facets").probabilities(*found.of_facet()),
        also=second_facet(asking, facet),
        online=asks_online(asking),
        subject=subject,
        continues=_CONTINUES.match(found.words) is not None,
        outside=TextClassifier.packaged("fields").probabilities(*found.of_field(near))["out"],
        leaning=TextClassifier.packaged("turns").probabilities(found.words)["leaning"],
        off_topic=lexicon.is_off_topic(found.bare),
        counter=counter_of(plain),
        named=found.named,
        english=english,
    )
