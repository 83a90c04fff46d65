"""What residents ask, and what becomes of it: the dashboard, the questions behind it, exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.answering.answer import AnswerStatus, Language
from app.records.asked import Narrower
from app.records.asked_rows import AskedRow
from app.records.outcome import Outcome
from app.staff import sheets
from app.staff.access import Area, Permission
from app.staff.chosen import PRESET_NAMES, Choice, Preset, choice_of
from app.staff.desk import allowed
from app.staff.figure_words import LANGUAGE_NAMES, OUTCOME_NAMES, WEEKDAY_NAMES
from app.staff.figures import Figures, Names
from app.staff.jobs import disposition
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.tables import Table, Value, value_words
from app.staff.view import render
from knowledge_base.commune import Commune
from knowledge_base.guide import Guide
from knowledge_base.labels import TOPIC_NAMES
from knowledge_base.procedure import Procedure
from knowledge_base.record import RecordKind

router = APIRouter(prefix="/staff/{area}/insights")

PAGE = 50
"""Questions on one page of the list."""
_LOOK = 20
"""Further back than so many pages nobody reads; an export has them all."""

SeeDesk = Annotated[Desk, Depends(allowed(Permission.SEE))]

STATUS_NAMES = {
    AnswerStatus.ANSWERED: "Đã trả lời",
    AnswerStatus.CLARIFY_PROCEDURE: "Hỏi lại việc nào",
    AnswerStatus.CLARIFY_CASE: "Hỏi lại trường hợp",
    AnswerStatus.ABSTAINED_NO_PASSAGE: "Chưa trả lời được: không có hồ sơ",
    AnswerStatus.ABSTAINED_LOW_CONFIDENCE: "Chưa trả lời được: không chắc",
    AnswerStatus.ABSTAINED_UNSUPPORTED: "Chưa trả lời được: không có căn cứ",
    AnswerStatus.OUT_OF_SCOPE: "Ngoài phạm vi",
    AnswerStatus.SMALL_TALK: "Chào hỏi",
    AnswerStatus.EMERGENCY: "Gọi khẩn cấp",
    AnswerStatus.SCAM_WARNING: "Cảnh báo lừa đảo",
    AnswerStatus.ERROR_MODEL: "Lỗi",
    AnswerStatus.ERROR_BUSY: "Quá tải",
}


@router.get("")
def dashboard(request: Request, desk: SeeDesk, service: StaffDep) -> Response:
    """The figures of what is chosen in the address, beside those of the days before."""
    choice = chosen_in(request, desk.area, service)
    figures = _figures(service, desk.area, choice)
    now, before = figures.counted(choice.chosen), figures.counted(choice.before)
    few = figures.too_few(now.totals)
    charts = [figures.days(), figures.procedures(), figures.hours(), figures.weekdays()]
    charts += [] if choice.chosen.topic else [figures.topics()]
    charts += [] if choice.chosen.place else [figures.places()]
    charts += [figures.communes()] if len(choice.chosen.communes) > 1 else []
    return render(
        request,
        "insights.html",
        desk=desk,
        **_filters(desk.area, choice, service),
        few=few,
        least=service.insight_limits.least,
        cards=figures.cards(now, before),
        charts=[] if few else charts,
        unanswered=None if few else figures.unanswered(),
        reply_days=service.insight_limits.reply_days,
    )


@router.get("/questions")
def questions(
    request: Request,
    desk: SeeDesk,
    service: StaffDep,
    page: Annotated[int, Query(ge=1, le=_LOOK)] = 1,
) -> Response:
    """The questions behind a number, masked, the newest first."""
    choice = chosen_in(request, desk.area, service)
    _not_of_a_place(choice)
    narrower = narrower_of(request.query_params)
    behind = service.insights.behind(choice.chosen, narrower)
    count = behind.count
    found = behind.rows((page - 1) * PAGE, PAGE)
    kept = {name: request.query_params.get(name) for name in _NARROWER}
    last = max(1, min(_LOOK, -(-count // PAGE)))
    return render(
        request,
        "insight_questions.html",
        desk=desk,
        **_filters(desk.area, choice, service),
        count=count,
        page=page,
        last=last,
        rows=[(row, _record(service, row), STATUS_NAMES[row.status]) for row in found],
        narrowed=_narrowed_words(service, desk.area, narrower),
        to_page=lambda number: choice.query(**kept, page=number),
        to_sheet=choice.query(**kept),
        language_names=LANGUAGE_NAMES,
        Outcome=Outcome,
    )


@router.get("/tables/{name}.{kind}")
def export(
    request: Request, name: str, kind: str, desk: SeeDesk, service: StaffDep
) -> StreamingResponse:
    """A table as ``csv`` or ``xlsx``, of what is chosen in the address."""
    if kind not in ("csv", "xlsx"):
        raise HTTPException(404, "Chỉ có tệp CSV và XLSX.")
    choice = chosen_in(request, desk.area, service)
    if name == "questions":
        _not_of_a_place(choice)
        title, columns = "Câu hỏi", _QUESTION_COLUMNS
        narrower = narrower_of(request.query_params)
        rows = _question_values(service, desk.area, choice, narrower)
    else:
        table = _table(service, desk.area, choice, name)
        title, columns, rows = table.title, table.columns, table.values()
    days = f"{choice.chosen.first:%Y%m%d}-{choice.chosen.last:%Y%m%d}"
    file = f"hoixa-{desk.area.scope.replace(':', '-')}-{name}-{days}.{kind}"
    return StreamingResponse(
        sheets.as_csv(columns, rows) if kind == "csv" else sheets.as_xlsx(title, columns, rows),
        media_type=sheets.CSV if kind == "csv" else sheets.XLSX,
        headers={
            "Content-Disposition": disposition(file),
            "Cache-Control": "private, no-store",
        },
    )


def chosen_in(request: Request, area: Area, service: StaffService) -> Choice:
    """What the address of a page chooses in an area."""
    places = {place.code: place.commune for place in service.insights.posted(area.commune_ids)}
    return choice_of(
        request.query_params,
        area,
        places,
        service.now().date(),
        service.insight_limits.most_days,
    )


def names_of(service: StaffService, area: Area) -> Names:
    """How records and communes are called now; one that is gone by its id."""
    communes = {commune.id: commune for commune in area.communes}

    def commune_name(commune_id: str) -> str:
        found: Commune | None = communes.get(commune_id)
        return found.full_name[:1].upper() + found.full_name[1:] if found else commune_id

    return Names(lambda record_id: _title(service, area, record_id), commune_name)


def narrower_of(parameters: Mapping[str, str]) -> Narrower:
    """What the address of a list asks for beside the filters; what it asks wrongly is left out."""
    outcome, language = parameters.get("outcome"), parameters.get("language")
    return Narrower(
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        record_id=parameters.get("record") or None,
        hour=_number(parameters.get("hour"), 24),
        weekday=_number(parameters.get("weekday"), 7),
        spoken=_flag(parameters.get("spoken")),
        language=Language(language) if language in set(Language) else None,
        helpful=_flag(parameters.get("helpful")),
        unanswered=parameters.get("unanswered") or None,
    )


_NARROWER = ("outcome", "record", "hour", "weekday", "spoken", "language", "helpful", "unanswered")
_QUESTION_COLUMNS: tuple[str, ...] = (
    "Ngày",
    "Giờ",
    "Xã, phường",
    "Câu hỏi (đã che thông tin cá nhân)",
    "Kết quả",
    "Thủ tục",
    "Hữu ích",
    "Giọng nói",
    "Ngôn ngữ",
    "Mất (ms)",
)


def _figures(service: StaffService, area: Area, choice: Choice) -> Figures:
    names = names_of(service, area)
    return Figures(service.insights, choice, names, service.insight_limits, service.now())


def _table(service: StaffService, area: Area, choice: Choice, name: str) -> Table:
    figures = _figures(service, area, choice).whole()
    made = figures.tables.get(name)
    if made is None:
        raise HTTPException(404, "Không có bảng này.")
    if name != "overview" and figures.too_few(figures.asked().totals()):
        raise HTTPException(
            403,
            f"Điểm này có dưới {service.insight_limits.least} câu hỏi trong những ngày đã chọn, "
            "nên không xuất riêng. Chọn nhiều ngày hơn, hoặc xem cả xã.",
        )
    return made()


def _not_of_a_place(choice: Choice) -> None:
    """Single questions of one place would tell what was asked at one counter on one day."""
    if choice.chosen.place is not None:
        raise HTTPException(
            403,
            "Câu hỏi chỉ xem theo xã, không theo từng điểm đặt mã, để không lần ra người hỏi. "
            "Bỏ chọn điểm đặt rồi xem lại.",
        )


def _filters(area: Area, choice: Choice, service: StaffService) -> dict[str, Any]:
    several = len(area.communes) > 1
    places = (
        service.insights.posted(choice.chosen.communes) if not several or choice.commune else ()
    )
    return {
        "choice": choice,
        "presets": PRESET_NAMES,
        "Preset": Preset,
        "communes": area.communes if several else (),
        "places": places,
        "topics": TOPIC_NAMES,
        "words": value_words,
    }


def _question_values(
    service: StaffService, area: Area, choice: Choice, narrower: Narrower
) -> Iterable[tuple[Value, ...]]:
    names = names_of(service, area)
    said = {True: "có", False: "chưa", None: ""}
    most = service.insight_limits.export_rows
    for row in service.insights.behind(choice.chosen, narrower).rows(most=most):
        yield (
            row.day,
            row.hour,
            names.commune(row.commune),
            row.asked,
            STATUS_NAMES[row.status],
            names.record(row.record_id) if row.record_id else "",
            said[row.helpful],
            "có" if row.spoken else "",
            LANGUAGE_NAMES[row.language],
            row.elapsed_ms,
        )


def _record(service: StaffService, row: AskedRow) -> tuple[RecordKind, str] | None:
    """The kind and the title of the record that a question was about, where it still holds."""
    if row.record_id is None:
        return None
    item = service.live.edition().scope(row.commune).records.get(row.record_id)
    if item is None:
        return None
    return RecordKind.GUIDE if isinstance(item, Guide) else RecordKind.PROCEDURE, item.title


def _title(service: StaffService, area: Area, record_id: str) -> str:
    edition = service.live.edition()
    for commune in area.communes:
        item: Procedure | Guide | None = edition.scope(commune.id).records.get(record_id)
        if item is not None:
            return item.title
    return record_id


def _narrowed_words(service: StaffService, area: Area, narrower: Narrower) -> list[str]:
    """What the list is narrowed to, in words."""
    said: list[str] = []
    if narrower.outcome is not None:
        said.append(OUTCOME_NAMES[narrower.outcome])
    if narrower.record_id is not None:
        said.append(_title(service, area, narrower.record_id))
    if narrower.hour is not None:
        said.append(f"lúc {narrower.hour} giờ")
    if narrower.weekday is not None:
        said.append(WEEKDAY_NAMES[narrower.weekday])
    if narrower.spoken is not None:
        said.append("hỏi bằng giọng nói" if narrower.spoken else "gõ chữ")
    if narrower.language is not None:
        said.append(LANGUAGE_NAMES[narrower.language])
    if narrower.helpful is not None:
        said.append("được chấm là hữu ích" if narrower.helpful else "được chấm là chưa hữu ích")
    if narrower.unanswered is not None:
        said.append(f"cùng lời: {narrower.unanswered}")
    return said


def _number(text: str | None, below: int) -> int | None:
    found = int(text) if text is not None and text.isascii() and text.isdigit() else None
    return found if found is not None and found < below else None


def _flag(text: str | None) -> bool | None:
    return {"1": True, "0": False}.get(text or "")
