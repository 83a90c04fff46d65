"""What a trial of a change tells: each question with its answer before and after, the worst first.

Each record carries its residents' questions with the section that answers and, where somebody wrote
them down, the facts that the answer must show: its golden questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How the answer after compares with the one before."""

    WRONG_RECORD = "wrong_record"
    """Another record answers."""
    LOST = "lost"
    """Nothing answers any more."""
    ASKS_BACK = "asks_back"
    """The resident is now asked which record is meant."""
    WRONG_SECTION = "wrong_section"
    """The right record answers from another part."""
    FACT_MISSING = "fact_missing"
    """What the answer must show is no longer in it."""
    UNMET = "unmet"
    """A new question that does not lead to its record."""
    CHANGED = "changed"
    """Another text, as far as the question can tell a right one."""
    BETTER = "better"
    """Led wrong before, right now."""
    SAME = "same"


WORSE = frozenset(
    {
        Verdict.WRONG_RECORD,
        Verdict.LOST,
        Verdict.ASKS_BACK,
        Verdict.WRONG_SECTION,
        Verdict.FACT_MISSING,
    }
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a resident would read."""

    status: str
    record_id: str | None
    title: str | None
    text: str

    def reads_like(self, other: Shown) -> bool:
        """Whether both say the same of the same record, whatever the record is called."""
        return (self.status, self.record_id, self.text) == (
            other.status,
            other.record_id,
            other.text,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One golden question, answered before and after."""

    question: str
    commune: str
    record_id: str | None
    """The record that should answer; None where none should."""
    record_title: str
    section: str
    facts: tuple[str, ...]
    missing: tuple[str, ...]
    """Those facts that the answer after does not show."""
    before: Shown
    after: Shown
    verdict: Verdict

    @property
    def worse(self) -> bool:
        """Whether the change made it worse."""
        return self.verdict in WORSE


@dataclass(frozen=True, slots=True)
class Trial:
    """Golden questions before and after a change, the worst first."""

    rows: tuple[Row, ...]
    """Those with another answer, or one that is not met."""
    unchanged: tuple[str, ...]
    """The questions whose answers stay."""
    communes: tuple[str, ...]
    """Names of the communes in which they were asked."""
    seconds: float

    @property
    def groups(self) -> tuple[tuple[Row, ...], ...]:
        """The rows, those together in which the very same text changed in the same way."""
        found: dict[tuple[object, ...], list[Row]] = {}
        for row in self.rows:
            same = (row.verdict, row.before, row.after, row.record_id, row.missing, row.commune)
            found.setdefault(same, []).append(row)
        return tuple(map(tuple, found.values()))

    @property
    def worse(self) -> int:
        """How many answers got worse."""
        return sum(row.worse for row in self.rows)

    @property
    def asked(self) -> int:
        """How many questions were asked."""
        return len(self.rows) + len(self.unchanged)

    def to_data(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of_data(cls, data: Mapping[str, Any]) -> Trial:
        """What :meth:`to_data` wrote."""
        rows = tuple(
            Row(
                **{
                    **row,
                    "facts": tuple(row["facts"]),
                    "missing": tuple(row["missing"]),
                    "before": Shown(**row["before"]),
                    "after": Shown(**row["after"]),
                    "verdict": Verdict(row["verdict"]),
                }
            )
            for row in data["rows"]
        )
        return cls(rows, tuple(data["unchanged"]), tuple(data["communes"]), data["seconds"])
