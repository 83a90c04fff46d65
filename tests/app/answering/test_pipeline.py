"""The whole flow over a few made-up records: what each question ends in, and what is shown."""

from __future__ import annotations

from datetime import date

import pytest

from app.answering import replies
from app.answering.answer import Answer, AnswerStatus, Language, Question, Step
from app.answering.pipeline import Pipeline, Thresholds, Turn
from app.answering.verify import MARK, figures
from knowledge_base.record import Facet
from tests.fakes import (
    BEE_HIVES,
    BOATS,
    COMMUNE,
    COMMUNE_DATA,
    DAY,
    KITES,
    Data,
    MemoryConversations,
    changed,
    edition_of,
    pipeline_of,
)
from tests.service import release_edition

EDITION = edition_of(BEE_HIVES, BOATS, KITES)
BEES = "Đăng ký nuôi ong mật"

OURS = "0123456789abcdef" * 2
"""A conversation id of the form that the pipeline gives."""


def ask(text: str, pipeline: Pipeline | None = None, **more: object) -> Answer:
    pipeline = pipeline or pipeline_of(EDITION)
    return pipeline.answer(Question(text, COMMUNE, **more))  # type: ignore[arg-type]


def ask_of(record: str, text: str, *, case: str = "", data: Data | None = None) -> Answer:
    """Ask about a record whatever the search thinks, as a button does."""
    edition = edition_of(data) if data else EDITION
    return ask(text, pipeline_of(edition), case=f"{record}/{case}")


@pytest.mark.parametrize(
    ("asked", "facet", "first_line"),
    [
        ("là gì", Facet.SUMMARY, "Đăng ký nuôi ong mật với xã. Chủ đàn ong nộp đơn. [1]"),
        ("ai được làm", Facet.ELIGIBILITY, "Chủ đàn ong. [1]"),
        ("cần giấy tờ gì", Facet.DOSSIER, "Cần mang:"),
        ("các bước thế nào", Facet.STEPS, "Các bước:"),
        ("nộp ở đâu", Facet.WHERE, "Nơi nộp: Quầy số 4 của xã. [1]"),
        (
            "nộp qua mạng được không",
            Facet.ONLINE,
            "Nộp qua Cổng Dịch vụ công. https://dichvucong.gov.vn [1]",
        ),
        ("mất bao lâu", Facet.TIME_LIMIT, "Thời hạn giải quyết: 6 ngày làm việc. [1]"),
        ("lệ phí bao nhiêu", Facet.FEE, "Nộp trực tiếp: 31.000 đồng/đàn. [1]"),
        ("kết quả là gì", Facet.RESULT, "Kết quả: Giấy xác nhận nuôi ong. [1]"),
        ("dùng mẫu đơn nào", Facet.FORM, "Mẫu cần điền: Mẫu ONG01: Tờ khai đàn ong. [1]"),
        (
            "căn cứ pháp lý nào",
            Facet.LEGAL_BASIS,
            "Căn cứ: Thông tư về ong mật 12/2026/TT-BNN, Điều 5. [1]",
        ),
    ],
)
def test_each_facet_is_answered_with_its_lines_first(
    asked: str, facet: Facet, first_line: str
) -> None:
    answer = ask_of("nuoi-ong", f"{BEES} {asked}?")

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.facet is facet
    assert answer.text.splitlines()[0] == first_line
    assert answer.procedure is not None
    assert answer.procedure.url == f"/c/{COMMUNE}/p/nuoi-ong"
    assert answer.citations[0].quote
    assert answer.engine == "composed"


def test_the_marks_of_a_text_are_its_citations() -> None:
    answer = ask(f"{BEES} mất bao lâu?")

    assert {int(mark) for mark in MARK.findall(answer.text)} == {
        citation.number for citation in answer.citations
    }
    assert [citation.section for citation in answer.citations] == ["Bao lâu có", "Nộp ở đâu"]


def test_who_asks_for_online_hears_of_online_first() -> None:
    answer = ask(f"{BEES} nộp online lệ phí bao nhiêu?")

    assert answer.text.startswith("Nộp qua mạng: 17.000 đồng/đàn. [1]")


