"""One question in every form in which a phone or an old machine may send it."""

from __future__ import annotations

import unicodedata

import pytest
from fastapi import FastAPI

from app.answering.answer import Answer, Answering, AnswerStatus, Question
from knowledge_base.syllables import fold

ASKED = "Đăng ký tạm trú cần giấy tờ gì?"
STORY = (
    "Dạ em ở trọ với bạn gần chợ, tháng trước mới dọn tới, chủ trọ nói phải ra khai báo mà em thì "
    "bận đi làm cả ngày. "
)


@pytest.fixture
def answering(app: FastAPI) -> Answering:
    found: Answering = app.state.service.answering
    return found


def ask(answering: Answering, text: str) -> Answer:
    return answering.answer(Question(text, "hoa-tien"))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(unicodedata.normalize("NFD", ASKED), id="NFD"),
        pytest.param(ASKED.upper(), id="capitals"),
        pytest.param("đĂnG kÝ TạM tRú cẦn GiẤy Tờ Gì", id="mixed case"),
        pytest.param(fold(ASKED), id="no marks"),
        pytest.param("🙏🙏 " + ASKED.replace(" ", " 🏠 ", 2) + " 😊😊", id="emoji"),
        pytest.param("\u200b".join(ASKED), id="zero-width"),
        pytest.param(ASKED.replace(" ", "\u00a0"), id="non-breaking"),
        pytest.param(ASKED.replace("?", "?????") + "\n\n\n", id="many marks"),
        pytest.param(ASKED.encode().decode("latin-1"), id="UTF-8 read as Latin-1"),
        pytest.param("§¨ng ký t¹m tró cÇn giÊy tê g×?", id="TCVN3"),
        pytest.param("Ñaêng kyù taïm truù caàn giaáy tôø gì?", id="VNI"),
        pytest.param("ddawng kys tamj trus caanf giaays towf gif", id="Telex"),
        pytest.param("đăng kí tạm chú cần giấy tờ zì", id="misheard"),
    ],
)
def test_every_form_of_a_question_finds_the_same_record(answering: Answering, text: str) -> None:
    answer = ask(answering, text)

    assert answer.procedure is not None
    assert answer.procedure.id == "dang-ky-tam-tru"


def test_a_question_of_two_thousand_characters_is_met_sensibly(answering: Answering) -> None:
    text = (STORY * 20)[: 2000 - len(ASKED)] + ASKED

    answer = ask(answering, text)

    assert len(text) == 2000
    about = {answer.procedure.id} if answer.procedure else set()
    about |= {(choice.case or "").partition("/")[0] for choice in answer.choices}
    assert "dang-ky-tam-tru" in about or answer.status.value.startswith("abstained")


@pytest.mark.parametrize("text", ["ơ" * 2000, "giấy " * 400, "? " * 1000, "1" * 2000])
def test_two_thousand_characters_of_nothing_are_no_fault(answering: Answering, text: str) -> None:
    assert ask(answering, text).status is not AnswerStatus.ANSWERED
