"""The six questions that the service must answer, the two it must not, and the follow-ups."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.service import COMMUNES

SIX = [
    pytest.param(
        "Đăng ký thường trú cần giấy tờ gì?",
        "dang-ky-thuong-tru",
        "dossier",
        ["CT01"],
        id="permanent residence",
    ),
    pytest.param(
        "le phi dang ky tam tru online bao nhieu",
        "dang-ky-tam-tru",
        "fee",
        ["7.000 đồng"],
        id="temporary residence",
    ),
    pytest.param(
        "bhyt ho gia dinh nguoi thu 2 dong bao nhieu",
        "muc-dong-bhyt-ho-gia-dinh",
        "fee",
        ["79.695 đồng/tháng", "956.340 đồng/năm"],
        id="health insurance",
    ),
    pytest.param(
        "sổ đỏ mất làm lại răng", "cap-lai-so-bi-mat", "steps", ["15 ngày"], id="lost land book"
    ),
    pytest.param(
        "bà nội 76 tuổi không có lương hưu được trợ cấp chi không",
        "tro-cap-huu-tri-xa-hoi",
        "eligibility",
        ["75 tuổi", "540.000 đồng/tháng"],
        id="social pension",
    ),
    pytest.param(
        "giờ bỏ huyện rồi làm khai sinh ở mô",
        "dang-ky-khai-sinh",
        "where",
        ["Trung tâm Phục vụ hành chính công xã"],
        id="birth",
    ),
]


def ask(site: TestClient, commune: str, question: str, **more: str) -> dict[str, Any]:
    response = site.post(f"/api/v1/communes/{commune}/answers", json={"question": question, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def check(answer: dict[str, Any], commune: str, record: str, facet: str, said: list[str]) -> None:
    assert answer["status"] in ("answered", "clarify_case")
    assert answer["procedure"]["id"] == record
    assert answer["procedure"]["url"] == f"/c/{commune}/p/{record}"
    assert answer["facet"] == facet
    assert [words for words in said if words not in answer["text"]] == []
    assert answer["citations"]
    for citation in answer["citations"]:
        assert f"[{citation['number']}]" in answer["text"]
        assert citation["record_id"] == record
        assert citation["quote"]
        assert citation["source_title"]
        assert citation["legal_basis"]
        assert all(basis["number"] for basis in citation["legal_basis"])
        assert date.fromisoformat(citation["checked_on"]) <= date.today()
    quotes = "\n".join(citation["quote"] for citation in answer["citations"])
    assert [words for words in said if words not in quotes] == []
    assert answer["office"]["name"]
    assert answer["disclaimer"]


@pytest.mark.parametrize(("question", "record", "facet", "said"), SIX)
@pytest.mark.parametrize("commune", COMMUNES)
def test_the_six_questions_are_answered_in_every_commune(
    site: TestClient, commune: str, question: str, record: str, facet: str, said: list[str]
) -> None:
    check(ask(site, commune, question), commune, record, facet, said)


@pytest.mark.thorough
@pytest.mark.parametrize(("question", "record", "facet", "said"), SIX)
def test_the_six_questions_are_answered_on_postgresql_and_a_chroma_server(
    outgrown_site: TestClient, question: str, record: str, facet: str, said: list[str]
) -> None:
    check(ask(outgrown_site, "hoa-vang", question), "hoa-vang", record, facet, said)


@pytest.mark.thorough
def test_the_outgrown_site_answers_in_the_same_words(
    site: TestClient, outgrown_site: TestClient
) -> None:
    for question in (str(one.values[0]) for one in SIX):
        here, there = (ask(each, "ba-na", question) for each in (site, outgrown_site))

        assert here["text"] == there["text"]
        assert here["citations"] == there["citations"]


@pytest.mark.parametrize("commune", COMMUNES)
@pytest.mark.parametrize(
    "question",
    ["thời tiết mai thế nào", "thoi tiet mai the nao", "giá vàng hôm nay", "gia vang hom nay"],
)
def test_weather_and_gold_get_no_procedure(site: TestClient, commune: str, question: str) -> None:
    answer = ask(site, commune, question)

    assert answer["status"] == "out_of_scope"
    assert answer["procedure"] is None and answer["card"] is None
    assert answer["citations"] == [] and answer["choices"] == []


@pytest.mark.parametrize("commune", COMMUNES)
def test_follow_ups_go_on_about_the_right_procedure(site: TestClient, commune: str) -> None:
    first = ask(site, commune, "đăng ký tạm trú cần giấy tờ gì?")
    conversation = first["conversation_id"]

    second = ask(site, commune, "mất bao lâu?", conversation_id=conversation)
    third = ask(site, commune, "còn thường trú thì sao?", conversation_id=conversation)
    fourth = ask(site, commune, "lệ phí bao nhiêu?", conversation_id=conversation)

    assert first["procedure"]["id"] == "dang-ky-tam-tru"
    assert (second["procedure"]["id"], second["facet"]) == ("dang-ky-tam-tru", "time_limit")
    assert "3 ngày làm việc" in second["text"]
    assert third["procedure"]["id"] == "dang-ky-thuong-tru"
    assert third["facet"] == "time_limit"
    assert (fourth["procedure"]["id"], fourth["facet"]) == ("dang-ky-thuong-tru", "fee")
    assert {each["conversation_id"] for each in (second, third, fourth)} == {conversation}


def test_a_follow_up_in_another_commune_or_conversation_starts_anew(site: TestClient) -> None:
    first = ask(site, "hoa-tien", "đăng ký tạm trú cần giấy tờ gì?")

    elsewhere = ask(site, "ba-na", "mất bao lâu?", conversation_id=first["conversation_id"])
    alone = ask(site, "hoa-tien", "mất bao lâu?")

    assert elsewhere["status"] == alone["status"] == "clarify_procedure"


def test_each_case_button_of_an_answer_leads_to_its_case(site: TestClient) -> None:
    asked = ask(site, "hoa-tien", "Đăng ký thường trú cần giấy tờ gì?")
    assert asked["status"] == "clarify_case" and len(asked["choices"]) > 2

    texts = set()
    for choice in asked["choices"]:
        answer = ask(site, "hoa-tien", choice["question"], case=choice["case"])

        assert answer["status"] == "answered", choice
        assert answer["procedure"]["id"] == "dang-ky-thuong-tru"
        assert answer["citations"]
        texts.add(answer["text"])
    assert len(texts) > 2


def test_every_record_button_leads_to_its_record(site: TestClient) -> None:
    # which of such bare words are asked back changes with the weights
    bare = ("đăng ký đất đai", "làm giấy tờ đất", "xin trợ cấp", "đổi thẻ", "giấy xác nhận", "đất")
    replies = [ask(site, "hoa-tien", text) for text in bare]
    asked = [one for one in replies if one["status"] == "clarify_procedure" and one["choices"]]
    assert asked

    for choice in (choice for one in asked for choice in one["choices"]):
        answer = ask(site, "hoa-tien", choice["question"], case=choice["case"])

        assert answer["procedure"]["title"] == choice["label"]


def test_the_same_question_gets_the_same_answer(site: TestClient) -> None:
    one, other = (ask(site, "hoa-tien", "lệ phí đăng ký tạm trú bao nhiêu") for _ in range(2))

    assert one["text"] == other["text"]
    assert one["id"] != other["id"]
