"""Documents that officers bring: sending them, what was read in them, and the draft."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import FormData

from app.records.draft import DraftTooLargeError
from app.records.files import FilePurpose, FilesFullError
from app.records.jobs import JobsFullError
from app.records.read_documents import ReadDocument
from app.staff.access import Permission
from app.staff.desk import allowed, sending_token
from app.staff.document_text import Mark, as_html
from app.staff.reading import Beside, Brought, Refused, UnknownRecordError
from app.staff.sending import files_of, name_of
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from ingest.documents.about import LIKELY, Why
from ingest.documents.compare import Change, Finding
from ingest.documents.refusals import Refusal
from ingest.documents.sniff import READABLE
from knowledge_base.difference import Difference, differences, field_label, in_words
from knowledge_base.record import RecordKind

router = APIRouter()

NEW = "new"
"""Chosen in place of a record: the document becomes one of its own."""
_RECENT = 50
_WHY = {
    Why.CODE: "văn bản ghi đúng mã thủ tục",
    Why.TITLE: "trùng tên",
    Why.WORDS: "tên gần giống",
    Why.MEANING: "nội dung gần giống",
}

Editor = Annotated[Desk, Depends(allowed(Permission.EDIT))]
Sender = Annotated[Desk, Depends(allowed(Permission.EDIT, body_last=True))]


@router.get("/staff/{area}/documents")
def documents(request: Request, desk: Editor, service: StaffDep) -> Response:
    """Where documents are sent, and those that were."""
    limits = service.sendings.limits
    return render(
        request,
        "documents.html",
        desk=desk,
        kept=service.documents.kept.recent(desk.area.scopes, _RECENT),
        token=sending_token(desk.signed_in.csrf),
        most_files=limits.files,
        most_mb=limits.bytes // 1_000_000,
        most_file_mb=service.documents.limits.max_bytes // 1_000_000,
        endings=",".join(sorted(READABLE)),
    )


@router.post("/staff/{area}/documents")
async def send(request: Request, desk: Sender, service: StaffDep) -> Response:
    """Take files in and have them read; where to follow that."""
    with service.sendings.receiving():
        form = await service.sendings.form(request)
        try:
            job_id = await run_in_threadpool(_take_in, service, desk, form)
        finally:
            await form.close()
    url = f"{_here(request, desk)}/jobs/{job_id}"
    if "text/html" not in request.headers.get("Accept", ""):
        return JSONResponse({"url": url}, 202, headers={"Cache-Control": "no-store"})
    return RedirectResponse(url, 303)


def _take_in(service: StaffService, desk: Desk, form: FormData) -> str:
    """Keep the files and begin the job that reads them; its id."""
    files = files_of(form, "files")
    if not files:
        raise HTTPException(422, "Chưa chọn tệp nào. Chọn tệp rồi bấm Nạp.")
    as_one = form.get("as_one") == "1"
    if as_one:  # a folder of photographs comes in any order
        files.sort(key=lambda file: _in_order(name_of(file)))
    by, scope = desk.officer.username, desk.area.scope
    brought: list[Brought] = []
    refused: list[Refused] = []
    try:
        for file in files:
            name = name_of(file)
            if (file.size or 0) > service.documents.limits.max_bytes:
                refused.append(Refused(name, Refusal.TOO_LARGE.value))
                continue
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            kept = service.files.add(
                name, kind, file.file, scope, by, purpose=FilePurpose.DOCUMENT, needs="edit"
            )
            brought.append(Brought(kept, name))
        if brought:
            service.documents.note_sent(brought, desk.area, by)
        work = service.documents.work(brought, desk.area, by, as_one=as_one, refused=refused)
        first = name_of(files[0])
        title = f"Đọc {first}" + (f" và {len(files) - 1} tệp nữa" if len(files) > 1 else "")
        return service.jobs.start("documents", scope, by, title, work, needs="edit")
    except (FilesFullError, JobsFullError) as error:
        service.files.remove([one.file_id for one in brought])
        raise HTTPException(503, str(error)) from error


def _in_order(name: str) -> list[tuple[int, str]]:
    """By what the name says with its numbers as numbers: page 2 before page 10."""
    return [
        (int(part), "") if part.isdecimal() else (0, part.lower())
        for part in re.split(r"(\d+)", name)
    ]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A finding in the words of the page."""

    finding: Finding
    label: str
    before: str
    after: str
    mark: int | None
    """The place in the document's text, where it is known."""
    changes: tuple[Difference, ...] = ()
    """Of a guide's section, part by part; the words before and after are then empty."""


@router.get("/staff/{area}/documents/{document_id}")
def one_document(
    request: Request, document_id: str, desk: Editor, service: StaffDep, record: str = ""
) -> Response:
    """What a document says, beside the record that it is about and beside the document."""
    kept = _kept(service, desk, document_id)
    records = service.documents.records(desk.area)
    found = [
        (record_id, records[record_id].title, _WHY[Why(why)])
        for record_id, why, _ in kept.found["guesses"]
        if record_id in records
    ]
    chosen = record or _likeliest(kept, records)
    beside = _beside(service, kept, desk, chosen)
    return _page(request, service, desk, kept, chosen, beside, found)


