"""Every version of a record, its levels, and conflicts with a release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.staff.access import Role
from tests.app.staff.small_service import LEVELS, Data, Small, new_fee, small_service
from tests.officers import officer_client

VERSIONS = "/staff/national/knowledge/procedure/dang-ky-tam-tru/versions"
CONFLICT = "/staff/national/conflicts/procedure/dang-ky-tam-tru"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    with small_service(tmp_path) as service:
        yield service


@pytest.fixture
def editor(small: Small) -> TestClient:
    return officer_client(small.app, Role.EDITOR, "national")


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def renamed(data: Data) -> None:
    data["title"] = "Đăng ký tạm trú (bản hai)"


def test_every_version_is_listed_and_any_two_compared(small: Small, editor: TestClient) -> None:
    first = small.staff.versions.history(("procedure", "dang-ky-tam-tru", "national"))[0]
    second = small.publish(new_fee, "lan")
    third = small.publish(renamed, "minh")

    page = words(editor.get(VERSIONS).text)
    assert [who in page for who in ("bản phát hành", "lan", "minh")] == [True] * 3
    assert f"Bản {second} so với bản {third} (1 chỗ)" in page

    old = first.revision.revision_id
    both = words(editor.get(f"{VERSIONS}?scope=national&a={old}&b={third}").text)
    assert f"Bản {old} so với bản {third} (2 chỗ)" in both
    assert "7.000 đồng 8.500 đồng" in both
    assert editor.get(f"{VERSIONS}?scope=national&a=999999").status_code == 404


def test_the_levels_stand_side_by_side_with_what_residents_read(small: Small) -> None:
    own = officer_client(small.app, Role.EDITOR, "commune:hoa-tien")

    page = own.get(f"/staff/commune:hoa-tien/knowledge/guide/{LEVELS}/versions").text

    said = words(page)
    assert "Các cấp của hồ sơ này" in said
    (title,) = re.findall(r"<tr><th scope=\"row\">Tên</th>(.*?)</tr>", page, re.S)
    assert re.findall(r"<td( class=\"after\")?>", title) == ["", ' class="after"', ""]
    assert "Mức đóng bảo hiểm y tế ở Đà Nẵng" in title
    (aliases,) = re.findall(r"<tr><th scope=\"row\">Tên gọi khác</th>(.*?)</tr>", page, re.S)
    assert re.findall(r"<td( class=\"after\")?>", aliases)[-1] == ' class="after"'
    assert [
        f'value="{scope}"' in page for scope in ("national", "province:da-nang", "commune:hoa-tien")
    ] == [True] * 3


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"commune:ba-na/knowledge/guide/{LEVELS}/versions?scope=commune:hoa-tien", 404),
        (f"commune:ba-na/knowledge/guide/{LEVELS}/versions?scope=national", 200),
        ("commune:ba-na/knowledge/commune/hoa-tien/versions", 404),
        ("commune:ba-na/knowledge/commune/ba-na/versions", 200),
        ("commune:ba-na/knowledge/procedure/khong-co/versions", 404),
        (f"commune:ba-na/knowledge/guide/{LEVELS}/versions/change?scope=national&revision=1", 404),
    ],
)
def test_an_area_looks_at_its_own_and_the_wider_levels_only(
    small: Small, path: str, status: int
) -> None:
    own = officer_client(small.app, Role.EDITOR, "commune:ba-na")

    assert own.get(f"/staff/{path}").status_code == status


def test_a_commune_undoes_nothing_of_the_whole_country(small: Small) -> None:
    small.publish(new_fee, "lan")
    (first, *_) = reversed(
        small.staff.versions.history(("procedure", "dang-ky-tam-tru", "national"))
    )
    own = officer_client(small.app, Role.COMMUNE_ADMIN, "commune:hoa-tien")
    at = VERSIONS.replace("national", "commune:hoa-tien")
    sent = {"scope": "national", "revision": str(first.revision.revision_id)}

    statuses = [
        own.post(f"{at}/{act}", data=sent).status_code for act in ("undo", "trial", "cancel")
    ]

    assert statuses == [404, 404, 404]
    assert "Hoàn lại" not in own.get(f"{at}?scope=national").text
    assert "8.500 đồng" in small.answer()


def test_a_record_ends_after_a_day_and_comes_back(small: Small, editor: TestClient) -> None:
    yesterday = (small.staff.now().date() - timedelta(days=1)).isoformat()
    at = f"/staff/national/knowledge/guide/{LEVELS}/versions"
    own = officer_client(small.app, Role.EDITOR, "commune:hoa-tien")
    mine = at.replace("national", "commune:hoa-tien")
    sent = {"scope": "commune:hoa-tien", "last_day": yesterday}
    site = TestClient(small.app)

    look = own.get(f"{mine}/change?scope=commune:hoa-tien&last_day={yesterday}")
    assert "bảo hiểm y tế Hòa Tiến" in words(look.text)
    assert own.post(f"{mine}/end", data=sent).status_code == 409, "not tried yet"
    small.tried(own, f"{mine}/trial", sent)
    assert own.post(f"{mine}/end", data={**sent, "seen": "1"}).status_code == 303
    assert "record.ended" in small.audited()
    page = own.get(f"{mine}?scope=commune:hoa-tien").text
    assert "gỡ hồ sơ" in page
    assert site.get(f"/c/hoa-tien/p/{LEVELS}").status_code == 200, "the province's version shows"

    (old,) = set(re.findall(r"revision=(\d+)", page))
    undo = {"scope": "commune:hoa-tien", "revision": old}
    small.tried(own, f"{mine}/trial", undo)
    assert own.post(f"{mine}/undo", data={**undo, "seen": "1"}).status_code == 303


def test_what_others_need_cannot_be_ended_and_is_told_so(small: Small, editor: TestClient) -> None:
    """The procedure names the guide as related, and its province's version rests on it."""
    at = f"/staff/national/knowledge/guide/{LEVELS}/versions"
    today = small.staff.now().date().isoformat()
    sent = {"scope": "national", "last_day": today}

    begun = editor.post(f"{at}/trial", data=sent)

    while (told := editor.get(f"{begun.headers['location']}.json").json())["open"]:
        pass
    assert told["state"] == "failed"
    assert "nội dung còn lỗi" in told["words"]
    assert editor.post(f"{at}/end", data={**sent, "seen": "1"}).status_code == 409


