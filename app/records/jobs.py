"""Long work that officers ask for: done in threads here, told of in the database.

Every replica can tell how far a job is and take the wish that it stops; only the one that was asked
works on it, and obeys.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import JSON, DateTime, Engine, Index, String, Text, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.records.audit import AuditEntry, AuditLog
from knowledge_base.day import utc
from knowledge_base.revisions import Base, DatabaseUnavailableError, database_errors, now

log = logging.getLogger(__name__)

_EVERY_SECONDS = 0.3
"""Progress is written no oftener than this; what comes between is only remembered."""
_BEAT_SECONDS = 10.0
_SILENT = timedelta(seconds=60)
"""A job of which its replica says nothing for so long is not being worked on any more."""
_END_SECONDS = 10.0
"""How long the end of the service waits for a job to notice it."""
_LONGEST_TITLE = 300
_LAST_TRIES = (0.0, 1.0, 3.0, 10.0)
"""Waits before each try to write how a job ended: a lost end would look like a crash."""

INTERRUPTED = "Việc bị ngắt giữa chừng vì dịch vụ dừng hoặc khởi động lại. Hãy làm lại từ đầu."
STOPPED = "Đã dừng theo yêu cầu, chưa làm hết."
FAULT = "Có lỗi ngoài dự tính nên việc dừng lại, chưa đổi gì. Báo kỹ thuật viên kèm giờ này."


class JobState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """By an officer, before it was done."""


_OPEN = (JobState.WAITING.value, JobState.RUNNING.value)


class JobRow(Base):
    """One job, its progress and how it ended."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(300))
    needs: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    words: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str | None] = mapped_column(Text)
    file_id: Mapped[str | None] = mapped_column(String(32))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_by: Mapped[str] = mapped_column(String(80))
    worker: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    stop_by: Mapped[str | None] = mapped_column(String(80))

    __table_args__ = (
        Index("job_by_scope", "scope", "made_at"),
        Index("job_by_state", "state", "seen_at"),
    )


class JobFailedError(Exception):
    """Raised by a job's work when it cannot go on; the message, in Vietnamese, says why."""


class JobsFullError(Exception):
    """Too many jobs wait already; the message is in Vietnamese."""

    def __init__(self) -> None:
        super().__init__("Đang có quá nhiều việc chờ. Đợi vài phút rồi làm lại.")


class JobEndedError(BaseException):
    """Tells a job's work that the service ends; nothing that works catches it."""


class JobStoppedError(BaseException):
    """Tells a job's work that an officer stopped it; who catches it to tidy up raises it again."""


class JobProgress(Protocol):
    """What a job calls as it goes on; the oftener, the sooner it can be ended or stopped."""

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """So much of so much is done; the words say what is being done, in Vietnamese."""
        ...


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came out of a job."""

    words: str
    """In Vietnamese, one sentence."""
    url: str | None = None
    """The page to go on to: its path below the area's, such as ``/drafts/7``."""
    file_id: str | None = None
    """A file to fetch."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Whatever the page that shows the result needs, as JSON; of ``links``, pairs of words and path
    below the area's, the job's own page makes a list."""


Work = Callable[[JobProgress], JobResult]


@dataclass(frozen=True, slots=True)
class Job:
    """A job (việc chạy nền) as officers see it."""

    id: str
    kind: str
    scope: str
    title: str
    needs: str
    """The permission that an officer needs to see it."""
    state: JobState
    done: int
    total: int
    """0 while nobody knows how much there is."""
    words: str
    """What is being done, what came out or why it failed."""
    url: str | None
    file_id: str | None
    data: Mapping[str, Any]
    by: str
    made_at: datetime
    ended_at: datetime | None
    """Both UTC."""
    stop_by: str | None = None
    """The officer who wished that it stops."""

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in (JobState.WAITING, JobState.RUNNING)


