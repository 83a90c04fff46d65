"""What belongs to another commune is not there: every route that names an object, one by one.

``OBJECTS`` says for each kind of path how to make something of a commune. A new route whose path
names something that is not listed here fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from app.answering.answer import Answer, AnswerStatus, Citation, Language, Question
from app.records.accounts import Role
from app.records.closures import NewClosure
from app.records.draft import NewDraft, Wish
from app.records.jobs import JobResult
from app.records.notices import Level, NewNotice
from app.records.pins import NewPin
from app.records.tickets import NewTicket
from app.staff.service import StaffService
from ingest.documents.blocks import Document, DocumentFormat, Paragraph, to_json
from knowledge_base.catalogue import Body
from knowledge_base.day import today
from knowledge_base.record import RecordKind
from knowledge_base.revisions import RevisionRow, RevisionState, content_hash
from tests.officers import new_officer
from tests.service import ingested_copy, running, settings_in
from tests.staff_routes import Asked, Route, Visitor, routes_of, statuses, visitor

HERE, THERE = "hoa-tien", "ba-na"
BY = "cb-ba-na"
RECORD = "viec-rieng-cua-ba-na"


def a_record(service: StaffService, scope: str, name: str = RECORD) -> dict[str, Any]:
    """A procedure that exists in one commune alone."""
    known = service.live.edition().catalogue
    data = next(body.data for body in known.bodies if body.id == "dang-ky-tam-tru")
    return {**data, "id": name, "title": "Việc riêng của Bà Nà", "code": None, "scope": scope}


def officer(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    return {"officer_id": str(new_officer(app, Role.EDITOR, scope).id)}


def job(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    made = service.jobs.start("try", scope, BY, "Thử", lambda _: JobResult("Xong"), needs="see")
    return {"job_id": made}


def file(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    made = service.files.add("a.txt", "text/plain", b"bi mat", scope, BY, needs="see")
    return {"file_id": made}


def document(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    read = to_json(Document(DocumentFormat.DOCX, (Paragraph("Việc riêng"),)))
    found: dict[str, Any] = {"guesses": [], "refused": []}
    made = service.documents.kept.add(
        scope=scope, name="a.docx", files=(), pictures=(), content=read, found=found, by=BY
    )
    return {"document_id": made}


def draft(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    data = a_record(service, scope)
    made = service.drafts.begin(NewDraft(RecordKind.PROCEDURE, RECORD, scope, data), BY)
    service.drafts.save(made.id, {**data, "title": "Tên khác"}, made.version, BY)
    return {"draft_id": str(made.id), "save_id": str(service.drafts.saves(made.id)[0].id)}


def wish(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    data = a_record(service, scope, "viec-sap-het")
    body = Body(RecordKind.PROCEDURE, data["id"], scope, data, "thử")
    base = service.publishing.publish(body, BY)
    last = service.now().date()
    new = NewDraft(body.kind, body.id, scope, data, base, wish=Wish.END, last_day=last)
    return {"draft_id": str(service.drafts.ask(new, BY).id)}


def imported(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    body = a_record(service, scope)
    data = {"body": body, "missing": [], "warnings": [], "notes": {}}
    return {"revision": str(added(service, scope, RevisionState.DRAFT, data))}


def conflict(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    data = a_record(service, scope, "viec-hai-ben-sua")
    body = Body(RecordKind.PROCEDURE, data["id"], scope, data, "thử")
    service.publishing.publish(body, BY)
    added(service, scope, RevisionState.CONFLICT, {**data, "title": "Như bản phát hành viết"})
    return {"kind": "procedure", "record_id": data["id"]}


def added(service: StaffService, scope: str, state: RevisionState, data: dict[str, Any]) -> int:
    with Session(service.engine) as session, session.begin():
        row = RevisionRow(
            kind="procedure",
            record_id=data.get("id", RECORD),
            scope=scope,
            state=state.value,
            data=data,
            content_hash=content_hash(data),
            author="release",
            note="",
            live_from=service.now().date(),
        )
        session.add(row)
        session.flush()
        return row.id


def record(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    body = Body(RecordKind.PROCEDURE, RECORD, scope, a_record(service, scope), "thử")
    made = service.publishing.publish(body, BY)
    return {"kind": "procedure", "record_id": RECORD, "revision": str(made)}


def ticket(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    new = NewTicket(scope.removeprefix("commune:"), "Nuôi yến?", Language.VI, f"s-{scope}")
    return {"code": service.questions.tickets.open_ticket(new).code}


def template(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    service.questions.templates.keep(None, scope, "Mẫu", "Chào bà con", BY)
    found = service.questions.templates.listed((scope,))
    return {"key": str(next(one.key for one in found if one.title == "Mẫu"))}


def answer(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    commune = scope.removeprefix("commune:")
    made = Answer(f"a-{commune}", "c1", AnswerStatus.ANSWERED, "Bảy ngày.", "mấy ngày?")
    service.questions.answers.add(Question("mấy ngày?", commune), made)
    return {"answer_id": made.id}


def pin(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    cited = Citation(1, RECORD, "Việc", "Lệ phí", "7.000 đồng", (), "Nguồn", None, today())
    last = service.now().date() + timedelta(days=5)
    new = NewPin(scope, "Nuôi yến ở Bà Nà?", "Hỏi xã.", (cited,), "UBND", last)
    return {"pin_id": str(service.questions.pins.pin(new, BY, service.now().date()))}


def place(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    commune = scope.removeprefix("commune:")
    return {"code": service.local.places.add(commune, ("Quầy thử",), BY)[0].code}


def closure(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    day = service.now().date() + timedelta(days=30)
    return {"closure_id": str(service.local.closures.add(NewClosure(scope, day, day, "Nghỉ"), BY))}


def notice(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    now: datetime = service.now()
    new = NewNotice(scope, Level.WARNING, "Mưa lớn", None, now, now + timedelta(days=1))
    return {"notice_id": str(service.local.notices.add(new, BY))}


def commune(app: FastAPI, service: StaffService, scope: str) -> dict[str, str]:
    return {"commune_id": scope.removeprefix("commune:")}


Make = Callable[[FastAPI, StaffService, str], dict[str, str]]

OBJECTS: dict[str, Make] = {
    r"/officers/\{officer_id\}": officer,
    r"/jobs/\{job_id\}": job,
    r"/files/\{file_id\}": file,
    r"/documents/\{document_id\}": document,
    r"/drafts/\{draft_id\}(?!/wish)": draft,
    r"/drafts/\{draft_id\}/wish": wish,
    r"/imports/\{revision\}": imported,
    r"/knowledge/\{kind\}/\{record_id\}": record,
    r"/conflicts/\{kind\}/\{record_id\}": conflict,
    r"/tickets/\{code\}": ticket,
    r"/tickets/templates/\{key\}": template,
    r"/(review|answers)/\{answer_id\}": answer,
    r"/pins/\{pin_id\}": pin,
    r"/places/\{code\}": place,
    r"/office/closures/\{closure_id\}": closure,
    r"/office/notices/\{notice_id\}": notice,
    r"/office/communes/\{commune_id\}": commune,
}
"""What a path names after the area, and how to make one of a commune."""

NAMES_NO_OBJECT = (r"/insights/tables/\{name\}\.\{kind\}",)

FORM = {
    "begin": "empty",
    "commune": THERE,
    "days": "30",
    "digest": "x",
    "label": "Tên khác",
    "last_day": "2099-12-31",
    "message": "1",
    "name": "Tên khác",
    "note": "thử",
    "office": "Phòng khác",
    "record": RECORD,
    "revision": "1",
    "scope": f"commune:{THERE}",
    "text": "Lời khác",
    "title": "Tên khác",
    "to": "discarded",
    "verdict": "right",
    "version": "1",
}
"""Enough for every form to be read; what it holds does not matter."""

QUERY = "?rows=fees&key=abc"
"""The same for the addresses of pages."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application of its own, in which something may break."""
    folder = ingested_copy(tmp_path_factory.mktemp("others"))
    with running(settings_in(folder, communes=f"{HERE},{THERE}")) as app:
        yield app