def test_the_answer_tells_whom_to_ask_and_when_it_was_checked() -> None:
    answer = ask(f"{BEES} lệ phí bao nhiêu?")

    assert answer.office is not None
    assert answer.office.hours_now == "đang mở"
    assert answer.hotlines == ("Tổng đài 1022",)
    assert "20/11/2026" in answer.disclaimer


def test_the_card_holds_every_section_and_opens_the_one_asked_for() -> None:
    answer = ask(f"{BEES} lệ phí bao nhiêu?")

    assert answer.card is not None
    assert {section.facet for section in answer.card.sections} == set(Facet)
    assert [section.facet for section in answer.card.sections if section.asked] == [Facet.FEE]


def test_suggestions_ask_about_other_parts() -> None:
    questions = [
        *BEE_HIVES["questions"],
        {"text": "Nuôi ong mất bao nhiêu tiền?", "section": "fee"},
        {"text": "Nuôi ong mấy ngày có giấy?", "section": "time_limit"},
    ]

    answer = ask_of("nuoi-ong", "lệ phí?", data=changed(BEE_HIVES, questions=questions))

    assert answer.suggestions[-1] == "Nuôi ong mấy ngày có giấy?"
    assert "Nuôi ong mất bao nhiêu tiền?" not in answer.suggestions


@pytest.mark.parametrize(
    ("asked", "facet", "field"),
    [("lệ phí bao nhiêu", Facet.FEE, "fees"), ("mất bao lâu", Facet.TIME_LIMIT, "time_limits")],
)
def test_what_a_record_does_not_say_is_not_invented(asked: str, facet: Facet, field: str) -> None:
    data = changed(BEE_HIVES)
    del data[field]

    answer = ask_of("nuoi-ong", f"{BEES} {asked}?", data=data)

    assert answer.status is AnswerStatus.ABSTAINED_UNSUPPORTED
    assert answer.facet is facet
    assert figures(answer.text) == frozenset()
    assert not answer.citations
    assert answer.procedure is not None
    assert answer.office is not None


def test_what_is_missing_is_told_in_the_language_asked_for() -> None:
    data = changed(BEE_HIVES, fees=None)

    answer = ask("lệ phí?", pipeline_of(edition_of(data)), case="nuoi-ong/", language=Language.EN)

    assert answer.text == "My sources do not give the fee of this procedure; please ask the office."


@pytest.mark.parametrize(
    ("asked", "missing", "instead"),
    [
        ("nộp qua mạng được không", "channels", Facet.WHERE),
        ("dùng mẫu đơn nào", "forms", Facet.DOSSIER),
        ("các bước thế nào", "steps", Facet.ONLINE),
        ("cần giấy tờ gì", "dossier", Facet.ELIGIBILITY),
    ],
)
def test_what_comes_nearest_stands_in_for_a_missing_facet(
    asked: str, missing: str, instead: Facet
) -> None:
    data = changed(BEE_HIVES)
    del data[missing]

    answer = ask_of("nuoi-ong", f"{BEES} {asked}?", data=data)

    assert (answer.status, answer.facet) == (AnswerStatus.ANSWERED, instead)


def test_where_cases_differ_the_resident_is_asked_after_what_they_share() -> None:
    answer = ask("Đăng kiểm ghe thuyền cần giấy tờ gì?")

    assert answer.status is AnswerStatus.CLARIFY_CASE
    assert "Đơn đăng kiểm: 1 bản chính. [1]" in answer.text
    assert "Ảnh ghe chèo" not in answer.text and "máy nổ" not in answer.text
    assert answer.text.endswith("Trường hợp nào?")
    assert [choice.label for choice in answer.choices][:2] == ["Ghe chèo tay", "Ghe máy"]
    assert {choice.question for choice in answer.choices} == {
        "Đăng kiểm ghe thuyền cần giấy tờ gì?"
    }


def test_a_case_button_answers_for_that_case() -> None:
    asked = ask("Đăng kiểm ghe thuyền cần giấy tờ gì?")
    button = asked.choices[0]

    answer = ask(button.question, case=button.case)

    assert (answer.status, answer.case) == (AnswerStatus.ANSWERED, "ghe-cheo")
    assert "Ảnh ghe chèo: 3 bản sao. [1]" in answer.text
    assert "máy nổ" not in answer.text
    assert answer.card is not None
    assert answer.card.case == "Ghe chèo tay"


