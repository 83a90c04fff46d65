"""What is kept of an area, for how long; purging it, and taking it all away as a ZIP."""

from __future__ import annotations

import re
import tempfile
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.records.audit import AuditEntry
from app.records.files import FilesFullError
from app.records.handover import hand_over
from app.records.jobs import JobFailedError, JobProgress, JobResult, JobsFullError
from app.records.keeping import Kind
from app.staff.access import Permission
from app.staff.desk import allowed
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import number_words, render
from knowledge_base.day import today
from knowledge_base.record import NATIONAL

router = APIRouter()

KeepDesk = Annotated[Desk, Depends(allowed(Permission.KEEP))]

KIND_NAMES = {
    Kind.QUESTIONS: "Câu hỏi, câu trả lời và phản hồi",
    Kind.TICKETS: "Câu hỏi gửi cán bộ",
    Kind.CONVERSATIONS: "Lượt hỏi tiếp (không có chữ nào của người hỏi)",
    Kind.DECISIONS: "Việc cán bộ đã quyết về câu chưa trả lời được và câu bị báo sai",
    Kind.PINS: "Câu trả lời đã ghim (còn hạn thì không xóa)",
    Kind.NOTICES: "Thông báo khẩn (còn hiện thì không xóa)",
    Kind.CLOSURES: "Ngày nghỉ, ngày làm bù (chưa qua thì không xóa)",
    Kind.SAVES: "Lần lưu của bản nháp (đóng rồi thì bỏ các lần ở giữa)",
    Kind.AUDIT: "Nhật ký việc làm của cán bộ",
}
_SETTINGS = {
    Kind.QUESTIONS: "QUESTION_DAYS",
    Kind.TICKETS: "TICKET_DAYS",
    Kind.DECISIONS: "QUESTION_DAYS",
    Kind.PINS: "ENDED_DAYS",
    Kind.NOTICES: "ENDED_DAYS",
    Kind.CLOSURES: "ENDED_DAYS",
    Kind.SAVES: "DRAFT_SAVE_DAYS",
    Kind.AUDIT: "AUDIT_DAYS",
}
_COUNT = re.compile(r"(?P<kind>[a-z]{1,20}):(?P<count>[0-9]{1,9})")
_IN_MEMORY = 8 << 20


@router.get("/staff/{area}/keeping")
def show_kept(
    request: Request, desk: KeepDesk, service: StaffDep, deleted: str | None = None
) -> Response:
    """How much of each kind there is, and how much of it is past its days.

    ``deleted`` is what a purge just did, in numbers: what the address says is never shown as ours.
    """
    return _page(
        request, desk, service, said=_deleted_words(deleted) if deleted is not None else ""
    )


def _page(
    request: Request, desk: Desk, service: StaffService, *, said: str = "", status: int = 200
) -> Response:
    return render(
        request,
        "keeping.html",
        desk=desk,
        kept=service.keeping.kept(_communes(desk)),
        names=KIND_NAMES,
        settings=_SETTINGS,
        said=said,
        status=status,
    )


@router.post("/staff/{area}/keeping/purge")
def purge(request: Request, desk: KeepDesk, service: StaffDep) -> Response:
    """Delete what is past its days, and tell how much that was."""
    purged = service.keeping.purge(_communes(desk), desk.officer.username, desk.area.scope)
    counts = ",".join(f"{kind.value}:{count}" for kind, count in purged.counts.items())
    base = request.scope.get("root_path", "")
    path = f"{base}/staff/{desk.area.scope}/keeping?deleted={counts}"
    return RedirectResponse(path, 303)


@router.post("/staff/{area}/keeping/export")
def export(request: Request, desk: KeepDesk, service: StaffDep) -> Response:
    """Begin to write everything that is kept of the area into a ZIP."""
    try:
        job = service.jobs.start(
            "export",
            desk.area.scope,
            desk.officer.username,
            f"Xuất dữ liệu {desk.area.name}",
            lambda progress: _exported(service, desk, progress),
            needs=Permission.KEEP.value,
        )
    except JobsFullError as error:
        return _page(request, desk, service, said=str(error), status=503)
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/jobs/{job}", 303)


def _exported(service: StaffService, desk: Desk, progress: JobProgress) -> JobResult:
    slug = desk.area.scope.rpartition(":")[2]
    name = f"du-lieu-{slug}-{today():%Y-%m-%d}.zip"
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as out:
        rows = hand_over(
            service.engine,
            service.files,
            desk.area.commune_ids,
            desk.area.scopes,
            out,
            progress,
        )
        out.seek(0)
        try:
            file_id = service.files.add(
                name,
                "application/zip",
                out,
                desk.area.scope,
                desk.officer.username,
                needs=Permission.KEEP.value,
            )
        except FilesFullError as error:
            raise JobFailedError(str(error)) from error
    service.audit.write(
        AuditEntry(desk.officer.username, "kept.exported", desk.area.scope, "kept", {"rows": rows})
    )
    return JobResult(f"Đã xuất {rows} dòng dữ liệu.", file_id=file_id)


def _communes(desk: Desk) -> tuple[str, ...] | None:
    """The area's communes; None for the whole deployment, those switched off by now included."""
    return None if desk.area.scope == NATIONAL else desk.area.commune_ids


def _deleted_words(counts: str) -> str:
    """``questions:3,tickets:0`` → “Đã xóa câu hỏi …: 3.”; what is no such number is left out."""
    found = (_COUNT.fullmatch(part) for part in counts.split(","))
    told = [
        f"{KIND_NAMES[Kind(one['kind'])].lower()}: {number_words(int(one['count']))}"
        for one in found
        if one is not None and one["kind"] in set(Kind) and int(one["count"])
    ]
    return f"Đã xóa {'; '.join(told)}." if told else "Không có gì quá hạn."
