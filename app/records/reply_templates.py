"""Texts that officers begin replies with: those of the release, and each area's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML
from sqlalchemy import DateTime, Engine, Index, String, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import AuditEntry, AuditLog
from knowledge_base.revisions import Base, database_errors, now

_FILE = Path(__file__).with_name("reply_templates.yaml")
_PLACE = re.compile(r"\{([^{}]+)\}")
PLACES = ("xã", "nơi tiếp nhận", "địa chỉ", "điện thoại", "giờ làm việc", "hôm nay")
"""What a template may leave to be filled in."""


class ReplyTemplateRow(Base):
    """A template of an area's own."""

    __tablename__ = "reply_template"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    __table_args__ = (Index("reply_template_by_scope", "scope"),)


@dataclass(frozen=True, slots=True)
class ReplyTemplate:
    """A text that a reply may begin with."""

    key: str
    """The id of an area's own, ``release:<name>`` of one that came with the release."""
    title: str
    text: str
    """With places such as ``{địa chỉ}`` that are filled in; see ``PLACES``."""
    scope: str | None = None
    """None: it came with the release."""

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with its places filled in; what is not known is left to the officer."""
        return _PLACE.sub(lambda place: values.get(place[1]) or f"[điền {place[1]}]", self.text)


class TemplateError(Exception):
    """A template that cannot be kept; the message, in Vietnamese, says what to do."""


class ReplyTemplates:
    """The templates of every area. Raises ``DatabaseUnavailableError`` like all stores."""

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit

    def listed(self, scopes: Sequence[str]) -> tuple[ReplyTemplate, ...]:
        """The areas' own, then those of the release."""
        wanted = (
            select(ReplyTemplateRow)
            .where(ReplyTemplateRow.scope.in_(scopes))
            .order_by(ReplyTemplateRow.title, ReplyTemplateRow.id)
        )
        with database_errors(), Session(self._engine) as session:
            own = tuple(
                ReplyTemplate(str(row.id), row.title, row.text, row.scope)
                for row in session.scalars(wanted)
            )
        return own + packaged()

    def keep(self, key: str | None, scope: str, title: str, text: str, by: str) -> None:
        """Add a template, or write one of the scope anew.

        Raises:
            TemplateError: for an empty title or text, an unknown place, or another's template.
        """
        title, text = " ".join(title.split()), text.strip()
        if not 1 <= len(title) <= 100 or not text:
            raise TemplateError("Mẫu cần một tên (không quá 100 ký tự) và một đoạn văn.")
        if unknown := [place for place in _PLACE.findall(text) if place not in PLACES]:
            raise TemplateError(
                f"Chỗ điền {{{unknown[0]}}} không có. Dùng một trong: "
                + ", ".join(f"{{{place}}}" for place in PLACES)
                + "."
            )
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._row(session, key, scope) if key else None
            if key and row is None:
                raise TemplateError("Không còn mẫu này.")
            before = {"title": row.title, "text": row.text} if row else None
            if row is None:
                row = ReplyTemplateRow(scope=scope)
                session.add(row)
            row.title, row.text, row.updated_by, row.updated_at = title, text, by, now()
            session.flush()
            details = {"before": before, "after": {"title": title, "text": text}}
            entry = AuditEntry(by, "template.kept", scope, f"template:{row.id}", details)
            self._audit.add(session, entry)

    def delete(self, key: str, scope: str, by: str) -> None:
        """Delete a template of a scope; raises ``TemplateError`` where there is none."""
        with database_errors(), Session(self._engine) as session, session.begin():
            row = self._row(session, key, scope)
            if row is None:
                raise TemplateError("Không còn mẫu này.")
            details = {"before": {"title": row.title, "text": row.text}}
            session.execute(delete(ReplyTemplateRow).where(ReplyTemplateRow.id == row.id))
            entry = AuditEntry(by, "template.deleted", scope, f"template:{key}", details)
            self._audit.add(session, entry)

    @staticmethod
    def _row(session: Session, key: str, scope: str) -> ReplyTemplateRow | None:
        row = session.get(ReplyTemplateRow, int(key)) if key.isdecimal() else None
        return row if row is not None and row.scope == scope else None


@cache
def packaged() -> tuple[ReplyTemplate, ...]:
    """The templates of the release."""
    entries = YAML(typ="safe").load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        ReplyTemplate(f"release:{name}", entry["title"], entry["text"].strip())
        for name, entry in entries.items()
    )