def test_none_of_the_cases_is_a_button_too() -> None:
    asked = ask("Đăng kiểm ghe thuyền cần giấy tờ gì?")

    answer = ask(asked.choices[-1].question, case=asked.choices[-1].case)

    assert (answer.status, answer.case) == (AnswerStatus.ANSWERED, None)
    assert "Ảnh ghe chèo" not in answer.text


def test_words_that_name_a_case_choose_it() -> None:
    answer = ask_of("dang-kiem-ghe", "ghe nhỏ mất bao lâu?")

    assert (answer.status, answer.case) == (AnswerStatus.ANSWERED, "ghe-cheo")
    assert answer.text.startswith("Thời hạn giải quyết: 4 ngày. [1]")


def test_a_case_of_which_the_record_says_nothing_gets_no_figure_of_another_case() -> None:
    answer = ask_of("dang-kiem-ghe", "mất bao lâu?", case="ghe-may")

    assert answer.status is AnswerStatus.ABSTAINED_UNSUPPORTED
    assert figures(answer.text) == frozenset()


def test_where_only_one_case_knows_the_others_get_no_figure_of_it() -> None:
    answer = ask_of("dang-kiem-ghe", "lệ phí bao nhiêu?")

    assert answer.status is AnswerStatus.CLARIFY_CASE
    assert "230.000" not in answer.text
    assert [choice.label for choice in answer.choices] == ["Ghe máy"]


@pytest.mark.parametrize(
    "case", ["nuoi-ong/khong-co", "khong-co/ghe-may", "nuoi-ong/ghe-may", "///", ""]
)
def test_a_button_of_no_record_or_case_of_ours_is_asked_as_a_question(case: str) -> None:
    answer = ask(f"{BEES} lệ phí bao nhiêu?", case=case)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.procedure is not None
    assert (answer.procedure.id, answer.case) == ("nuoi-ong", None)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("Giá vé hội thả diều trẻ em bao nhiêu?", "Vé trẻ em 12.000 đồng. [1]"),
        ("Giá vé hội thả diều con nít bao nhiêu?", "Vé trẻ em 12.000 đồng. [1]"),
        ("Giá vé hội thả diều bao nhiêu?", "Vé người lớn 45.000 đồng, trẻ em 12.000 đồng. [1]"),
    ],
)
def test_a_guide_answers_with_the_line_that_the_question_singles_out(asked: str, line: str) -> None:
    answer = ask_of("gia-ve-dieu", asked)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.text.splitlines()[0] == line


def test_a_section_of_a_guide_is_told_with_its_further_lines() -> None:
    answer = ask_of("gia-ve-dieu", "giờ thả diều thế nào?")

    assert answer.text.splitlines() == [
        "Thả diều từ 15 giờ đến 18 giờ. [1]",
        "Mang theo nước. [1]",
        "Không thả gần đường dây điện. [1]",
    ]


@pytest.mark.parametrize(
    ("day", "shown", "hidden"),
    [
        (date(2026, 12, 31), "31.000", "40.000"),
        (date(2027, 1, 1), "40.000", "31.000"),
    ],
)
def test_a_fee_is_shown_only_while_it_holds(day: date, shown: str, hidden: str) -> None:
    data = changed(
        BEE_HIVES,
        fees=[
            {"amount": 31000, "effective_to": "2026-12-31", "source": "tt"},
            {"amount": 40000, "effective_from": "2027-01-01", "source": "tt"},
        ],
    )

    answer = ask("lệ phí?", pipeline_of(edition_of(data, day=day)), case="nuoi-ong/")

    assert shown in answer.text
    assert hidden not in answer.text
    assert answer.card is not None
    assert hidden not in str(answer.card)


def test_a_record_that_has_ended_answers_nothing() -> None:
    ended = changed(BEE_HIVES, effective_to="2026-11-20")

    answer = ask(f"{BEES} lệ phí bao nhiêu?", pipeline_of(edition_of(ended, BOATS)))

    assert answer.procedure is None
    assert figures(answer.text) == frozenset()


