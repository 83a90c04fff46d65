"""A publish that can be ended anywhere, and what is found standing afterwards.

It goes through `Publishing`, with the thread of `LiveKnowledge` that makes the snapshot; the rest
is as for an ingest, in `tests/ingest/interrupted.py`.
"""

from __future__ import annotations

import contextlib
import resource
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.main import Stores, open_stores
from app.records.audit import AuditFilter, AuditLog
from app.records.database import open_database
from app.records.draft import Draft, DraftClosedError, DraftState
from app.records.drafts import Drafts
from app.records.publishing import NotYetShownError, Publishing
from ingest.live import LiveKnowledge
from ingest.sync import make_snapshot, sync_content, today
from knowledge_base import index
from knowledge_base.index import owning
from knowledge_base.revisions import DatabaseUnavailableError, live_revision, published
from tests.app.records.office import KEY, LAN, MINH
from tests.ingest.interrupted import (
    Diary,
    Hashes,
    Moment,
    NotedEmbedding,
    NotedIndex,
    Standing,
    hashes_of,
    note_statements,
    settings_of,
    standing,
    steps_of,
)
from tests.ingest.processes import context
from tests.knowledge_base.records import procedure

NEW = "Bản mới của thủ tục tạm trú"
_BATCH = 4
"""Smaller batches make more moments between them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database says of the publish."""

    revised: bool
    """Whether the new revision is the live one."""
    closed: bool
    """Whether the draft is published, as that revision."""
    audited: int
    """How many entries tell of it."""
    log_is_whole: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found after a publish was ended, and after the service ran again."""

    kept: Kept
    standing: Standing
    answered: Hashes
    """By a service at the moment of its start."""
    again: str
    """What became of publishing the same draft again then: ``published`` or ``closed``."""
    completed: Standing
    kept_then: Kept


def _changed() -> dict[str, object]:
    return {**procedure(), "title": NEW, "aliases": ["tạm trú", "ở trọ", "đăng ký ở trọ"]}


def begin(data: Path, content: Path) -> int:
    """Ingest a content and leave a draft of the procedure; its number."""
    with open_stores(settings_of(data)) as stores:
        sync_content(stores.engine, content)
        make_snapshot(stores.engine, stores.vectors, today())
        drafts = _drafts(stores)
        begun = drafts.begin_from_record(KEY, LAN)
        return drafts.save(begun.id, _changed(), begun.version, LAN).id


def publish_until(end: Moment | None, diary: Path, data: Path, draft: int) -> None:
    """What publishing a draft does in a service, until it is killed."""
    index._BATCH = _BATCH
    settings = settings_of(data)
    engine = open_database(settings.database_address)
    with owning(settings.index_folder), contextlib.ExitStack() as stack:
        kept = Diary(diary, end)
        vectors = NotedIndex.embedded(settings.index_folder, NotedEmbedding(kept))
        assert isinstance(vectors, NotedIndex)
        stores = Stores(engine, vectors)
        with running(stores) as live:
            vectors.diary = kept
            note_statements(kept)
            stack.callback(engine.dispose)
            _publish(stores, live, draft)
            if end is not None:
                time.sleep(60)


def kill_a_publish(end: Moment, diary: Path, data: Path, draft: int) -> str:
    """Publish in a process of its own until its end; the step that it was in."""
    process = context.Process(target=publish_until, args=(end, diary, data, draft))
    process.start()
    process.join()
    # 255: the fork server lost the status, as it may for one that is killed; an error ends with 1
    assert process.exitcode in (-signal.SIGKILL, 255), process.exitcode
    process.close()
    return steps_of(diary)[-1]


def examine(data: Path, draft: int) -> Found:
    """Look at what stands, run a service, publish again there, and look again."""
    with open_stores(settings_of(data)) as stores:
        kept, before = look(stores, draft), standing(stores)
        idle = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600)
        answered = hashes_of(idle._load().catalogue)  # its thread would mend at once
        with running(stores) as live:
            try:
                _publish(stores, live, draft)
                again = "published"
            except DraftClosedError:
                again = "closed"
            after = standing(stores)
            assert before is not None and after is not None
            assert hashes_of(live.edition().catalogue) == after.hashes
        return Found(kept, before, answered, again, after, look(stores, draft))


def look(stores: Stores, draft: int) -> Kept:
    """What the database says of publishing a draft."""
    with Session(stores.engine) as session:
        live = live_revision(session, KEY, today())
    assert live is not None
    found = _drafts(stores).find(draft)
    assert found is not None
    audit = AuditLog(stores.engine)
    entries = list(audit.each(AuditFilter(action="record.published")))
    revised = live.author == LAN
    if revised:
        assert live.body.data == found.data
        assert [one.entry.details["revision"] for one in entries] == [live.revision_id]
    return Kept(
        revised,
        found.state is DraftState.PUBLISHED and found.revision_id == live.revision_id,
        len(entries),
        audit.check().broken_at is None,
    )


@contextlib.contextmanager
def running(stores: Stores) -> Iterator[LiveKnowledge]:
    """The knowledge of a service that has started and mended what it could."""
    live = LiveKnowledge(stores.engine, stores.vectors, poll_seconds=3600)
    live.start()
    try:
        live.show_now(60)
        yield live
    finally:
        live.stop()


def publish_through_a_full_disk(data: Path, draft: int, left: int, mounted: bool) -> list[str]:
    """A service whose disk is full when an officer publishes, and has room when they try again.

    What each of the two attempts ended with: ``shown``, ``late`` or ``refused`` with its words.
    """
    filler, ended = data.parent / "filler", []
    with open_stores(settings_of(data)) as stores, running(stores) as live:
        before = hashes_of(live.edition().catalogue)
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        if mounted:
            filler.write_bytes(bytes(max(0, shutil.disk_usage(data).free - left)))
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
        ended.append(_attempt(stores, live, draft))
        if ended[0] != "shown":
            assert hashes_of(live.edition().catalogue) == before
        filler.unlink(missing_ok=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        kept = look(stores, draft)
        assert (kept.revised, kept.audited) == (kept.closed, int(kept.closed)), kept
        ended.append(_attempt(stores, live, draft))
        live.show_now(60)
        kept = look(stores, draft)
        assert kept == Kept(True, True, 1, True)
        after = standing(stores)
        assert after is not None and hashes_of(live.edition().catalogue) == after.hashes
        assert (after.without_vector, after.hashes != before) == (0, True)
    return ended


def _attempt(stores: Stores, live: LiveKnowledge, draft: int) -> str:
    try:
        _publish(stores, live, draft)
    except NotYetShownError as error:
        return f"late: {error}"
    except DatabaseUnavailableError as error:
        return f"refused: {error}"
    except DraftClosedError:
        return "closed"
    return "shown"


def _publish(stores: Stores, live: LiveKnowledge, draft_id: int) -> None:
    draft = _drafts(stores).find(draft_id)
    assert draft is not None
    publishing(stores, live).publish(
        draft.body, LAN, base=draft.base_revision_id, draft_id=draft.id
    )


def publishing(stores: Stores, live: LiveKnowledge) -> Publishing:
    """Publishing as a service does it."""
    return Publishing(stores.engine, live, AuditLog(stores.engine), wait_seconds=60)


def _drafts(stores: Stores) -> Drafts:
    audit = AuditLog(stores.engine)
    return Drafts(stores.engine, audit, max_bytes=100_000, presence_minutes=2)


def publish_guides(data: Path, titles: list[str]) -> dict[str, str]:
    """A service in which an officer publishes again and again; the last titles that answer."""
    key = ("guide", "muc-dong-bhyt", "national")
    with open_stores(settings_of(data)) as stores, running(stores) as live:
        office, drafts = publishing(stores, live), _drafts(stores)
        for title in titles:
            begun: Draft = drafts.begin_from_record(key, MINH)
            draft = drafts.save(begun.id, {**begun.data, "title": title}, begun.version, MINH)
            office.publish(draft.body, MINH, base=draft.base_revision_id, draft_id=draft.id)
            shown = live.edition().catalogue.records["muc-dong-bhyt", "national"].title
            assert shown == title
        with Session(stores.engine) as session:
            wanted = {
                one.body.id: one.body.data.get("title") for one in published(session, today())
            }
        live.show_now(60)
        records = live.edition().catalogue.records
        answers = {record_id: item.title for (record_id, _), item in records.items()}
        assert all(wanted[record] == title for record, title in answers.items())
        return answers
