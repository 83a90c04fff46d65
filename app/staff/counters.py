"""A commune's counters, hotlines and website: a form, a look at what would change, then published.

Where review is required it waits as a draft, which is gone on with in the same form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response

from app.records.draft import (
    Draft,
    DraftChangedError,
    DraftClosedError,
    DraftOrigin,
    DraftState,
    DraftTooLargeError,
    NewDraft,
    Wish,
)
from app.records.publishing import NotYetShownError, RecordChangedError
from app.staff.access import Permission
from app.staff.commune_form import (
    DAY_NAMES,
    SHIFTS,
    CommuneFields,
    CounterFields,
    FormError,
    Wrong,
    changed,
    fields_of,
    read_form,
)
from app.staff.desk import allowed
from app.staff.draft_desk import EDITABLE
from app.staff.posting import SentDep, number_of, to
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.trying import problem_lines
from app.staff.view import render
from knowledge_base.catalogue import Body, ContentError
from knowledge_base.commune import Commune
from knowledge_base.difference import differences
from knowledge_base.labels import COUNTER_NAMES
from knowledge_base.record import NATIONAL, CounterKind, RecordKind

router = APIRouter()

OfficeDesk = Annotated[Desk, Depends(allowed(Permission.PLACES))]

_CHANGED = (
    "Có người vừa công bố thông tin khác của xã này. Phần vừa nhập còn ở đây: "
    "xem lại với bản mới rồi gửi."
)


@router.get("/staff/{area}/office/communes/{commune_id}")
def edit_commune(
    request: Request,
    commune_id: str,
    desk: OfficeDesk,
    service: StaffDep,
    draft: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The counters, hotlines and website of a commune, to be changed."""
    at = _written_from(service, _commune(desk, commune_id), draft)
    if at.outdated:
        return to(request, desk, f"/drafts/{draft}/publish")
    return _form(request, desk, at, fields_of(at.data))


@router.post("/staff/{area}/office/communes/{commune_id}")
def look_again(
    request: Request, commune_id: str, desk: OfficeDesk, service: StaffDep, form: SentDep
) -> Response:
    """What would change, before it is published; or the form again, to go on."""
    at = _written_from(service, _commune(desk, commune_id), form.get("draft", ""))
    fields = read_form(form, at.data)
    if form.get("step") == "edit":
        return _form(request, desk, at, fields)
    body = _read(request, desk, service, at, form, fields)
    if isinstance(body, Response):
        return body
    return render(
        request,
        "office_check.html",
        desk=desk,
        commune=at.commune,
        differences=differences(at.published, body.data, kind=RecordKind.COMMUNE),
        sent={name: value for name, value in form.items() if name not in ("csrf", "step")},
        asks=service.publishing.review_required,
    )


@router.post("/staff/{area}/office/communes/{commune_id}/publish")
def publish_commune(
    request: Request, commune_id: str, desk: OfficeDesk, service: StaffDep, form: SentDep
) -> Response:
    """Publish what was looked at; where review is required, leave it to a second officer."""
    at = _written_from(service, _commune(desk, commune_id), form.get("draft", ""))
    fields = read_form(form, at.data)
    body = _read(request, desk, service, at, form, fields)
    if isinstance(body, Response):
        return body
    by, version = desk.officer.username, number_of(form.get("version", "")) or 0
    late = ""
    try:
        if service.publishing.review_required:
            asked = _ask(service, at, body, by, fields.source_title, version)
            return to(request, desk, f"/drafts/{asked}/publish")
        if at.draft is not None:
            service.drafts.save(at.draft.id, body.data, version, by)
            if at.outdated:
                return to(request, desk, f"/drafts/{at.draft.id}/publish")
        service.publishing.publish(
            body,
            by,
            note=fields.source_title,
            base=at.base,
            draft_id=at.draft.id if at.draft is not None else None,
        )
    except ContentError as error:
        return _form(request, desk, at, fields, error=str(error), status=422)
    except (RecordChangedError, DraftChangedError):
        return _form(request, desk, at, fields, error=_CHANGED, status=409)
    except (DraftClosedError, DraftTooLargeError) as error:
        return _form(request, desk, at, fields, error=str(error), status=409)
    except NotYetShownError:
        late = "late"
    return to(request, desk, f"/office?said={late or 'published'}")


