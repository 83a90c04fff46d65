"""Judged questions for tests of what is made of them."""

from __future__ import annotations

from typing import Any

from app.answering.answer import AnswerStatus
from app.evaluation.judge import Judged, Outcome
from app.evaluation.report import Subject
from app.evaluation.rows import Sort
from knowledge_base.record import Facet, Topic

SUBJECT = Subject(
    made_at="2026-11-22T08:00:00+07:00",
    version="0.1.0",
    origin="content",
    records=2,
    embedding="none",
    chat_model="",
    answer_threshold=0.5,
    clarify_threshold=0.15,
    files=(),
    problems=(),
)


def judged(id: str, **changes: Any) -> Judged:
    """A plain question that was answered as it should be; some fields replaced."""
    usual: dict[str, Any] = {
        "id": id,
        "of": None,
        "kind": "plain",
        "sort": Sort.ANSWER,
        "derived": False,
        "both": False,
        "question": f"câu {id}",
        "history": (),
        "commune": "xa-thu",
        "topic": Topic.RESIDENCE,
        "expected": ("nuoi-ong",),
        "facets": (Facet.FEE,),
        "facts": (),
        "status": AnswerStatus.ANSWERED,
        "outcome": Outcome.RIGHT,
        "shown": ("nuoi-ong",),
        "offered": (),
        "facet": Facet.FEE,
        "facets_shown": (Facet.FEE,),
        "facts_shown": (),
        "facts_in_text": (),
        "ranking": (("nuoi-ong", 0.9), ("gia-ve-dieu", 0.1)),
        "rank": 1,
        "seconds": {"understand": 0.001, "retrieve": 0.002},
        "said": "Lệ phí: 31.000 đồng. [1]",
    }
    return Judged.model_validate({**usual, **changes})


def missed(id: str, **changes: Any) -> Judged:
    """A plain question for which another record came first and was shown."""
    return judged(
        id,
        **{
            "outcome": Outcome.WRONG,
            "shown": ("gia-ve-dieu",),
            "ranking": (("gia-ve-dieu", 0.8), ("nuoi-ong", 0.2)),
            "rank": 2,
            **changes,
        },
    )


def refused(id: str, **changes: Any) -> Judged:
    """A question that was not answered."""
    return judged(
        id,
        **{
            "outcome": Outcome.REFUSED,
            "status": AnswerStatus.ABSTAINED_LOW_CONFIDENCE,
            "shown": (),
            "facet": None,
            "facets_shown": (),
            "ranking": (("gia-ve-dieu", 0.05),),
            "rank": None,
            **changes,
        },
    )


def unanswerable(id: str, outcome: Outcome = Outcome.RIGHT, **changes: Any) -> Judged:
    """A question that no record answers."""
    return refused(
        id,
        **{
            "kind": "near-miss",
            "sort": Sort.ABSTAIN,
            "topic": None,
            "expected": (),
            "facets": (),
            "outcome": outcome,
            **changes,
        },
    )
