"""A golden question (câu hỏi mẫu), asked before and after a change, and what that shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from app.answering.answer import Answer, Answering, AnswerStatus, Office, Question
from app.records.trial import Row, Shown, Verdict
from knowledge_base.edition import Edition
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import ExampleQuestion
from knowledge_base.syllables import nfc

Record = Procedure | Guide

_MARK = re.compile(r" ?\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Golden:
    """A question to ask."""

    question: ExampleQuestion
    commune: str
    record: Record | None
    """The record that should answer, as it was or will be."""
    new: bool = False
    """Whether what is live does not know it yet."""


def asked(one: Golden, before: Answering, after: Answering, tried: Edition) -> Row:
    """Ask a question twice.

    Args:
        one: the question.
        before: answers as now.
        after: answers as it would be. It asks first: its search is the wider one, which holds what
            the other looks for.
        tried: what ``after`` answers from.
    """
    question = Question(one.question.text, one.commune)
    new = after.answer(question)
    old = before.answer(question)
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


def _verdict(one: Golden, old: Answer, new: Answer, tried: Edition, *, office: bool) -> Verdict:
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
