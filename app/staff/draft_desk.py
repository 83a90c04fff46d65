"""A draft at an officer's desk: which one it is, what may be done with it, where its pages are."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from app.html import moment_words
from app.records.draft import Draft, DraftState, Wish
from app.staff.access import Permission
from app.staff.colleagues import names_of
from app.staff.desk import may_in
from app.staff.draft_form import HAS_FORM
from app.staff.service import Desk, StaffService

EDITABLE = frozenset({DraftState.EDITING, DraftState.RETURNED})
"""What is being reviewed is taken back first; what is published or discarded is not written."""
STATE_WORDS = {
    DraftState.EDITING: ("Đang soạn", "note"),
    DraftState.IN_REVIEW: ("Chờ duyệt", "note"),
    DraftState.RETURNED: ("Bị trả lại", "warn"),
    DraftState.PUBLISHED: ("Đã công bố", "good"),
    DraftState.DISCARDED: ("Đã bỏ", "warn"),
}


def draft_here(service: StaffService, desk: Desk, draft_id: int) -> Draft:
    """A draft of the area's own records, or one that the area proposes; 404 for others."""
    draft = service.drafts.find(draft_id)
    here = draft is not None and (
        draft.scope in desk.area.scopes or draft.proposed_in in desk.area.scopes
    )
    with_form = draft is not None and draft.kind in HAS_FORM and draft.wish is Wish.TEXT
    if draft is None or not here or not with_form:
        raise HTTPException(404, "Không có bản nháp này ở đây.")
    return draft


def title_of(draft: Draft) -> str:
    """What a draft is called."""
    title = draft.data.get("title")
    return title if isinstance(title, str) and title.strip() else draft.record_id or "Chưa có tên"


def writable(service: StaffService, desk: Desk, draft_id: int) -> Draft:
    """A draft of the area that may be written now; 404 or 409 for others."""
    draft = draft_here(service, desk, draft_id)
    if draft.state not in EDITABLE:
        words = STATE_WORDS[draft.state][0].lower()
        raise HTTPException(409, f"Bản nháp này {words}, không sửa được. Mở lại trang để xem.")
    return draft


def may_write(service: StaffService, desk: Desk, draft: Draft) -> bool:
    """Whether this officer may write in a draft now."""
    may = may_in(service, desk.officer, Permission.EDIT, desk.area.scope)
    return may and draft.state in EDITABLE


def drafts_path(request: Request, desk: Desk) -> str:
    """The path of the area's drafts."""
    return f"{request.scope.get('root_path', '')}/staff/{desk.area.scope}/drafts"


def to_form(request: Request, desk: Desk, draft: Draft, section: str = "") -> Response:
    """To the form of a draft, in the area where this officer finds it."""
    base = request.scope.get("root_path", "")
    here = draft.scope in desk.area.scopes or draft.proposed_in in desk.area.scopes
    area = desk.area.scope if here else draft.scope
    path = f"{base}/staff/{area}/drafts/{draft.id}"
    if section:
        path += f"?section={quote(section)}#{quote(section)}"
    return RedirectResponse(path, 303)


def changed_meanwhile(
    request: Request, desk: Desk, service: StaffService, theirs: Draft, *, by_script: bool
) -> Response:
    """Somebody saved in between: what was refused is kept, and both are shown side by side."""
    path = f"{drafts_path(request, desk)}/{theirs.id}/compare"
    if not by_script:
        return RedirectResponse(path, 303)
    who = names_of(service, theirs.updated_by)[theirs.updated_by]
    words = f"{who} đã lưu bản khác lúc {moment_words(theirs.updated_at)}."
    return JSONResponse({"words": words, "compare": path}, 409)


def whole_number(text: str) -> int:
    """A number that a form sent; 0 for what is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0
