"""The list to take away (danh sách mang theo): what to bring, where, how much.

It is made from today's record, never from an answer of some days ago. What is ticked stays on the
phone. The code on it opens the same list again.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from app.answering.answer import Language, Office
from app.answering.english_wording import titled, wording_of
from app.html import capital
from app.web.api import known_answer
from app.web.incoming import CommuneDep, picture_rate
from app.web.picture import Heading, Picture, Text, Tick, draw
from app.web.problems import Problem
from app.web.service import ServiceDep, WebService
from app.web.view import address, render
from app.web.words import language_of, phrase
from knowledge_base.commune import Commune
from knowledge_base.procedure import Case, DossierItem, Procedure, Provider
from knowledge_base.record import CounterKind, Facet
from knowledge_base.section import day_words, sections_of, sentence
from qr.code import LinkTooLongError, code_modules, code_svg

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of the list."""

    key: str
    """Stays the same while the paper does, so that a tick outlives changes to others."""
    name: str
    details: tuple[str, ...]
    """Form, originals, copies, who provides it where that is not the applicant."""
    note: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """Everything on the list of one procedure and case, in the words that residents read."""

    title: str
    case: Case | None
    cases: tuple[Case, ...]
    """Cases to choose from, where none is chosen yet."""
    papers: tuple[Paper, ...]
    looked_up: tuple[Paper, ...]
    """What the office finds out by itself; nobody has to bring it."""
    where: tuple[str, ...]
    times: tuple[str, ...]
    fees: tuple[str, ...]
    pitfalls: tuple[str, ...]
    to_confirm: tuple[str, ...]
    basis: tuple[str, ...]
    checked_on: date


def checklist_of(
    record: Procedure, case_id: str | None, day: date, language: Language = Language.VI
) -> Checklist:
    """The list of a procedure on a day; without a case only what every case needs."""
    cases = tuple(case for case in record.cases if case.in_force(day))
    chosen = next((case for case in cases if case.id == case_id), None)
    items = [item for item in record.dossier if item.in_force(day)]
    if chosen is not None:
        items += [item for item in chosen.dossier if item.in_force(day)]
    papers = [(item, _paper(item, language)) for item in items]
    wording = wording_of(language)
    sections = {section.facet: section for section in sections_of(record, day, wording)}

    def lines(facet: Facet) -> tuple[str, ...]:
        section = sections.get(facet)
        found = section.for_case(chosen.id if chosen else None) if section else ()
        return tuple(line.text for line in found)

    notes = (chosen.note,) if chosen is not None and chosen.note else ()
    return Checklist(
        title=record.title if language is Language.VI else titled(record),
        case=chosen,
        cases=cases if chosen is None else (),
        papers=tuple(paper for item, paper in papers if item.provided_by is not Provider.OFFICE),
        looked_up=tuple(paper for item, paper in papers if item.provided_by is Provider.OFFICE),
        where=lines(Facet.WHERE),
        times=lines(Facet.TIME_LIMIT),
        fees=lines(Facet.FEE),
        pitfalls=tuple(
            wording.free(sentence(text))
            for text in (*notes, *(one.text for one in record.pitfalls if one.in_force(day)))
        ),
        to_confirm=tuple(note.text for note in record.to_confirm),
        basis=tuple(
            f"{basis.name} {basis.number}" for basis in record.legal_basis if basis.in_force(day)
        ),
        checked_on=record.checked_on,
    )


def _paper(item: DossierItem, language: Language) -> Paper:
    key = hashlib.sha256(unicodedata.normalize("NFC", item.item).encode()).hexdigest()[:8]
    if language is not Language.VI:
        return Paper(key, wording_of(language).dossier(item), (), "")
    details = []
    if item.form and item.form.lower() not in item.item.lower():
        details.append(item.form if item.form.lower().startswith("mẫu") else f"mẫu {item.form}")
    details += [
        f"{count} {kind}"
        for count, kind in ((item.originals, "bản chính"), (item.copies, "bản sao"))
        if count
    ]
    if item.provided_by is Provider.OTHER:
        details.append("nơi khác cấp")
    return Paper(key, capital(item.item), tuple(details), sentence(item.note) if item.note else "")


@router.get("/c/{commune_id}/a/{answer_id}/list")
def list_of_answer(
    request: Request, commune: CommuneDep, service: ServiceDep, answer_id: str
) -> Response:
    """Lead from an answer to the list of its procedure and case, as they are today."""
    answer = known_answer(service, answer_id)
    if answer.procedure is None or not answer.procedure.url.startswith(f"/c/{commune.id}/"):
        raise _no_list()
    path = _path(commune, answer.procedure.id, answer.case)
    return RedirectResponse(address(request, path), 302, headers={"Cache-Control": "no-store"})


