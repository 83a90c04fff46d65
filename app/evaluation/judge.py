"""Asks the questions and judges the answers, one by one."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from app.answering.answer import Answer, AnswerStatus, Question
from app.answering.trace import Traced
from app.answering.understand import QuestionKind
from app.evaluation.measures import Measured
from app.evaluation.rows import ABUSE, EMERGENCY, OFFICE, SCAM, Row, Sort
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import Facet, Topic
from knowledge_base.section import FACET_HEADINGS
from knowledge_base.syllables import nfc

Records = Mapping[str, Procedure | Guide]
"""The records of a commune by id."""


class Traceable(Protocol):
    """What can be asked; the service's pipeline."""

    def traced(self, question: Question) -> Traced:
        """The answer, and how it came about."""
        ...


_ABSTENTIONS = frozenset(
    {
        AnswerStatus.ABSTAINED_NO_PASSAGE,
        AnswerStatus.ABSTAINED_LOW_CONFIDENCE,
        AnswerStatus.OUT_OF_SCOPE,
        AnswerStatus.SMALL_TALK,
    }
)
_FACETS = {heading: facet for facet, heading in FACET_HEADINGS.items()}
_KEPT = 10
"""How much of a ranking a report keeps."""


class Outcome(StrEnum):
    """What came of a question."""

    RIGHT = "right"
    """The record expected is shown; or none is, where none was to be; or the status is right."""
    ONE_TAP = "one_tap"
    """Asked back, with a button for the record expected."""
    ASKED_BACK = "asked_back"
    """Asked back without one; or asked back where no record answers."""
    NOT_SAID = "not_said"
    """The record expected was found, but nothing of it was said."""
    REFUSED = "refused"
    WRONG = "wrong"
    """Another record, an office or an emergency is shown."""


class Judged(Measured):
    """One question with what came of it."""

    id: str
    of: str | None
    kind: str
    sort: Sort
    derived: bool
    both: bool
    question: str
    history: tuple[str, ...]
    commune: str
    topic: Topic | None
    expected: tuple[str, ...]
    facets: tuple[Facet, ...]
    facts: tuple[str, ...]

    status: AnswerStatus
    outcome: Outcome
    shown: tuple[str, ...]
    """Ids of the records that the answer rests on, its own first."""
    offered: tuple[str, ...]
    """Ids of the records that its buttons lead to."""
    facet: Facet | None
    """Of the answer."""
    facets_shown: tuple[Facet, ...]
    """All facets that its text cites."""
    facts_shown: tuple[str, ...]
    """Those of ``facts`` that stand in the text or on the card of a right answer."""
    facts_in_text: tuple[str, ...]
    ranking: tuple[tuple[str, float], ...]
    """The first ten records with their probabilities; empty where none was looked for."""
    rank: int | None
    """Of the first record expected, from 1; None where it is not among all that were found."""
    seconds: Mapping[str, float]
    """By step."""
    said: str
    """The first line of the answer."""

    @property
    def hit(self) -> bool:
        """Whether a record expected is ranked first."""
        return self.rank == 1

    @property
    def record_right(self) -> bool:
        """Whether the answer is about a record expected, whatever it says of it."""
        return self.sort is Sort.ANSWER and self.outcome in (Outcome.RIGHT, Outcome.NOT_SAID)

    @property
    def facet_right(self) -> bool:
        """Whether the answer's facet is a fair reading of the question."""
        return self.facet in self.facets

    @property
    def both_right(self) -> bool:
        """Whether both things asked for are shown: two records, or two facets of one."""
        if len(self.expected) > 1:
            return set(self.expected) <= set(self.shown)
        return self.outcome is Outcome.RIGHT and set(self.facets) <= set(self.facets_shown)

    @property
    def probability(self) -> float | None:
        """That the first record of the ranking answers; None where none was looked for."""
        return self.ranking[0][1] if self.ranking else None


def ask_all(
    pipeline: Traceable,
    records: Mapping[str, Records],
    rows: Sequence[Row],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Judged, ...]:
    """Ask every question, each in a conversation of its own, and judge the answers.

    Args:
        pipeline: answers.
        records: by commune, then by id.
        rows: the questions; their ``history`` is asked first, in the same conversation.
        progress: told (questions asked, questions in all).
    """
    judged: list[Judged] = []
    for number, row in enumerate(rows, start=1):
        conversation = uuid.uuid4().hex
        for earlier in row.history:
            pipeline.traced(Question(earlier, row.commune, conversation))
        traced = pipeline.traced(Question(row.question, row.commune, conversation))
        judged.append(judge(row, traced, records[row.commune]))
        if progress is not None:
            progress(number, len(rows))
    return tuple(judged)


