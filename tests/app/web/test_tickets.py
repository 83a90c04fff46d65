"""Questions left for an officer, by page without JavaScript and by API."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from PIL import Image

from app.answering.answer import AnswerStatus, Choice
from app.records import tickets as module
from app.records.ticket_code import ALPHABET, read_code, shown
from app.records.tickets import Author, NewTicket, Ticket, Tickets, TicketState
from app.web.service import WebLimits
from knowledge_base.revisions import DatabaseUnavailableError
from qr.code import code_modules
from tests.app.web.fakes import CITATION, COMMUNE, Site, an_answer, memory_tickets

HOME = f"/c/{COMMUNE}"
PAGES = f"{HOME}/tickets"
API = f"/api/v1/communes/{COMMUNE}/tickets"
QUESTION = "Xin phép nuôi chim yến trên mái nhà?"
PHONE = "0905123456"


class BrokenTickets(Tickets):
    """A database that is not there."""

    def __init__(self) -> None:
        pass

    def open_ticket(self, new: NewTicket) -> Ticket:
        raise DatabaseUnavailableError("đĩa đầy")

    def find(self, code: str) -> Ticket | None:
        raise DatabaseUnavailableError("đĩa đầy")


def sent(site: Site, question: str = QUESTION, commune: str = COMMUNE, **more: str) -> str:
    """The code of a ticket sent through the API."""
    response = site.client.post(
        f"/api/v1/communes/{commune}/tickets", json={"question": question, **more}
    )
    assert response.status_code == 201, response.text
    code: str = response.json()["code"]
    return code


def hidden(page: str, name: str) -> str:
    """The value of a hidden field, as a browser would send it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def reviewed(site: Site, text: str = QUESTION, **more: str) -> str:
    """The page that shows what an officer will read."""
    page = site.client.post(f"{PAGES}/new", data={"text": text, **more})
    assert page.status_code == 200, page.text
    return page.text


def agree(page: str) -> dict[str, str]:
    """What the button “Đồng ý và gửi” sends."""
    return {name: hidden(page, name) for name in ("text", "answer", "sending")}


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_a_ticket_is_created_and_read_by_the_api() -> None:
    site = Site()

    created = site.client.post(API, json={"question": QUESTION, "answer_id": "a1"})
    code = created.json()["code"]
    read = site.client.get(f"/api/v1/tickets/{code}")

    assert created.status_code == 201
    assert created.json().keys() == {"code"}
    assert created.headers["location"] == f"/api/v1/tickets/{code}"
    assert len(code) == 6 and set(code) <= set(ALPHABET)
    body = read.json()
    assert (body["question"], body["commune"], body["state"]) == (QUESTION, COMMUNE, "open")
    assert body["messages"] == []
    assert body["office"]["name"].startswith("Trung tâm Phục vụ")


def test_the_officers_reply_is_in_the_api_with_its_time_office_and_citations() -> None:
    site = Site()
    code = sent(site)
    site.tickets.reply(code, "Không phải xin phép. [1]", "Phòng Kinh tế", (CITATION,))

    body = site.client.get(f"/api/v1/tickets/{code.lower()}").json()

    [message] = body["messages"]
    assert (body["state"], message["author"]) == ("answered", "officer")
    assert (message["text"], message["office"]) == ("Không phải xin phép. [1]", "Phòng Kinh tế")
    assert datetime.fromisoformat(message["at"]).utcoffset() == timedelta(0)
    assert message["citations"][0]["quote"] == CITATION.quote