def test_the_narrower_version_of_a_record_answers() -> None:
    overlay = {
        "id": "nuoi-ong",
        "scope": f"commune:{COMMUNE}",
        "fees": [{"amount": 5000, "source": "tt"}],
    }

    answer = ask("lệ phí?", pipeline_of(edition_of(BEE_HIVES, overlay)), case="nuoi-ong/")

    assert "5.000 đồng" in answer.text
    assert "31.000" not in answer.text


@pytest.mark.parametrize(
    ("thresholds", "status"),
    [
        (Thresholds(0.0, 0.0), AnswerStatus.ANSWERED),
        (Thresholds(1.0, 0.0), AnswerStatus.CLARIFY_PROCEDURE),
        (Thresholds(1.0, 1.0), AnswerStatus.ABSTAINED_LOW_CONFIDENCE),
    ],
)
def test_the_thresholds_are_obeyed(thresholds: Thresholds, status: AnswerStatus) -> None:
    pipeline = pipeline_of(edition_of(BEE_HIVES), thresholds=thresholds)

    answer = ask("nuôi ong lấy mật", pipeline)

    assert answer.status is status


def test_a_button_offered_for_a_record_leads_to_that_record() -> None:
    pipeline = pipeline_of(EDITION, thresholds=Thresholds(1.0, 0.0))
    offered = ask(f"{BEES} lệ phí bao nhiêu?", pipeline)
    button = next(choice for choice in offered.choices if choice.label == BEES)

    answer = ask(button.question, pipeline, case=button.case)

    assert offered.status is AnswerStatus.CLARIFY_PROCEDURE
    assert answer.procedure is not None
    assert (answer.procedure.id, answer.facet) == ("nuoi-ong", Facet.FEE)


def test_a_facet_of_nothing_asks_which_record() -> None:
    answer = ask("lệ phí bao nhiêu?")

    assert answer.status is AnswerStatus.CLARIFY_PROCEDURE
    assert not answer.choices
    assert answer.suggestions


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("cháy nhà rồi", AnswerStatus.EMERGENCY),
        ("có người xưng công an gọi bảo chuyển tiền", AnswerStatus.SCAM_WARNING),
        ("xin chào", AnswerStatus.SMALL_TALK),
        ("cảm ơn", AnswerStatus.SMALL_TALK),
        ("bạn là ai", AnswerStatus.SMALL_TALK),
        ("đồ ngu", AnswerStatus.SMALL_TALK),
        ("What is the weather like tomorrow?", AnswerStatus.OUT_OF_SCOPE),
        ("What is the meaning of life?", AnswerStatus.ABSTAINED_NO_PASSAGE),
        ("thời tiết mai thế nào", AnswerStatus.OUT_OF_SCOPE),
        ("giá vàng hôm nay", AnswerStatus.OUT_OF_SCOPE),
        ("😀😀", AnswerStatus.ABSTAINED_NO_PASSAGE),
        ("048201001234", AnswerStatus.ABSTAINED_NO_PASSAGE),
        ("xin phép nổ mìn phá đá ngoài biển", AnswerStatus.ABSTAINED_LOW_CONFIDENCE),
        ("xyzzy", AnswerStatus.ABSTAINED_LOW_CONFIDENCE),
    ],
)
def test_a_question_that_no_record_answers_gets_no_record_and_no_citation(
    asked: str, status: AnswerStatus
) -> None:
    answer = ask(asked)

    assert answer.status is status
    assert answer.procedure is None and answer.card is None
    assert not answer.citations
    assert answer.office is not None


def test_with_nothing_published_there_is_no_passage() -> None:
    answer = ask("đăng ký tạm trú", pipeline_of(edition_of()))

    assert answer.status is AnswerStatus.ABSTAINED_NO_PASSAGE


def test_an_english_question_about_nothing_of_ours_is_answered_in_english() -> None:
    answer = ask("What is the weather like tomorrow?")

    assert answer.language is Language.EN
    assert answer.text.startswith("I answer about the commune's procedures")
    assert answer.suggestions == replies.EXAMPLES[Language.EN]


def test_an_english_question_about_a_record_is_answered_from_it() -> None:
    answer = ask("lệ phí?", case="nuoi-ong/", language=Language.EN)

    lead, direct, *_ = answer.text.splitlines()
    assert lead == f"Fee for “{BEES}” [1]:"
    assert direct == "31.000 đồng per “đàn”, in person. [1]"


