"""An answer as residents saw it, and where each part of it can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from app.answering.answer import Answer, AnswerStatus
from app.staff.access import Permission
from app.staff.citing import section_cited
from app.staff.desk import allowed
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.guide import Guide
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind

router = APIRouter()

STATUS_WORDS = {
    AnswerStatus.ANSWERED: ("Đã trả lời", "good"),
    AnswerStatus.CLARIFY_PROCEDURE: ("Hỏi lại: việc nào", "note"),
    AnswerStatus.CLARIFY_CASE: ("Hỏi lại: trường hợp nào", "note"),
    AnswerStatus.ABSTAINED_NO_PASSAGE: ("Không tìm thấy", "warn"),
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE: ("Chưa đủ chắc", "warn"),
    AnswerStatus.ABSTAINED_UNSUPPORTED: ("Hồ sơ không nói", "warn"),
    AnswerStatus.OUT_OF_SCOPE: ("Ngoài phạm vi", "warn"),
    AnswerStatus.SMALL_TALK: ("Chào hỏi", "note"),
    AnswerStatus.EMERGENCY: ("Khẩn cấp", "note"),
    AnswerStatus.SCAM_WARNING: ("Cảnh báo lừa đảo", "note"),
    AnswerStatus.ERROR_MODEL: ("Lỗi", "warn"),
    AnswerStatus.ERROR_BUSY: ("Đang bận", "warn"),
}
"""A status in words, and the look of its label."""

ReadDesk = Annotated[Desk, Depends(allowed(Permission.READ))]


@dataclass(frozen=True, slots=True)
class Mend:
    """A place in a record that an answer came from."""

    path: str
    """Below the area's."""
    title: str
    section: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer with what a page needs to show it."""

    answer: Answer
    commune: str
    status: str
    look: str
    mends: tuple[Mend, ...]
    pinned: bool


def shown_answer(service: StaffService, answer: Answer, commune: str) -> ShownAnswer:
    """An answer of a commune, ready to be shown."""
    words, look = STATUS_WORDS[answer.status]
    pinned = answer.engine == "pinned"
    return ShownAnswer(answer, commune, words, look, _mends(service, answer, commune), pinned)


def found_answer(service: StaffService, desk: Desk, answer_id: str) -> ShownAnswer | None:
    """An answer given in the area; None for another's, or one that is not kept."""
    commune = service.questions.answers.commune_of(answer_id)
    if commune is None or commune not in desk.area.commune_ids:
        return None
    answer = service.questions.answers.find(answer_id)
    return shown_answer(service, answer, commune) if answer is not None else None


@router.get("/staff/{area}/answers/{answer_id}")
def one_answer(request: Request, answer_id: str, desk: ReadDesk, service: StaffDep) -> Response:
    """An answer as the resident saw it."""
    shown = found_answer(service, desk, answer_id)
    if shown is None:
        raise HTTPException(404, "Không có câu trả lời này ở đây, hoặc đã quá hạn lưu giữ.")
    return render(request, "answer.html", desk=desk, shown=shown)


def _mends(service: StaffService, answer: Answer, commune: str) -> tuple[Mend, ...]:
    edition = service.live.edition()
    if commune not in edition.catalogue.communes:
        return ()
    records = edition.scope(commune).records
    found: dict[str, Mend] = {}
    for citation in answer.citations:
        record = records.get(citation.record_id)
        if record is None:
            continue
        section = section_cited(record, citation, edition)
        mend = _mend(record, section.id if section else "", citation.section)
        found.setdefault(mend.path, mend)
    for reference in (answer.procedure, answer.also):
        record = records.get(reference.id) if reference is not None else None
        cited = {citation.record_id for citation in answer.citations}
        if record is not None and record.id not in cited:
            facet = answer.facet.value if answer.facet else ""
            known = facet in record.section_ids()
            mend = _mend(record, facet if known else "", "")
            found.setdefault(mend.path, mend)
    return tuple(found.values())


def _mend(record: Procedure | Guide, section_id: str, heading: str) -> Mend:
    kind = RecordKind.GUIDE if isinstance(record, Guide) else RecordKind.PROCEDURE
    query = f"?section={quote(section_id)}" if section_id else ""
    return Mend(f"/knowledge/{kind.value}/{record.id}{query}", record.title, heading)
