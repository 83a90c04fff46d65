"""Long works: done in order, told of in the database, never left half told."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.records import jobs as module
from app.records.audit import AuditFilter, AuditLog
from app.records.jobs import (
    FAULT,
    INTERRUPTED,
    STOPPED,
    Job,
    JobFailedError,
    JobProgress,
    JobResult,
    JobRow,
    Jobs,
    JobsFullError,
    JobState,
)
from knowledge_base.revisions import now

HERE = "commune:hoa-tien"


def ended(jobs: Jobs, job_id: str) -> Job:
    """The job once it has ended."""
    for _ in range(1000):
        found = jobs.find(job_id)
        assert found is not None
        if not found.is_open:
            return found
        threading.Event().wait(0.01)
    raise AssertionError(f"{job_id} does not end")


def begin(jobs: Jobs, work: Callable[[JobProgress], JobResult], scope: str = HERE) -> str:
    return jobs.start("test", scope, "lan", "Một việc", work)


def test_what_came_out_of_a_job_is_kept(engine: Engine) -> None:
    jobs = Jobs(engine)

    def work(progress: JobProgress) -> JobResult:
        progress(1, 3, "Đang làm bước 1")
        progress(3, 3, "Đang làm bước 3")
        return JobResult("Đã xong 3 bước.", "/drafts/7", "abc", {"drafts": [7]})

    job = ended(jobs, begin(jobs, work))

    assert (job.state, job.words, job.url) == (JobState.DONE, "Đã xong 3 bước.", "/drafts/7")
    assert (job.done, job.total, job.file_id, job.data) == (3, 3, "abc", {"drafts": [7]})
    assert (job.kind, job.scope, job.by, job.title) == ("test", HERE, "lan", "Một việc")
    assert job.ended_at is not None


def test_progress_is_written_a_few_times_a_second_at_most(engine: Engine) -> None:
    jobs = Jobs(engine)
    writes: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def count(*arguments: object) -> None:
        if str(arguments[2]).startswith("UPDATE job"):
            writes.append(str(arguments[2]))

    def work(progress: JobProgress) -> JobResult:
        for done in range(10_000):
            progress(done, 10_000, "Đang làm")
        return JobResult("Xong.")

    job = ended(jobs, begin(jobs, work))

    assert job.done == 9_999
    assert len(writes) < 100


def test_a_job_that_cannot_go_on_says_why(engine: Engine) -> None:
    jobs = Jobs(engine)

    def work(progress: JobProgress) -> JobResult:
        progress(1, 2)
        raise JobFailedError("Không có mẫu nào để in.")

    job = ended(jobs, begin(jobs, work))

    assert (job.state, job.words) == (JobState.FAILED, "Không có mẫu nào để in.")
    assert (job.done, job.total) == (1, 2)


def test_a_fault_is_logged_and_told_without_its_details(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = Jobs(engine)

    def work(progress: JobProgress) -> JobResult:
        raise ZeroDivisionError("secret inside")

    job = ended(jobs, begin(jobs, work))

    assert (job.state, job.words) == (JobState.FAILED, FAULT)
    assert "secret inside" in caplog.text


def test_a_fault_does_not_stop_the_jobs_after_it(engine: Engine) -> None:
    jobs = Jobs(engine, at_once=1)

    def fault(progress: JobProgress) -> JobResult:
        raise ZeroDivisionError

    first = begin(jobs, fault)
    second = begin(jobs, lambda progress: JobResult("Xong."))

    assert ended(jobs, first).state is JobState.FAILED
    assert ended(jobs, second).state is JobState.DONE


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_run_at_once_and_the_others_wait_in_order(engine: Engine, at_once: int) -> None:
    jobs = Jobs(engine, at_once=at_once)
    go, lock = threading.Event(), threading.Lock()
    order: list[int] = []
    running = most = 0
    full = threading.Event()

    def numbered(number: int) -> Callable[[JobProgress], JobResult]:
        def work(progress: JobProgress) -> JobResult:
            nonlocal running, most
            with lock:
                order.append(number)
                running += 1
                most = max(most, running)
                if running == at_once:
                    full.set()
            go.wait(10)
            with lock:
                running -= 1
            return JobResult("Xong.")

        return work

    ids = [begin(jobs, numbered(number)) for number in range(6)]
    assert full.wait(10)
    waiting = jobs.find(ids[-1])
    assert waiting is not None
    assert waiting.state is JobState.WAITING
    go.set()
    for job_id in ids:
        ended(jobs, job_id)

    assert most == at_once
    # those of one moment start side by side: which of them writes first is the scheduler's affair
    assert set(order[:at_once]) == set(range(at_once))
    assert sorted(order) == list(range(6))
    if at_once == 1:
        assert order == list(range(6))


def test_more_than_may_wait_are_sent_away(engine: Engine) -> None:
    jobs = Jobs(engine, at_once=1, waiting=2)
    go = threading.Event()

    def work(progress: JobProgress) -> JobResult:
        go.wait(10)
        return JobResult("Xong.")

    ids = [begin(jobs, work) for _ in range(3)]
    with pytest.raises(JobsFullError):
        begin(jobs, work)
    go.set()

    assert all(ended(jobs, job_id).state is JobState.DONE for job_id in ids)
    assert ended(jobs, begin(jobs, work)).state is JobState.DONE


def left_running(engine: Engine, silent: timedelta) -> str:
    """A job that another process began and did not end."""
    moment = now() - silent
    with Session(engine) as session, session.begin():
        session.add(
            JobRow(
                id="f" * 32,
                kind="test",
                scope=HERE,
                title="Một việc",
                needs="read",
                state=JobState.RUNNING.value,
                made_by="lan",
                worker="another",
                made_at=moment,
                seen_at=moment,
            )
        )
    return "f" * 32


def test_after_a_crash_its_jobs_are_told_as_interrupted(engine: Engine) -> None:
    crashed = left_running(engine, timedelta(0))
    jobs = Jobs(engine, alone=True)

    with jobs.working():
        job = jobs.find(crashed)

    assert job is not None
    assert (job.state, job.words) == (JobState.FAILED, INTERRUPTED)


def test_a_job_of_a_replica_that_speaks_is_left_to_it(engine: Engine) -> None:
    working = left_running(engine, timedelta(seconds=5))

    with (jobs := Jobs(engine)).working():
        job = jobs.find(working)

    assert job is not None
    assert job.state is JobState.RUNNING


def test_a_job_of_a_replica_that_fell_silent_is_told_as_interrupted(engine: Engine) -> None:
    silent = left_running(engine, timedelta(minutes=5))

    with (jobs := Jobs(engine)).working():
        job = jobs.find(silent)

    assert job is not None
    assert job.state is JobState.FAILED


def test_a_long_job_is_not_taken_for_silent(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEAT_SECONDS", 0.02)
    jobs = Jobs(engine)
    go = threading.Event()

    def work(progress: JobProgress) -> JobResult:
        go.wait(10)
        return JobResult("Xong.")

    with jobs.working():
        job_id = begin(jobs, work)
        with Session(engine) as session, session.begin():
            session.execute(update(JobRow).values(seen_at=now() - timedelta(minutes=5)))
        for _ in range(1000):
            with Session(engine) as session:
                row = session.get(JobRow, job_id)
                assert row is not None
                if row.seen_at.replace(tzinfo=None) > (now() - timedelta(minutes=1)).replace(
                    tzinfo=None
                ):
                    break
            threading.Event().wait(0.01)
        with (other := Jobs(engine)).working():
            seen = other.find(job_id)
        go.set()

        assert seen is not None
        assert seen.is_open
        assert ended(jobs, job_id).state is JobState.DONE


def test_the_end_of_the_service_ends_its_jobs_and_tells_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Jobs(engine, at_once=1)
    begun = threading.Event()

    def work(progress: JobProgress) -> JobResult:
        begun.set()
        while True:
            progress(1, 2)
            threading.Event().wait(0.01)

    with jobs.working():
        running, waiting = begin(jobs, work), begin(jobs, work)
        assert begun.wait(10)

    for job_id in (running, waiting):
        job = jobs.find(job_id)
        assert job is not None
        assert (job.state, job.words) == (JobState.FAILED, INTERRUPTED)
    with pytest.raises(JobsFullError):
        begin(jobs, work)


def test_a_job_that_does_not_heed_the_end_is_told_as_interrupted_all_the_same(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_END_SECONDS", 0.1)
    jobs = Jobs(engine)
    begun, go = threading.Event(), threading.Event()

    def work(progress: JobProgress) -> JobResult:
        begun.set()
        go.wait(10)
        return JobResult("Xong.")

    with jobs.working():
        job_id = begin(jobs, work)
        assert begun.wait(10)
    told = jobs.find(job_id)
    go.set()

    assert told is not None
    assert told.words == INTERRUPTED


def test_the_newest_jobs_of_an_area_come_first(engine: Engine) -> None:
    jobs = Jobs(engine, at_once=1)
    done: Callable[[JobProgress], JobResult] = lambda progress: JobResult("Xong.")  # noqa: E731
    first, second = begin(jobs, done), begin(jobs, done)
    other = begin(jobs, done, "commune:ba-na")
    for job_id in (first, second, other):
        ended(jobs, job_id)

    assert [job.id for job in jobs.recent([HERE])] == [second, first]
    assert [job.id for job in jobs.recent([HERE, "commune:ba-na"], 2)] == [other, second]
    assert jobs.recent([HERE], kind="posters") == []


def test_ended_jobs_are_forgotten_after_their_days(engine: Engine) -> None:
    jobs = Jobs(engine, days=10)
    old = begin(jobs, lambda progress: JobResult("Xong."))
    new = begin(jobs, lambda progress: JobResult("Xong."))
    for job_id in (old, new):
        ended(jobs, job_id)
    with Session(engine) as session, session.begin():
        session.execute(
            update(JobRow).where(JobRow.id == old).values(made_at=now() - timedelta(days=11))
        )

    assert jobs.purge() == 1

    assert jobs.find(old) is None
    assert jobs.find(new) is not None


def test_progress_survives_a_database_that_fails_for_a_moment(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = Jobs(engine)

    def fail(*arguments: object) -> None:
        if threading.current_thread().name != "job":
            return  # the test asks at the same time how far the job is
        event.remove(engine, "before_cursor_execute", fail)
        raise OperationalError("UPDATE", {}, sqlite3.OperationalError("disk is full"))

    def work(progress: JobProgress) -> JobResult:
        event.listen(engine, "before_cursor_execute", fail)
        progress(1, 2, "Đang làm")
        return JobResult("Xong.")

    job = ended(jobs, begin(jobs, work))

    assert job.state is JobState.DONE
    assert "not written this time" in caplog.text


class _Endless:
    """Work that only ends when it is stopped, or told to."""

    def __init__(self) -> None:
        self.begun, self.enough, self.tidied = (threading.Event() for _ in range(3))

    def __call__(self, progress: JobProgress) -> JobResult:
        done = 0
        try:
            while not self.enough.is_set():
                progress(done, 0, "Đang làm")
                self.begun.set()
                done += 1
                threading.Event().wait(0.01)
        finally:
            self.tidied.set()
        return JobResult("Xong.")


def stops_in_the_log(engine: Engine) -> list[tuple[str, str, str]]:
    rows = AuditLog(engine).each(AuditFilter())
    return [
        (row.entry.by, row.entry.scope, row.entry.subject)
        for row in rows
        if row.entry.action == "job.stopped"
    ]


def test_a_job_that_runs_stops_when_it_next_tells_how_far_it_is(engine: Engine) -> None:
    jobs, work = Jobs(engine), _Endless()
    job_id = begin(jobs, work)
    assert work.begun.wait(10)

    assert jobs.stop(job_id, "minh")
    assert not jobs.stop(job_id, "an"), "it was wished already"
    job = ended(jobs, job_id)

    assert (job.state, job.words, job.stop_by) == (JobState.STOPPED, STOPPED, "minh")
    assert work.tidied.is_set()
    assert stops_in_the_log(engine) == [("minh", HERE, f"job:{job_id}")]
    assert ended(jobs, begin(jobs, lambda _: JobResult("Xong."))).state is JobState.DONE


def test_any_replica_may_be_asked_to_stop_a_job(engine: Engine) -> None:
    here, elsewhere = Jobs(engine), Jobs(engine)
    work = _Endless()
    job_id = begin(here, work)
    assert work.begun.wait(10)

    assert elsewhere.stop(job_id, "minh")

    assert ended(elsewhere, job_id).state is JobState.STOPPED


def test_a_job_stopped_while_it_waits_is_never_begun(engine: Engine) -> None:
    jobs = Jobs(engine, at_once=1)
    first, second = _Endless(), _Endless()
    running = begin(jobs, first)
    assert first.begun.wait(10)
    waiting = begin(jobs, second)

    assert jobs.stop(waiting, "minh")
    at_once = jobs.find(waiting)
    assert at_once is not None
    assert (at_once.state, at_once.words) == (JobState.STOPPED, STOPPED)
    first.enough.set()
    assert ended(jobs, running).state is JobState.DONE
    assert ended(jobs, begin(jobs, lambda _: JobResult("Xong."))).state is JobState.DONE

    assert not second.begun.is_set()
    found = jobs.find(waiting)
    assert found is not None
    assert found.state is JobState.STOPPED


def test_what_ended_stays_as_it_ended(engine: Engine) -> None:
    jobs = Jobs(engine)
    job_id = begin(jobs, lambda _: JobResult("Xong."))
    ended(jobs, job_id)

    assert not jobs.stop(job_id, "minh")
    assert not jobs.stop("unknown", "minh")

    job = jobs.find(job_id)
    assert job is not None
    assert (job.state, job.stop_by) == (JobState.DONE, None)
    assert stops_in_the_log(engine) == []
