"""Questions that had no answer, grouped by meaning, and what officers decided about the groups."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.answering.answer import AnswerStatus
from app.records.audit import AuditEntry, AuditLog
from app.records.judgements import GapDecisionRow
from app.records.question_log import folded
from app.records.tables import AnswerRow
from knowledge_base.cluster import ALIKE, Groups
from knowledge_base.day import utc
from knowledge_base.revisions import database_errors, now
from knowledge_base.syllables import marked_share

UNANSWERED = (
    AnswerStatus.ABSTAINED_NO_PASSAGE,
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE,
    AnswerStatus.ABSTAINED_UNSUPPORTED,
    AnswerStatus.OUT_OF_SCOPE,
)
_QUESTIONS_KEPT = 40_000
"""Vectors kept in memory of all groupings together, each of an area and a period: some 40 MB."""

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Unit vectors of questions, masked; shape ``(questions, dimension)``."""


class GapDecision(StrEnum):
    """What became of a group of questions."""

    DISMISSED = "dismissed"
    """None of the commune's business (không thuộc việc của xã)."""
    DRAFTED = "drafted"
    PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question that had no answer, however often and wherever it was asked."""

    key: str
    """The same for all ways of typing it; see ``folded``."""
    text: str
    """As it was typed last with marks, or else without, masked."""
    answer_id: str
    """Of the newest answer."""
    communes: Mapping[str, int]
    """How often by commune."""
    times: tuple[datetime, ...]
    """When it was asked, the first time first, UTC."""

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.times)

    @property
    def first(self) -> datetime:
        """When it was asked first."""
        return self.times[0]

    @property
    def last(self) -> datetime:
        """When it was asked last."""
        return self.times[-1]


@dataclass(frozen=True, slots=True)
class Decided:
    """What officers decided about some questions."""

    decision: GapDecision
    ref: str | None
    by: str
    at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A group of questions alike that had no answer."""

    questions: tuple[Unanswered, ...]
    """The most asked first."""
    decided: Decided | None = None
    """The newest decision about any of them."""
    new: int = 0
    """How many were asked after it."""

    @property
    def key(self) -> str:
        """Names the group as long as its first question stays the most asked."""
        return self.questions[0].key

    @property
    def heading(self) -> str:
        """Its most asked question."""
        return self.questions[0].text

    @property
    def count(self) -> int:
        """How often its questions were asked."""
        return sum(one.count for one in self.questions)

    @property
    def communes(self) -> Mapping[str, int]:
        """How often by commune, the most first."""
        total: Counter[str] = Counter()
        for one in self.questions:
            total.update(one.communes)
        return dict(total.most_common())

    @property
    def first(self) -> datetime:
        """When one was asked first, UTC."""
        return min(one.first for one in self.questions)

    @property
    def last(self) -> datetime:
        """When one was asked last, UTC."""
        return max(one.last for one in self.questions)

    @property
    def settled(self) -> bool:
        """Whether a decision was made and nothing was asked since."""
        return self.decided is not None and self.new == 0


@dataclass(slots=True)
class _Grouping:
    """The questions of an area and a period that were grouped so far."""

    groups: Groups
    keys: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)


