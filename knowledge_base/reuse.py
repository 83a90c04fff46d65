"""What was made of knowledge that did not change since, so that a new state is ready at once.

Revisions never change, and nearly all records of a new state are those of the one before. Reading,
checking, cutting and counting them anew was nine tenths of the way from publishing to the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from knowledge_base.catalogue import Checked
from knowledge_base.chunk import Chunk, chunks_of
from knowledge_base.guide import Guide
from knowledge_base.lexical import CutTexts
from knowledge_base.procedure import Procedure
from knowledge_base.recent import Recent
from knowledge_base.revisions import Known


@dataclass(frozen=True, slots=True)
class Reuse:
    """What one process keeps between the states that it loads and tries."""

    known: Known = field(default_factory=Recent)
    """Revisions as read."""
    checked: Checked = field(default_factory=Recent)
    """Records as checked."""
    texts: CutTexts = field(default_factory=CutTexts)
    """Texts as the lexical index counts them."""
    _chunks: Recent[tuple[int, date], tuple[Procedure | Guide, tuple[Chunk, ...]]] = field(
        default_factory=Recent
    )

    def expect(self, records: int) -> None:
        """Have room for the chunks of so many records."""
        self._chunks.expect(records)

    def chunks_of(self, record: Procedure | Guide, day: date) -> tuple[Chunk, ...]:
        """The chunks of a record on a day."""
        # the record that is kept beside its chunks keeps its number its own
        found = self._chunks.get((id(record), day))
        if found is None:
            found = (record, chunks_of(record, day))
            self._chunks.put((id(record), day), found)
        return found[1]