@router.get("/c/{commune_id}/p/{record_id}/list")
def show_list(
    request: Request,
    commune: CommuneDep,
    service: ServiceDep,
    record_id: str,
    case: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The list, to tick, print, keep as a picture or share."""
    language = language_of(request)
    record, made = _found(service, commune, record_id, case, language)
    path = _path(commune, record.id, made.case.id if made.case else None)
    return render(
        request,
        "checklist.html",
        commune=commune,
        made=made,
        record_id=record.id,
        case_paths=[(one.title, _path(commune, record.id, one.id)) for one in made.cases],
        picture=path.replace("/list", "/list.png", 1),
        link=_link(request, service, path),
        code=_code(_link(request, service, path)),
        office=_office(service, commune, record, language),
        today=service.today,
    )


@router.get("/c/{commune_id}/p/{record_id}/list.png", dependencies=[Depends(picture_rate)])
def draw_list(
    request: Request,
    commune: CommuneDep,
    service: ServiceDep,
    record_id: str,
    case: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The list as a picture, for phones whose browser can neither print nor share."""
    record, made = _found(service, commune, record_id, case)
    path = _path(commune, record.id, made.case.id if made.case else None)
    drawn = draw(_picture(request, service, commune, record, made, path))
    return Response(
        drawn,
        media_type="image/png",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f'attachment; filename="danh-sach-{record.id}.png"',
        },
    )


def _picture(
    request: Request,
    service: WebService,
    commune: Commune,
    record: Procedure,
    made: Checklist,
    path: str,
) -> Picture:
    """The list's lines from top to bottom; the words are Vietnamese, as the counter reads them."""
    office = _office(service, commune, record)
    link = _link(request, service, path)
    lines: list[Heading | Text | Tick] = [Heading(made.title, large=True)]
    if made.case:
        lines.append(Text(f"Trường hợp: {made.case.title}"))
    lines.append(Heading("Cần mang"))
    for paper in made.papers:
        lines.append(Tick(paper.name, " · ".join((*paper.details, paper.note)).strip(" ·")))
    if not made.papers:
        lines.append(Text(_NOTHING_LISTED if made.cases else "Không có giấy tờ nào được ghi."))
    elif made.cases:
        lines.append(Text(_MORE_LISTED))
    if made.looked_up:
        lines.append(Heading("Cơ quan tự tra cứu"))
        lines += [Text(paper.name) for paper in made.looked_up]
    for heading, texts in (
        ("Nộp ở đâu", made.where),
        ("Bao lâu có", made.times),
        ("Lệ phí", made.fees),
        ("Dễ nhầm", made.pitfalls),
    ):
        if texts:
            lines.append(Heading(heading))
            lines += [Text(text) for text in texts]
    if office is not None:
        lines.append(Heading(office.name))
        known = (office.address, office.telephone, *office.hours)
        lines += [Text(capital(text)) for text in known if text]
    if made.to_confirm:
        lines.append(Text(f"Hỏi lại cán bộ về: {'; '.join(made.to_confirm)}."))
    lines.append(Heading("Căn cứ"))
    lines += [Text(text, small=True) for text in made.basis]
    checked = f"Kiểm tra ngày {day_words(made.checked_on)}. In ngày {day_words(service.today)}."
    lines.append(Text(f"{checked} Trợ lý AI, thông tin tham khảo; cán bộ quyết định.", small=True))
    lines.append(Text(f"{capital(commune.full_name)} · {link}", small=True))
    try:
        return Picture(tuple(lines), code_modules(link))
    except LinkTooLongError:
        return Picture(tuple(lines), ())


_MORE_LISTED = "Tùy trường hợp còn giấy tờ khác: mở danh sách và chọn trường hợp."
_NOTHING_LISTED = "Giấy tờ tùy trường hợp: mở danh sách và chọn trường hợp."


def _found(
    service: WebService,
    commune: Commune,
    record_id: str,
    case: str,
    language: Language = Language.VI,
) -> tuple[Procedure, Checklist]:
    record = service.knowledge.records(commune.id).get(record_id)
    if not isinstance(record, Procedure):
        raise _no_list()
    return record, checklist_of(record, case or None, service.today, language)


def _office(
    service: WebService, commune: Commune, record: Procedure, language: Language = Language.VI
) -> Office | None:
    counter = record.where[0].counter
    return service.cards.office(commune, counter, language) or service.cards.office(
        commune, CounterKind.ONE_STOP, language
    )


def _path(commune: Commune, record_id: str, case: str | None) -> str:
    chosen = f"?{urlencode({'case': case})}" if case else ""
    return f"/c/{commune.id}/p/{record_id}/list{chosen}"


def _link(request: Request, service: WebService, path: str) -> str:
    base = service.public_url or str(request.base_url).rstrip("/")
    return f"{base}{path}"


def _code(link: str) -> Markup | None:
    try:
        return Markup(code_svg(link))  # noqa: S704  (drawn here)
    except LinkTooLongError:
        return None


def _no_list() -> Problem:
    return Problem(
        404,
        "no-list",
        phrase("Không có danh sách cho việc này"),
        phrase("Chỉ thủ tục có hồ sơ mới có danh sách. Hãy hỏi lại, hoặc hỏi cán bộ."),
    )
