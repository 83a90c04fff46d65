"""Drafts in their form: begun, written, previewed, settled between two officers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.records.accounts import Role
from app.records.draft import Draft, DraftState
from app.staff.service import StaffService
from tests.app.staff.form_in_html import sent
from tests.officers import client_for, new_officer, officer_client

HERE = "/staff/commune:hoa-tien"
JSON = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def staff(app: FastAPI) -> StaffService:
    service: StaffService = app.state.staff
    return service


@pytest.fixture(scope="module")
def editor(app: FastAPI) -> TestClient:
    return officer_client(app, Role.EDITOR, "commune:hoa-tien")


def begin(client: TestClient, area: str = HERE, **fields: str) -> str:
    """Begin a draft; the path of its form."""
    response = client.post(f"{area}/drafts", data={"anyway": "1", **fields})
    assert response.status_code == 303, response.text
    return response.headers["location"]


def of_record(client: TestClient, record_id: str, how: str = "record", **more: str) -> str:
    fields = {"begin": how, "kind": "procedure", "record_id": record_id, "scope": "national"}
    return begin(client, **{**fields, **more}).partition("?")[0].partition("#")[0]


def draft_at(staff: StaffService, path: str) -> Draft:
    found = staff.drafts.find(int(path.rpartition("/")[2]))
    assert found is not None
    return found


class Open:
    """A draft's form as an officer has it open."""

    def __init__(self, client: TestClient, path: str) -> None:
        self.client, self.path = client, path
        self.page = client.get(path).text
        action = re.search(r'action="([^"]*token=[^"]*)"', self.page)
        assert action
        self.action = action[1]
        self.inputs = sent(self.page)

    def type(self, name: str, value: str) -> None:
        """Type into an input, or tick a box that the form did not send."""
        self.inputs = [one for one in self.inputs if one[0] != name] + [(name, value)]

    def save(self, do: str = "save", **headers: str) -> Any:
        fields: dict[str, list[str]] = {}
        for name, value in [*self.inputs, ("do", do)]:
            fields.setdefault(name, []).append(value)
        return self.client.post(self.action, data=fields, headers=headers)


def test_every_released_kind_of_record_opens_and_is_saved_unchanged(
    editor: TestClient, staff: StaffService
) -> None:
    path = of_record(editor, "dang-ky-thuong-tru")
    before = draft_at(staff, path)

    response = Open(editor, path).save()
    after = draft_at(staff, path)

    assert response.status_code == 303
    assert (after.version, after.data) == (before.version, before.data)
    assert len(sent(editor.get(path).text)) > 900  # more than Starlette takes by default


def test_a_wider_record_is_proposed_and_an_own_version_holds_what_differs(
    editor: TestClient, staff: StaffService
) -> None:
    proposed = draft_at(staff, of_record(editor, "dang-ky-tam-tru"))
    own = draft_at(staff, of_record(editor, "dang-ky-tam-tru", "own", section="fee"))

    assert (proposed.scope, proposed.proposed_in) == ("national", "commune:hoa-tien")
    assert (own.scope, own.proposed_in) == ("commune:hoa-tien", None)
    assert set(own.data) == {"id", "scope", "fees"}


def test_a_second_draft_of_a_record_is_warned_of_at_the_beginning_and_in_the_form(
    editor: TestClient,
) -> None:
    fields = {
        "begin": "record",
        "kind": "procedure",
        "record_id": "dang-ky-khai-tu",
        "scope": "national",
    }
    first = editor.post(f"{HERE}/drafts", data=fields)
    second = editor.post(f"{HERE}/drafts", data=fields)
    anyway = editor.post(f"{HERE}/drafts", data={**fields, "anyway": "1"})

    assert first.status_code == 303
    assert "đã có bản nháp" in second.text
    assert "còn bản nháp khác" in editor.get(anyway.headers["location"]).text


def test_a_new_record_gets_an_id_of_its_title_and_two_of_one_title_do_not_meet(
    editor: TestClient, staff: StaffService
) -> None:
    fields = {"begin": "new", "kind": "guide", "title": "  Lịch tiêm chó  mèo", "topic": "land"}

    first, second = (draft_at(staff, begin(editor, **fields)) for _ in range(2))

    assert first.data == {
        "id": "lich-tiem-cho-meo",
        "title": "Lịch tiêm chó mèo",
        "topic": "land",
        "scope": "commune:hoa-tien",
    }
    assert second.record_id == "lich-tiem-cho-meo-2"
    assert editor.post(f"{HERE}/drafts", data={**fields, "title": "…"}).status_code == 422