def test_the_api_describes_both_calls() -> None:
    paths = Site().client.get("/openapi.json").json()["paths"]

    assert "201" in paths["/api/v1/communes/{commune_id}/tickets"]["post"]["responses"]
    assert "get" in paths["/api/v1/tickets/{code}"]
    assert not any("/c/" in path for path in paths)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({}, 422, id="no question"),
        pytest.param({"question": " ?! "}, 422, id="no words"),
        pytest.param({"question": "a\u0000b"}, 422, id="control characters"),
        pytest.param({"question": "a" * 1001}, 422, id="too long"),
        pytest.param({"question": "a", "phone": PHONE}, 422, id="a field that we never ask for"),
        pytest.param({"question": "a", "answer_id": "../x"}, 422, id="no id"),
        pytest.param({"question": "a", "language": "fr"}, 422, id="another language"),
    ],
)
def test_what_is_no_question_is_refused_by_the_api(body: dict[str, str], status: int) -> None:
    response = Site().client.post(API, json=body)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_numbers_are_masked_before_anything_is_kept() -> None:
    site = Site()

    code = sent(site, f"Gọi tôi {PHONE} về chim yến")

    assert site.client.get(f"/api/v1/tickets/{code}").json()["question"] == (
        "Gọi tôi [số điện thoại] về chim yến"
    )


def test_an_abstained_answer_leads_to_its_question_ready_to_send() -> None:
    site = Site(lambda _: an_answer(AnswerStatus.ABSTAINED_NO_PASSAGE))
    answer = site.ask(QUESTION)

    [link] = re.findall(rf'href="({PAGES}/new\?answer=[^"]+)"', answer)
    page = site.client.get(link).text

    assert "Câu hỏi gửi cán bộ:" in page
    assert hidden(page, "text") == QUESTION
    assert hidden(page, "answer") == "a1"
    posted = site.client.post(PAGES, data=agree(page))
    assert posted.status_code == 303
    code = posted.headers["location"].rsplit("/", 1)[1]
    ticket = site.tickets.find(code)
    assert ticket is not None
    assert (ticket.answer_id, ticket.conversation_id) == ("a1", "k1")


@pytest.mark.parametrize("status", [AnswerStatus.CLARIFY_PROCEDURE, AnswerStatus.CLARIFY_CASE])
def test_another_matter_opens_the_form(status: AnswerStatus) -> None:
    site = Site(lambda _: an_answer(status, choices=(Choice("Tách hộ", "Tách hộ?"),)))

    page = site.ask(QUESTION)

    assert re.search(rf'class="choice choice-other" href="{PAGES}/new\?answer=a1"', page)


def test_an_answer_that_is_not_kept_hands_its_question_on() -> None:
    site = Site(limits=WebLimits(concurrent_answers=0, requests_per_minute=1000))
    busy = site.client.post(HOME, data={"text": QUESTION}).text

    [form] = re.findall(rf'<form method="post" action="{PAGES}/new".*?</form>', busy, re.DOTALL)

    assert hidden(form, "text") == QUESTION


@pytest.mark.parametrize("path", [HOME, f"{HOME}/office", f"{HOME}/p/dang-ky-tam-tru"])
def test_every_page_offers_to_ask_an_officer_and_to_read_the_reply(path: str) -> None:
    page = Site().client.get(path).text

    assert f'href="{PAGES}/new"' in page
    assert f'href="{PAGES}"' in page


def test_the_form_shows_the_masked_question_and_what_is_kept_before_it_is_sent() -> None:
    site = Site(limits=WebLimits(ticket_days=45))

    page = reviewed(site, f"Tôi ở số {PHONE}, hỏi về yến")

    words = text_of(page)
    assert "Tôi ở số [số điện thoại], hỏi về yến" in words
    assert PHONE not in page
    assert "Số riêng trong câu hỏi đã được che đi" in words
    assert "không phải trợ lý AI" in words
    assert "Xóa sau 45 ngày" in words
    assert "Đồng ý và gửi" in words
    assert site.tickets.waiting() == (), "nothing is kept before it is agreed to"


def test_a_question_without_numbers_is_not_called_masked() -> None:
    assert "che đi" not in reviewed(Site())


def test_a_reviewed_question_can_be_changed_with_nothing_lost() -> None:
    site = Site()
    page = reviewed(site, "Dòng một\nDòng hai")

    form = site.client.post(f"{PAGES}/new", data={**agree(page), "step": "edit"}).text

    assert "Dòng một\nDòng hai</textarea>" in form