@pytest.fixture(scope="module")
def admins(app: FastAPI) -> Mapping[str, Visitor]:
    """An officer of each commune who may do everything there."""
    return {
        one: visitor(app, new_officer(app, Role.COMMUNE_ADMIN, f"commune:{one}"))
        for one in (HERE, THERE)
    }


def named(app: FastAPI) -> list[Route]:
    """The routes whose path names something in an area."""
    return [
        route
        for route in routes_of(app)
        if "area" in route.parameters
        and len(route.parameters) > 1
        and not any(re.search(one, route.path) for one in NAMES_NO_OBJECT)
    ]


def of(route: Route, pattern: str) -> bool:
    return re.search(pattern + r"(?=[/.]|$)", route.path) is not None


def test_every_route_that_names_something_is_tried_here(app: FastAPI) -> None:
    for route in named(app):
        matching = [pattern for pattern in OBJECTS if of(route, pattern)]
        assert len(matching) == 1, f"{route}: say in OBJECTS how to make what its path names"


@pytest.mark.parametrize("pattern", OBJECTS)
def test_an_object_of_another_commune_is_not_there(
    app: FastAPI, admins: Mapping[str, Visitor], pattern: str
) -> None:
    service: StaffService = app.state.staff
    values = OBJECTS[pattern](app, service, f"commune:{THERE}")
    routes = [route for route in named(app) if of(route, pattern)]
    assert routes

    def told(who: str, chosen: list[Route]) -> dict[str, int]:
        officer = admins[who]
        query = QUERY + (f"&scope=commune:{THERE}" if "record_id" in values else "")
        query += f"&revision={values['revision']}" if "revision" in values else ""
        visitor = Visitor(officer.cookie, officer.csrf, query, values, FORM)
        asked: list[Asked] = [(route, f"commune:{who}", visitor) for route in chosen]
        found = statuses(app, asked)
        return dict(zip(map(str, chosen), found, strict=True))

    pages = [route for route in routes if route.method == "GET"]
    assert {at: 404 for at in map(str, routes)} == told(HERE, routes)
    # and it is really there, for those whom it belongs to
    own = told(THERE, pages)
    assert {at: status for at, status in own.items() if status >= 400} == {}
