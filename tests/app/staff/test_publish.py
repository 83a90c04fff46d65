"""The last look before publishing: differences, golden questions, who may decide, what follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.records.draft import Draft, DraftState
from app.staff.access import Role
from tests.app.staff.small_service import RECORD, Data, Small, new_fee, small_service
from tests.officers import client_for, new_officer, officer_client


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with small_service(tmp_path) as service:
        yield service


def words(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def place(draft: Draft, area: str = "national") -> str:
    return f"/staff/{area}/drafts/{draft.id}/publish"


def sending(small: Small, draft: Draft, **more: str) -> dict[str, str]:
    """What the form sends."""
    history = small.staff.versions.history(draft.body.key)
    live = [one.revision.revision_id for one in history if one.standing == "live"]
    return {
        "version": str(draft.version),
        "base": str(live[0]) if live else "",
        **more,
    }


@pytest.fixture
def editor(small: Small) -> TestClient:
    return officer_client(small.app, Role.EDITOR, "national")


def test_a_new_fee_is_seen_tried_published_read_and_undone(
    small: Small, editor: TestClient
) -> None:
    assert "7.000 đồng" in small.answer()
    draft = small.draft(new_fee, "lan")
    at = place(draft)

    seen = words(editor.get(at).text)
    assert "Lệ phí › Nộp qua mạng › Số tiền 7.000 đồng 8.500 đồng" in seen

    assert editor.post(at, data=sending(small, draft)).status_code == 409, "not tried yet"
    assert small.tried(editor, f"{at}/trial", {"from_day": ""}) == at
    tried = words(editor.get(at).text)
    assert "Thiếu điều phải có “lệ phí đăng ký tạm trú bao nhiêu”" in tried
    assert "Không thấy: “7.000 đồng”" in tried

    assert editor.post(at, data=sending(small, draft)).status_code == 422, "not ticked"
    assert "7.000 đồng" in small.answer()
    done = editor.post(at, data=sending(small, draft, seen="1", note="tăng từ 1/12"))
    assert done.status_code == 303

    assert "8.500 đồng" in small.answer()
    assert "Câu trả lời kế tiếp của người dân dùng bản này." in words(editor.get(at).text)
    assert '/c/ba-na/p/dang-ky-tam-tru"' in editor.get(at).text

    versions = "/staff/national/knowledge/procedure/dang-ky-tam-tru/versions"
    page = editor.get(versions).text
    assert "tăng từ 1/12" in page
    (old,) = re.findall(r"revision=(\d+)", page)
    change = f"{versions}/change?scope=national&revision={old}"
    assert "8.500 đồng 7.000 đồng" in words(editor.get(change).text)
    undo = {"scope": "national", "revision": old}
    assert editor.post(f"{versions}/undo", data=undo).status_code == 409, "not tried yet"
    small.tried(editor, f"{versions}/trial", undo)
    assert editor.post(f"{versions}/undo", data=undo).status_code == 303
    assert "7.000 đồng" in small.answer()
    assert small.audited()[-1] == "record.undone"
    assert "record.published" in small.audited()


def test_what_is_wrong_is_told_with_its_field_and_not_published(
    small: Small, editor: TestClient
) -> None:
    def break_it(data: Data) -> None:
        data["fees"][1]["source"] = "khong-co"
        data["time_limits"][0]["amount"] = 0

    draft = small.draft(break_it, "lan")

    page = words(editor.get(place(draft)).text)

    assert "Phải sửa trước khi công bố" in page
    assert "Thời hạn giải quyết › dòng 1 › Thời gian:" in page
    assert "Chạy thử câu hỏi mẫu" not in page
    assert editor.post(place(draft), data=sending(small, draft)).status_code == 409


def test_a_trial_counts_only_for_the_very_text_that_was_tried(
    small: Small, editor: TestClient
) -> None:
    draft = small.draft(new_fee, "lan")
    small.tried(editor, f"{place(draft)}/trial", {"from_day": ""})
    data = {**draft.data, "title": "Đăng ký tạm trú tại xã"}
    later = small.staff.drafts.save(draft.id, data, draft.version, "lan")

    assert "Chạy thử xong thì công bố được" in words(editor.get(place(later)).text)
    refused = editor.post(place(later), data=sending(small, later, seen="1"))

    assert refused.status_code == 409
    assert "7.000 đồng" in small.answer()


def test_a_form_of_an_older_save_publishes_nothing(small: Small, editor: TestClient) -> None:
    draft = small.draft(new_fee, "lan")
    small.tried(editor, f"{place(draft)}/trial", {"from_day": ""})
    old = sending(small, draft, seen="1") | {"version": str(draft.version - 1)}

    assert editor.post(place(draft), data=old).status_code == 409
    assert "7.000 đồng" in small.answer()


def test_what_others_published_meanwhile_is_joined_field_by_field(
    small: Small, editor: TestClient
) -> None:
    draft = small.draft(new_fee, "lan")

    def theirs(data: Data) -> None:
        data["title"] = "Đăng ký tạm trú, bản của Minh"
        data["fees"][1]["amount"] = 9000

    small.publish(theirs, "minh")
    page = editor.get(place(draft)).text
    assert "Hồ sơ đã có bản khác" in page
    assert "cả hai cùng sửa" in page
    (live,) = re.findall(r'name="live" value="(\d+)"', page)

    joined = editor.post(
        f"{place(draft)}/join",
        data={"version": str(draft.version), "live": live, "pick.fees": "theirs"},
    )

    assert joined.status_code == 303
    now = small.staff.drafts.find(draft.id)
    assert now is not None
    assert now.data["fees"][1]["amount"] == 9000
    assert now.data["title"] == "Đăng ký tạm trú, bản của Minh"
    assert "Hồ sơ đã có bản khác" not in editor.get(place(draft)).text


def test_what_begins_on_a_day_to_come_waits_and_can_be_called_back(
    small: Small, editor: TestClient
) -> None:
    draft = small.draft(new_fee, "lan")
    day = small.staff.now().date() + timedelta(days=9)
    small.tried(editor, f"{place(draft)}/trial", {"from_day": day.isoformat()})
    last = day + timedelta(days=30)

    done = editor.post(
        place(draft),
        data=sending(small, draft, seen="1", from_day=day.isoformat(), last_day=last.isoformat()),
    )

    assert done.status_code == 303
    assert "7.000 đồng" in small.answer()
    assert "Đã lên lịch" in words(editor.get(place(draft)).text)
    versions = "/staff/national/knowledge/procedure/dang-ky-tam-tru/versions"
    page = editor.get(versions).text
    assert words(page).count("chờ ngày hiệu lực") == 2
    waiting = re.findall(r'name="revision" value="(\d+)"', page)
    cancelled = editor.post(
        f"{versions}/cancel", data={"scope": "national", "revision": min(waiting, key=int)}
    )
    assert cancelled.status_code == 303
    again = small.staff.drafts.find(draft.id)
    assert again is not None
    assert again.state is DraftState.EDITING


def test_a_day_that_is_none_is_refused(small: Small, editor: TestClient) -> None:
    draft = small.draft(new_fee, "lan")

    assert editor.post(f"{place(draft)}/trial", data={"from_day": "mai"}).status_code == 422


def test_a_commune_proposes_a_change_of_what_is_not_its_own_and_others_decide(
    small: Small,
) -> None:
    mine = client_for(small.app, me := new_officer(small.app, Role.EDITOR, "commune:hoa-tien"))
    draft = small.draft(new_fee, me.username, area="commune:hoa-tien")
    at = place(draft, "commune:hoa-tien")

    page = words(mine.get(at).text)
    assert "Hồ sơ này thuộc mọi xã, phường" in page
    assert mine.post(at, data=sending(small, draft, seen="1")).status_code == 403
    assert mine.post(f"{at}/propose", data={"note": "phí mới từ 1/12"}).status_code == 303
    assert mine.get("/staff/commune:hoa-tien/review/proposals").status_code == 403

    reviewer = officer_client(small.app, Role.REVIEWER, "national")
    listed = reviewer.get("/staff/national/review/proposals").text
    assert "phí mới từ 1/12" in listed
    assert f"/drafts/{draft.id}/publish" in listed
    there = place(draft)
    assert reviewer.post(f"{there}/return", data={"note": " "}).status_code == 409
    assert reviewer.post(f"{there}/return", data={"note": "thiếu nguồn"}).status_code == 303
    assert "thiếu nguồn" in mine.get(at).text

    mine.post(f"{at}/propose", data={"note": "đã thêm"})
    small.tried(reviewer, f"{there}/trial", {"from_day": ""})
    assert reviewer.post(there, data=sending(small, draft, seen="1")).status_code == 303
    assert "8.500 đồng" in small.answer()
    assert small.audited().count("draft.moved") == 3


def test_what_was_sent_to_review_can_be_taken_back(small: Small) -> None:
    mine = officer_client(small.app, Role.EDITOR, "commune:hoa-tien")
    draft = small.draft(new_fee, "lan", area="commune:hoa-tien")
    at = place(draft, "commune:hoa-tien")
    mine.post(f"{at}/propose", data={"note": ""})

    assert mine.post(f"{at}/take-back").status_code == 303

    now = small.staff.drafts.find(draft.id)
    assert now is not None
    assert now.state is DraftState.EDITING


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("role", "bound", "area", "status"),
    [
        (Role.EDITOR, "commune:ba-na", "commune:ba-na", 404),
        (Role.EDITOR, "commune:ba-na", "commune:hoa-tien", 403),
        (Role.EDITOR, "commune:hoa-tien", "commune:hoa-tien", 404),
        (Role.EDITOR, "commune:hoa-tien", "national", 403),
        (Role.ANALYST, "national", "national", 403),
        (Role.REVIEWER, "national", "national", 200),
    ],
)
def test_only_who_may_sees_a_draft_of_the_whole_country(
    small: Small, role: Role, bound: str, area: str, status: int
) -> None:
    draft = small.draft(new_fee, "lan")

    found = officer_client(small.app, role, bound).get(place(draft, area))

    assert found.status_code == status


def test_a_version_of_a_commune_is_compared_with_what_holds_there(small: Small) -> None:
    own = officer_client(small.app, Role.EDITOR, "commune:hoa-tien")
    data = {
        "id": RECORD[1],
        "scope": "commune:hoa-tien",
        "title": "Đăng ký tạm trú ở Hòa Tiến",
    }
    draft = small.new_draft(data, "commune:hoa-tien", "lan")
    at = place(draft, "commune:hoa-tien")

    page = words(own.get(at).text)
    assert "So với bản chung đang dùng ở đây" in page
    assert "Tên Đăng ký tạm trú Đăng ký tạm trú ở Hòa Tiến" in page
    assert "Lệ phí" not in page.split("Câu hỏi mẫu")[0]

    small.tried(own, f"{at}/trial", {"from_day": ""})
    assert own.post(at, data=sending(small, draft, seen="1")).status_code == 303
    site = TestClient(small.app)
    assert "ở Hòa Tiến" in site.get("/c/hoa-tien/p/dang-ky-tam-tru").text
    assert "ở Hòa Tiến" not in site.get("/c/ba-na/p/dang-ky-tam-tru").text


def test_where_review_is_required_the_writer_is_told_to_ask_somebody(tmp_path: Path) -> None:
    with small_service(tmp_path, review_required=True) as small:
        mine = client_for(small.app, me := new_officer(small.app, Role.EDITOR, "national"))
        draft = small.draft(new_fee, me.username)
        small.tried(mine, f"{place(draft)}/trial", {"from_day": ""})

        refused = mine.post(place(draft), data=sending(small, draft, seen="1"))

        assert refused.status_code == 409
        assert "người khác phải công bố" in words(refused.text)
        assert "7.000 đồng" in small.answer()


def test_a_forged_form_publishes_nothing(small: Small, editor: TestClient) -> None:
    draft = small.draft(new_fee, "lan")
    del editor.headers["X-CSRF"]

    assert editor.post(place(draft), data=sending(small, draft)).status_code == 403


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("settings", "asked", "communes"),
    [
        ({"trial_neighbours": 0}, 6, 1),
        ({"trial_neighbours": 4}, 10, 1),
        ({"trial_neighbours": 0, "trial_communes": 2}, 12, 2),
    ],
)
def test_settings_say_how_much_is_tried(
    tmp_path: Path, settings: dict[str, int], asked: int, communes: int
) -> None:
    with small_service(tmp_path, **settings) as small:
        editor = officer_client(small.app, Role.EDITOR, "national")
        draft = small.draft(new_fee, "lan")

        small.tried(editor, f"{place(draft)}/trial", {"from_day": ""})

        said = words(editor.get(place(draft)).text)
        assert f"Đã hỏi {asked} câu" in said
        assert [name in said for name in ("xã Bà Nà", "xã Hòa Tiến")].count(True) >= communes
