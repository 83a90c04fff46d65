"""What a change of a record would do to answers, tried in memory before anybody publishes it.

Each record carries its residents' questions with the section that answers and, where somebody wrote
them down, the facts that the answer must show: its golden questions. A trial asks those that a
change may touch twice, of what is live and of what would be live, and compares the answers.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.answering.answer import Answer, Answering, AnswerStatus, Office, Question
from app.answering.asked import Turn
from app.answering.retrieve import Knowledge
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import Body, Catalogue, build_catalogue
from knowledge_base.chunk import Chunk, ChunkKind
from knowledge_base.edition import Edition, chunks_on
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.guide import Guide
from knowledge_base.index import VectorIndex, VectorsUnavailableError
from knowledge_base.procedure import Procedure
from knowledge_base.record import ExampleQuestion, RecordKind
from knowledge_base.reuse import Reuse
from knowledge_base.syllables import nfc

log = logging.getLogger(__name__)

Record = Procedure | Guide

_MARK = re.compile(r" ?\[\d{1,2}\]")
_LOOKED_FROM = 40
"""From so many changed texts at most the nearest questions of other records are looked for."""
_LOOKED_AT = 40
"""So many chunks around each of them, beside the record's own."""
_OFFICE = (
    "Giờ làm việc của trung tâm phục vụ hành chính công?",
    "Trụ sở ủy ban ở đâu?",
    "Số điện thoại của xã là số nào?",
    "Công an xã ở đâu?",
)
"""What is asked where a commune's own record changes: it carries no questions."""


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
_ORDER = list(Verdict)


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


class TrialProgress(Protocol):
    """Told as a trial goes on."""

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """So many of so many steps are done."""
        ...


@dataclass(frozen=True, slots=True)
class _Golden:
    """A question to ask."""

    question: ExampleQuestion
    commune: str
    record: Record | None
    """The record that should answer, as it was or will be."""
    new: bool = False
    """Whether what is live does not know it yet."""


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
        knowledge = TrialKnowledge(self._live.vectors, base, tried)
        before = self._answering(TrialKnowledge(self._live.vectors, base, base), moment)
        after = self._answering(knowledge, moment)

        sample = self._sample(body, tried, communes)
        golden = [
            one for commune in sample for one in self._golden(body, base, tried, knowledge, commune)
        ]
        rows = []
        for done, one in enumerate(golden):
            progress(done, len(golden), "Đang hỏi thử")
            rows.append(_asked(one, before, after, tried))
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
            effective = tried.scope(commune).records.get(body.id)
            return effective is None or effective.scope == body.scope

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
    ) -> Iterator[_Golden]:
        """The questions to ask in a commune, none twice."""
        if body.kind is RecordKind.COMMUNE:
            for text in _OFFICE:
                yield _Golden(ExampleQuestion(text=text, section="office"), commune, None)
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
                    yield _Golden(question, commune, own, new=question.text not in known)
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
                    yield _Golden(question, commune, record)


