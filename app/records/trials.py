"""Trying what a change of a record would do to answers, in memory, before anybody publishes it.

A trial asks the golden questions that a change may touch twice, of what is live and of what would
be live, and compares the answers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from app.answering.answer import Answering
from app.answering.asked import Turn
from app.answering.retrieve import Knowledge
from app.records.golden import Golden, asked
from app.records.trial import Trial, Verdict
from app.records.trial_knowledge import StoredNearest, TrialKnowledge, tried_edition
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import Body, Catalogue, build_catalogue
from knowledge_base.edition import Edition
from knowledge_base.record import ExampleQuestion, RecordKind, scope_rank

_ORDER = list(Verdict)
_OFFICE = (
    "Giờ làm việc của trung tâm phục vụ hành chính công?",
    "Trụ sở ủy ban ở đâu?",
    "Số điện thoại của xã là số nào?",
    "Công an xã ở đâu?",
)
"""What is asked where a commune's own record changes: it carries no questions."""


class TrialProgress(Protocol):
    """Told as a trial goes on."""

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """So many of so many steps are done."""
        ...


class Trials:
    """Tries changes on what is live, without touching the database or the vector store."""

    def __init__(
        self,
        live: LiveKnowledge,
        answering: Callable[[Knowledge, datetime], Answering],
        clock: Callable[[], datetime],
        *,
        neighbours: int,
        communes: int,
    ) -> None:
        """Try on what ``live`` answers from.

        Args:
            live: the knowledge that answers now.
            answering: what answers residents, on other knowledge and at a moment that stands
                still; without conversations, pinned answers and a chat model, whose words differ
                by themselves.
            clock: the local time.
            neighbours: how many questions of other records are asked beside its own.
            communes: in how many communes a record of more than one is tried.
        """
        self._live = live
        self._answering = answering
        self._clock = clock
        self._neighbours = neighbours
        self._communes = communes

    def run(
        self,
        body: Body,
        communes: Collection[str],
        progress: TrialProgress,
        *,
        withdrawn: bool = False,
        day: date | None = None,
    ) -> Trial:
        """Ask every question that a change may touch, before and after it.

        Args:
            body: the record as it would be published, or the one that would end.
            communes: ids of those in the record's scope; a sample of them is tried.
            progress: told after every answer.
            withdrawn: whether the record would end.
            day: on which to answer, where the change begins later; today unless given.

        Raises:
            ContentError: when the change does not fit the rest.
        """
        started, moment = time.monotonic(), self._clock()
        progress(0, 0, "Đang dựng thử bản mới")
        base = self._live.edition()
        if day is not None and day != base.day:
            whole = self._whole(base.catalogue)
            base = Edition.load(base.snapshot, whole, day, self._live.reuse)
        tried = tried_edition(base, body, withdrawn=withdrawn, reuse=self._live.reuse)
        stored = StoredNearest(self._live.vectors, base)
        knowledge = TrialKnowledge(stored, tried)
        before = self._answering(TrialKnowledge(stored, base), moment)
        after = self._answering(knowledge, moment)

        sample = self._sample(body, tried, communes)
        golden = [
            one for commune in sample for one in self._golden(body, base, tried, knowledge, commune)
        ]
        rows = []
        for done, one in enumerate(golden):
            progress(done, len(golden), "Đang hỏi thử")
            rows.append(asked(one, before, after, tried))
        progress(len(golden), len(golden), "Đang hỏi thử")
        rows.sort(key=lambda row: _ORDER.index(row.verdict))
        names = tried.catalogue.communes
        return Trial(
            tuple(row for row in rows if row.verdict is not Verdict.SAME),
            tuple(row.question for row in rows if row.verdict is Verdict.SAME),
            tuple(names[commune].full_name for commune in sample),
            round(time.monotonic() - started, 1),
        )

    def _whole(self, catalogue: Catalogue) -> Catalogue:
        """A catalogue with what does not hold on its day too."""
        checked = self._live.reuse.checked
        built = build_catalogue(catalogue.bodies, catalogue.legal_texts, checked)
        return replace(built, communes={**catalogue.communes, **built.communes})

    def _sample(self, body: Body, tried: Edition, communes: Collection[str]) -> tuple[str, ...]:
        """Communes to try in, spread over the list, first those where this version holds."""
        known = [one for one in sorted(communes) if one in tried.catalogue.communes]
        if body.kind is RecordKind.COMMUNE:
            return tuple(one for one in known if one == body.id)

        def holds(commune: str) -> bool:
            scopes = tried.catalogue.communes[commune].scopes
            there = [scope for scope in scopes if (body.id, scope) in tried.catalogue.records]
            return not there or max(there, key=scope_rank) == body.scope

        best = [one for one in known if holds(one)] or known
        step = max(1, math.ceil(len(best) / self._communes))
        return tuple(best[::step][: self._communes])

    def _golden(
        self,
        body: Body,
        base: Edition,
        tried: Edition,
        knowledge: TrialKnowledge,
        commune: str,
    ) -> Iterator[Golden]:
        """The questions to ask in a commune, none twice."""
        if body.kind is RecordKind.COMMUNE:
            for text in _OFFICE:
                yield Golden(ExampleQuestion(text=text, section="office"), commune, None)
            return
        there = base.scope(commune).records if commune in base.catalogue.communes else {}
        later = tried.scope(commune).records
        own_before, own_after = there.get(body.id), later.get(body.id)
        known = {one.text for one in own_before.questions} if own_before else set()
        asked: set[str] = set()
        # what the change itself strikes out is asked too: residents still ask it
        for own in (own_after, own_before):
            for question in own.questions if own else ():
                if question.text not in asked:
                    asked.add(question.text)
                    yield Golden(question, commune, own, new=question.text not in known)
        related = {
            *(own_before.related if own_before else ()),
            *(own_after.related if own_after else ()),
            *(one.id for one in later.values() if body.id in one.related),
        } - {body.id}
        for chunk in knowledge.near(commune, body.id, related, self._neighbours):
            record = later.get(chunk.record_id)
            for question in record.questions if record else ():
                if question.text == chunk.text and question.text not in asked:
                    asked.add(question.text)
                    yield Golden(question, commune, record)


class Forgetful:
    """Conversations of one question each; nothing is kept."""

    def last(self, conversation_id: str, commune: str) -> Turn | None:
        """Nothing went before."""
        del conversation_id, commune
        return None

    def keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        """Nothing comes after."""