def _page(
    request: Request,
    service: StaffService,
    desk: Desk,
    kept: ReadDocument,
    chosen: str,
    beside: Beside,
    found: list[tuple[str, str, str]],
    wrong: str = "",
) -> Response:
    records = service.documents.records(desk.area)
    marks = _marks(beside)
    shown = [_shown(one, beside.kind, marks) for one in beside.comparison.findings]
    return render(
        request,
        "document.html",
        desk=desk,
        status=422 if wrong else 200,
        wrong=wrong,
        kept=kept,
        beside=beside,
        chosen=chosen,
        guesses=found,
        others=sorted(
            ((record_id, one.title) for record_id, one in records.items()),
            key=lambda pair: pair[1],
        ),
        differing=[one for one in shown if one.finding.change is not Change.GONE],
        gone=[one for one in shown if one.finding.change is Change.GONE],
        same=[(field_label(one.field, beside.kind), one.words) for one in beside.comparison.same],
        text=as_html(beside.document, marks),
        files=[(one, file) for one in kept.files if (file := service.files.find(one))],
        Change=Change,
        in_sections=beside.kind is RecordKind.GUIDE,
    )


@router.post("/staff/{area}/documents/{document_id}/draft")
def make_draft(
    request: Request,
    document_id: str,
    desk: Editor,
    service: StaffDep,
    record: Annotated[str, Form(max_length=80)],
    take: Annotated[list[str], Form(max_length=1000)] = [],  # noqa: B006  (FastAPI copies it)
) -> Response:
    """Begin a draft with what the officer took over."""
    kept = _kept(service, desk, document_id)
    beside = _beside(service, kept, desk, record)
    known = {one.id for one in beside.comparison.findings}
    if not known.issuperset(take):
        wrong = (
            "Bản đang công bố vừa thay đổi nên danh sách dưới đây đã được so lại. Xem rồi tích lại."
        )
        return _page(request, service, desk, kept, record, beside, [], wrong)
    try:
        draft = service.documents.draft(kept, desk.area, beside, take, desk.officer.username)
    except DraftTooLargeError as error:
        raise HTTPException(413, str(error)) from error
    return RedirectResponse(f"{_here(request, desk)}/drafts/{draft.id}", 303)


@router.post("/staff/{area}/documents/{document_id}/remove")
def remove(request: Request, document_id: str, desk: Editor, service: StaffDep) -> Response:
    """Delete a document with its pictures; drafts made of it stay."""
    service.documents.remove(_kept(service, desk, document_id), desk.officer.username)
    return RedirectResponse(f"{_here(request, desk)}/documents", 303)


def _here(request: Request, desk: Desk) -> str:
    return f"{request.scope.get('root_path', '')}/staff/{desk.area.scope}"


def _kept(service: StaffService, desk: Desk, document_id: str) -> ReadDocument:
    kept = service.documents.kept.find(document_id)
    if kept is None or kept.scope not in desk.area.scopes:
        raise HTTPException(404, "Không có văn bản này, hoặc văn bản đã quá hạn lưu giữ.")
    return kept


def _likeliest(kept: ReadDocument, records: Mapping[str, Any]) -> str:
    """The record that the page begins with; a new one where none is likely."""
    for record_id, why, share in kept.found["guesses"]:
        if record_id in records and (why in (Why.CODE, Why.TITLE) or share >= LIKELY):
            return str(record_id)
    return NEW


def _beside(service: StaffService, kept: ReadDocument, desk: Desk, record: str) -> Beside:
    try:
        return service.documents.beside(kept, desk.area, None if record == NEW else record)
    except UnknownRecordError as error:
        raise HTTPException(404, "Không có hồ sơ này ở đây.") from error


def _marks(beside: Beside) -> dict[str, Mark]:
    """The lines of the document to be marked, by their words."""
    marks: dict[str, Mark] = {}
    for one in beside.comparison.findings:
        if one.words:
            marks.setdefault(one.words, Mark(len(marks) + 1, differs=True))
    for same in beside.comparison.same:
        marks.setdefault(same.words, Mark(len(marks) + 1, differs=False))
    return marks


def _shown(finding: Finding, kind: RecordKind, marks: Mapping[str, Mark]) -> _Shown:
    def words(fact: Mapping[str, Any] | None) -> str:
        if fact is None:
            return ""
        plain = {name: value for name, value in fact.items() if name != "source"}
        lines = in_words({finding.field: [plain]}, kind).get(finding.field, ())
        return "; ".join(line for said in lines for line in said.splitlines())

    after = dict(finding.after) if finding.after is not None else None
    if after is not None and finding.effective_from is not None:
        after.setdefault("effective_from", finding.effective_from.isoformat())
    mark = marks.get(finding.words)
    label = field_label(finding.field, kind)
    in_section = kind is RecordKind.GUIDE
    return _Shown(
        finding,
        f"{label} › {finding.case}" if finding.case else label,
        "" if in_section else words(finding.before),
        "" if in_section else words(after),
        mark.number if mark else None,
        _section_changes(finding) if in_section else (),
    )


def _section_changes(finding: Finding) -> tuple[Difference, ...]:
    """What taking a section over changes of it; whose word it is stands above it already."""

    def alone(section: Mapping[str, Any] | None) -> dict[str, Any]:
        said = {name: value for name, value in (section or {}).items() if name != "source"}
        return {finding.field: [said] if section is not None else []}

    return differences(alone(finding.before), alone(finding.after), kind=RecordKind.GUIDE)