def test_two_questions_in_one_message_get_both_answers() -> None:
    answer = ask("Đăng ký nuôi ong mật lệ phí bao nhiêu? Đăng kiểm ghe thuyền nộp ở đâu?")

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.procedure is not None and answer.procedure.id == "nuoi-ong"
    assert answer.also is not None and answer.also.id == "dang-kiem-ghe"
    assert "nuôi ong" in answer.asked and "ghe thuyền" in answer.asked
    assert "31.000 đồng/đàn" in answer.text
    assert "Công an xã" in answer.text
    assert [citation.number for citation in answer.citations] == list(
        range(1, len(answer.citations) + 1)
    )
    assert {int(mark) for mark in MARK.findall(answer.text)} == {
        citation.number for citation in answer.citations
    }


def test_an_english_message_is_one_question() -> None:
    question = "How much is the fee to certify a copy? Where do I register temporary residence?"

    assert pipeline_of(release_edition()).answer(Question(question, "hoa-tien")).also is None


def test_two_facets_of_one_record_are_both_answered() -> None:
    answer = ask("Đăng ký nuôi ong mật lệ phí bao nhiêu và mất bao lâu?")

    assert "31.000 đồng/đàn" in answer.text
    assert "6 ngày làm việc" in answer.text
    assert answer.also is None


def test_what_else_a_message_asks_is_said_to_be_open() -> None:
    answer = ask("Đăng ký nuôi ong mật lệ phí bao nhiêu? Ong đốt người ta thì có sao không?")

    assert "31.000 đồng/đàn" in answer.text
    assert answer.open == ("Ong đốt người ta thì có sao không",)


def test_one_question_leaves_nothing_open() -> None:
    assert ask("Đăng ký nuôi ong mật lệ phí bao nhiêu, nộp ở đâu?").open == ()


def test_a_suspected_scam_names_the_police_of_the_commune() -> None:
    answer = ask("có người xưng công an gọi bảo chuyển tiền")

    assert answer.office is not None
    assert answer.office.kind == "police"


def test_opening_hours_are_answered_with_their_source() -> None:
    answer = ask("mấy giờ xã làm việc?")

    assert answer.status is AnswerStatus.ANSWERED
    assert "Giờ làm việc: Thứ Hai – thứ Sáu: 7:30–11:30, 13:30–17:00" in answer.text
    assert "Bây giờ: đang mở." in answer.text
    assert answer.citations[0].record_id == COMMUNE


def test_an_office_of_which_nothing_is_known_is_not_made_up() -> None:
    bare = changed(COMMUNE_DATA, counters=[{"kind": "police", "name": "Công an xã Thử"}])
    pipeline = pipeline_of(edition_of(BEE_HIVES, commune=bare))

    answer = ask("công an xã ở đâu?", pipeline)

    assert answer.status is AnswerStatus.ABSTAINED_NO_PASSAGE
    assert answer.office is not None
    assert (answer.office.name, answer.office.address) == ("Công an xã Thử", None)


def test_a_follow_up_inherits_the_record_and_then_the_facet() -> None:
    pipeline = pipeline_of(EDITION)
    first = ask(f"{BEES} cần giấy tờ gì?", pipeline)

    second = ask("mất bao lâu?", pipeline, conversation_id=first.conversation_id)
    third = ask("thế còn ghe nhỏ?", pipeline, conversation_id="c2", case="dang-kiem-ghe/")
    fourth = ask("mất mấy ngày?", pipeline, conversation_id="c2")

    assert second.procedure is not None and fourth.procedure is not None
    assert (second.procedure.id, second.facet) == ("nuoi-ong", Facet.TIME_LIMIT)
    assert third.case == "ghe-cheo"
    assert (fourth.procedure.id, fourth.case) == ("dang-kiem-ghe", "ghe-cheo")
    assert "Thời hạn giải quyết: 4 ngày. [1]" in fourth.text.splitlines()[:2]


