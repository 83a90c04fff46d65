"""Keeps a running service on the newest snapshot, and does the ingest work handed to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from ingest.sync import EmbeddingMismatchError, checked_snapshot, make_snapshot, today
from knowledge_base.catalogue import Body, ContentError, build_catalogue
from knowledge_base.edition import Edition
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.index import VectorIndex, VectorsUnavailableError
from knowledge_base.problem import Problem
from knowledge_base.register import with_register
from knowledge_base.reuse import Reuse
from knowledge_base.revisions import (
    DatabaseUnavailableError,
    IngestJobRow,
    database_errors,
    newest_snapshot_id,
    published_ids,
    snapshot_bodies,
)
from knowledge_base.source import LegalText

log = logging.getLogger(__name__)


class NothingIngestedError(Exception):
    """There is no snapshot yet."""


_OLD_STATE_ANSWERS = (
    ContentError,
    DatabaseUnavailableError,
    EmbeddingMismatchError,
    EmbeddingUnavailableError,
    NothingIngestedError,
    VectorsUnavailableError,
)
"""What keeps a newer state from answering; another replica may have made it with another model."""


class LiveKnowledge:
    """The edition that answers now.

    Every answer asks for the newest snapshot's number, so what one replica publishes is in the next
    answer of all. A thread makes snapshots: for revisions newer than the snapshot, for a new day
    (facts begin and end), and for ``hoixa ingest`` run while the service owns the index.
    """

    def __init__(
        self,
        engine: Engine,
        vectors: VectorIndex,
        *,
        poll_seconds: float,
        clock: Callable[[], date] = today,
        communes: tuple[str, ...] = (),
    ) -> None:
        """Nothing is read before ``start``; ``communes`` may name ones only the register knows."""
        self._engine = engine
        self._vectors = vectors
        self._poll_seconds = poll_seconds
        self._clock = clock
        self._communes = communes
        self._edition: Edition | None = None
        self._loading = threading.Lock()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._rounds = threading.Condition()
        self._begun = self._ended = 0
        """How often the thread began and ended looking for something newer."""
        self._thread: threading.Thread | None = None
        self.reuse = Reuse()
        """What was made of the records so far, for this and for trying what would change."""
        self.problem: str | None = None
        """Why the newest published state does not answer yet; None when it does."""

    @property
    def vectors(self) -> VectorIndex:
        """Where the vectors of the editions lie."""
        return self._vectors

    def start(self) -> None:
        """Load the newest snapshot and begin to keep it up to date.

        Raises:
            NothingIngestedError: before the first ingest.
            EmbeddingMismatchError: when another embedding model made the vectors.
            DatabaseUnavailableError: when the database cannot be read.
        """
        self._load()
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(
                update(IngestJobRow)
                .where(IngestJobRow.state == "running")
                .values(state="waiting", done=0)
            )
        self._thread = threading.Thread(target=self._keep, name="knowledge", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a snapshot being made is left to the next start."""
        self._stop.set()
        self._wake.set()
        with self._rounds:
            self._rounds.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def edition(self) -> Edition:
        """The edition of the newest snapshot, today.

        While the database cannot be asked, the last known edition keeps answering.
        """
        current = self._edition
        assert current is not None, "start() comes first"
        try:
            with database_errors(), Session(self._engine) as session:
                newest = newest_snapshot_id(session)
        except DatabaseUnavailableError:
            log.exception("cannot ask for the newest snapshot")
            return current
        if newest != current.snapshot.id or self._clock() != current.day:
            try:
                return self._load()
            except _OLD_STATE_ANSWERS:
                log.exception("cannot load the newest snapshot")
        return current

    def show_now(self, seconds: float) -> str | None:
        """Have what is published now answer, before the thread would look by itself.

        Returns:
            None when it answers; otherwise why residents still read the old state, in Vietnamese.
        """
        with self._rounds:
            wanted = self._begun + 1  # a round under way may have looked before
            self._wake.set()
            done = self._rounds.wait_for(
                lambda: self._ended >= wanted or self._stop.is_set(), seconds
            )
            if done and self._ended >= wanted:
                return self.problem
        if done:
            return "Dịch vụ đang dừng."
        return f"Chỉ mục chưa làm xong sau {seconds:g} giây."

    def problems_of(
        self, bodies: Iterable[Body], legal_texts: Mapping[str, LegalText]
    ) -> tuple[Problem, ...]:
        """What keeps records from answering together; empty when nothing does."""
        try:
            build_catalogue(bodies, legal_texts, self.reuse.checked)
        except ContentError as error:
            return error.problems
        return ()

    def nearest(
        self, edition: Edition, text: str, commune_id: str, count: int
    ) -> Mapping[str, float]:
        """Cosine similarities of the nearest chunks, empty while the vector store fails."""
        try:
            return self._vectors.nearest(
                text,
                edition.scope(commune_id).collections,
                edition.snapshot.generation,
                count,
            )
        except (EmbeddingUnavailableError, VectorsUnavailableError):
            log.exception("answering by words alone")
            return {}

    def _load(self) -> Edition:
        with self._loading:
            with database_errors(), Session(self._engine) as session:
                snapshot = checked_snapshot(session, self._vectors.fingerprint)
                if snapshot is None:
                    raise NothingIngestedError("Chưa có chỉ mục. Chạy `hoixa ingest` trước.")
                day = self._clock()
                current = self._edition
                if current and (current.snapshot.id, current.day) == (snapshot.id, day):
                    return current
                bodies = snapshot_bodies(session, snapshot, self.reuse.known)
            catalogue = build_catalogue(bodies, checked=self.reuse.checked)
            whole = with_register(catalogue, self._communes)
            self._edition = Edition.load(snapshot, whole, day, self.reuse)
            return self._edition

    def _keep(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            with self._rounds:
                self._begun += 1
            self._refresh()
            with self._rounds:
                self._ended = self._begun
                self._rounds.notify_all()
            self._wake.wait(self._poll_seconds)

    def _refresh(self) -> None:
        try:
            if not self._do_job() and self._stale():
                make_snapshot(self._engine, self._vectors, self._clock(), reuse=self.reuse)
            self._load()
            self.problem = None
        except _OLD_STATE_ANSWERS as error:
            log.exception("the old snapshot keeps answering")
            self.problem = str(error)

    def _stale(self) -> bool:
        edition = self._edition
        assert edition is not None
        with database_errors(), Session(self._engine) as session:
            wanted = published_ids(session, self._clock())
        return (
            wanted != edition.snapshot.revision_ids
            or self._vectors.missing(edition.chunks, edition.snapshot.generation) > 0
        )

    def _do_job(self) -> bool:
        """Do the oldest waiting job; False when there is none."""
        with database_errors(), Session(self._engine) as session, session.begin():
            job = session.scalar(
                select(IngestJobRow)
                .where(IngestJobRow.state == "waiting")
                .order_by(IngestJobRow.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if job is None:
                return False
            job.state = "running"
            job_id, rebuild = job.id, job.rebuild
        try:
            report = make_snapshot(
                self._engine,
                self._vectors,
                self._clock(),
                rebuild=rebuild,
                progress=lambda done, total: self._note(job_id, done=done, total=total),
                reuse=self.reuse,
            )
        except _OLD_STATE_ANSWERS as error:
            self._note(job_id, state="failed", message=str(error))
            raise
        self._note(
            job_id,
            state="done",
            message=f"{report.chunks} đoạn, {report.embedded} đoạn mới.",
        )
        return True

    def _note(self, job_id: int, **values: object) -> None:
        with database_errors(), Session(self._engine) as session, session.begin():
            session.execute(update(IngestJobRow).where(IngestJobRow.id == job_id).values(**values))
