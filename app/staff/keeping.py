"""What is kept of an area, for how long; purging it, and taking it all away as a ZIP."""

from __future__ import annotations

import tempfile
from typing import Annotated
from urllib.parse import quote

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
from app.staff.view import render
from knowledge_base.day import today
from knowledge_base.record import NATIONAL

router = APIRouter()

KeepDesk = Annotated[Desk, Depends(allowed(Permission.KEEP))]

KIND_NAMES = {
    Kind.QUESTIONS: "Câu hỏi, câu trả lời và phản hồi",
    Kind.TICKETS: "Câu hỏi gửi cán bộ",
    Kind.CONVERSATIONS: "Lượt hỏi tiếp (không có chữ nào của người hỏi)",
    Kind.AUDIT: "Nhật ký việc làm của cán bộ",
}
_SETTINGS = {
    Kind.QUESTIONS: "QUESTION_DAYS",
    Kind.TICKETS: "TICKET_DAYS",
    Kind.AUDIT: "AUDIT_DAYS",
}
_IN_MEMORY = 8 << 20


@router.get("/staff/{area}/keeping")
def show_kept(request: Request, desk: KeepDesk, service: StaffDep, said: str = "") -> Response:
    """How much of each kind there is, and how much of it is past its days."""
    return render(
        request,
        "keeping.html",
        desk=desk,
        kept=service.keeping.kept(_communes(desk)),
        names=KIND_NAMES,
        settings=_SETTINGS,
        said=said,
    )


@router.post("/staff/{area}/keeping/purge")
def purge(request: Request, desk: KeepDesk, service: StaffDep) -> Response:
    """Delete what is past its days, and tell how much that was."""
    purged = service.keeping.purge(_communes(desk), desk.officer.username, desk.area.scope)
    counts = [
        f"{KIND_NAMES[kind].lower()}: {count}" for kind, count in purged.counts.items() if count
    ]
    said = f"Đã xóa {'; '.join(counts)}." if counts else "Không có gì quá hạn."
    return _back(request, desk, said)


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
        return _back(request, desk, str(error))
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


def _back(request: Request, desk: Desk, said: str) -> Response:
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/keeping?said={quote(said)}", 303)
