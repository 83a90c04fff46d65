"""What a draft (bản nháp) is: a working copy of a record, and what its writers wish for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, DateTime, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.catalogue import Body
from knowledge_base.day import utc
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import Base


class DraftState(StrEnum):
    """How far a draft is."""

    EDITING = "editing"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    """A reviewer gave it back with a note."""
    PUBLISHED = "published"
    DISCARDED = "discarded"


OPEN = (DraftState.EDITING, DraftState.IN_REVIEW, DraftState.RETURNED)
"""The states in which a draft may be written and published."""

STATE_NAMES = {
    DraftState.EDITING: "đang soạn",
    DraftState.IN_REVIEW: "chờ duyệt",
    DraftState.RETURNED: "trả lại",
    DraftState.PUBLISHED: "đã công bố",
    DraftState.DISCARDED: "đã bỏ",
}


WISH_STATE_NAMES = {
    **STATE_NAMES,
    DraftState.IN_REVIEW: "chờ xác nhận",
    DraftState.PUBLISHED: "đã xác nhận",
    DraftState.DISCARDED: "đã rút",
}


class DraftOrigin(StrEnum):
    """What a draft began from; ``origin_ref`` says which one."""

    EMPTY = "empty"
    RECORD = "record"
    """A published revision."""
    IMPORT = "import"
    """A draft revision that an import left."""
    TICKET = "ticket"
    CLUSTER = "cluster"
    """Questions that nobody could answer, put together."""
    DOCUMENT = "document"
    ANSWER = "answer"
    """An answer that a resident reported or an officer wants to mend."""
    CONFLICT = "conflict"
    """The release's text that staff have to settle with theirs; publishing the draft does."""


class Wish(StrEnum):
    """What is wished of a draft (đề nghị)."""

    TEXT = "text"
    """That its text be published."""
    END = "end"
    """That the record be withdrawn after :attr:`Draft.last_day`."""
    UNDO = "undo"
    """That the earlier revision :attr:`Draft.wished_id` count again."""
    CANCEL = "cancel"
    """That the revision :attr:`Draft.wished_id`, which has not begun, be called back."""


class DraftRow(Base):
    """A working copy as it stands."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    record_id: Mapped[str] = mapped_column(String(80))
    scope: Mapped[str] = mapped_column(String(100))
    proposed_in: Mapped[str | None] = mapped_column(String(100))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int]
    base_revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    origin: Mapped[str] = mapped_column(String(16))
    origin_ref: Mapped[str | None] = mapped_column(String(120))
    missing: Mapped[list[str]] = mapped_column(JSON)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    notes: Mapped[dict[str, str]] = mapped_column(JSON)
    file_id: Mapped[str | None] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    note: Mapped[str] = mapped_column(Text, default="")
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))
    """What it was published as."""
    wish: Mapped[str] = mapped_column(String(16))
    last_day: Mapped[date | None] = mapped_column(Date)
    wished_id: Mapped[int | None] = mapped_column(ForeignKey("revision.id"))

    __table_args__ = (
        Index("draft_by_scope", "scope", "state", "updated_at"),
        Index("draft_by_area", "proposed_in", "state", "updated_at"),
        Index("draft_by_origin", "origin", "origin_ref"),
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A working copy of a record (bản nháp)."""

    id: int
    kind: RecordKind
    record_id: str
    """Empty while a new record has no id yet."""
    scope: str
    """The scope whose officers may publish it; a commune's own record is the commune's."""
    data: Mapping[str, Any]
    """The record's JSON form; for a scope narrower than a record's, only what differs. Where an
    end, an undo or a call-back is wished, what would end, come back or be called back."""
    state: DraftState
    version: int
    """Counts the saves; whoever saves says which one they saw."""
    base_revision_id: int | None
    """The live revision that it changes; None for a new record."""
    origin: DraftOrigin
    origin_ref: str | None
    missing: tuple[str, ...]
    """What an import did not find."""
    warnings: tuple[str, ...]
    """What an import found and must not be believed unread."""
    notes: Mapping[str, str]
    """The source's own prose by heading: to read, not to publish."""
    file_id: str | None
    created_by: str
    updated_by: str
    updated_at: datetime
    """UTC."""
    note: str
    """What was said at the last move, such as why it was returned."""
    proposed_in: str | None = None
    """The area whose officers propose it, where the record is not their own."""
    revision_id: int | None = None
    """What it was published as."""
    wish: Wish = Wish.TEXT
    last_day: date | None = None
    """The record's last day, where its end is wished."""
    wished_id: int | None = None
    """The revision to go back to, or to call back."""

    @property
    def settles(self) -> int | None:
        """The conflict that publishing it settles: the release's revision."""
        ref = self.origin_ref or ""
        return int(ref) if self.origin is DraftOrigin.CONFLICT and ref.isdecimal() else None

    @property
    def body(self) -> Body:
        """The record as it would be published."""
        scope = NATIONAL if self.kind is RecordKind.COMMUNE else self.scope
        return Body(
            self.kind, self.record_id, scope, self.data, f"{self.kind.value} {self.record_id}"
        )


@dataclass(frozen=True, slots=True)
class NewDraft:
    """What a draft begins with; see :class:`Draft`."""

    kind: RecordKind
    record_id: str
    scope: str
    data: Mapping[str, Any]
    base_revision_id: int | None = None
    origin: DraftOrigin = DraftOrigin.EMPTY
    origin_ref: str | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    file_id: str | None = None
    proposed_in: str | None = None
    wish: Wish = Wish.TEXT
    last_day: date | None = None
    wished_id: int | None = None


class UnknownDraftError(LookupError):
    """There is no such draft, record or import; the message is in Vietnamese."""


class DraftChangedError(Exception):
    """Somebody else saved the draft in between; the refused data is among its saves."""

    def __init__(self, theirs: Draft) -> None:
        self.theirs = theirs
        super().__init__(
            f"{theirs.updated_by} đã sửa bản nháp này trong lúc bạn soạn. So hai bản rồi lưu lại; "
            "bản của bạn vẫn còn trong các lần lưu."
        )


class DraftClosedError(Exception):
    """The draft is in a state in which this cannot be done; the message is in Vietnamese."""


class DraftTooLargeError(Exception):
    """A draft larger than is allowed; the message is in Vietnamese."""


def draft_of(row: DraftRow) -> Draft:
    """A draft as its row says."""
    return Draft(
        id=row.id,
        kind=RecordKind(row.kind),
        record_id=row.record_id,
        scope=row.scope,
        data=row.data,
        state=DraftState(row.state),
        version=row.version,
        base_revision_id=row.base_revision_id,
        origin=DraftOrigin(row.origin),
        origin_ref=row.origin_ref,
        missing=tuple(row.missing),
        warnings=tuple(row.warnings),
        notes=row.notes,
        file_id=row.file_id,
        created_by=row.created_by,
        updated_by=row.updated_by,
        updated_at=utc(row.updated_at),
        note=row.note,
        proposed_in=row.proposed_in,
        revision_id=row.revision_id,
        wish=Wish(row.wish),
        last_day=row.last_day,
        wished_id=row.wished_id,
    )