class TrialKnowledge:
    """An edition in memory that shares the vectors of the live one it was changed from."""

    def __init__(self, vectors: VectorIndex, base: Edition, tried: Edition) -> None:
        """Answer from ``tried``; what ``base`` lacks is embedded here.

        Raises:
            EmbeddingUnavailableError: when the embedding model fails.
        """
        self._vectors = vectors
        self._base = base
        self._tried = tried
        kept = base.place_of.keys() & tried.place_of.keys()
        self._fresh = tuple(chunk for chunk in tried.chunks if chunk.id not in kept)
        self._gone = tuple(chunk for chunk in base.chunks if chunk.id not in kept)
        self._scope_of = {chunk.id: chunk.scope for chunk in base.chunks}
        self._stored = frozenset(self._scope_of.values())
        self._rows = self._embedded([chunk.text for chunk in self._fresh])

    def edition(self) -> Edition:
        """The edition that is tried."""
        return self._tried

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """What the vector store would say once the change were published.

        The store keeps the vectors of unchanged chunks; the new ones are compared one by one, and
        as many more are asked of the store as it holds of those that would go.
        """
        scopes = edition.scope(commune_id).collections
        try:
            found = self._stored_nearest(text, scopes, count)
            fresh = self._fresh_nearest(text, scopes)
        except (EmbeddingUnavailableError, VectorsUnavailableError):
            log.exception("trying by words alone")
            return {}
        gone = {chunk.id for chunk in self._gone}
        by_scope: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
        for chunk_id, similarity in found.items():
            if chunk_id not in gone and (scope := self._scope_of.get(chunk_id)) is not None:
                by_scope[scope].append((similarity, chunk_id))
        for chunk, similarity in fresh:
            by_scope[chunk.scope].append((similarity, chunk.id))
        return {
            chunk_id: similarity
            for ranked in by_scope.values()
            for similarity, chunk_id in sorted(ranked, reverse=True)[:count]
        }

    def near(
        self, commune: str, without: str, related: Collection[str], count: int
    ) -> tuple[Chunk, ...]:
        """Questions of other records that lie nearest to what changed, the nearest first.

        Up to half of them are of the related records, near or not.

        Raises:
            EmbeddingUnavailableError: when the embedding model fails.
        """
        changed = [
            chunk.text for chunk in (*self._fresh, *self._gone) if chunk.record_id == without
        ]
        if not changed or count <= 0:
            return ()
        rows = self._embedded(changed)
        records = self._tried.scope(commune).records
        near_by = [
            chunk
            for chunk in self._tried.chunks
            if chunk.kind is ChunkKind.QUESTION
            and chunk.record_id in related
            and records[chunk.record_id].scope == chunk.scope
        ]
        first = self._ranked(near_by, rows)
        others = self._ranked(
            (
                chunk
                for chunk in self._around(changed, commune, without)
                if chunk.record_id not in related
            ),
            rows,
        )
        kept = max(count // 2, count - len(others))
        return (*first[:kept], *others)[:count]

    def _around(self, texts: Sequence[str], commune: str, without: str) -> Iterable[Chunk]:
        """Question chunks of other records among those that lie around some texts."""
        scope = self._tried.scope(commune)
        own = sum(chunk.record_id == without for chunk in self._base.chunks)
        step = max(1, math.ceil(len(texts) / _LOOKED_FROM))
        found: dict[str, Chunk] = {}
        for text in texts[::step]:
            try:
                ids = self._stored_nearest(text, scope.collections, _LOOKED_AT + own)
            except VectorsUnavailableError:
                log.exception("no neighbours are tried")
                return ()
            for chunk_id in ids:
                place = self._tried.place_of.get(chunk_id)
                if place is not None and scope.allowed[place]:
                    chunk = self._tried.chunks[place]
                    if chunk.kind is ChunkKind.QUESTION and chunk.record_id != without:
                        found[chunk_id] = chunk
        return found.values()

    def _ranked(self, chunks: Iterable[Chunk], rows: NDArray[np.float32]) -> list[Chunk]:
        listed = list(chunks)
        if not listed:
            return []
        nearness = (self._embedded([chunk.text for chunk in listed]) @ rows.T).max(axis=1)
        return [listed[place] for place in np.argsort(-nearness, kind="stable")]

    def _stored_nearest(self, text: str, scopes: Sequence[str], count: int) -> Mapping[str, float]:
        stored = [scope for scope in scopes if scope in self._stored]
        going = max(
            (sum(chunk.scope == scope for chunk in self._gone) for scope in stored), default=0
        )
        generation = self._base.snapshot.generation
        return self._vectors.nearest(text, stored, generation, count + going)

    def _fresh_nearest(self, text: str, scopes: Sequence[str]) -> Iterator[tuple[Chunk, float]]:
        if self._fresh:
            asked = _unit(np.array([self._vectors.embedding.embed_query(text)], dtype=np.float32))
            similarities = self._rows @ asked[0]
            for chunk, similarity in zip(self._fresh, similarities, strict=True):
                if chunk.scope in scopes:
                    yield chunk, float(similarity)

    def _embedded(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors; shape ``(texts, dimension)``."""
        if not texts:
            return np.zeros((0, self._vectors.embedding.dimension), dtype=np.float32)
        return _unit(np.array(self._vectors.embedding.embed_documents(texts), dtype=np.float32))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


class Forgetful:
    """Conversations of one question each; nothing is kept."""

    def last(self, conversation_id: str, commune: str) -> Turn | None:
        """Nothing went before."""
        del conversation_id, commune
        return None

    def keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        """Nothing comes after."""


def tried_edition(
    base: Edition, body: Body, *, withdrawn: bool, reuse: Reuse | None = None
) -> Edition:
    """What would answer once a record is published, or ended.

    What ``reuse`` knows of the other records is not made again.

    Raises:
        ContentError: when it does not fit the rest.
    """
    bodies = [one for one in base.catalogue.bodies if one.key != body.key]
    if not withdrawn:
        bodies.append(body)
    reuse = reuse or Reuse()
    built = build_catalogue(bodies, base.catalogue.legal_texts, reuse.checked)
    whole = replace(built, communes={**base.catalogue.communes, **built.communes})
    current = whole.in_force(base.day)
    chunks = chunks_on(current, base.day, reuse)
    if chunks == base.chunks:
        return replace(base, catalogue=current, _scopes={})
    return Edition.load(base.snapshot, whole, base.day, reuse)


def _asked(one: _Golden, before: Answering, after: Answering, tried: Edition) -> Row:
    """Ask a question twice."""
    question = Question(one.question.text, one.commune)
    old, new = before.answer(question), after.answer(question)
    office = one.record is None
    missing = _missing(one.question.facts, new)
    return Row(
        question=question.text,
        commune=tried.catalogue.communes[one.commune].full_name,
        record_id=one.record.id if one.record else None,
        record_title=one.record.title if one.record else "",
        section=one.question.section,
        facts=one.question.facts,
        missing=missing,
        before=_shown(old, office=office),
        after=_shown(new, office=office),
        verdict=_verdict(one, old, new, tried, office=office),
    )


def _verdict(one: _Golden, old: Answer, new: Answer, tried: Edition, *, office: bool) -> Verdict:
    was, now = _shown(old, office=office), _shown(new, office=office)
    if one.record is None:
        if _abstains(new) and not _abstains(old):
            return Verdict.LOST
        return Verdict.SAME if was.reads_like(now) else Verdict.CHANGED
    wanted, section = one.record.id, one.question.section
    if wanted not in tried.scope(one.commune).records:
        wrong = _led_to(new, wanted) is _Led.ELSEWHERE
        return Verdict.WRONG_RECORD if wrong else Verdict.CHANGED
    before, after = _led_to(old, wanted), _led_to(new, wanted)
    if one.new:
        fits = after is _Led.RIGHT and not _missing(one.question.facts, new)
        return Verdict.BETTER if fits else Verdict.UNMET
    if after < before:
        return _FALLEN[after]
    if after > before:
        return Verdict.BETTER
    if after is _Led.RIGHT:
        if set(_missing(one.question.facts, new)) - set(_missing(one.question.facts, old)):
            return Verdict.FACT_MISSING
        if _quotes(old, section) and not _quotes(new, section):
            return Verdict.WRONG_SECTION
    return Verdict.SAME if was.reads_like(now) else Verdict.CHANGED


class _Led(IntEnum):
    """Where an answer leads, from wrong to right."""

    ELSEWHERE = 0
    NOWHERE = 1
    TO_A_CHOICE = 2
    RIGHT = 3


_FALLEN = {
    _Led.ELSEWHERE: Verdict.WRONG_RECORD,
    _Led.NOWHERE: Verdict.LOST,
    _Led.TO_A_CHOICE: Verdict.ASKS_BACK,
}
_ANSWERS = frozenset({AnswerStatus.ANSWERED, AnswerStatus.CLARIFY_CASE, AnswerStatus.SCAM_WARNING})


def _led_to(answer: Answer, record_id: str) -> _Led:
    """Where an answer leads who looks for a record."""
    named = {one.id for one in (answer.procedure, answer.also) if one is not None}
    if answer.status in _ANSWERS and named:
        return _Led.RIGHT if record_id in named else _Led.ELSEWHERE
    offered = {(choice.case or "").partition("/")[0] for choice in answer.choices}
    return _Led.TO_A_CHOICE if record_id in offered else _Led.NOWHERE


def _abstains(answer: Answer) -> bool:
    return answer.status.startswith(("abstained", "error")) or answer.status in (
        AnswerStatus.OUT_OF_SCOPE,
    )


def _quotes(answer: Answer, section: str) -> bool:
    return any(citation.section == section for citation in answer.citations)


def _missing(facts: Iterable[str], answer: Answer) -> tuple[str, ...]:
    """The facts that an answer does not show."""
    said = _even("\n".join([answer.text, *(one.quote for one in answer.citations)]))
    return tuple(fact for fact in facts if _even(fact) not in said)


def _even(text: str) -> str:
    return " ".join(nfc(text).casefold().split())


def _shown(answer: Answer, *, office: bool) -> Shown:
    lines = [_MARK.sub("", answer.text).strip()]
    lines += [f"• {choice.label}" for choice in answer.choices]
    if office and answer.office is not None:
        lines += _office_lines(answer.office)
    record = answer.procedure
    return Shown(
        answer.status.value,
        record.id if record else None,
        record.title if record else None,
        "\n".join(filter(None, lines)),
    )


def _office_lines(office: Office) -> list[str]:
    said = (office.name, office.address, office.telephone, *office.hours, office.note)
    return [line for line in said if line]
