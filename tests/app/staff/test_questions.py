"""The pages of residents' questions: tickets, gaps, reports, the sample, pins."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.main import Stores, build_app
from app.records.accounts import Role
from app.records.audit import AuditFilter
from app.staff.service import StaffService
from ingest.live import LiveKnowledge
from tests.officers import client_for, new_officer, officer_client
from tests.service import settings_in

HERE = "/staff/commune:hoa-tien"
ASKED = "Sân bóng của xã muốn thuê đá buổi tối thì giá bao nhiêu?"
REPLY = "Sân bóng cho thuê từ 17 giờ đến 21 giờ, 150.000 đồng một giờ."
_KEPT = ("verdict", "report_settled", "gap_decision", "pin", "reply_template", "ticket", "answer")


@pytest.fixture(autouse=True)
def _nothing_asked_yet(stores: Stores) -> Iterator[None]:
    yield
    with stores.engine.begin() as connection:
        for table in _KEPT:
            connection.execute(text(f"DELETE FROM {table}"))


@pytest.fixture(scope="module")
def officer(app: FastAPI) -> TestClient:
    """Somebody who may do everything in Hòa Tiến."""
    return officer_client(app, Role.COMMUNE_ADMIN, "commune:hoa-tien")


@pytest.fixture(scope="module")
def staff(app: FastAPI) -> StaffService:
    found: StaffService = app.state.staff
    return found


def ask(site: TestClient, question: str, commune: str = "hoa-tien") -> dict[str, Any]:
    answer: dict[str, Any] = site.post(
        f"/api/v1/communes/{commune}/answers", json={"question": question}
    ).json()
    return answer


def leave(
    site: TestClient, question: str = ASKED, answer_id: str | None = None, commune: str = "hoa-tien"
) -> str:
    body = {"question": question, "answer_id": answer_id}
    return str(site.post(f"/api/v1/communes/{commune}/tickets", json=body).json()["code"])


def shown(client: TestClient, path: str, status: int = 200) -> str:
    response = client.get(f"{HERE}{path}")
    assert response.status_code == status, response.text
    return html.unescape(response.text)


def sent(client: TestClient, path: str, status: int = 303, **form: object) -> str:
    """What an answer to a form says: where it leads, or its page."""
    response = client.post(f"{HERE}{path}", data=form)
    assert response.status_code == status, response.text
    return response.headers.get("location") or html.unescape(response.text)


def actions(staff: StaffService) -> list[str]:
    return [one.entry.action for one in staff.audit.page(AuditFilter(), 0, 5)]


def test_a_ticket_shows_what_did_not_help_and_similar_records(
    site: TestClient, officer: TestClient
) -> None:
    answer = ask(site, "Đăng ký tạm trú online hết bao nhiêu tiền?")
    code = leave(site, "Tạm trú online hết bao nhiêu tiền?", answer["id"])

    queue, page = shown(officer, "/tickets"), shown(officer, f"/tickets/{code}")

    assert "1 câu đang chờ" in queue and "Tạm trú online" in queue
    assert "Câu trả lời chưa giúp được" in page and "7.000 đồng" in page
    assert 'value="dang-ky-tam-tru#fee"' in page
    assert f"{HERE}/knowledge/procedure/dang-ky-tam-tru?section=fee" in page


def test_filters_stand_in_the_address(site: TestClient, officer: TestClient) -> None:
    leave(site)
    leave(site, "Chợ đêm họp hôm nào?", commune="ba-na")

    assert "Sân bóng" in shown(officer, "/tickets?q=san+bong&assigned=nobody&view=open")
    assert "Không có câu hỏi nào khớp" in shown(officer, "/tickets?q=rac")
    assert "Không có câu hỏi nào khớp" in shown(officer, "/tickets?assigned=me")
    assert "Không có câu hỏi nào khớp" in shown(officer, "/tickets?view=answered")
    assert "Không có câu hỏi nào khớp" in shown(officer, "/tickets?age=late")
    assert "Chợ đêm" not in shown(officer, "/tickets?view=all&commune=ba-na")


def test_a_reply_with_a_template_and_a_citation_reaches_the_resident_s_code(
    site: TestClient, officer: TestClient, staff: StaffService
) -> None:
    code = leave(site)
    pick = "dang-ky-tam-tru#fee"
    begun = sent(
        officer,
        f"/tickets/{code}/reply",
        200,
        step="template",
        template="release:den-lam-truc-tiep",
    )
    found = sent(officer, f"/tickets/{code}/reply", 200, step="find", find="tam tru", text="Chào")
    preview = sent(
        officer, f"/tickets/{code}/reply", 200, step="preview", text=REPLY, cite=pick, seen=0
    )

    where = sent(officer, f"/tickets/{code}/reply", step="send", text=REPLY, cite=pick, seen=0)

    assert "Trung tâm Phục vụ hành chính công xã Hòa Tiến" in begun
    assert pick in found and "Chào" in found
    assert "Người hỏi sẽ thấy" in preview and "75/2022/TT-BTC" in preview
    assert where.endswith(f"/tickets/{code}?done=replied#noi-dung")
    page = html.unescape(site.get(f"/c/hoa-tien/tickets/{code}").text)
    assert REPLY in page and "Xã Hòa Tiến" in page and "75/2022/TT-BTC" in page
    assert not any(one.name in page for one in staff.accounts.listed())
    assert actions(staff)[0] == "ticket.replied"


def test_a_reply_written_meanwhile_is_shown_before_sending(
    site: TestClient, app: FastAPI, officer: TestClient
) -> None:
    code = leave(site)
    other = officer_client(app, Role.EDITOR, "commune:hoa-tien")
    shown(other, f"/tickets/{code}")
    warned = shown(officer, f"/tickets/{code}")
    sent(other, f"/tickets/{code}/reply", step="send", text="Của người kia.", seen=0)

    held = sent(officer, f"/tickets/{code}/reply", 409, step="send", text="Của tôi.", seen=0)

    assert "Cũng mở câu hỏi này: " in warned and "(vừa mới đây)" in warned
    assert "Của người kia." in held and "Của tôi." in held and 'name="seen" value="1"' in held
    sent(officer, f"/tickets/{code}/reply", step="send", text="Của tôi.", seen=1)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"text": ""}, "phải có từ 1 đến"),
        ({"text": "[điền điện thoại]"}, "chưa viết"),
        ({"text": "x" * 1001}, "đang có 1001"),
    ],
)
def test_a_reply_that_is_not_finished_is_not_sent(
    site: TestClient, officer: TestClient, written: dict[str, str], words: str
) -> None:
    code = leave(site)

    assert words in sent(officer, f"/tickets/{code}/reply", 422, step="send", seen=0, **written)
    assert site.get(f"/api/v1/tickets/{code}").json()["messages"] == []


def test_a_ticket_is_assigned_to_who_may_answer_it(
    site: TestClient, app: FastAPI, officer: TestClient
) -> None:
    code = leave(site)
    colleague = new_officer(app, Role.EDITOR, "commune:hoa-tien")
    stranger = new_officer(app, Role.EDITOR, "commune:ba-na")

    sent(officer, f"/tickets/{code}/assign", to=colleague.username)
    sent(officer, f"/tickets/{code}/assign", 422, to=stranger.username)

    mine = client_for(app, colleague).get(f"{HERE}/tickets?assigned=me")
    assert "Sân bóng" in mine.text


def test_a_ticket_sent_to_another_commune_is_only_followed_here(
    site: TestClient, app: FastAPI, officer: TestClient
) -> None:
    code = leave(site)
    sent(officer, f"/tickets/{code}/forward", commune="ba-na")

    here = shown(officer, f"/tickets/{code}")
    there = officer_client(app, Role.EDITOR, "commune:ba-na").get(
        f"/staff/commune:ba-na/tickets/{code}"
    )

    assert "ở đây chỉ theo dõi" in here and "Gửi trả lời" not in here
    assert "Sân bóng" in shown(officer, "/tickets?view=moved")
    assert there.status_code == 200 and "Trả lời</h2>" in there.text
    sent(officer, f"/tickets/{code}/reply", 404, step="send", text="Muộn rồi.", seen=0)
    moved = site.get(f"/c/hoa-tien/tickets/{code}")
    assert moved.headers["location"].endswith(f"/c/ba-na/tickets/{code}")
    resident = html.unescape(site.get(moved.headers["location"]).text)
    assert "Câu hỏi đã được chuyển cho:" in resident


def test_a_ticket_goes_to_another_office_and_is_closed(
    site: TestClient, officer: TestClient
) -> None:
    code = leave(site)
    sent(officer, f"/tickets/{code}/forward", office="Điện lực Hòa Vang")
    assert site.get(f"/api/v1/tickets/{code}").json()["forwarded_to"] == "Điện lực Hòa Vang"
    sent(officer, f"/tickets/{code}/forward", 422, office=" - ")

    sent(officer, f"/tickets/{code}/close")

    assert "Câu hỏi đã đóng" in shown(officer, f"/tickets/{code}")
    sent(officer, f"/tickets/{code}/close", 409)


def test_a_reply_becomes_a_draft_of_a_guide(
    site: TestClient, officer: TestClient, staff: StaffService
) -> None:
    code = leave(site, "Chào cán bộ. Sân bóng của xã thuê bao nhiêu một giờ?")
    ask(site, "San bong cua xa thue bao nhieu mot gio vay")
    sent(officer, f"/tickets/{code}/reply", step="send", text=f"{REPLY}\nGọi bộ phận một cửa.")

    where = sent(officer, f"/tickets/{code}/draft", message=0)

    draft = staff.drafts.find(int(where.rsplit("/", 1)[1]))
    assert draft is not None and draft.scope == "commune:hoa-tien"
    assert draft.data["title"] == "Sân bóng của xã thuê bao nhiêu một giờ"
    (section,) = draft.data["sections"]
    assert (section["answer"], section["body"]) == (REPLY, "Gọi bộ phận một cửa.")
    assert draft.data["questions"][0]["text"].startswith("Chào cán bộ.")
    assert draft.data["sources"]["office"]["kind"] == "office"
    assert draft.data["checked_on"] == staff.now().date().isoformat()
    assert staff.publishing.check(draft.body) == ()
    assert f"{HERE}/drafts/{draft.id}" in shown(officer, f"/tickets/{code}")


def test_what_a_reply_cites_becomes_the_sources_of_its_draft(
    site: TestClient, officer: TestClient, staff: StaffService
) -> None:
    code = leave(site, "Đăng ký tạm trú cho thợ xây thì sao?")
    sent(
        officer,
        f"/tickets/{code}/reply",
        step="send",
        text="Chủ nhà đăng ký tạm trú.",
        cite="dang-ky-tam-tru#fee",
    )

    where = sent(officer, f"/tickets/{code}/draft", message=0)

    draft = staff.drafts.find(int(where.rsplit("/", 1)[1]))
    assert draft is not None
    assert "office" not in draft.data["sources"]
    assert draft.data["topic"] == "residence"
    assert "75/2022/TT-BTC" in {basis["number"] for basis in draft.data["legal_basis"]}
    assert staff.publishing.check(draft.body) == ()


def test_a_commune_s_own_template_is_offered(site: TestClient, officer: TestClient) -> None:
    sent(officer, "/tickets/templates", title="Hẹn thứ Hai", text="{xã} trả lời thứ Hai.")
    code = leave(site)

    assert "Hẹn thứ Hai (của nơi này)" in shown(officer, f"/tickets/{code}")
    key = re.search(r"edit=(\d+)", shown(officer, "/tickets/templates"))
    assert key is not None
    begun = sent(officer, f"/tickets/{code}/reply", 200, step="template", template=key[1])
    assert "Xã Hòa Tiến trả lời thứ Hai." in begun
    assert "{số}" in sent(officer, "/tickets/templates", 422, title="Sai", text="Gọi {số}")
    sent(officer, f"/tickets/templates/{key[1]}/delete")
    assert "Hẹn thứ Hai" not in shown(officer, "/tickets/templates")


def first_gap(page: str) -> dict[str, str]:
    link = re.search(r'/gaps/one\?([^"]+)"', page)
    assert link is not None, page
    return dict(pair.split("=", 1) for pair in link[1].split("&"))


def test_unanswered_questions_are_grouped_and_become_a_draft(
    site: TestClient, officer: TestClient, staff: StaffService
) -> None:
    for question in ("Sân bóng của xã thuê bao nhiêu?", "san bong xa thue bao nhieu", "Chợ đêm mở"):
        ask(site, question)
    page = shown(officer, "/gaps")
    chosen = first_gap(page)
    key = unquote_plus(chosen["key"])

    where = sent(officer, "/gaps/draft", key=key, days=30)

    assert "2 nhóm, 3 lượt hỏi" in page
    draft = staff.drafts.find(int(where.rsplit("/", 1)[1]))
    assert draft is not None and len(draft.data["questions"]) == 2
    assert "answer" not in draft.data["sections"][0] and draft.missing
    assert staff.publishing.check(draft.body) != ()
    left, settled = shown(officer, "/gaps"), shown(officer, "/gaps?show=settled")
    assert "1 nhóm, 1 lượt hỏi" in left and "Đã thành bản nháp" in settled
    assert "xem bản nháp" in shown(officer, f"/gaps/one?key={chosen['key']}&days=30")


def test_a_dismissed_group_hides_until_it_is_asked_again(
    site: TestClient, officer: TestClient
) -> None:
    ask(site, "Sân bóng của xã thuê bao nhiêu?")
    key = unquote_plus(first_gap(shown(officer, "/gaps"))["key"])
    sent(officer, "/gaps/dismiss", key=key, days=30)

    hidden = shown(officer, "/gaps")
    ask(site, "Sân bóng của xã thuê bao nhiêu?")
    back = shown(officer, "/gaps")

    assert "Không có nhóm nào" in hidden
    assert "có 1 lượt hỏi mới từ đó" in back
    sent(officer, "/gaps/recall", key=key, days=30)
    assert "Đã bỏ qua" not in shown(officer, "/gaps?show=all")


def test_reported_answers_are_settled_until_reported_again(
    site: TestClient, officer: TestClient
) -> None:
    answer = ask(site, "Đăng ký tạm trú online hết bao nhiêu tiền?")
    feedback = f"/api/v1/answers/{answer['id']}/feedback"
    site.post(feedback, json={"helpful": False, "reason": "outdated", "comment": "gọi 0905123456"})
    subject = "record:dang-ky-tam-tru"

    page = shown(officer, f"/review/reported/one?subject={subject}")
    sent(officer, "/review/reported/one", subject=subject, outcome="not_a_fault", note="Đúng")
    settled = shown(officer, "/review/reported")
    site.post(feedback, json={"helpful": False, "reason": "wrong"})
    again = shown(officer, "/review/reported")

    assert "7.000 đồng" in page and "[số điện thoại]" in page and "Sửa câu này" in page
    assert "Không có việc nào khớp" in settled
    assert "bị báo lại từ đó" in again and "Không phải lỗi" in again
    sent(officer, "/review/reported/one", 404, subject="record:khong-co", outcome="fixed")
    sent(officer, "/review/reported/one", 422, subject=subject, outcome="")


def test_the_sample_shows_yesterday_s_answers_once(
    site: TestClient, officer: TestClient, stores: Stores
) -> None:
    answer = ask(site, "Đăng ký tạm trú online hết bao nhiêu tiền?")
    with stores.engine.begin() as connection:
        moved = {"one": answer["id"]}
        before = "datetime(made_at, '-1 day')"
        connection.execute(text(f"UPDATE answer SET made_at = {before} WHERE id = :one"), moved)

    page = shown(officer, "/review")
    sent(officer, f"/review/{answer['id']}", verdict="partly", note="thiếu giờ")
    after = shown(officer, "/review?done=1")

    assert "còn 1 câu hôm nay" in page and "7.000 đồng" in page
    assert "còn 0 câu hôm nay" in after and "1 (100%)" in after
    sent(officer, f"/review/{answer['id']}", 422, verdict="hay")


def test_a_pin_answers_at_once_and_says_who_answered(
    site: TestClient, officer: TestClient, staff: StaffService
) -> None:
    last = (staff.now().date() + timedelta(days=30)).isoformat()
    sent(officer, "/pins", question=ASKED, text=REPLY, own_word="1", last_day=last)

    answer = ask(site, "san bong cua xa muon thue da buoi toi thi gia bao nhieu")
    asked = site.post("/c/hoa-tien", data={"text": ASKED})
    page = html.unescape(site.get(asked.headers["location"]).text)

    assert (answer["status"], answer["engine"]) == ("answered", "pinned")
    assert answer["text"].startswith(REPLY) and "Cán bộ Xã Hòa Tiến trả lời ngày" in answer["text"]
    assert "Cán bộ đã trả lời câu này" in page
    assert ask(site, "Sân bóng thuê ở đâu")["engine"] != "pinned"
    assert ask(site, ASKED, "ba-na")["engine"] != "pinned"
    pin = re.search(r"/pins/(\d+)", shown(officer, "/pins"))
    assert pin is not None
    sent(officer, f"/pins/{pin[1]}/end", 409, version=7)
    sent(officer, f"/pins/{pin[1]}/end", version=1)
    assert ask(site, ASKED)["engine"] != "pinned"
    assert REPLY in shown(officer, "/pins?show=ended")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"own_word": ""}, "Chọn căn cứ"),
        ({"cite": "dang-ky-tam-tru#fee"}, "bỏ dấu"),
        ({"text": ""}, "phải có từ 1"),
        ({"question": "?!"}, "cần có chữ"),
        ({"last_day": "hôm nay"}, "Ghi ngày cuối"),
        ({"last_day": "2020-01-01"}, "từ hôm nay"),
        ({"last_day": "2099-01-01"}, "nhiều nhất 365 ngày"),
    ],
)
def test_a_pin_that_is_not_finished_is_not_made(
    officer: TestClient, staff: StaffService, wrong: dict[str, str], words: str
) -> None:
    last = (staff.now().date() + timedelta(days=30)).isoformat()
    right = {"question": ASKED, "text": REPLY, "own_word": "1", "last_day": last}

    assert words in sent(officer, "/pins", 422, **(right | wrong))
    assert (
        staff.questions.pins.listed(("commune:hoa-tien",), staff.now().date(), ended=False, count=5)
        == ()
    )


def test_a_pin_with_a_citation_settles_the_group_of_its_question(
    site: TestClient, officer: TestClient, staff: StaffService
) -> None:
    ask(site, ASKED)
    last = (staff.now().date() + timedelta(days=30)).isoformat()
    pick = "dang-ky-tam-tru#fee"

    sent(officer, "/pins", question=ASKED, text="Nộp 7.000 đồng.", cite=pick, last_day=last)

    answer = ask(site, ASKED)
    assert answer["citations"][0]["record_id"] == "dang-ky-tam-tru"
    assert answer["text"].startswith("Nộp 7.000 đồng. [1]")
    assert "Đã ghim câu trả lời" in shown(officer, "/gaps?show=settled")


def test_every_limit_is_obeyed(
    app: FastAPI, stores: Stores, live: LiveKnowledge, site: TestClient
) -> None:
    changed = {
        "ticket_reply_days": 5,
        "ticket_presence_minutes": 9,
        "gap_days": 3,
        "gap_questions": 10,
        "reported_answers": 10,
        "review_answers": 3,
        "review_days": 2,
        "pin_days": 10,
        "pin_days_max": 20,
        "question_rows": 5,
        "ticket_max_characters": 77,
    }
    other = build_app(settings_in(stores_folder(stores), **changed), stores.engine, live)
    account = new_officer(app, Role.COMMUNE_ADMIN, "commune:hoa-tien")
    officer = client_for(other, account)
    limits = other.state.staff.questions.limits
    for number in range(7):
        leave(site, f"Câu hỏi số {number} về sân bóng?")

    assert (limits.presence_minutes, limits.reported) == (9, 10)
    assert "Trang 1 trên 2" in shown(officer, "/tickets")
    assert 'value="3"' in shown(officer, "/gaps")
    assert "Mỗi ngày rút 3 câu trong 2 ngày trước" in shown(officer, "/review")
    today = other.state.staff.now().date()
    form = shown(officer, "/pins/new")
    assert f'max="{(today + timedelta(days=20)).isoformat()}"' in form
    assert f'value="{(today + timedelta(days=10)).isoformat()}"' in form
    assert 'maxlength="77"' in form
    assert other.state.staff.questions.gaps._limit == 10
    assert limits.reply_days == 5


def stores_folder(stores: Stores) -> Any:
    from pathlib import Path

    return Path(str(stores.engine.url.database)).parent


@pytest.mark.parametrize(
    "path",
    [
        "/tickets/{code}",
        "/answers/{answer}",
        "/pins/{pin}",
        "/review/reported/one?subject=record:dang-ky-tam-tru",
    ],
)
def test_another_commune_s_things_are_not_there(
    site: TestClient, app: FastAPI, officer: TestClient, staff: StaffService, path: str
) -> None:
    answer = ask(site, "Đăng ký tạm trú online hết bao nhiêu tiền?")
    site.post(f"/api/v1/answers/{answer['id']}/feedback", json={"helpful": False})
    last = (staff.now().date() + timedelta(days=30)).isoformat()
    sent(officer, "/pins", question=ASKED, text=REPLY, own_word="1", last_day=last)
    (pin,) = staff.questions.pins.listed(
        ("commune:hoa-tien",), staff.now().date(), ended=False, count=5
    )
    filled = path.format(code=leave(site), answer=answer["id"], pin=pin.pin.id)
    stranger = officer_client(app, Role.COMMUNE_ADMIN, "commune:ba-na")

    assert officer.get(f"{HERE}{filled}").status_code == 200
    assert stranger.get(f"/staff/commune:ba-na{filled}").status_code == 404
    assert stranger.get(f"{HERE}{filled}").status_code == 403
