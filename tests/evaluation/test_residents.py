"""How many residents' questions reach the right record; a floor, not a goal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.answering.answer import Answer, Answering, AnswerStatus, Question
from tests.service import ingested_copy, release, running, settings_in
from tests.thorough import mostly_thorough

SHOWN = {AnswerStatus.ANSWERED, AnswerStatus.CLARIFY_CASE, AnswerStatus.ABSTAINED_UNSUPPORTED}
CONVERSATIONS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("residents.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answering]:
    folder = ingested_copy(tmp_path_factory.mktemp("residents"))
    with running(settings_in(folder)) as app:
        found: Answering = app.state.service.answering
        yield found


def outcome(answer: Answer, turn: dict[str, Any]) -> str:
    """``right``, ``one tap``, ``asked back``, ``abstained`` though answerable, or ``wrong``."""
    records, other = turn["records"], turn["or"]
    reference = answer.procedure.id if answer.procedure else None
    if answer.status is AnswerStatus.EMERGENCY:
        return "right" if "emergency" in other else "wrong"
    if answer.status is AnswerStatus.SCAM_WARNING:
        return "right" if "scam" in other else "wrong"
    if answer.status in SHOWN and reference is None:
        return "right" if "office" in other else "wrong"
    if answer.status in SHOWN:
        return "right" if reference in records else "wrong"
    if answer.status is AnswerStatus.CLARIFY_PROCEDURE and answer.choices:
        offered = {(choice.case or "").partition("/")[0] for choice in answer.choices}
        return "one tap" if offered & set(records) else "asked back"
    return "right" if "abstain" in other else "abstained"


def counted(answering: Answering, part: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for conversation in CONVERSATIONS:
        if conversation["part"] != part:
            continue
        conversation_id = None
        for turn in conversation["turns"]:
            answer = answering.answer(Question(turn["text"], "hoa-tien", conversation_id))
            conversation_id = answer.conversation_id
            found[outcome(answer, turn)] += 1
    return found


@pytest.mark.parametrize(
    ("part", "reached", "wrong"),
    mostly_thorough([("test", 0.85, 0.07), ("development", 0.90, 0.05)]),
)
def test_residents_are_understood_at_least_as_well_as_before(
    answering: Answering, part: str, reached: float, wrong: float
) -> None:
    outcomes = counted(answering, part)

    turns = outcomes.total()
    assert (outcomes["right"] + outcomes["one tap"]) / turns >= reached, outcomes
    assert outcomes["wrong"] / turns <= wrong, outcomes


def test_the_questions_name_records_that_exist() -> None:
    known = {record_id for record_id, _ in release().records}

    named = {record for one in CONVERSATIONS for turn in one["turns"] for record in turn["records"]}

    assert named <= known
