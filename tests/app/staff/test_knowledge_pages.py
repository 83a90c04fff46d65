"""The pages of the list of knowledge and of one record."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.main import Stores, build_app
from app.records.accounts import Role
from app.settings import Settings
from app.staff.service import StaffService
from app.staffing import knowledge_limits
from ingest.draft import Draft as Imported
from ingest.live import LiveKnowledge
from knowledge_base.catalogue import Body
from knowledge_base.record import RecordKind
from knowledge_base.revisions import add_draft
from tests.officers import officer_client

HERE = "/staff/commune:hoa-tien"


@pytest.fixture(scope="module")
def editor(app: FastAPI) -> TestClient:
    return officer_client(app, Role.EDITOR, "commune:hoa-tien")


def rows_of(page: str) -> int:
    return page.count("<tr>") - 1


def test_the_list_holds_what_applies_here_a_page_at_a_time(editor: TestClient) -> None:
    first = editor.get(f"{HERE}/knowledge").text
    last = editor.get(f"{HERE}/knowledge?page=99").text

    assert rows_of(first) == 50
    assert 0 < rows_of(last) < 50
    assert "Trang 1/" in first


@pytest.mark.parametrize("words", ["tạm trú", "tam tru", "1.004194", "dang-ky-tam-tru"])
def test_a_record_is_found_by_words_code_and_id(editor: TestClient, words: str) -> None:
    page = editor.get(f"{HERE}/knowledge", params={"q": words}).text

    assert "/knowledge/procedure/dang-ky-tam-tru" in page
    assert rows_of(page) < 50


def test_filters_stand_in_the_address_of_every_other_filter(editor: TestClient) -> None:
    page = editor.get(f"{HERE}/knowledge?topic=residence&kind=procedure&q=tru&sort=checked").text

    states = re.findall(r'<li><a href="\?([^"]*)"', page)

    assert states
    for state in states:
        assert {"topic=residence", "kind=procedure", "q=tru", "sort=checked"} <= set(
            state.replace("&amp;", "&").split("&")
        )


def test_unknown_filters_are_no_filters(editor: TestClient) -> None:
    response = editor.get(f"{HERE}/knowledge?state=x&topic=y&kind=commune&level=z&sort=w")

    assert response.status_code == 200


def test_a_record_shows_each_part_with_the_level_that_says_so(editor: TestClient) -> None:
    page = editor.get(f"{HERE}/knowledge/procedure/dang-ky-khai-sinh").text

    assert re.search(r"Lệ phí <small>theo bản thành phố Đà Nẵng</small>", page)
    assert re.search(r"Các bước <small>theo bản Cả nước</small>", page)
    assert "Sửa riêng cho xã Hòa Tiến" in page
    assert "Đề nghị sửa bản thành phố Đà Nẵng" in page
    assert 'href="/c/hoa-tien/p/dang-ky-khai-sinh"' in page
    for anchor in ("fee", "dossier", "questions", "sources"):
        assert f'id="{anchor}"' in page


def test_who_may_publish_the_wider_version_edits_it(app: FastAPI) -> None:
    province = officer_client(app, Role.PROVINCE_ADMIN, "province:da-nang")
    reviewer = officer_client(app, Role.REVIEWER, "commune:hoa-tien")
    path = "knowledge/procedure/dang-ky-khai-sinh"

    own = province.get(f"/staff/province:da-nang/{path}").text
    read_only = reviewer.get(f"{HERE}/{path}").text

    assert '<button class="primary">Sửa</button>' in own
    assert "Sửa riêng" not in own  # the province has its own version already
    assert 'name="begin"' not in read_only


def test_a_record_that_is_not_there_is_404(editor: TestClient) -> None:
    for path in ("procedure/khong-co", "commune/hoa-tien", "la/dang-ky-tam-tru"):
        assert editor.get(f"{HERE}/knowledge/{path}").status_code == 404


def test_a_guide_shows_its_sections_under_their_own_anchors(editor: TestClient) -> None:
    page = editor.get(f"{HERE}/knowledge/guide/muc-huong-bhyt?section=muc-huong").text

    assert 'class="panel chosen" id="muc-huong"' in page


def test_an_import_is_read_and_becomes_a_draft_here_or_a_proposal(
    app: FastAPI, editor: TestClient, stores: Stores
) -> None:
    found = Imported(
        {
            "id": "nuoi-ong-lay-mat",
            "scope": "national",
            "title": "Nuôi ong lấy mật",
            "topic": "land",
        },
        missing=("lệ phí",),
        warnings=("Ngày của văn bản đọc từ tên tệp.",),
        notes={"Trình tự": "Nộp hồ sơ."},
    )
    body = Body(RecordKind.PROCEDURE, "nuoi-ong-lay-mat", "national", found.as_data(), "")
    with Session(stores.engine) as session, session.begin():
        revision = add_draft(session, body, "import-portal", note="bản chữ của Cổng")
    staff: StaffService = app.state.staff

    listed = editor.get(f"{HERE}/knowledge?state=imported").text
    page = editor.get(f"{HERE}/imports/{revision}").text
    begun = {"revision": str(revision)}
    own = editor.post(f"{HERE}/drafts", data={"begin": "import_own", **begun})
    proposed = editor.post(f"{HERE}/drafts", data={"begin": "import", **begun})
    drafts = [
        staff.drafts.find(int(answer.headers["location"].rpartition("/")[2]))
        for answer in (own, proposed)
    ]

    assert "Nuôi ong lấy mật" in listed
    assert "lệ phí" in page
    assert "Ngày của văn bản đọc từ tên tệp." in page
    assert [(one.scope, one.proposed_in) for one in drafts if one] == [
        ("commune:hoa-tien", None),
        ("national", "commune:hoa-tien"),
    ]
    assert drafts[0]
    assert drafts[0].data["scope"] == "commune:hoa-tien"
    assert drafts[0].missing == ("lệ phí",)
    assert editor.get(f"{HERE}/imports/999999").status_code == 404


@pytest.mark.thorough
def test_rows_of_a_page_and_what_is_soon_and_stale_and_when_is_saved_are_settings(
    settings: Settings, stores: Stores, live: LiveKnowledge
) -> None:
    changes = {
        "knowledge_page_rows": 5,
        "knowledge_soon_days": 36_500,
        "knowledge_stale_days": 1,
        "draft_autosave_seconds": 7,
        "draft_max_kb": 10,
    }
    changed = Settings.model_validate({**settings.model_dump(), **changes})
    editor = officer_client(
        build_app(changed, stores.engine, live), Role.EDITOR, "commune:hoa-tien"
    )

    page = editor.get(f"{HERE}/knowledge").text
    fields = {"begin": "new", "kind": "guide", "title": "Chợ đêm", "topic": "land"}
    draft = editor.post(f"{HERE}/drafts", data=fields).headers["location"]
    form = editor.get(draft).text
    token = re.search(r"token=\w+", form)
    assert token
    too_long = editor.post(f"{draft}?{token[0]}", data={"title": "a" * 60_000})

    assert rows_of(page) == 5
    assert "?state=expiring" in page
    assert knowledge_limits(changed).stale_days == 1
    assert 'data-autosave="7.0"' in form
    assert too_long.status_code == 413