def test_a_sent_question_has_a_page_with_its_code_and_how_to_keep_it() -> None:
    site = Site()
    posted = site.client.post(PAGES, data=agree(reviewed(site)))

    page = site.client.get(posted.headers["location"]).text

    code = posted.headers["location"].rsplit("/", 1)[1]
    assert f'<p class="ticket-code">{shown(code)}</p>' in page
    assert f"http://testserver/t/{code}" in page
    words = text_of(page)
    assert "Đã gửi, đang chờ cán bộ trả lời" in words
    assert QUESTION in words
    assert "Chép mã ra giấy" in words
    assert "trong giờ làm việc" in words
    assert "Trung tâm Phục vụ hành chính công" in words
    assert not re.search(r"trong vòng|chậm nhất|\d+ giờ", words), "no time is promised"


@pytest.mark.parametrize(
    ("public_url", "base"),
    [("", "http://testserver"), ("https://hoixa.danang.gov.vn/x", "https://hoixa.danang.gov.vn/x")],
)
def test_the_drawn_code_leads_back_to_the_ticket(public_url: str, base: str) -> None:
    site = Site(public_url=public_url)
    code = sent(site)
    link = f"{base}/t/{code}"

    page = site.client.get(f"{PAGES}/{code}").text

    [drawing] = re.findall(r'class="ticket-qr".*?(<svg.*?</svg>)', page, re.DOTALL)
    modules = code_modules(link)
    assert drawing.count("z") > 100
    assert read_drawing(drawing, len(modules)) == link
    short = site.client.get(f"/t/{code}")
    assert (short.status_code, short.headers["location"]) == (302, f"{PAGES}/{code}")