def test_what_is_wrong_is_saved_and_told_beside_its_field(
    editor: TestClient, staff: StaffService
) -> None:
    path = of_record(editor, "dang-ky-tam-tru")
    form = Open(editor, path)
    form.type("fees.0.amount", "mười bảy nghìn")

    told = form.save(**JSON).json()

    assert told["version"] == 2
    assert "không phải số" in told["problems"]["fees.0.amount"][0]
    assert told["parts"]["fee"] == 1
    assert draft_at(staff, path).data["fees"][0]["amount"] == "mười bảy nghìn"
    assert "mười bảy nghìn" in editor.get(path).text


def test_rows_are_added_without_javascript_and_the_page_comes_back_to_them(
    editor: TestClient, staff: StaffService
) -> None:
    path = of_record(editor, "dang-ky-tam-tru")

    response = Open(editor, path).save("add:fees")

    assert response.headers["location"].endswith("section=fee#fees.4")
    assert len(draft_at(staff, path).data["fees"]) == 5
    assert 'id="fees.4.amount"' in editor.get(path).text


def test_a_row_for_the_script_carries_the_names_of_its_list(editor: TestClient) -> None:
    path = of_record(editor, "dang-ky-tam-tru")

    fee = editor.get(f"{path}/row?rows=cases.0.fees&key=n1")
    case = editor.get(f"{path}/row?rows=cases&key=n1")

    assert 'name="cases.0.fees.n1.amount"' in fee.text
    assert 'data-rows="cases.n1.dossier"' in case.text
    assert "Thủ tục 1.004194" in fee.text
    assert editor.get(f"{path}/row?rows=title&key=n1").status_code == 404


def test_the_preview_is_the_residents_page_of_the_draft_in_a_frame_of_ours(
    editor: TestClient,
) -> None:
    path = of_record(editor, "dang-ky-tam-tru")
    form = Open(editor, path)
    form.type("fees.0.amount", "17.000")
    form.save()

    shown = editor.get(f"{path}/preview")

    assert "17.000 đồng" in shown.text
    assert "Bà con hay hỏi" in shown.text
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert "17.000 đồng" not in editor.get("/c/hoa-tien/p/dang-ky-tam-tru").text
    assert editor.get(f"{path}/preview?commune=ba-na").status_code == 404
    assert editor.get(path).headers["X-Frame-Options"] == "DENY"


def test_a_draft_that_is_hardly_begun_has_a_preview_too(editor: TestClient) -> None:
    fields = {"begin": "new", "kind": "procedure", "title": "Việc đang viết dở", "topic": "land"}
    path = begin(editor, **fields)

    shown = editor.get(f"{path}/preview")

    assert shown.status_code == 200
    assert "Việc đang viết dở" in shown.text


def test_two_officers_lose_nothing_and_choose_field_by_field(
    app: FastAPI, staff: StaffService
) -> None:
    lan = client_for(app, new_officer(app, Role.EDITOR, "commune:hoa-tien", username="lan-soan"))
    minh = client_for(app, new_officer(app, Role.EDITOR, "commune:hoa-tien", username="minh-soan"))
    path = of_record(lan, "dang-ky-tam-tru")
    hers, his = Open(lan, path), Open(minh, path)
    hers.type("fees.0.amount", "16.000")
    his.type("title", "Đăng ký tạm trú tại xã")

    assert hers.save(**JSON).status_code == 200
    refused = his.save(**JSON)
    assert refused.status_code == 409
    assert "lan-soan" in refused.json()["words"]
    assert his.save().headers["location"] == f"{path}/compare"
    page = minh.get(f"{path}/compare").text
    assert "16.000 đồng" in page
    assert "Đăng ký tạm trú tại xã" in page
    picks = dict(re.findall(r'name="(pick\.\w+)" value="(\w+)" checked', page))
    assert picks == {"pick.fees": "theirs", "pick.title": "mine"}, "each field was one's alone"

    chosen = {**hidden(page), **picks, "do": "chosen"}
    assert minh.post(f"{path}/compare", data=chosen).status_code == 303

    now = draft_at(staff, path)
    assert now.data["title"] == "Đăng ký tạm trú tại xã"
    assert now.data["fees"][0]["amount"] == 16000
    assert [save.by for save in staff.drafts.saves(now.id)] == [
        "minh-soan", "minh-soan", "lan-soan", "lan-soan"
    ]  # fmt: skip


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(version|save)" value="(\d+)">', page))


def test_an_earlier_save_is_brought_back_and_what_stood_there_stays(
    editor: TestClient, staff: StaffService
) -> None:
    path = of_record(editor, "dang-ky-tam-tru")
    before = draft_at(staff, path)
    form = Open(editor, path)
    form.type("title", "Tên khác")
    form.save()
    first = staff.drafts.saves(before.id)[-1]

    page = editor.get(f"{path}/saves/{first.id}").text
    response = editor.post(f"{path}/saves/{first.id}", data=hidden(page) | {"version": "2"})

    assert "Tên khác" in page
    assert response.status_code == 303
    assert draft_at(staff, path).data == before.data
    assert len(staff.drafts.saves(before.id)) == 3
    assert "Đang dùng" in editor.get(f"{path}/saves").text


