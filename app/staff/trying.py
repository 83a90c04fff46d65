"""Golden questions from the pages: a trial as a job, and its result found again for a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from app.records.jobs import Job, JobFailedError, JobProgress, JobResult, JobState
from app.records.trial import Trial, Verdict
from app.staff.service import Desk, StaffService
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.difference import path_label
from knowledge_base.embedding import EmbeddingUnavailableError
from knowledge_base.problem import Problem
from knowledge_base.record import NATIONAL, RecordKind
from knowledge_base.revisions import content_hash

_KIND = "trial"
_LOOKED_THROUGH = 20
"""A result is looked for among so many of the area's newest trials."""

VERDICT_NAMES = {
    Verdict.WRONG_RECORD: "Dẫn sang hồ sơ khác",
    Verdict.LOST: "Không còn trả lời được",
    Verdict.ASKS_BACK: "Phải hỏi lại",
    Verdict.WRONG_SECTION: "Đúng hồ sơ, sai mục",
    Verdict.FACT_MISSING: "Thiếu điều phải có",
    Verdict.UNMET: "Câu mới, chưa dẫn đúng",
    Verdict.CHANGED: "Câu trả lời đổi",
    Verdict.BETTER: "Tốt hơn",
    Verdict.SAME: "Không đổi",
}
VERDICT_LOOKS = {
    Verdict.UNMET: "note",
    Verdict.CHANGED: "note",
    Verdict.BETTER: "good",
    Verdict.SAME: "good",
}
"""The rest got worse."""


@dataclass(frozen=True, slots=True)
class Change:
    """What would become true of a record."""

    body: Body
    withdrawn: bool = False
    """Whether the record would end."""

    @property
    def digest(self) -> str:
        """Names the change by what it says, so that a result is never taken for another's."""
        return content_hash(
            {"key": self.body.key, "data": self.body.data, "withdrawn": self.withdrawn}
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """The result of a trial."""

    trial: Trial
    day: date
    """On which it answered."""
    at: datetime
    """UTC."""
    by: str
    outdated: bool
    """Whether something else has been published since."""


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """What keeps a change from being published, in the words of the form."""

    field: str
    """Empty where it concerns the whole, or another record."""
    message: str
    path: str


def begin_trial(
    service: StaffService, desk: Desk, change: Change, day: date, title: str, back: str
) -> str:
    """Try a change as a job; returns its id.

    Args:
        service: the officers' side.
        desk: who asks, in which area.
        change: what to try.
        day: on which residents would ask.
        title: of the job.
        back: the page to go on to, its path below the area's.

    Raises:
        JobsFullError: when too many wait already.
    """
    communes = communes_of(service, change.body)
    snapshot = service.live.edition().snapshot.id

    def work(progress: JobProgress) -> JobResult:
        try:
            trial = service.trials.run(
                change.body, communes, progress, withdrawn=change.withdrawn, day=day
            )
        except ContentError as error:
            said = "; ".join(str(problem) for problem in error.problems)
            raise JobFailedError(f"Chưa chạy thử được vì nội dung còn lỗi: {said}") from error
        except EmbeddingUnavailableError as error:
            raise JobFailedError(str(error)) from error
        told = f"Đã hỏi {trial.asked} câu: {len(trial.rows)} câu đổi, {trial.worse} câu kém đi."
        data = {
            "change": change.digest,
            "snapshot": snapshot,
            "day": day.isoformat(),
            "trial": trial.to_data(),
        }
        return JobResult(told, url=back, data=data)

    return service.jobs.start(_KIND, desk.area.scope, desk.officer.username, title, work)


def last_trial(service: StaffService, desk: Desk, change: Change) -> Tried | None:
    """The newest result for exactly this change; None before it was tried."""
    wanted = change.digest
    for job in service.jobs.recent([desk.area.scope], _LOOKED_THROUGH, _KIND):
        if job.state is JobState.DONE and job.data.get("change") == wanted:
            return _tried(service, job)
    return None


def why_not(tried: Tried | None, seen: str) -> tuple[str, int] | None:
    """Why a change is not made yet, with the status; None where nothing stands in the way.

    Args:
        tried: the trial of exactly this change.
        seen: whether the officer ticked that they looked at what got worse.
    """
    if tried is None:
        return "Chạy thử các câu hỏi mẫu của đúng bản này trước.", 409
    if tried.trial.worse and not seen:
        return (
            "Có câu trả lời kém đi. Xem các câu đó, rồi đánh dấu “Tôi đã xem các câu trả lời bị "
            "đổi”.",
            422,
        )
    return None


def _tried(service: StaffService, job: Job) -> Tried:
    return Tried(
        Trial.of_data(job.data["trial"]),
        date.fromisoformat(job.data["day"]),
        job.ended_at or job.made_at,
        job.by,
        job.data["snapshot"] != service.live.edition().snapshot.id,
    )


def communes_of(service: StaffService, body: Body) -> tuple[str, ...]:
    """The communes switched on in which a record holds."""
    communes = service.communes.communes()
    if body.owner == NATIONAL:
        return tuple(one.id for one in communes)
    kind, _, slug = body.owner.partition(":")
    if kind == "province":
        return tuple(one.id for one in communes if one.province == slug)
    return tuple(one.id for one in communes if one.id == slug)


def problem_lines(problems: tuple[Problem, ...], body: Body) -> tuple[ProblemLine, ...]:
    """Problems with the field each belongs to, in words."""
    return tuple(
        ProblemLine(
            path_label(one.field, body.data, RecordKind(body.kind))
            if one.place == body.place
            else f"{one.place} {one.field}".strip(),
            one.message,
            one.field if one.place == body.place else "",
        )
        for one in problems
    )
