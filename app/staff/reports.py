"""Monthly reports: made as a long work, kept as files for a while."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from app.records.audit import AuditEntry
from app.records.jobs import JobProgress, JobResult, JobsFullError
from app.staff import monthly_docx, monthly_pdf
from app.staff.access import Area, Permission
from app.staff.desk import allowed
from app.staff.insights import names_of
from app.staff.monthly import Report, make_report
from app.staff.monthly_pictures import draw
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render

router = APIRouter(prefix="/staff/{area}/insights/reports")

KIND = "report"
_MONTHS = 24
"""Months offered; what is older is past its days in most places."""
_SHOWN = 30
_FILES = {"pdf": "PDF", "docx": "DOCX"}

SeeDesk = Annotated[Desk, Depends(allowed(Permission.SEE))]


@router.get("")
def reports(request: Request, desk: SeeDesk, service: StaffDep) -> Response:
    """The reports made for an area, and a form for another."""
    today = service.now().date()
    jobs = [
        job
        for job in service.jobs.recent([desk.area.scope], _SHOWN, KIND)
        if job.scope == desk.area.scope
    ]
    made = (job.data[name] for job in jobs for name in _FILES if name in job.data)
    kept = {file_id for file_id in made if service.files.find(file_id) is not None}
    return render(
        request,
        "reports.html",
        desk=desk,
        months=_months(today),
        jobs=jobs,
        kept=kept,
        files=_FILES,
    )


@router.post("")
def make(
    request: Request, desk: SeeDesk, service: StaffDep, month: Annotated[str, Form(max_length=7)]
) -> Response:
    """Have a month's report made, and lead to how far it is."""
    first = _month(month, service.now().date())
    area, by = desk.area, desk.officer.username
    try:
        job = service.jobs.start(
            KIND,
            area.scope,
            by,
            f"Báo cáo tháng {first.month}/{first.year}, {area.name}",
            lambda progress: _work(service, area, first, by, progress),
            needs=Permission.SEE.value,
        )
    except JobsFullError as error:
        raise HTTPException(503, str(error)) from error
    service.audit.write(AuditEntry(by, "report.made", area.scope, f"report:{first:%Y-%m}"))
    base = request.scope.get("root_path", "")
    return RedirectResponse(f"{base}/staff/{area.scope}/jobs/{job}", 303)


def _work(
    service: StaffService, area: Area, month: date, by: str, progress: JobProgress
) -> JobResult:
    """Count, draw, write both files."""
    steps = 3 + 4
    progress(0, steps, "Đang đếm số liệu")
    report = make_report(
        service.insights,
        area,
        month,
        names_of(service, area),
        service.insight_limits,
        service.now(),
    )
    pictures = {}
    for number, chart in enumerate(report.charts, 1):
        progress(number, steps, "Đang vẽ biểu đồ")
        pictures[chart.table.name] = draw(chart)
    progress(5, steps, "Đang viết tệp DOCX và PDF")
    docx = _keep(service, report, "docx", monthly_docx.as_docx(report, pictures), area, by)
    progress(6, steps, "Đang viết tệp DOCX và PDF")
    pdf = _keep(service, report, "pdf", monthly_pdf.as_pdf(report, pictures), area, by)
    return JobResult(
        f"Đã lập báo cáo tháng {month.month}/{month.year}.",
        "/insights/reports",
        pdf,
        {"month": f"{month:%Y-%m}", "docx": docx, "pdf": pdf},
    )


def _keep(
    service: StaffService, report: Report, ending: str, data: bytes, area: Area, by: str
) -> str:
    media_type = monthly_pdf.MEDIA_TYPE if ending == "pdf" else monthly_docx.MEDIA_TYPE
    return service.files.add(
        f"{report.name}.{ending}", media_type, data, area.scope, by, needs=Permission.SEE.value
    )


def _months(today: date) -> list[date]:
    """This month and those before it, the newest first."""
    first = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(first, first - _MONTHS, -1)]


def _month(text: str, today: date) -> date:
    found = next((month for month in _months(today) if f"{month:%Y-%m}" == text), None)
    if found is None:
        raise HTTPException(422, "Chọn một tháng trong danh sách.")
    return found