def test_who_else_is_there_is_told_and_that_they_saved(app: FastAPI, staff: StaffService) -> None:
    lan = client_for(app, new_officer(app, Role.EDITOR, "commune:hoa-tien", username="lan-o-day"))
    minh = client_for(app, new_officer(app, Role.EDITOR, "commune:hoa-tien", username="minh-xem"))
    path = of_record(lan, "dang-ky-tam-tru")
    form = Open(lan, path)
    form.type("title", "Tên mới")

    page = minh.get(path).text
    form.save()
    told = minh.get(f"{path}/presence.json?version=1").json()

    assert "Cán bộ lan-o-day cũng đang mở bản này" in page
    assert "Cán bộ lan-o-day cũng đang mở bản này" in told["who"]
    assert "Chưa gõ gì." in page
    assert told["when"] == "Gõ lần cuối vừa mới đây."
    assert "đã lưu bản khác" in told["newer"]
    assert lan.get(f"{path}/presence.json?version=2").json()["newer"] == ""


def test_a_discarded_draft_is_not_written_and_can_be_opened_again(
    editor: TestClient, staff: StaffService
) -> None:
    path = of_record(editor, "dang-ky-tam-tru")
    form = Open(editor, path)

    editor.post(f"{path}/state", data={"to": "discarded"})
    refused = form.save()
    page = editor.get(path).text
    editor.post(f"{path}/state", data={"to": "editing"})

    assert refused.status_code == 409
    assert '<fieldset class="bare" disabled>' in page
    assert "Mở lại bản nháp" in page
    assert draft_at(staff, path).state is DraftState.EDITING
    assert editor.post(f"{path}/state", data={"to": "published"}).status_code == 422


def test_a_draft_of_another_commune_is_not_there(app: FastAPI, editor: TestClient) -> None:
    path = of_record(editor, "dang-ky-tam-tru", "own").replace(HERE, "/staff/commune:ba-na")
    other = officer_client(app, Role.EDITOR, "commune:ba-na")
    analyst = officer_client(app, Role.ANALYST, "commune:hoa-tien")
    below = ["", "/preview", "/saves", "/compare", "/presence.json", "/row?rows=fees&key=n1"]

    statuses = [other.get(f"{path}{part}").status_code for part in below]

    assert statuses == [404] * len(below)
    assert analyst.get(path.replace("ba-na", "hoa-tien")).status_code == 403
    assert other.post(f"{path}/state", data={"to": "discarded"}).status_code == 404


def test_a_form_without_its_token_changes_nothing(editor: TestClient, staff: StaffService) -> None:
    path = of_record(editor, "dang-ky-tam-tru")
    form = Open(editor, path)
    form.type("title", "Giả mạo")
    del editor.headers["X-CSRF"]
    try:
        forged = editor.post(path, data=dict(form.inputs))
        own = form.save()
    finally:
        editor.headers["X-CSRF"] = dict(form.inputs)["csrf"]

    assert forged.status_code == 403
    assert own.status_code == 303
    assert draft_at(staff, path).data["title"] == "Giả mạo"


def test_a_form_longer_than_a_draft_may_be_is_refused(editor: TestClient) -> None:
    path = of_record(editor, "dang-ky-tam-tru")
    form = Open(editor, path)
    form.type("summary.text", "a" * 700_000)
    too_large = form.save(**JSON)
    form.type("summary.text", "a" * 3_000_000)

    assert too_large.status_code == 413
    assert "DRAFT_MAX_KB" in too_large.json()["words"]
    assert form.save(**JSON).status_code == 413


@pytest.mark.parametrize(
    ("record", "section", "part"),
    [
        ("procedure/dang-ky-tam-tru", "fee", "fee"),
        ("guide/muc-huong-bhyt", "muc-huong", "sections"),
    ],
)
def test_sua_cau_nay_leads_to_a_form_with_that_part_open(
    editor: TestClient, record: str, section: str, part: str
) -> None:
    page = editor.get(f"{HERE}/knowledge/{record}?section={section}").text
    kind, _, record_id = record.partition("/")
    fields: dict[str, Any] = {
        "begin": "record",
        "kind": kind,
        "record_id": record_id,
        "scope": "national",
        "section": section,
    }
    form = editor.get(begin(editor, **fields)).text

    assert f'name="section" value="{section}"' in page
    assert re.search(rf'<details class="part" id="{part}"[^>]* open>', form)
