"""Where review is required, two officers are needed for everything that residents then read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from fastapi.testclient import TestClient

from app.records.draft import Draft, DraftOrigin, DraftState, Wish
from app.staff.access import Role
from tests.app.staff.small_service import RECORD, Data, Small, new_fee, small_service
from tests.officers import client_for, new_officer, officer_client

VERSIONS = "/staff/national/knowledge/procedure/dang-ky-tam-tru/versions"
CONFLICT = "/staff/national/conflicts/procedure/dang-ky-tam-tru"
DRAFTS = "/staff/national/drafts"
AREA = "commune:hoa-tien"
FORM = f"/staff/{AREA}/office/communes/hoa-tien"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("wishes"), review_required=True) as service:
        yield service


@pytest.fixture
def lan(small: Small) -> TestClient:
    return officer_client(small.app, Role.EDITOR, "national")


@pytest.fixture
def minh(small: Small) -> TestClient:
    return officer_client(small.app, Role.REVIEWER, "national")


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def changed(small: Small, amount: int, **more: object) -> int:
    """Another fee, written by one and published by another."""
    draft = small.draft(lambda data: data["fees"][1].update(amount=amount), "an")
    return small.staff.publishing.publish(
        draft.body,
        "binh",
        base=draft.base_revision_id,
        draft_id=draft.id,
        **more,  # type: ignore[arg-type]
    )


def live_id(small: Small) -> int:
    live = small.staff.versions.live(RECORD)
    assert live is not None
    return live.revision.revision_id


def found(small: Small, place: str) -> Draft:
    number = re.search(r"/drafts/(\d+)", place)
    assert number is not None
    draft = small.staff.drafts.find(int(number[1]))
    assert draft is not None
    return draft


def test_an_undo_is_wished_by_one_and_confirmed_by_another(
    small: Small, lan: TestClient, minh: TestClient
) -> None:
    old = live_id(small)
    changed(small, 8500)
    assert "8.500 đồng" in small.answer()

    look = words(lan.get(f"{VERSIONS}/change?scope=national&revision={old}").text)
    assert "8.500 đồng 7.000 đồng" in look
    assert "người khác xác nhận thì mới đổi" in look
    sent = {"scope": "national", "revision": str(old), "note": "nhầm phí"}
    wished = lan.post(f"{VERSIONS}/undo", data=sent)  # at once: it needs no trial to wait
    assert wished.status_code == 303
    assert "8.500 đồng" in small.answer(), "nothing is changed yet"
    draft = found(small, wished.headers["location"])
    assert (draft.wish, draft.state, draft.wished_id) == (Wish.UNDO, DraftState.IN_REVIEW, old)
    at = f"{DRAFTS}/{draft.id}/wish"

    own = lan.get(at).text
    assert "người khác phải xác nhận" in words(own)
    assert "/wish/confirm" not in own
    confirming = {"base": str(draft.base_revision_id), "seen": "1", "note": "đúng"}
    small.tried(lan, f"{at}/trial", {"from_day": ""})
    alone = lan.post(f"{at}/confirm", data=confirming)
    assert alone.status_code == 409
    assert "người khác phải công bố" in words(alone.text)

    listed = minh.get("/staff/national/review/proposals").text
    assert f"/drafts/{draft.id}/wish" in listed
    assert f"Đề nghị hoàn lại bản {old}" in words(listed)
    assert "nhầm phí" in listed
    waiting = words(minh.get(at).text)
    assert "8.500 đồng 7.000 đồng" in waiting
    assert "Đề nghị hoàn lại bản" in words(minh.get(VERSIONS).text)
    assert minh.post(f"{at}/confirm", data=confirming).status_code == 303
    assert "7.000 đồng" in small.answer()
    assert small.audited()[-1] == "record.undone"
    assert "đã được xác nhận" in words(lan.get(at).text)
    assert minh.post(f"{at}/confirm", data=confirming).status_code == 409


def test_a_wish_is_not_confirmed_before_the_questions_were_tried(
    small: Small, lan: TestClient, minh: TestClient
) -> None:
    old = live_id(small)
    changed(small, 8600)
    sent = {"scope": "national", "revision": str(old)}
    draft = found(small, lan.post(f"{VERSIONS}/undo", data=sent).headers["location"])
    at, base = f"{DRAFTS}/{draft.id}/wish", str(live_id(small))

    # the same text was tried before: another change makes it new
    sent_end = {"scope": "national", "last_day": small.staff.now().date().isoformat()}
    end = found(small, lan.post(f"{VERSIONS}/end", data=sent_end).headers["location"])
    refused = minh.post(f"{DRAFTS}/{end.id}/wish/confirm", data={"base": base, "seen": "1"})
    assert refused.status_code == 409
    assert "Chạy thử" in words(refused.text)

    small.tried(minh, f"{at}/trial", {"from_day": ""})
    changed(small, 8700)
    outdated = minh.post(f"{at}/confirm", data={"base": base, "seen": "1"})
    assert outdated.status_code == 409
    assert "vừa đổi" in words(outdated.text)
    assert "8.700 đồng" in small.answer()
    for one in (draft, end):
        lan.post(f"{DRAFTS}/{one.id}/wish/withdraw")


def test_an_end_is_returned_sent_again_and_withdrawn(
    small: Small, lan: TestClient, minh: TestClient
) -> None:
    day = (small.staff.now().date() + timedelta(days=30)).isoformat()
    sent = {"scope": "national", "last_day": day}
    draft = found(small, lan.post(f"{VERSIONS}/end", data=sent).headers["location"])
    assert draft.wish is Wish.END
    at = f"{DRAFTS}/{draft.id}/wish"

    assert minh.post(f"{at}/return", data={"note": " "}).status_code == 409
    assert minh.post(f"{at}/return", data={"note": "còn dùng"}).status_code == 303
    assert "Đề nghị này bị trả lại: còn dùng" in words(lan.get(at).text)
    assert minh.post(f"{at}/confirm", data={"seen": "1"}).status_code == 409
    assert lan.post(f"{at}/again", data={"note": "văn bản hết hạn"}).status_code == 303
    assert "văn bản hết hạn" in words(minh.get(at).text)
    assert lan.post(f"{at}/withdraw").status_code == 303

    assert found(small, at).state is DraftState.DISCARDED
    assert "đã rút" in words(lan.get(at).text)
    assert lan.post(f"{at}/again", data={"note": ""}).status_code == 409
    assert small.staff.versions.scheduled(["national"]) == ()


def test_what_is_scheduled_is_called_back_by_two(
    small: Small, lan: TestClient, minh: TestClient
) -> None:
    later = changed(small, 9900, from_day=small.staff.now().date() + timedelta(days=9))

    wished = lan.post(f"{VERSIONS}/cancel", data={"scope": "national", "revision": str(later)})

    draft = found(small, wished.headers["location"])
    assert draft.wish is Wish.CANCEL
    assert len(small.staff.versions.scheduled(["national"])) == 1
    at = f"{DRAFTS}/{draft.id}/wish"
    seen = words(minh.get(at).text)
    assert "Theo lịch Nếu huỷ lịch" in seen
    assert "9.900 đồng 8." in seen
    assert minh.post(f"{at}/confirm", data={"base": ""}).status_code == 303
    assert small.staff.versions.scheduled(["national"]) == ()
    assert small.audited()[-1] == "record.cancelled"
    gone = words(minh.get(at).text)
    assert "đã được xác nhận" in gone


def test_a_wish_whose_time_is_over_says_so(small: Small, lan: TestClient, minh: TestClient) -> None:
    later = changed(small, 9800, from_day=small.staff.now().date() + timedelta(days=9))
    wished = lan.post(f"{VERSIONS}/cancel", data={"scope": "national", "revision": str(later)})
    at = f"{DRAFTS}/{found(small, wished.headers['location']).id}/wish"
    draft = found(small, at)
    small.staff.publishing.confirm(draft, "binh")  # while Minh's page is open
    again = lan.post(f"{VERSIONS}/cancel", data={"scope": "national", "revision": str(later)})

    assert again.status_code == 409
    assert "không còn chờ ngày hiệu lực" in words(again.text)
    assert minh.post(f"{at}/confirm", data={"base": ""}).status_code == 409


def test_a_wish_is_a_draft_without_a_form(small: Small, lan: TestClient) -> None:
    sent = {"scope": "national", "last_day": small.staff.now().date().isoformat()}
    draft = found(small, lan.post(f"{VERSIONS}/end", data=sent).headers["location"])
    at = f"{DRAFTS}/{draft.id}"

    for path in (at, f"{at}/publish"):
        assert lan.get(path).headers["location"].endswith(f"/drafts/{draft.id}/wish")
    assert lan.get(f"{at}/saves").status_code == 404
    assert lan.post(f"{at}/publish", data={"version": "1"}).status_code == 404
    assert lan.post(f"{at}/publish/take-back").status_code == 404
    assert lan.post(f"{at}/state", data={"to": "editing"}).status_code == 404
    text = small.draft(new_fee, "an")
    assert lan.get(f"{DRAFTS}/{text.id}/wish").status_code == 404
    lan.post(f"{at}/wish/withdraw")


@pytest.mark.parametrize(
    ("role", "bound", "area", "status"),
    [
        (Role.EDITOR, AREA, AREA, 404),
        (Role.EDITOR, AREA, "national", 403),
        (Role.ANALYST, "national", "national", 403),
        (Role.REVIEWER, "national", "national", 200),
    ],
)
def test_a_wish_of_the_whole_country_is_the_whole_countrys(
    small: Small, lan: TestClient, role: Role, bound: str, area: str, status: int
) -> None:
    sent = {"scope": "national", "last_day": small.staff.now().date().isoformat()}
    draft = found(small, lan.post(f"{VERSIONS}/end", data=sent).headers["location"])
    at = f"/staff/{area}/drafts/{draft.id}/wish"

    assert officer_client(small.app, role, bound).get(at).status_code == status
    lan.post(f"{DRAFTS}/{draft.id}/wish/withdraw")


def test_a_conflict_is_settled_by_two(small: Small, lan: TestClient, minh: TestClient) -> None:
    changed(small, 8800)

    def theirs(data: Data) -> None:
        data["fees"][1]["amount"] = 9900
        data["where"][0]["text"] = "Công an xã, phường nơi đang ở"

    small.release(theirs)
    picks = {"scope": "national", "pick.fees": "theirs", "note": "theo TW"}

    sent = lan.post(f"{CONFLICT}/resolve", data=picks)

    assert sent.status_code == 303
    draft = found(small, sent.headers["location"])
    assert (draft.origin, draft.state) == (DraftOrigin.CONFLICT, DraftState.IN_REVIEW)
    assert len(small.staff.versions.conflicts(["national"])) == 1
    at = f"{DRAFTS}/{draft.id}/publish"
    assert "bạn đã soạn bản này" in words(lan.get(at).text)
    small.tried(minh, f"{at}/trial", {"from_day": ""})
    publishing = {"version": "1", "base": str(live_id(small)), "seen": "1"}
    assert lan.post(at, data=publishing).status_code == 409
    assert minh.post(at, data=publishing).status_code == 303
    assert small.staff.versions.conflicts(["national"]) == ()
    assert "9.900 đồng" in small.answer()
    assert small.audited()[-1] == "conflict.resolved"


def fields(page: str) -> dict[str, str]:
    """What a browser would send of the form of a commune."""
    form = page.partition(f'action="{FORM}"')[2].partition("</form>")[0]
    sent: dict[str, str] = {}
    for tag in re.findall(r"<(?:input|option|textarea)[^>]*>(?:[^<]*</textarea>)?", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            written = value[1] if value else tag.partition(">")[2].partition("</")[0]
            sent[unescape(name[1])] = unescape(written)
    for select in re.findall(r'<select[^>]*name="([^"]*)".*?value="([^"]*)" selected', form, re.S):
        sent[select[0]] = select[1]
    return sent


def test_a_communes_counters_wait_for_a_second_officer_who_may_return_them(small: Small) -> None:
    lan = client_for(small.app, new_officer(small.app, Role.COMMUNE_ADMIN, AREA))
    minh = officer_client(small.app, Role.REVIEWER, AREA)
    telephone = {"counter.0.telephone": "(0236) 3 846 123", "source_title": "Thông báo 12"}
    form = fields(lan.get(FORM).text) | telephone

    assert "Gửi kiểm duyệt" in lan.post(FORM, data=form).text
    sent = lan.post(f"{FORM}/publish", data=form)

    assert sent.status_code == 303
    draft = found(small, sent.headers["location"])
    assert (draft.scope, draft.state) == (AREA, DraftState.IN_REVIEW)
    page = TestClient(small.app)
    assert "3 846 123" not in page.get("/c/hoa-tien/office").text
    at = f"/staff/{AREA}/drafts/{draft.id}/publish"
    assert "người khác phải công bố" in words(lan.get(at).text)
    assert "(0236) 3 846 123" in words(minh.get(at).text)
    assert f"/drafts/{draft.id}/publish" in minh.get(f"/staff/{AREA}/review/proposals").text

    assert minh.post(f"{at}/return", data={"note": "sai số"}).status_code == 303
    office = words(lan.get(f"/staff/{AREA}/office").text)
    assert f"Bản nháp {draft.id} của xã Hòa Tiến: bị trả lại (“sai số”)" in office
    again = fields(lan.get(f"{FORM}?draft={draft.id}").text)
    assert again["counter.0.telephone"] == "(0236) 3 846 123"
    again |= {"counter.0.telephone": "(0236) 3 846 124", "source_title": "Thông báo 12"}
    stale = {**again, "version": "7"}
    assert lan.post(f"{FORM}/publish", data=stale).status_code == 409, "somebody saved in between"
    assert lan.post(f"{FORM}/publish", data=again).status_code == 303

    small.tried(minh, f"{at}/trial", {"from_day": ""})
    now = found(small, at)
    publishing = {
        "version": str(now.version),
        "base": str(now.base_revision_id or ""),
        "seen": "1",
    }
    assert lan.post(at, data=publishing).status_code == 409
    assert minh.post(at, data=publishing).status_code == 303
    assert "3 846 124" in page.get("/c/hoa-tien/office").text
    assert lan.get(f"{FORM}?draft={draft.id}").status_code == 409
    assert lan.get(f"{FORM}?draft=999").status_code == 404


def test_who_alone_sees_something_wrong_can_still_stop_the_answers(small: Small) -> None:
    """The emergency that decision 28 speaks of."""
    admin = officer_client(small.app, Role.COMMUNE_ADMIN, AREA)
    switch = f"/staff/{AREA}/office/switch"

    assert admin.post(switch, data={"to": "off", "reason": "Phí ghi sai"}).status_code == 303

    site = TestClient(small.app)
    asked = site.post("/api/v1/communes/hoa-tien/answers", json={"question": "phí tạm trú"})
    assert asked.status_code == 503
    admin.post(switch, data={"to": "on"})