@dataclass(frozen=True, slots=True)
class _WrittenFrom:
    """What the form of a commune begins from."""

    commune: Commune
    published: Mapping[str, Any]
    """The record as residents read it."""
    base: int | None
    """The revision of that; None where only the register knows the commune."""
    draft: Draft | None

    @property
    def data(self) -> Mapping[str, Any]:
        """What the form shows and is compared with."""
        return self.published if self.draft is None else self.draft.data

    @property
    def outdated(self) -> bool:
        """Whether something else was published since the draft was begun."""
        return self.draft is not None and self.draft.base_revision_id != self.base


def _written_from(service: StaffService, commune: Commune, draft: str) -> _WrittenFrom:
    """What residents read of a commune, and a draft of it that is gone on with.

    Raises:
        HTTPException: 404 for a draft of something else, 409 for one that cannot be written.
    """
    key = _body(commune, {}).key
    live = service.versions.live(key)
    found = service.drafts.find(number) if (number := number_of(draft)) is not None else None
    if draft and (found is None or found.body.key != key or found.wish is not Wish.TEXT):
        raise HTTPException(404, "Không có bản nháp này ở đây.")
    if found is not None and found.state not in EDITABLE:
        raise HTTPException(409, "Bản nháp này không sửa được: rút về trước, hoặc đã công bố.")
    return _WrittenFrom(
        commune,
        live.revision.body.data
        if live is not None
        else commune.model_dump(mode="json", exclude_none=True),
        live.revision.revision_id if live is not None else None,
        found,
    )


def _read(
    request: Request,
    desk: Desk,
    service: StaffService,
    at: _WrittenFrom,
    form: Mapping[str, str],
    fields: CommuneFields,
) -> Body | Response:
    """The record that the form makes; or the form again, with what is wrong."""

    def again(status: int, error: str = "", wrong: Sequence[Wrong] = ()) -> Response:
        return _form(request, desk, at, fields, error=error, wrong=wrong, status=status)

    if at.draft is None and form.get("base", "") != _named(at.base):
        return again(409, _CHANGED)
    try:
        new = changed(at.data, fields, at.commune.full_name, service.now().date())
    except FormError as error:
        return again(422, wrong=error.wrong)
    if new == at.published:
        return again(422, "Chưa có gì đổi.")
    body = _body(at.commune, new)
    if problems := problem_lines(service.publishing.check(body), body):
        return again(422, wrong=[Wrong(one.field, one.message) for one in problems])
    return body


def _ask(
    service: StaffService, at: _WrittenFrom, body: Body, by: str, note: str, version: int
) -> int:
    """Leave what was written to a second officer; the id of the draft that waits.

    Raises:
        DraftChangedError, DraftClosedError, DraftTooLargeError: by the draft.
    """
    drafts = service.drafts
    if at.draft is None:
        new = NewDraft(body.kind, body.id, body.owner, body.data, at.base, DraftOrigin.RECORD)
        return drafts.ask(new, by, note).id
    saved = drafts.save(at.draft.id, body.data, version, by)
    return drafts.move(saved.id, DraftState.IN_REVIEW, by, note).id


def _named(base: int | None) -> str:
    return "" if base is None else str(base)


def _form(
    request: Request,
    desk: Desk,
    at: _WrittenFrom,
    fields: CommuneFields,
    *,
    error: str = "",
    wrong: Sequence[Wrong] = (),
    status: int = 200,
) -> Response:
    empty = CounterFields("", CounterKind.OTHER.value, "")
    return render(
        request,
        "office_commune.html",
        desk=desk,
        status=status,
        commune=at.commune,
        draft=at.draft,
        fields=fields,
        counters=[*(one for one in fields.counters if not one.is_empty), empty],
        kinds={kind.value: name for kind, name in COUNTER_NAMES.items()},
        days={day.value: name for day, name in DAY_NAMES.items()},
        shifts=SHIFTS,
        base_revision=_named(at.base),
        error=error,
        wrong=wrong,
        source_title=fields.source_title or f"Thông báo của UBND {at.commune.full_name}",
    )


def _commune(desk: Desk, commune_id: str) -> Commune:
    found = next((one for one in desk.area.communes if one.id == commune_id), None)
    if found is None:
        raise HTTPException(404, "Không có xã, phường này ở đây.")
    return found


def _body(commune: Commune, data: Mapping[str, Any]) -> Body:
    return Body(RecordKind.COMMUNE, commune.id, NATIONAL, data, f"commune {commune.id}")
