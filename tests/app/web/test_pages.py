"""The resident's pages, used as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from app.answering.answer import Answer, AnswerStatus, Choice, Language, Office, Question
from app.answering.replies import reply
from app.web.ask import ERRORS
from tests.app.web.fakes import (
    COMMUNE,
    MORNING,
    TAM_TRU,
    FixedKnowledge,
    Site,
    an_answer,
    communes,
    records,
)

HOME = f"/c/{COMMUNE}"
POLICE = Office("police", "Công an xã Hòa Tiến", None, "(0236) 3846 113", (), "đang mở", None)


def test_a_scan_is_counted_and_leads_to_the_commune() -> None:
    site = Site()

    response = site.client.get("/q/bcd234")

    assert (response.status_code, response.headers["location"]) == (302, f"{HOME}?place=bcd234")
    assert site.places.scanned == [("bcd234", MORNING.date())]
    assert 'hoixa_scans_total{commune="hoa-tien"} 1.0' in site.client.get("/metrics").text


def test_a_code_typed_in_capitals_is_the_same_code() -> None:
    assert Site().client.get("/q/BCD234").headers["location"] == f"{HOME}?place=bcd234"


def test_a_question_asked_from_a_scan_says_which_place_it_came_from() -> None:
    site = Site()

    home = site.client.get(site.client.get("/q/bcd234").headers["location"]).text
    action = re.search(r'<form class="ask" method="post" action="([^"]+)"', home)
    posted = site.client.post(unescape(action[1]) if action else "", data={"text": "Tạm trú?"})
    answer = site.client.get(posted.headers["location"]).text

    assert site.answering.asked[0].place == "bcd234"
    assert f'action="{HOME}?place=bcd234"' in answer, "the next question comes from there too"


def test_a_question_that_was_not_scanned_for_has_no_place() -> None:
    site = Site()

    site.ask("Tạm trú?")
    site.ask("Tạm trú?", place="<script>")
    site.client.post(f"{HOME}?place=%00%27", data={"text": "Tạm trú?"})

    assert [asked.place for asked in site.answering.asked] == [None, None, None]


def test_a_script_tells_the_place_in_the_form_itself() -> None:
    site = Site()

    site.ask("Tạm trú?", place="bcd234")

    assert site.answering.asked[0].place == "bcd234"


@pytest.mark.parametrize("code", ["zzz999", "off890", "%FF%FE", "%00", "x" * 300, "<script>"])
def test_an_unknown_code_lists_the_communes(code: str) -> None:
    site = Site(communes=(COMMUNE, "hoa-vang"))

    response = site.client.get(f"/q/{code}")

    assert response.status_code == 404
    assert f'href="{HOME}"' in response.text
    assert 'href="/c/hoa-vang"' in response.text


def test_a_retired_code_still_leads_to_its_commune() -> None:
    response = Site().client.get("/q/old567")

    assert response.status_code == 410
    assert f'href="{HOME}"' in response.text


def test_the_first_page_lists_the_communes_with_their_old_names() -> None:
    page = Site(communes=(COMMUNE, "ba-na")).client.get("/").text

    assert "Xã Bà Nà" in page
    assert "xã Hòa Khương cũ" in page


def test_many_communes_can_be_searched_by_an_old_name_without_marks() -> None:
    site = Site(communes=(COMMUNE, "ba-na", "hoa-vang"))

    page = site.client.get("/?q=hoa nhon").text

    assert "Xã Bà Nà" in page
    assert "Xã Hòa Tiến" not in page


def test_a_search_that_finds_no_commune_says_so_and_shows_what_was_sought_as_text() -> None:
    page = Site().client.get("/", params={"q": "<b>Huế</b>"}).text

    assert "&lt;b&gt;Huế&lt;/b&gt;" in page


def test_the_home_page_offers_real_questions_of_each_topic() -> None:
    site = Site()

    page = site.client.get(HOME).text

    for record in records().values():
        buttons = [item.text for item in record.questions if f'value="{item.text}"' in page]
        assert 1 <= len(buttons) <= 3
    assert f'href="{HOME}/t/residence"' in page
    assert "/t/land" not in page, "a topic without records is not offered"


def test_the_home_page_says_that_it_is_an_ai_and_whom_to_ask_instead() -> None:
    page = Site().client.get(HOME).text

    assert "Trợ lý AI" in page
    assert "Trung tâm Phục vụ hành chính công xã Hòa Tiến" in page
    assert "Đang mở" in page
    assert "chưa cập nhật" in page
    assert 'href="tel:1022"' in page


def test_a_question_leads_to_an_answer_that_reloads_without_asking_again() -> None:
    site = Site()

    posted = site.client.post(HOME, data={"text": "Lệ phí tạm trú?"})
    pages = [site.client.get(posted.headers["location"]).text for _ in range(2)]

    assert posted.status_code == 303
    assert posted.headers["location"] == f"{HOME}/a/a1"
    assert len(site.answering.asked) == 1
    assert pages[0] == pages[1]
    assert [question.text for question, _ in site.questions.kept] == ["Lệ phí tạm trú?"]


def test_the_answer_comes_before_the_card_and_the_card_before_the_sources() -> None:
    page = Site().ask("Lệ phí tạm trú online?")

    places = [
        page.index(words)
        for words in (
            "Lệ phí tạm trú online?</span></h1>",
            "Nộp qua mạng: 7.000 đồng/lần.",
            "Đăng ký tạm trú</h2>",
            "Căn cứ</h2>",
            "Đúng điều cần hỏi?",
            "Hỏi tiếp",
            "Hỏi cán bộ</h2>",
        )
    ]
    assert places == sorted(places)


def test_only_the_asked_part_of_the_card_is_open() -> None:
    page = Site().ask()

    opened = re.findall(r'<details class="fold" open>\s*<summary><span>(.*?)</span>', page)
    assert opened == ["Lệ phí"]


def test_a_source_is_one_tap_away_with_quote_law_and_date() -> None:
    page = Site().ask()

    source = page[page.index('id="nguon-1"') :]
    assert 'href="#nguon-1"' in page
    for words in (
        "<blockquote>Nộp qua mạng: 7.000 đồng/lần.</blockquote>",
        "75/2022/TT-BTC</span>, hiệu lực từ 5/2/2023",
        "Còn hiệu lực khi kiểm tra ngày 21/11/2026",
        "Kiểm tra ngày 21/11/2026",
        'href="https://dichvucong.gov.vn"',
    ):
        assert words in source


def test_a_source_outside_the_states_sites_is_named_but_not_linked() -> None:
    answer = an_answer()
    elsewhere = replace(answer.citations[0], source_url="https://dichvucong.gov.vn.evil.vn/x")

    page = Site(lambda _: replace(answer, citations=(elsewhere,))).ask()

    assert "evil.vn" not in page


def test_the_next_question_carries_the_conversation() -> None:
    site = Site()
    page = site.ask()

    assert 'name="conversation_id" value="k1"' in page
    site.ask("Còn bao lâu thì xong?", conversation_id="k1")
    assert site.answering.asked[-1].conversation_id == "k1"


def test_a_chosen_case_is_asked_for() -> None:
    choice = Choice("Thuê, ở nhờ", "Cần giấy gì?", "dang-ky-tam-tru/nha-thue-muon-o-nho")
    site = Site(lambda _: an_answer(AnswerStatus.CLARIFY_CASE, choices=(choice,)))

    page = site.ask("Cần giấy gì?")
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)">', page))
    site.ask(**hidden)

    assert ">Thuê, ở nhờ</button>" in page
    assert site.answering.asked[-1] == Question("Cần giấy gì?", COMMUNE, "k1", case=choice.case)


def test_an_answer_for_all_cases_offers_each_case() -> None:
    choice = Choice("Thuê, ở nhờ", "Cần giấy gì?", "dang-ky-tam-tru/nha-thue-muon-o-nho")

    page = Site(lambda _: an_answer(choices=(choice,))).ask()

    assert "Xem riêng từng trường hợp</h2>" in page
    assert ">Thuê, ở nhờ</button>" in page
    assert "khác: hỏi cán bộ" not in page


@pytest.mark.parametrize("status", AnswerStatus)
def test_every_status_has_a_page_that_says_whom_to_ask(status: AnswerStatus) -> None:
    def script(question: Question) -> Answer:
        words = reply(status, question.language or an_answer().language)
        return an_answer(status, words, choices=(Choice("Việc một", "Hỏi việc một"),))

    site = Site(script)
    response = site.client.post(HOME, data={"text": "Hỏi chi đó"})
    if response.status_code == 303:
        response = site.client.get(response.headers["location"])

    assert response.status_code == (503 if status in ERRORS else 200)
    assert "Hỏi cán bộ</h2>" in response.text
    assert "Hỏi chi đó" in response.text
    assert "None" not in response.text


def test_in_an_emergency_telephone_links_stand_before_everything() -> None:
    page = Site(lambda _: an_answer(AnswerStatus.EMERGENCY, "Gọi ngay.")).ask("cháy nhà")

    main = page[page.index("<main") :]
    numbers = re.findall(r'href="tel:(\d+)"', main[: main.index("<h1")])
    assert numbers == ["113", "114", "115"]
    assert "Đúng điều cần hỏi?" not in page


@pytest.mark.parametrize(
    "status",
    [AnswerStatus.ABSTAINED_NO_PASSAGE, AnswerStatus.SCAM_WARNING],
)
def test_where_a_person_must_help_the_counter_comes_right_after_the_text(
    status: AnswerStatus,
) -> None:
    page = Site(lambda _: an_answer(status, "Hỏi người thật.", office=POLICE)).ask()

    assert page.index("Hỏi người thật.") < page.index("Công an xã") < page.index("<textarea")
    assert 'href="tel:02363846113"' in page


def test_an_error_offers_to_try_the_same_question_again() -> None:
    site = Site(lambda _: an_answer(AnswerStatus.ERROR_MODEL, "Xin lỗi."))

    response = site.client.post(HOME, data={"text": 'Tạm trú "nhà trọ"?'})

    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert 'name="text" value="Tạm trú &#34;nhà trọ&#34;?"' in response.text
    assert "Thử lại</button>" in response.text


def test_a_script_in_a_question_is_shown_as_text() -> None:
    page = Site().ask("<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page


def test_a_script_in_an_answer_is_shown_as_text() -> None:
    evil = "<img src=x onerror=alert(1)> [1]"
    answer = an_answer(text=evil, suggestions=('"><script>x</script>',))
    page = Site(lambda _: answer).ask()

    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<script>x" not in page


def test_what_is_left_open_is_a_button_below_the_answer() -> None:
    page = Site(lambda _: an_answer(open=("thứ 7 có làm <không>",))).ask()

    heading = page.index("Chưa trả lời ở trên, bấm để hỏi riêng")
    assert page.index('id="tra-loi"') < heading < page.index("Hỏi tiếp")
    assert 'name="text" value="thứ 7 có làm &lt;không&gt;"' in page[heading:]
    assert "bấm để hỏi riêng" not in Site().ask()


def test_an_english_reply_is_marked_as_english() -> None:
    words = reply(AnswerStatus.SMALL_TALK, Language.EN)
    answer = an_answer(AnswerStatus.SMALL_TALK, words, language=Language.EN)
    page = Site(lambda _: answer).ask("Chào buổi sáng")

    assert '<p class="lead" lang="en">Hello.' in page
    assert "<span>Chào buổi sáng</span></h1>" in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        pytest.param({"text": ""}, "Hãy gõ câu hỏi", id="nothing"),
        pytest.param({}, "Hãy gõ câu hỏi", id="no field"),
        pytest.param({"text": " \n\u200b "}, "Hãy gõ câu hỏi", id="only what is not seen"),
        pytest.param({"text": "á" * 501}, "tối đa 500 ký tự", id="too long"),
        pytest.param({"text": "a\x00b"}, "ký tự điều khiển", id="control characters"),
        pytest.param({"text": "a", "conversation_id": "../x"}, "sai dạng", id="conversation"),
        pytest.param({"text": "a", "case": "không có"}, "sai dạng", id="case"),
    ],
)
def test_a_question_that_cannot_be_asked_stays_in_the_box_with_the_reason(
    form: dict[str, str], words: str
) -> None:
    site = Site()

    response = site.client.post(HOME, data=form or {"other": "x"})

    assert response.status_code == 422
    assert words in response.text
    assert form.get("text", "")[:1].strip("\n\x00 ") in response.text
    assert site.answering.asked == []


def test_the_length_of_a_question_is_counted_in_letters_however_they_are_encoded() -> None:
    site = Site()

    page = site.ask("e\u0323\u0302" * 500)

    assert "ệ" * 500 in page


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        pytest.param(b"text=%FF%FE", "application/x-www-form-urlencoded", 400, id="bad escapes"),
        pytest.param(b"text=\xff\xfe", "application/x-www-form-urlencoded", 400, id="bad bytes"),
        pytest.param(b"a=1&" * 30, "application/x-www-form-urlencoded", 400, id="many fields"),
        pytest.param(b"{}", "application/json", 415, id="JSON"),
        pytest.param(b"text=a", "", 415, id="no type"),
    ],
)
def test_a_form_that_cannot_be_read_gets_a_page_with_the_counter(
    content: bytes, media_type: str, status: int
) -> None:
    response = Site().client.post(HOME, content=content, headers={"content-type": media_type})

    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert "Trung tâm Phục vụ hành chính công xã Hòa Tiến" in response.text


@pytest.mark.parametrize(
    "path",
    [
        f"{HOME}/a/khong-co",
        f"{HOME}/a/%00",
        f"{HOME}/p/khong-co",
        f"{HOME}/t/khong-co",
        f"{HOME}/t/land",
        f"{HOME}/khong-co",
    ],
)
def test_what_a_commune_does_not_have_gets_a_page_with_its_counter(path: str) -> None:
    response = Site().client.get(path)

    assert response.status_code == 404
    assert f'href="{HOME}"' in response.text
    assert "Trung tâm Phục vụ hành chính công xã Hòa Tiến" in response.text


@pytest.mark.parametrize("path", ["/c/hue", "/c/ba-na", "/c/%00", "/khong-co", "/c/hue/p/x"])
def test_an_unknown_page_lists_the_communes(path: str) -> None:
    response = Site().client.get(path)

    assert response.status_code == 404
    assert f'href="{HOME}"' in response.text


def test_an_answer_of_another_commune_is_not_shown() -> None:
    site = Site(communes=(COMMUNE, "hoa-vang"))
    site.ask()

    assert site.client.get("/c/hoa-vang/a/a1").status_code == 404


def test_yes_is_kept_and_thanked_for() -> None:
    site = Site()
    site.ask()

    response = site.client.post(f"{HOME}/a/a1/feedback", data={"helpful": "yes"})
    page = site.client.get(response.headers["location"]).text

    assert response.status_code == 303
    assert site.feedback.kept == [("a1", True, None, None)]
    assert "Cảm ơn bà con" in page


def test_no_is_kept_with_its_reason_and_comment() -> None:
    site = Site()
    site.ask()
    form = {"helpful": "no", "reason": "outdated", "comment": " Phí đã đổi \n từ tháng 7 "}

    site.client.post(f"{HOME}/a/a1/feedback", data=form)

    assert site.feedback.kept == [("a1", False, "outdated", "Phí đã đổi \n từ tháng 7")]


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("a1", {}, 422),
        ("a1", {"helpful": "maybe"}, 422),
        ("a1", {"helpful": "no", "reason": "rude"}, 422),
        ("a1", {"helpful": "no", "comment": "x" * 1001}, 422),
        ("a1", {"helpful": "no", "comment": "x\x07"}, 422),
        ("a9", {"helpful": "yes"}, 404),
    ],
)
def test_feedback_that_makes_no_sense_is_not_kept(
    path: str, form: dict[str, str], status: int
) -> None:
    site = Site()
    site.ask()

    response = site.client.post(f"{HOME}/a/{path}/feedback", data=form or {"other": "x"})

    assert response.status_code == status
    assert site.feedback.kept == []


def test_a_topic_lists_its_records_and_questions() -> None:
    page = Site().client.get(f"{HOME}/t/health_insurance").text

    assert f'href="{HOME}/p/muc-dong-bhyt-ho-gia-dinh"' in page
    assert page.count('name="text" value="') == 3


def test_a_procedure_is_shown_in_full_with_law_and_sources() -> None:
    record = records()["dang-ky-tam-tru"]

    page = Site().client.get(f"{HOME}/p/dang-ky-tam-tru").text

    for words in (
        "Mã thủ tục 1.004194",
        "kiểm tra ngày",
        "15.000 đồng/lần",
        "7.000 đồng/lần",
        'value="dang-ky-tam-tru/nha-thue-muon-o-nho"',
        "68/2020/QH14",
        "ban hành 13/11/2020",
        "Hỏi lại cán bộ về:",
        "Công an xã Hòa Tiến",
    ):
        assert words in page
    assert all(source.title in page for source in record.sources.values())


def test_a_guide_is_shown_section_by_section() -> None:
    page = Site().client.get(f"{HOME}/p/muc-dong-bhyt-ho-gia-dinh").text

    for section in records()["muc-dong-bhyt-ho-gia-dinh"].model_dump()["sections"]:
        assert page.count(f"<h2>{section['heading']}</h2>") == 1
        assert page.count(f"<p>{section['answer']}</p>") == 1


def test_markdown_of_a_guide_is_rendered_and_made_harmless() -> None:
    site = Site()
    guide = records()["muc-dong-bhyt-ho-gia-dinh"].model_dump(mode="json")
    guide["sections"][0]["body"] = (
        "# Bảng\n\n| Ai | Mức |\n|---|---|\n| Một | 2 |\n\n**đậm** <script>alert(1)</script> "
        "[x](javascript:alert(1)) ![y](https://a.vn/y.png)"
    )
    site.knowledge.replaced["g"] = type(records()["muc-dong-bhyt-ho-gia-dinh"]).model_validate(
        guide
    )

    page = site.client.get(f"{HOME}/p/g").text

    assert "<h3>Bảng</h3>" in page
    assert "<td>Một</td>" in page
    assert "<strong>đậm</strong>" in page
    assert "&lt;script&gt;" in page
    assert 'href="javascript' not in page
    assert "<img" not in page


def test_what_no_longer_holds_is_not_shown_on_a_guides_page() -> None:
    site = Site()
    guide = records()["muc-dong-bhyt-ho-gia-dinh"].model_dump(mode="json")
    guide["sections"][0] |= {"heading": "Mức cũ", "effective_to": "2026-11-22"}
    site.knowledge.replaced["g"] = type(records()["muc-dong-bhyt-ho-gia-dinh"]).model_validate(
        guide
    )

    assert "Mức cũ" not in site.client.get(f"{HOME}/p/g").text


def test_the_office_page_shows_every_counter_and_hotline() -> None:
    commune = communes()[COMMUNE]

    page = Site().client.get(f"{HOME}/office").text

    assert all(f"<h2>{counter.name}</h2>" in page for counter in commune.counters)
    assert 'href="tel:1022"' in page
    assert "7:30\u2060–\u206011:30" in page


def test_a_commune_without_records_or_counters_still_has_its_pages() -> None:
    site = Site()
    bare = communes()[COMMUNE].model_copy(update={"counters": (), "hotlines": ()})

    class Bare(FixedKnowledge):
        def commune(self, commune_id: str):  # type: ignore[no-untyped-def]
            return bare

        def records(self, commune_id: str):  # type: ignore[no-untyped-def]
            return {}

    site.app.state.service = replace(site.service, knowledge=Bare())

    assert "chưa cập nhật" in site.client.get(HOME).text
    assert "chưa cập nhật" in site.client.get(f"{HOME}/office").text


def test_pages_under_a_path_link_below_that_path() -> None:
    site = Site()
    site.client.app.root_path = "/hoixa"  # type: ignore[attr-defined]

    page = site.client.get(HOME).text

    assert f'action="/hoixa{HOME}"' in page
    assert 'href="/hoixa/static/hoixa.css' in page


def test_an_answer_leads_to_the_page_of_its_record() -> None:
    page = Site().ask()

    assert f'href="{TAM_TRU.url}"' in page
    assert Site().client.get(TAM_TRU.url).status_code == 200
