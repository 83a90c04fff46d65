"""The last turn of each conversation, so that a follow-up knows what it goes on about."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.answering.pipeline import Turn
from app.records.tables import ConversationRow
from knowledge_base.day import utc
from knowledge_base.record import Facet
from knowledge_base.revisions import DatabaseUnavailableError, database_errors, now

log = logging.getLogger(__name__)


class ConversationLog:
    """Conversations in the database, shared by all replicas."""

    def __init__(self, engine: Engine, minutes: int) -> None:
        self._engine = engine
        self._lasts = timedelta(minutes=minutes)

    def last(self, conversation_id: str, commune: str) -> Turn | None:
        """The last turn, or None when it is unknown, of another commune, too old or unreadable."""
        try:
            return self._last(conversation_id, commune)
        except DatabaseUnavailableError:
            log.exception("answering without the conversation")
            return None

    def keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        """Remember a turn; a failing database costs the follow-up, not the answer."""
        try:
            self._keep(conversation_id, commune, turn)
        except DatabaseUnavailableError:
            log.exception("the conversation is forgotten")

    def _last(self, conversation_id: str, commune: str) -> Turn | None:
        with database_errors(), Session(self._engine) as session:
            row = session.get(ConversationRow, conversation_id)
            if row is None or row.record_id is None or row.commune != commune:
                return None
            if now() - utc(row.updated_at) > self._lasts:
                return None
            return Turn(
                row.record_id,
                Facet(row.facet) if row.facet else None,
                row.case_id,
                tuple(row.offered),
            )

    def _keep(self, conversation_id: str, commune: str, turn: Turn) -> None:
        with database_errors(), Session(self._engine) as session, session.begin():
            session.merge(
                ConversationRow(
                    id=conversation_id,
                    commune=commune,
                    record_id=turn.record_id,
                    facet=turn.facet.value if turn.facet else None,
                    case_id=turn.case,
                    offered=list(turn.offered),
                    updated_at=now(),
                )
            )
