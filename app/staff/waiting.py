"""What waits for officers of an area: each source says how much of one thing, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from app.records.asked import Chosen
from app.records.draft import DraftState
from app.records.outcome import Outcome
from app.staff.access import Permission
from app.staff.knowledge_list import FLAG_NAMES, Filters, Flag
from app.staff.reviewing import open_reports
from app.staff.service import Desk, StaffService
from app.staff.working_days import working_days_before
from knowledge_base.record import NATIONAL, RecordKind

WEEK = 7
_RUNNING_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Waits:
    """So much of something waits."""

    count: int
    words: str
    """What it is, behind the number."""
    path: str
    """Its page, below the area's."""
    needs: Permission
    """Who may not is not told."""
    urgent: bool = False


Source = Callable[[StaffService, Desk], Iterator[Waits]]


def waiting_for(
    service: StaffService, desk: Desk, may: Callable[[Permission], bool]
) -> list[Waits]:
    """What waits for an officer: the urgent first, then as the sources stand."""
    found = (one for source in SOURCES for one in source(service, desk))
    told = [one for one in found if one.count and may(one.needs)]
    return sorted(told, key=lambda one: not one.urgent)


def standing(service: StaffService, desk: Desk) -> Iterator[tuple[str, str]]:
    """What holds now and residents see: the assistant switched off, a notice; with its scope."""
    local, area = service.local, desk.area
    wider = {NATIONAL, *(f"province:{commune.province}" for commune in area.communes)}
    scopes = sorted({*area.scopes, *(wider if area.scope != NATIONAL else ())})
    for off in local.switches.of(scopes):
        yield off.scope, f"Trợ lý đang tắt: {off.reason}"
    for notice in local.notices.showing(scopes, service.now()):
        yield notice.entered.scope, f"Đang hiện thông báo: {notice.entered.words}"


def _tickets(service: StaffService, desk: Desk) -> Iterator[Waits]:
    questions, communes = service.questions, desk.area.commune_ids
    before = working_days_before(service.now(), questions.limits.reply_days)
    late = questions.tickets.count_waiting(communes, before)
    waiting = questions.tickets.count_waiting(communes) - late
    yield Waits(
        late,
        f"câu hỏi gửi cán bộ chờ quá {questions.limits.reply_days} ngày làm việc",
        "/tickets?age=late",
        Permission.REPLY,
        urgent=True,
    )
    yield Waits(waiting, "câu hỏi gửi cán bộ đang chờ trong hạn", "/tickets", Permission.REPLY)


def _unanswered(service: StaffService, desk: Desk) -> Iterator[Waits]:
    today = service.now().date()
    chosen = Chosen(desk.area.commune_ids, today - timedelta(days=WEEK - 1), today)
    count = service.insights.asked(chosen).totals().outcomes.get(Outcome.ABSTAINED, 0)
    words = f"câu chưa trả lời được trong {WEEK} ngày qua"
    yield Waits(count, words, f"/gaps?days={WEEK}", Permission.REPLY)


def _reported(service: StaffService, desk: Desk) -> Iterator[Waits]:
    count = len(open_reports(service, desk))
    words = "câu trả lời bị báo sai, cũ hoặc thiếu chưa xử lý"
    yield Waits(count, words, "/review/reported", Permission.REVIEW, urgent=True)


def _proposals(service: StaffService, desk: Desk) -> Iterator[Waits]:
    count = len(service.drafts.listed(desk.area.scopes, [DraftState.IN_REVIEW]))
    yield Waits(count, "bản nháp chờ duyệt", "/review/proposals", Permission.REVIEW)


def _knowledge(service: StaffService, desk: Desk) -> Iterator[Waits]:
    counts = service.knowledge.found(desk.area, Filters()).counts
    conflicts = counts.get(Flag.CONFLICT, 0)
    words = "hồ sơ vừa có bản mới của đợt phát hành vừa có bản của cán bộ"
    yield Waits(conflicts, words, "/conflicts", Permission.READ, urgent=True)
    for flag in (Flag.EXPIRING, Flag.SCHEDULED, Flag.STALE):
        words = f"hồ sơ: {FLAG_NAMES[flag].lower()}"
        path = f"/knowledge?state={flag.value}"
        yield Waits(counts.get(flag, 0), words, path, Permission.READ, flag is Flag.EXPIRING)


def _drafts(service: StaffService, desk: Desk) -> Iterator[Waits]:
    mine = desk.officer.username
    states = [DraftState.EDITING, DraftState.RETURNED]
    own = [one for one in service.drafts.listed(desk.area.scopes, states) if one.created_by == mine]
    for of_communes, path, needs in (
        (False, f"/knowledge?state={Flag.DRAFT.value}", Permission.EDIT),
        (True, "/office", Permission.PLACES),
    ):
        drafts = [one for one in own if (one.kind is RecordKind.COMMUNE) is of_communes]
        returned = sum(one.state is DraftState.RETURNED for one in drafts)
        about = " về quầy và giờ" if of_communes else ""
        yield Waits(returned, f"bản nháp của tôi{about} bị trả lại", path, needs, urgent=True)
        yield Waits(len(drafts) - returned, f"bản nháp của tôi{about} đang viết dở", path, needs)


def _jobs(service: StaffService, desk: Desk) -> Iterator[Waits]:
    recent = service.jobs.recent(desk.area.scopes, _RUNNING_LOOKED_AT)
    running = sum(job.is_open and job.by == desk.officer.username for job in recent)
    yield Waits(running, "việc của tôi đang chạy", "/jobs", Permission.SEE)


SOURCES: tuple[Source, ...] = (
    _tickets,
    _reported,
    _knowledge,
    _proposals,
    _drafts,
    _unanswered,
    _jobs,
)
"""Each asks one store. A part that has something to wait for adds its own here."""
