"""How far the long works of an area are, and the files that came out of them."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse

from app.records.jobs import Job, JobState
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import allowed, may_in
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import number_words, render

router = APIRouter()

_RECENT = 50
_STATES = {
    JobState.WAITING: "Đang chờ",
    JobState.RUNNING: "Đang làm",
    JobState.DONE: "Xong",
    JobState.FAILED: "Không xong",
    JobState.STOPPED: "Đã dừng",
}
_KINDS = {
    JobState.WAITING: "note",
    JobState.RUNNING: "note",
    JobState.DONE: "good",
    JobState.FAILED: "warn",
    JobState.STOPPED: "note",
}
_FIRST = "Đang chờ đến lượt."
_STOPPING = "Đang dừng"
_HARMLESS = frozenset({"image/png", "image/jpeg", "image/webp"})
"""What a page may show; everything else is saved."""

AreaDesk = Annotated[Desk, Depends(allowed(Permission.SEE))]
"""Every officer of the area; what a job or file itself needs is asked of it."""


@router.get("/staff/{area}/jobs")
def jobs_of_area(request: Request, desk: AreaDesk, service: StaffDep) -> Response:
    """The newest works of an area that the officer may see."""
    jobs = [
        job
        for job in service.jobs.recent(desk.area.scopes, _RECENT)
        if _may_see(service, desk, job.needs, job.scope)
    ]
    return render(request, "jobs.html", desk=desk, jobs=jobs, states=_STATES, kinds=_KINDS)


@router.get("/staff/{area}/jobs/{job_id}.json")
def job_as_json(request: Request, job_id: str, desk: AreaDesk, service: StaffDep) -> Response:
    """What the page shows, for the script that keeps it up to date."""
    job = _job(service, desk, job_id)
    return JSONResponse(_told(request, desk, job), headers={"Cache-Control": "no-store"})


@router.get("/staff/{area}/jobs/{job_id}")
def one_job(request: Request, job_id: str, desk: AreaDesk, service: StaffDep) -> Response:
    """One work: a bar while it goes on, then what came out of it."""
    job = _job(service, desk, job_id)
    return render(
        request,
        "job.html",
        desk=desk,
        job=job,
        told=_told(request, desk, job),
        stopped_by=names_of(service, job.stop_by)[job.stop_by] if job.stop_by else "",
        may_stop=job.is_open and not job.stop_by and _may_stop(service, desk, job),
        states=_STATES,
        kinds=_KINDS,
    )


@router.post("/staff/{area}/jobs/{job_id}/stop")
def stop_job(request: Request, job_id: str, desk: AreaDesk, service: StaffDep) -> Response:
    """Stop a work; one that has ended meanwhile stays as it ended."""
    job = _job(service, desk, job_id)
    if not _may_stop(service, desk, job):
        raise HTTPException(403, "Chỉ người bắt đầu việc này hoặc người quản trị mới dừng được.")
    service.jobs.stop(job.id, desk.officer.username)
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{desk.area.scope}/jobs/{job.id}", 303)


@router.get("/staff/{area}/files/{file_id}")
def fetch_file(file_id: str, desk: AreaDesk, service: StaffDep, show: bool = False) -> Response:
    """A file, to be saved; a picture also to be shown in a page of ours."""
    file = service.files.find(file_id)
    if file is None or not _may_see(service, desk, file.needs, file.scope):
        raise HTTPException(404, "Không có tệp này, hoặc tệp đã quá hạn lưu giữ.")
    shown = show and file.media_type in _HARMLESS
    return StreamingResponse(
        service.files.pieces(file_id),
        media_type=file.media_type if shown else "application/octet-stream",
        headers={
            "Content-Length": str(file.size),
            "Content-Disposition": disposition(file.name, inline=shown),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def disposition(name: str, *, inline: bool = False) -> str:
    """A Content-Disposition with a name in any script (RFC 6266)."""
    kept = "".join(char for char in name if char.isprintable() and char not in '"\\/')
    plain = "".join(char if " " <= char <= "~" and char != "%" else "_" for char in kept)
    kind = "inline" if inline else "attachment"
    return (
        f"{kind}; filename=\"{plain or 'tep'}\"; filename*=UTF-8''{quote(kept or 'tep', safe='')}"
    )


def _job(service: StaffService, desk: Desk, job_id: str) -> Job:
    job = service.jobs.find(job_id)
    if job is None or not _may_see(service, desk, job.needs, job.scope):
        raise HTTPException(404, "Không có việc này, hoặc việc đã quá hạn lưu giữ.")
    return job


def _may_see(service: StaffService, desk: Desk, needs: str, scope: str) -> bool:
    """Who may what it needs, now: whoever began it may have lost that since."""
    here = scope in desk.area.scopes
    return here and may_in(service, desk.officer, Permission(needs), scope)


def _may_stop(service: StaffService, desk: Desk, job: Job) -> bool:
    """Who began it may, and who is an administrator there."""
    mine = job.by == desk.officer.username
    return mine or may_in(service, desk.officer, Permission.ACCOUNTS, job.scope)


def _told(request: Request, desk: Desk, job: Job) -> dict[str, Any]:
    here = f"{request.scope.get('root_path', '')}/staff/{desk.area.scope}"
    return {
        "state": job.state.value,
        "state_words": _STOPPING if job.is_open and job.stop_by else _STATES[job.state],
        "open": job.is_open,
        "done": job.done,
        "total": job.total,
        "share": f"{number_words(100 * min(job.done, job.total) / job.total)} %"
        if job.is_open and job.total
        else "",
        "words": job.words or (_FIRST if job.state is JobState.WAITING else ""),
        "url": f"{here}{job.url}" if job.url else None,
        "file_url": f"{here}/files/{job.file_id}" if job.file_id else None,
    }
