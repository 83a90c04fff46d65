"""An office of officers who publish a small content, on a day that tests set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.records.audit import AuditFilter, AuditLog
from app.records.draft import Draft
from app.records.drafts import Drafts
from app.records.publishing import Publishing
from app.records.versions import Versions
from ingest.live import LiveKnowledge
from ingest.sync import make_snapshot, sync_content
from knowledge_base.catalogue import Body
from knowledge_base.edition import Edition
from knowledge_base.index import VectorIndex
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import Key, load_release
from knowledge_base.source import LegalText
from tests.knowledge_base.fakes import CountingEmbedding
from tests.knowledge_base.records import TODAY, commune, guide, procedure, put_small_content

KEY: Key = ("procedure", "dang-ky-tam-tru", NATIONAL)
OWN: Key = ("procedure", "dang-ky-tam-tru", "commune:hoa-tien")
LAN, MINH = "lan", "minh"


class Calendar:
    """A clock of days."""

    def __init__(self) -> None:
        self.day = TODAY

    def __call__(self) -> date:
        return self.day


def body(**changes: object) -> Body:
    """A version of the procedure; a field of None is taken away."""
    data = procedure(**changes)
    scope = str(data.get("scope", NATIONAL))
    return Body(RecordKind.PROCEDURE, data["id"], scope, data, "thủ tục")


def own_body(title: str = "Tạm trú ở Hòa Tiến", **more: object) -> Body:
    """What Hòa Tiến says otherwise of the procedure."""
    data = {"id": "dang-ky-tam-tru", "scope": "commune:hoa-tien", "title": title, **more}
    return Body(RecordKind.PROCEDURE, "dang-ky-tam-tru", "commune:hoa-tien", data, "thủ tục")


def released(*changed: Body) -> list[Body]:
    """The records of a release, some of them changed."""
    bodies = {
        one.key: one
        for one in (
            body(),
            Body(RecordKind.GUIDE, "muc-dong-bhyt", NATIONAL, guide(), "hướng dẫn"),
            Body(RecordKind.COMMUNE, "hoa-tien", NATIONAL, commune(), "xã"),
        )
    }
    return list((bodies | {one.key: one for one in changed}).values())


@dataclass(frozen=True, slots=True)
class Office:
    """What officers publish with, and what residents read."""

    engine: Engine
    vectors: VectorIndex
    embedding: CountingEmbedding
    live: LiveKnowledge
    audit: AuditLog
    drafts: Drafts
    publishing: Publishing
    versions: Versions
    calendar: Calendar

    def edition(self) -> Edition:
        """What answers now."""
        return self.live.edition()

    def title(self, scope: str = NATIONAL) -> str | None:
        """The title that residents read now."""
        record = self.edition().catalogue.records.get(("dang-ky-tam-tru", scope))
        return record.title if record is not None else None

    def tomorrow(self, day: date) -> None:
        """Let a day come, and the service notice it."""
        self.calendar.day = day
        assert self.live.show_now(30) is None

    def release(self, *changed: Body) -> tuple[str, ...]:
        """Load a release with some records changed; its conflicts."""
        with Session(self.engine) as session, session.begin():
            return load_release(session, released(*changed), self.calendar()).conflicts

    def draft(self, by: str = LAN, **changes: object) -> Draft:
        """A draft of the procedure, begun from what residents read and changed by an officer."""
        begun = self.drafts.begin_from_record(KEY, by)
        return self.drafts.save(begun.id, {**begun.data, **changes}, begun.version, by)

    def publish(self, draft: Draft, by: str = LAN, **more: Any) -> int:
        """Publish a draft as its page does."""
        return self.publishing.publish(
            draft.body, by, base=draft.base_revision_id, draft_id=draft.id, **more
        )

    def settle(self, data: Mapping[str, Any], by: str = LAN, **more: Any) -> int:
        """Publish what an officer decides on in the record's one conflict."""
        (conflict,) = self.versions.conflicts([NATIONAL])
        one = replace(conflict.release.revision.body, data=data)
        settles = conflict.release.revision.revision_id
        return self.publishing.publish(one, by, base=self.live_id(), settles=settles, **more)

    def live_id(self, key: Key = KEY) -> int:
        """The revision that residents see."""
        return next(
            one.revision.revision_id for one in self.versions.history(key) if one.standing == "live"
        )

    def told(self) -> list[tuple[str, str, str]]:
        """Who did what to what, the oldest first."""
        entries = [one.entry for one in self.audit.each(AuditFilter())]
        return [(one.by, one.action, one.subject) for one in entries]

    def with_changed(self, **changes: Any) -> Office:
        """The same office with other settings of publishing."""
        publishing = Publishing(
            self.engine,
            self.live,
            self.audit,
            **{"day": self.calendar, "wait_seconds": 30, **changes},
        )
        return replace(self, publishing=publishing)


@contextmanager
def opened(
    engine: Engine, folder: Path, legal_texts: Mapping[str, LegalText] | None = None
) -> Iterator[Office]:
    """An office with a small content published in a database."""
    embedding, calendar = CountingEmbedding(), Calendar()
    vectors = VectorIndex.embedded(folder / "index", embedding)
    sync_content(engine, put_small_content(folder / "content"), TODAY)
    make_snapshot(engine, vectors, TODAY)
    live = LiveKnowledge(engine, vectors, poll_seconds=3600, clock=calendar)
    live.start()
    audit = AuditLog(engine)
    try:
        yield Office(
            engine,
            vectors,
            embedding,
            live,
            audit,
            Drafts(engine, audit, max_bytes=100_000, presence_minutes=2, day=calendar),
            Publishing(engine, live, audit, legal_texts=legal_texts, wait_seconds=30, day=calendar),
            Versions(engine, calendar),
            calendar,
        )
    finally:
        live.stop()
        vectors.close()