def test_the_same_part_a_second_time_in_a_row_is_called_so() -> None:
    pipeline = pipeline_of(EDITION)
    ask(f"{BEES} cần giấy tờ gì?", pipeline, conversation_id=OURS)

    first = ask("mất bao lâu?", pipeline, conversation_id=OURS)
    again = ask("mất mấy ngày?", pipeline, conversation_id=OURS)

    assert again.text == f"{replies.SAME_PART[0]}\n{first.text}"
    assert replies.SAME_PART[0] not in first.text


def test_a_case_chosen_by_a_button_is_not_called_a_repetition() -> None:
    pipeline = pipeline_of(EDITION)

    for _ in range(2):
        answer = ask("mất bao lâu?", pipeline, conversation_id=OURS, case="dang-kiem-ghe/ghe-cheo")

    assert replies.SAME_PART[0] not in answer.text


def test_without_its_conversation_a_follow_up_asks_which_record() -> None:
    pipeline = pipeline_of(EDITION)
    ask(f"{BEES} cần giấy tờ gì?", pipeline)

    assert ask("mất bao lâu?", pipeline).status is AnswerStatus.CLARIFY_PROCEDURE
    assert (
        ask("mất bao lâu?", pipeline, conversation_id="khac").status
        is AnswerStatus.CLARIFY_PROCEDURE
    )


def test_a_conversation_remembers_the_record_the_facet_and_the_case() -> None:
    conversations = MemoryConversations()
    pipeline = pipeline_of(EDITION, conversations=conversations)

    ask("mất bao lâu?", pipeline, conversation_id=OURS, case="dang-kiem-ghe/ghe-cheo")

    assert conversations.turns == {
        (OURS, COMMUNE): Turn("dang-kiem-ghe", Facet.TIME_LIMIT, "ghe-cheo")
    }


def test_a_conversation_about_a_record_that_is_gone_starts_anew() -> None:
    conversations = MemoryConversations()
    conversations.keep(OURS, COMMUNE, Turn("da-go-bo", Facet.FEE, None))
    pipeline = pipeline_of(EDITION, conversations=conversations)

    answer = ask("mất bao lâu?", pipeline, conversation_id=OURS)

    assert answer.status is AnswerStatus.CLARIFY_PROCEDURE


def test_off_topic_words_do_not_go_on_with_a_conversation() -> None:
    pipeline = pipeline_of(EDITION)
    first = ask(f"{BEES} cần giấy tờ gì?", pipeline)

    answer = ask("thời tiết thế nào?", pipeline, conversation_id=first.conversation_id)

    assert answer.status is AnswerStatus.OUT_OF_SCOPE


def test_personal_numbers_are_not_repeated() -> None:
    asked = f"{BEES} cho cccd 048201001234, sđt 0905123456, lệ phí bao nhiêu?"

    answer = ask_of("dang-kiem-ghe", asked)

    assert answer.choices
    assert "048201001234" not in repr(answer)
    assert "0905123456" not in repr(answer)
    assert answer.asked == (f"{BEES} cho cccd [số giấy tờ], sđt [số điện thoại], lệ phí bao nhiêu?")


def test_each_step_is_told_as_it_begins() -> None:
    steps: list[Step] = []

    pipeline_of(EDITION).answer(Question(f"{BEES} lệ phí?", COMMUNE), steps.append)

    assert steps == [Step.UNDERSTAND, Step.RETRIEVE, Step.COMPOSE, Step.VERIFY]


def test_every_answer_has_an_id_of_its_own_and_keeps_its_conversation() -> None:
    pipeline = pipeline_of(EDITION)

    one, other = ask("xin chào", pipeline), ask("xin chào", pipeline, conversation_id=OURS)

    assert one.id != other.id
    assert one.conversation_id and other.conversation_id == OURS


def test_the_day_of_the_fakes_is_that_of_the_records() -> None:
    assert EDITION.day == DAY


def test_a_clients_own_conversation_id_is_digested_and_still_continues() -> None:
    pipeline = pipeline_of(edition_of(BEE_HIVES))

    first = ask("Đăng ký nuôi ong mật", pipeline, conversation_id="zalo-0905123456")
    second = ask("lệ phí bao nhiêu?", pipeline, conversation_id="zalo-0905123456")

    assert "0905123456" not in first.conversation_id
    assert second.conversation_id == first.conversation_id
    assert second.procedure == first.procedure