def judge(row: Row, traced: Traced, records: Records) -> Judged:
    """What came of one question."""
    answer = traced.answer
    shown = _shown(answer, records)
    offered = tuple(
        dict.fromkeys((choice.case or "").partition("/")[0] for choice in answer.choices)
    )
    outcome = _outcome(row, traced, shown, offered)
    places = [place for place, (id, _) in enumerate(traced.ranking, 1) if id in row.expected]
    in_text: tuple[str, ...] = ()
    on_page: tuple[str, ...] = ()
    if set(row.expected) & set(shown):
        in_text = tuple(fact for fact in row.facts if holds(answer.text, fact))
        page = f"{answer.text}\n{_card_text(answer)}"
        on_page = tuple(fact for fact in row.facts if holds(page, fact))
    return Judged(
        id=row.id,
        of=row.of,
        kind=row.kind,
        sort=row.sort,
        derived=row.derived,
        both=row.both,
        question=row.question,
        history=row.history,
        commune=row.commune,
        topic=row.topic,
        expected=row.expected,
        facets=row.facets,
        facts=row.facts,
        status=answer.status,
        outcome=outcome,
        shown=shown,
        offered=offered,
        facet=answer.facet if shown else None,
        facets_shown=_facets_shown(answer, records),
        facts_shown=on_page,
        facts_in_text=in_text,
        ranking=tuple(
            (record_id, round(probability, 6)) for record_id, probability in traced.ranking[:_KEPT]
        ),
        rank=min(places, default=None),
        seconds={step: round(seconds, 7) for step, seconds in traced.seconds.items()},
        said=answer.text.partition("\n")[0],
    )


def _outcome(row: Row, traced: Traced, shown: Sequence[str], offered: Sequence[str]) -> Outcome:
    answer = traced.answer
    if row.sort is Sort.STATUS:
        return Outcome.RIGHT if _has_status_of(row.kind, traced, shown) else Outcome.WRONG
    asks_back = answer.status is AnswerStatus.CLARIFY_PROCEDURE
    if row.sort is Sort.ABSTAIN:
        if asks_back:
            return Outcome.ASKED_BACK
        abstains = answer.status in _ABSTENTIONS and not shown
        return Outcome.RIGHT if abstains else Outcome.WRONG
    if asks_back:
        return Outcome.ONE_TAP if set(offered) & set(row.expected) else Outcome.ASKED_BACK
    if shown:
        if shown[0] not in row.expected:
            return Outcome.WRONG
        unsaid = answer.status is AnswerStatus.ABSTAINED_UNSUPPORTED
        return Outcome.NOT_SAID if unsaid else Outcome.RIGHT
    refuses = answer.status in _ABSTENTIONS or answer.status.value.startswith(
        ("abstained", "error")
    )
    return Outcome.REFUSED if refuses else Outcome.WRONG


def _has_status_of(kind: str, traced: Traced, shown: Sequence[str]) -> bool:
    """Whether an emergency, a scam, an abuse or a question about the office is met as such."""
    status = traced.answer.status
    if kind == EMERGENCY:
        return status is AnswerStatus.EMERGENCY
    if kind == SCAM:
        return status is AnswerStatus.SCAM_WARNING
    if kind == ABUSE:
        return status is AnswerStatus.SMALL_TALK
    assert kind == OFFICE
    if status is AnswerStatus.ANSWERED:
        return traced.answer.office is not None and not shown
    # the commune has not entered what was asked for, and says so
    not_entered = traced.understood.kind is QuestionKind.OFFICE
    return not_entered and status is AnswerStatus.ABSTAINED_NO_PASSAGE


def _shown(answer: Answer, records: Records) -> tuple[str, ...]:
    own = (one.id for one in (answer.procedure, answer.also) if one is not None)
    cited = (citation.record_id for citation in answer.citations)
    return tuple(dict.fromkeys(one for one in (*own, *cited) if one in records))


def _facets_shown(answer: Answer, records: Records) -> tuple[Facet, ...]:
    """The answer's own facet and those that it cites."""
    found: list[Facet] = [answer.facet] if answer.facet is not None and answer.procedure else []
    for citation in answer.citations:
        record = records.get(citation.record_id)
        if isinstance(record, Guide):
            found += [part.facet for part in record.sections if part.heading == citation.section]
        elif citation.section in _FACETS:
            found.append(_FACETS[citation.section])
    return tuple(dict.fromkeys(found))


def _card_text(answer: Answer) -> str:
    card = answer.card
    if card is None:
        return ""
    lines: Iterable[str] = (line for section in card.sections for line in section.lines)
    return "\n".join((*lines, *card.pitfalls))


_THOUSANDS = re.compile(r"(?<=\d)[.,\s](?=\d{3}(?!\d))")
_FORM = re.compile(r"\b([A-Z]{1,4})[ -](?=\d{1,3}\b)")
_LEADING_ZERO = re.compile(r"(?<![\d/.,])0(?=\d/\d)|(?<=/)0(?=\d/\d{4})")


def plain_fact(text: str) -> str:
    """The text in the form in which facts are compared.

    NFC, lower case, single spaces; ``20.000``, ``20,000`` and ``20 000`` become ``20000``,
    ``01/07/2025`` becomes ``1/7/2025``, and ``CT-01`` and ``CT 01`` become ``ct01``.
    """
    words = _FORM.sub(r"\1", nfc(text))
    words = _LEADING_ZERO.sub("", _THOUSANDS.sub("", words))
    return " ".join(words.lower().split())


def holds(text: str, fact: str) -> bool:
    """Whether a text says a fact: the same words, and no other number around its own.

    ``3 ngày`` stands in ``Thời hạn: 3 ngày.``, not in ``13 ngày`` or ``0,3 ngày``.
    """
    wanted = re.escape(plain_fact(fact))
    return re.search(rf"(?<!\w)(?<!\d[.,/]){wanted}(?!\w)(?![.,/]\d)", plain_fact(text)) is not None
