"""Every save of a draft: a log of who wrote what, thinned once the draft is long closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    String,
    and_,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.draft import OPEN, DraftRow
from knowledge_base.day import utc
from knowledge_base.revisions import Base


class DraftSaveRow(Base):
    """One save of a draft; rows are only ever added, and thinned: see :func:`thin`."""

    __tablename__ = "draft_save"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"))
    version: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    refused: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("draft_save_by_draft", "draft_id", "id"),)


@dataclass(frozen=True, slots=True)
class Save:
    """One save of a draft."""

    id: int
    version: int
    """Of the draft after it; of a refused one, the version that its writer had before them."""
    data: Mapping[str, Any]
    by: str
    at: datetime
    """UTC."""
    refused: bool
    """Somebody else had saved in between: it is kept here alone."""


def add(session: Session, row: DraftRow, by: str, at: datetime) -> None:
    """Note that a draft now says what it says."""
    session.add(
        DraftSaveRow(
            draft_id=row.id, version=row.version, data=row.data, by=by, at=at, refused=False
        )
    )


def add_refused(
    session: Session, row: DraftRow, data: dict[str, Any], version: int, by: str, at: datetime
) -> None:
    """Keep what could not be saved because somebody else saved in between."""
    last = session.scalar(
        select(DraftSaveRow)
        .where(DraftSaveRow.draft_id == row.id, DraftSaveRow.by == by, DraftSaveRow.refused)
        .order_by(DraftSaveRow.id.desc())
        .limit(1)
    )
    if last is None or last.data != data:  # a browser saves the same again and again
        session.add(
            DraftSaveRow(draft_id=row.id, version=version, data=data, by=by, at=at, refused=True)
        )


def of_draft(session: Session, draft_id: int) -> tuple[Save, ...]:
    """Every save of a draft, the newest first."""
    wanted = (
        select(DraftSaveRow)
        .where(DraftSaveRow.draft_id == draft_id)
        .order_by(DraftSaveRow.id.desc())
    )
    return tuple(
        Save(row.id, row.version, row.data, row.by, utc(row.at), row.refused)
        for row in session.scalars(wanted)
    )


def writers_of(session: Session, draft_id: int) -> frozenset[str]:
    """Everyone whose words went into a draft, whoever began or wished it among them."""
    wanted = select(DraftSaveRow.by).where(DraftSaveRow.draft_id == draft_id, ~DraftSaveRow.refused)
    return frozenset(session.scalars(wanted))


def last_written(session: Session, draft_id: int) -> dict[str, datetime]:
    """When each officer last wrote in a draft, saved or refused; its beginning is no writing."""
    wanted = (
        select(DraftSaveRow.by, func.max(DraftSaveRow.at))
        .where(
            DraftSaveRow.draft_id == draft_id,
            or_(DraftSaveRow.version > 1, DraftSaveRow.refused),
        )
        .group_by(DraftSaveRow.by)
    )
    return {by: utc(at) for by, at in session.execute(wanted)}


def thin(session: Session, until: datetime) -> int:
    """Delete the saves in between of drafts closed before ``until``; how many went.

    The first save stays, the last of each officer, and every one that was refused: so it is known
    for good what the draft began and ended with, who wrote in it, and nobody's words are lost that
    stand nowhere else. The caller commits.
    """
    gone = session.scalars(
        delete(DraftSaveRow)
        .where(_in_between(until))
        .returning(DraftSaveRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def in_between(session: Session, until: datetime) -> int:
    """How many saves :func:`thin` would delete."""
    return session.scalar(select(func.count()).where(_in_between(until))) or 0


def _in_between(until: datetime) -> ColumnElement[bool]:
    closed = select(DraftRow.id).where(
        DraftRow.state.not_in([state.value for state in OPEN]), DraftRow.updated_at < until
    )
    of_closed = DraftSaveRow.draft_id.in_(closed)
    first = select(func.min(DraftSaveRow.id)).where(of_closed).group_by(DraftSaveRow.draft_id)
    last = (
        select(func.max(DraftSaveRow.id))
        .where(of_closed, ~DraftSaveRow.refused)
        .group_by(DraftSaveRow.draft_id, DraftSaveRow.by)
    )
    return and_(
        of_closed,
        ~DraftSaveRow.refused,
        DraftSaveRow.id.not_in(first),
        DraftSaveRow.id.not_in(last),
    )