class Gaps:
    """The unanswered questions of areas, grouped.

    Groups grow in memory: a question is embedded and placed when it is first listed. Every method
    raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(self, engine: Engine, audit: AuditLog, embed: Embed, limit: int) -> None:
        """Group at most so many of a period's newest questions."""
        self._engine = engine
        self._audit = audit
        self._embed = embed
        self._limit = limit
        self._groupings: OrderedDict[tuple[object, ...], _Grouping] = OrderedDict()
        self._lock = threading.Lock()

    def listed(self, scope: str, communes: Sequence[str], since: datetime) -> tuple[Gap, ...]:
        """The groups of the questions since a moment, the most asked first."""
        questions = self.questions(communes, since)
        if not questions:
            return ()
        by_key = {one.key: one for one in questions}
        decisions = self._decisions(scope)
        found = []
        for keys in self._grouped((scope, tuple(communes), since.date()), questions):
            members = sorted(
                (by_key[key] for key in keys if key in by_key),
                key=lambda one: (-one.count, one.first, one.key),
            )
            if members:
                found.append(_judged(tuple(members), decisions))
        return tuple(sorted(found, key=lambda gap: (-gap.count, gap.key)))

    def alike(self, question: str, communes: Sequence[str], since: datetime) -> tuple[str, ...]:
        """The other questions of the group that a question would join, the most asked first."""
        questions = self.questions(communes, since)
        if not questions:
            return ()
        vectors = self._embed([question, *(one.text for one in questions)])
        near = vectors[1:] @ vectors[0] >= ALIKE
        found = [
            one
            for one, is_near in zip(questions, near, strict=True)
            if is_near and one.key != folded(question)
        ]
        return tuple(one.text for one in sorted(found, key=lambda one: (-one.count, one.key)))

    def questions(self, communes: Sequence[str], since: datetime) -> tuple[Unanswered, ...]:
        """The questions without an answer since a moment, the first asked first.

        One that was asked back counts if its conversation ended with it.
        """
        later = aliased(AnswerRow)
        left = and_(
            AnswerRow.status == AnswerStatus.CLARIFY_PROCEDURE.value,
            ~exists().where(
                later.conversation_id == AnswerRow.conversation_id,
                later.made_at > AnswerRow.made_at,
            ),
        )
        wanted = (
            select(AnswerRow.id, AnswerRow.asked, AnswerRow.commune, AnswerRow.made_at)
            .where(
                AnswerRow.commune.in_(communes),
                AnswerRow.made_at >= since.astimezone(UTC),
                or_(AnswerRow.status.in_([status.value for status in UNANSWERED]), left),
            )
            .order_by(AnswerRow.made_at.desc(), AnswerRow.id)
            .limit(self._limit)
        )
        with database_errors(), Session(self._engine) as session:
            rows = session.execute(wanted).all()
        found: dict[str, dict[str, Any]] = {}
        for answer_id, asked, commune, made_at in reversed(rows):
            key = folded(asked)
            if not key:
                continue
            one = found.setdefault(key, {"communes": Counter(), "times": []})
            one["communes"][commune] += 1
            one["times"].append(utc(made_at))
            one["answer_id"] = answer_id
            if marked_share(asked) >= marked_share(one.get("text", "")):
                one["text"] = asked
        return tuple(
            Unanswered(key=key, **{**one, "times": tuple(one["times"])})
            for key, one in found.items()
        )

    def decide(
        self,
        scope: str,
        gap: Gap,
        decision: GapDecision,
        by: str,
        ref: str | None = None,
    ) -> None:
        """Keep what was decided about a group; it counts until one of it is asked again."""
        keys = [one.key for one in gap.questions]
        details = {"questions": len(keys), "ref": ref, "heading": gap.heading}
        with database_errors(), Session(self._engine) as session, session.begin():
            row = GapDecisionRow(
                scope=scope,
                decision=decision.value,
                heading=gap.heading,
                keys=keys,
                ref=ref,
                decided_by=by,
                decided_at=now(),
            )
            session.add(row)
            session.flush()
            entry = AuditEntry(by, f"gap.{decision.value}", scope, f"gap:{row.id}", details)
            self._audit.add(session, entry)

    def recall(self, scope: str, gap: Gap, by: str) -> None:
        """Take back every decision about a group."""
        keys = {one.key for one in gap.questions}
        with database_errors(), Session(self._engine) as session, session.begin():
            rows = session.scalars(select(GapDecisionRow).where(GapDecisionRow.scope == scope))
            for row in rows:
                if not keys.isdisjoint(row.keys):
                    row.keys = [key for key in row.keys if key not in keys]
            entry = AuditEntry(by, "gap.recalled", scope, "gap", {"heading": gap.heading})
            self._audit.add(session, entry)

    def _grouped(
        self, name: tuple[object, ...], questions: Sequence[Unanswered]
    ) -> tuple[tuple[str, ...], ...]:
        with self._lock:
            grouping = self._groupings.get(name)
            known = grouping.known if grouping else frozenset()
            fresh = [one for one in questions if one.key not in known]
            if fresh:
                vectors = self._embed([one.text for one in fresh])
                if grouping is None:
                    grouping = self._groupings[name] = _Grouping(Groups(vectors.shape[1]))
                grouping.groups.add(vectors)
                grouping.keys += [one.key for one in fresh]
                grouping.known |= {one.key for one in fresh}
            assert grouping is not None  # there is at least one question
            self._groupings.move_to_end(name)
            self._forget()
            return tuple(
                tuple(grouping.keys[number] for number in members)
                for members in grouping.groups.groups()
            )

    def _forget(self) -> None:
        """Drop the groupings that were asked for longest ago, where there are too many vectors."""
        kept = sum(len(one.keys) for one in self._groupings.values())
        while kept > _QUESTIONS_KEPT and len(self._groupings) > 1:
            _, oldest = self._groupings.popitem(last=False)
            kept -= len(oldest.keys)

    def _decisions(self, scope: str) -> Mapping[str, Decided]:
        """The newest decision about each question."""
        wanted = (
            select(GapDecisionRow)
            .where(GapDecisionRow.scope == scope)
            .order_by(GapDecisionRow.decided_at, GapDecisionRow.id)
        )
        with database_errors(), Session(self._engine) as session:
            return {
                key: Decided(
                    GapDecision(row.decision), row.ref, row.decided_by, utc(row.decided_at)
                )
                for row in session.scalars(wanted)
                for key in row.keys
            }


def _judged(members: tuple[Unanswered, ...], decisions: Mapping[str, Decided]) -> Gap:
    made = [decided for one in members if (decided := decisions.get(one.key)) is not None]
    if not made:
        return Gap(members)
    newest = max(made, key=lambda decided: decided.at)
    new = 0
    for one in members:
        own = decisions.get(one.key)
        new += sum(own is None or at > own.at for at in one.times)
    return Gap(members, newest, new)
