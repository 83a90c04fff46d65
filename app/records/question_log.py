"""Questions and answers as they were shown, masked, and what residents thought of them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from app.answering.answer import Answer, AnswerStatus, Question
from app.answering.mask import mask
from app.records.tables import UNANSWERED_CHARS, AnswerRow, FeedbackRow, PlaceRow
from knowledge_base.day import VIETNAM
from knowledge_base.revisions import DatabaseUnavailableError, database_errors, now
from knowledge_base.syllables import fold, syllables

log = logging.getLogger(__name__)

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
_RECENT = 256


class QuestionLog:
    """Every answer, in the database; the newest also in memory.

    A database that cannot be written (a full disk) costs the log, never the answer: the page still
    finds it among the newest.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._recent: OrderedDict[str, Answer] = OrderedDict()
        self._lock = Lock()

    def add(self, question: Question, answer: Answer) -> None:
        """Keep an answer with the question as masked; what the resident typed is not kept."""
        with self._lock:
            self._recent[answer.id] = answer
            while len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        body: dict[str, Any] = _ANSWER.dump_python(answer, mode="json")
        made_at = now()
        local = made_at.astimezone(VIETNAM)
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                session.add(
                    AnswerRow(
                        id=answer.id,
                        conversation_id=answer.conversation_id,
                        commune=question.commune,
                        asked=answer.asked,
                        spoken=question.spoken,
                        status=answer.status.value,
                        record_id=answer.procedure.id if answer.procedure else None,
                        facet=answer.facet.value if answer.facet else None,
                        confidence=answer.confidence,
                        elapsed_ms=answer.elapsed_ms,
                        body=body,
                        made_at=made_at,
                        place=_place(session, question),
                        topic=answer.procedure.topic.value if answer.procedure else None,
                        language=answer.language.value,
                        day=local.date(),
                        hour=local.hour,
                        unanswered=folded(answer.asked) if is_unanswered(answer.status) else None,
                    )
                )
        except DatabaseUnavailableError:
            log.exception("an answer is not kept")

    def find(self, answer_id: str) -> Answer | None:
        """A stored answer; None if unknown."""
        with self._lock:
            if (recent := self._recent.get(answer_id)) is not None:
                return recent
        with database_errors(), Session(self._engine) as session:
            row = session.get(AnswerRow, answer_id)
            return _ANSWER.validate_python(row.body) if row is not None else None

    def commune_of(self, answer_id: str) -> str | None:
        """The commune that an answer was given in; None if unknown."""
        with database_errors(), Session(self._engine) as session:
            return session.scalar(select(AnswerRow.commune).where(AnswerRow.id == answer_id))

    def most_asked(
        self, commune: str, since: datetime, until: datetime, count: int
    ) -> tuple[str, ...]:
        """Ids of the records that answered most often in a commune, the most asked first.

        ``since`` counts, ``until`` no longer does; both carry a time zone. Empty while the database
        cannot be asked.
        """
        wanted = (
            select(AnswerRow.record_id)
            .where(
                AnswerRow.commune == commune,
                AnswerRow.record_id.is_not(None),
                AnswerRow.made_at >= since.astimezone(UTC),
                AnswerRow.made_at < until.astimezone(UTC),
            )
            .group_by(AnswerRow.record_id)
            .order_by(func.count().desc(), AnswerRow.record_id)
            .limit(count)
        )
        try:
            with database_errors(), Session(self._engine) as session:
                return tuple(found for found in session.scalars(wanted) if found is not None)
        except DatabaseUnavailableError:
            log.exception("what is asked most is not known")
            return ()


def is_unanswered(status: AnswerStatus) -> bool:
    """Whether a question that we should know the answer of had none."""
    return status.value.startswith("abstained")


def folded(question: str) -> str:
    """What is the same for two questions in the same words, however they were typed."""
    return " ".join(fold(word) for word in syllables(question))[:UNANSWERED_CHARS]


def _place(session: Session, question: Question) -> str | None:
    """The place that a question says it was asked at, where its commune has such a place."""
    if question.place is None:
        return None
    return session.scalar(
        select(PlaceRow.code).where(
            PlaceRow.code == question.place, PlaceRow.commune == question.commune
        )
    )


class FeedbackLog:
    """What residents say about answers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, answer_id: str, helpful: bool, reason: str | None, comment: str | None) -> None:
        """Keep one piece of feedback with its comment masked.

        Raises:
            DatabaseUnavailableError: when it cannot be kept, so the resident is told.
        """
        with database_errors(), Session(self._engine) as session, session.begin():
            session.add(
                FeedbackRow(
                    answer_id=answer_id,
                    helpful=helpful,
                    reason=reason,
                    comment=mask(comment) if comment else None,
                )
            )
            session.execute(
                update(AnswerRow).where(AnswerRow.id == answer_id).values(helpful=helpful)
            )