class Jobs:
    """The jobs of all replicas, and the threads of this one.

    Every method raises ``DatabaseUnavailableError`` when the database cannot be read or written.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        at_once: int = 2,
        waiting: int = 50,
        days: int = 90,
        alone: bool = False,
    ) -> None:
        """Nothing runs before the first job.

        Args:
            engine: the database.
            at_once: how many jobs run here at one time.
            waiting: how many more may wait for one of them to end.
            days: how long ended jobs are remembered.
            alone: whether no other replica works on this database, so that whatever it says is
                running when this one begins was interrupted.
        """
        self._engine = engine
        self._audit = AuditLog(engine)
        self._at_once = at_once
        self._most = at_once + waiting
        self._lasts = timedelta(days=days)
        self._alone = alone
        self._worker = uuid.uuid4().hex
        self._waiting: queue.SimpleQueue[tuple[str, Work] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._mine: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()

    def start(
        self,
        kind: str,
        scope: str,
        by: str,
        title: str,
        work: Work,
        *,
        needs: str = "read",
    ) -> str:
        """Have work done as soon as one of the threads is free; returns the job's id.

        Args:
            kind: a short English word, such as ``documents``.
            scope: the area whose officers see it.
            by: the username of who asks.
            title: what is done, as officers read it.
            work: does it in a thread of its own, telling how far it is. ``JobFailedError`` says in
                words why it cannot go on; any other error is a fault and logged.
            needs: the permission that officers of the area need to see it.

        Raises:
            JobsFullError: when too many wait already.
        """
        job_id = uuid.uuid4().hex
        with self._lock:
            if self._ended.is_set() or len(self._mine) >= self._most:
                raise JobsFullError
            self._mine.add(job_id)
        try:
            with database_errors(), Session(self._engine) as session, session.begin():
                session.add(
                    JobRow(
                        id=job_id,
                        kind=kind,
                        scope=scope,
                        title=title[:_LONGEST_TITLE],
                        needs=needs,
                        state=JobState.WAITING.value,
                        made_by=by,
                        worker=self._worker,
                    )
                )
        except BaseException:
            self._forget(job_id)
            raise
        self._waiting.put((job_id, work))
        with self._lock:
            if len(self._threads) < min(self._at_once, len(self._mine)):
                thread = threading.Thread(target=self._work, name="job", daemon=True)
                self._threads.append(thread)
                thread.start()
        return job_id

    def find(self, job_id: str) -> Job | None:
        """A job; None for one that is unknown or forgotten."""
        with database_errors(), Session(self._engine) as session:
            row = session.get(JobRow, job_id)
            return _job(row) if row is not None else None

    def recent(self, scopes: Iterable[str], count: int = 50, kind: str | None = None) -> list[Job]:
        """The newest jobs of some scopes, the newest first."""
        wanted = select(JobRow).where(JobRow.scope.in_(list(scopes)))
        if kind is not None:
            wanted = wanted.where(JobRow.kind == kind)
        newest = wanted.order_by(JobRow.made_at.desc(), JobRow.id).limit(count)
        with database_errors(), Session(self._engine) as session:
            return [_job(row) for row in session.scalars(newest)]

    def stop(self, job_id: str, by: str) -> bool:
        """Wish that a job stops; False where it has ended, or somebody wished so before.

        One that waits is never begun. One that runs, here or in another replica, stops when it next
        tells how far it is; it may still come to its end before that.
        """
        wanted = update(JobRow).where(JobRow.id == job_id, JobRow.stop_by.is_(None))
        waits = wanted.where(JobRow.state == JobState.WAITING.value).values(
            stop_by=by, state=JobState.STOPPED.value, words=STOPPED, ended_at=now()
        )
        runs = wanted.where(JobRow.state == JobState.RUNNING.value).values(stop_by=by)
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.scalar(waits.returning(JobRow)) or session.scalar(runs.returning(JobRow))
            if row is not None:
                told = {"title": row.title, "done": row.done, "total": row.total}
                self._audit.add(
                    session, AuditEntry(by, "job.stopped", row.scope, f"job:{job_id}", told)
                )
            return row is not None

    def purge(self) -> int:
        """Forget the jobs past their days; how many."""
        past = (
            delete(JobRow)
            .where(JobRow.made_at < now() - self._lasts, JobRow.state.not_in(_OPEN))
            .returning(JobRow.id)
        )
        with database_errors(), Session(self._engine) as session, session.begin():
            return len(session.scalars(past).all())

    @contextmanager
    def working(self) -> Iterator[None]:
        """While the service runs: jobs that a crash interrupted are told as such.

        At the end, what still waits or runs is told as interrupted too.
        """
        self._tell_interrupted(anyhow=self._alone)
        beats = threading.Thread(target=self._beat, name="job-beats", daemon=True)
        beats.start()
        try:
            yield
        finally:
            self._ended.set()
            for _ in self._threads:
                self._waiting.put(None)
            until = time.monotonic() + _END_SECONDS
            for thread in (beats, *self._threads):
                thread.join(max(0.0, until - time.monotonic()))
            for job_id in self._own():
                self._end(job_id, JobState.FAILED, INTERRUPTED)

    def _work(self) -> None:
        while (wanted := self._waiting.get()) is not None and not self._ended.is_set():
            job_id, work = wanted
            try:
                self._do(job_id, work)
            finally:
                self._forget(job_id)

    def _forget(self, job_id: str) -> None:
        with self._lock:
            self._mine.discard(job_id)

    def _own(self) -> list[str]:
        with self._lock:
            return sorted(self._mine)

    def _do(self, job_id: str, work: Work) -> None:
        progress = _Progress(self, job_id)
        try:
            if not self._write(job_id, state=JobState.RUNNING.value):
                return  # it was stopped while it waited
            result = work(progress)
        except JobEndedError:
            self._end(job_id, JobState.FAILED, INTERRUPTED)
        except JobStoppedError:
            self._end(job_id, JobState.STOPPED, STOPPED, **progress.last())
        except (JobFailedError, DatabaseUnavailableError) as error:
            log.warning("job %s: %s", job_id, error)
            self._end(job_id, JobState.FAILED, str(error), **progress.last())
        except Exception:
            log.exception("job %s", job_id)
            self._end(job_id, JobState.FAILED, FAULT, **progress.last())
        else:
            self._end(
                job_id,
                JobState.DONE,
                result.words,
                url=result.url,
                file_id=result.file_id,
                data=dict(result.data),
                **progress.last(),
            )

    def _end(self, job_id: str, state: JobState, words: str, **more: object) -> None:
        for wait in _LAST_TRIES:
            self._ended.wait(wait)
            try:
                self._write(job_id, state=state.value, words=words, ended_at=now(), **more)
            except DatabaseUnavailableError:
                log.exception("job %s ended, and that cannot be written", job_id)
            else:
                return

    def _write(self, job_id: str, **values: object) -> JobRow | None:
        """Write something of a job that has not ended; None for one that has."""
        written = (
            update(JobRow)
            .where(JobRow.id == job_id, JobRow.state.in_(_OPEN))
            .values(seen_at=now(), **values)
            .returning(JobRow)
        )
        with database_errors(), Session(self._engine) as session, session.begin():
            row = session.scalar(written)
            if row is not None:
                session.expunge(row)
            return row

    def _beat(self) -> None:
        while not self._ended.wait(_BEAT_SECONDS):
            try:
                with database_errors(), Session(self._engine) as session, session.begin():
                    session.execute(
                        update(JobRow)
                        .where(JobRow.id.in_(self._own()), JobRow.state.in_(_OPEN))
                        .values(seen_at=now())
                    )
                self._tell_interrupted(anyhow=False)
            except DatabaseUnavailableError:
                log.exception("cannot look after the jobs this time")

    def _tell_interrupted(self, *, anyhow: bool) -> None:
        """Tell as interrupted what other replicas left: what is silent, or anything at all."""
        left = update(JobRow).where(JobRow.state.in_(_OPEN), JobRow.worker != self._worker)
        if not anyhow:
            left = left.where(JobRow.seen_at < now() - _SILENT)
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(
                left.values(state=JobState.FAILED.value, words=INTERRUPTED, ended_at=now())
            )


class _Progress:
    """Writes a job's progress, not too often."""

    def __init__(self, jobs: Jobs, job_id: str) -> None:
        self._jobs, self._job_id = jobs, job_id
        self._written = 0.0
        self._done = self._total = 0

    def __call__(self, done: int, total: int, words: str = "") -> None:
        if self._jobs._ended.is_set():
            raise JobEndedError
        self._done, self._total = done, total
        moment = time.monotonic()
        if moment - self._written < _EVERY_SECONDS:
            return
        self._written = moment
        try:
            row = self._jobs._write(self._job_id, **self.last(), words=words)
        except DatabaseUnavailableError:
            log.exception("the progress of job %s is not written this time", self._job_id)
        else:
            if row is not None and row.stop_by is not None:
                raise JobStoppedError

    def last(self) -> dict[str, int]:
        """How far it was last."""
        return {"done": self._done, "total": self._total}


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        scope=row.scope,
        title=row.title,
        needs=row.needs,
        state=JobState(row.state),
        done=row.done,
        total=row.total,
        words=row.words,
        url=row.url,
        file_id=row.file_id,
        data=row.data,
        by=row.made_by,
        made_at=utc(row.made_at),
        ended_at=utc(row.ended_at) if row.ended_at else None,
        stop_by=row.stop_by,
    )
