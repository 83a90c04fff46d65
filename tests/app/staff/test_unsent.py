"""A form that was not taken leads back to its page; one that was is told to the browser."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.answering.answer import Language
from app.records.accounts import Role
from app.records.tickets import NewTicket
from tests.app.staff.small_service import Small, small_service
from tests.officers import PASSWORD, client_for, new_officer

HERE = "/staff/commune:hoa-tien"
SENT = "?kept=abcdefgh12345678"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    with small_service(tmp_path_factory.mktemp("unsent"), staff_words_hours=7) as small:
        yield small


@pytest.fixture
def stranger(small: Small) -> TestClient:
    """A browser whose session ended."""
    return TestClient(small.app, follow_redirects=False, headers={"Accept": "text/html"})


@pytest.fixture(scope="module")
def officer(small: Small) -> TestClient:
    return client_for(small.app, new_officer(small.app, Role.COMMUNE_ADMIN, "commune:hoa-tien"))


@pytest.fixture
def code(small: Small) -> str:
    new = NewTicket("hoa-tien", "Xe rác chạy ngày nào?", Language("vi"), secrets.token_hex(8))
    return small.staff.questions.tickets.open_ticket(new).code


@pytest.mark.parametrize(
    ("sent", "stood_on", "back"),
    [
        pytest.param(
            "/tickets/ABC/reply",
            f"{HERE}/tickets/ABC?done=assigned&x=1",
            f"{HERE}/tickets/ABC%3Fx%3D1",
            id="the page it stood on, without what that had said",
        ),
        pytest.param(
            "/tickets/ABC/reply",
            f"{HERE}/tickets/ABC/reply{SENT}",
            f"{HERE}/tickets/ABC",
            id="where a page cannot be opened, the one above",
        ),
        pytest.param("/tickets/ABC/close", "", f"{HERE}/tickets/ABC", id="nothing is told"),
        pytest.param("/office/notices", "", f"{HERE}/office", id="the form's own address"),
        pytest.param("/officers", "/elsewhere", f"{HERE}/officers", id="a page of somebody else's"),
    ],
)
def test_a_form_of_a_session_that_ended_leads_back_through_the_sign_in(
    stranger: TestClient, sent: str, stood_on: str, back: str
) -> None:
    headers = {"Referer": f"http://testserver{stood_on}"} if stood_on else {}

    told = stranger.post(f"{HERE}{sent}", data={"text": "Lời trả lời"}, headers=headers)

    assert told.status_code == 303
    wanted = back.replace(":", "%3A")
    assert told.headers["location"] == f"/staff/sign-in?next={wanted}&unsent=1"


def test_the_sign_in_says_that_the_words_were_not_taken_and_leads_on(
    small: Small, stranger: TestClient
) -> None:
    account = new_officer(small.app, Role.EDITOR, "commune:hoa-tien", password=PASSWORD)
    to_sign_in = stranger.post(f"{HERE}/tickets/ABC/reply").headers["location"]

    page = stranger.get(to_sign_in).text
    assert "phần vừa gửi chưa được nhận" in page
    assert "phần vừa gửi chưa được nhận" not in stranger.get("/staff/sign-in").text
    field = f'name="next" value="{HERE}/tickets/ABC"'
    assert field in page
    sent = {"username": account.username, "next": f"{HERE}/tickets/ABC"}
    assert field in stranger.post("/staff/sign-in", data=sent | {"password": "sai"}).text
    signed = stranger.post("/staff/sign-in", data=sent | {"password": PASSWORD})
    assert signed.headers["location"] == f"{HERE}/tickets/ABC"


def test_a_refused_form_leads_back_to_its_page(officer: TestClient, code: str) -> None:
    headers = {"X-CSRF": "cu", "Referer": f"http://testserver{HERE}/tickets/{code}?done=assigned"}

    told = officer.post(f"{HERE}/tickets/{code}/reply", data={"text": "Lời"}, headers=headers)

    assert told.status_code == 403
    assert f'href="{HERE}/tickets/{code}"' in told.text


def test_a_browser_learns_what_was_taken_and_of_nothing_else(
    officer: TestClient, stranger: TestClient, code: str
) -> None:
    at = f"{HERE}/tickets/{code}"

    def told(client: TestClient, path: str, **fields: str) -> str:
        return client.post(f"{at}{path}", data=fields).headers.get("set-cookie", "")

    shown = told(officer, f"/reply{SENT}", text="Sáng thứ Ba.", step="preview")
    assert shown.startswith("hoixa_taken=abcdefgh12345678.shown; Path=/staff; Max-Age=60")
    gone = told(officer, f"/reply{SENT}", text="Sáng thứ Ba.", step="send")
    assert gone.startswith("hoixa_taken=abcdefgh12345678.gone;")
    assert told(officer, f"/reply{SENT}", text="", step="preview") == "", "it was refused"
    assert told(officer, f"/forward{SENT}", commune="khong-co") == "", "it was refused"
    assert told(officer, "/close") == "", "nothing was named"
    assert told(officer, f"/reply{SENT}", text="Sáng thứ Ba.", step="preview") == "", "closed"
    assert told(stranger, f"/reply{SENT}", text="Sáng thứ Ba.") == "", "nobody is signed in"
    assert told(officer, "/close?kept=x;Domain=evil") == "", "no name of ours"


def test_a_page_says_whose_words_are_kept_and_how_long(
    officer: TestClient, stranger: TestClient, code: str
) -> None:
    page = officer.get(f"{HERE}/tickets/{code}").text

    assert 'data-kept-hours="7' in page
    assert 'data-officer=""' not in page
    assert "data-answers" not in page
    sent = officer.post(f"{HERE}/tickets/{code}/reply", data={"text": "Sáng.", "step": "preview"})
    assert "data-answers" in sent.text
    assert 'data-officer=""' in stranger.get("/staff/sign-in").text