def read_drawing(drawing: str, side: int) -> str:
    """What a reader sees in the SVG's squares."""
    squares = re.findall(r"M(\d+),(\d+)H(\d+)V(\d+)H\d+z", drawing)
    scale = int(squares[0][2]) - int(squares[0][0])
    picture = Image.new("L", (side + 8, side + 8), 255)
    for left, top, _, _ in squares:
        picture.putpixel((int(left) // scale, int(top) // scale), 0)
    [read] = zxingcpp.read_barcodes(picture.resize((8 * side, 8 * side), Image.Resampling.NEAREST))
    return str(read.text)


def test_an_address_too_long_to_scan_costs_the_drawing_and_not_the_page() -> None:
    site = Site(public_url="https://example.gov.vn/" + "x" * 300)
    code = sent(site)

    page = site.client.get(f"{PAGES}/{code}")

    assert page.status_code == 200
    assert shown(code) in page.text
    assert "ticket-qr" not in page.text


def test_the_officers_reply_comes_first_with_its_office_and_time() -> None:
    site = Site()
    code = sent(site)
    site.tickets.reply(
        code,
        "Gọi (0236) 3846 113 & xem https://dichvucong.gov.vn hoặc https://x.vn <b>",
        "Phòng Kinh tế",
        (CITATION,),
    )

    page = site.client.get(f"{PAGES}/{code}").text

    assert page.index("Phòng Kinh tế") < page.index("ticket-code")
    assert "Cán bộ đã trả lời" in page
    assert re.search(r"\d{1,2}:\d\d, \d{1,2}/\d{1,2}/\d{4}", page)
    assert 'href="tel:02363846113"' in page
    assert 'href="https://dichvucong.gov.vn"' in page
    assert 'href="https://x.vn' not in page
    assert "&lt;b&gt;" in page
    assert "Thông tư về lệ phí đăng ký cư trú 75/2022/TT-BTC" in page
    assert "đang chờ" not in text_of(page)


def test_a_reply_without_an_office_is_the_communes() -> None:
    site = Site()
    code = sent(site)
    site.tickets.reply(code, "Không phải.")

    assert re.search(r"<span>Xã Hòa Tiến</span>, \d", site.client.get(f"{PAGES}/{code}").text)


def test_times_are_those_of_vietnam(monkeypatch: pytest.MonkeyPatch) -> None:
    night = datetime.now(UTC).replace(year=2026, month=11, day=22, hour=20, minute=5)
    monkeypatch.setattr(module, "now", lambda: night)
    site = Site()
    code = sent(site)

    assert "3:05, 23/11/2026" in site.client.get(f"{PAGES}/{code}").text


def test_a_forwarded_ticket_says_to_whom_and_a_closed_one_that_it_is() -> None:
    site = Site()
    code = sent(site)

    site.tickets.forward(code, "Thuế cơ sở 5")
    forwarded = text_of(site.client.get(f"{PAGES}/{code}").text)
    site.tickets.close(code)
    closed = text_of(site.client.get(f"{PAGES}/{code}").text)

    assert "Câu hỏi đã được chuyển cho: Thuế cơ sở 5" in forwarded
    assert "Câu hỏi đã đóng" in closed
    assert "Viết thêm cho cán bộ" not in closed


def test_a_resident_writes_again_masked_until_the_times_are_spent() -> None:
    site = Site(tickets=memory_tickets(follow_ups=1), limits=WebLimits(ticket_follow_ups=1))
    code = sent(site)
    site.tickets.reply(code, "Ghi rõ thôn nào.")

    page = site.client.get(f"{PAGES}/{code}").text
    posted = site.client.post(
        f"{PAGES}/{code}/messages", data={"text": f"Thôn Lệ Sơn, gọi {PHONE}"}
    )
    after = site.client.get(posted.headers["location"]).text
    refused = site.client.post(f"{PAGES}/{code}/messages", data={"text": "nữa"})

    assert "còn 1 lần" in page
    assert posted.status_code == 303
    assert "Thôn Lệ Sơn, gọi [số điện thoại]" in after
    assert "Đang chờ cán bộ trả lời thêm" in after
    assert "<textarea" not in after
    assert refused.status_code == 409
    assert "Không viết thêm được nữa" in refused.text


def test_an_empty_follow_up_is_told_on_the_tickets_page() -> None:
    site = Site()
    code = sent(site)

    response = site.client.post(f"{PAGES}/{code}/messages", data={"text": "  "})

    assert response.status_code == 422
    assert shown(code) in response.text
    assert "Hãy viết câu hỏi rồi gửi" in response.text


def test_a_code_typed_by_hand_leads_to_the_ticket() -> None:
    site = Site()
    code = sent(site)

    found = site.client.post(f"{PAGES}/find", data={"code": f" {shown(code).lower()} "})

    assert (found.status_code, found.headers["location"]) == (303, f"{PAGES}/{code}")


def test_a_ticket_of_another_commune_is_found_where_it_belongs() -> None:
    site = Site(communes=(COMMUNE, "ba-na"))
    code = sent(site, commune="ba-na")

    found = site.client.get(f"{PAGES}/{code}")

    assert found.headers["location"] == f"/c/ba-na/tickets/{code}"


def refusals(site: Site, code: str) -> list[tuple[int, str]]:
    """What every way to a ticket answers to a code, with the code itself left out."""
    answers = [
        site.client.get(f"/api/v1/tickets/{code}"),
        site.client.get(f"/t/{code}"),
        site.client.get(f"{PAGES}/{code}"),
        site.client.post(f"{PAGES}/find", data={"code": code}),
        site.client.post(f"{PAGES}/{code}/messages", data={"text": "a"}),
    ]
    return [(answer.status_code, answer.text.replace(code, "…")) for answer in answers]


def unknown_code(site: Site) -> str:
    return next(
        code
        for code in ("D4FH7K", "D4FH7N", "D4FH7P")
        if site.tickets.find(code) is None  # one in 85 million draws would meet it
    )


def test_codes_that_open_nothing_are_all_answered_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site(communes=(COMMUNE, "ba-na"))
    off = sent(site, commune="ba-na")
    past = sent(site)
    site.knowledge.switched_on = (COMMUNE,)

    later = datetime.now(UTC) + timedelta(days=89)
    monkeypatch.setattr(module, "now", lambda: later)
    # the one switched off stays young, the other grows old
    site.tickets.write_again(off, "thêm")
    older = datetime.now(UTC) + timedelta(days=91)
    monkeypatch.setattr(module, "now", lambda: older)

    unknown = refusals(site, unknown_code(site))

    assert {status for status, _ in unknown} == {404}
    assert refusals(site, off) == unknown
    assert refusals(site, past) == unknown
    assert refusals(site, "khongma") == unknown


def test_after_too_many_wrong_codes_a_right_one_is_refused_as_a_wrong_one_is() -> None:
    site = Site(limits=WebLimits(wrong_codes_per_hour=2, requests_per_minute=1000))
    code = sent(site)
    wrong = unknown_code(site)

    opened = [site.client.get(f"{PAGES}/{code}").status_code for _ in range(5)]
    missed = [site.client.get(f"{PAGES}/{wrong}").status_code for _ in range(3)]

    assert opened == [200] * 5, "what is found is not counted"
    assert missed == [404, 404, 429]
    assert {status for status, _ in refusals(site, code)} == {429}
    assert without_minutes(refusals(site, code)) == without_minutes(refusals(site, wrong))
    assert 1 <= int(site.client.get(f"/t/{code}").headers["retry-after"]) <= 3600


def without_minutes(answers: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(status, re.sub(r"\d+ phút", "phút", text)) for status, text in answers]


def test_all_clients_together_may_try_so_many_wrong_codes() -> None:
    site = Site(limits=WebLimits(wrong_codes_per_hour=1, wrong_codes_per_hour_of_all=2))
    wrong = unknown_code(site)

    def from_client(address: str) -> int:
        site.client._transport.client = (address, 1)  # type: ignore[attr-defined]
        return site.client.get(f"/api/v1/tickets/{wrong}").status_code

    assert [from_client(f"192.0.2.{number}") for number in (1, 1, 2, 3)] == [404, 429, 404, 429]


def test_what_can_be_no_code_is_a_slip_and_not_counted() -> None:
    site = Site(limits=WebLimits(wrong_codes_per_hour=1))

    statuses = [
        site.client.post(f"{PAGES}/find", data={"code": "D4F"}).status_code for _ in range(4)
    ]

    assert statuses == [404] * 4


def test_a_client_sends_as_many_tickets_an_hour_as_is_set_and_loses_no_words() -> None:
    site = Site(limits=WebLimits(tickets_per_hour=2))
    code = sent(site)
    sent(site)

    by_api = site.client.post(API, json={"question": QUESTION})
    page = site.client.post(PAGES, data=agree(reviewed(site)))
    again = site.client.post(f"{PAGES}/{code}/messages", data={"text": "viết thêm nhé"})

    assert [by_api.status_code, page.status_code, again.status_code] == [429] * 3
    assert hidden(page.text, "text") == QUESTION
    assert "Gửi quá nhiều câu hỏi" in page.text
    assert "viết thêm nhé</textarea>" in again.text
    assert 1 <= int(by_api.headers["retry-after"]) <= 3600


def test_a_form_sent_twice_is_one_ticket_and_a_changed_one_is_another() -> None:
    site = Site()
    fields = agree(reviewed(site))

    places = [site.client.post(PAGES, data=fields).headers["location"] for _ in range(2)]
    changed = site.client.post(PAGES, data={**fields, "text": "Câu khác"}).headers["location"]

    assert places[0] == places[1] != changed


def test_without_the_database_the_page_says_so_and_keeps_the_words() -> None:
    site = Site(tickets=BrokenTickets())
    page = reviewed(site)

    response = site.client.post(PAGES, data=agree(page))

    assert response.status_code == 503
    assert hidden(response.text, "text") == QUESTION
    assert hidden(response.text, "sending") == hidden(page, "sending")
    assert "Tạm thời chưa lưu" in response.text
    assert "Trung tâm Phục vụ hành chính công" in response.text
    assert "đĩa đầy" not in response.text


@pytest.mark.parametrize(
    "path", ["/api/v1/tickets/D4FH7K", "/t/D4FH7K", f"{PAGES}/D4FH7K"], ids=["api", "link", "page"]
)
def test_without_the_database_reading_says_so(path: str) -> None:
    response = Site(tickets=BrokenTickets()).client.get(path)

    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "Tạm thời chưa" in response.text


def test_an_answer_that_cannot_be_read_costs_only_the_prefilled_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site()

    def broken(answer_id: str) -> None:
        raise DatabaseUnavailableError("đĩa đầy")

    monkeypatch.setattr(site.questions, "find", broken)

    assert "<textarea" in site.client.get(f"{PAGES}/new?answer=a1").text


@pytest.mark.parametrize("answer", ["khong-co", "../../x", "%00", "a" * 64])
def test_an_unknown_answer_opens_an_empty_form(answer: str) -> None:
    page = Site().client.get(f"{PAGES}/new?answer={answer}")

    assert page.status_code == 200
    assert "</textarea>" in page.text


@pytest.mark.parametrize(
    "text", ["", "  ", "?!", "a\x07b", "x" * 1001], ids=["none", "blank", "marks", "bell", "long"]
)
def test_what_is_no_question_is_told_beside_the_box_with_its_words(text: str) -> None:
    for path in (f"{PAGES}/new", PAGES):
        response = Site().client.post(path, data={"text": text})

        assert response.status_code == 422
        assert 'aria-describedby="loi"' in response.text
        assert html.escape(text, quote=False) + "</textarea>" in response.text


def test_the_longest_ticket_is_a_setting() -> None:
    site = Site(limits=WebLimits(ticket_chars=20))

    assert site.client.post(API, json={"question": "a" * 20}).status_code == 201
    assert site.client.post(API, json={"question": "a" * 21}).status_code == 422


def test_whatever_carries_a_code_is_private() -> None:
    site = Site()
    code = sent(site)
    fields = agree(reviewed(site))

    for response in (
        site.client.get(f"{PAGES}/{code}"),
        site.client.get(f"/t/{code}"),
        site.client.get(f"/api/v1/tickets/{code}"),
        site.client.get(f"{PAGES}/{unknown_code(site)}"),
        site.client.get(f"/api/v1/tickets/{unknown_code(site)}"),
        site.client.post(f"{PAGES}/find", data={"code": code}),
        site.client.post(PAGES, data=fields),
        site.client.post(API, json={"question": "Hỏi nữa?"}),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "noindex" in response.headers["x-robots-tag"]
    for path in (PAGES, f"{PAGES}/new", f"{PAGES}/{code}"):
        assert '<meta name="robots" content="noindex">' in site.client.get(path).text


def test_a_tickets_language_is_that_of_the_page_it_was_sent_from() -> None:
    site = Site()
    site.client.get(f"{PAGES}/new?lang=en")

    page = reviewed(site)
    code = site.client.post(PAGES, data=agree(page)).headers["location"].rsplit("/", 1)[1]

    assert "Agree and send" in page
    assert site.client.get(f"/api/v1/tickets/{code}").json()["language"] == "en"
    shown_page = site.client.get(f"{PAGES}/{code}").text
    assert "Sent, waiting for an officer" in shown_page


@pytest.mark.parametrize("path", [PAGES, f"{PAGES}/new", "ticket", "review"])
def test_a_page_has_one_heading_nothing_inline_and_ids_of_its_own(path: str) -> None:
    site = Site()
    code = sent(site)
    site.tickets.reply(code, "Rồi.", None, (CITATION,))
    page = {
        "ticket": lambda: site.client.get(f"{PAGES}/{code}").text,
        "review": lambda: reviewed(site),
    }.get(path, lambda: site.client.get(path).text)()

    assert page.count("<h1") == 1
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert not re.search(r"<style|<script>|\sstyle=|\son\w+=", page)


def test_a_ticket_shows_who_wrote_what_in_its_order() -> None:
    site = Site()
    code = sent(site)
    site.tickets.reply(code, "Lời đáp một")
    site.tickets.write_again(code, "Hỏi thêm hai")
    last = site.tickets.reply(code, "Lời đáp ba")

    page = site.client.get(f"{PAGES}/{code}").text

    places = [page.index(words) for words in (QUESTION, "Lời đáp một", "Hỏi thêm", "Lời đáp ba")]
    assert places == sorted(places)
    assert last.state is TicketState.ANSWERED
    assert [message.author for message in last.messages] == [
        Author.OFFICER,
        Author.RESIDENT,
        Author.OFFICER,
    ]
    assert read_code(code) == code