@pytest.fixture
def conflicting(small: Small) -> Small:
    """Staff changed the fee and the title; then a release changed the fee and the place."""

    def ours(data: Data) -> None:
        new_fee(data)
        renamed(data)

    def theirs(data: Data) -> None:
        data["title"] = "Đăng ký tạm trú"
        data["fees"][1]["amount"] = 9900
        data["where"][0]["text"] = "Công an xã, phường nơi đang ở"

    small.publish(ours, "lan")
    small.release(theirs)
    return small


def test_a_conflict_is_settled_field_by_field(conflicting: Small, editor: TestClient) -> None:
    assert "dang-ky-tam-tru?scope=national" in editor.get("/staff/national/conflicts").text
    page = editor.get(f"{CONFLICT}?scope=national").text
    assert "Lệ phí › Nộp qua mạng cả hai cùng sửa" in words(page)
    for amount in ("7.000 đồng", "8.500 đồng", "9.900 đồng"):
        assert amount in words(page)
    (online,) = set(re.findall(r'name="(pick\.fees\.\w+)"', page))

    picks = {"scope": "national", online: "theirs", "pick.title": "mine"}
    assert editor.post(f"{CONFLICT}/resolve", data=picks).status_code == 409, "not tried yet"
    back = conflicting.tried(editor, f"{CONFLICT}/trial", picks)
    assert "9.900 đồng" in words(editor.get(back).text)
    done = editor.post(f"{CONFLICT}/resolve", data={**picks, "seen": "1", "note": "theo TW"})

    assert done.status_code == 303
    assert "Không có xung đột nào" in editor.get(done.headers["location"]).text
    now = conflicting.live_body().data
    assert now["fees"][1]["amount"] == 9900
    assert now["title"] == "Đăng ký tạm trú (bản hai)"
    assert now["where"][0]["text"] == "Công an xã, phường nơi đang ở"
    assert conflicting.audited()[-1] == "conflict.resolved"


def test_a_trial_of_other_choices_does_not_count(conflicting: Small, editor: TestClient) -> None:
    conflicting.tried(editor, f"{CONFLICT}/trial", {"scope": "national", "pick.fees": "mine"})

    other = {"scope": "national", "pick.fees": "theirs", "seen": "1"}

    assert editor.post(f"{CONFLICT}/resolve", data=other).status_code == 409
    assert conflicting.live_body().data["fees"][1]["amount"] == 8500


def test_a_conflict_can_be_written_on_as_a_draft(conflicting: Small, editor: TestClient) -> None:
    begun = editor.post(f"{CONFLICT}/draft", data={"scope": "national", "pick.fees": "theirs"})

    assert begun.status_code == 303
    number = int(begun.headers["location"].rpartition("/")[2])
    draft = conflicting.staff.drafts.find(number)
    assert draft is not None
    assert draft.data["fees"][1]["amount"] == 9900
    assert draft.data["title"] == "Đăng ký tạm trú (bản hai)"

    at = f"/staff/national/drafts/{number}/publish"
    conflicting.tried(editor, f"{at}/trial", {"from_day": ""})
    live = conflicting.staff.versions.live(draft.body.key)
    assert live is not None
    sent = {"version": "1", "base": str(live.revision.revision_id), "seen": "1"}
    assert editor.post(at, data=sent).status_code == 303
    assert "Xung đột với bản phát hành còn mở" not in editor.get(at).text
    assert conflicting.staff.versions.conflicts(["national"]) == ()


def test_nobody_undoes_what_they_have_not_looked_at(small: Small, editor: TestClient) -> None:
    (first,) = small.staff.versions.history(("procedure", "dang-ky-tam-tru", "national"))
    looked_at = small.publish(new_fee, "lan")
    undo = {"scope": "national", "revision": str(first.revision.revision_id)}
    small.tried(editor, f"{VERSIONS}/trial", undo)
    small.publish(renamed, "minh")

    refused = editor.post(f"{VERSIONS}/undo", data={**undo, "base": str(looked_at), "seen": "1"})

    assert refused.status_code == 409
    assert "vừa đổi" in words(refused.text)
    assert small.live_body().data["title"] == "Đăng ký tạm trú (bản hai)"


@pytest.mark.parametrize("number", ["²", "-1", "9" * 30, "x"])
def test_what_is_no_number_is_no_version(small: Small, editor: TestClient, number: str) -> None:
    sent = {"scope": "national", "revision": number}

    assert editor.post(f"{VERSIONS}/undo", data=sent).status_code == 404
    assert editor.post(f"{VERSIONS}/cancel", data=sent).status_code == 422


def test_a_commune_sees_no_conflict_of_the_whole_country(conflicting: Small) -> None:
    own = officer_client(conflicting.app, Role.COMMUNE_ADMIN, "commune:hoa-tien")

    at = CONFLICT.replace("national", "commune:hoa-tien")
    assert "Không có xung đột nào" in own.get("/staff/commune:hoa-tien/conflicts").text
    assert own.get(f"{at}?scope=national").status_code == 404
    assert own.post(f"{at}/resolve", data={"scope": "national"}).status_code == 404
